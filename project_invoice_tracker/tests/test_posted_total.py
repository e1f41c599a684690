"""The posted total is the approved one; what accounting may add is told (A6)."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from ..exceptions import BillingError
from .approval_common import ApprovalCommon


@tagged("post_install", "-at_install")
class TestPostedTotal(ApprovalCommon):
    """An invoice of 450, with 15 % of taxes 517.50, and what is done to its draft."""

    def setUp(self):
        super().setUp()
        self._log(4.5)
        self.request = self._prepare()
        self.move = self._invoice(self.request)
        self.assertEqual(self.move.amount_total, 517.5)

    def _add(self, price=10.0, **values):
        """Let accounting add a line; returns it."""
        before = self.move.invoice_line_ids
        self.move.invoice_line_ids = [
            Command.create(
                {
                    "name": "By hand",
                    "quantity": 1,
                    "price_unit": price,
                    "tax_ids": [],
                    **values,
                }
            )
        ]
        return self.move.invoice_line_ids - before

    def _refused(self, words):
        with (
            self.assertRaisesRegex(BillingError, words),
            self.env.cr.savepoint(),
        ):
            self.move.action_post()
        self.env.invalidate_all()
        self.assertEqual(self.move.state, "draft")
        self.assertMinutes((0, 270, 0, 0))

    def _items(self, display_type):
        return self.move.line_ids.filtered(lambda i: i.display_type == display_type)

    def _findings(self):
        """Return the sentences of Billing health about this invoice."""
        self.env.flush_all()
        self.env.invalidate_all()
        health = self.env["project.billing.health"].with_user(self.admin)
        health.action_check_all()
        result = health.search(
            [("code", "=", "other_total"), ("company_id", "=", self.company.id)]
        )
        self.assertTrue(result)
        self.assertFalse(result.error)
        found = result.finding_ids.filtered(lambda row: row.res_id == self.move.id)
        return found.mapped("sentence")

    # === NOT ALLOWED ===

    def test_line_of_accounting(self):
        self._add()
        self._refused("“By hand” on .* was not approved with BR/")

    def test_line_of_nothing(self):
        """Also one that comes to nothing, and two that do so together."""
        self._add(0)
        self._refused("was not approved")

    def test_lines_that_balance(self):
        self._add(100)
        self._add(-100)
        self._refused("was not approved")

    def test_line_as_journal_item(self):
        """By the tab of journal items, as an import writes it."""
        account = self.move.invoice_line_ids.account_id
        term = self._items("payment_term")
        self.move.line_ids = [
            Command.create(
                {"name": "Item", "account_id": account.id, "balance": -10.0}
            ),
            Command.update(term.id, {"balance": term.balance + 10.0}),
        ]
        self._refused("was not approved")

    def test_notes_are_free(self):
        """A section and a note are words."""
        for kind in ("line_section", "line_note"):
            self.move.invoice_line_ids = [
                Command.create({"name": kind, "display_type": kind})
            ]
        self.move.action_post()
        self.assertEqual(self.move.amount_total, 517.5)
        self.assertEqual(self.request.amount_added, 0)

    def test_changed_balance(self):
        line = self.move.invoice_line_ids
        other = self._items("payment_term")
        self.move.with_context(check_move_validity=False).line_ids = [
            Command.update(line.id, {"balance": line.balance - 7}),
            Command.update(other.id, {"balance": other.balance + 7}),
        ]
        self.assertEqual(self.move.amount_untaxed, 457)
        self._refused("457.00.* untaxed.*450.00")

    def test_changed_tax(self):
        tax, other = self._items("tax"), self._items("payment_term")
        self.move.with_context(check_move_validity=False).line_ids = [
            Command.update(tax.id, {"balance": tax.balance - 1}),
            Command.update(other.id, {"balance": other.balance + 1}),
        ]
        self._refused("taxes of .* are .*68.50.*67.50")

    def test_changed_debt(self):
        """The customer owes less, and some account of nobody takes the rest."""
        term = self._items("payment_term")
        self.env.flush_all()
        self._sql(
            "UPDATE account_move_line SET amount_currency = amount_currency - 17.5,"
            " balance = balance - 17.5, debit = debit - 17.5 WHERE id = %s",
            term.id,
        )
        self._sql(
            "INSERT INTO account_move_line (move_id, company_id, currency_id,"
            " account_id, company_currency_id, display_type, name, balance, debit,"
            " credit, amount_currency, parent_state, date, journal_id, quantity)"
            " SELECT move_id, company_id, currency_id, account_id, company_currency_id,"
            " 'cogs', 'x', 17.5, 17.5, 0, 17.5, parent_state, date, journal_id, 1"
            " FROM account_move_line WHERE id = %s",
            self.move.invoice_line_ids.id,
        )
        self._refused("customer would owe .*500.00")

    # === CASH ROUNDING ===

    def _round(self, strategy, **values):
        method = self.env["account.cash.rounding"].create(
            {
                "name": "Ones",
                "rounding": 1.0,
                "strategy": strategy,
                "rounding_method": "HALF-UP",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
                **values,
            }
        )
        self.move.invoice_cash_rounding_id = method

    def test_cash_rounding_is_no_other_total(self):
        for strategy in ("add_invoice_line", "biggest_tax"):
            with self.subTest(strategy):
                self._round(strategy)
                self.assertEqual(self.move.amount_total, 518)
                self.move.action_post()
                self.assertEqual(self.move.state, "posted")
                self.assertFalse(self._findings())
                self.move.button_draft()

    def test_cash_rounding_that_is_none(self):
        """A line of that kind holds what its method makes, no more."""
        self._round("add_invoice_line")
        for kind, more in (("rounding", -25), ("payment_term", 25)):
            self._sql(
                "UPDATE account_move_line SET balance = balance + %s,"
                " amount_currency = amount_currency + %s,"
                " debit = greatest(balance + %s, 0),"
                " credit = greatest(-balance - %s, 0) WHERE id = %s",
                *[more] * 4,
                self._items(kind).id,
            )
        self._sql(
            "UPDATE account_move SET amount_total = amount_total + 25,"
            " amount_untaxed = amount_untaxed + 25 WHERE id = %s",
            self.move.id,
        )
        # Odoo makes the line anew when it posts: what would go through is looked at
        with self.assertRaisesRegex(BillingError, "rounded by"):
            self.request.sudo()._billing_check_totals(self.move.sudo())

    # === ALLOWED ===

    def _allow(self):
        self.company.billing_accounting_lines = True

    def test_allowed_lines_are_told(self):
        self._allow()
        self._add(10, tax_ids=[Command.set(self.company_data["default_tax_sale"].ids)])
        self.move.action_post()
        self.assertEqual(self.move.amount_total, 529)
        self.assertEqual(self.request.amount_added, 11.5)
        row = self.env["project.billing.journal"].search(
            [("action", "=", "lines_added"), ("invoice_id", "=", self.move.id)]
        )
        self.assertRecordValues(
            row, [{"user_id": self.accountant.id, "document": self.move.name}]
        )
        self.assertEqual(row.before, {"amount": 517.5})
        self.assertEqual(row.after, {"amount": 529, "added": 11.5})
        told = self.request.sudo().message_ids.filtered(
            lambda m: "lines of its own" in (m.body or "")
        )
        self.assertEqual(len(told), 1)
        self.assertIn("11.50", told.body)
        self.assertEqual(
            told.partner_ids, self.pm.partner_id | self.approver.partner_id
        )
        figures = self.env["project.billing.invoice"].search(
            [("request_id", "=", self.request.id)]
        )
        self.assertRecordValues(
            figures, [{"amount_untaxed": 460, "amount_added": 10, "amount_total": 529}]
        )
        self.assertFalse(self._findings())

    def test_allowed_without_any(self):
        self._allow()
        self.move.action_post()
        self.assertFalse(
            self.env["project.billing.journal"].search(
                [("action", "=", "lines_added"), ("invoice_id", "=", self.move.id)]
            )
        )

    def test_allowed_lines_with_another_tax_amount(self):
        """Their own taxes are what Odoo makes of them; ours stay approved."""
        self._allow()
        self._add(10, tax_ids=[Command.set(self.company_data["default_tax_sale"].ids)])
        tax, other = self._items("tax"), self._items("payment_term")
        self.move.with_context(check_move_validity=False).line_ids = [
            Command.update(tax.id, {"balance": tax.balance - 1}),
            Command.update(other.id, {"balance": other.balance + 1}),
        ]
        self._refused("taxes of")

    def test_allowed_lines_hide_no_other_price(self):
        """What is taken from our line and put on one of their own is seen."""
        self._allow()
        added, line = self._add(50), self.move.invoice_line_ids[0]
        self.move.with_context(check_move_validity=False).line_ids = [
            Command.update(line.id, {"balance": line.balance + 40}),
            Command.update(added.id, {"balance": added.balance - 40}),
        ]
        self._refused("untaxed on “")

    def test_reset_and_posted_without(self):
        """The journal tells the last posting, and Billing health reads that one."""
        self._allow()
        added = self._add()
        self.move.action_post()
        self.move.button_draft()
        added.unlink()
        self.move.action_post()
        rows = self.env["project.billing.journal"].search(
            [("action", "=", "lines_added"), ("invoice_id", "=", self.move.id)],
            order="id",
        )
        self.assertEqual([row.after["added"] for row in rows], [10, 0])
        self.assertFalse(self._findings())

    def test_switch_is_in_the_journal(self):
        self._allow()
        row = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed")], order="id desc", limit=1
        )
        self.assertEqual(row.after, {"billing_accounting_lines": True})

    # === BY ANOTHER ROUTE ===

    def test_health_finds_another_total(self):
        self.move.action_post()
        self.assertFalse(self._findings())
        self._sql(
            "UPDATE account_move SET amount_total = amount_total + 10 WHERE id = %s",
            self.move.id,
        )
        (sentence,) = self._findings()
        self.assertIn("527.5", sentence)
        self.assertIn("517.5", sentence)

    def test_health_finds_lines_without_a_trace(self):
        self._allow()
        self._add()
        self.move.action_post()
        self.assertFalse(self._findings())
        self._sql("ALTER TABLE project_billing_journal DISABLE TRIGGER USER")
        self._sql(
            "DELETE FROM project_billing_journal"
            " WHERE action = 'lines_added' AND invoice_id = %s",
            self.move.id,
        )
        self._sql("ALTER TABLE project_billing_journal ENABLE TRIGGER USER")
        self.assertEqual(len(self._findings()), 1)

    def test_two_requests_on_one_invoice(self):
        """Joint rounding is no other total."""
        self.partner_a.billing_one_invoice = True
        for number in range(2):
            project = self._create_project(name=f"Part {number}")
            self._create_rule(project, price_unit=33.33)
            self._log(0.33, date(2026, 3, 3), project_id=project.id)
        requests = self.env["project.billing.request"].with_user(self.pm)
        projects = self.env["project.project"].search([("name", "like", "Part ")])
        both = requests.prepare(projects, date(2026, 12, 31))
        both.action_submit()
        both.with_user(self.approver).action_approve()
        both.action_create_invoice()
        self.move = both.sudo().invoice_id.with_user(self.accountant).sudo(False)
        self.assertEqual(len(self.move), 1)
        self.move.action_post()
        self.assertFalse(self._findings())
