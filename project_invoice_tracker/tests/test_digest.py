"""The weekly digest: to whom, what it says, and that it can be switched off."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, html2plaintext

from .common import BillingCommon

MONDAY = "2026-05-04 08:00:00"


@tagged("post_install", "-at_install")
class TestDigest(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        cls.service.taxes_id = False
        frozen = freeze_time(MONDAY)
        frozen.start()
        cls.addClassCleanup(frozen.stop)

    def _queue(self):
        """Run the job, and return the rows of our company."""
        self.env["res.users"]._billing_cron_digest()
        return self.env["project.billing.outbox"].search(
            [("kind", "=", "digest"), ("company_id", "=", self.company.id)]
        )

    def _sections(self, user):
        """Return ``{title: rows}`` of what a person is told."""
        self.env.flush_all()
        self.env.invalidate_all()
        sections = user._billing_digest_sections(self.company)
        return {section["title"]: section["rows"] for section in sections}

    def _money(self, amount):
        return f"$\xa0{amount:,.2f}"

    def _post_overdue(self):
        """Have an invoice of 300.00 that was due on 1 April."""
        self._log(3, date(2026, 2, 2))
        move = self._invoice()
        move.write({"invoice_date": date(2026, 3, 1)})
        move.invoice_payment_term_id = False
        move.invoice_date_due = date(2026, 4, 1)
        move.action_post()
        return move

    def test_manager(self):
        """A manager reads the own project: what is ready, overdue and forgotten."""
        other = self._create_project(name="Other", user_id=self.other_pm.id)
        self._create_rule(other)
        move = self._post_overdue()
        self._log(2, date(2026, 3, 2))
        self._log(1, date(2026, 5, 1))
        self._log(8, date(2026, 3, 2), project_id=other.id)
        told = self._sections(self.pm)
        self.assertEqual(
            told["To bill"], [("Website", self._money(300), "since 03/02/2026")]
        )
        self.assertEqual(
            told["Overdue"], [("Website", self._money(300), "the oldest for 33 days")]
        )
        self.assertEqual(
            told["Forgotten"],
            [
                (
                    "Website",
                    self._money(300),
                    f"{move.name} has been posted for 64 days and was not sent.",
                ),
                (
                    "Website",
                    self._money(200),
                    "Consulting has waited to be billed for 63 days (items: 1).",
                ),
            ],
        )
        self.assertEqual(
            self._sections(self.other_pm)["To bill"],
            [("Other", self._money(800), "since 03/02/2026")],
        )
        self.assertEqual(
            [row[:2] for row in self._sections(self.accountant)["To bill"]],
            [("Other", self._money(800)), ("Website", self._money(300))],
        )

    def test_figures(self):
        """The sums are those of PostgreSQL, and the rest is counted."""
        projects = self.project.browse()
        for number in range(10):
            project = self._create_project(name=f"Project {number}")
            self._create_rule(project)
            self._log(number + 1, project_id=project.id)
            projects |= project
        self.env.flush_all()
        (section, *_others) = self.pm._billing_digest_sections(self.company)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sum(line.unit_amount * 100) FROM account_analytic_line line
                 WHERE line.project_id IN %s GROUP BY line.project_id ORDER BY 1 DESC
                """,
                tuple(projects.ids),
            )
        )
        self.assertEqual(
            [row[1] for row in section["rows"]],
            [self._money(amount) for (amount,) in rows[:8]],
        )
        self.assertEqual(section["more"], 2)

    def test_sent_once_a_week(self):
        """One mail for each person and week, and none with nothing in it."""
        self._log(2, date(2026, 3, 2))
        rows = self._queue()
        self.assertLessEqual(
            self.pm | self.other_pm | self.accountant | self.admin, rows.user_id
        )
        self.assertFalse(rows.filtered(lambda r: r.user_id in self.worker))
        self.assertEqual(self._queue(), rows)
        row = rows.filtered(lambda r: r.user_id == self.pm)
        row._engine()._deliver()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.message_id.notified_partner_ids, self.pm.partner_id)
        text = html2plaintext(row.message_id.body)
        self.assertIn("Website", text)
        self.assertIn("200.00", text)
        empty = rows.filtered(lambda r: r.user_id == self.other_pm)
        empty._engine()._deliver()
        self.assertEqual(empty.state, "skipped")
        with freeze_time("2026-05-11 08:00:00"):
            self.assertEqual(len(self._queue()), 2 * len(rows))

    def test_switched_off(self):
        """By the person, by the company, and between queueing and sending."""
        self._log(2, date(2026, 3, 2))
        self.pm.with_user(self.pm).billing_digest = False
        with self.assertRaises(AccessError):
            self.other_pm.with_user(self.pm).billing_digest = False
        rows = self._queue()
        self.assertNotIn(self.pm, rows.user_id)
        row = rows.filtered(lambda r: r.user_id == self.accountant)
        self.company.billing_digest = False
        row._engine()._deliver()
        self.assertEqual(row.state, "skipped")
        with freeze_time(date(2026, 5, 4) + timedelta(days=7)):
            self.assertEqual(self._queue(), rows)
