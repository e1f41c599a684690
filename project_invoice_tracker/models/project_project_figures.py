"""Amounts of projects: requested, invoiced, outstanding and overdue."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import BILLING_GROUPS

#: Requests on their way to the invoice.
ON_THE_WAY = ("draft", "submitted", "approved")


class ProjectProject(models.Model):
    """The figures of ``doc/figures.md``, summed for all displayed projects at once.

    Read as the user, in the currency of the contract: requests and invoices that the
    user may not read are in no sum.
    """

    _inherit = "project.project"

    billing_amount_requested = fields.Monetary(
        string="In Requests",
        compute="_compute_billing_amount_requested",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Untaxed amount of requests and draft invoices that are not posted yet.",
    )
    billing_amount_invoiced = fields.Monetary(
        string="Billed",
        compute="_compute_billing_invoice_figures",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Untaxed amount of posted invoices, less posted credit notes.",
    )
    billing_amount_outstanding = fields.Monetary(
        string="Outstanding",
        compute="_compute_billing_invoice_figures",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="What customers still have to pay, with taxes.",
    )
    billing_amount_overdue = fields.Monetary(
        string="Overdue",
        compute="_compute_billing_invoice_figures",
        search="_search_billing_amount_overdue",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="What was due before today and is not paid, with taxes.",
    )
    billing_days_late = fields.Integer(
        string="Days Late",
        compute="_compute_billing_invoice_figures",
        groups=BILLING_GROUPS,
        help="Since the oldest unpaid instalment was due.",
    )

    @api.depends_context("uid")
    def _compute_billing_amount_requested(self):
        totals = self._billing_sums(
            "project.billing.request",
            [("state", "in", ON_THE_WAY)],
            "amount_untaxed:sum",
        )
        drafts = self._billing_sums(
            "project.billing.invoice",
            [("state", "=", "draft"), ("credit", "=", False)],
            "amount_untaxed:sum",
        )
        for project in self:
            (asked,), (drafted,) = (
                found.get(project.id, (0.0,)) for found in (totals, drafts)
            )
            project.billing_amount_requested = asked + drafted

    @api.depends_context("uid")
    def _compute_billing_invoice_figures(self):
        totals = self._billing_sums(
            "project.billing.invoice",
            [("state", "=", "posted")],
            "amount_untaxed:sum",
            "amount_residual:sum",
            "amount_overdue:sum",
            "days_late:max",
        )
        for project in self:
            billed, left, overdue, late = totals.get(project.id, (0.0, 0.0, 0.0, 0))
            project.billing_amount_invoiced = billed
            project.billing_amount_outstanding = left
            project.billing_amount_overdue = overdue
            project.billing_days_late = late

    def _search_billing_amount_overdue(self, operator, value):
        """Find projects with an overdue invoice (``> 0`` only)."""
        if operator != ">" or value:
            return NotImplemented
        invoices = self.env["project.billing.invoice"]._search(
            [("amount_overdue", ">", 0)]
        )
        return Domain("id", "in", invoices.subselect("project_id"))

    def _billing_sums(self, model, domain, *aggregates):
        """Return ``{project id: sums}`` of what the user may read of a model.

        :param str model: one with ``project_id`` and ``currency_id``
        :param list domain: which of its records
        :param str aggregates: of its fields, as for ``_read_group``
        :returns: one tuple for each project, in the currency of its contract
        """
        records = self.env[model]
        if not self.ids or not records.has_access("read"):
            return {}
        return {
            project.id: tuple(sums)
            for project, currency, *sums in records._read_group(
                [("project_id", "in", self.ids), *domain],
                ["project_id", "currency_id"],
                list(aggregates),
            )
            if currency == project.billing_currency_id
        }
