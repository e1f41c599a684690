"""Items of time that included or prepaid hours cover."""

from odoo import api, fields, models
from odoo.tools import SQL


class ProjectBillingItem(models.Model):
    """An item of covered time: it has no quantity to bill, but its hours count."""

    _inherit = "project.billing.item"

    allowance_id = fields.Many2one(
        "project.billing.allowance",
        string="Covered By",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The included or prepaid hours that cover the work.",
    )
    quantity_covered = fields.Float(
        readonly=True,
        digits=0,
        default=0.0,
        help="Minutes that included or prepaid hours cover: they are not charged.",
    )
    hours_covered = fields.Float(
        string="Hours Included", compute="_compute_hours_covered", aggregator="sum"
    )

    @api.depends("quantity_covered")
    def _compute_hours_covered(self):
        for item in self:
            item.hours_covered = item.quantity_covered / 60

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override to sum the covered hours in lists and groups."""
        if field_expr != "hours_covered":
            return super()._field_to_sql(alias, field_expr, query)
        minutes = self._field_to_sql(alias, "quantity_covered", query)
        return SQL("(coalesce(%s, 0) / 60.0)", minutes)

    @api.model
    def _source_columns(self):
        """Override to keep the hour balance that covers the item up to date, too."""
        return (*super()._source_columns(), "allowance_id", "quantity_covered")

    def _drop_items(self, item_ids):
        """Override to free the hours of items that are kept for their history only."""
        result = super()._drop_items(item_ids)
        if item_ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE project_billing_item"
                    " SET allowance_id = NULL, quantity_covered = 0"
                    " WHERE id IN %s AND quantity_covered <> 0"
                    " AND quantity = quantity_open",
                    tuple(item_ids),
                )
            )
        return result
