"""Check that all that a request refers to is still active and complete.

Otherwise Odoo would find it only at posting, when the manager who could correct it is
not there.
"""

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine import is_engine
from ..exceptions import BillingError
from .service_terms import income_account, taxes_of

#: Days outside of this range are taken for typing errors.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
#: At most so many years are billed at once when the first day is given.
LONGEST_YEARS = 10


class ProjectBillingRequest(models.Model):
    """Refuse requests whose invoice could not be posted, with the remedy."""

    _inherit = "project.billing.request"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to explain how a request is made, instead of a database error."""
        if not is_engine(self.env):
            raise AccessError(
                self.env._(
                    "A billing request is made by billing a project: choose one and "
                    "press “Bill”."
                )
            )
        return super().create(vals_list)

    @api.model
    def _check_period(self, date_to, date_from):
        """Override to refuse days too far away, which are typing errors."""
        for day in (date_to, date_from):
            self._check_day(day)
        date_to, date_from = super()._check_period(date_to, date_from)
        if date_from and date_to > fields.Date.add(date_from, years=LONGEST_YEARS):
            raise BillingError(
                self.env._(
                    "The period covers more than %(years)s years: from %(start)s to "
                    "%(end)s. Check the years, or leave the first day empty.",
                    years=LONGEST_YEARS,
                    start=date_from,
                    end=date_to,
                )
            )
        return date_to, date_from

    @api.model
    def _check_day(self, day):
        """Refuse a day outside of the range; other methods refuse what is no date."""
        try:
            day = fields.Date.to_date(day)
        except (ValueError, TypeError):
            return
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise BillingError(
                self.env._(
                    "%(day)s is outside the allowed range of %(first)s to %(last)s.",
                    day=day,
                    first=FIRST_DAY,
                    last=LAST_DAY,
                )
            )

    def _check_can_submit(self):
        """Override to refuse requests whose invoice could not be posted."""
        result = super()._check_can_submit()
        self._check_alive()
        return result

    def _check_reason(self, reason):
        """Override to refuse a reason that is not a usable text."""
        result = super()._check_reason(reason)
        self._check_text(reason, self.env._("The reason"))
        return result

    def _create_invoices(self, contents=None):
        """Override to check again: something may have been archived since."""
        self._check_alive()
        return super()._create_invoices(contents)

    def _check_alive(self):
        """Refuse requests whose invoice accounting could not post.

        :raises BillingError: naming the request, what is archived or missing, and
            what to do
        """
        without = self.company_id.filtered(lambda c: not c._billing_sales_journals())
        for request in self:
            # sudo: customer, services, taxes and accounts of a checked request
            problem = request.sudo()._find_problem(without)
            if problem:
                raise BillingError(f"{request.name}: {problem}")

    def _find_problem(self, without_journal):
        """Return the first thing that is archived or missing, or nothing (elevated).

        :param without_journal: the companies that no invoice can be posted in
        """
        company = self.company_id
        if company in without_journal:
            return self.env._(
                "%s has no sales journal. Ask accounting to add one, or to activate "
                "the one that is archived.",
                company.name,
            )
        if not self.currency_id.active:
            return self._inactive_currency_message(self.currency_id)
        problem = self._find_customer_problem()
        for line in self.line_ids._live():
            problem = problem or line._find_problem()
        return problem

    def _find_customer_problem(self):
        """Return what is wrong with the customer, in words."""
        customer = self.partner_id
        if not customer.active:
            return self.env._(
                "the customer %s is archived. Activate it, or set another one on the "
                "project and bill it again.",
                customer.display_name,
            )
        for name in self.company_id._billing_required_of_customers():
            if not (customer[name] or customer.commercial_partner_id[name]):
                return self.env._(
                    "%(customer)s has no %(field)s, which %(company)s requires of its "
                    "customers. Enter it on the contact.",
                    customer=customer.display_name,
                    field=customer._fields[name]._description_string(self.env),
                    company=self.company_id.name,
                )
        return ""

    def _inactive_currency_message(self, currency):
        return self.env._(
            "The currency %s is not active. Ask accounting to activate it.",
            currency.name,
        )


class ProjectBillingLine(models.Model):
    """Checks of the service of a line, its taxes and its account."""

    _inherit = "project.billing.line"

    def _check_new_quantity(self, quantity, policy, reason):
        """Override to refuse a reason that is not a usable text."""
        self._check_text(reason, self.env._("The reason"))
        return super()._check_new_quantity(quantity, policy, reason)

    def _find_problem(self):
        """Return what of this line is archived, in words (elevated)."""
        self.ensure_one()
        product = self.product_id
        if not product.active:
            return self.env._(
                "the service %(service)s of “%(line)s” is archived. Activate it, or "
                "choose another one in the billing rule and bill the work again.",
                service=product.display_name,
                line=self.name,
            )
        taxed = (self.tax_product_id or product).with_context(active_test=False)
        taxes = taxes_of(taxed, self.company_id, taxed.env["account.fiscal.position"])
        archived = (self.tax_ids | taxes).filtered(lambda tax: not tax.active)
        if archived:
            return self.env._(
                "the tax %(tax)s of the service %(service)s is archived. Ask "
                "accounting to activate it, or to choose another on the service.",
                tax=archived[0].name,
                service=product.display_name,
            )
        account = self._income_account()
        if account and not account.active:
            return self.env._(
                "the income account %(account)s of the service %(service)s is "
                "archived. Ask accounting to activate it, or to choose another on the "
                "service or its category.",
                account=account.display_name,
                service=product.display_name,
            )
        return ""

    def _income_account(self):
        """Return the account that the invoice line gets from its service."""
        position = self.request_id.fiscal_position_id
        return income_account(self.product_id, self.company_id, position)


class ProjectProject(models.Model):
    """Refuse to bill a contract whose currency is not active."""

    _inherit = "project.project"

    def _billing_check_billable(self):
        """Override to name a currency that is not active."""
        result = super()._billing_check_billable()
        # sudo: as above, the caller checked that the user manages the project
        currency_sudo = self.sudo().billing_rule_ids[:1].currency_id
        if not currency_sudo.active:
            requests = self.env["project.billing.request"]
            raise BillingError(requests._inactive_currency_message(currency_sudo))
        return result


class ResCompany(models.Model):
    """The customer fields that a company requires, and its sales journals."""

    _inherit = "res.company"

    billing_require_address = fields.Boolean(
        string="Customers Need an Address",
        help="Billing requests for customers without street, city and country cannot "
        "be submitted.",
    )
    billing_require_vat = fields.Boolean(
        string="Customers Need a Tax ID",
        help="Billing requests for customers without a tax ID cannot be submitted.",
    )

    def _billing_required_of_customers(self):
        """Return the names of the fields that a customer must have.

        Overridden by whoever needs others, for instance for electronic invoices.
        """
        self.ensure_one()
        address = ["street", "city", "country_id"] * self.billing_require_address
        return address + ["vat"] * self.billing_require_vat

    def _billing_sales_journals(self):
        """Return the journals that an invoice of this company may get."""
        self.ensure_one()
        # sudo: which journal there is, for managers without an accounting right
        journals_sudo = self.env["account.journal"].sudo()
        domain = journals_sudo._check_company_domain(self)
        return journals_sudo.search([*domain, ("type", "=", "sale")])


class ResConfigSettings(models.TransientModel):
    """Required customer fields on the settings page."""

    _inherit = "res.config.settings"

    billing_require_address = fields.Boolean(
        related="company_id.billing_require_address", readonly=False
    )
    billing_require_vat = fields.Boolean(
        related="company_id.billing_require_vat", readonly=False
    )
