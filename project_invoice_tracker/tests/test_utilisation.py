"""Utilisation: hours, capacity and shares, and whose rows there are."""

from datetime import date, datetime

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import BillingCommon

SUMS = ["hours", "hours_billable", "hours_internal", "hours_other"]
CAPACITY = ["hours_capacity:sum", "hours_absent:sum", "utilisation:avg"]
#: The hours by project the other way round: from each entry, whether it has an item.
ORACLE = """
    SELECT project.id, sum(entry.unit_amount),
           sum(entry.unit_amount) FILTER (WHERE EXISTS (
               SELECT FROM project_billing_item item
                WHERE item.analytic_line_id = entry.id)),
           sum(entry.unit_amount) FILTER (WHERE project.partner_id IS NULL
               AND NOT EXISTS (SELECT FROM project_billing_item item
                                WHERE item.analytic_line_id = entry.id))
      FROM account_analytic_line entry
      JOIN project_project project ON project.id = entry.project_id
     WHERE project.id IN %s
     GROUP BY project.id
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-03-16 12:00:00")
class TestUtilisation(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        calendar = cls.env["resource.calendar"].create(
            {"name": "40 hours", "company_id": cls.company.id, "tz": "UTC"}
        )
        (cls.ann | cls.bob).resource_calendar_id = calendar
        cls.internal = cls._create_project(
            name="Internal", partner_id=False, user_id=cls.other_pm.id
        )
        cls.old = cls._create_project(name="Without a rule")
        # two weeks and a day, from Monday the second
        cls._log(5, date(2026, 3, 2))
        cls._log(2.5, date(2026, 3, 3), employee_id=cls.bob.id)
        cls._log(3, date(2026, 3, 4), project_id=cls.internal.id)
        cls._log(1, date(2026, 3, 5), project_id=cls.old.id)
        cls._log(8, date(2026, 3, 12), employee_id=cls.bob.id)

    def _groups(self, by, names, user=None, domain=()):
        self.env.flush_all()
        Hours = self.env["project.billing.utilisation"].with_user(user or self.admin)
        people = (self.ann | self.bob).ids
        return {
            key: tuple(round(figure or 0, 4) for figure in figures)
            for key, *figures in Hours._read_group(
                [("employee_id", "in", people), *domain], [by], names
            )
        }

    def test_hours(self):
        """Every hour is billable, internal or neither, and recorded once."""
        found = self._groups("project_id", [f"{name}:sum" for name in SUMS])
        none = self.env["project.project"]
        self.assertEqual(
            found,
            {
                self.project: (15.5, 15.5, 0, 0),
                self.internal: (3, 0, 3, 0),
                self.old: (1, 0, 0, 1),
                none: (0, 0, 0, 0),
            },
        )

    def test_billed_and_written_off_stay_billable(self):
        """What became of the work does not change what was done."""
        request = self._prepare(date_to=date(2026, 3, 3))
        request.line_ids.change_quantity(5, "write_off", "Training")
        self._post(request)
        found = self._groups("employee_id", ["hours:sum", "hours_billable:sum"])
        self.assertEqual(found, {self.ann: (9, 5), self.bob: (10.5, 10.5)})

    def test_capacity(self):
        """Until today, less time off; utilisation is the share of the sums."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Off",
                "resource_id": self.bob.resource_id.id,
                "calendar_id": False,
                "date_from": datetime(2026, 3, 5),
                "date_to": datetime(2026, 3, 6, 23, 59, 59),
            }
        )
        found = self._groups("employee_id", CAPACITY)
        # eleven days of eight hours; ten from Bob's first entry on, two of them off
        self.assertEqual(
            found,
            {
                self.ann: (88, 0, round(100 * 5 / 88, 4)),
                self.bob: (64, 16, round(100 * 10.5 / 64, 4)),
            },
        )
        [month] = self._groups("date:month", CAPACITY).values()
        self.assertEqual(month, (152, 16, round(100 * 15.5 / 152, 4)))
        [share] = self._groups("date:month", ["billable_share:avg"]).values()
        self.assertEqual(share, (round(100 * 15.5 / 19.5, 4),))

    def test_no_capacity(self):
        """A share of nothing is nothing."""
        (self.ann | self.bob).resource_calendar_id = False
        found = self._groups("employee_id", CAPACITY)
        self.assertEqual(set(found.values()), {(0, 0, 0)})

    def test_against_entries(self):
        """The same as every entry by itself, over companies, parts and days."""
        other = self.setup_other_company()["company"]
        abroad = self._create_project(name="Abroad", company_id=other.id)
        env = self.env(context={"allowed_company_ids": other.ids})
        far = env["hr.employee"].create({"name": "Far", "company_id": other.id})
        self._create_rule(abroad, product_id=self.product_a.id)
        self._create_rule(self.internal, price_unit=0)
        for number in range(40):
            self._log(
                (number % 7 + 1) / 4,
                date(2026, 1, 5) + (date(2026, 1, 6) - date(2026, 1, 5)) * number,
                project_id=(self.project, abroad, self.internal, self.old)[
                    number % 4
                ].id,
                employee_id=(far if number % 4 == 1 else self.ann).id,
            )
        projects = self.project | abroad | self.internal | self.old
        self.env.flush_all()
        expected = {
            project: tuple(round(float(figure or 0), 4) for figure in figures)
            for project, *figures in self.env.execute_query(
                SQL(ORACLE, tuple(projects.ids))
            )
        }
        self.admin.company_ids = [Command.link(other.id)]
        Hours = self.env["project.billing.utilisation"].with_user(self.admin)
        found = {
            project.id: tuple(round(figure, 4) for figure in figures)
            for project, *figures in Hours.with_context(
                allowed_company_ids=(self.company | other).ids
            )._read_group(
                [("project_id", "in", projects.ids)],
                ["project_id"],
                ["hours:sum", "hours_billable:sum", "hours_internal:sum"],
            )
        }
        self.assertEqual(found, expected)
        self.assertEqual(len(found), 4)

    def test_rows_have_their_own_ids(self):
        """Records of all three kinds, none twice."""
        Hours = self.env["project.billing.utilisation"].with_user(self.admin)
        rows = Hours.search([("employee_id", "in", (self.ann | self.bob).ids)])
        self.assertEqual(len(rows), len(set(rows.ids)))
        self.assertEqual(set(rows.mapped("kind")), {"entry", "billable", "capacity"})
        self.assertEqual(sum(rows.mapped("hours")), 19.5)
        self.assertEqual(sum(rows.mapped("hours_billable")), 15.5)
        self.assertEqual(sum(rows.mapped("hours_capacity")), 168)

    def test_managers(self):
        """A manager sees the hours in own projects and nobody's capacity."""
        found = self._groups("project_id", ["hours:sum"], user=self.pm)
        self.assertEqual(found, {self.project: (15.5,), self.old: (1,)})
        Hours = self.env["project.billing.utilisation"].with_user(self.pm)
        for aggregate in CAPACITY:
            with self.assertRaises(AccessError):
                Hours._read_group([], ["employee_id"], [aggregate])
        for kind, shown in (("pivot", "billable_share"), ("graph", "hours_billable")):
            arch = Hours.get_view(view_type=kind)["arch"]
            self.assertIn(shown, arch)
            self.assertNotIn('utilisation"', arch)
        found = self._groups("project_id", ["hours:sum"], user=self.other_pm)
        self.assertEqual(found, {self.internal: (3,)})

    def test_private_internal_work(self):
        """Who approves or posts sees no private project that nobody bills."""
        none = self.env["project.project"]
        for user in (self.approver, self.accountant):
            found = self._groups("project_id", ["hours:sum"], user=user)
            self.assertEqual(set(found), {self.project, none})
        self.internal.privacy_visibility = "employees"
        found = self._groups("project_id", ["hours:sum"], user=self.approver)
        self.assertEqual(set(found), {self.project, self.internal, none})

    def test_grouping_sets(self):
        """The pivot asks for all its groups at once; shares hold in each."""
        Hours = self.env["project.billing.utilisation"].with_user(self.admin)
        self.env.flush_all()
        whole, people = Hours.formatted_read_grouping_sets(
            [("employee_id", "in", (self.ann | self.bob).ids)],
            [[], ["employee_id"]],
            ["hours_billable:sum", "utilisation:avg"],
        )
        self.assertAlmostEqual(whole[0]["utilisation:avg"], 100 * 15.5 / 168)
        self.assertEqual(len(people), 2)

    def test_days_of_capacity(self):
        """Only the days that are asked for are computed, and none is missing."""
        Hours = self.env["project.billing.utilisation"].with_user(self.admin)
        ann = [("employee_id", "=", self.ann.id)]
        self.env.flush_all()
        for domain, expected in (
            ([("date", ">=", "2026-03-09"), ("date", "<", "2026-03-11")], 16),
            ([("date", ">", date(2026, 3, 12)), ("date", "<=", "2026-03-31")], 16),
            (["|", ("date", ">=", "2026-03-16"), ("date", "<", "2026-03-03")], 16),
            ([("date", "=", "2026-03-10")], 8),
            ([("date", "!=", "2026-03-10")], 80),
            ([("date", ">=", "2027-01-01")], 0),
            ([("date", "<", "2026-01-01")], 0),
        ):
            [(hours,)] = Hours._read_group(ann + domain, [], ["hours_capacity:sum"])
            self.assertEqual(hours or 0, expected, domain)
        with_junk = Hours.with_context(project_invoice_tracker_days=["x", "y"])
        [(hours,)] = with_junk._read_group(ann, [], ["hours_capacity:sum"])
        self.assertEqual(hours, 88)
