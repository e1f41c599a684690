"""Cost rules: the price at which bills and expenses are passed on."""

from odoo import fields, models


class ProjectBillingRule(models.Model):
    """The fields of cost rules."""

    _inherit = "project.billing.rule"

    cost_policy = fields.Selection(
        [
            ("cost", "At cost"),
            ("markup", "Cost plus a percentage"),
            ("sales_price", "Sales price of the product"),
        ],
        string="Costs Are Billed",
        required=True,
        default="cost",
        help="What the vendor or the employee is paid, net of the tax that is "
        "recovered; the same plus a percentage; or the quantity at the sales price.",
    )
    cost_markup = fields.Float(
        string="Markup (%)", digits=(6, 3), help="Percentage that is added to the cost."
    )
    cost_category_ids = fields.Many2many(
        "product.category",
        string="Only Categories",
        ondelete="restrict",
        help="Product categories, with those below them. Empty for all of them.",
    )
    cost_product_ids = fields.Many2many(
        "product.product",
        "project_billing_rule_cost_product_rel",
        string="Only Products",
        ondelete="restrict",
        # whatever is archived is meant still
        context={"active_test": False},
        help="Leave empty for all products, and for lines without a product.",
    )
    cost_partner_ids = fields.Many2many(
        "res.partner",
        string="Only Vendors",
        ondelete="restrict",
        context={"active_test": False},
        help="Leave empty for all vendors.",
    )

    _cost_markup_positive = models.Constraint(
        "CHECK (cost_markup IS NULL OR cost_markup >= 0)",
        "A markup on costs cannot be negative.",
    )
