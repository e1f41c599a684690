"""The sign-off page over HTTP: links, logins, and every wrong one of them."""

import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import hash_sign

from .portal_common import PortalCommon, PortalHttp


@tagged("post_install", "-at_install")
class TestPortalSignOff(PortalCommon, PortalHttp, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = f"/my/billing/milestone/{cls.first.id}"

    def test_by_link(self):
        """Whoever has the link of the mail signs, without a login."""
        token = self._ask()
        page = self._page(f"{self.url}?access_token={token}")
        self.assertIn("Do you accept what was delivered?", page)
        self.assertIn("$\u00a04,000.00", page)
        page = self._page(f"{self.url}?access_token={token}&step=accept")
        self.assertIn("portal.signature_form", page)
        self.assertFalse(self.first.billing_acceptance_ids, "a page decided")
        answer = self._accept(self.first, token)["result"]
        self.assertEqual(answer["redirect_url"], f"{self.url}?access_token={token}")
        self.assertAcceptances([("accepted", 100, 4000, "Carla Client")])
        self.assertEqual(self.first.billing_acceptance_ids.partner_id, self.contact)
        self.assertEqual(self._items(), [("Design", 4000, True)])
        # the link shows what was decided, and decides nothing more
        page = self._page(f"{self.url}?access_token={token}&step=accept")
        self.assertIn("Accepted by", page)
        self.assertNotIn("portal.signature_form", page)
        again = self._accept(self.first, token)["result"]
        self.assertIn("does not wait", again["error"])
        self.assertEqual(len(self.first.billing_acceptance_ids), 1)

    def test_by_login(self):
        """A client with a login signs in part, and refuses the rest with a reason."""
        self._ask()
        self.authenticate("client_test", "client_test")
        page = self._page(f"{self.url}?step=part&percent=12,5")
        self.assertIn("12.5 %", page)
        self.assertIn("$\u00a0500.00", page)
        self.assertIn("a share above 0", self._page(f"{self.url}?step=part&percent=x"))
        self._accept(self.first, percent="12.5")
        self.assertAcceptances([("part", 12.5, 500, "Carla Client")])
        self.assertIn("12.5 % accepted by", self._page(self.url))
        self._ask()
        response = self._answer(self.first, "refuse", reason="<b>Late</b>")
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self.first.billing_sign_off_state, "refused")
        page = self._page(self.url)
        self.assertIn("&lt;b&gt;Late&lt;/b&gt;", page)

    def test_question(self):
        """A question leaves the decision open."""
        token = self._ask()
        self._answer(self.first, "question", token, reason="Which version?")
        self.assertEqual(self.first.billing_sign_off_state, "questioned")
        page = self._page(f"{self.url}?access_token={token}")
        self.assertIn("Which version?", page)
        self.assertIn("Do you accept what was delivered?", page)
        self._accept(self.first, token)
        self.assertEqual(
            self.first.billing_acceptance_ids.mapped("decision"),
            ["accepted", "question"],
        )

    def test_text_is_missing(self):
        """What is missing is said on the same page."""
        token = self._ask()
        response = self._answer(self.first, "refuse", token, reason=" ")
        self.assertEqual(response.status_code, 200)
        self.assertIn("has to be changed", response.text)
        answer = self._accept(self.first, token, signature="")
        self.assertIn("signature", answer["result"]["error"])
        self.assertFalse(self.first.billing_acceptance_ids)

    def _refused(self, url):
        """Return a page of refusal, without the mark of the second that it holds."""
        return re.sub(r"[0-9a-f]{40}o\d+", "csrf", self._page(url, 404))

    @mute_logger("odoo.http")
    def test_wrong_tokens(self):
        """I27: whatever is wrong with a link, the answer is one and the same."""
        token = self._ask()
        self.second.is_reached = True
        foreign = self._ask(self.second)
        scope = "project_invoice_tracker/sign_off"
        nonce = self.first.sudo().billing_ask_nonce
        parts = [self.first.id, self.contact.id, nonce]
        sudo = self.env(su=True)
        hour = timedelta(hours=1)
        wrong = {
            "none": "",
            "empty": "?access_token=",
            "nonsense": "?access_token=abc",
            "no ASCII": "?access_token=%F0%9F%92%A9",
            "cut": f"?access_token={token[:-4]}",
            "longer": f"?access_token={token}AAAA",
            "of another milestone": f"?access_token={foreign}",
            "another scope": "?access_token=" + hash_sign(sudo, "x", parts, hour),
            "expired": "?access_token=" + hash_sign(sudo, scope, parts, -hour),
            "no nonce": "?access_token="
            + hash_sign(sudo, scope, [*parts[:2], None], hour),
            "of a stranger": "?access_token="
            + hash_sign(sudo, scope, [parts[0], self.partner_b.id, nonce], hour),
            "of nobody": "?access_token="
            + hash_sign(sudo, scope, [parts[0], 2**31 - 5, nonce], hour),
        }
        pages = {}
        for name, query in wrong.items():
            with self.subTest(name=name):
                page = self._refused(f"{self.url}{query}")
                plain = page.replace(query, "") if query else page
                pages.setdefault(plain, []).append(name)
                answer = self.url_open(
                    f"{self.url}/accept{query}",
                    json={"jsonrpc": "2.0", "params": {"name": "x", "signature": "x"}},
                ).json()
                self.assertEqual(answer["error"]["code"], 404, answer)
        self.assertEqual(len(pages), 1, list(pages.values()))
        self.assertEqual(self._refused(f"/my/billing/milestone/{2**31 - 5}"), *pages)
        self.assertFalse(self.first.billing_acceptance_ids)
        self._page(f"{self.url}?access_token={token}")

    @mute_logger("odoo.http")
    def test_links_end(self):
        """I27: a link ends when asked again, withdrawn, by date, with the customer."""
        first = self._ask()
        second = self._ask()
        self._page(f"{self.url}?access_token={first}", 404)
        self._page(f"{self.url}?access_token={second}")
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            self._page(f"{self.url}?access_token={second}", 404)
        customer = self.project.partner_id
        self.project.partner_id = self.partner_b
        self._page(f"{self.url}?access_token={second}", 404)
        self.project.partner_id = customer
        self.project.active = False
        self._page(f"{self.url}?access_token={second}", 404)
        self.project.active = True
        self._page(f"{self.url}?access_token={second}")
        self.first.with_user(self.pm).action_billing_withdraw_ask()
        self._page(f"{self.url}?access_token={second}", 404)

    @mute_logger("odoo.http")
    def test_wrong_logins(self):
        """A login of another customer, or before anybody was asked, finds nothing."""
        self._create_client("stranger_test", self.partner_b)
        self.authenticate("client_test", "client_test")
        self._page(self.url, 404)
        self._ask()
        self._page(self.url)
        self._page(f"{self.url}?access_token=", 404)
        self.authenticate("stranger_test", "stranger_test")
        self._page(self.url, 404)
        answer = self._accept(self.first)
        self.assertEqual(answer["error"]["code"], 404)
        self.assertFalse(self.first.billing_acceptance_ids)

    @mute_logger("odoo.http")
    def test_posts(self):
        """A decision by GET, without its token or of another kind is none."""
        token = self._ask()
        for path in ("accept", "answer"):
            response = self.url_open(f"{self.url}/{path}?access_token={token}")
            self.assertIn(response.status_code, (400, 404, 405, 415))
        data = {"access_token": token, "step": "refuse", "name": "x", "reason": "x"}
        response = self.url_open(f"{self.url}/answer", data=data)
        self.assertEqual(response.status_code, 400)
        response = self._answer(self.first, "refuse", token, step="accept", reason="x")
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self.first.billing_acceptance_ids)
