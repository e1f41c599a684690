"""Odoo's records that requests depend on: a change of them voids approvals.

Each hook first asks whether an open request may depend on the record. Changes that the
hooks do not see (direct SQL, deeper settings) are found when the request is approved or
invoiced, and by the daily integrity checks.
"""

from odoo import api, models

from . import bound_fields as bound

PARTNER_FIELDS = {*bound.PARTNER_TERMS, *bound.PARTNER_PAPER}
#: The kinds of addresses that say whom, and where, an invoice is for.
ADDRESSES = {"invoice", "delivery"}


class ResPartner(models.Model):
    """Customers, whose terms are those of their requests."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to verify requests: the new contact may be an invoice address."""
        partners = super().create(vals_list)
        places = partners.filtered(
            lambda partner: partner.parent_id and partner.type in ADDRESSES
        )
        if places:
            places._billing_verify(self.env._("The addresses of the customer changed."))
        return partners

    def write(self, vals):
        """Override to verify the requests of a customer whose terms change."""
        concerned = bool(vals.keys() & PARTNER_FIELDS)
        partners = bound.later(self) if concerned else self
        result = super(ResPartner, partners).write(vals)
        if concerned:
            # the holder of an account has the name of the partner
            self._billing_verify_banks(
                self.env._("The terms of the customer changed."), renamed="name" in vals
            )
        return result

    def _billing_verify(self, reason):
        """Verify the open requests of these customers and of their contacts."""
        # the address of a delivery, too, is one of the whole company
        concerned = (self | self.commercial_partner_id).ids
        self.env["project.billing.request"]._verify_open(
            [
                "|",
                "|",
                ("partner_id", "child_of", concerned),
                ("project_id.partner_id", "child_of", concerned),
                ("project_id.billing_partner_id", "child_of", concerned),
            ],
            reason,
        )


class AccountTax(models.Model):
    """Taxes: their amounts are part of what was approved."""

    _inherit = "account.tax"

    def write(self, vals):
        """Override to verify requests with these taxes."""
        result = super().write(vals)
        if vals.keys() - bound.TAX_WORDS:
            self.env["project.billing.request"]._verify_of_companies(
                self.company_id, self.env._("A tax changed.")
            )
        return result


class AccountTaxRepartitionLine(models.Model):
    """Repartition lines of taxes: how much of each tax is owed."""

    _inherit = "account.tax.repartition.line"

    def write(self, vals):
        """Override to verify requests with these taxes."""
        result = super().write(vals)
        if vals.keys() & {"factor_percent", "repartition_type", "document_type"}:
            self.env["project.billing.request"]._verify_of_companies(
                self.company_id, self.env._("A tax changed.")
            )
        return result


class AccountFiscalPosition(models.Model):
    """Fiscal positions: which taxes a customer pays."""

    _inherit = "account.fiscal.position"

    def write(self, vals):
        """Override to verify requests with these fiscal positions."""
        result = super().write(vals)
        if vals.keys() - {"name", "note", "sequence"}:
            self.env["project.billing.request"]._verify_of_companies(
                self.company_id, self.env._("A fiscal position changed.")
            )
        return result


class AccountPaymentTerm(models.Model):
    """Payment terms: how much is due when; early payment may lower the tax."""

    _inherit = "account.payment.term"

    def write(self, vals):
        """Override to verify requests with these payment terms."""
        result = super(AccountPaymentTerm, bound.later(self)).write(vals)
        if vals.keys() & {*bound.TERM_FIELDS, "line_ids"}:
            self._billing_verify()
        return result

    def _billing_verify_now(self):
        """Verify the open requests with these terms, unless that is done later."""
        if not bound.is_later(self.env):
            self._billing_verify()

    def _billing_verify(self):
        """Verify the open requests with these terms."""
        self.env["project.billing.request"]._verify_open(
            [("payment_term_id", "in", self.ids)],
            self.env._("Payment terms changed."),
        )


class AccountAccount(models.Model):
    """Income accounts, whose taxes apply to services without taxes."""

    _inherit = "account.account"

    def write(self, vals):
        """Override to verify requests whose taxes come from these accounts."""
        result = super().write(vals)
        if "tax_ids" in vals:
            self.env["project.billing.request"]._verify_of_companies(
                self.company_ids, self.env._("The taxes of an account changed.")
            )
        return result


class ProductTemplate(models.Model):
    """Services, whose taxes are those of the lines."""

    _inherit = "product.template"

    def write(self, vals):
        """Override to verify requests with these services."""
        result = super().write(vals)
        if vals.keys() & {"taxes_id", "property_account_income_id", "categ_id"}:
            lines = [("product_tmpl_id", "in", self.ids)]
            self.env["project.billing.request"]._verify_open(
                [
                    "|",
                    ("line_ids.product_id", "any", lines),
                    ("line_ids.tax_product_id", "any", lines),
                ],
                self.env._("The taxes of a service changed."),
            )
        return result


class ProjectProject(models.Model):
    """Projects, whose customer is that of their requests."""

    _inherit = "project.project"

    def write(self, vals):
        """Override to verify requests of a project whose customer changes."""
        result = super().write(vals)
        if vals.keys() & {"partner_id", "billing_partner_id", "company_id"}:
            self.env["project.billing.request"]._verify_open(
                [("project_id", "in", self.ids)],
                self.env._("The project has another customer."),
            )
        elif "billing_template_id" in vals:
            self.env["project.billing.request"]._verify_open(
                [("project_id", "in", self.ids)],
                self.env._("The project has another billing template."),
            )
        return result


class ProjectBillingRule(models.Model):
    """Billing rules, whose currency is that of the requests."""

    _inherit = "project.billing.rule"

    def write(self, vals):
        """Override to verify requests when the currency of a rule changes."""
        projects = self.project_id
        result = super().write(vals)
        if "currency_id" in vals:
            self.env["project.billing.request"]._verify_open(
                [("project_id", "in", projects.ids)],
                self.env._("The project is billed in another currency."),
            )
        return result
