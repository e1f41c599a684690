"""Time below a minute: kept exactly, billed in full, read as hours of two decimals."""

from datetime import timedelta
from unittest.mock import patch

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import SQL, file_path

from ..billing.rounding import exact, minutes_from_hours
from ..exceptions import BillingError
from ..models.annex_reader import AnnexReader
from ..models.annex_words import AnnexWords
from ..models.health_checks import CHECKS
from ..models.time_sql import minutes_of, units_of
from .common import DAY, BillingCommon

TUESDAY = DAY + timedelta(days=1)


class SecondsCommon(BillingCommon):
    def _log_seconds(self, *seconds, **values):
        entries = self.env["account.analytic.line"]
        for each in seconds:
            entries |= self._log(each / 3600, **values)
        return entries

    def assertExact(self, expected, entries=None):
        """Assert open, reserved, billed and written off minutes, with six decimals."""
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "in", entries.ids)]
            if entries
            else [("project_id", "=", self.project.id)]
        )
        items.invalidate_recordset()
        found = [
            sum((exact(item[f"quantity_{name}"]) for item in items), exact(0))
            for name in ("open", "reserved", "billed", "written_off")
        ]
        self.assertEqual([f"{n.normalize():f}" for n in found], expected)
        self.assertMinutes(self._minutes(entries), entries)


