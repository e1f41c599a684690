"""Caps: the most that may be billed under some rules or a customer's order."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_amount

from ..billing.rounding import exact, minutes_from_hours
from ..const import CAP_POLICIES, PROJECT_GROUPS
from .cap_sql import LOCK_CAPS
from .open_sql import AT_PRICES
from .phrases import number

#: Percentages of a cap at which the managers are told, once each.
ALERTS = (100, 80)


class ProjectBillingCap(models.Model):
    """A limit in money or hours for all work under some rules.

    Reserved and billed quantities count; PostgreSQL refuses more than the limit.
    """

    _name = "project.billing.cap"
    _inherit = ["project.billing.guard"]
    _description = "Billing Cap"
    _order = "name, id"
    _check_company_auto = True
    _engine_fields = frozenset({"amount_used", "minutes_used", "alerted"})

    name = fields.Char(
        required=True, help="What the client calls it, for instance the order number."
    )
    active = fields.Boolean(default=True)
    is_order = fields.Boolean(
        string="Customer Order",
        help="The name is the customer's order number, printed on the invoices.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Rules in another currency cannot count towards this cap.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    rule_ids = fields.Many2many(
        "project.billing.rule",
        "project_billing_cap_rule_rel",
        "cap_id",
        "rule_id",
        string="Rules",
        check_company=True,
        help="The work that counts, of one project or of several.",
    )
    project_ids = fields.Many2many(
        "project.project", compute="_compute_project_ids", groups=PROJECT_GROUPS
    )
    limit_amount = fields.Monetary(
        help="At the prices of the lines, with a tax that is part of them; 0 for no "
        "limit."
    )
    limit_hours = fields.Float(help="0 for no limit.")
    policy = fields.Selection(
        CAP_POLICIES,
        string="What Goes Over",
        required=True,
        default="hold",
        help="Held: it stays open. Written off: it is never billed. Chosen: the "
        "manager says which work is billed under the cap.",
    )
    amount_used = fields.Monetary(readonly=True, default=0.0, string="Billed")
    minutes_used = fields.Float(readonly=True, digits=0, default=0.0)
    hours_used = fields.Float(compute="_compute_hours_used", string="Billed Hours")
    amount_open = fields.Monetary(
        string="Not Billed Yet", compute="_compute_open", compute_sudo=True
    )
    hours_open = fields.Float(
        string="Hours Not Billed Yet", compute="_compute_open", compute_sudo=True
    )
    percent_used = fields.Float(
        string="Used (%)",
        compute="_compute_open",
        compute_sudo=True,
        help="What is billed or still to bill, of the limit.",
    )
    alerted = fields.Integer(readonly=True, default=0)

    _limits = models.Constraint(
        "CHECK (limit_amount >= 0 AND limit_hours >= 0"
        " AND (limit_amount > 0 OR limit_hours > 0))",
        "A cap needs an amount or hours above zero.",
    )
    _amount_within = models.Constraint(
        "CHECK (limit_amount = 0 OR amount_used <= limit_amount)",
        "More would be billed than the cap allows.",
    )
    _hours_within = models.Constraint(
        "CHECK (limit_hours = 0"
        " OR minutes_used <= round(limit_hours::numeric * 60, 6))",
        "More hours would be billed than the cap allows.",
    )

    # === COMPUTE ===

    @api.depends("rule_ids.project_id")
    def _compute_project_ids(self):
        for cap in self:
            # sudo: rules of projects that the reader of the cap may not follow
            cap.project_ids = cap.sudo().rule_ids.project_id

    @api.depends("minutes_used")
    def _compute_hours_used(self):
        for cap in self:
            cap.hours_used = cap.minutes_used / 60

    @api.depends("amount_used", "minutes_used", "limit_amount", "limit_hours")
    def _compute_open(self):
        totals = self._open_work()
        for cap in self:
            amount = sum(totals.get(rule.id, (0, 0))[0] for rule in cap.rule_ids)
            hours = sum(totals.get(rule.id, (0, 0))[1] for rule in cap.rule_ids)
            cap.amount_open, cap.hours_open = amount, hours
            shares = [0.0]
            if cap.limit_amount:
                shares.append((cap.amount_used + amount) / cap.limit_amount)
            if cap.limit_hours:
                shares.append((cap.hours_used + hours) / cap.limit_hours)
            cap.percent_used = 100 * max(shares)

    def _open_work(self):
        """Return ``{rule id: (amount, hours)}`` of what is ready and unbilled."""
        items = self.env["project.billing.item"].with_context(**{AT_PRICES: True})
        groups = items._read_group(
            [
                ("rule_id", "in", self.rule_ids.ids),
                ("ready", "=", True),
                ("quantity_open", "!=", 0),
            ],
            ["rule_id"],
            ["amount_open:sum", "hours_open:sum"],
        )
        return {rule.id: (amount, hours) for rule, amount, hours in groups}

    # === CONSTRAINTS ===

    @api.constrains("limit_amount", "limit_hours", "rule_ids", "active")
    def _check_within(self):
        """Refuse a limit below what is used already, naming that."""
        # before a flush: PostgreSQL would refuse in its own words
        used = self.env.execute_query(self._used_sql()) if self else []
        for cap_id, amount, minutes in used:
            cap = self.browse(cap_id)
            too_much = cap.limit_amount and (
                cap.currency_id.compare_amounts(float(amount), cap.limit_amount) > 0
            )
            if too_much or 0 < minutes_from_hours(cap.limit_hours) < exact(minutes):
                raise ValidationError(
                    self.env._(
                        "%(cap)s is too low: %(amount)s (%(hours)s h) are in "
                        "requests and invoices already. Set a limit of at least that.",
                        cap=cap.name,
                        amount=format_amount(self.env, float(amount), cap.currency_id),
                        hours=number(self.env, exact(minutes / 60, 2)),
                    )
                )

    @api.constrains("rule_ids", "currency_id")
    def _check_currency(self):
        for cap in self:
            others = cap.rule_ids.filtered(
                lambda rule, cap=cap: rule.currency_id != cap.currency_id
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "%(rule)s bills in %(currency)s and cannot count towards "
                        "%(cap)s in %(other)s.",
                        rule=others[0].display_name,
                        currency=others[0].currency_id.name,
                        cap=cap.name,
                        other=cap.currency_id.name,
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        caps = super().create(vals_list)
        self.env.registry.clear_cache()
        caps._engine()._refresh_used()
        return caps

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"rule_ids", "limit_amount", "limit_hours", "active"}:
            self._engine()._refresh_used()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === LEDGER ===

    @api.model
    @tools.ormcache()
    def _any(self):
        """Tell whether there are caps at all; without any, they cost no query."""
        # sudo: asked while any user bills
        return bool(
            self.sudo().with_context(active_test=False).search_count([], limit=1)
        )

    @api.model
    def _follow_ledger(self, items):
        """Update the counters of the caps that ``items`` count towards."""
        if self._any():
            items.rule_id.cap_ids._refresh_used()

    def _lock(self):
        """Let only one session at a time bill under these caps."""
        self.flush_recordset()
        self.env.cr.execute(SQL(LOCK_CAPS, tuple(self.ids)))
        self.invalidate_recordset(["amount_used", "minutes_used"])

    # === ALERTS ===

    def _alert(self):
        """Tell the managers, once each, that 80 or 100 % of a cap is used."""
        self.invalidate_recordset(["amount_open", "hours_open", "percent_used"])
        for cap in self.sudo():  # sudo: whoever bills, the engine counts and tells
            reached = next((a for a in ALERTS if cap.percent_used >= a), 0)
            if reached == cap.alerted:
                continue
            if reached > cap.alerted:
                cap._tell_managers(reached)
            cap._engine().alerted = reached

    @api.model
    def _alert_all(self):
        """Check all caps: unbilled work counts too, and it grows without the ledger."""
        self.search([("active", "=", True)])._alert()

    def _tell_managers(self, percent):
        """Create an activity for the manager of each project under the cap."""
        summary = self.env._(
            "%(percent)s %% of %(cap)s is used", percent=percent, cap=self.name
        )
        for project in self.project_ids.filtered("user_id"):
            project.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=project.user_id.id,
                summary=summary,
                note=self._used_in_words(),
            )

    def _used_in_words(self):
        """Return in words what is used of the cap, what is unbilled, and the limit."""
        self.ensure_one()
        parts = []
        if self.limit_amount:
            amounts = (self.amount_used, self.amount_open, self.limit_amount)
            parts.append(
                self.env._(
                    "%(used)s billed and %(open)s to bill, of %(limit)s",
                    **dict(
                        zip(
                            ("used", "open", "limit"),
                            (
                                format_amount(self.env, a, self.currency_id)
                                for a in amounts
                            ),
                            strict=True,
                        )
                    ),
                )
            )
        if self.limit_hours:
            parts.append(
                self.env._(
                    "%(used)s h billed and %(open)s h to bill, of %(limit)s h",
                    used=number(self.env, exact(self.hours_used, 2)),
                    open=number(self.env, exact(self.hours_open, 2)),
                    limit=number(self.env, exact(self.limit_hours, 2)),
                )
            )
        return "; ".join(parts)
