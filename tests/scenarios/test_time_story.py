"""A story of time: from the timesheet to credit notes, figures after every step."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))


@tagged("post_install", "-at_install")
class TestTimeStory(BillingCommon):
    def _books(self, **expected):
        """Assert what a bookkeeper reads: hours of the project, invoiced and owed."""
        ready, reserved, billed, written_off = self._minutes()
        moves = self.env["account.move"].search(
            [("partner_id", "=", self.partner_a.id), ("state", "=", "posted")]
        )
        found = {
            "open": ready / 60,
            "reserved": reserved / 60,
            "billed": billed / 60,
            "written_off": written_off / 60,
            "net": sum(moves.mapped("amount_untaxed_signed")),
        }
        self.assertEqual(found, {**dict.fromkeys(found, 0), **expected})
        self.assertMinutes((ready, reserved, billed, written_off))

    def test_a_month_of_consulting(self):
        """I1, I2, I13, I14: 100.00 an hour, told step by step."""
        self._log(4.5, day=MONDAY)
        self._log(3.5, day=TUESDAY)
        self._books(open=8)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 800)
        self._books(reserved=8)
        request.line_ids.change_quantity(7.5, "write_off", "Learning on the job")
        self.assertEqual(request.amount_untaxed, 750)
        self._books(reserved=7.5, written_off=0.5)
        self._approve(request)
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant)
        self.assertEqual(move.amount_untaxed, 750)
        self._books(reserved=7.5, written_off=0.5)
        move.action_post()
        self._books(billed=7.5, written_off=0.5, net=750)
        self._credit(move, lambda lines: lines.write({"quantity": 3}))
        self._books(open=3, billed=4.5, written_off=0.5, net=450)
        again = self._prepare()
        self.assertEqual(again.amount_untaxed, 300)
        self._post(again)
        self._books(billed=7.5, written_off=0.5, net=750)


@tagged("post_install", "-at_install")
class TestWhereOdooBillsTwice(TestTimeStory):
    """4.5 h and 3.5 h are billed; 3.5 h are credited, 1 h is logged: 4.5 h, not 9."""

    test_a_month_of_consulting = None  # told above

    def setUp(self):
        super().setUp()
        self._log(4.5, day=MONDAY)
        self._log(3.5, day=TUESDAY)

    def _bill_the_rest(self, hours):
        """Log one hour, bill again, and have everything billed once."""
        self._log(1, day=WEDNESDAY)
        again = self._prepare()
        self.assertEqual(again.hours, hours)
        self.assertEqual(again.amount_untaxed, hours * 100)
        self._post(again)

    def test_credit_of_the_second_entry(self):
        """I13: what was not credited is not billed again."""
        move = self._post()
        self._books(billed=8, net=800)
        self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        self._books(open=3.5, billed=4.5, net=450)
        self._bill_the_rest(4.5)
        self._books(billed=9, net=900)

    def test_reverse_and_replace(self):
        """I13: the replacement holds the eight hours, so only the new one is free."""
        move = self._post()
        replacement = self._credit(move, modify=True)
        self._books(reserved=8, net=0)
        self._bill_the_rest(1)
        self._books(reserved=8, billed=1, net=100)
        replacement.action_post()
        self._books(billed=9, net=900)

    def test_rebate(self):
        """I13: a credit note at a lower price gives no hour back."""
        move = self._post()
        self._credit(move, lambda lines: lines.write({"price_unit": 10}))
        self._books(billed=8, net=720)
        self._bill_the_rest(1)
        self._books(billed=9, net=820)

    def test_line_deleted_on_the_draft(self):
        """I14: exactly the hours of the deleted line are free."""
        self.rule.detail = "day"
        move = self._invoice()
        move.invoice_line_ids.filtered(lambda line: line.quantity == 3.5).unlink()
        self._books(open=3.5, reserved=4.5)
        move.action_post()
        self._books(open=3.5, billed=4.5, net=450)
        self._bill_the_rest(4.5)
        self._books(billed=9, net=900)

    def test_draft_lowered(self):
        """I14: two hours less on the request are two hours more on the next one."""
        request = self._prepare()
        request.line_ids.change_quantity(6)
        self._books(open=2, reserved=6)
        self._post(request)
        self._books(open=2, billed=6, net=600)
        self._bill_the_rest(3)
        self._books(billed=9, net=900)

    def test_credit_note_is_undone(self):
        """I13: the hours of a credit note that is reset are billed as before."""
        move = self._post()
        credit = self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        credit.button_draft()
        self._books(billed=8, net=800)
        self._bill_the_rest(1)
        self._books(billed=9, net=900)

    def test_two_credit_notes_name_more_than_there_is(self):
        """I13: the second names what is left; undoing the first bills that again."""
        move = self._post()
        first = self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        too_much = self._credit(
            move, lambda lines: lines.write({"quantity": 8}), post=False
        )
        with self.assertRaises(UserError) as refused:
            too_much.action_post()
        self.assertIn("4.50", str(refused.exception))
        too_much.unlink()
        self._credit(move)
        self._books(open=8, net=0)
        first.button_draft()
        self._books(open=4.5, billed=3.5, net=350)
        self._bill_the_rest(5.5)
        self._books(billed=9, net=900)
