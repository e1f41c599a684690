"""Records of the host that are on the paper: a change of them voids approvals."""

from odoo import api, models

from . import bound_fields as bound


class ProjectBillingTemplate(models.Model):
    """Templates: what they say is on the paper that was approved."""

    _inherit = "project.billing.template"

    def write(self, vals):
        """Override: requests are approved with the document as it is."""
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
    """Companies: the template that counts without another one."""

    _inherit = "res.company"

    def write(self, vals):
        """Override: requests are approved with the document as it is."""
        result = super().write(vals)
        if "billing_template_id" in vals:
            self.env["project.billing.request"]._verify_of_companies(
                self, self.env._("The billing template of the company changed.")
            )
        return result


class AccountPaymentTermLine(models.Model):
    """Payment terms: when how much is due."""

    _inherit = "account.payment.term.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: requests are approved with the days that were agreed."""
        lines = super().create(vals_list)
        lines.payment_id._billing_verify_now()
        return lines

    def write(self, vals):
        """Override: as above."""
        terms = self.payment_id
        result = super().write(vals)
        (terms | self.payment_id)._billing_verify_now()
        return result

    def unlink(self):
        """Override: as above."""
        terms = self.payment_id
        result = super().unlink()
        terms.exists()._billing_verify_now()
        return result


class ResPartnerBank(models.Model):
    """Accounts at banks: where the customer pays to, and pays from."""

    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: requests are approved with the account that is on the paper."""
        banks = super().create(vals_list)
        if not bound.is_later(self.env):
            banks.partner_id._billing_verify_banks()
        return banks

    def write(self, vals):
        """Override: as above."""
        partners = self.partner_id
        result = super().write(vals)
        if vals.keys() & set(bound.BANK_FIELDS) and not bound.is_later(self.env):
            (partners | self.partner_id)._billing_verify_banks()
        return result

    def unlink(self):
        """Override: as above."""
        partners = self.partner_id
        result = super().unlink()
        if not bound.is_later(self.env):
            partners._billing_verify_banks()
        return result


class ResPartner(models.Model):
    """Whose accounts they are."""

    _inherit = "res.partner"

    def _billing_verify_banks(self, reason=None, renamed=True):
        """Verify the requests of these customers, or of these companies.

        :param str reason: what happened; an account at a bank changed, without
        :param renamed: whether it concerns what companies of ours are called
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
