"""Actors and orders that the tests of both billers share."""

from odoo import Command
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon


class SaleBillingCommon(BillingCommon):
    """A project with a billing rule, and sales orders of the same customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hour = cls.env.ref("uom.product_uom_hour")
        cls.sold_time = cls._create_sold("Sold time", "delivered_timesheet")
        cls.sold_fixed = cls._create_sold("Sold fixed", "ordered_prepaid")
        cls.sold_milestones = cls._create_sold("Sold steps", "delivered_milestones")
        cls.project.allow_billable = True
        cls.task = cls.env["project.task"].create(
            {
                "name": "Design",
                "project_id": cls.project.id,
                "partner_id": cls.partner_a.id,
            }
        )

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "sales_team.group_sale_manager"
        )

    @classmethod
    def _create_sold(cls, name, policy):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "uom_id": cls.hour.id,
                "list_price": 90.0,
                "service_policy": policy,
                "service_tracking": "no",
                "property_account_income_id": (
                    cls.company_data["default_account_revenue"].id
                ),
                "taxes_id": [Command.clear()],
            }
        )
        return product

    @classmethod
    def _create_order(cls, product=None, quantity=100.0, confirm=True):
        """Return a sales order item, of an order of its own."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.partner_a.id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.sold_time).id,
                            "product_uom_qty": quantity,
                        }
                    )
                ],
            }
        )
        if confirm:
            order.action_confirm()
        return order.order_line

    def _end(self):
        """Do what the end of a transaction does."""
        self.env.cr.flush()
        self.env.invalidate_all()

    def _hours(self, entries):
        """Return what is open in the items of these entries, in hours."""
        self._end()
        return self._minutes(entries)[0] / 60

    def assertOneBiller(self, entry, biller):
        """Assert who may bill an entry: ``ours``, ``order`` or ``both`` is wrong."""
        self._end()
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        sold = entry.so_line
        domain = sold._timesheet_compute_delivered_quantity_domain()
        of_order = bool(
            sold and entry.search_count([*domain, ("id", "=", entry.id)], limit=1)
        )
        found = [
            name for name, is_it in (("ours", items), ("order", of_order)) if is_it
        ]
        self.assertEqual(found, [biller])

    def assertNoDoubles(self):
        """Assert that PostgreSQL knows no entry that both have billed."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id FROM account_analytic_line line
                  JOIN project_billing_item item ON item.analytic_line_id = line.id
                   AND item.quantity_open <> item.quantity
                  JOIN account_move move ON move.id = line.timesheet_invoice_id
                 WHERE move.state <> 'cancel'
                """
            )
        )
        self.assertFalse(rows, "both have billed an entry")
