"""Accruals: earned and not billed, billed and not earned, by a day."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..exceptions import BillingError
from .cost_common import CostCommon

END = date(2026, 3, 31)


@tagged("post_install", "-at_install")
class TestAccruals(CostCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        frozen = freeze_time("2026-04-10 10:00:00")
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        cls.unbilled_account, cls.advance_account = cls.env["account.account"].create(
            [
                {"name": "Unbilled", "code": "ACU1", "account_type": "asset_current"},
                {
                    "name": "Deferred",
                    "code": "ACU2",
                    "account_type": "liability_current",
                },
            ]
        )
        cls.journal = cls.company_data["default_journal_misc"]
        cls.income = cls.company_data["default_account_revenue"]

    def _accrual(self, day=END, **values):
        """Return the accrual of a day, previewed by the accountant."""
        accrual = (
            self.env["project.billing.accrual"]
            .with_user(self.accountant)
            .create(
                {
                    "date": day,
                    "journal_id": self.journal.id,
                    "unbilled_account_id": self.unbilled_account.id,
                    "advance_account_id": self.advance_account.id,
                    **values,
                }
            )
        )
        accrual.action_preview()
        return accrual

    def _lines(self, accrual):
        """Return ``{(rule, side): amount}`` of the own project."""
        self.env.invalidate_all()
        lines = accrual.line_ids.filtered(lambda line: line.project_id == self.project)
        return {(line.rule_id, line.side): line.amount for line in lines}

    def _bill(self, day, request=None):
        """Post the invoice of a request (or of what is ready) on a day."""
        move = self._invoice(request)
        move.invoice_date = day
        move.action_post()
        self.assertEqual(move.date, day)
        return move

    def test_taxes_in_the_price_are_no_income(self):
        """3 h at 100.00 with 21 % in it: 247.93, open, in a request and as one."""
        self.service.taxes_id = self.tax_sale_a.copy(
            {"name": "In it", "amount": 21, "price_include_override": "tax_included"}
        )
        for day in (1, 2, 3):
            self._log(1, date(2026, 3, day))
        for _step in ("open", "asked for"):
            accrual = self._accrual()
            self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 247.93})
            accrual.unlink()
            if self.project.billing_amount_ready:
                self.assertEqual(self.project.billing_amount_ready, 247.93)
                self.assertEqual(self.project.billing_amount_used, 247.93)
                self._prepare(date_to=END)
            self.env.invalidate_all()
        self._bill(date(2026, 4, 2), self._requests())
        self.assertEqual(
            self._lines(self._accrual()), {(self.rule, "unbilled"): 247.93}
        )

    def test_what_is_unbilled_is_what_is_to_bill(self):
        """3 x 20 min at 100.00 until the day, and what came later: 100.00."""
        for day in (1, 2, 3):
            self._log(1 / 3, date(2026, 3, day))
        self._log(1 / 3, date(2026, 4, 1))
        self.assertEqual(self._lines(self._accrual()), {(self.rule, "unbilled"): 100})

    def _requests(self):
        return self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )

    # === FIGURES ===

    def test_work(self):
        """Work until the day that was billed later, or never; nothing of after."""
        self._log(2)
        self._log(3, END)
        self._log(7, date(2026, 4, 1))
        accrual = self._accrual()
        self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 500.0})
        self.assertEqual(accrual.amount_unbilled, 500.0)
        self.assertEqual(accrual.line_ids.records, 2)
        request = self._prepare(date_to=date(2026, 3, 2))
        accrual.action_preview()
        self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 500.0})
        move = self._bill(END, request)
        accrual.action_preview()
        self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 300.0})
        # credited in April: by the end of March it was billed all the same
        with freeze_time("2026-04-12"):
            self._credit(move)
        accrual.action_preview()
        self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 300.0})
        april = self._accrual(date(2026, 4, 30))
        self.assertEqual(self._lines(april), {(self.rule, "unbilled"): 1200.0})

    def test_billed_later(self):
        """An invoice of April leaves the work of March unbilled in March."""
        self._log(2)
        self._bill(date(2026, 4, 5))
        self.assertEqual(self._lines(self._accrual()), {(self.rule, "unbilled"): 200.0})
        self.assertFalse(self._lines(self._accrual(date(2026, 4, 30))))

    def test_billed_before(self):
        """Work of April on an invoice of March is billed in advance."""
        self._log(2, date(2026, 4, 2))
        self._bill(END)
        accrual = self._accrual()
        self.assertEqual(self._lines(accrual), {(self.rule, "advance"): -200.0})
        self.assertEqual((accrual.amount_unbilled, accrual.amount_advance), (0, 200))

    def test_written_off(self):
        """What is written off is earned by nobody."""
        self._log(2)
        request = self._prepare()
        request.line_ids.change_quantity(1.5, "write_off", "Too long")
        self.assertEqual(self._lines(self._accrual()), {(self.rule, "unbilled"): 150.0})

    def test_milestones_and_retainer(self):
        """Milestones once they are ready, retainers by the days of the period."""
        fixed = self._create_rule(kind="milestone", contract_amount=1000)
        first, _second = self._create_milestones(40, 60)
        first.is_reached = True
        first.reached_date = END
        fee = self._create_rule(
            kind="recurring",
            recurring_price=3000.0,
            recurring_interval="month",
            recurring_timing="advance",
            date_start=date(2026, 3, 16),
            date_end=date(2026, 5, 15),
        )
        # 16 of 31 days of the first period, nothing of the second
        self.assertEqual(
            self._lines(self._accrual()),
            {(fixed, "unbilled"): 400.0, (fee, "unbilled"): 1548.39},
        )
        first.is_reached = False
        self._bill(date(2026, 3, 20), self._prepare(date_to=date(2026, 3, 20)))
        self.assertEqual(
            self._lines(self._accrual(date(2026, 3, 30))),
            {(fee, "advance"): -1548.39},
        )

    def test_deposit(self):
        """A deposit is billed in advance until it is deducted."""
        rule = self._create_rule(
            kind="advance",
            advance_type="money",
            advance_consumption="at_once",
            advance_amount=1000.0,
        )
        self._bill(date(2026, 3, 1))
        self.assertEqual(self._lines(self._accrual()), {(rule, "advance"): -1000.0})
        self._log(4)
        self._bill(date(2026, 4, 9))
        self.assertEqual(
            self._lines(self._accrual(date(2026, 3, 30))),
            {(rule, "advance"): -1000.0, (self.rule, "unbilled"): 400.0},
        )
        self.assertEqual(
            self._lines(self._accrual(date(2026, 4, 30))), {(rule, "advance"): -600.0}
        )

    def test_deposit_credited_by_price(self):
        """Of 1,000.00 that were credited by 400.00, 600.00 are billed in advance."""
        rule = self._create_rule(
            kind="advance",
            advance_type="money",
            advance_consumption="at_once",
            advance_amount=1000.0,
        )
        request = self._bill(date(2026, 3, 1))
        move = request if request._name == "account.move" else request.sudo().invoice_id

        def edit(lines):
            lines.price_unit = 400.0
            lines.move_id.invoice_date = date(2026, 3, 5)

        self._credit(move, edit)
        self.assertEqual(
            self._lines(self._accrual(date(2026, 3, 4))), {(rule, "advance"): -1000.0}
        )
        self.assertEqual(self._lines(self._accrual()), {(rule, "advance"): -600.0})

    def test_deposit_on_a_liability(self):
        """A deposit that is booked on a liability is deferred already."""
        rule = self._create_rule(
            kind="advance",
            advance_type="money",
            advance_consumption="at_once",
            advance_amount=1000.0,
        )
        rule.product_id = self.env["product.product"].create(
            {
                "name": "Deposit",
                "type": "service",
                "property_account_income_id": self.advance_account.id,
                "taxes_id": False,
            }
        )
        self._bill(date(2026, 3, 1))
        self.assertFalse(self._lines(self._accrual()))

    def _sell_pack(self, **values):
        """Sell 50 hours for 5,000.00; the project's work draws on them."""
        rule = self._create_rule(
            kind="advance",
            advance_type="hours",
            pack_price=5000.0,
            pack_hours=50.0,
            date_start=date(2026, 2, 1),
            **values,
        )
        self.rule.allowance_rule_id = rule
        return rule

    def test_pack(self):
        """Prepaid hours are earned as they are used; the rest is billed in advance."""
        rule = self._sell_pack()
        self._bill(date(2026, 2, 2))
        self._log(20)
        self._log(10, date(2026, 4, 2))
        self.assertEqual(
            self._lines(self._accrual(date(2026, 2, 28))), {(rule, "advance"): -5000.0}
        )
        self.assertEqual(self._lines(self._accrual()), {(rule, "advance"): -3000.0})
        self.assertEqual(
            self._lines(self._accrual(date(2026, 4, 5))), {(rule, "advance"): -2000.0}
        )

    def test_pack_used_up_and_beyond(self):
        """Work beyond the pack is unbilled at its own price."""
        rule = self._sell_pack()
        self._bill(date(2026, 2, 2))
        for day in range(2, 8):
            self._log(10, date(2026, 3, day))
        found = self._lines(self._accrual())
        self.assertEqual(found, {(self.rule, "unbilled"): 1000.0})
        self.assertNotIn((rule, "advance"), found)

    def test_pack_not_billed(self):
        """Of a pack that is not billed yet, what was worked is earned."""
        rule = self._sell_pack()
        self._log(20)
        self.assertEqual(self._lines(self._accrual()), {(rule, "unbilled"): 2000.0})
        self._bill(date(2026, 4, 9))
        self.assertEqual(
            self._lines(self._accrual(date(2026, 3, 30))), {(rule, "unbilled"): 2000.0}
        )
        self.assertEqual(
            self._lines(self._accrual(date(2026, 4, 10))),
            {(rule, "advance"): -3000.0},
        )

    def test_pack_that_expires(self):
        """What is left of a pack that was paid for is earned when it expires."""
        rule = self._sell_pack(pack_expiry_months=1)
        self._bill(date(2026, 2, 2))
        self._log(5, date(2026, 2, 10))
        self.assertEqual(
            self._lines(self._accrual(date(2026, 2, 15))), {(rule, "advance"): -4500.0}
        )
        self.assertFalse(self._lines(self._accrual()))

    def test_pack_that_expires_unpaid(self):
        """Hours that nobody paid for and nobody used are earned by nobody."""
        rule = self._sell_pack(pack_expiry_months=1)
        self._log(5, date(2026, 2, 10))
        self.assertEqual(self._lines(self._accrual()), {(rule, "unbilled"): 500.0})

    def test_retention(self):
        """What is held back is earned, and unbilled until it is released."""
        rule = self._create_rule(kind="retention", retention_percentage=10)
        self._log(10)
        self._bill(date(2026, 3, 20))
        self.assertEqual(self._lines(self._accrual()), {(rule, "unbilled"): 100.0})

    def test_currency(self):
        """At the rate of the day; without one, nothing is guessed."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        self.cost_rule.active = False
        self.rule.currency_id = euro
        self._log(2)
        with self.assertRaisesRegex(BillingError, "EUR has no rate"):
            self._accrual()
        self.env["res.currency.rate"].create(
            {
                "name": END,
                "rate": 0.8,
                "currency_id": euro.id,
                "company_id": self.company.id,
            }
        )
        accrual = self._accrual(date(2026, 4, 1))
        self.assertEqual(accrual.line_ids.amount, 200.0)
        self.assertEqual(accrual.line_ids.balance, 250.0)
        accrual.action_post()
        line = accrual.move_id.line_ids.filtered(
            lambda line: line.account_id == self.unbilled_account
        )
        self.assertEqual((line.debit, line.amount_currency), (250.0, 200.0))

    def test_figures(self):
        """Another way to count: minutes of each entry, and of invoices by the day."""
        for number in range(9):
            self._log(0.2 + number / 3, date(2026, 3, 23 + number))
        self._bill(date(2026, 3, 30), self._prepare(date_to=date(2026, 3, 25)))
        self._bill(date(2026, 4, 3), self._prepare(date_to=date(2026, 3, 28)))
        self._prepare(date_to=date(2026, 3, 30))
        self.env.flush_all()
        (minutes,) = self.env.execute_query(
            SQL(
                """
                SELECT sum(round((line.unit_amount * 60)::numeric))
                  FROM account_analytic_line line
                 WHERE line.project_id = %s AND NOT EXISTS (
                    SELECT FROM project_billing_allocation slice
                      JOIN project_billing_item item ON item.id = slice.item_id
                      JOIN account_move_line ours
                        ON ours.billing_line_id = slice.line_id
                     WHERE item.analytic_line_id = line.id AND ours.date <= %s)
                """,
                self.project.id,
                END,
            )
        )[0]
        found = self._lines(self._accrual())
        self.assertEqual(list(found), [(self.rule, "unbilled")])
        self.assertAlmostEqual(
            found[self.rule, "unbilled"], float(minutes) * 100 / 60, delta=0.05
        )

    # === ENTRIES ===

    def test_post(self):
        """One entry with the analytic account, reversed the next day, only once."""
        self._log(2)
        accrual = self._accrual()
        self.assertEqual(accrual.reversal_date, date(2026, 4, 1))
        accrual.action_post()
        move, reverse = accrual.move_id, accrual.reverse_move_id
        self.assertEqual(accrual.state, "posted")
        self.assertEqual((move.state, reverse.state), ("posted", "posted"))
        self.assertEqual((move.date, reverse.date), (END, date(2026, 4, 1)))
        self.assertEqual(reverse.reversed_entry_id, move)
        booked = {line.account_id: line for line in move.line_ids}
        self.assertEqual(booked[self.unbilled_account].debit, 200.0)
        self.assertEqual(booked[self.income].credit, 200.0)
        self.assertEqual(
            booked[self.income].analytic_distribution, {str(self.account.id): 100}
        )
        self.assertEqual(booked[self.income].partner_id, self.partner_a)
        both = (move | reverse).line_ids
        for account in both.account_id:
            own = both.filtered(
                lambda line, account=account: line.account_id == account
            )
            self.assertEqual(sum(own.mapped("balance")), 0)
        self.assertEqual(sum(both.analytic_line_ids.mapped("amount")), 0)
        for step in (
            accrual.action_post,
            accrual.action_preview,
            accrual.unlink,
            lambda: accrual.write({"date": date(2026, 3, 30)}),
        ):
            with self.assertRaisesRegex(BillingError, "is posted"):
                step()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._accrual()

    def test_undo_and_repeat(self):
        """What changed is posted anew; of the first entry nothing stays."""
        self._log(2)
        accrual = self._accrual()
        accrual.action_post()
        first = accrual.move_id
        accrual.action_undo()
        self.assertEqual(accrual.state, "draft")
        with self.assertRaisesRegex(BillingError, "is not posted"):
            accrual.action_undo()
        self._log(1)
        notice = accrual.action_post()
        self.assertEqual(notice["tag"], "display_notification")
        self.assertEqual(accrual.state, "draft")
        self.assertEqual(self._lines(accrual), {(self.rule, "unbilled"): 300.0})
        accrual.action_post()
        self.assertNotEqual(accrual.move_id, first)
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.unbilled_account.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", END),
            ]
        )
        self.assertEqual(sum(lines.mapped("balance")), 300.0)
        # accounting may cancel both by itself
        (accrual.move_id | accrual.reverse_move_id).button_draft()
        (accrual.move_id | accrual.reverse_move_id).button_cancel()
        self.assertEqual(accrual.state, "draft")

    def test_refused(self):
        """Locked days, missing accounts, nothing to book, days in the wrong order."""
        with self.assertRaisesRegex(BillingError, "Nothing was earned"):
            self._accrual().action_post()
        self._log(2)
        accrual = self.env["project.billing.accrual"].search([("date", "=", END)])
        accrual = accrual.with_user(self.accountant)
        accrual.action_preview()
        accrual.unbilled_account_id = False
        with self.assertRaisesRegex(BillingError, "Unbilled Work"):
            accrual.action_post()
        accrual.unbilled_account_id = self.unbilled_account
        with self.assertRaisesRegex(ValidationError, "later day"):
            accrual.reversal_date = END
        self.company.fiscalyear_lock_date = END
        with self.assertRaisesRegex(BillingError, "locked until"):
            accrual.action_post()
        self.company.fiscalyear_lock_date = False
        accrual.action_post()
        self.company.fiscalyear_lock_date = END
        with self.assertRaises(UserError):
            accrual.action_undo()
        self.assertEqual(accrual.state, "posted")

    def test_rights(self):
        """Accounting only; the entries cannot be named by hand."""
        self._log(2)
        accrual = self._accrual()
        for user in (self.pm, self.approver, self.admin):
            for step in ("action_preview", "action_post", "action_undo"):
                with self.assertRaises(AccessError):
                    getattr(accrual.with_user(user), step)()
            with self.assertRaises(AccessError):
                accrual.line_ids.with_user(user).read(["amount"])
        move = self._bill(date(2026, 4, 5))
        with self.assertRaises(AccessError):
            accrual.move_id = move
        with self.assertRaises(AccessError):
            accrual.line_ids.write({"balance": 1})
        with self.assertRaises(AccessError):
            accrual.write({"line_ids": [Command.clear()]})
