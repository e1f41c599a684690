"""What an earlier installation billed is not offered again (I10)."""

from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import _note_past
from ..models.project_billing_item_past import PAST_TABLE
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestPast(BillingCommon):
    def setUp(self):
        super().setUp()
        # whether there is a note is asked once; the tests make one and roll it back
        self.addCleanup(self.env.registry.clear_cache)

    def _note(self):
        """Do what the uninstallation does; return the noted quantities by source."""
        self.env.flush_all()
        _note_past(self.env)
        self.env.registry.clear_cache()
        rows = self.env.execute_query(
            SQL(
                "SELECT source_id, quantity FROM %s WHERE source_id IS NOT NULL",
                SQL.identifier(PAST_TABLE),
            )
        )
        return {source_id: int(quantity) for source_id, quantity in rows}

    def _offered(self):
        """Return the minutes that a rule finds after another installation."""
        wanted = self.env["project.billing.kind.time"]._wanted_items(
            self.rule, self.project
        )
        item = self.env["project.billing.item"]
        offered = item._take_off_past("analytic_line_id", wanted, False)
        return {
            values["analytic_line_id"]: int(values["quantity"]) for values in offered
        }

    def test_nothing_billed_leaves_no_table(self):
        self._log(2)
        _note_past(self.env)
        found = self.env.execute_query(SQL("SELECT to_regclass(%s)", PAST_TABLE))
        self.assertEqual(found, [(None,)])

    def test_posted_is_settled_and_the_rest_is_offered(self):
        """I10: what is on the invoice counts; a request without one goes, and all."""
        billed = self._log(2)
        self._post()
        asked = self._log(1)
        self._prepare()
        later = self._log(3)
        self.assertEqual(self._note(), {billed.id: 120})
        expected = {billed.id: 0, asked.id: 60, later.id: 180}
        self.assertEqual(self._offered(), expected)

    def test_draft_invoice_is_settled(self):
        """I10: a draft stays in the books and may be posted yet."""
        entry = self._log(2)
        self._invoice()
        self._note()
        self.assertEqual(self._offered(), {entry.id: 0})

    def test_written_off_is_settled(self):
        """I10: what was written off on an invoiced request is not offered either."""
        entry = self._log(2)
        request = self._prepare()
        request.line_ids.change_quantity(1.5, "write_off", "Goodwill")
        self._post(request)
        self.assertEqual(sum(self._note().values()), 120)
        self.assertEqual(self._offered(), {entry.id: 0})

    def test_credited_is_offered(self):
        """I10, I13: the credited hour is open, the other one is not."""
        entry = self._log(2)
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 1}))
        self.assertEqual(self._note(), {entry.id: 60})
        self.assertEqual(self._offered(), {entry.id: 60})

    def test_entry_that_grew_offers_the_difference(self):
        entry = self._log(2)
        self._post()
        self._note()
        self._set_by_sql(entry, "unit_amount", 3.5)
        self.assertEqual(self._offered(), {entry.id: 90})

    def test_cancelled_meanwhile_is_offered(self):
        """I10: an invoice that was cancelled without the add-on bills nothing."""
        entry = self._log(2)
        move = self._post()
        self._note()
        self._set_by_sql(move, "state", "cancel")
        self.assertEqual(self._offered(), {entry.id: 120})

    def test_item_says_where_it_was_billed(self):
        entry = self._log(2)
        move = self._post()
        self._note()
        wanted = self.env["project.billing.kind.time"]._wanted_items(
            self.rule, self.project
        )
        items = self.env["project.billing.item"]
        (values,) = items._take_off_past("analytic_line_id", wanted, False)
        self.assertEqual(values["analytic_line_id"], entry.id)
        self.assertIn(move.name, values["explanation"])
        self.assertEqual(values["amount"], 0)
        self.assertEqual(items._item_row(values)[-1], "billed")

    def test_periods_are_settled(self):
        """I10: months that were billed are not planned again, under any rule."""
        rule = self._create_rule(
            kind="recurring",
            name="Retainer",
            recurring_price=100,
            price_unit=0,
            date_end="2026-02-28",
        )
        request = self._prepare(date_to="2026-01-31")
        self._post(request)
        self._note()
        kind = self.env["project.billing.kind.recurring"]
        again = rule.copy({"name": "Another"})
        wanted = kind._wanted_items(again, self.project)
        items = self.env["project.billing.item"]
        offered = items._take_off_past("source_key", wanted, False)
        quantities = {
            str(values["period_start"]): int(values["quantity"]) for values in offered
        }
        self.assertEqual(quantities, {"2026-01-01": 0, "2026-02-01": 1})

    def _set_by_sql(self, record, column, value):
        """Change a row behind the back of the add-on, which was not there."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL.identifier(column),
                value,
                record.id,
            )
        )
        self.env.invalidate_all()
