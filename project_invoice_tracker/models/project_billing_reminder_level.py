"""Payment reminder levels: days before or after the due date, and their mail."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Default levels: name, days, mail template, whether the manager gets an activity.
#: The names are translated by :meth:`_default_name`.
DEFAULTS = (
    ("before", -3, "mail_template_reminder_before", False),
    ("first", 7, "mail_template_reminder_first", False),
    ("second", 21, "mail_template_reminder_second", False),
    ("last", 35, "mail_template_reminder_last", True),
)
MOST_DAYS = 3650


class ProjectBillingReminderLevel(models.Model):
    """One step in reminding a customer of an invoice.

    The highest level that an instalment has reached goes out, once; see
    :mod:`billing.reminders`. Customers may have levels of their own.
    """

    _name = "project.billing.reminder.level"
    _inherit = ["project.billing.input"]
    #: As customers read it on their reminders.
    _name_is_public = True
    _description = "Reminder Level"
    _order = "company_id, days, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    days = fields.Integer(
        required=True,
        help="After the due date of the invoice, or of one of its instalments. "
        "Negative: before it. A reminder before the due date never goes out later.",
    )
    for_all = fields.Boolean(
        string="For All Customers",
        default=True,
        help="Holds for every customer without own levels. Otherwise only for the "
        "customers that have this level.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-Mail",
        required=True,
        ondelete="restrict",
        domain="[('model', '=', 'project.billing.reminder')]",
        help="What the customer reads, in the customer's language.",
    )
    attach_statement = fields.Boolean(
        string="With Statement of Account",
        help="The mail has a PDF with everything that is open of the customer.",
    )
    attach_invoice = fields.Boolean(
        string="With Invoices",
        help="The mail has the PDF of each invoice again, as it was sent.",
    )
    create_activity = fields.Boolean(
        string="The Manager Acts",
        help="The project's manager gets an activity, to call the customer.",
    )

    _days_unique = models.UniqueIndex(
        "(company_id, days) WHERE active AND for_all",
        "There is a level for all customers on this day already.",
    )

    @api.constrains("days")
    def _check_days(self):
        for level in self:
            if abs(level.days) > MOST_DAYS:
                raise ValidationError(
                    self.env._(
                        "%(level)s: choose at most %(days)s days before or after the "
                        "due date.",
                        level=level.name,
                        days=MOST_DAYS,
                    )
                )

    @api.constrains("mail_template_id")
    def _check_template(self):
        for level in self:
            # sudo: which model the e-mail is written for
            model = level.sudo().mail_template_id.model
            if model != "project.billing.reminder":
                raise ValidationError(
                    self.env._(
                        "%s: choose an e-mail that is written for reminders.",
                        level.name,
                    )
                )

    @api.model
    def _create_defaults(self, companies=None):
        """Give the default levels to companies that never had one.

        :param companies: all of them by default
        """
        # sudo: what every company begins with, switched off or not
        levels_sudo = self.sudo().with_context(active_test=False, lang="en_US")
        companies = companies or levels_sudo.env["res.company"].search(
            [("active", "in", (True, False))]
        )
        known = {
            company.id for (company,) in levels_sudo._read_group([], ["company_id"])
        }
        for company in companies:
            if company.id not in known:
                levels_sudo._create_defaults_of(company)

    def _create_defaults_of(self, company):
        langs = [code for code, _name in self.env["res.lang"].get_installed()]
        for code, days, template, act in DEFAULTS:
            level = self.create(
                {
                    "name": self._default_name(code),
                    "company_id": company.id,
                    "days": days,
                    "create_activity": act,
                    "mail_template_id": self.env.ref(
                        f"project_invoice_tracker.{template}"
                    ).id,
                }
            )
            for lang in langs:
                named = level.with_context(lang=lang)
                named.name = named._default_name(code)

    def _default_name(self, code):
        """Return the name of a default level, by its code."""
        return {
            "before": self.env._("Before the due date"),
            "first": self.env._("First reminder"),
            "second": self.env._("Second reminder"),
            "last": self.env._("Last reminder"),
        }[code]


class ResCompany(models.Model):
    """New companies get the default reminder levels."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["project.billing.reminder.level"]._create_defaults(companies)
        return companies
