"""Milestones: either a sales order delivers them, or a billing request bills them."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.const import BILLING_GROUPS
from odoo.addons.project_invoice_tracker.exceptions import BillingError, SourceClosed

from .claim_sql import FOLLOW_MILESTONES, MILESTONE_GUARD
from .former_sql import paid


class ProjectMilestone(models.Model):
    """No sales order bills a milestone that a request holds."""

    _inherit = "project.milestone"

    billing_held = fields.Boolean(
        string="Held by a Billing Request",
        copy=False,
        readonly=True,
        groups=BILLING_GROUPS,
        export_string_translation=False,
    )

    @api.private
    def init(self):
        """Create the trigger that refuses a milestone which both sides would bill."""
        result = super().init()
        self.env.cr.execute(MILESTONE_GUARD)
        return result

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {key.removeprefix("default_") for key in self.env.context}
        self._billing_refuse_held(*vals_list, defaults)
        return super().create(vals_list)

    def write(self, vals):
        self._billing_refuse_held(vals)
        if "sale_line_id" not in vals:
            return super().write(vals)
        if vals["sale_line_id"]:
            self._billing_check_free(vals["sale_line_id"])
        result = super().write(vals)
        self._billing_sync()
        return result

    def _billing_refuse_held(self, *vals_list):
        if any("billing_held" in vals for vals in vals_list):
            raise AccessError(
                self.env._("Whether a milestone is held is kept by billing requests.")
            )

    # === OWNERSHIP ===

    def _billing_ours(self):
        """Return the milestones that no sales order bills."""
        # sudo: only whether there is an order item
        ours_sudo = self.sudo().filtered(
            lambda milestone: milestone.billing_held or not milestone.sale_line_id
        )
        return ours_sudo.with_env(self.env) - self._billing_paid_to_orders()

    def _billing_paid_to_orders(self):
        """Return the milestones that an order had, and is paid for."""
        if not self.ids:
            return self
        self.env["project.billing.order.memory"]._flush()
        rows = self.env.execute_query(
            SQL(
                "SELECT milestone.id FROM project_milestone milestone"
                " WHERE milestone.id IN %s AND %s",
                tuple(self.ids),
                paid(self.env, "milestone_id", SQL("milestone.id")),
            )
        )
        return self.browse([row[0] for row in rows])

    def _billing_check_free(self, sale_line_id):
        """Refuse to give an order what a request or an invoice holds.

        :raises SourceClosed: naming the holder and the remedy
        """
        # sudo: whoever writes the milestone
        held = self.sudo().filtered(
            lambda each: each.billing_held and each.sale_line_id.id != sale_line_id
        )
        if not held:
            return
        milestone = held[0]
        item = self.env["project.billing.item"]
        reports = self.env["project.billing.progress"].sudo()  # sudo: as above
        holder = item._closed_by("milestone_id", milestone.ids).get(milestone.id)
        if not holder:
            own = reports.search([("milestone_id", "=", milestone.id)])
            holder = next(iter(item._closed_by("progress_id", own.ids).values()), "")
        raise SourceClosed(
            self.env._(
                "Milestone “%(milestone)s” is in %(holder)s. Take it out there, or "
                "credit the invoice, before a sales order bills it.",
                milestone=milestone.name,
                holder=holder,
            )
        )

    def _billing_refuse_ordered(self):
        """Refuse milestones that a request would take from an order.

        :raises BillingError: naming the sales order and the remedy
        """
        # sudo: the number of the order and the name of the milestone only
        milestone = self.sudo()[:1]
        raise BillingError(
            self.env._(
                "Milestone “%(milestone)s” is billed by sales order %(order)s. Take "
                "the sales order item off it to bill it here.",
                milestone=milestone.name,
                order=milestone.sale_line_id.order_id.name,
            )
        )

    @api.model
    def _billing_follow_claims(self, only):
        """Write on milestones whether a request holds them.

        :param SQL only: which milestones, as what follows ``IN``
        :returns: those with an order item that were not ours before, but are now
        """
        self.flush_model(["sale_line_id"])
        rows = self.env.execute_query(SQL(FOLLOW_MILESTONES, only=only))
        if rows:
            changed = self.browse([row[0] for row in rows])
            changed.invalidate_recordset(["billing_held"], flush=False)
        return self.browse([row[0] for row in rows if row[1] and row[2]])
