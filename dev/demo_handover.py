"""The demo, continued: a sales order hands a project over to billing rules.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar. It is
left out where Sales is not installed.
"""

from datetime import timedelta

from odoo import Command

#: Name, policy, price of what the orders of the story sell.
SERVICES = (
    ("Consulting by the hour", "delivered_timesheet", 140.0),
    ("Support hours, prepaid", "ordered_prepaid", 110.0),
    ("Design of a website, in steps", "delivered_milestones", 12000.0),
)


class Handover:
    """One project that was handed over, and one that is ready for it."""

    def handover(self):
        """Play all of it."""
        if "project.billing.handover" not in self.env:
            return
        self.sell()
        self.handed_over()
        self.to_be_handed_over()

    def sell(self):
        """Let Laura sell, and create a product to sell."""
        self.ref("user_pm").group_ids += self.env.ref("sales_team.group_sale_salesman")
        hour = self.env.ref("uom.product_uom_hour")
        self.services = self.env["product.product"].create(
            [
                {
                    "name": name,
                    "type": "service",
                    "uom_id": hour.id,
                    "service_policy": policy,
                    "list_price": price,
                    "taxes_id": [Command.set(self.env.company.account_sale_tax_id.ids)],
                }
                for name, policy, price in SERVICES
            ]
        )
        self.done("admin", "lets the manager sell")

    def order(self, partner, *sold):
        """Laura sells services, and confirms the order; return it."""
        orders = self.as_user("pm", self.env["sale.order"])
        order = orders.create(
            {
                "partner_id": self.ref(f"partner_{partner}").id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.services[number].id,
                            "product_uom_qty": quantity,
                        }
                    )
                    for number, quantity in sold
                ],
            }
        )
        order.action_confirm()
        self.done("pm", f"confirms {order.name}")
        return order.with_env(self.env)

    def sold_project(self, name, order, item):
        """Return a project of Laura's that an order bills, with a task."""
        project = self.env["project.project"].create(
            {
                "name": name,
                "partner_id": order.partner_id.id,
                "company_id": order.company_id.id,
                "user_id": self.ref("user_pm").id,
                "privacy_visibility": "followers",
                "allow_timesheets": True,
                "allow_milestones": True,
                "allow_billable": True,
                "sale_line_id": item.id,
            }
        )
        order.project_id = project
        readers = ("approver", "director", "accountant")
        project.message_subscribe(
            [self.ref(f"user_{login}").partner_id.id for login in readers]
        )
        task = self.env["project.task"].create(
            {"name": "Build", "project_id": project.id, "sale_line_id": item.id}
        )
        return project, task

    def log(self, task, week, *hours):
        """Nadia works on a task, on the first days of a week."""
        entries = self.env["account.analytic.line"].create(
            [
                {
                    "name": task.name,
                    "project_id": task.project_id.id,
                    "task_id": task.id,
                    "employee_id": self.ref("employee_nadia").id,
                    "date": self.sunday(week - 1) + timedelta(days=1 + day),
                    "unit_amount": amount,
                }
                for day, amount in enumerate(hours)
            ]
        )
        self.done("consultant", f"logs time on {task.project_id.name}")
        return entries

    def bill_time(self, project, week, price):
        """The administrator sets billing up from the first day of a week on."""
        self.env["project.billing.rule"].create(
            {
                "project_id": project.id,
                "kind": "time",
                "price_unit": price,
                "date_start": self.sunday(week - 1) + timedelta(days=1),
            }
        )
        self.done("admin", f"sets up billing of {project.name}")

    def hand_over(self, project, week, **choices):
        """Laura hands a project over from the first day of a week on."""
        windows = self.as_user("pm", self.env["project.billing.handover.window"])
        window = windows.create(
            {
                "project_id": project.id,
                "date": self.sunday(week - 1) + timedelta(days=1),
                **choices,
            }
        )
        window.action_apply()
        self.done("pm", f"hands {project.name} over")

    def handed_over(self):
        """Two weeks are billed by the order, the third one by a request."""
        order = self.order("harborline", (0, 120.0))
        item = order.order_line
        project, task = self.sold_project("Harbor Lights Website", order, item)
        self.log(task, 1, 7.0, 6.5, 8.0)
        self.log(task, 2, 8.0, 4.5)
        self.log(task, 3, 6.0, 7.5)
        self.bill_time(project, 3, 145.0)
        self.hand_over(project, 3, before="invoice")
        self.post(self.as_user("accountant", order.invoice_ids), 3)
        own = self.as_user("pm", project)
        request = own.env["project.billing.request"].prepare(own, self.sunday(3))
        self.requests |= request.with_env(self.env)
        self.bill(request, 3)
        self.shown["project_handed_over"] = project.id

    def to_be_handed_over(self):
        """Support hours and milestones on an order with a down payment."""
        order = self.order("maple", (1, 40.0), (2, 1.0))
        pack, steps = order.order_line
        project, task = self.sold_project("Maple Support and Website", order, pack)
        self.env["project.milestone"].create(
            [
                {
                    "name": name,
                    "project_id": project.id,
                    "sale_line_id": steps.id,
                    "product_uom_qty": share,
                    "is_reached": reached,
                }
                for name, share, reached in (
                    ("Design accepted", 0.4, True),
                    ("Website online", 0.6, False),
                )
            ]
        )
        self.down_payment(order)
        self.log(task, 2, 7.0, 5.0)
        self.log(task, 3, 6.0)
        self.log(task, 4, 3.5)
        self.bill_time(project, 3, 115.0)
        self.shown["project_on_an_order"] = project.id

    def down_payment(self, order):
        """Laura has a tenth paid in advance, and the accountant posts it."""
        own = self.as_user("pm", order)
        wizards = own.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        )
        wizards.create(
            {"advance_payment_method": "percentage", "amount": 10}
        ).create_invoices()
        self.done("pm", f"asks a down payment of {order.name}")
        self.post(self.as_user("accountant", order.invoice_ids), 1)
