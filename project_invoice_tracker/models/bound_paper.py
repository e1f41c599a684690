"""Odoo's records that invoices print: a change of them voids approvals."""

from odoo import api, models

from . import bound_fields as bound


class ProjectBillingTemplate(models.Model):
    """Invoice layouts, whose texts are on the approved document."""

    _inherit = "project.billing.template"

    def write(self, vals):
        """Override to verify requests whose document uses these layouts."""
        result = super().write(vals)
        if vals.keys() - {"name"}:
            self.env["project.billing.request"]._verify_of_companies(
                self.company_id
                if all(self.mapped("company_id"))
                else self.company_id.browse(),
                self.env._("A billing template changed."),
            )
        return result


class ResCompany(models.Model):
    """Companies, whose layout applies where no other one is chosen."""

    _inherit = "res.company"

    def write(self, vals):
        """Override to verify requests when the company's layout changes."""
        result = super().write(vals)
        if "billing_template_id" in vals:
            self.env["project.billing.request"]._verify_of_companies(
                self, self.env._("The billing template of the company changed.")
            )
        return result


class AccountPaymentTermLine(models.Model):
    """Lines of payment terms: how much is due when."""

    _inherit = "account.payment.term.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to verify requests with these payment terms."""
        lines = super().create(vals_list)
        lines.payment_id._billing_verify_now()
        return lines

    def write(self, vals):
        """Override to verify requests with these payment terms."""
        terms = self.payment_id
        result = super().write(vals)
        (terms | self.payment_id)._billing_verify_now()
        return result

    def unlink(self):
        """Override to verify requests with these payment terms."""
        terms = self.payment_id
        result = super().unlink()
        terms.exists()._billing_verify_now()
        return result


class ResPartnerBank(models.Model):
    """Bank accounts that a customer pays to, or pays from."""

    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to verify requests that show the owner's bank account."""
        banks = super().create(vals_list)
        if not bound.is_later(self.env):
            banks.partner_id._billing_verify_banks()
        return banks

    def write(self, vals):
        """Override to verify requests that show these bank accounts."""
        partners = self.partner_id
        result = super().write(vals)
        if vals.keys() & set(bound.BANK_FIELDS) and not bound.is_later(self.env):
            (partners | self.partner_id)._billing_verify_banks()
        return result

    def unlink(self):
        """Override to verify requests that show these bank accounts."""
        partners = self.partner_id
        result = super().unlink()
        if not bound.is_later(self.env):
            partners._billing_verify_banks()
        return result


class ResPartner(models.Model):
    """Owners of bank accounts."""

    _inherit = "res.partner"

    def _billing_verify_banks(self, reason=None, renamed=True):
        """Verify the requests of these customers, or of these companies.

        :param str reason: what happened; by default, that a bank account changed
        :param renamed: whether the names of our companies may have changed
        """
        if not self:
            return
        reason = reason or self.env._("An account at a bank changed.")
        companies = self.env["res.company"]
        if renamed:
            # sudo: which of them are companies of ours
            companies = companies.sudo().search([("partner_id", "in", self.ids)])
        if companies:
            self.env["project.billing.request"]._verify_of_companies(companies, reason)
        self._billing_verify(reason)
