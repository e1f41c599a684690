"""Auto-approval limits (own limits): requests below them need no approval."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..billing import levels
from ..billing.periods import first_instant
from ..billing.rounding import exact_money
from ..const import BILLING_MANAGER
from .currency_step import step_of

#: The decision by which a request is approved within an own limit.
OWN = "approve_own"
LOGGED = ("amount", "amount_month")


class ProjectBillingLimit(models.Model):
    """The amount that one user may bill without approval, per request and per month.

    Both limits apply: a request is approved at once when it does not exceed the first
    one, and all requests approved this way in the calendar month do not exceed the
    second one.
    """

    _name = "project.billing.limit"
    _inherit = ["project.billing.input"]
    _description = "Own Billing Limit"
    _order = "company_id, user_id"
    _rec_name = "user_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        "res.users",
        "Manager",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Per Request",
        required=True,
        help="Untaxed amount up to which a request needs no approval.",
    )
    amount_month = fields.Monetary(
        string="Per Month",
        required=True,
        help="Untaxed amount up to which requests of a calendar month need none.",
    )
    amount_used = fields.Monetary(
        string="Used This Month",
        compute="_compute_amount_used",
        help="What was approved within the limit in the current month.",
    )
    uses = fields.Integer(
        readonly=True,
        default=0,
        copy=False,
        export_string_translation=False,
        help="Counts up with each use: two sessions cannot use the same rest.",
    )

    _user_uniq = models.Constraint(
        "UNIQUE (user_id, company_id)", "This user has a limit in the company already."
    )
    _amounts = models.Constraint(
        "CHECK (amount > 0 AND amount_month >= amount)",
        "A limit is above zero, and that of the month not below that of a request.",
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    @api.depends("user_id", "company_id")
    def _compute_amount_used(self):
        for limit in self:
            limit.amount_used = limit._used()

    # === CONSTRAINTS ===

    def _check_not_own(self):
        """Refuse to raise one's own limit, unless nobody else could.

        :raises ValidationError: naming the people who can
        """
        mine = self.env["res.users"]._billing_logins(self.env.user.ids)
        own = self.filtered(lambda limit: limit.user_id.id in mine)
        for company in own.company_id:
            group = self.env.ref(BILLING_MANAGER)
            # sudo: the members of a group, of whom only names are shown
            others = group.sudo().all_user_ids.filtered(
                lambda user, company=company: (
                    user.active and not user.share and company in user.company_ids
                )
            )
            others -= self.env.user | self.env.ref("base.user_root")
            if others:
                raise ValidationError(
                    self.env._(
                        "Nobody sets their own limit. Ask %s.",
                        ", ".join(others[:3].mapped("name")),
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        limits = super().create(vals_list)
        limits._check_not_own()
        limits._record({})
        return limits

    def write(self, vals):
        self.check_access("write")
        self._check_not_own()
        before = {limit.id: limit._logged() for limit in self}
        result = super().write(vals)
        self._check_not_own()
        self._record(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _record_unlink(self):
        self._record({limit.id: limit._logged() for limit in self}, gone=True)

    def _logged(self):
        return {"user": self.user_id.name, **{name: self[name] for name in LOGGED}}

    def _record(self, before, gone=False):
        """Log in the audit log what changed on these limits."""
        rows = [
            {
                "company_id": limit.company_id.id,
                "document": limit.user_id.name,
                "model": limit._name,
                "res_id": limit.id,
                "before": before.get(limit.id, {}),
                "after": {} if gone else limit._logged(),
            }
            for limit in self
        ]
        if rows:
            self.env["project.billing.journal"]._record("limit_changed", rows)

    # === BUSINESS ===

    @api.model
    def _of(self, user, companies):
        """Return the limits of a user in some companies (elevated)."""
        # sudo: the own limit, whatever its owner may read
        return self.sudo().search(
            [("user_id", "=", user.id), ("company_id", "in", companies.ids)]
        )

    def _used(self):
        """Return the amount approved within this limit in the current month."""
        self.ensure_one()
        today = self.company_id._billing_today()
        zone = self.company_id._billing_zone()
        start = today.replace(day=1)
        first = first_instant(start, zone)
        end = first_instant(start + relativedelta(months=1), zone)
        # sudo: own requests of projects that somebody else manages by now count too
        rows_sudo = self.env["project.billing.approval"].sudo()
        (total,) = rows_sudo._read_group(
            [
                ("decision", "=", OWN),
                ("valid", "=", True),
                ("user_id", "=", self.user_id.id),
                ("company_id", "=", self.company_id.id),
                ("date", ">=", first),
                ("date", "<", end),
            ],
            [],
            ["amount_company:sum"],
        )[0]
        return total or 0.0

    def _within(self, amounts):
        """Return the keys of the amounts that are within this limit, in order.

        :param amounts: ``{key: amount in company currency}``
        """
        self.ensure_one()
        self.env["project.billing.approval"].flush_model()
        step = step_of(self.currency_id)
        used, taken = exact_money(self._used(), step), []
        limit = exact_money(self.amount, step)
        month_limit = exact_money(self.amount_month, step)
        for key, amount in amounts.items():
            value = exact_money(amount, step)
            if levels.within(value, used, limit, month_limit):
                taken.append(key)
                used += value
        return taken

    def _take(self, amounts):
        """Return the keys of the amounts within this limit, and count them as used.

        If two sessions count at the same time, Odoo repeats the second one, which then
        sees what the first one used.

        :param amounts: ``{key: amount in company currency}``
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                "UPDATE project_billing_limit SET uses = uses + 1 WHERE id = %s",
                self.id,
            )
        )
        self.invalidate_recordset(["uses"])
        return self._within(amounts)
