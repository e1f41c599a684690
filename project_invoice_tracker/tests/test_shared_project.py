"""A project of two companies: one bills the work of the people of both (I16)."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .common import DAY, BillingCommon


@tagged("post_install", "-at_install")
class TestSharedProject(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.setup_other_company(name="Abroad")["company"]
        cls.abroad.currency_id = cls.env.ref("base.CHF")
        cls.env.user.company_ids |= cls.abroad
        cls.accountant.company_ids |= cls.abroad
        cls.project.company_id = False
        cls.eve = cls.env["hr.employee"].create(
            {"name": "Eve", "company_id": cls.abroad.id, "hourly_cost": 50}
        )
        both = (cls.company | cls.abroad).ids
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=both))
        cls.project = cls.project.with_env(cls.env)
        cls.theirs = cls._log(
            3, employee_id=cls.eve.id, company_id=cls.abroad.id, name="Theirs"
        )
        cls.ours = cls._log(2, name="Ours")

    @classmethod
    def _prepare(cls, project=None, **values):
        """Prepare as the manager, who works in the first company only."""
        requests = cls.env["project.billing.request"].with_user(cls.pm)
        requests = requests.with_context(allowed_company_ids=cls.company.ids)
        return requests.prepare(project or cls.project, DAY, **values)

    def _leaks(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["project.billing.leak"].search(
            [("project_id", "=", self.project.id)]
        )

    def test_hours_of_the_other_company_are_billed(self):
        """3 h of Eve and 2 h of Ann are one invoice of the company of the rule."""
        self.assertEqual(self.theirs.company_id, self.abroad)
        self.assertEqual(self.rule.company_id, self.company)
        items = self.env["project.billing.item"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertEqual(items.company_id, self.company)
        self.assertEqual(sum(items.mapped("amount")), 500)
        self.assertFalse(self._leaks().filtered(lambda leak: leak.code == "outside"))
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 500)
        move = self._post(request)
        self.assertEqual((move.company_id, move.amount_untaxed), (self.company, 500))
        self.assertMinutes((0, 0, 180, 0), self.theirs)
        # the entry and its cost stay where they are
        self.assertEqual(self.theirs.company_id, self.abroad)
        self.assertEqual(self.theirs.amount, -150)

    def test_who_manages_in_one_company_sees_what_is_billed(self):
        """The manager has the first company only; names are shown all the same."""
        self.assertEqual(self.pm.company_ids, self.company)
        self.rule.detail = "person"
        request = self._prepare().with_user(self.pm)
        self.assertEqual(sorted(request.line_ids.mapped("name")), ["Ann", "Eve"])
        items = request.line_ids.allocation_ids.item_id
        specification = {"employee_id": {"fields": {"display_name": {}}}}
        names = {
            row["employee_id"]["display_name"] for row in items.web_read(specification)
        }
        self.assertEqual(names, {"Ann", "Eve"})

    def test_rates_are_those_of_the_company_that_bills(self):
        self.rule.price_unit = 0
        self.env["project.billing.rate"].create(
            [
                {"scope": "company", "company_id": self.company.id, "price_unit": 70},
                {"scope": "company", "company_id": self.abroad.id, "price_unit": 170},
                {
                    "scope": "rule",
                    "rule_id": self.rule.id,
                    "employee_id": self.eve.id,
                    "price_unit": 80,
                },
            ]
        )
        self.assertEqual(self._prepare().amount_untaxed, 2 * 70 + 3 * 80)

    def test_nothing_is_stale(self):
        """Looking for what changed finds nothing: each entry has its item."""
        before = self._item_writes()
        self._prepare()
        self.assertEqual(before, self._item_writes())
        self.env.flush_all()
        kind = self.env["project.billing.kind"]._get("time").sudo()
        with patch.object(type(kind), "_sync_items") as sync:
            kind._sync_stale(self.project)
        self.assertFalse(sync.called)

    def _item_writes(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT id, quantity, price_unit FROM project_billing_item"
                " WHERE project_id = %s ORDER BY id",
                self.project.id,
            )
        )

    def test_time_is_checked_as_the_billing_company_asks(self):
        self.company.billing_check_time = True
        day = DAY.replace(day=3)
        entry = self._log(
            1, day=day, employee_id=self.eve.id, company_id=self.abroad.id
        )
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        self.assertFalse(item.ready)
        item = item.with_user(self.pm).with_context(
            allowed_company_ids=self.company.ids
        )
        item.action_check_time()
        self.assertTrue(item.ready)

    def test_company_of_a_project_with_a_company(self):
        """Time on a project of one company is recorded in it, whoever works."""
        self.project.company_id = self.company
        entry = self._log(1, employee_id=self.eve.id)
        self.assertEqual(entry.company_id, self.company)
        self.assertEqual(self._prepare().amount_untaxed, 600)
