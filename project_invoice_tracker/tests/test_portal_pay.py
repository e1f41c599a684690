"""Paying online: one and several invoices, by the demo provider."""

from datetime import date

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .portal_common import PortalCommon, PortalHttp


class PayCommon(PortalCommon, HttpCase):
    """The demo provider of Odoo, and invoices to pay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._open_provider(cls.company)

    @classmethod
    def _open_provider(cls, company):
        """Have Odoo's demo provider work for a company."""
        provider = cls.env.ref("payment.payment_provider_demo").sudo()
        provider.company_id = company
        provider.write({"state": "test", "is_published": True})
        journal = cls.company_data["default_journal_bank"]
        provider.journal_id = journal
        line = journal.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_provider_id == provider
        )
        line.payment_account_id = cls.env["account.account"].create(
            {
                "name": "Outstanding",
                "code": "101499",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        provider.payment_method_ids.active = True
        return provider

    def _posted(self, *hours):
        """Return posted invoices of so many hours of 100.00, taxed by 15 %."""
        moves = self.env["account.move"]
        for day, count in enumerate(hours, 3):
            self._log(count, day=date(2026, 3, day))
            moves |= self._post()
        return moves.sudo()

    def _rpc(self, url, **params):
        return self.url_open(url, json={"jsonrpc": "2.0", "params": params}).json()

    def _transact(self, route, amount, **params):
        return self._rpc(
            route,
            provider_id=self.provider.id,
            payment_method_id=self.provider.payment_method_ids[:1].id,
            token_id=None,
            amount=amount,
            flow="direct",
            tokenization_requested=False,
            landing_route="/my/billing",
            **params,
        )

    @mute_logger("odoo.addons.payment.models.payment_transaction")
    def _finish(self, reference):
        """Have the provider say that it was paid, as its form does."""
        self._rpc(
            "/payment/demo/simulate_payment",
            reference=reference,
            payment_details="4242",
            simulated_state="done",
        )
        answer = self._rpc("/payment/status/poll")
        self.assertEqual(answer["result"]["state"], "done")
        self.env.invalidate_all()

    def _seen(self, moves):
        """Return what the manager sees of invoices, in the order of their ids."""
        rows = self.env["project.billing.invoice"].with_user(self.pm)
        found = rows.search([("move_id", "in", moves.ids)], order="id")
        return [(r.payment_state, r.amount_paid, r.amount_residual) for r in found]

    def _route(self, moves):
        ids = "-".join(map(str, moves.ids))
        return f"/my/billing/pay/transaction?invoices={ids}"


@tagged("post_install", "-at_install")
class TestPortalPay(PayCommon, PortalHttp):
    def test_several(self):
        """Two of three invoices are paid at once, and the manager sees it."""
        moves = self._posted(1, 2, 3)
        self.authenticate("client_test", "client_test")
        choice = self._page("/my/billing/pay")
        for move in moves:
            self.assertIn(move.name, choice)
        chosen = moves[:2]
        query = "&".join(f"invoice={move.id}" for move in chosen)
        page = self._page(f"/my/billing/pay?{query}")
        self.assertIn("$\u00a0345.00", page)
        self.assertIn("o_payment_form", page)
        self.assertNotIn(moves[2].name, page)
        answer = self._transact(self._route(chosen), 345.0)
        transaction = self.env["payment.transaction"].search(
            [("reference", "=", answer["result"]["reference"])]
        )
        self.assertEqual(transaction.invoice_ids, chosen)
        self.assertEqual(transaction.amount, 345)
        self.assertEqual(transaction.partner_id, self.contact)
        self._finish(transaction.reference)
        self.assertEqual(
            self._seen(moves),
            [("paid", 115, 0), ("paid", 230, 0), ("not_paid", 0, 345)],
        )
        page = self._page(f"/my/billing/{self.project.id}")
        self.assertIn("Paid", page)
        self.assertNotIn(moves[0].name, self._page("/my/billing/pay"))

    def test_one_on_its_page(self):
        """Odoo's own page of an invoice takes the payment, and the manager sees it."""
        move = self._posted(1)
        self.authenticate("client_test", "client_test")
        page = self.url_open(f"/my/invoices/{move.id}").text
        self.assertIn("Pay Now", page)
        # what it is for, and what stands behind it
        self.assertIn('id="billing_annex"', page)
        answer = self._transact(
            f"/invoice/transaction/{move.id}", 115.0, access_token=None
        )
        self._finish(answer["result"]["reference"])
        self.assertEqual(self._seen(move), [("paid", 115, 0)])

    @mute_logger("odoo.http")
    def test_pack(self):
        """Whoever may open the page of an invoice gets its pack; nobody else."""
        move = self._posted(1)
        url = f"/my/billing/invoice/{move.id}/pack"
        self._page(url, 404)
        self._page(f"{url}?access_token=x", 404)
        token = move._portal_ensure_token()
        self.assertTrue(self._page(f"{url}?access_token={token}"))
        self.authenticate("client_test", "client_test")
        self.assertIn(url, self.url_open(f"/my/invoices/{move.id}").text)
        self.assertTrue(self._page(url))
        self._create_client("stranger_test", self.partner_b)
        self.authenticate("stranger_test", "stranger_test")
        self._page(url, 404)
        move.sudo().button_draft()
        self._page(f"{url}?access_token={token}", 404)

    def test_partly_paid(self):
        """What is open is paid, not what was invoiced once."""
        move = self._posted(1)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register.create({"amount": 15}).action_create_payments()
        self.authenticate("client_test", "client_test")
        page = self._page(f"/my/billing/pay?invoice={move.id}")
        self.assertIn("$\u00a0100.00", page)
        answer = self._transact(self._route(move), 100.0)
        self._finish(answer["result"]["reference"])
        self.assertEqual(self._seen(move), [("paid", 115, 0)])

    @mute_logger("odoo.http")
    def test_questioned(self):
        """What is questioned is said, and is not paid unless the client chooses so."""
        moves = self._posted(1, 2)
        line = moves[1].invoice_line_ids.filtered("billing_line_id")
        moves[1]._billing_ask(line.id, "Why?", quantity=0.5, partner=self.contact)
        self.authenticate("client_test", "client_test")
        self.env.flush_all()
        for url in ("/my/billing/pay", f"/my/billing/{self.project.id}"):
            boxes = {
                int(box.get("value")): bool(box.get("checked"))
                for box in html.fromstring(self._page(url)).xpath(
                    "//input[@name='invoice']"
                )
            }
            self.assertEqual(boxes, {moves[0].id: True, moves[1].id: False}, url)
            self.assertIn("$\u00a057.50", self._page(url))
        query = "&".join(f"invoice={move.id}" for move in moves)
        page = self._page(f"/my/billing/pay?{query}")
        (note,) = html.fromstring(page).find_class("o_billing_questioned")
        self.assertIn("You ask about $\u00a057.50 of it.", note.text_content())
        self.assertEqual(note.xpath(".//a/@href"), [f"/my/invoices/{moves[1].id}"])
        # chosen all the same: whole invoices, never more than is open
        self.assertIn("$\u00a0345.00", page)
        answer = self._transact(self._route(moves), 287.5)
        self.assertIn("has changed", answer["error"]["data"]["message"])

    @mute_logger("odoo.http")
    def test_wrong_amounts(self):
        """What the browser sends decides neither the amount nor the invoices."""
        moves = self._posted(1, 2)
        self.authenticate("client_test", "client_test")
        for amount in (344.99, 0, -345, None, "345", True):
            with self.subTest(amount=amount):
                answer = self._transact(self._route(moves), amount)
                self.assertIn("has changed", answer["error"]["data"]["message"])
        answer = self._transact(self._route(moves), 345.0, partner_id=1)
        self.assertIn("error", answer)
        self.assertFalse(moves.transaction_ids)

    @mute_logger("odoo.http")
    def test_what_is_sent_along(self):
        """Neither the reference nor anything else is taken from the browser."""
        moves = self._posted(1, 2)
        self.authenticate("client_test", "client_test")
        answer = self._transact(self._route(moves), 345.0, note="x")
        self.assertIn("not whitelisted", answer["error"]["data"]["message"])
        answer = self._transact(self._route(moves), 345.0, payment_reference="Theirs")
        self.assertNotIn("Theirs", answer["result"]["reference"])
        for count, status in ((100, 200), (101, 404)):
            query = "&".join([f"invoice={moves[0].id}"] * count)
            self._page(f"/my/billing/pay?{query}", status)

    @mute_logger("odoo.http")
    def test_not_theirs(self):
        """Invoices of others, paid or made-up ones are not paid, nor are they there."""
        moves = self._posted(1, 2)
        self._create_client("stranger_test", self.partner_b)
        self.authenticate("stranger_test", "stranger_test")
        query = f"invoice={moves[0].id}"
        self.assertNotIn(moves[0].name, self._page(f"/my/billing/pay?{query}"))
        answer = self._transact(self._route(moves), 345.0)
        self.assertIn("at least one", answer["error"]["data"]["message"])
        for bad in ("x", "-1", "1" * 12, "%F0%9F%92%A9"):
            self._page(f"/my/billing/pay?invoice={bad}", 404)
        self.authenticate("client_test", "client_test")
        answer = self._transact(f"{self._route(moves)}-{2**31 - 5}"[:-1], 345.0)
        self.assertIn("has changed", answer["error"]["data"]["message"])
        self.authenticate(None, None)
        response = self.url_open("/my/billing/pay", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])

    def test_two_currencies(self):
        """One payment is in one currency."""
        moves = self._posted(1)
        self.env.ref("base.EUR").active = True
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-05",
                "currency_id": self.env.ref("base.EUR").id,
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 50})],
            }
        )
        other.action_post()
        self.authenticate("client_test", "client_test")
        query = f"invoice={moves.id}&invoice={other.id}"
        page = self._page(f"/my/billing/pay?{query}")
        self.assertIn("one after the other", page)
        self.assertNotIn("o_payment_form", page)
