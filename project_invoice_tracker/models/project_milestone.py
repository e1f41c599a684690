"""Milestones: their price, and checks before a billed one is changed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..billing.allocation import share_error
from ..billing.rounding import exact
from ..const import (
    BILLING_GROUPS,
    BILLING_MANAGER,
    BILLING_STATES,
    CONTRACT_KINDS,
    PRICE_GROUPS,
    SHARE_DIGITS,
)
from ..exceptions import SourceClosed
from .closed_fields import would_change
from .phrases import number

PRICE_FIELDS = {"billing_basis", "billing_percentage", "billing_fixed_price"}
#: Fields whose change changes the item, or is refused once the item is in use.
CLOSED_FIELDS = PRICE_FIELDS | {"is_reached", "project_id"}
#: Fields that decide when and to whom a milestone with a price is billed.
GUARDED_FIELDS = {"is_reached", "project_id"}
ITEM_FIELDS = CLOSED_FIELDS | {
    "name",
    "deadline",
    "reached_date",
    "sequence",
    "billing_signed_off",
    "billing_signed_date",
    "billing_accepted_parts",
}

#: The same as :func:`joint_state`, of the items of a milestone.
JOINT_STATE = """
    CASE WHEN min(item.state) = max(item.state) THEN min(item.state)
         WHEN bool_or(item.state IN ('billed', 'partial', 'written_off'))
         THEN 'partial'
         WHEN bool_or(item.state = 'reserved') THEN 'reserved'
         ELSE 'open' END
