"""Actors and factories that the tests share."""

from datetime import date

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

DAY = date(2026, 3, 2)

#: The ledger recomputed from its rows alone, to compare with the counters.
ORACLE = """
    SELECT item.id
      FROM project_billing_item item
      LEFT JOIN project_billing_allocation a
        ON a.item_id = item.id AND a.state <> 'released'
     GROUP BY item.id
    HAVING item.quantity_reserved <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'bill' AND a.state = 'reserved'), 0)
        OR item.quantity_billed <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'bill' AND a.state = 'billed'), 0)
        OR item.quantity_written_off <> coalesce(sum(a.quantity)
               FILTER (WHERE a.action = 'write_off'), 0)
        OR item.quantity <> item.quantity_open + item.quantity_reserved
               + item.quantity_billed + item.quantity_written_off
"""


#: The people of the tests: name, login and group of each.
PEOPLE = {
    "pm": ("pm_test", "group_billing_user"),
    "other_pm": ("other_pm_test", "group_billing_user"),
    "approver": ("approver_test", "group_billing_approver"),
    "admin": ("billing_admin_test", "group_billing_manager"),
    "accountant": ("accountant_test", "account.group_account_invoice"),
    "worker": ("worker_test", "hr_timesheet.group_hr_timesheet_user"),
}


def some(found, at_least=1):
    """Return what a test loops over as a list; it fails when there is too little.

    :param found: anything that can be looped over
    :raises AssertionError: when the loop would assert nothing
    """
    found = list(found)
    assert len(found) >= at_least, f"only {len(found)} of at least {at_least}"
    return found


