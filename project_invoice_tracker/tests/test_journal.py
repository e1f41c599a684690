"""The journal: what PostgreSQL itself refuses."""

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestJournal(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.row = cls.env["project.billing.journal"]._record(
            "sent",
            [{"company_id": cls.company.id, "project_id": cls.project.id}],
        )

    @mute_logger("odoo.sql_db")
    def test_append_only(self):
        """I26: no statement changes or removes a row, whoever sends it."""
        for statement in (
            "UPDATE project_billing_journal SET reason = 'x'",
            "DELETE FROM project_billing_journal",
            "TRUNCATE project_billing_journal",
        ):
            with (
                self.subTest(statement=statement),
                self.assertRaises(psycopg2.errors.IntegrityConstraintViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(SQL(statement))
        self.assertTrue(self.row.exists())

    def test_closed_to_every_group(self):
        """I26: the journal is written by the add-on's own methods alone."""
        for user in (
            self.pm,
            self.approver,
            self.admin,
            self.accountant,
            self.env.user,
        ):
            row = self.row.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    row.write({"reason": "x"})
                with self.assertRaises(AccessError):
                    row.unlink()
                with self.assertRaises(AccessError):
                    row.create([{"action": "sent", "company_id": self.company.id}])

    def test_project_with_a_history_stays(self):
        project = self._create_project(name="Short")
        self.env["project.billing.journal"]._record(
            "rate_changed",
            [{"company_id": self.company.id, "project_id": project.id}],
        )
        with self.assertRaisesRegex(UserError, "Short has a billing history"):
            project.unlink()
