"""Projects: who bills them, how, and how much is ready to bill."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..const import BILLING_GROUPS, BILLING_MANAGER
from ..exceptions import BillingError

#: Fields whose change may alter what is billed of a project, or at which price.
ITEM_FIELDS = {
    "company_id",
    "active",
    "partner_id",
    "billing_partner_id",
    "account_id",
}


class ProjectProject(models.Model):
    """A project with its billing rules and the amounts of its items."""

    _inherit = "project.project"

    billing_rule_ids = fields.One2many(
        "project.billing.rule",
        "project_id",
        string="Billing Rules",
        groups=BILLING_GROUPS,
        copy=False,
    )
    billing_partner_id = fields.Many2one(
        "res.partner",
        string="Invoice to",
        ondelete="restrict",
        groups=BILLING_GROUPS,
        help="Who gets the invoices, if not the customer of the project.",
    )
    billing_deputy_ids = fields.Many2many(
        "res.users",
        "project_billing_deputy_rel",
        string="Deputies",
        domain="[('share', '=', False)]",
        groups=BILLING_GROUPS,
        copy=False,
        tracking=True,
        help="Who may bill this project besides its manager, with the same rights and "
        "limits. They need the right to bill own projects.",
    )
    # what the record rules ask: one relation with an index, not "manager or deputy"
    billing_owner_ids = fields.Many2many(
        "res.users",
        "project_billing_owner_rel",
        string="Billed By",
        compute="_compute_billing_owner_ids",
        store=True,
        groups=BILLING_GROUPS,
        copy=False,
        help="The manager of the project and the deputies.",
    )
    billing_currency_id = fields.Many2one(
        "res.currency", compute="_compute_billing_currency_id", groups=BILLING_GROUPS
    )
    billing_amount_ready = fields.Monetary(
        string="Ready to Bill",
        compute="_compute_billing_amounts",
        search="_search_billing_amount_ready",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Open work that may be billed now.",
    )
    billing_amount_planned = fields.Monetary(
        string="Planned",
        compute="_compute_billing_amounts",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="Milestones that are not reached yet.",
    )
    billing_hours_ready = fields.Float(
        string="Hours to Bill",
        compute="_compute_billing_amounts",
        groups=BILLING_GROUPS,
    )
    billing_oldest_date = fields.Date(
        string="Oldest Unbilled",
        compute="_compute_billing_amounts",
        groups=BILLING_GROUPS,
    )
    billing_request_count = fields.Integer(
        compute="_compute_billing_request_count", groups=BILLING_GROUPS
    )
    billing_can_bill = fields.Boolean(
        compute="_compute_billing_can_bill", groups=BILLING_GROUPS
    )

    # === COMPUTE ===

    @api.depends("user_id", "billing_deputy_ids")
    def _compute_billing_owner_ids(self):
        for project in self:
            project.billing_owner_ids = project.user_id | project.billing_deputy_ids

    @api.depends("billing_rule_ids.currency_id", "company_id")
    def _compute_billing_currency_id(self):
        # sudo: the currency of the contract, known to whoever sees an amount; of all
        # rules together, which a slice of each project's would fetch one by one
        self.sudo().billing_rule_ids.fetch(["currency_id"])
        for project in self:
            rules_sudo = project.sudo().billing_rule_ids  # sudo: as above
            company = project.company_id or self.env.company
            project.billing_currency_id = (
                rules_sudo[:1].currency_id or company.currency_id
            )

    def _compute_billing_amounts(self):
        Item = self.env["project.billing.item"]
        totals = {}
        if self.ids and Item.has_access("read"):
            totals = {
                (project.id, ready): figures
                for project, ready, currency, *figures in Item._read_group(
                    [
                        ("project_id", "in", self.ids),
                        ("quantity_open", "!=", 0),
                        ("is_adjustment", "=", False),
                    ],
                    ["project_id", "ready", "currency_id"],
                    ["amount_open:sum", "hours_open:sum", "date:min"],
                )
                if currency == project.billing_currency_id
            }
        for project in self:
            amount, hours, oldest = totals.get((project.id, True), (0.0, 0.0, False))
            project.billing_amount_ready = amount
            project.billing_hours_ready = hours
            project.billing_oldest_date = oldest
            project.billing_amount_planned = totals.get((project.id, False), [0.0])[0]

    def _search_billing_amount_ready(self, operator, value):
        """Find projects with an amount ready to bill (``> 0`` or ``!= 0`` only)."""
        if operator not in (">", "!=", "not in") or (value and value != {0.0}):
            return NotImplemented
        items = self.env["project.billing.item"]._search(
            [("quantity_open", "!=", 0), ("ready", "=", True)]
        )
        return Domain("id", "in", items.subselect("project_id"))

    def _compute_billing_request_count(self):
        Request = self.env["project.billing.request"]
        counts = {}
        if Request.has_access("read"):
            counts = dict(
                Request._read_group(
                    [("project_id", "in", self.ids), ("state", "!=", "cancelled")],
                    ["project_id"],
                    ["__count"],
                )
            )
        for project in self:
            project.billing_request_count = counts.get(project, 0)

    @api.depends_context("uid")
    @api.depends("user_id", "billing_deputy_ids")
    def _compute_billing_can_bill(self):
        for project in self:
            project.billing_can_bill = (
                # sudo: only whether there is a rule
                project._billing_is_manager() and bool(project.sudo().billing_rule_ids)
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        projects = super().create(vals_list)
        projects._billing_check_owners()
        return projects

    def write(self, vals):
        self._billing_check_write(vals)
        result = super().write(vals)
        if "billing_owner_ids" in vals:
            self._billing_check_owners()
        if vals.keys() & ITEM_FIELDS:
            self._billing_sync_items()
        return result

    def _billing_check_owners(self):
        """Refuse to set owners directly: they follow from manager and deputies."""
        # sudo: comparison only; managers who are archived count on both sides
        for project in self.sudo().with_context(active_test=False):
            if project.billing_owner_ids != (
                project.user_id | project.billing_deputy_ids
            ):
                raise AccessError(
                    self.env._(
                        "Who bills %s follows from its manager and its deputies.",
                        project.name,
                    )
                )

    def _billing_check_write(self, vals):
        """Let billing managers who administer no projects write billing fields only."""
        user = self.env.user
        if self.env.su or user.has_group("project.group_project_manager"):
            return
        if user.has_group(BILLING_MANAGER):
            others = [name for name in vals if not name.startswith("billing_")]
            if others:
                raise AccessError(
                    self.env._(
                        "Only a project administrator may change this of a project."
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        # sudo: a project with requests stays, whoever may see them
        request = (
            self.env["project.billing.request"]
            .sudo()
            .search([("project_id", "in", self.ids)], limit=1)
        )
        if request:
            raise BillingError(
                self.env._(
                    "%(project)s has billing request %(request)s. "
                    "Archive the project instead of deleting it.",
                    project=request.project_id.name,
                    request=request.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_journal(self):
        # sudo: the history of a project stays, whoever may see it
        journal_sudo = self.env["project.billing.journal"].sudo()
        row = journal_sudo.search([("project_id", "in", self.ids)], limit=1)
        if row:
            raise BillingError(
                self.env._(
                    "%s has a billing history. Archive the project instead of "
                    "deleting it.",
                    row.project_id.name,
                )
            )