@tagged("post_install", "-at_install")
class BillingCommon(AccountTestInvoicingCommon):
    """A manager with a project, an approver, an accountant and two consultants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls._choose_levels(cls.company)
        for name, (login, group) in PEOPLE.items():
            setattr(cls, name, cls._create_user(login, group))
        cls.ann, cls.bob = cls.env["hr.employee"].create(
            [
                {
                    "name": "Ann",
                    "company_id": cls.company.id,
                    "hourly_cost": 41.37,
                    "user_id": cls.worker.id,
                },
                {"name": "Bob", "company_id": cls.company.id, "hourly_cost": 30.0},
            ]
        )
        cls.service = cls.env["product.product"].create(
            {
                "name": "Consulting",
                "type": "service",
                "uom_id": cls.env.ref("uom.product_uom_hour").id,
                "property_account_income_id": (
                    cls.company_data["default_account_revenue"].id
                ),
                "taxes_id": [Command.set(cls.company_data["default_tax_sale"].ids)],
            }
        )
        cls.project = cls._create_project()
        cls.rule = cls._create_rule()

    # === THE WORLD THAT MOST TESTS BEGIN WITH ===

    @classmethod
    def create_world(cls, env):
        """Create company, chart of accounts and people for all classes at once.

        Half of a test run's time would go into them otherwise. Where they are not
        there, as in Odoo's own runner, each class creates them for itself.
        """
        world = type("World", (cls,), {})
        world.env = env(context={**env.context, **cls.default_env_context()})
        user = world.setup_independent_user()
        world.env = world.env(user=user)
        company = world.setup_independent_company()
        own = [Command.set(company.ids)]
        user.write({"company_id": company.id, "company_ids": own})
        world.company = company
        world._choose_levels(company)
        for login, group in PEOPLE.values():
            world._create_user(login, group)
        env.flush_all()

    @classmethod
    def setup_independent_user(cls):
        """Override: whoever sets up the tests may be there already."""
        user = cls.env["res.users"].search([("login", "=", "accountman")])
        if user:
            user.group_ids |= cls.get_default_groups()
        return user or super().setup_independent_user()

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """Override: the usual company may be there already."""
        if not (kwargs or cls.chart_template or cls.country_code):
            company = cls.env["res.company"].search([("name", "=", "company_1_data")])
            if company:
                return company
        return super().setup_independent_company(**kwargs)

    @classmethod
    def setup_other_company(cls, **kwargs):
        """Override: approvers decide in each company of the tests."""
        data = super().setup_other_company(**kwargs)
        cls._choose_levels(data["company"])
        return data

    @classmethod
    def _choose_levels(cls, company):
        if company.billing_approval != "levels":
            company.billing_approval = "levels"

    @classmethod
    def get_default_groups(cls):
        """Override: the tests' own user sets everything up."""
        groups = super().get_default_groups()
        for group in (
            "hr.group_hr_manager",
            "hr_timesheet.group_timesheet_manager",
            "project.group_project_manager",
            "project_invoice_tracker.group_billing_manager",
        ):
            groups |= cls.quick_ref(group)
        return groups

    @classmethod
    def _create_user(cls, login, group):
        group = group if "." in group else f"project_invoice_tracker.{group}"
        user = cls.env["res.users"].search(
            [("login", "=", login), ("company_ids", "=", cls.company.id)]
        )
        if user and user.group_ids == cls.env.ref(group):
            return user
        return new_test_user(
            cls.env,
            login,
            groups=group,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _create_project(cls, **values):
        return cls.env["project.project"].create(
            {
                "name": "Website",
                "company_id": cls.company.id,
                "partner_id": cls.partner_a.id,
                "user_id": cls.pm.id,
                "allow_timesheets": True,
                "allow_milestones": True,
                "privacy_visibility": "followers",
                **values,
            }
        )

    @classmethod
    def _create_rule(cls, project=None, **values):
        return cls.env["project.billing.rule"].create(
            {
                "project_id": (project or cls.project).id,
                "kind": "time",
                "product_id": cls.service.id,
                "price_unit": 100.0,
                "detail": "project",
                "date_start": date(2026, 1, 1),
                **values,
            }
        )

    @classmethod
    def _log(cls, hours, day=DAY, **values):
        """Log hours on the project, as the system does it; returns the entry."""
        return cls.env["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": cls.project.id,
                "employee_id": cls.ann.id,
                "date": day,
                "unit_amount": hours,
                **values,
            }
        )

    @classmethod
    def _create_milestones(cls, *shares, project=None, **values):
        """Create milestones by percentage, not reached."""
        return cls.env["project.milestone"].create(
            [
                {
                    "name": f"Milestone {position}",
                    "sequence": position,
                    "project_id": (project or cls.project).id,
                    "billing_basis": "percentage",
                    "billing_percentage": share,
                    **values,
                }
                for position, share in enumerate(shares, 1)
            ]
        )

    # === THE MAIN JOB, BY ITS ACTORS ===

    @classmethod
    def _prepare(cls, project=None, date_to=date(2026, 12, 31), **values):
        requests = cls.env["project.billing.request"].with_user(cls.pm)
        return requests.prepare(project or cls.project, date_to, **values)

    def _approve(self, request):
        request.with_user(self.pm).action_submit()
        request.with_user(self.approver).action_approve()
        return request

    def _invoice(self, request=None):
        """Take a request (or what is ready) to its draft invoice."""
        request = self._approve(request or self._prepare())
        request.with_user(self.pm).action_create_invoice()
        return request.sudo().invoice_id.with_user(self.accountant).sudo(False)

    def _post(self, request=None):
        move = self._invoice(request)
        move.action_post()
        return move

    def _credit(self, move, edit=None, modify=False, post=True):
        """Credit an invoice by the wizard; ``edit`` changes the draft first."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "test"})
        )
        wizard.reverse_moves(is_modify=modify)
        made = wizard.new_move_ids
        if not modify:
            if edit:
                edit(made.invoice_line_ids)
            if post:
                made.action_post()
        return made

    # === ASSERTIONS ===

    def _minutes(self, entries=None):
        """Return (open, reserved, billed, written off) minutes, summed."""
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "in", entries.ids)]
            if entries
            else [("project_id", "=", self.project.id)]
        )
        items.invalidate_recordset()
        return tuple(
            int(sum(items.mapped(f"quantity_{counter}")))
            for counter in ("open", "reserved", "billed", "written_off")
        )

    def assertMinutes(self, expected, entries=None):
        """Assert the counters, and that they are what the ledger's rows say."""
        self.assertEqual(self._minutes(entries), expected)
        self.env.flush_all()
        self.assertFalse(self.env.execute_query(SQL(ORACLE)), "the ledger disagrees")