@tagged("post_install", "-at_install")
class TestSeconds(SecondsCommon):
    def test_sixty_of_89_and_a_hundred_of_25_seconds(self):
        """130.67 minutes were recorded, and 130.67 are billed: 2.18 h."""
        self._log_seconds(*[89] * 60, *[25] * 100)
        self.assertExact(["130.66668", "0", "0", "0"])
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 2.18)
        self._post(request)
        self.assertExact(["0", "0", "130.66668", "0"])

    def test_three_times_a_third_of_an_hour_as_typed(self):
        """Three times 0.33 h are 0.99 h, as a person reads them."""
        for _time in range(3):
            self._log(0.33)
        self.assertExact(["59.4", "0", "0", "0"])
        self.assertEqual(self._prepare().line_ids.quantity, 0.99)

    def test_a_timer_that_runs_has_no_item(self):
        entry = self._log(0)
        self.assertFalse(
            self.env["project.billing.item"].search_count(
                [("analytic_line_id", "=", entry.id)]
            )
        )
        entry.unit_amount = 1 / 3600
        self.assertExact(["0.016667", "0", "0", "0"], entry)

    def test_minutes_are_the_same_in_sql_and_python(self):
        """One expression in SQL, which is what Python makes of the same hours."""
        hours = [n / 3600 for n in range(0, 40000, 37)]
        hours += [n / 100 for n in range(0, 2500, 7)] + [
            0.1 + 0.2,
            1 / 3,
            1e-7,
            23.9999,
        ]
        hours += [1.0000000083333334, 12345.678901234, 8.333e-9, -0.33, -89 / 3600]
        found = self.env.execute_query(
            SQL(
                f"SELECT {minutes_of()} FROM (SELECT row_number() OVER () AS id,"
                " unit_amount, %(hour)s AS product_uom_id"
                " FROM unnest(%(hours)s::float8[]) AS every(unit_amount)) line"
                f" {units_of()} ORDER BY line.id",
                hours=hours,
                hour=self.env.ref("uom.product_uom_hour").id,
            )
        )
        self.assertEqual(
            [exact(minutes) for (minutes,) in found],
            [minutes_from_hours(each) for each in hours],
        )

    def test_increments_round_as_the_rule_says(self):
        """25 s are a quarter; 45 entries of 40 s are half an hour, and no more."""
        self.rule.increment_minutes = 15
        self._log_seconds(25, 901)
        self.assertExact(["45", "0", "0", "0"])
        item = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)], limit=1, order="id"
        )
        self.assertIn("15 minutes for 0.42", item.explanation)
        self.assertEqual(item.quantity_recorded, 0.416667)
        project = self._create_project(name="Other")
        self._create_rule(project, increment_minutes=30, increment_scope="line")
        self._log_seconds(*[40] * 45, project_id=project.id)
        self.assertEqual(self._prepare(project).line_ids.quantity, 0.5)

    def test_an_increment_of_one_minute(self):
        self.rule.increment_minutes = 1
        self._log_seconds(25, 61)
        self.assertExact(["3", "0", "0", "0"])

    def test_the_quantity_shown_is_all_of_it(self):
        """2.18 of 130.67 minutes is all, as is 2.1778; 2.19 is more than there is."""
        self._log_seconds(*[89] * 60, *[25] * 100)
        line = self._prepare().line_ids
        with self.assertRaises(BillingError):
            line.change_quantity(2.19)
        for shown in (2.18, 2.1778, 2.177778, 130.66668 / 60):
            line.change_quantity(shown)
            self.assertExact(["0", "130.66668", "0", "0"])
            self.assertEqual(line.quantity, 2.18)

    def test_parts_of_a_line_read_as_the_whole(self):
        """2.00 now and the rest later are 0.18: in all 2.18 h."""
        self._log_seconds(*[89] * 60, *[25] * 100)
        request = self._prepare()
        request.line_ids.change_quantity(2.0)
        self.assertEqual(request.line_ids.quantity, 2.0)
        self._post(request)
        rest = self._prepare()
        self.assertEqual(rest.line_ids.quantity, 0.18)
        self._post(rest)
        self.assertExact(["0", "0", "130.66668", "0"])

    def test_lowered_to_next_to_nothing(self):
        """What reads as 0.00 h is nothing: the line holds no crumb."""
        self._log(0.33)
        line = self._prepare().line_ids
        line.change_quantity(0.001)
        self.assertEqual(line.quantity, 0.0)
        self.assertExact(["19.8", "0", "0", "0"])

    def test_less_than_can_be_read_waits(self):
        """10 s are 0.00 h: no line; with 10 s more they are 0.01 h."""
        self._log_seconds(10)
        with self.assertRaises(BillingError):
            self._prepare()
        self.assertExact(["0.166667", "0", "0", "0"])
        self._log_seconds(10)
        self.assertEqual(self._prepare().line_ids.quantity, 0.01)

    def test_written_off_below_a_minute(self):
        self._log(0.33)
        self._log(0.33, TUESDAY)
        line = self._prepare().line_ids
        line.change_quantity(0.33, "write_off", "Goodwill")
        self.assertExact(["0", "19.8", "0", "19.8"])

    def test_credited_in_part(self):
        """A credit note of 0.33 h takes back the entry that reads as 0.33 h."""
        monday, tuesday = self._log(0.33), self._log(0.33, TUESDAY)
        move = self._post()
        self.assertEqual(move.invoice_line_ids.quantity, 0.66)

        def half(lines):
            lines.quantity = 0.33

        self._credit(move, half)
        self.assertExact(["19.8", "0", "0", "0"], tuesday)
        self.assertExact(["0", "0", "19.8", "0"], monday)
        note = self._credit(move, half)
        self.assertExact(["39.6", "0", "0", "0"])
        note.button_draft()
        self.assertExact(["19.8", "0", "19.8", "0"])

    def test_credited_in_part_of_whole_minutes(self):
        """0.33 of 3 x 20 minutes is one of them, not 19.8 minutes."""
        for _time in range(3):
            self._log(1 / 3)
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 0.33}))
        self.assertExact(["20", "0", "40", "0"])

    def test_credited_and_replaced(self):
        self._log_seconds(*[89] * 7)
        move = self._post()
        replacement = self._credit(move, modify=True)
        self.assertExact(["0", "10.383331", "0", "0"])
        replacement.action_post()
        self.assertExact(["0", "0", "10.383331", "0"])

    def test_cancelled_and_restored(self):
        """Slices of one line that were given back in parts come back exactly."""
        self._log(0.1)
        self._log(0.2)
        move = self._post()
        note = self._credit(move, lambda lines: lines.write({"quantity": 0.1}))
        self._credit(move, lambda lines: lines.write({"quantity": 0.2}))
        self.assertExact(["18", "0", "0", "0"])
        note.button_draft()
        note.action_post()
        self.assertExact(["18", "0", "0", "0"])

    def test_a_cap_of_hours_is_used_up_exactly(self):
        self.env["project.billing.cap"].create(
            {"name": "Order", "limit_hours": 0.33, "rule_ids": self.rule.ids}
        )
        self._log(0.2)
        self._log(0.2, TUESDAY)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 0.33)
        self.assertExact(["4.2", "19.8", "0", "0"])

    def test_tiers_and_overtime_below_a_minute(self):
        """A limit runs through an entry where it is, and not at a whole minute."""
        self.rule.tier_ids = [(0, 0, {"hours_from": 0.5, "price_unit": 90})]
        self._log(0.33)
        self._log(0.33, TUESDAY)
        parts = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)], order="date, part"
        )
        self.assertEqual(
            [(part.price_unit, part.quantity) for part in parts],
            [(100, 19.8), (100, 10.2), (90, 9.6)],
        )
        self.assertEqual(sum(exact(p.quantity_recorded) for p in parts), exact(39.6))
        self._log(-0.2, TUESDAY + timedelta(days=1))
        back = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id), ("quantity", "<", 0)], order="part"
        )
        self.assertEqual(
            [(part.price_unit, part.quantity) for part in back],
            [(90, -9.6), (100, -2.4)],
        )

    def test_included_hours_below_a_minute(self):
        """What a pack covers and what it charges are the entry, exactly."""
        pack = self._create_rule(
            kind="advance",
            product_id=self.service.id,
            advance_type="hours",
            pack_hours=0.5,
            pack_price=50.0,
            name="Pack",
        )
        self.rule.allowance_rule_id = pack
        self._log(0.33)
        self._log(0.33, TUESDAY)
        items = self.env["project.billing.item"].search([("kind", "=", "time")])
        items = items.filtered(lambda item: item.project_id == self.project)
        covered = sum(exact(item.quantity_covered) for item in items)
        charged = sum(exact(item.quantity) for item in items)
        self.assertEqual((covered, charged), (exact(30), exact(9.6)))
        row = self.env["project.billing.allowance"].search([("rule_id", "=", pack.id)])
        self.assertEqual((row.minutes_used, row.minutes_balance), (30.0, 0.0))

    def test_nothing_changes_at_the_next_look(self):
        """A sync of what is unchanged writes nothing, in use or not."""
        held = self._log_seconds(89, 25)
        self._prepare().line_ids.change_quantity(0.02)
        self._log_seconds(89, 31)
        self.env.flush_all()
        kind = self.env["project.billing.kind"]._get("time").sudo()
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        before = {item.id: (item.write_date, item.quantity) for item in items}
        kind._sync_items(self.project)
        kind._sync_stale(self.project)
        items.invalidate_recordset()
        self.assertEqual(
            before, {item.id: (item.write_date, item.quantity) for item in items}
        )
        self.assertTrue(held.exists())

    def test_annex_shows_the_seconds(self):
        """Cells of the annex add up: 0:01:29 and 0:00:25 are 0:01:54."""
        self._log_seconds(89, 25)
        request = self._prepare()
        content = next(iter(self._contents(request)))
        self.assertEqual(
            [e["minutes"] for e in content["time"]], ["1.483333", "0.416667"]
        )
        said = AnnexWords(self.env, {}).project(0, {**content, "files": []})["time"]
        rows = [row["hours"] for group in said["groups"] for row in group["rows"]]
        self.assertEqual((rows, said["hours"]), (["0:01:29", "0:00:25"], "0:01:54"))

    def _contents(self, request):
        return [content for content, _f in AnnexReader(request).contents().values()]