"""


def joint_state(states):
    """Return the billing state of a source from those of its items, False without.

    :param list states: of its items, values of ``const.BILLING_STATES``
    """
    found = set(states)
    if len(found) <= 1:
        return found.pop() if found else False
    if found & {"billed", "partial", "written_off"}:
        return "partial"
    return "reserved" if "reserved" in found else "open"


class ProjectMilestone(models.Model):
    """Milestones priced by an amount or by a percentage of the contract amount."""

    _inherit = "project.milestone"

    # what is billed is tracked, and so is what makes it ready
    name = fields.Char(tracking=True)
    is_reached = fields.Boolean(tracking=True)
    reached_date = fields.Date(tracking=True)

    billing_basis = fields.Selection(
        [("fixed", "Amount"), ("percentage", "Percentage")],
        string="Billed by",
        copy=False,
        tracking=True,
        groups=PRICE_GROUPS,
        help="Leave empty when the milestone is not billed.",
    )
    billing_percentage = fields.Float(
        string="Share (%)",
        digits=SHARE_DIGITS,
        copy=False,
        tracking=True,
        groups=PRICE_GROUPS,
    )
    billing_fixed_price = fields.Monetary(
        string="Agreed Amount",
        currency_field="billing_currency_id",
        copy=False,
        tracking=True,
        groups=PRICE_GROUPS,
    )
    billing_currency_id = fields.Many2one(
        related="project_id.billing_currency_id", groups=BILLING_GROUPS
    )
    billing_item_ids = fields.One2many(
        "project.billing.item", "milestone_id", groups=BILLING_GROUPS
    )
    billing_price = fields.Monetary(
        string="Price",
        compute="_compute_billing_price",
        currency_field="billing_currency_id",
        groups=BILLING_GROUPS,
        help="The agreed amount, or the share of the contract amount.",
    )
    billing_state = fields.Selection(
        BILLING_STATES,
        string="Billing",
        compute="_compute_billing_price",
        search="_search_billing_state",
        groups=BILLING_GROUPS,
    )

    _billing_percentage_range = models.Constraint(
        "CHECK (billing_percentage IS NULL OR billing_percentage BETWEEN 0 AND 100)",
        "The share of a milestone is between 0 and 100 %.",
    )
    _billing_price_positive = models.Constraint(
        "CHECK (billing_fixed_price IS NULL OR billing_fixed_price >= 0)",
        "The price of a milestone cannot be negative.",
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    def _compute_billing_price(self):
        # no elevation: a colleague's milestone may be seen, its price may not
        items = self.env["project.billing.item"].search_fetch(
            [("milestone_id", "in", self.ids)], ["milestone_id", "amount", "state"]
        )
        by_milestone = items.grouped("milestone_id")
        for milestone in self:
            # accepted in parts, a milestone has an item for each
            parts = by_milestone.get(milestone._origin, items.browse())
            milestone.billing_price = sum(parts.mapped("amount"))
            milestone.billing_state = joint_state(parts.mapped("state"))

    def _search_billing_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # the rules of items hold here as well: others' states are nobody's business
        visible = self.env["project.billing.item"]._search([]).subselect()
        billed = SQL(
            "SELECT item.milestone_id FROM project_billing_item item"
            " WHERE item.milestone_id IS NOT NULL AND item.id IN %s"
            " GROUP BY item.milestone_id",
            visible,
        )
        states = tuple(state for state in value if state)
        domain = Domain.FALSE
        if states:
            having = SQL("%s HAVING %s IN %s", billed, SQL(JOINT_STATE), states)
            domain = Domain("id", "in", having)
        return domain | Domain("id", "not in", billed) if False in value else domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base` to group milestones by their billing state."""
        if field_expr != "billing_state":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        # the rules of items hold here as well: others' states are nobody's business
        visible = self.env["project.billing.item"]._search([])
        return SQL(
            "(SELECT %s FROM project_billing_item item"
            " WHERE item.milestone_id = %s AND item.id IN %s"
            " HAVING count(*) > 0)",
            SQL(JOINT_STATE),
            SQL.identifier(alias, "id"),
            visible.subselect(),
        )

    # === CONSTRAINTS ===

    @api.constrains(*PRICE_FIELDS, "project_id")
    def _check_billing_prices(self):
        """Refuse prices that together exceed the contract amount."""
        for project in self.project_id:
            # sudo: rules and prices of a project whose milestone is written
            project_sudo = project.sudo()
            rule = project_sudo.billing_rule_ids.filtered(
                lambda rule: rule._bills_milestones()
            )[:1]
            milestones = project_sudo.milestone_ids
            shares = [
                exact(milestone.billing_percentage)
                for milestone in milestones
                if milestone.billing_basis == "percentage"
            ]
            share = sum(shares, exact(0))
            if share > 100 + share_error(len(shares)):
                raise ValidationError(
                    self.env._(
                        "The milestones of %(project)s total %(share)s %% of the "
                        "contract amount.",
                        project=project.name,
                        share=number(self.env, share.normalize()),
                    )
                )
            rule._check_contract()
            if not rule.contract_amount:
                continue
            total = float(rule._agreed_total(rule._milestone_prices()))
            contract = float(rule._billing_agreed(rule.contract_amount))
            if rule.currency_id.compare_amounts(total, contract) > 0:
                raise ValidationError(
                    self.env._(
                        "The milestones of %(project)s total %(total)s, more than "
                        "the contract amount %(contract)s.",
                        project=project.name,
                        total=format_amount(self.env, total, rule.currency_id),
                        contract=format_amount(self.env, contract, rule.currency_id),
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        milestones = super().create(vals_list)
        # sudo: the records are looked at, not the values: defaults end here as well
        priced = milestones.sudo().filtered(
            lambda milestone: any(milestone[name] for name in PRICE_FIELDS)
        )
        if priced:
            self._billing_check_configure()
        milestones._billing_sync()
        return milestones

    def write(self, vals):
        if not vals.keys() & ITEM_FIELDS:
            return super().write(vals)
        if vals.keys() & PRICE_FIELDS:
            self._billing_check_configure()
        self._billing_check_open(vals)
        self._billing_check_guarded(vals)
        projects = self.project_id
        result = super().write(vals)
        self._billing_sync(projects)
        return result

    def unlink(self):
        item = self.env["project.billing.item"]
        self._billing_refuse_closed(item._closed_by("milestone_id", self.ids))
        self._billing_check_manages()
        item._drop_items_of("milestone_id", self.ids)
        projects = self.project_id
        # sudo: reports of progress go with their milestone, unless they are in use
        self.env["project.billing.progress"].sudo().search(
            [("milestone_id", "in", self.ids)]
        ).unlink()
        result = super().unlink()
        self.browse()._billing_sync(projects)
        return result

    # === BUSINESS ===

    def _billing_in_order(self):
        """Return these milestones in the order in which they are billed."""
        return self.sorted(
            lambda m: (m.sequence, m.deadline or m.create_date.date(), m.id)
        )

    def _billing_sync(self, projects=None):
        """Bring the items of these milestones and their siblings up to date."""
        projects = self.project_id | (projects or self.project_id)
        self.flush_model()
        for name in CONTRACT_KINDS:
            billed = self.env["project.billing.rule"]._billed_project_ids(name)
            followed = projects.filtered(lambda p, ids=billed: p.id in ids)
            if followed:
                kind = self.env["project.billing.kind"]._get(name)
                kind.sudo()._sync_items(followed.sudo())  # sudo: items follow sources

    def _billing_check_configure(self):
        """Refuse price changes by users who may not configure billing."""
        if not self.env.su and not self.env.user.has_group(BILLING_MANAGER):
            raise AccessError(
                self.env._("Only those who configure billing may price a milestone.")
            )

    def _billing_check_guarded(self, vals):
        """Allow only project managers to reach or move a milestone with a price."""
        # sudo: comparison of fields that the caller writes anyway
        changed = self.filtered(
            lambda milestone: any(
                would_change(milestone.sudo(), name, vals[name])
                for name in vals.keys() & GUARDED_FIELDS
            )
        )
        target = self.env["project.project"].browse(vals.get("project_id") or [])
        changed._billing_check_manages(target)

    def _billing_check_manages(self, target=None):
        """Refuse milestones with a price to who does not manage their project.

        :param target: the project that they are moved to
        :raises AccessError: naming the milestone and who may
        """
        if self.env.su:
            return
        for milestone in self:
            # sudo: whether there is a price, which the user may not know
            milestone_sudo = milestone.sudo()
            if not milestone_sudo.billing_item_ids and not any(
                milestone_sudo[name] for name in PRICE_FIELDS
            ):
                continue
            projects = milestone.project_id | (target or milestone.project_id)
            if not all(project._billing_manages() for project in projects):
                raise AccessError(
                    self.env._(
                        "“%(milestone)s” is billed. It is reached, moved or deleted "
                        "only by who manages its project, %(manager)s, or may bill it.",
                        milestone=milestone.name,
                        # sudo: whom to ask
                        manager=milestone_sudo.project_id.user_id.name
                        or self.env._("nobody yet"),
                    )
                )

    def _billing_check_open(self, vals):
        """Refuse to change what a request or an invoice holds already."""
        # sudo: comparison of fields that the caller writes anyway
        changed = self.filtered(
            lambda milestone: any(
                would_change(milestone.sudo(), name, vals[name])
                for name in vals.keys() & CLOSED_FIELDS
            )
        )
        item = self.env["project.billing.item"]
        self._billing_refuse_closed(item._closed_by("milestone_id", changed.ids))

    def _billing_refuse_closed(self, closed):
        for milestone_id, holder in closed.items():
            raise SourceClosed(
                self.env._(
                    "Milestone “%(milestone)s” is in %(holder)s. Take it out there, "
                    "or credit the invoice, before changing it.",
                    milestone=self.browse(milestone_id).name,
                    holder=holder,
                )
            )
