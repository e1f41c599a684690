"""The surplus of an increment is no work: it goes when a line is lowered."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import BillingError
from .common import DAY, BillingCommon

TUESDAY = DAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestSurplus(BillingCommon):
    def _log_minutes(self, *minutes, day=DAY, **values):
        entries = self.env["account.analytic.line"]
        for each in minutes:
            entries |= self._log(each / 60, day, **values)
        return entries

    def _by_line(self, method="up", step=30):
        self.rule.write(
            {
                "increment_minutes": step,
                "increment_scope": "line",
                "increment_method": method,
            }
        )

    # === EACH LINE ===

    def test_surplus_of_a_step_is_no_work(self):
        """100 minutes in steps of 30 are 2.00 h; lowered to 1.75 nothing is left."""
        self._by_line()
        self._log_minutes(100)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 2.0)
        request.line_ids.change_quantity(1.75)
        self.assertMinutes((0, 105, 0, 0))
        self.assertEqual(request.amount_untaxed, 175)
        self._post(request)
        with self.assertRaises(BillingError):
            self._prepare()
        self.assertMinutes((0, 0, 105, 0))

    def test_rest_of_the_work_is_rounded_once(self):
        """Lowered to 1.60, 4 minutes stay open: in all 2.00 h are billed."""
        self._by_line()
        self._log_minutes(65, 35)
        request = self._prepare()
        request.line_ids.change_quantity(1.6)
        self.assertMinutes((4, 96, 0, 0))
        self._post(request)
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.4)
        self._post(rest)
        self.assertMinutes((0, 0, 120, 0))

    def test_rest_in_whole_steps(self):
        """Lowered to 1.00, 40 minutes stay open and are 1.00 h: 2.00 h in all."""
        self._by_line()
        self._log_minutes(100)
        request = self._prepare()
        request.line_ids.change_quantity(1.0)
        self.assertMinutes((40, 60, 0, 0))
        self._post(request)
        self.assertEqual(self._prepare().line_ids.quantity, 1.0)
        self.assertMinutes((0, 60, 60, 0))

    def test_written_off_is_work_only(self):
        """Of 24 minutes that are written off 20 are surplus, and 4 are work."""
        self._by_line()
        self._log_minutes(100)
        request = self._prepare()
        request.line_ids.change_quantity(1.6, "write_off", "Goodwill")
        self.assertMinutes((0, 96, 0, 4))
        self._post(request)
        self.assertMinutes((0, 0, 96, 4))

    def test_line_removed_and_request_cancelled(self):
        """What comes back is what was recorded, at once."""
        self._by_line()
        self._log_minutes(100)
        request = self._prepare()
        request.line_ids.unlink()
        self.assertMinutes((100, 0, 0, 0))
        request.collect()
        self.assertMinutes((0, 120, 0, 0))
        request.action_cancel()
        self.assertMinutes((100, 0, 0, 0))
        move = self._invoice()
        move.button_cancel()
        self.assertMinutes((100, 0, 0, 0))
        move.button_draft()
        self.assertMinutes((0, 120, 0, 0))

    def test_credited_in_part(self):
        """A credit of 0.25 h takes the surplus; of 0.50 h ten minutes are open."""
        self._by_line()
        self._log_minutes(100)
        move = self._post()
        self.assertMinutes((0, 0, 120, 0))
        self._credit(move, lambda lines: lines.write({"quantity": 0.25}))
        self.assertMinutes((0, 0, 105, 0))
        note = self._credit(move, lambda lines: lines.write({"quantity": 0.25}))
        self.assertMinutes((10, 0, 90, 0))
        note.button_draft()
        self.assertMinutes((0, 0, 105, 0))
        note.action_post()
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.5)
        self._post(rest)
        self.assertMinutes((0, 0, 120, 0))
        with self.assertRaises(BillingError):
            note.button_draft()

    def test_credited_in_full(self):
        """Credited, undone, and credited and replaced: 2.00 h again."""
        self._by_line()
        self._log_minutes(100)
        move = self._post()
        note = self._credit(move)
        self.assertMinutes((100, 0, 0, 0))
        note.button_draft()
        self.assertMinutes((0, 0, 120, 0))
        note.button_cancel()
        replacement = self._credit(move, modify=True)
        self.assertMinutes((0, 120, 0, 0))
        replacement.action_post()
        self.assertMinutes((0, 0, 120, 0))

    def test_changed_after_it_was_released_is_refused(self):
        """The surplus comes back only with the work it was added to."""
        self._by_line()
        entry = self._log_minutes(100)
        move = self._post()
        note = self._credit(move)
        entry.unit_amount = 1.5
        with self.assertRaises(BillingError):
            note.button_draft()
        entry.unit_amount = 100 / 60
        note.button_draft()
        self.assertMinutes((0, 0, 120, 0))

    def test_rounded_down_by_line(self):
        """100 minutes down to 90: the ten are open only when nothing is billed."""
        self._by_line("down")
        self._log_minutes(100)
        request = self._prepare()
        self.assertMinutes((0, 90, 0, 0))
        request.line_ids.change_quantity(1.25)
        self.assertMinutes((15, 75, 0, 0))
        move = self._post(request)
        note = self._credit(move)
        self.assertMinutes((100, 0, 0, 0))
        note.button_draft()
        self.assertMinutes((15, 0, 75, 0))

    def test_rounded_to_the_nearest_by_line(self):
        """100 are 90; lowered to 75, the rest is 15 and not 30: 1.50 h in all."""
        self._by_line("nearest")
        self._log_minutes(100)
        request = self._prepare()
        request.line_ids.change_quantity(1.25)
        self._post(request)
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.25)
        self._post(rest)
        self.assertMinutes((0, 0, 90, 0))

    def test_new_work_beside_a_rest(self):
        """New work joins the rest; both are rounded with what is billed, once."""
        self._by_line()
        self._log_minutes(100)
        request = self._prepare()
        request.line_ids.change_quantity(1.6)
        self._post(request)
        self._log_minutes(20, day=TUESDAY)
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.4)
        self.assertMinutes((0, 24, 96, 0))

    # === EACH ENTRY, EACH DAY ===

    def test_entry_increment(self):
        """20 minutes are 30; lowered to 0.40 nothing is left, to 0.20 eight are."""
        self.rule.increment_minutes = 15
        self._log_minutes(20)
        request = self._prepare()
        request.line_ids.change_quantity(0.4)
        self.assertMinutes((0, 24, 0, 0))
        request.line_ids.change_quantity(0.2)
        self.assertMinutes((8, 12, 0, 0))
        self._post(request)
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.13)
        move = self._post(rest)
        self.assertMinutes((0, 0, 20, 0))
        self._credit(move)
        self.assertMinutes((8, 0, 12, 0))

    def test_entry_increment_given_back_as_a_whole(self):
        """An entry of which nothing is billed is rounded as before."""
        self.rule.increment_minutes = 15
        self._log_minutes(20, 5)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 0.75)
        request.line_ids.change_quantity(0.5)
        self.assertMinutes((15, 30, 0, 0))
        request.action_cancel()
        self.assertMinutes((45, 0, 0, 0))

    def test_person_day_increment(self):
        """20, 5, 5 and 4 minutes of a day are 45; lowered to 40 nothing is left."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "person_day"})
        self._log_minutes(20, 5, 5, 4)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 0.75)
        request.line_ids.change_quantity(40 / 60)
        self.assertMinutes((0, 40, 0, 0))
        request.line_ids.change_quantity(0.5)
        self.assertMinutes((4, 30, 0, 0))
        self._post(request)
        self._post(self._prepare())
        self.assertMinutes((0, 0, 45, 0))

    def test_rounded_down_by_entry(self):
        """20 minutes down are 15; of these ten are billed now, and five later."""
        self.rule.write({"increment_minutes": 15, "increment_method": "down"})
        self._log_minutes(20)
        request = self._prepare()
        request.line_ids.change_quantity(10 / 60)
        self.assertMinutes((5, 10, 0, 0))
        self._post(request)
        self._post(self._prepare())
        self.assertMinutes((0, 0, 15, 0))

    # === CAPS, QUESTIONS, GUARDS ===

    def test_cap_cuts_an_increment(self):
        """30 minutes of 20 under a cap of 12: eight wait, or are written off."""
        self.rule.increment_minutes = 30
        cap = self.env["project.billing.cap"].create(
            {"name": "Order", "limit_hours": 0.2, "rule_ids": self.rule.ids}
        )
        self._log_minutes(20)
        request = self._prepare()
        self.assertMinutes((8, 12, 0, 0))
        request.action_cancel()
        cap.policy = "write_off"
        self._prepare()
        self.assertMinutes((0, 12, 0, 8))

    def test_credit_notes_are_undone_in_any_order(self):
        """20 minutes are 30: two credit notes are reset, the first one first."""
        self.rule.increment_minutes = 30
        self._log_minutes(20)
        move = self._post()
        first = self._credit(move, lambda lines: lines.write({"quantity": 0.2}))
        self.assertMinutes((2, 0, 18, 0))
        second = self._credit(move, lambda lines: lines.write({"quantity": 0.3}))
        self.assertMinutes((30, 0, 0, 0))
        first.button_draft()
        self.assertMinutes((8, 0, 12, 0))
        second.button_draft()
        self.assertMinutes((0, 0, 30, 0))

    @mute_logger("odoo.sql_db")
    def test_more_than_there_is_is_refused(self):
        """PostgreSQL refuses to reserve more of an item than there is."""
        self.rule.increment_minutes = 30
        self._log_minutes(20)
        request = self._prepare()
        line = request.sudo().line_ids
        item = line.allocation_ids.item_id
        ledger = self.env["project.billing.ledger"].sudo()
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            ledger._reserve([(item.id, line, 1)])
