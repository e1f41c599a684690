"""What the journal tells of the ledger and of the steps of requests (I26)."""

from datetime import date

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..const import APPROVAL_DECISIONS, JOURNAL_ACTIONS
from ..models.journal_sql import DECISION_ACTIONS
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestJournalLedger(BillingCommon):
    def setUp(self):
        super().setUp()
        self.monday = self._log(4.5)
        self.tuesday = self._log(3.5, day=date(2026, 3, 3))
        self.seen = self._last_id()

    def _last_id(self):
        self.env.flush_all()
        rows = self.env["project.billing.journal"].search([], limit=1)
        return rows.id or 0

    def _news(self, *fields):
        """Return what the journal got since the last call, oldest first."""
        self.env.flush_all()
        rows = self.env["project.billing.journal"].search(
            # what was posted is told as a document of its own
            [("id", ">", self.seen), ("action", "!=", "invoice_posted")],
            order="id",
        )
        self.seen = self._last_id()
        names = fields or ("user_id", "action", "quantity")
        return [
            tuple(row[n].login if n == "user_id" else row[n] for n in names)
            for row in rows
        ]

    def assertReconciled(self):
        self.assertFalse(self.env["project.billing.journal"]._reconcile())

    def test_the_main_job(self):
        """I26: every step with who, what and how much."""
        request = self._prepare()
        news = self._news("user_id", "action", "quantity", "amount", "document")
        name = request.name
        self.assertEqual(
            news,
            [
                ("pm_test", "reserved", 270, 450, name),
                ("pm_test", "reserved", 210, 350, name),
            ],
        )
        self._approve(request)
        self.assertEqual(
            self._news("user_id", "action", "amount", "document"),
            [
                ("pm_test", "submitted", 800, name),
                ("approver_test", "approved", 800, name),
            ],
        )
        request.with_user(self.pm).action_create_invoice()
        self.assertEqual(self._news("user_id", "action"), [("pm_test", "invoiced")])
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        rows = self._news("user_id", "action", "quantity", "document", "invoice_id")
        self.assertEqual(
            rows,
            [
                ("accountant_test", "billed", 270, move.name, move.id),
                ("accountant_test", "billed", 210, move.name, move.id),
            ],
        )
        move.button_draft()
        self.assertEqual(
            self._news(),
            [
                ("accountant_test", "unbilled", 270),
                ("accountant_test", "unbilled", 210),
            ],
        )
        move.button_cancel()
        news = self._news("action", "quantity", "reason")
        self.assertIn(("released", 270, "invoice_cancelled"), news)
        self.assertIn(("cancelled", 0, "Invoice cancelled"), news)
        move.button_draft()
        news = self._news("action", "quantity")
        for action in ("taken_back", "reserved"):
            self.assertIn((action, 270), news)
        self.assertIn(("restored", 0), news)
        self.assertReconciled()

    def test_lowered_and_written_off(self):
        """I26: a part of a slice goes, with its cause; the rest says what is left."""
        request = self._prepare()
        self._news()
        request.line_ids.change_quantity(7, "write_off", "Goodwill")
        news = self._news("action", "quantity", "reason", "before", "after")
        self.assertIn(
            (
                "changed",
                -60,
                False,
                {"place": "open", "quantity": 210},
                {"place": "reserved", "quantity": 150},
            ),
            news,
        )
        self.assertIn(("released", 60, "lowered", False, False), news)
        self.assertIn(
            (
                "written_off",
                60,
                "Goodwill",
                {"place": "open"},
                {"place": "written_off"},
            ),
            news,
        )
        self.assertReconciled()
        self.assertMinutes((0, 420, 0, 60))

    def test_credited(self):
        """I13, I26: what a credit note gives back names it, and its reset too."""
        move = self._post()
        self._news()
        note = self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        self.assertEqual(
            self._news("user_id", "action", "quantity", "reason", "document"),
            [("accountant_test", "released", 210, "credited", note.name)],
        )
        note.button_draft()
        self.assertEqual(
            self._news("user_id", "action", "quantity"),
            [
                ("accountant_test", "taken_back", 210),
                ("accountant_test", "billed", 210),
            ],
        )
        self.assertReconciled()

    def test_removed_line(self):
        request = self._prepare()
        self._news()
        request.line_ids.unlink()
        self.assertEqual(
            self._news("user_id", "action", "quantity", "reason"),
            [
                ("pm_test", "released", 270, "line_removed"),
                ("pm_test", "released", 210, "line_removed"),
            ],
        )
        self.assertReconciled()

    def test_growing_slice(self):
        """I26: a line that is typed higher changes its slice, by whom."""
        request = self._prepare()
        request.line_ids.create(
            {
                "request_id": request.id,
                "name": "Travel",
                "product_id": self.service.id,
                "quantity": 1,
                "price_unit": 50,
            }
        )
        self._news()
        manual = request.line_ids.filtered(lambda line: line.kind == "manual")
        request.with_user(self.admin).write(
            {"line_ids": [Command.update(manual.id, {"quantity": 3})]}
        )
        self.env.flush_all()
        self.assertIn("billing_admin_test", [row[0] for row in self._news()])
        self.assertReconciled()

    def test_every_route(self):
        """I26: a hand in the database leaves its trace as well."""
        request = self._prepare()
        self._news()
        ids = tuple(request.line_ids.allocation_ids.ids)
        for statement, expected in (
            (
                "UPDATE project_billing_allocation SET quantity = quantity + 1",
                "changed",
            ),
            ("UPDATE project_billing_allocation SET state = 'billed'", "billed"),
            ("DELETE FROM project_billing_allocation", "released"),
        ):
            self.env.cr.execute(SQL(f"{statement} WHERE id IN %s", ids))
            with self.subTest(statement=statement):
                self.assertEqual([row[1] for row in self._news()], [expected] * 2)

    def test_every_decision_has_a_name(self):
        """I26: whatever step a request takes, the journal has a word for it."""
        self.assertEqual(DECISION_ACTIONS.keys(), dict(APPROVAL_DECISIONS).keys())
        self.assertFalse(DECISION_ACTIONS.values() - dict(JOURNAL_ACTIONS).keys())

    def test_one_statement_for_many(self):
        """The journal of many slices is one INSERT, not one each."""
        for number in range(20):
            self._log(0.5, day=date(2026, 3, 4), name=f"Work {number}")
        self._prepare()
        self.env.cr.execute(
            "SELECT count(*), count(DISTINCT xmin::text) FROM project_billing_journal"
            " WHERE id > %s",
            [self.seen],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 22)
