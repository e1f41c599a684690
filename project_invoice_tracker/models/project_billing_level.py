"""Approval levels of a company: on which conditions who has to approve what."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import levels
from ..billing.rounding import exact
from ..const import APPROVER_GROUP, LEVEL_COVERS

#: What is said in the journal of a change: the terms under which others decide.
LOGGED = (
    "name",
    "company_id",
    "sequence",
    "active",
    "amount_from",
    "discount_above",
    "required",
    "covers",
    "group_id",
    "approver_ids",
    "partner_ids",
    "project_tag_ids",
)


class ProjectBillingLevel(models.Model):
    """One approval that requests need when all of its conditions hold.

    A request takes the levels as they are when it is submitted; later changes of a
    level concern later requests. A request to which no level applies needs one approval
    by any billing approver.
    """

    _name = "project.billing.level"
    _inherit = ["project.billing.input"]
    _description = "Approval Level"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The levels of a request are asked in this order."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_from = fields.Monetary(
        string="From Amount",
        help="Untaxed amount from which this level is asked, in the currency of the "
        "company; 0 for every request.",
    )
    project_tag_ids = fields.Many2many(
        "project.tags",
        string="Project Tags",
        ondelete="restrict",
        help="Only for projects with one of these tags.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        ondelete="restrict",
        # a customer that is archived is meant still
        context={"active_test": False},
        help="Only for these customers, with all of their contacts.",
    )
    discount_above = fields.Float(
        string="Discount above (%)",
        digits="Discount",
        help="Only when a line has a discount above this percentage; 0 asks nothing.",
    )
    approver_ids = fields.Many2many(
        "res.users",
        string="Approvers",
        ondelete="restrict",
        domain="[('share', '=', False)]",
        help="Billing approvers who may decide on this level.",
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Approving Group",
        ondelete="restrict",
        help="The billing approvers in this group may decide on this level as well.",
    )
    required = fields.Integer(
        string="How Many",
        required=True,
        default=1,
        help="How many different people have to approve.",
    )
    covers = fields.Selection(
        LEVEL_COVERS,
        string="Answers for",
        required=True,
        default="everything",
        help="After a change, a level is asked again only if what it answers for "
        "changed.",
    )
    escalate_after_days = fields.Integer(
        string="Escalate after (Days)",
        help="Days without a decision after which others are told; 0 for never.",
    )
    escalate_to_ids = fields.Many2many(
        "res.users",
        "project_billing_level_escalate_rel",
        string="Escalate to",
        domain="[('share', '=', False)]",
    )

    _required_positive = models.Constraint(
        "CHECK (required >= 1)", "A level needs at least one approval."
    )
    _conditions = models.Constraint(
        "CHECK (amount_from >= 0 AND discount_above BETWEEN 0 AND 100"
        " AND escalate_after_days >= 0)",
        "An amount or a number of days is not negative, a discount is up to 100 %.",
    )

    # === CONSTRAINTS ===

    @api.constrains("approver_ids", "group_id", "active", "company_id", "required")
    def _check_approvers(self):
        for level in self.filtered("active"):
            if not level.approver_ids and not level.group_id:
                raise ValidationError(
                    self.env._(
                        "“%s” needs somebody to decide: choose approvers or a group.",
                        level.name,
                    )
                )
            if not level.group_id and len(level.approver_ids) < level.required:
                raise ValidationError(
                    self.env._(
                        "“%(level)s” asks %(count)s people and names %(named)s: add "
                        "approvers, or ask fewer.",
                        level=level.name,
                        count=level.required,
                        named=len(level.approver_ids),
                    )
                )
            for user in level.approver_ids:
                if not level._may_approve(user):
                    raise ValidationError(
                        self.env._(
                            "%(user)s cannot decide on “%(level)s”: make them a "
                            "billing approver of %(company)s first.",
                            user=user.name,
                            level=level.name,
                            company=level.company_id.name,
                        )
                    )

    def _may_approve(self, user):
        """Tell whether a user has approval rights in the company of this level."""
        # sudo: rights and companies of a user who is named as an approver
        user_sudo = user.sudo()
        return (
            user_sudo.active
            and self.company_id in user_sudo.company_ids
            and user_sudo.has_group(APPROVER_GROUP)
        )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._record({})
        created._choose_levels()
        return created

    def write(self, vals):
        before = {level.id: level._logged() for level in self}
        result = super().write(vals)
        self._record(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _record_unlink(self):
        self._record({level.id: level._logged() for level in self}, gone=True)

    def _choose_levels(self):
        """Set approval by levels for companies that have not chosen who approves."""
        # sudo: a switch of the company, by whoever may set its levels up
        companies = self.company_id.sudo()
        companies.filtered(
            lambda company: not company._billing_approval_chosen()
        ).billing_approval = "levels"

    def _logged(self):
        """Return the values of this level for the audit log, with names."""
        return {
            name: value.mapped("display_name")
            if isinstance(value := self[name], models.BaseModel)
            else value
            for name in LOGGED
        }

    def _record(self, before, gone=False):
        """Log in the audit log what changed on these levels."""
        rows = []
        for level in self:
            old, new = before.get(level.id, {}), {} if gone else level._logged()
            names = [name for name in LOGGED if old.get(name) != new.get(name)]
            if names:
                rows.append(
                    {
                        "company_id": level.company_id.id,
                        "document": level.name,
                        "model": level._name,
                        "res_id": level.id,
                        "before": {name: old[name] for name in names if name in old},
                        "after": {name: new[name] for name in names if name in new},
                    }
                )
        if rows:
            self.env["project.billing.journal"]._record("level_changed", rows)

    # === BUSINESS ===

    def _to_level(self):
        """Return this level as the plain value that :mod:`billing.levels` uses."""
        self.ensure_one()
        return levels.Level(
            id=self.id,
            sequence=self.sequence,
            amount_from=exact(self.amount_from),
            tag_ids=frozenset(self.project_tag_ids.ids),
            partner_ids=frozenset(self.partner_ids.commercial_partner_id.ids),
            discount_above=exact(self.discount_above),
        )

    def _approvers(self):
        """Return who may decide on this level as it stands now."""
        self.ensure_one()
        users = self.approver_ids | self.group_id.all_user_ids
        return users.filtered(self._may_approve)
