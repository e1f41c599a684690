"""Lines of an accrual, by project and rule."""

from odoo import fields, models

from ..const_figures import ACCRUAL_SIDES


class ProjectBillingAccrualLine(models.Model):
    """The accrued or deferred revenue of one rule of one project."""

    _name = "project.billing.accrual.line"
    _inherit = ["project.billing.guard"]
    _description = "Billing Accrual Line"
    _order = "accrual_id, side desc, project_id, rule_id"
    _engine_owned = True

    accrual_id = fields.Many2one(
        "project.billing.accrual",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="accrual_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    project_id = fields.Many2one(
        "project.project", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="project_id.partner_id", string="Customer")
    rule_id = fields.Many2one(
        "project.billing.rule", required=True, readonly=True, ondelete="cascade"
    )
    side = fields.Selection(ACCRUAL_SIDES, required=True, readonly=True)
    records = fields.Integer(string="Items", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", string="Contract Currency", required=True, readonly=True
    )
    amount = fields.Monetary(
        readonly=True,
        help="Untaxed, in the currency of the contract; below zero what was billed too "
        "early.",
    )
    balance = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        help="In the company's currency, at the rate of the day.",
    )
    account_id = fields.Many2one(
        "account.account", string="Income Account", required=True, readonly=True
    )

    def _key(self):
        """Return the values by which two previews are compared."""
        return (
            self.project_id.id,
            self.rule_id.id,
            self.side,
            self.account_id.id,
            self.currency_id.id,
            round(self.amount, 6),
            round(self.balance, 6),
        )
