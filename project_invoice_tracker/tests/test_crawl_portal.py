"""The portal with good and bad links, and what each of its pages keeps to itself."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import project_milestone_link
from .common import some
from .crawl_common import BAD_TOKENS, MILESTONE, QUESTION, CrawlCommon
from .security_common import CANARIES
from .test_crawl import REFUSALS


@tagged("post_install", "-at_install")
class TestCrawlPortal(CrawlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = cls.papers["own"]
        cls.milestone, cls.move = own["project.milestone"], own["account.move"]
        cls.contact = cls.people["customer"].partner_id
        # Odoo makes it when the page of an invoice is opened
        cls.move._portal_ensure_token()

    def _link(self, owner="own", partner=None):
        milestone = self.papers[owner]["project.milestone"]
        return milestone._billing_sign_off_token(partner or self.contact)

    def _bad_links(self):
        """Return tokens that were good once, or for something else."""
        good = self._link()
        with patch.object(project_milestone_link, "TOKEN_DAYS", -1):
            expired = self._link()
        foreign = self._link("other", self.people["rival"].partner_id)
        stranger = self._link(partner=self.people["rival"].partner_id)
        bad = [token.format(good) for token in BAD_TOKENS]
        return [*bad, good[:-1], good[1:], good.swapcase(), expired, foreign, stranger]

    @mute_logger(*REFUSALS)
    def test_links_to_sign_off(self):
        """I9: a link opens one milestone; any other link is one and the same page."""
        url = MILESTONE.replace("<billing_id:milestone_id>", str(self.milestone.id))
        before = self._image()
        for who in ("anonymous", "rival", "customer"):
            self._log_in(who)
            wanted = self._plain(self._visit("/my/billing/milestone/2147483645"))
            self.assertEqual(wanted[0], 404)
            for token in self._bad_links():
                with self.subTest(who, token=token):
                    answer = self._visit(url, token=token)
                    self.assertEqual(self._plain(answer), wanted)
                    self.assertSilent(answer.text)
                    answer = self._visit(f"{url}/answer", "POST", {"step": "refuse"})
                    if who != "customer":
                        self.assertEqual(answer.status_code, 404)
                    said = self._send(f"{url}/accept", token=token).text
                    self.assertIn('"code": 404', said)
        self.env.invalidate_all()
        self.assertEqual(self._image(), before)

    @mute_logger(*REFUSALS)
    def test_good_link(self):
        """I9: the good link shows its milestone, to whoever has it, until it ends."""
        url = f"/my/billing/milestone/{self.milestone.id}"
        good = self._link()
        for who in ("anonymous", "colleague", "rival"):
            self._log_in(who)
            answer = self._visit(url, token=good)
            self.assertEqual(answer.status_code, 200)
            self.assertIn(self.milestone.name, answer.text)
            self.assertSilent(answer.text)
        self.milestone._billing_write_engine({"billing_ask_nonce": "another"})
        self.assertEqual(self._visit(url, token=good).status_code, 404)

    @mute_logger(*REFUSALS)
    def test_links_to_ask(self):
        """I9: so is a question about an invoice without its link."""
        foreign = self.papers["other"]["account.move"]
        foreign._portal_ensure_token()
        good = self.move._portal_ensure_token()
        before = self._image()
        url = QUESTION.replace("<billing_id:move_id>", str(self.move.id))
        tokens = [token.format(good) for token in BAD_TOKENS]
        for who in ("anonymous", "rival", "colleague"):
            self._log_in(who)
            missing = QUESTION.replace("<billing_id:move_id>", "2147483645")
            wanted = self._plain(self._visit(missing, "POST", {"text": "Why?"}))
            self.assertEqual(wanted[0], 404)
            for token in (*tokens, good[:-1], good.upper(), foreign.access_token):
                with self.subTest(who, token=token):
                    data = {"text": "Why?", "line_id": "1"}
                    answer = self._visit(url, "POST", data, token=token)
                    self.assertEqual(self._plain(answer), wanted)
        self.env.invalidate_all()
        self.assertEqual(self._image(), before)

    @mute_logger(*REFUSALS)
    def test_what_was_typed_is_no_text(self):
        """I9: a file or a list in the place of a text is refused, and no error page."""
        self._log_in("customer")
        url = QUESTION.replace("<billing_id:move_id>", str(self.move.id))
        line = str(self.move.invoice_line_ids[:1].id)
        for name in ("quantity", "text", "line_id", "name"):
            with self.subTest(name):
                data = {"csrf_token": self._csrf(), "line_id": line, "text": "Why?"}
                data.pop(name, None)
                answer = self.url_open(url, data=data, files={name: ("x", b"x")})
                self.assertLess(answer.status_code, 500)
        accept = f"/my/billing/milestone/{self.milestone.id}/accept"
        for value in (1, True, ["x"], {"x": 1}, None, "\ud83d", "a\x00b"):
            for name in ("name", "signature"):
                with self.subTest(name, value=value):
                    params = {"name": "Me", "signature": "x", name: value}
                    said = self._send(accept, params=params).text
                    self.assertNotIn("Traceback", said)
        self.env.invalidate_all()
        self.assertEqual(self.milestone.billing_sign_off_state, "asked")

    def _csrf(self):
        page = self.url_open("/my/billing").text
        return page.split('csrf_token: "')[1].split('"')[0]

    def _pages(self):
        own = self.papers["own"]
        return [
            "/my",
            "/my/billing",
            f"/my/billing/{own['project.project'].id}",
            "/my/billing/statement",
            f"/my/billing/statement/{self.company.id}/pdf",
            "/my/billing/pay",
            f"/my/billing/pay?invoice={self.move.id}",
            f"/my/billing/milestone/{self.milestone.id}",
            f"/my/invoices/{self.move.id}",
            f"/my/invoices/{self.move.id}?report_type=pdf",
            f"/my/invoices/{self.move.id}?report_type=html",
            "/my/invoices",
            "/my/projects",
        ]

    @mute_logger(*REFUSALS)
    def test_pages_of_the_client(self):
        """I5, I9: no page of the client has a cost, a note or a name of others."""
        before = self._image()
        # those of Odoo make tokens, and come last
        for url in some(
            sorted(self._pages(), key=lambda url: "/my/billing" not in url)
        ):
            if before and "/my/billing" not in url:
                self.env.invalidate_all()
                self.assertEqual(self._image(), before, "reading changed something")
                before = None
            for who in ("customer", "sibling"):
                self._log_in(who)
                with self.subTest(who, url=url):
                    answer = self._visit(url)
                    self.assertEqual(answer.status_code, 200)
                    self.assertSilent(answer.text)

    @mute_logger(*REFUSALS)
    def test_pages_of_others(self):
        """I9: whoever is no client of it finds nothing of it on the same pages."""
        project = self.papers["own"]["project.project"]
        project.name = "Secret Project"
        self.move.ref = self.move.payment_reference = "Secret Reference"
        for who in ("rival", "stranger", "colleague"):
            self._log_in(who)
            for url in some(self._pages()):
                with self.subTest(who, url=url):
                    answer = self._visit(url)
                    words = (*CANARIES, "Secret ", self.request.name)
                    self.assertSilent(answer.text, words)

    @mute_logger(*REFUSALS)
    def test_paying_for_others(self):
        """I9: a payment is for invoices of one's own, whatever numbers are sent."""
        before = self.env["payment.transaction"].search_count([])
        for who in ("rival", "stranger", "anonymous"):
            self._log_in(who)
            for ids in (self.move.id, f"{self.move.id}-1", "", "x", "1-" * 99, "é"):
                with self.subTest(who, ids=ids):
                    said = self._send(
                        f"/my/billing/pay/transaction?invoices={ids}",
                        params={"amount": self.move.amount_residual},
                    ).json()
                    self.assertIn("error", said)
                    self.assertNotIn(self.move.name, str(said))
        self.assertEqual(self.env["payment.transaction"].search_count([]), before)
