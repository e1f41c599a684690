"""Payment reminders of companies and customers: whether, and by which levels."""

from odoo import api, fields, models

#: OCA's module that reminds of all invoices; where it is installed ours stays off.
OTHER = "account_credit_control"
#: Whether a customer is reminded of invoices, and by which levels.
CUSTOMER_REMINDERS = [
    ("company", "As all customers"),
    ("levels", "By own levels"),
    ("none", "No reminders"),
]
CUSTOMER_GROUPS = (
    "project_invoice_tracker.group_billing_user,account.group_account_invoice"
)
#: Those of them who may read the levels.
LEVEL_GROUPS = (
    "project_invoice_tracker.group_billing_manager,account.group_account_invoice"
)


class ResCompany(models.Model):
    """Payment reminders of a company; off until it switches them on."""

    _inherit = "res.company"

    billing_reminders = fields.Boolean(
        string="Remind Customers",
        help="Customers get an e-mail about unpaid invoices of projects, before and "
        "after the due date, by the levels of the company or of the customer.",
    )
    billing_reminders_from = fields.Date(
        string="Remind of What Is Due From",
        help="Invoices and instalments that were due before this day are left alone. "
        "Empty: all are reminded of.",
    )

    @api.model
    def _billing_switches(self):
        return [*super()._billing_switches(), "billing_reminders"]

    def _billing_reminders_on(self):
        """Tell whether this add-on reminds the customers of this company."""
        self.ensure_one()
        return self.billing_reminders and not self._billing_reminders_elsewhere()

    @api.model
    def _billing_reminders_elsewhere(self):
        """Tell whether another module reminds of invoices; this one then does not."""
        # sudo: whether a module is installed
        modules_sudo = self.env["ir.module.module"].sudo()
        return modules_sudo._get(OTHER).state in ("installed", "to upgrade")

    def _billing_default_reminder_levels(self):
        """Return the levels for customers without levels of their own."""
        self.ensure_one()
        return self.env["project.billing.reminder.level"].search(
            [("company_id", "=", self.id), ("for_all", "=", True)]
        )


class ResConfigSettings(models.TransientModel):
    """Payment reminders, on the settings page."""

    _inherit = "res.config.settings"

    billing_reminders = fields.Boolean(
        related="company_id.billing_reminders", readonly=False
    )
    billing_reminders_from = fields.Date(
        related="company_id.billing_reminders_from", readonly=False
    )
    billing_reminders_elsewhere = fields.Boolean(
        compute="_compute_billing_reminders_elsewhere",
        help="Another module reminds customers already.",
    )

    @api.depends("company_id")
    def _compute_billing_reminders_elsewhere(self):
        elsewhere = self.env["res.company"]._billing_reminders_elsewhere()
        for settings in self:
            settings.billing_reminders_elsewhere = elsewhere

    @api.onchange("billing_reminders")
    def _onchange_billing_reminders(self):
        """Propose to leave out invoices that were due before reminders were on."""
        company = self.company_id
        if self.billing_reminders and not company.billing_reminders:
            self.billing_reminders_from = (
                company.billing_reminders_from or company._billing_today()
            )


class ResPartner(models.Model):
    """Customers with other reminder levels, or without reminders."""

    _inherit = "res.partner"

    billing_reminders = fields.Selection(
        CUSTOMER_REMINDERS,
        string="Reminders of Invoices",
        company_dependent=True,
        groups=CUSTOMER_GROUPS,
        help="How this customer is reminded of unpaid invoices of projects.",
    )
    billing_reminder_level_ids = fields.Many2many(
        "project.billing.reminder.level",
        "project_billing_reminder_level_partner_rel",
        "partner_id",
        "level_id",
        string="Own Reminder Levels",
        groups=LEVEL_GROUPS,
        help="Instead of those of the company.",
    )

    def _billing_reminder_levels(self, company):
        """Return ``{customer: levels}``; no level where there are no reminders.

        Only for elevated records, read in the company that reminds.
        """
        default = company._billing_default_reminder_levels()
        none = default.browse()
        result = {}
        for partner in self.with_company(company):
            how = partner.billing_reminders or "company"
            own = partner.billing_reminder_level_ids.filtered(
                lambda level: level.company_id == company and level.active
            )
            chosen = {"company": default, "levels": own, "none": none}[how]
            result[partner.id] = chosen
        return result