@tagged("post_install", "-at_install")
class TestSecondsUpgrade(SecondsCommon):
    """What an earlier version had rounded to minutes and put in a request stays."""

    def _as_before(self, entries, minutes):
        """Make the items what an earlier version made of these entries."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE project_billing_item SET quantity = %(m)s,"
                " quantity_open = %(m)s, quantity_recorded = %(m)s"
                " WHERE analytic_line_id IN %(ids)s",
                m=minutes,
                ids=tuple(entries.ids),
            )
        )
        self.env.invalidate_all()

    def test_what_is_billed_stays_and_what_is_open_becomes_exact(self):
        """0.33 h that were billed as 20 minutes stay 20; what is open is 19.8."""
        billed, tiny = self._log(0.33), self._log(25 / 3600, TUESDAY)
        self._as_before(billed, 20)
        self._item(tiny).sudo()._drop_items_of("analytic_line_id", tiny.ids)
        self._post(self._prepare_as_before())
        self.assertExact(["0", "0", "20", "0"], billed)
        kind = self.env["project.billing.kind"]._get("time").sudo()
        kind._sync_items(self.project)
        kind._sync_stale(self.project)
        self.assertExact(["0", "0", "20", "0"], billed)
        self.assertExact(["0.416667", "0", "0", "0"], tiny)
        self._assert_healthy()

    def test_what_is_in_part_in_use_stays(self):
        entry = self._log(0.33)
        self._as_before(entry, 20)
        line = self._prepare_as_before().line_ids
        line.change_quantity(0.2)
        self.assertExact(["8", "12", "0", "0"], entry)
        self.env["project.billing.kind"]._get("time").sudo()._sync_stale(self.project)
        self.assertExact(["8", "12", "0", "0"], entry)
        self._assert_healthy()

    def test_open_items_are_exact_after_the_upgrade(self):
        entry = self._log(0.33)
        self._as_before(entry, 20)
        path = file_path("project_invoice_tracker/migrations/19.0.6.0.0/end-time.py")
        load_script(path, "end_time").migrate(self.env.cr, "19.0.5.0.0")
        self.env.invalidate_all()
        self.assertExact(["19.8", "0", "0", "0"], entry)

    def _item(self, entry):
        return self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )

    def _prepare_as_before(self):
        """Reserve items as they are stored, without a look at their entries."""
        kind = type(self.env["project.billing.kind.time"])
        with patch.object(kind, "_sync_stale", lambda self, projects: None):
            return self._prepare(date_to=DAY)

    def _assert_healthy(self):
        health = self.env["project.billing.health"].sudo()
        self.env.flush_all()
        for code in ("sources", "complete"):
            rows = self.env.execute_query(health._query(CHECKS[code]))
            mine = self.env["project.billing.item"].search(
                [("project_id", "=", self.project.id)]
            )
            ids = {*mine.ids, self.project.id}
            self.assertFalse([row for row in rows if row[0] in ids], code)
