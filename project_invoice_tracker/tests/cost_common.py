"""Bills and costs that several test modules share."""

from datetime import date

from odoo import Command

from .common import BillingCommon

BILL_DAY = date(2026, 3, 2)


class CostCommon(BillingCommon):
    """A project with an analytic account, of which costs are billed with a markup."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plan = cls.env["account.analytic.plan"].search([], limit=1)
        cls.account, cls.other_account = cls.env["account.analytic.account"].create(
            [
                {"name": name, "plan_id": plan.id, "company_id": cls.company.id}
                for name in ("Website", "Other")
            ]
        )
        cls.project.account_id = cls.account
        cls.vendor = cls.env["res.partner"].create({"name": "Hoster"})
        cls.expense_product = cls.env.ref("project_invoice_tracker.product_cost")
        cls.category = cls.env["product.category"].create({"name": "Hosting"})
        cls.hosting = cls.env["product.product"].create(
            {
                "name": "Server",
                "type": "service",
                "categ_id": cls.category.id,
                "lst_price": 150.0,
                "supplier_taxes_id": [Command.clear()],
            }
        )
        cls.vat = cls._create_tax(19, cls.company_data["default_account_assets"])
        cls.cost_rule = cls._create_cost_rule()

    @classmethod
    def _create_tax(cls, percent, account=None):
        """Create a purchase tax; without an account it stays a cost."""
        lines = [
            Command.clear(),
            Command.create({"repartition_type": "base"}),
            Command.create(
                {"repartition_type": "tax", "account_id": account and account.id}
            ),
        ]
        return cls.env["account.tax"].create(
            {
                "name": f"Purchase {percent} {'' if account else 'kept'}",
                "amount": percent,
                "type_tax_use": "purchase",
                "company_id": cls.company.id,
                "invoice_repartition_line_ids": lines,
                "refund_repartition_line_ids": lines,
            }
        )

    @classmethod
    def _create_cost_rule(cls, project=None, **values):
        return cls._create_rule(
            project,
            **{
                "kind": "cost",
                "product_id": cls.expense_product.id,
                "cost_policy": "markup",
                "cost_markup": 12.5,
                **values,
            },
        )

    @classmethod
    def _create_bill(cls, *prices, share=60, post=True, **values):
        """Create a bill with a line per price, ``share`` percent on the project."""
        line = {
            key: values.pop(key)
            for key in ("quantity", "product_id", "deductible_amount")
            if key in values
        }
        distribution = values.pop(
            "distribution",
            {str(cls.account.id): share, str(cls.other_account.id): 100 - share}
            if share < 100
            else {str(cls.account.id): 100},
        )
        taxes = values.pop("taxes", cls.vat)
        bill = cls.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": cls.vendor.id,
                "invoice_date": BILL_DAY,
                "date": BILL_DAY,
                "company_id": cls.company.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Server {number}",
                            "product_id": cls.hosting.id,
                            "quantity": 1.0,
                            "price_unit": price,
                            "tax_ids": [Command.set(taxes.ids)],
                            "analytic_distribution": distribution,
                            **line,
                        }
                    )
                    for number, price in enumerate(prices, 1)
                ],
                **values,
            }
        )
        if post:
            bill.action_post()
        return bill

    @classmethod
    def _refund(cls, bill, amount=None):
        """Post a credit note of the vendor; of one line, at another price if given."""
        refund = bill._reverse_moves([{"invoice_date": BILL_DAY, "date": BILL_DAY}])
        if amount is not None:
            refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def _items(self, bills=None, project=None):
        """Return the items of costs, in the order they came."""
        domain = [("kind", "=", "cost"), ("quantity", "!=", 0)]
        if bills:
            domain += [("cost_line_id", "in", bills.line_ids.ids)]
        if project:
            domain += [("project_id", "=", project.id)]
        self.env["project.billing.item"].invalidate_model()
        return self.env["project.billing.item"].search(domain, order="id")

    def assertAmounts(self, expected, items):
        self.assertEqual([item.amount for item in items], expected)
