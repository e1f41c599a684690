"""The client's pages: own projects, chosen values, and one page for all refusals."""

from datetime import date

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon, PortalHttp

NOT_FOUND = 404


@tagged("post_install", "-at_install")
class TestPortal(PortalCommon, PortalHttp, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.env["res.partner"].create(
            {"name": "Rival", "is_company": True}
        )
        cls.stranger = cls._create_client("stranger_test", cls.other_customer)
        cls.url = f"/my/billing/{cls.project.id}"

    def test_page(self):
        """The client reads milestones, contract, money and invoices; nothing else."""
        self._log(4.5)
        self.rule.cap_ids = [
            Command.create({"name": "PO 77", "limit_amount": 9000, "is_order": True})
        ]
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        move = self._post()
        self.assertEqual(move.amount_untaxed, 4450)
        self.authenticate("client_test", "client_test")
        cards = self._page("/my/billing")
        self.assertIn("Website", cards)
        self.assertIn("$\u00a05,117.50", cards)
        page = self._page(self.url)
        for text in (
            "Design",
            "Build",
            "$\u00a04,000.00",
            "$\u00a06,000.00",
            "Fixed price by milestone",
            "Agreed price: $\u00a010,000.00",
            "Order PO 77",
            move.name,
            "$\u00a05,117.50",
            "Invoiced",
            "To pay",
        ):
            self.assertIn(text, page)
        # the hourly rate is ours, the cost of people even more so
        for text in ("100.00 per hour", "41.37", "Done and not invoiced", "Ann"):
            self.assertNotIn(text, page)
        self.rule.portal_prices = True
        self.assertIn("$\u00a0100.00 per hour", self._page(self.url))

    def test_unbilled(self):
        """What is done is shown by a switch only, of the project or the company."""
        self._log(4.5)
        self.authenticate("client_test", "client_test")
        self.assertNotIn("450.00", self._page(self.url))
        self.project.billing_portal_unbilled = True
        self.assertIn("$\u00a0450.00", self._page(self.url))
        self.project.billing_portal_unbilled = False
        self.company.billing_portal_unbilled = True
        self.assertIn("$\u00a0450.00", self._page(self.url))

    def test_language(self):
        """Amounts and days are written as the client's language does."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.client_user.lang = "de_DE"
        self.second.deadline = date(2026, 9, 30)
        self.authenticate("client_test", "client_test")
        page = self.url_open(self.url).text
        self.assertIn("$\u00a06.000,00", page)
        self.assertIn("30.09.2026", page)

    def test_home(self):
        """The home page counts projects, and milestones that wait for the client."""
        self.second.is_reached = True
        for milestone in (self.first, self.second):
            self._ask(milestone)
        names = ["billing_project_count", "billing_sign_off_count"]
        for login, expected in (("client_test", [1, 2]), ("stranger_test", [0, 0])):
            self.authenticate(login, login)
            answer = self.url_open(
                "/my/counters", json={"jsonrpc": "2.0", "params": {"counters": names}}
            ).json()["result"]
            self.assertEqual([answer[name] for name in names], expected)

    @mute_logger("odoo.http")
    def test_others(self):
        """A project of somebody else is as little there as one that does not exist."""
        nothing = self._status("stranger_test", f"/my/billing/{2**31 - 5}")
        self.assertEqual(nothing[0], NOT_FOUND)
        self.assertEqual(self._status("stranger_test", self.url), nothing)
        self.assertIn("No project yet", self._page("/my/billing"))
        # a contact of a subsidiary that is a customer of its own
        branch = self.env["res.partner"].create(
            {"name": "Branch", "is_company": True, "parent_id": self.customer.id}
        )
        self._create_client("branch_test", branch)
        self.assertEqual(self._status("branch_test", self.url), nothing)
        # a colleague of the client belongs to the same customer
        self._create_client("colleague_test", self.customer)
        self.assertEqual(self._status("colleague_test", self.url)[0], 200)
        for values in ({"billing_portal_hidden": True}, {"active": False}):
            self.project.write(values)
            self.assertEqual(self._status("client_test", self.url), nothing)
            self.project.write({"billing_portal_hidden": False, "active": True})
        # the page decides by customer: who follows the project is no client
        self.project.privacy_visibility = "portal"
        self.project.message_subscribe(self.stranger.partner_id.ids)
        self.assertEqual(self._status("stranger_test", self.url), nothing)

    def _status(self, login, url):
        self.authenticate(login, login)
        response = self.url_open(url, allow_redirects=False)
        text = response.text.replace(url, "")
        return response.status_code, len(text) if response.status_code == 404 else 0

    def test_public(self):
        """Who is not logged in is asked to."""
        for url in ("/my/billing", self.url):
            response = self.url_open(url, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])

    def test_somebody_else_pays(self):
        """For whom the work is reads no price of the one who pays it."""
        payer = self._create_client("payer_test", self.other_customer)
        self.project.billing_partner_id = self.other_customer
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        move = self._post()
        self.authenticate("client_test", "client_test")
        page = self._page(self.url)
        self.assertIn("Design", page)
        for text in ("4,000.00", "10,000.00", move.name, "Fixed price"):
            self.assertNotIn(text, page)
        self.authenticate(payer.login, payer.login)
        page = self._page(self.url)
        for text in ("4,000.00", "10,000.00", move.name):
            self.assertIn(text, page)

    def test_former_customer(self):
        """Who paid once reads these invoices, and nothing of the successor."""
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        move = self._post()
        self.project.partner_id = self.other_customer
        self.authenticate("client_test", "client_test")
        page = self._page(self.url)
        self.assertIn(move.name, page)
        for text in ("Build", "10,000.00", "Fixed price"):
            self.assertNotIn(text, page)
        self.authenticate("stranger_test", "stranger_test")
        page = self._page(self.url)
        self.assertIn("Build", page)
        self.assertNotIn(move.name, page)

    def test_drafts_are_not_there(self):
        """Only posted documents are shown."""
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        move = self._invoice()
        self.authenticate("client_test", "client_test")
        page = self._page(self.url)
        self.assertIn("Nothing has been invoiced yet", page)
        move.action_post()
        self.assertIn(move.name, self._page(self.url))

    def test_queries(self):
        """The pages ask as often for ten milestones and invoices as for one."""
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        self._post()
        user = self.client_user

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            projects = self.env["project.project"]._billing_portal_projects(user)
            projects._billing_portal_cards(user)
            projects[0]._billing_portal_page(user)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for day in range(2, 10):
            self._log(1, day=date(2026, 4, day))
            self._post()
        self.second.billing_percentage = 40
        self._create_milestones(*[2] * 10)
        self.assertLessEqual(count(), few + 2)
        self.assertLess(few, 70)
