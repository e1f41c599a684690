"""Deposits, their contract and what was written off or credited of it (I19, I23)."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..exceptions import BillingError
from .test_advance import AdvanceCommon


class DepositCommon(AdvanceCommon):
    """A contract of 10,000.00 with 30 % paid in advance, two milestones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_rule(
            kind="milestone", name="Contract", contract_amount=10000.0, price_unit=0
        )

    def _deposit(self, billed=True, **values):
        """Create the deposit in proportion, and bill it."""
        rule = self._create_deposit(
            **{
                "advance_basis": "percentage",
                "advance_percentage": 30,
                "advance_consumption": "proportion",
                **values,
            }
        )
        self.deposit_move = billed and self._post()
        return rule

    def _reach(self, milestone):
        milestone.is_reached = True
        return self._prepare()

    def _lower(self, request, quantity, kind="milestone", policy="write_off"):
        line = request.line_ids.filtered(lambda line: line.kind == kind)
        line.with_user(self.pm).change_quantity(quantity, policy, "Agreed")
        return request

    def _rebate(self, move, price, post=True):
        """Credit an invoice by an amount, which gives no work back."""

        def edit(lines):
            # half of a piece may be all that is proposed
            lines.price_unit = price / lines.quantity

        return self._credit(move, edit, post=post)


@tagged("post_install", "-at_install")
class TestDepositAndWriteOff(DepositCommon):
    def test_write_off_of_the_last_line_leaves_nothing_of_the_deposit(self):
        """40 and 60 %, the last lowered to 0.8: 1,200 and 1,800 are deducted."""
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        request = self._reach(first)
        self.assertEqual(self._deductions(request), [-1200])
        self._post(request)
        request = self._lower(self._reach(last), 0.8)
        self.assertEqual(self._deductions(request), [-1800])
        self._post(request)
        self.assertEqual(request.amount_untaxed, 3000)
        self.assertBalance(rule, 3000, 3000, 0)
        rule.active = False

    def test_write_off_of_the_first_line_counts_as_done(self):
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        request = self._lower(self._reach(first), 0.5)
        self.assertEqual(self._deductions(request), [-600])
        self._post(request)
        request = self._reach(last)
        self.assertEqual(self._deductions(request), [-2400])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_what_stays_open_is_not_done(self):
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        self._post(self._reach(first))
        request = self._lower(self._reach(last), 0.8, policy="bill_later")
        self.assertEqual(self._deductions(request), [-1440])
        self._post(request)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-360])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_a_rest_beyond_the_last_line_is_deducted_from_what_follows(self):
        """The last line is lowered to 0.1: 600.00 cover it, 1,200.00 follow."""
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        self._post(self._reach(first))
        request = self._lower(self._reach(last), 0.1)
        self.assertEqual(self._amounts(request), (0, 0, 0))
        self._post(request)
        self.assertBalance(rule, 3000, 1800, 1200)
        self._log(20)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-1200])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_write_off_taken_back_opens_the_contract_again(self):
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        self._post(self._reach(first))
        request = self._lower(self._reach(last), 0.8)
        move = self._invoice(request)
        move.button_cancel()
        self.assertBalance(rule, 3000, 1200, 1800)
        self._post()
        self.assertBalance(rule, 3000, 3000, 0)

    def test_write_off_under_progress(self):
        self.contract.active = False
        progress = self._create_rule(
            kind="progress", contract_amount=10000.0, price_unit=0
        )
        rule = self._deposit()
        progress.report_progress(40, "2026-03-02")
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-1200])
        self._post(request)
        progress.report_progress(100, "2026-03-20")
        request = self._lower(self._prepare(), 0.8, kind="progress")
        self.assertEqual(self._deductions(request), [-1800])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_write_off_of_time_against_the_contract_of_a_deposit(self):
        """Without milestones the deposit's own contract is billed by the hour."""
        self.contract.active = False
        rule = self._deposit(contract_amount=1000.0)
        self._log(6)
        self._post()
        self._log(4)
        request = self._lower(self._prepare(), 3.0, kind="time")
        self.assertEqual(self._deductions(request), [-120])
        self._post(request)
        self.assertBalance(rule, 300, 300, 0)

    def test_contract_lowered_by_what_is_written_off(self):
        """8,800.00 are billed and 1,200.00 written off: 8,800.00 is a contract."""
        first, last = self._create_milestones(40, 60)
        self._post(self._reach(first))
        self._post(self._lower(self._reach(last), 0.8))
        with self.assertRaisesRegex(UserError, "8,800.00"), self.cr.savepoint():
            self.contract.contract_amount = 8799.99
        self.contract.contract_amount = 8800
        self.assertFalse(self.contract.milestones_note)
        self.assertFalse(self._shares_leaks())
        self.contract.contract_amount = 10000
        self.assertFalse(self.contract.milestones_note)
        self.assertFalse(self._shares_leaks())

    def test_contract_lowered_while_something_is_open(self):
        """What is written off is done: the other milestones share the rest."""
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        self._post(self._lower(self._reach(first), 0.8))
        self.contract.contract_amount = 9000
        self.assertEqual(last.billing_price, 5000)
        request = self._reach(last)
        self.assertEqual(self._deductions(request), [-2040])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_progress_of_a_contract_lowered_by_what_is_written_off(self):
        self.contract.active = False
        progress = self._create_rule(
            kind="progress", contract_amount=10000.0, price_unit=0
        )
        progress.report_progress(100, "2026-03-02")
        self._post(self._lower(self._prepare(), 0.88, kind="progress"))
        with self.assertRaisesRegex(UserError, "8,800.00"), self.cr.savepoint():
            progress.contract_amount = 8799.99
        progress.contract_amount = 8800
        progress.report_progress(100, "2026-03-20")
        self.assertFalse(self._open(progress))

    def _open(self, rule):
        items = self.env["project.billing.item"].search(
            [("rule_id", "=", rule.id), ("quantity_open", "!=", 0)]
        )
        return items.mapped("amount_open")

    def _shares_leaks(self):
        self.env.flush_all()
        return self.env["project.billing.leak"].search(
            [("code", "=", "shares"), ("project_id", "=", self.project.id)]
        )

    def test_written_off_release_lets_a_retention_be_archived(self):
        """10 % of 1,000.00 held; of the release 20.00 are written off."""
        retention = self._create_rule(
            kind="retention",
            name="Retention",
            retention_percentage=10,
            retention_release_ids=[
                (0, 0, {"percentage": 100, "date": "2026-03-03"}),
            ],
        )
        self._log(10)
        self._post()
        self.assertEqual(retention.retention_left, 100)
        self._post(self._lower(self._prepare(), 0.8, kind="retention"))
        retention.invalidate_recordset()
        self.assertEqual(retention.retention_left, 0)
        retention.active = False


