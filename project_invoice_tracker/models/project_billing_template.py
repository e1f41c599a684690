"""Templates: texts, details and attachments of a customer's documents."""

from odoo import api, fields, models

from ..const import ANNEX_DETAILS, PRICE_GROUPS

#: Groups that choose the template of a customer or project.
TEMPLATE_GROUPS = (
    "project_invoice_tracker.group_billing_manager,account.group_account_invoice"
)

#: Options where no template is chosen; also the defaults of a new one.
OPTIONS = {
    "in_sections": True,
    "detail": "rule",
    "show_entries": True,
    "show_person": True,
    "show_description": False,
    "show_value": False,
    "with_annex": True,
    "with_sign_offs": True,
    "with_receipts": True,
    "with_approvals": False,
}


class ProjectBillingTemplate(models.Model):
    """Which details, texts and attachments a customer's documents have.

    The template of the project takes precedence, then that of its customer, then that
    of the company. An invoice keeps the one that was chosen when it was posted.
    """

    _name = "project.billing.template"
    _inherit = ["project.billing.input"]
    _description = "Billing Template"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        ondelete="restrict",
        help="Leave empty for all companies.",
    )
    introduction = fields.Text(
        translate=True, help="Printed above the lines of the invoice and the pre-bill."
    )
    closing = fields.Text(
        translate=True, help="Printed below the total, before the personal message."
    )
    in_sections = fields.Boolean(
        string="Lines in Sections",
        default=OPTIONS["in_sections"],
        help="Time, costs, milestones and adjustments each have a section with its "
        "subtotal, when an invoice has several of them.",
    )
    detail = fields.Selection(
        ANNEX_DETAILS,
        string="Time Gathered",
        required=True,
        default=OPTIONS["detail"],
        help="How the annex gathers time; each group has its total.",
    )
    show_entries = fields.Boolean(
        string="Every Time Entry",
        default=OPTIONS["show_entries"],
        help="Otherwise only the totals of the groups.",
    )
    show_person = fields.Boolean(string="Who Worked", default=OPTIONS["show_person"])
    show_description = fields.Boolean(
        string="Description of the Work",
        default=OPTIONS["show_description"],
        help="What people wrote in their time entries. What follows // in it is "
        "internal and never printed.",
    )
    show_value = fields.Boolean(
        string="Value of Each Entry",
        default=OPTIONS["show_value"],
        help="Untaxed; the values add up to the lines of the invoice.",
    )
    with_annex = fields.Boolean(
        string="Annex",
        default=OPTIONS["with_annex"],
        help="The work behind the invoice: time, milestones, costs.",
    )
    with_sign_offs = fields.Boolean(
        string="Sign-Offs",
        default=OPTIONS["with_sign_offs"],
        help="Who accepted the milestones at the client, and when.",
    )
    with_receipts = fields.Boolean(
        string="Receipts",
        default=OPTIONS["with_receipts"],
        help="The files of the bills and expenses that are passed on, as pages.",
    )
    with_approvals = fields.Boolean(
        string="Approvals",
        default=OPTIONS["with_approvals"],
        help="Who approved the invoice on our side, and when.",
    )

    def _options(self):
        """Return the options of this template as plain values, or the defaults."""
        return {name: self[name] for name in OPTIONS} if self else dict(OPTIONS)

    @api.model
    def _of_requests(self, requests):
        """Return ``{request: template}``, maybe an empty one (elevated).

        :param requests: requests whose documents the caller may make
        """
        found = {}
        # sudo: the layout of a document that the caller may make
        for request in requests.sudo():
            company = request.company_id
            customer = request.partner_id
            candidates = (
                request.project_id.billing_template_id,
                customer.billing_template_id,
                customer.commercial_partner_id.billing_template_id,
                company.billing_template_id,
            )
            fitting = (
                template
                for template in candidates
                if template and template.company_id in (company, company.browse())
            )
            found[request] = next(fitting, self.sudo().browse())  # sudo: as above
        return found


class ProjectProject(models.Model):
    """The template of a project."""

    _inherit = "project.project"

    billing_template_id = fields.Many2one(
        "project.billing.template",
        check_company=True,
        ondelete="restrict",
        groups=TEMPLATE_GROUPS,
        help="What invoices of this project show and what goes along with them, if "
        "not as the customer or the company wants.",
    )
    billing_message = fields.Html(
        string="Personal Message of the Project",
        sanitize_overridable=False,
        groups=PRICE_GROUPS,
        help="Every new request of this project starts with it, and may change it.",
    )


class ResPartner(models.Model):
    """The template of a customer."""

    _inherit = "res.partner"

    billing_template_id = fields.Many2one(
        "project.billing.template",
        ondelete="restrict",
        groups=TEMPLATE_GROUPS,
        help="What invoices to this customer show and what goes along with them, if "
        "the project does not say otherwise.",
    )


class ResCompany(models.Model):
    """The default template of a company."""

    _inherit = "res.company"

    billing_template_id = fields.Many2one(
        "project.billing.template",
        ondelete="restrict",
        help="What invoices show and what goes along with them, if neither project "
        "nor customer say otherwise.",
    )


class ResConfigSettings(models.TransientModel):
    """The default template, on the settings page."""

    _inherit = "res.config.settings"

    billing_template_id = fields.Many2one(
        related="company_id.billing_template_id", readonly=False
    )
