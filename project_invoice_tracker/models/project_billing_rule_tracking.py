"""Change log of rules: who changed which price, contract or period."""

from odoo import fields, models


class ProjectBillingRule(models.Model):
    """Track every change of what is billed, and at which price.

    Only users who may read the rule may read its log.
    """

    _name = "project.billing.rule"
    _inherit = ["project.billing.rule", "mail.thread"]

    active = fields.Boolean(tracking=True)
    product_id = fields.Many2one(tracking=True)
    currency_id = fields.Many2one(tracking=True)
    date_start = fields.Date(tracking=True)
    date_end = fields.Date(tracking=True)
    price_unit = fields.Float(tracking=True)
    detail = fields.Selection(tracking=True)
    task_ids = fields.Many2many(tracking=True)
    employee_ids = fields.Many2many(tracking=True)
    increment_minutes = fields.Integer(tracking=True)
    increment_method = fields.Selection(tracking=True)
    contract_amount = fields.Monetary(tracking=True)
    milestone_ready = fields.Selection(tracking=True)
    progress_by = fields.Selection(tracking=True)
