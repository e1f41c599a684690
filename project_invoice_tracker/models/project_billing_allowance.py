"""Hour balances (allowances): hours that a retainer includes or a pack prepays."""

from odoo import api, fields, models
from odoo.tools import format_date

#: The account of one row, as :class:`billing.statements.Statement` has it.
ACCOUNT_COLUMNS = (
    "minutes_granted",
    "minutes_rolled_in",
    "minutes_used",
    "minutes_rolled_out",
    "minutes_expired",
    "minutes_balance",
)


class ProjectBillingAllowance(models.Model):
    """The hour balance of one period of a retainer, or of one prepaid pack.

    Always ``balance = granted + rolled in - used - expired - rolled out``, and never
    negative: PostgreSQL checks each row. Work is booked in the period it was done in.
    """

    _name = "project.billing.allowance"
    _inherit = ["project.billing.guard"]
    _description = "Included Hours"
    _order = "project_id, rule_id, period_start desc, number desc, id desc"
    _engine_owned = True

    rule_id = fields.Many2one(
        "project.billing.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    project_id = fields.Many2one(
        "project.project",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    number = fields.Integer(
        string="Pack", readonly=True, help="Number of the pack; 0 for a period."
    )
    period_start = fields.Date(
        string="From",
        required=True,
        readonly=True,
        help="First day of the period, or the day the pack was sold.",
    )
    period_end = fields.Date(
        string="Until",
        readonly=True,
        help="Last day of the period, or on which hours of the pack may be used.",
    )
    valid_until = fields.Date(
        string="Usable Until",
        readonly=True,
        help="Last day on which hours that were rolled over may be used.",
    )
    minutes_rollover = fields.Float(
        readonly=True,
        digits=0,
        help="At most so many unused minutes are rolled over.",
    )
    minutes_granted = fields.Float(readonly=True, digits=0)
    minutes_rolled_in = fields.Float(readonly=True, digits=0)
    minutes_used = fields.Float(readonly=True, digits=0)
    minutes_rolled_out = fields.Float(readonly=True, digits=0)
    minutes_expired = fields.Float(readonly=True, digits=0)
    minutes_balance = fields.Float(readonly=True, digits=0)
    hours_granted = fields.Float(string="Granted", compute="_compute_hours")
    hours_rolled_in = fields.Float(string="Rolled In", compute="_compute_hours")
    hours_used = fields.Float(string="Used", compute="_compute_hours")
    hours_rolled_out = fields.Float(string="Rolled Over", compute="_compute_hours")
    hours_expired = fields.Float(string="Expired", compute="_compute_hours")
    hours_balance = fields.Float(string="Balance", compute="_compute_hours")
    warned = fields.Boolean(
        readonly=True, help="The manager was told that little is left of the pack."
    )
    item_ids = fields.One2many(
        "project.billing.item", "allowance_id", string="Work Covered", readonly=True
    )

    _row_uniq = models.UniqueIndex(
        "(rule_id, number, period_start)",
        "A period or a pack grants its hours once.",
    )
    _account_balances = models.Constraint(
        "CHECK (minutes_balance = minutes_granted + minutes_rolled_in - minutes_used"
        " - minutes_expired - minutes_rolled_out)",
        "The account of included hours does not add up.",
    )
    _balance_positive = models.Constraint(
        "CHECK (minutes_balance >= 0 AND minutes_granted >= 0)",
        "More hours would be used than are included.",
    )

    # === COMPUTE ===

    @api.depends(*ACCOUNT_COLUMNS)
    def _compute_hours(self):
        for row in self:
            for name in ACCOUNT_COLUMNS:
                row[name.replace("minutes", "hours")] = row[name] / 60

    @api.depends("rule_id", "number", "period_start", "period_end")
    def _compute_display_name(self):
        for row in self._named():
            row.display_name = row._title()

    def _title(self):
        """Return in words which pack or period of which rule it is."""
        name = self.rule_id.name or ""
        if self.number:
            return self.env._(
                "%(rule)s, pack %(number)s", rule=name, number=self.number
            )
        days = (self.period_start, self.period_end)
        return f"{name}, {' – '.join(format_date(self.env, day) for day in days)}"

    # === BUSINESS ===

    def _current(self):
        """Return those that may be used today, by the date of their company."""
        todays = {rule: rule._billing_today() for rule in self.rule_id}
        return self.filtered(
            lambda row: (
                row.period_start <= todays[row.rule_id]
                and (not row.period_end or row.period_end >= todays[row.rule_id])
            )
        )

    @api.model
    def _forget(self):
        """Clear the cache of hour balances and of the fields computed from them."""
        self.invalidate_model()
        self.env["project.billing.rule"].invalidate_model(
            ["allowance_ids", "allowance_hours_left", "allowance_balance"]
        )
        self.env["project.project"].invalidate_model(["billing_allowance_balance"])
