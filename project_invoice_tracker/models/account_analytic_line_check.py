"""The time check: a manager marks time entries as right before they are billed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine import is_engine
from .account_analytic_line import CLOSED_FIELDS
from .closed_fields import would_change

#: Written by the methods of the items only.
CHECK_FIELDS = {"billing_checked", "billing_checked_by_id", "billing_checked_on"}
#: The update is what a worker who edits an entry at this moment collides on.
SET_CHECKED = """
    UPDATE account_analytic_line
       SET billing_checked = %(checked)s, billing_checked_by_id = %(user)s,
           billing_checked_on = %(moment)s
     WHERE id IN %(ids)s AND billing_checked IS DISTINCT FROM %(checked)s
"""
#: Items that are not in use follow; of an entry in use, all parts stay as they are.
FOLLOW_CHECK = """
    UPDATE project_billing_item item SET ready = (%(ready)s)
      FROM account_analytic_line line
     WHERE line.id = item.analytic_line_id AND item.kind = 'time' AND %(which)s
       AND item.ready IS DISTINCT FROM (%(ready)s)
       -- what waits for something else says so, and is no more ready for a check
       AND item.held_back IS NOT TRUE
       AND NOT EXISTS (SELECT FROM project_billing_item part
                        WHERE part.analytic_line_id = item.analytic_line_id
                          AND part.quantity_open <> part.quantity)
"""


class AccountAnalyticLine(models.Model):
    """A time entry and its check, which any change of the checked values undoes."""

    _inherit = "account.analytic.line"

    billing_checked = fields.Boolean(
        string="Checked",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The manager of the project has checked this time. A change of it has to "
        "be checked again.",
    )
    billing_checked_by_id = fields.Many2one(
        "res.users",
        string="Checked By",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
    )
    billing_checked_on = fields.Datetime(
        string="Checked On", readonly=True, copy=False, groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not is_engine(self.env):
            # sudo: the records, not the values: defaults in the context end here too
            forged = lines.sudo().filtered(
                lambda line: any(line[name] for name in CHECK_FIELDS)
            )
            if forged:
                self._billing_refuse_check()
        return lines

    def write(self, vals):
        if vals.keys() & CHECK_FIELDS and not is_engine(self.env):
            self._billing_refuse_check()
        names = vals.keys() & CLOSED_FIELDS
        # before: the items are then made true for what is written
        self._billing_candidates().filtered(
            lambda line: (
                line.sudo().billing_checked  # sudo: hidden from portal users
                and any(would_change(line, name, vals[name]) for name in names)
            )
        )._billing_set_checked(False)
        return super().write(vals)

    def _billing_changed(self, before):
        """Override to undo the check where a field of another add-on changed."""
        changed = super()._billing_changed(before)
        # sudo: hidden from portal users
        checked = changed.filtered(lambda line: line.sudo().billing_checked)
        checked._billing_set_checked(False)
        return changed

    def _billing_refuse_check(self):
        raise AccessError(
            self.env._(
                "Time is checked by the manager of its project, by the button in "
                "“Check Time”, and not by writing the field."
            )
        )

    def _billing_set_checked(self, checked):
        """Mark these entries as checked, or as not checked; their items follow.

        Two statements, however many entries there are. The caller checked the rights.
        """
        if not self:
            return
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                SET_CHECKED,
                checked=checked,
                user=self.env.uid if checked else None,
                moment=fields.Datetime.now() if checked else None,
                ids=tuple(self.ids),
            )
        )
        self.invalidate_recordset(CHECK_FIELDS, flush=False)
        self._billing_follow_check(SQL("line.id IN %s", tuple(self.ids)))

    @api.model
    def _billing_follow_check(self, which):
        """Set which items of entries are ready to bill, by the check.

        :param SQL which: condition on the entries (alias ``line``)
        """
        items = self.env["project.billing.item"]
        items.flush_model()
        kind = self.env["project.billing.kind"]._get("time")
        self.env.cr.execute(
            SQL(FOLLOW_CHECK, ready=kind._ready_condition(), which=which)
        )
        items._invalidate()
