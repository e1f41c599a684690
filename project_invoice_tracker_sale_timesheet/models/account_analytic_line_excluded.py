"""Time marked as non-billable by another add-on, and how it is shown."""

from odoo import api, fields, models
from odoo.tools import SQL

#: Of OCA's `sale_timesheet_line_exclude`: no order bills the entry, nor do we.
EXCLUDED = "exclude_from_sale_order"
#: Entries in use stay billable, however they were marked.
NOT_EXCLUDED = """
    (%(condition)s AND (NOT coalesce(line.%(mark)s, FALSE) OR EXISTS (
        SELECT FROM project_billing_item item
         WHERE item.analytic_line_id = line.id
           AND item.quantity_open <> item.quantity)))
"""
#: Rows of the analysis (``%(row)s``) that a billing rule took.
OURS = """
    (%(row)s.so_line IS NULL AND EXISTS (
        SELECT FROM project_billing_item item WHERE item.analytic_line_id = %(row)s.id))
"""


class AccountAnalyticLine(models.Model):
    """Entries marked as non-billable have no item; entries in use cannot be marked."""

    _inherit = "account.analytic.line"

    billing_without_order = fields.Char(
        string="Billed Without an Order",
        compute="_compute_billing_without_order",
        groups="base.group_user",
        help="What is shown in place of a sales order item, of an entry without one.",
    )

    @api.depends_context("lang")
    def _compute_billing_without_order(self):
        """Return who bills time without an order, which Odoo calls “Non-billable”."""
        labels = dict(self._fields["billing_state"]._description_selection(self.env))
        ruled = self._billing_candidates() - self._billing_excluded()
        for line in self:
            ours = labels.get(line.billing_state)
            if not ours and line.billing_biller and not line.so_line:
                ours = line.billing_biller
            elif not ours and line in ruled:
                ours = line.env._("No billing rule")
            line.billing_without_order = ours or line.env._("Non-billable")

    def _billing_excluded(self):
        """Return the entries that are marked as non-billable."""
        if EXCLUDED not in self._fields:
            return self.browse()
        # sudo: whoever looks at the entry; the mark is for a group of its own
        return self.sudo().filtered(EXCLUDED).with_env(self.env)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if any(vals.get(EXCLUDED) for vals in vals_list):
            lines._billing_excluded()._billing_sync()
        return lines

    def write(self, vals):
        if EXCLUDED not in vals or EXCLUDED not in self._fields:
            return super().write(vals)
        if vals[EXCLUDED]:
            new = self - self._billing_excluded()
            new._billing_refuse_closed(new._billing_closed())
        result = super().write(vals)
        self._billing_sync()
        return result


class ProjectBillingKindTime(models.AbstractModel):
    """Leave out time that is marked as non-billable."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _entry_condition(self):
        condition = super()._entry_condition()
        if EXCLUDED not in self.env["account.analytic.line"]._fields:
            return condition
        return SQL(NOT_EXCLUDED, condition=condition, mark=SQL.identifier(EXCLUDED))

    @api.model
    def _flush_entries(self):
        entries = self.env["account.analytic.line"]
        if EXCLUDED in entries._fields:
            entries.flush_model([EXCLUDED])
        return super()._flush_entries()


class TimesheetsAnalysisReport(models.Model):
    """Count time that requests bill as billable in Odoo's own analysis."""

    _inherit = "timesheets.analysis.report"

    timesheet_invoice_type = fields.Selection(
        selection_add=[("billing_requests", "Billed by Requests")],
        ondelete={"billing_requests": "set null"},
    )
    billing_without_order = fields.Char(
        string="Billed Without an Order",
        compute="_compute_billing_without_order",
        groups="base.group_user",
    )

    @api.depends_context("lang")
    def _compute_billing_without_order(self):
        entries = self.env["account.analytic.line"].browse(self.ids)
        # sudo: the state of entries whose row the user may read, no amount
        texts = {entry.id: entry.billing_without_order for entry in entries.sudo()}
        for row in self:
            row.billing_without_order = texts[row.id]

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base`: Odoo calls all time without an order non-billable."""
        found = super()._field_to_sql(alias, field_expr, query)
        ours = {
            "timesheet_invoice_type": SQL("'billing_requests'"),
            "billable_time": SQL.identifier(alias, "unit_amount"),
            "non_billable_time": SQL("0"),
        }.get(field_expr)
        if ours is None:
            return found
        self.env["project.billing.item"].flush_model(["analytic_line_id"])
        return SQL(
            "(CASE WHEN %s THEN %s ELSE %s END)",
            SQL(OURS, row=SQL.identifier(alias)),
            ours,
            found,
        )
