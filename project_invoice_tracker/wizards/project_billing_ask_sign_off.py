"""Window for a request for acceptance: which contacts get the link."""

from odoo import api, fields, models


class ProjectBillingAskSignOff(models.TransientModel):
    """Recipients and a note. Created by ``action_billing_ask_sign_off`` only."""

    _name = "project.billing.ask.sign.off"
    _inherit = ["project.billing.input"]
    _description = "Ask for Sign-Off"

    milestone_ids = fields.Many2many(
        "project.milestone", string="Milestones", required=True, readonly=True
    )
    customer_ids = fields.Many2many(
        "res.partner",
        "project_billing_ask_customer_rel",
        string="Customers",
        compute="_compute_customer_ids",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "project_billing_ask_partner_rel",
        string="To",
        help="Contacts of the customer with an e-mail address; each gets a link of "
        "their own. Whoever of them has a login finds it on the portal as well.",
    )
    note = fields.Text(string="Message", help="A few words to the client.")
    deadline_note = fields.Char(compute="_compute_deadline_note")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        # not a constraint: Odoo runs those with elevated rights
        wizards.milestone_ids.check_access("read")
        return wizards

    @api.depends("milestone_ids")
    def _compute_customer_ids(self):
        for wizard in self:
            # sudo: customers of the projects, as the domain of the contacts
            projects_sudo = wizard.milestone_ids.project_id.sudo()
            customers = projects_sudo.partner_id | projects_sudo.billing_partner_id
            wizard.customer_ids = customers.commercial_partner_id

    @api.depends("milestone_ids")
    def _compute_deadline_note(self):
        for wizard in self:
            rule = wizard.milestone_ids[:1] and (
                wizard.milestone_ids[:1]._billing_sign_off_rule()
            )
            wizard.deadline_note = rule and (
                rule.deemed_days
                and self.env._(
                    "The mail says that it counts as accepted after %s days without an "
                    "answer.",
                    rule.deemed_days,
                )
            )

    def action_ask(self):
        """Send the links."""
        self.ensure_one()
        self.milestone_ids.action_billing_ask_sign_off(
            self.partner_ids.ids, self.note or ""
        )
        return {"type": "ir.actions.act_window_close"}
