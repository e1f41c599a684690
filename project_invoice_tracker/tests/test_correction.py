"""Corrections: time that is taken back nets against work, whatever the line detail."""

from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import BillingError, NothingToBill

from .common import BillingCommon

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
APRIL = date(2026, 4, 7)


@tagged("post_install", "-at_install")
class CorrectionCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.detail = "entry"

    def _quantities(self, request):
        return [(line.quantity, line.price_unit) for line in request.line_ids]

    def _two_prices(self):
        """100.00 an hour, and 110.00 from 1 April."""
        self.rule.rate_ids = [
            (0, 0, {"price_unit": 110, "date_from": "2026-04-01"}),
        ]


class TestCorrection(CorrectionCommon):
    """What a request takes in, and what waits."""

    def test_correction_nets_under_every_line_detail(self):
        """5 h and -2 h at 100 are 300.00, however the lines are cut."""
        tasks = self.env["project.task"].create(
            [{"name": name, "project_id": self.project.id} for name in "AB"]
        )
        for detail in ("project", "task", "person", "task_person", "day", "entry"):
            for task in (tasks[1].id, False):
                with self.subTest(detail=detail, task=task):
                    self.rule.detail = detail
                    self._log(5, MONDAY, task_id=tasks[0].id)
                    self._log(-2, TUESDAY, task_id=task, employee_id=self.bob.id)
                    request = self._prepare()
                    self.assertEqual(request.amount_untaxed, 300.0)
                    self.assertEqual(self._quantities(request), [(3.0, 100.0)])
                    self.assertMinutes((0, 180, 0, 0))
                    request.action_cancel()
                    self.env["account.analytic.line"].search(
                        [("project_id", "=", self.project.id)]
                    ).unlink()

    def test_correction_of_another_price_is_a_line_of_its_own(self):
        """5 h at 110 in April and -2 h at 100 in March are 350.00."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        self.assertEqual(self._quantities(request), [(5.0, 110.0), (-2.0, 100.0)])
        self.assertEqual(request.amount_untaxed, 350.0)
        move = self._post(request)
        self.assertEqual(move.amount_untaxed, 350.0)
        self.assertEqual(move.amount_total, request.amount_total)
        self.assertMinutes((0, 0, 180, 0))

    def test_correction_in_a_draft_is_cut_to_what_is_left(self):
        """3 h at 110 less 4 h at 100; later 1 h of the 3 h is taken back as well.

        The draft bills what a new one would: next to nothing, not 220.00.
        """
        self._two_prices()
        self._log(3, APRIL)
        self._log(-4, MONDAY)
        request = self._prepare()
        self.assertLess(request.amount_untaxed, 3)
        self._log(-1, APRIL)
        self.assertEqual(self._prepare(), request)
        amount = request.amount_untaxed
        self.assertTrue(0 < amount < 3, amount)
        request.action_cancel()
        self.assertEqual(self._prepare().amount_untaxed, amount)

    def test_corrected_day_disappears(self):
        """By day +8 h, -8 h, +8 h: 8 h are billed, on one line."""
        self.rule.detail = "day"
        for hours, day in ((8, MONDAY), (-8, TUESDAY), (8, WEDNESDAY)):
            self._log(hours, day)
        request = self._prepare()
        self.assertEqual(self._quantities(request), [(8.0, 100.0)])
        move = self._post(request)
        self.assertEqual(move.amount_untaxed, 800.0)
        self.assertMinutes((0, 0, 480, 0))
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertEqual(set(items.mapped("state")), {"billed"})
        self._credit(move)
        self.assertMinutes((480, 0, 0, 0))
        self.assertEqual(self._prepare().amount_untaxed, 800.0)

    def test_nothing_is_left_of_corrected_work(self):
        """Only +8 h and -8 h: there is nothing to bill, and nothing waits."""
        self.rule.detail = "day"
        self._log(8, MONDAY)
        self._log(-8, TUESDAY)
        with self.assertRaisesRegex(NothingToBill, r"31/2026\.$|2026\.$"):
            self._prepare()
        self.assertMinutes((0, 0, 0, 0))

    def test_corrected_work_is_settled_beside_other_work(self):
        """What comes to nothing is settled with the next request, and not invoiced."""
        self._two_prices()
        pair = self._log(8, MONDAY) | self._log(-8, TUESDAY)
        self._log(1, APRIL)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 110.0)
        self.assertEqual(len(request.line_ids._live()), 1)
        move = self._post(request)
        self.assertEqual(len(move.invoice_line_ids), 1)
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "in", pair.ids)]
        )
        self.assertEqual(items.mapped("state"), ["billed"] * 2)
        self.assertEqual(items.allocation_ids.request_id, request)
        move.button_draft()
        move.button_cancel()
        self.assertEqual(set(items.mapped("state")), {"open"})

    def test_correction_beyond_the_work_waits(self):
        """-5 h at 100 and 2 h at 110: as much as keeps the request above zero."""
        self._two_prices()
        self._log(-5, MONDAY)
        self._log(2, APRIL)
        request = self._prepare()
        self.assertGreater(request.amount_untaxed, 0)
        self.assertEqual(request.amount_untaxed, 2.0)
        self.assertIn("wait for more work", request.waiting_note)
        self._post(request)
        self._log(8, APRIL)
        second = self._prepare()
        self.assertFalse(second.waiting_note)
        total = request.amount_untaxed + second.amount_untaxed
        self.assertAlmostEqual(total, 10 * 110 - 5 * 100, delta=1)

    def test_waiting_correction_is_told(self):
        """Without any work: nothing to bill, and 300.00 wait."""
        self._log(-3, MONDAY)
        with self.assertRaisesRegex(NothingToBill, "Corrections of .*300.00.* wait"):
            self._prepare()

    def test_later_correction_nets_against_the_draft(self):
        """5 h are in a draft when 2 h of another day are taken back."""
        self._log(5, MONDAY)
        request = self._prepare()
        self._log(-2, TUESDAY)
        self.assertEqual(self._prepare(), request)
        self.assertEqual(self._quantities(request), [(3.0, 100.0)])
        self._log(-4, WEDNESDAY)
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.line_ids.mapped("quantity"), [0.0])
        self.assertMinutes((-60, 0, 0, 0))
        self.assertIn("100.00", request.waiting_note)
        self._log(3, WEDNESDAY)
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.amount_untaxed, 200.0)
        self.assertMinutes((0, 120, 0, 0))

    def test_tax_in_the_price_does_not_cut_a_correction(self):
        """100.00 less 95.00, both with 21 % in them: 5.00, as nothing has to wait."""
        self.rule.product_id.taxes_id = self.env["account.tax"].create(
            {
                "name": "In it",
                "amount": 21,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        self._log(1)
        request = self._prepare()
        self.assertEqual(request.amount_total, 100)
        self.rule.price_unit = 95
        self._log(-1, TUESDAY)
        self.assertEqual(self._prepare(), request)
        self.assertEqual(request.amount_total, 5)
        self.assertFalse(request.waiting_note)
        leaks = self.env["project.billing.leak"].search(
            [("project_id", "=", self.project.id), ("code", "=", "correction")]
        )
        self.assertFalse(leaks)

    def test_lowered_line_takes_a_correction(self):
        """Of 5 h, 4 are written off by hand; -2 h lower the one that is left."""
        self._log(5, MONDAY)
        request = self._prepare()
        request.line_ids.change_quantity(1, "write_off", "Goodwill")
        self._log(-2, TUESDAY)
        self._prepare()
        self.assertEqual(request.line_ids.mapped("quantity"), [0.0])
        self.assertMinutes((-60, 0, 0, 240))

    def test_lowering_a_corrected_line(self):
        """The work that was lowered stays open; nothing is billed twice."""
        self._log(5, MONDAY)
        self._log(-2, TUESDAY)
        request = self._prepare()
        request.line_ids.change_quantity(1)
        self.assertMinutes((120, 60, 0, 0))
        request.line_ids.change_quantity(0)
        self.assertMinutes((180, 0, 0, 0))
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.amount_untaxed, 300.0)
        request.line_ids.unlink()
        self.assertMinutes((180, 0, 0, 0))

    def test_lines_that_outweigh_a_correction_are_lowered(self):
        """A line of corrections waits as soon as nothing outweighs it."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        work, back = request.line_ids.sorted("id")
        back.change_quantity(-1)
        self.assertEqual(request.amount_untaxed, 450.0)
        work.change_quantity(0.5, "write_off", "Goodwill")
        self.assertEqual(request.line_ids.mapped("quantity"), [0.5, 0.0])
        self.assertMinutes((-120, 30, 0, 270))
        self.assertIn("146.67", request.waiting_note)

    def test_writing_a_correction_off(self):
        """A line of corrections that is written off is never given back."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        request.line_ids[1].change_quantity(0, "write_off", "Agreed")
        self.assertEqual(request.amount_untaxed, 550.0)
        self.assertMinutes((0, 300, 0, -120))
        self._post(request)

    def test_crediting_a_line_of_corrections(self):
        """A credit note of a negative line releases that, in full or in part."""
        self._two_prices()
        self._log(5, APRIL)
        back = self._log(-2, MONDAY)
        move = self._post()
        note = self._credit(move, post=False)
        note.invoice_line_ids.filtered(lambda line: line.quantity < 0).quantity = -0.5
        note.action_post()
        self.assertMinutes((-30, 0, -90, 0), back)
        note.button_draft()
        self.assertMinutes((0, 0, -120, 0), back)
        note.action_post()
        again = self._prepare()
        self.assertEqual(again.amount_untaxed, 500.0)

    def test_rebate_on_a_line_of_corrections_and_the_rest(self):
        """5 h at 110 less 2 h at 100; what is left after a rebate gives all back."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        move = self._post()

        def edit(lines):
            lines.filtered(lambda line: line.quantity > 0).quantity = 1
            lines.filtered(lambda line: line.quantity < 0).price_unit = 50

        self._credit(move, edit)
        self.assertMinutes((60, 0, 120, 0))
        note = self._credit(move)
        self.assertEqual(note.amount_untaxed, 340.0)
        self.assertMinutes((180, 0, 0, 0))
        note.button_draft()
        self.assertMinutes((60, 0, 120, 0))

    def test_crediting_a_corrected_line(self):
        """Of 5 h less 2 h, 3 are billed: no credit note names more."""
        work = self._log(5, MONDAY)
        back = self._log(-2, TUESDAY)
        move = self._post()
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", work.id)]
        )
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "billing_item_ids": items.ids})
        )
        wizard.reverse_moves()
        note = wizard.new_move_ids
        self.assertEqual(note.amount_untaxed, 300.0)
        note.action_post()
        self.assertMinutes((180, 0, 0, 0), work | back)
        self.assertEqual(self._prepare().amount_untaxed, 300.0)

    def test_replacing_an_invoice_with_corrections(self):
        """Reverse and replace: the replacement holds the same slices."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        self._log(-1, APRIL)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 240.0)
        new = self._credit(move, modify=True)
        self.assertEqual(new.amount_untaxed, 240.0)
        self.assertMinutes((0, 120, 0, 0))
        new.action_post()
        self.assertMinutes((0, 0, 120, 0))

    def test_increments_per_line_with_corrections(self):
        """100 min less 35 are 65, in halves of an hour 1.5 h; a line of -35 is -1.0."""
        self._two_prices()
        self.rule.write(
            {
                "detail": "project",
                "increment_scope": "line",
                "increment_minutes": 30,
                "increment_method": "up",
            }
        )
        self._log(100 / 60, MONDAY)
        self._log(-35 / 60, TUESDAY)
        request = self._prepare()
        self.assertEqual(self._quantities(request), [(1.5, 100.0)])
        request.action_cancel()
        self._log(-100 / 60, WEDNESDAY)
        self._log(5, APRIL)
        request = self._prepare()
        self.assertEqual(self._quantities(request), [(5.0, 110.0), (-1.0, 100.0)])

    def test_removing_corrected_work_from_an_invoice(self):
        """Accounting cannot leave a draft invoice with the corrections alone."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        self._log(1, MONDAY, task_id=False)
        move = self._invoice()
        work, back = move.invoice_line_ids.sorted("quantity", reverse=True)
        with (
            self.assertRaisesRegex(BillingError, "below zero"),
            self.env.cr.savepoint(),
        ):
            move.write({"invoice_line_ids": [Command.delete(work.id)]})
        move.write({"invoice_line_ids": [Command.delete(back.id)]})
        move.action_post()
        self.assertEqual(move.amount_untaxed, 550.0)
        self.assertMinutes((-60, 0, 300, 0))

    def test_sending_an_invoice_with_corrections_back(self):
        """Sent back, the draft holds the same lines and takes more corrections."""
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        move = self._invoice(request)
        move.action_billing_send_back("Wrong month")
        self.assertEqual(request.amount_untaxed, 350.0)
        self._log(-1, APRIL)
        self.assertEqual(self._prepare(), request)
        self.assertEqual(request.amount_untaxed, 240.0)
        self.assertEqual(self._post(request).amount_untaxed, 240.0)

    def test_run_says_what_waits(self):
        """The list of a run names the amount beside the request that it made."""
        self._two_prices()
        self._log(1, APRIL)
        self._log(-5, MONDAY)
        run = self.env["project.billing.run"].with_user(self.pm)
        run = run.create({"project_ids": self.project.ids, "date_to": "2026-12-31"})
        run.action_start()
        self.assertEqual(run.line_ids.state, "prepared")
        self.assertIn("wait for more work", run.line_ids.error)

    def test_minimum_fee_with_corrections(self):
        """The fee counts what is left of the work: 350.00 of at least 400.00."""
        self._two_prices()
        self.rule.minimum_fee = 400
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 400.0)

    def test_cap_with_corrections(self):
        """A correction makes room: 12 h less 2 h fit into 10 h."""
        cap = self.env["project.billing.cap"].create(
            {
                "name": "PO 1",
                "company_id": self.company.id,
                "currency_id": self.rule.currency_id.id,
                "rule_ids": self.rule.ids,
                "limit_hours": 10,
            }
        )
        self._two_prices()
        self._log(6, APRIL)
        self._log(6, MONDAY)
        self._log(-2, TUESDAY)
        request = self._prepare()
        self.assertEqual(request.hours, 10.0)
        self.assertEqual(cap.hours_used, 10.0)
        request.action_cancel()
        self._log(-7, TUESDAY)
        request = self._prepare()
        self.assertEqual(self._quantities(request), [(6.0, 110.0), (-3.0, 100.0)])
        self.assertEqual(cap.hours_used, 3.0)

    def test_chosen_work_with_corrections(self):
        """What was taken back counts, whichever work is chosen under a cap."""
        self.env["project.billing.cap"].create(
            {
                "name": "PO 1",
                "company_id": self.company.id,
                "currency_id": self.rule.currency_id.id,
                "rule_ids": self.rule.ids,
                "limit_hours": 4,
                "policy": "choose",
            }
        )
        self._log(6, MONDAY)
        late = self._log(5, WEDNESDAY)
        self._log(-2, TUESDAY)
        request = self._prepare()
        self.assertEqual(request.hours, 4.0)
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", late.id)]
        )
        request._choose_items(item)
        self.assertEqual(request.hours, 3.0)
        self.assertMinutes((0, 300, 0, 0), late)

    def test_progress_below_what_is_billed(self):
        """40 % are billed, 30 % are reported: 1,000 less beside other work."""
        contract = self._create_rule(kind="progress", contract_amount=10000)
        contract = contract.with_user(self.pm)
        contract.report_progress(40, MONDAY)
        self._post()
        contract.report_progress(30, TUESDAY)
        with self.assertRaisesRegex(NothingToBill, "1,000.00.* wait"):
            self._prepare()
        self._log(12, WEDNESDAY)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 200.0)
        back = request.line_ids.filtered(lambda line: line.quantity < 0)
        for quantity in (-0.5, -2, 1):
            with self.assertRaises(BillingError):
                back.change_quantity(quantity)
        move = self._post(request)
        self._credit(move)
        self.assertEqual(self._prepare().amount_untaxed, 200.0)

    def test_retention_with_corrections(self):
        """What is held back follows what is left: 10 % of 350.00."""
        self._two_prices()
        self._create_rule(
            kind="retention",
            retention_percentage=10,
            retention_release_ids=[(0, 0, {"percentage": 100, "date": "2027-01-01"})],
        )
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 315.0)

    def test_deposit_with_corrections(self):
        """A deposit covers what the corrections leave, and is deducted no further."""
        self._create_rule(
            kind="advance",
            name="Deposit",
            advance_basis="amount",
            advance_amount=1000,
            advance_consumption="at_once",
        )
        self._post()
        self._two_prices()
        self._log(5, APRIL)
        self._log(-2, MONDAY)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 0.0)
        self.assertEqual(self._post(request).amount_total, 0.0)
        self._log(1, APRIL)
        self.assertEqual(self._prepare().amount_untaxed, 0.0)

    def test_parts_of_one_item_on_a_line_are_one_slice(self):
        """A correction that lowers a line twice in one step is held there once."""
        self._log(5, MONDAY)
        line = self._prepare().line_ids
        entry = self._log(-2, MONDAY)
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        part = (item.id, line.sudo(), Decimal(-30))
        ledger._reserve([part, part])
        ledger._reserve([part, part])
        self.assertEqual(
            line.sudo().allocation_ids.filtered(lambda s: s.item_id == item).quantity,
            -120,
        )
        self.assertMinutes((0, -120, 0, 0), entry)
