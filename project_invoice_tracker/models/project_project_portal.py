"""Projects on the customer portal: which ones a customer sees, and their list."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..const import BILLING_GROUPS
from .project_milestone_acceptance import OPEN_STATES


class ProjectProject(models.Model):
    """The projects that a customer may see, as plain values.

    Odoo's record rules know followers, not customers. So the pages read with elevated
    rights exactly what these domains select, and nothing else.
    """

    _inherit = "project.project"

    billing_portal_hidden = fields.Boolean(
        string="Hide from the Client",
        groups=BILLING_GROUPS,
        copy=False,
        help="The project is not on the customer portal. Its invoices still are.",
    )
    billing_portal_unbilled = fields.Boolean(
        string="Show Unbilled Work to the Client",
        groups=BILLING_GROUPS,
        copy=False,
        help="The client reads on the portal what is done and not invoiced yet.",
    )

    # === WHOSE ===

    @api.model
    def _billing_portal_projects(self, user):
        """Return the projects of a portal user (elevated).

        These are the projects whose customer is the user's commercial entity, and those
        of which that entity was sent an invoice; of the companies that the user may
        see.
        """
        customer = user.partner_id.commercial_partner_id
        # sudo: read by the domain below, which names the projects of this customer
        projects_sudo = self.sudo().with_context(active_test=True)
        if not customer or not user.share:
            # a colleague is no customer, though the contact is one of the own company's
            return projects_sudo.browse()
        return projects_sudo.search(
            self._billing_portal_domain(customer, user.company_ids),
            order="name, id",
        )

    @api.model
    def _billing_portal_domain(self, customer, companies):
        """Return the domain of the projects of a commercial entity."""
        # sudo: only which projects this customer was sent invoices of
        requests_sudo = self.env["project.billing.request"].sudo()
        billed = requests_sudo._search(
            [
                ("state", "=", "invoiced"),
                ("invoice_id.state", "=", "posted"),
                ("invoice_id.commercial_partner_id", "=", customer.id),
            ]
        )
        return (
            Domain("is_template", "=", False)
            & Domain("billing_portal_hidden", "=", False)
            & Domain("company_id", "in", [False, *companies.ids])
            & (
                Domain("id", "in", billed.subselect("project_id"))
                | (
                    Domain("billing_rule_ids", "!=", False)
                    & (
                        Domain("partner_id.commercial_partner_id", "=", customer.id)
                        | Domain(
                            "billing_partner_id.commercial_partner_id",
                            "=",
                            customer.id,
                        )
                    )
                )
            )
        )

    def _billing_portal_role(self, customer):
        """Return the role of a commercial entity in this project.

        ``payer``: gets the invoices and reads the terms. ``customer``: the work is done
        for them, and somebody else pays, so they see no prices. ``former``: was sent an
        invoice once and reads these invoices only.
        """
        self.ensure_one()
        if self._billing_customer().commercial_partner_id == customer:
            return "payer"
        if self.partner_id.commercial_partner_id == customer:
            return "customer"
        return "former"

    # === LIST ===

    def _billing_portal_cards(self, user):
        """Return ``[dict]``: the projects with their amounts, for the list."""
        customer = user.partner_id.commercial_partner_id
        money = self._billing_portal_money(customer, user.company_ids)
        waiting = self._billing_portal_waiting(customer)
        return [
            {
                "id": project.id,
                "name": project.name,
                "manager": project.user_id.name or "",
                "company": project.company_id.name or "",
                "money": money.get(project.id, []),
                "waiting": len(waiting.get(project.id, [])),
            }
            for project in self
        ]

    def _billing_portal_waiting(self, customer):
        """Return ``{project id: milestones}`` that wait to be accepted."""
        # sudo: milestones of projects that were found for this customer
        milestones_sudo = self.env["project.milestone"].sudo()
        found = milestones_sudo.search(
            [
                ("project_id", "in", self.ids),
                ("billing_sign_off_state", "in", OPEN_STATES),
            ]
        )
        return {
            project.id: milestones
            for project, milestones in found.grouped("project_id").items()
            if project._billing_portal_role(customer) != "former"
        }

    @api.model
    def _billing_portal_invoice_domain(self, customer, companies):
        """Return the domain of a customer's own posted documents."""
        return (
            Domain("state", "=", "posted")
            & Domain("partner_id", "=", customer.id)
            & Domain("company_id", "in", companies.ids)
        )

    def _billing_portal_money(self, customer, companies):
        """Return ``{project id: [dict]}``: invoiced and paid amounts by currency.

        Amounts include taxes; credit notes are subtracted.
        """
        # sudo: documents of this customer only, see the domain
        invoices_sudo = self.env["project.billing.invoice"].sudo()
        names = ("amount_total", "amount_paid", "amount_residual", "amount_overdue")
        groups = invoices_sudo._read_group(
            self._billing_portal_invoice_domain(customer, companies)
            & Domain("project_id", "in", self.ids),
            ["project_id", "currency_id"],
            [f"{name}:sum" for name in names],
        )
        result = {}
        for project, currency, billed, paid, outstanding, overdue in groups:
            result.setdefault(project.id, []).append(
                {
                    "billed": self._billing_portal_amount(billed, currency),
                    "paid": self._billing_portal_amount(paid, currency),
                    "outstanding": self._billing_portal_amount(outstanding, currency),
                    "overdue": currency.compare_amounts(overdue, 0) > 0
                    and self._billing_portal_amount(overdue, currency),
                    "is_open": not currency.is_zero(outstanding),
                }
            )
        return result

    # === PLAIN TEXTS ===

    def _billing_portal_amount(self, amount, currency):
        """Return an amount as the reader's language writes it."""
        return format_amount(self.env, amount, currency)

    def _billing_portal_day(self, day):
        """Return a day as the reader's language writes it, or an empty text."""
        return format_date(self.env, day) if day else ""
