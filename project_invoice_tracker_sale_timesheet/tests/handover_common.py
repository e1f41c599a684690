"""A project of a sales order that is handed over to billing requests, and back."""

from datetime import date

from odoo import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from .test_former import FormerCommon

DAY = date(2026, 3, 16)
BEFORE = date(2026, 3, 13)
LATER = date(2026, 3, 20)


class HandoverCommon(FormerCommon):
    """A manager with the right to write orders, and one without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales = cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.seller = cls._create_seller(
            "hand.seller", "project_invoice_tracker.group_billing_manager"
        )
        cls.seller.group_ids += sales
        cls.pm_seller = cls.pm
        cls.handovers = cls.env["project.billing.handover"]

    @classmethod
    def _create_seller(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=group,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _order(self, product=None, quantity=100.0, **values):
        """Return an order item that the project, the task and new time take."""
        item = self._create_order(product, quantity)
        item.order_id.write({"project_id": self.project.id, **values})
        self.project.sale_line_id = item
        self.task.sale_line_id = item
        self._end()
        return item

    def _abroad(self):
        """Return an order item of a second company, for the same customer."""
        self.second_company = self.setup_other_company()["company"]
        self.env.user.company_ids |= self.second_company
        companies = self.company | self.second_company
        env = self.env(context={"allowed_company_ids": companies.ids})
        order = env["sale.order"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.second_company.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.sold_time.id, "product_uom_qty": 9}
                    )
                ],
            }
        )
        order.action_confirm()
        return order.order_line.with_env(self.env)

    def _hand_over(self, direction="rules", day=DAY, user=None, **choices):
        self._end()
        project = self.project.with_user(user or self.seller)
        handover = project.env["project.billing.handover"]._hand_over(
            project,
            direction,
            day,
            {
                "before": "pin",
                "rates": True,
                "deposit": False,
                "item_id": False,
                **choices,
            },
        )
        self._end()
        return handover

    def _window(self, user=None, **values):
        """Return the window as somebody opens it."""
        project = self.project.with_user(user or self.seller)
        action = project.action_billing_hand_over()
        windows = project.env["project.billing.handover.window"]
        return windows.with_context(**action["context"]).create({"date": DAY, **values})

    def _state(self):
        """Return everything that a hand-over may change, to be compared."""
        self._end()
        queries = {
            "entries": "SELECT id, so_line, coalesce(is_so_line_edited, FALSE),"
            " coalesce(billing_held, FALSE), timesheet_invoice_id"
            " FROM account_analytic_line WHERE project_id = %s ORDER BY id",
            "tasks": "SELECT id, sale_line_id FROM project_task"
            " WHERE project_id = %s ORDER BY id",
            "project": "SELECT sale_line_id, billing_order_tasks"
            " FROM project_project WHERE id = %s",
            "map": "SELECT id, sale_line_id FROM project_sale_line_employee_map"
            " WHERE project_id = %s ORDER BY id",
            "steps": "SELECT id, sale_line_id, quantity_percentage, billing_basis,"
            " coalesce(billing_fixed_price, 0) FROM project_milestone"
            " WHERE project_id = %s ORDER BY id",
            "rules": "SELECT id, active, date_start, date_end"
            " FROM project_billing_rule WHERE project_id = %s ORDER BY id",
            "rates": "SELECT rate.id FROM project_billing_rate rate"
            " WHERE rate.project_id = %s ORDER BY id",
            "items": "SELECT analytic_line_id, milestone_id, quantity, quantity_open"
            " FROM project_billing_item WHERE project_id = %s ORDER BY 1, 2",
        }
        return {
            name: self.env.execute_query(SQL(query, self.project.id))
            for name, query in queries.items()
        }

    def assertBillers(self, ours=(), order=()):
        """Assert who bills each entry, exactly one."""
        for entry in ours:
            self.assertOneBiller(entry, "ours")
        for entry in order:
            self.assertOneBiller(entry, "order")
