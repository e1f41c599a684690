"""Every kind of tampering is found by the one query (I26, I30)."""

from datetime import date

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.misc import file_path

from .common import BillingCommon

SWITCH = "ALTER TABLE project_billing_%s %s TRIGGER USER"


@tagged("post_install", "-at_install")
class TestReconcile(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._log(4.5)
        cls._log(3.5, day=date(2026, 3, 3))

    def setUp(self):
        super().setUp()
        self.move = self._post()
        self.request = self.move.sudo().billing_request_ids
        self.line = self.request.line_ids
        self.item = self.line.allocation_ids.item_id[0]
        self.assertEqual(self._found(), {})

    def _found(self):
        """Return ``{(part, model): ids}`` of what differs."""
        self.env.invalidate_all()
        found = {}
        for row in self.env["project.billing.journal"]._reconcile():
            self.assertEqual(row["company_id"], self.company.id)
            found.setdefault((row["part"], row["model"]), set()).add(row["res_id"])
        return found

    def _run(self, statement, *values, quiet=None):
        """Run a statement; ``quiet`` with the triggers of a table switched off."""
        self.env.flush_all()
        if quiet:
            self.env.cr.execute(SWITCH % (quiet, "DISABLE"))
        self.env.cr.execute(SQL(statement, *values))
        if quiet:
            self.env.cr.execute(SWITCH % (quiet, "ENABLE"))

    def assertFound(self, *parts):
        self.assertEqual({part for part, _model in self._found()}, set(parts))

    def test_counters(self):
        """I30: a counter that was moved, although its row still balances."""
        self._run(
            "UPDATE project_billing_item SET quantity_billed = quantity_billed - 60,"
            " quantity_open = quantity_open + 60 WHERE id = %s",
            self.item.id,
        )
        self.assertEqual(
            self._found(), {("counters", "project.billing.item"): {self.item.id}}
        )

    def test_allocation_changed(self):
        """I26, I30: in the journal, so only the counters and the line disagree."""
        self._run(
            "UPDATE project_billing_allocation SET quantity = quantity - 60"
            " WHERE item_id = %s",
            self.item.id,
        )
        self.assertFound("counters", "slices")

    def test_allocation_changed_in_silence(self):
        """I26: with the triggers switched off, the journal disagrees as well."""
        for statement, parts in (
            ("SET quantity = quantity - 60", ("journal", "counters", "slices")),
            ("SET state = 'reserved'", ("journal", "counters", "slices")),
        ):
            with self.subTest(statement=statement), self.env.cr.savepoint() as point:
                self._run(
                    f"UPDATE project_billing_allocation {statement} WHERE item_id = %s",
                    self.item.id,
                    quiet="allocation",
                )
                self.assertFound(*parts)
                point.rollback()

    def test_allocation_deleted_in_silence(self):
        self._run(
            "DELETE FROM project_billing_allocation WHERE item_id = %s",
            self.item.id,
            quiet="allocation",
        )
        self.assertFound("journal", "counters", "slices")

    def test_allocation_added_in_silence(self):
        self._run(
            "INSERT INTO project_billing_allocation"
            " (item_id, line_id, request_id, quantity, action, state)"
            " SELECT item_id, line_id, request_id, 10, 'write_off', 'reserved'"
            " FROM project_billing_allocation WHERE item_id = %s",
            self.item.id,
            quiet="allocation",
        )
        self.assertFound("journal", "counters")

    def test_journal_deleted(self):
        """I26: rows that are missing, even those of slices released long ago."""
        self._credit(self.move)
        self.assertEqual(self._found(), {})
        for condition, parts in (
            ("action = 'reserved'", {"journal"}),
            ("action = 'released'", {"journal"}),
            ("allocation_id IS NOT NULL", {"journal"}),
            ("action = 'approved'", {"approvals"}),
        ):
            with self.subTest(rows=condition), self.env.cr.savepoint() as point:
                self._run(
                    "DELETE FROM project_billing_journal WHERE project_id = %s"
                    f" AND {condition}",
                    self.project.id,
                    quiet="journal",
                )
                self.assertFound(*parts)
                point.rollback()

    def test_journal_changed(self):
        for change, parts in (
            ("quantity = quantity - 1", {"journal"}),
            ('after = \'{"place": "billed"}\'', {"journal"}),
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as point:
                self._run(
                    f"UPDATE project_billing_journal SET {change}"
                    " WHERE item_id = %s AND action = 'reserved'",
                    self.item.id,
                    quiet="journal",
                )
                self.assertFound(*parts)
                point.rollback()

    def test_approval_changed(self):
        """I3, I26: another approver, another content, or an approval from nowhere."""
        for statement in (
            "UPDATE project_billing_approval SET fingerprint = 'x'",
            "UPDATE project_billing_approval SET decision = 'submit'",
            "UPDATE project_billing_approval SET valid = FALSE",
            f"UPDATE project_billing_approval SET user_id = {self.admin.id}",
            "DELETE FROM project_billing_approval",
        ):
            with self.subTest(statement=statement), self.env.cr.savepoint() as point:
                self._run(
                    f"{statement} WHERE request_id = %s AND decision = 'approve'",
                    self.request.id,
                )
                self.assertEqual(
                    self._found(),
                    {("approvals", "project.billing.request"): {self.request.id}},
                )
                point.rollback()

    def test_approval_counts_again(self):
        """I3, I26: an approval that was void does not count again by itself."""
        self._log(2)
        request = self._prepare()
        self._approve(request)
        request.with_user(self.pm).action_withdraw()
        self.assertEqual(self._found(), {})
        change = "UPDATE project_billing_approval SET valid = TRUE"
        self._run(f"{change} WHERE request_id = %s", request.id)
        self.assertEqual(
            self._found(), {("approvals", "project.billing.request"): {request.id}}
        )

    def test_invoice_line(self):
        """I2, I26: figures of a posted invoice that are not what was approved."""
        for change in (
            "quantity = quantity + 1",
            "price_unit = price_unit + 1",
            "discount = 10",
            "price_subtotal = price_subtotal + 1",
            "billing_line_id = NULL",
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as point:
                self._run(
                    f"UPDATE account_move_line SET {change} WHERE billing_line_id = %s",
                    self.line.id,
                )
                self.assertEqual(
                    self._found(),
                    {("invoice", "project.billing.line"): {self.line.id}},
                )
                point.rollback()

    def test_billing_line(self):
        self._run(
            "UPDATE project_billing_line SET quantity = quantity + 1 WHERE id = %s",
            self.line.id,
        )
        self.assertFound("invoice", "slices")

    def test_part_credit_is_fine(self):
        """I13: what a credit note took back, and took back again, is no difference."""
        note = self._credit(self.move, lambda lines: lines.write({"quantity": 3.5}))
        self.assertEqual(self._found(), {})
        note.button_draft()
        self.assertEqual(self._found(), {})

    def test_upgrade(self):
        """I26: after an upgrade every slice has its opening balance, once."""
        self._credit(self.move, lambda lines: lines.write({"quantity": 3.5}))
        self._run(
            "DELETE FROM project_billing_journal WHERE project_id = %s",
            self.project.id,
            quiet="journal",
        )
        self.assertFound("journal", "approvals")
        path = "project_invoice_tracker/migrations/19.0.3.0.0/post-journal.py"
        migration = load_script(file_path(path), "post_journal")
        migration.migrate(self.env.cr, None)
        self.assertFound("journal", "approvals")
        for _time in range(2):
            migration.migrate(self.env.cr, "19.0.2.0.0")
            self.assertEqual(self._found(), {})
        rows = self.env["project.billing.journal"].search(
            [("project_id", "=", self.project.id)]
        )
        opening = rows.filtered(lambda row: row.action == "opening")
        self.assertEqual(sum(opening.mapped("quantity")), 480)
        self.assertIn(self.approver, rows.user_id)
