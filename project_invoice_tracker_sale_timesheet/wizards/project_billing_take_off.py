"""Confirm before the customer, or *Billable*, is removed from a billed project."""

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning

from odoo.addons.project_invoice_tracker.exceptions import BillingError


class ProjectBillingTakeOff(models.TransientModel):
    """Window that confirms the removal."""

    _name = "project.billing.take.off"
    _inherit = ["project.billing.input"]
    _description = "Take the Customer Off"

    project_ids = fields.Many2many("project.project", required=True)
    what = fields.Selection(
        [("partner", "The customer"), ("billable", "Billable")],
        required=True,
        default="partner",
    )
    note = fields.Text(compute="_compute_note")

    @api.depends("project_ids", "what")
    def _compute_note(self):
        for question in self:
            projects = question.project_ids._origin or question.project_ids
            question.note = projects._billing_take_off_note()

    def action_apply(self):
        """Remove it, as the user, who must be allowed to write the project.

        :returns: the action that loads the project again
        """
        self.ensure_one()
        if not self.project_ids:
            raise BillingError(self.env._("Choose at least one project."))
        values = {"partner_id": False}
        if self.what == "billable":
            values = {"allow_billable": False}
        self.project_ids.write(values)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class ProjectProject(models.Model):
    """Removing either also removes order items, rates and the customer of open work."""

    _inherit = "project.project"

    def web_save(self, vals, specification, next_id=None):
        """Override of `web`: confirm on the form; other callers are not asked."""
        self._billing_ask_to_take_off(vals)
        return super().web_save(vals, specification, next_id=next_id)

    def web_save_multi(self, vals_list, specification):
        """Override of `web`: confirm in lists as well."""
        for project, vals in zip(self, vals_list, strict=False):
            project._billing_ask_to_take_off(vals)
        return super().web_save_multi(vals_list, specification)

    def _billing_ask_to_take_off(self, vals):
        """Ask for a confirmation to remove the customer or *Billable*.

        :raises RedirectWarning: with the button that does it
        """
        # sudo: only whether they are set, and whether there is a rule
        projects_sudo = self.sudo()
        billed = projects_sudo.filtered("billing_rule_ids")
        if "allow_billable" in vals and not vals["allow_billable"]:
            concerned, what = billed.filtered("allow_billable"), "billable"
        elif "partner_id" in vals and not vals["partner_id"]:
            concerned, what = billed.filtered("partner_id"), "partner"
        else:
            return
        if not concerned:
            return
        projects = self.browse(concerned.ids)
        projects.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker_sale_timesheet.project_billing_take_off_action"
        )
        raise RedirectWarning(
            projects._billing_take_off_note(),
            action,
            self.env._("Take it off"),
            {"default_project_ids": projects.ids, "default_what": what},
        )

    def _billing_take_off_note(self):
        """Return what is lost with the customer or *Billable*, in words."""
        self.check_access("read")
        texts = []
        for project in self:
            # sudo: sentences on a project that the user may write
            orders = project.sudo()._billing_order_sentences()
            texts.append(
                self.env._(
                    "%s is billed: without a customer nothing more of it can be, and "
                    "without Billable its tasks and time lose their sales order "
                    "items as well.",
                    project.display_name,
                )
                + (f" {orders}" if orders else "")
            )
        return "\n".join(texts)