@tagged("post_install", "-at_install")
class TestDepositCredited(DepositCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.active = False

    def test_deposit_credited_by_price_is_deducted_by_what_is_left(self):
        """1,000.00 credited by 400.00: 600.00 are deducted in all."""
        rule = self._create_deposit()
        self._rebate(self._post(), 400)
        self.assertBalance(rule, 600, 0, 600)
        self._log(20)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-600])
        self._post(request)
        self.assertBalance(rule, 600, 600, 0)

    def test_deposit_credited_by_a_discount(self):
        rule = self._create_deposit()

        def edit(lines):
            lines.discount = 60.0

        self._credit(self._post(), edit)
        self.assertBalance(rule, 600, 0, 600)

    def test_deposit_credited_by_several_notes(self):
        rule = self._create_deposit()
        move = self._post()
        self._rebate(move, 400)
        self._rebate(move, 100)
        self.assertBalance(rule, 500, 0, 500)

    def test_deposit_credited_by_price_and_reset(self):
        """The note is a draft again, or cancelled: all is to be deducted."""
        rule = self._create_deposit()
        note = self._rebate(self._post(), 400)
        note.button_draft()
        self.assertBalance(rule, 1000, 0, 1000)
        note.action_post()
        self.assertBalance(rule, 600, 0, 600)
        note.button_draft()
        note.button_cancel()
        self.assertBalance(rule, 1000, 0, 1000)

    def test_deposit_credited_by_more_than_is_left(self):
        """800.00 are deducted: 400.00 are refused, and 200.00 are not."""
        rule = self._create_deposit()
        deposit = self._post()
        self._log(8)
        request = self._prepare()
        self._post(request)
        self.assertBalance(rule, 1000, 800, 200)
        note = self._rebate(deposit, 400, post=False)
        with (
            self.assertRaisesRegex(BillingError, request.sudo().invoice_id.name),
            self.cr.savepoint(),
        ):
            note.action_post()
        self.assertBalance(rule, 1000, 800, 200)
        note.invoice_line_ids.price_unit = 200
        note.action_post()
        self.assertBalance(rule, 800, 800, 0)

    def test_a_draft_lets_go_of_what_is_credited(self):
        rule = self._create_deposit()
        deposit = self._post()
        self._log(9)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-900])
        self._rebate(deposit, 400)
        self.assertEqual(self._deductions(request), [-600])
        self.assertBalance(rule, 600, 600, 0)

    def test_part_and_price_are_credited(self):
        """Half is credited at the full price, then 100.00 by price: 400.00 are left."""
        rule = self._create_deposit()
        move = self._post()

        def half(lines):
            lines.quantity = 0.5

        self._credit(move, half)
        self.assertBalance(rule, 500, 0, 500)
        self._rebate(move, 100)
        self.assertBalance(rule, 400, 0, 400)

    def test_deposit_with_included_tax_credited_by_price(self):
        self.tax.price_include_override = "tax_included"
        rule = self._create_deposit()
        self._rebate(self._post(), 400)
        self.assertBalance(rule, 600, 0, 600)
        self._log(10)
        request = self._prepare()
        self.assertEqual(request.amount_total, 400)

    def test_reset_deposit_invoice_after_its_credit(self):
        """The invoice of a deposit is reset after the credit note that names it."""
        rule = self._create_deposit()
        move = self._post()
        note = self._rebate(move, 400)
        with self.assertRaisesRegex(UserError, note.name):
            move.button_draft()
        self.assertBalance(rule, 600, 0, 600)
        note.button_draft()
        self.assertBalance(rule, 1000, 0, 1000)


