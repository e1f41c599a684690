"""The demo, continued: one project for each further billing method.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar.
"""

from datetime import timedelta

from odoo import Command


class Kinds:
    """Projects with rate cards, costs, retainers and other methods."""

    def kinds(self):
        """Play all of it."""
        self.rate_card()
        self.costs()
        self.fixed_price()
        self.progress()
        self.shared_invoice()
        self.prepaid()
        self.customer_order()
        self.foreign_currency()

    def bill(self, request, week=None):
        """Take a draft all the way to a posted invoice, and return that."""
        self.submit(request)
        self.approve(request)
        invoice = self.invoice(request)
        self.post(invoice, week)
        return invoice

    def rate_card(self):
        """Two weeks at the rates of all scopes."""
        self.bill(self.collect("pm", "ferries", 2), 2)

    def costs(self):
        """Bills of two vendors, one of them foreign, reach the client with a markup."""
        self.vendor_bill(
            "cablework",
            "base.USD",
            {"Cabling of the library, 48 outlets": 2850.0, "Cabinet, 24 units": 640.0},
        )
        self.vendor_bill("funknetz", "base.EUR", {"12 access points": 3180.0})
        self.bill(self.collect("pm", "campus", 3))

    def vendor_bill(self, vendor, currency, lines):
        """The accountant posts a bill of a vendor for the campus network."""
        bills = self.as_user("accountant", self.env["account.move"])
        account = self.ref("project_campus").account_id
        bill = bills.create(
            {
                "move_type": "in_invoice",
                "partner_id": self.ref(f"partner_{vendor}").id,
                "currency_id": self.env.ref(currency).id,
                "invoice_date": self.sunday(3) - timedelta(days=4),
                "ref": f"{vendor[0].upper()}-{self.monday.year}-0117",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": name,
                            "quantity": 1.0,
                            "price_unit": price,
                            "analytic_distribution": {str(account.id): 100},
                        }
                    )
                    for name, price in lines.items()
                ],
            }
        )
        bill.action_post()
        self.done("accountant", f"posts {bill.name} of {bill.partner_id.name}")

    def fixed_price(self):
        """A paid deposit, a signed milestone less its share, half of the next one."""
        self.pay(self.bill(self.collect("pm", "permits", 1), 1))
        self.sign_off("permits_forms", 2)
        self.bill(self.collect("pm", "permits", 2), 2)
        self.sign_off("permits_inspections", 3)
        request = self.collect("pm", "permits", 3)
        milestone = request.line_ids.filtered(lambda line: line.kind == "milestone")
        milestone.change_quantity(0.5)
        self.submit(request)

    def sign_off(self, milestone, week):
        """The manager notes who accepted a milestone at the client."""
        milestone = self.as_user("pm", self.ref(f"milestone_{milestone}"))
        milestone.action_billing_sign_off("Dana Whitfield", self.sunday(week))
        self.done("pm", f"notes the acceptance of {milestone.name}")

    def progress(self):
        """20 %, then 45 % with half of what was held back; the second is approved."""
        rule = self.as_user("pm", self.ref("rule_reservoir_progress"))
        rule.report_progress(20, self.sunday(2)).note = "Alarms and overview"
        self.done("pm", "reports 20 %")
        self.bill(self.collect("pm", "reservoir", 2), 2)
        rule.report_progress(45, self.sunday(4)).note = "Stage 1 in operation"
        milestone = self.as_user("pm", self.ref("milestone_reservoir"))
        milestone.is_reached = True
        milestone.reached_date = self.sunday(4)
        self.done("pm", f"reports 45 %, {milestone.name}")
        request = self.collect("pm", "reservoir", 4)
        self.submit(request)
        self.approve(request)

    def shared_invoice(self):
        """A retainer and the hours of another manager, on one invoice."""
        retainer = self.collect("pm2", "desk", 2)
        hours = self.collect("pm", "intranet", 2)
        for request in (retainer, hours):
            self.submit(request)
            self.approve(request)
        self.invoice(retainer)
        self.post(self.invoice(hours), 2)
        self.collect("pm2", "desk", 4)

    def prepaid(self):
        """The pack is billed; the hours drawn from it are not."""
        self.pay(self.bill(self.collect("pm", "grants", 1), 1))

    def customer_order(self):
        """Two weeks under the customer's order; the next two bring it near its end."""
        self.bill(self.collect("pm2", "claims", 2), 2)
        self.submit(self.collect("pm2", "claims", 4))

    def foreign_currency(self):
        """Euros: one invoice, and the draft of the next."""
        self.bill(self.collect("pm", "museum", 2), 2)
        self.collect("pm", "museum", 4)
