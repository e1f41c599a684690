"""Items whose source is an expense."""

from odoo import api, fields, models


class ProjectBillingItem(models.Model):
    """Use the expense itself as source: its entry may be reversed and made anew."""

    _inherit = "project.billing.item"

    expense_id = fields.Many2one("hr.expense", readonly=True, ondelete="restrict")

    _expense_uniq = models.UniqueIndex(
        "(expense_id, part) WHERE (expense_id IS NOT NULL)",
        "An expense is billed by one rule of each project only.",
    )

    @api.model
    def _source_columns(self):
        return (*super()._source_columns(), "expense_id")

    @api.model
    def _source_links(self):
        return (*super()._source_links(), "expense_id")

    def _source_document(self):
        # sudo: which document it is; reading it takes the user's own right
        expense = self.sudo().expense_id.with_env(self.env)
        return expense or super()._source_document()