@tagged("post_install", "-at_install")
class TestDepositOfAContract(DepositCommon):
    def test_time_beside_a_fixed_price_leaves_its_deposit_alone(self):
        """80 h of time and material deduct nothing, and make nothing the last."""
        rule = self._deposit()
        first, last = self._create_milestones(40, 60)
        self._log(80)
        request = self._prepare()
        self.assertFalse(self._deductions(request))
        self._post(request)
        request = self._reach(first)
        self.assertEqual(self._deductions(request), [-1200])
        self._post(request)
        self._log(40)
        self._post(self._prepare())
        self.assertBalance(rule, 3000, 1200, 1800)
        request = self._reach(last)
        self.assertEqual(self._deductions(request), [-1800])
        self._post(request)
        self.assertBalance(rule, 3000, 3000, 0)

    def test_time_in_the_same_request(self):
        self._deposit()
        first, _last = self._create_milestones(40, 60)
        self._log(80)
        request = self._reach(first)
        self.assertEqual(self._deductions(request), [-1200])

    def test_deposit_of_all_work_of_the_project(self):
        """The rule may say so: time and fixed price count together."""
        rule = self._deposit(advance_scope="project")
        self._log(80)
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-2400])
        self._post(request)
        self.assertBalance(rule, 3000, 2400, 600)

    def test_deposit_at_once_of_the_contract_only(self):
        rule = self._deposit(advance_consumption="at_once", advance_scope="contract")
        first, _last = self._create_milestones(20, 80)
        self._log(30)
        self._post(self._prepare())
        self.assertBalance(rule, 3000, 0, 3000)
        self._log(10)
        request = self._reach(first)
        self.assertEqual(self._deductions(request), [-2000])
        self.assertEqual(request.amount_untaxed, 1000)

    def test_deposit_at_once_takes_from_all_work(self):
        """What is deducted at once is deducted from whatever comes first."""
        rule = self._deposit(advance_consumption="at_once")
        self.assertEqual(rule.advance_scope, "project")
        self._log(10)
        self.assertEqual(self._deductions(self._prepare()), [-1000])

    def test_deposit_without_milestones_takes_from_all_work(self):
        """A contract that only the deposit knows is billed by the hour."""
        self.contract.active = False
        self._deposit(contract_amount=1000.0)
        self._log(5)
        self.assertEqual(self._deductions(self._prepare()), [-150])

    def test_two_contracts_with_a_deposit_each(self):
        """30 % of 10,000 for milestones and 20 % of 5,000 for progress."""
        progress = self._create_rule(
            kind="progress", contract_amount=5000.0, price_unit=0, sequence=50
        )
        first = self._deposit(billed=False)
        second = self._deposit(billed=False, advance_percentage=20, sequence=60)
        self.assertFalse(first.advance_contract_id)
        self.assertEqual(second.advance_contract_id, progress)
        self._post()
        self.assertBalance(first, 3000, 0, 3000)
        self.assertBalance(second, 1000, 0, 1000)
        self._create_milestones(40, 60)[0].is_reached = True
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-1200])
        self._post(request)
        progress.report_progress(50, "2026-03-02")
        request = self._prepare()
        self.assertEqual(self._deductions(request), [-500])
        self._post(request)
        self.assertBalance(first, 3000, 1200, 1800)
        self.assertBalance(second, 1000, 500, 500)
        with self.assertRaisesRegex(ValidationError, "is no contract of"):
            second.advance_contract_id = first

    def test_second_contract_leaves_the_deposit_of_the_first(self):
        second = self._create_rule(
            kind="progress", contract_amount=5000.0, price_unit=0, sequence=50
        )
        rule = self._deposit()
        self._create_milestones(100)
        second.report_progress(100, "2026-03-02")
        request = self._prepare()
        self.assertFalse(self._deductions(request))
        self._post(request)
        self.assertBalance(rule, 3000, 0, 3000)
