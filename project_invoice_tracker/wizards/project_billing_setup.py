"""Window to set up billing: one choice creates the matching rules."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing.allocation import equal_shares, share_error
from ..billing.rounding import exact
from ..const import LINE_UNITS, RECURRING_INTERVALS, SETUP_MODES
from ..exceptions import BillingError

#: What each way of billing consists of; "mixed" leaves it to the user.
MODES = {
    "time_material": {"with_time", "with_costs"},
    "fixed_price": {"with_contract"},
    "retainer": {"with_retainer", "with_time"},
    "prepaid": {"with_pack", "with_time"},
    "mixed": {"with_time", "with_contract", "with_costs"},
}
#: Into so many milestones a contract is shared at most by itself.
MOST_PARTS = 120
PARTS = ("with_time", "with_costs", "with_contract", "with_retainer", "with_pack")


class ProjectBillingSetup(models.TransientModel):
    """The set-up window of a project's billing tab.

    It creates the same rules as somebody could by hand, and does not change them later:
    details are set on the rules afterwards.
    """

    _name = "project.billing.setup"
    _inherit = ["project.billing.input"]
    _description = "Set Up Billing"

    project_id = fields.Many2one("project.project", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        help="The currency of the contract, for all rules of the project.",
    )
    mode = fields.Selection(
        SETUP_MODES, string="How It Is Billed", required=True, default="time_material"
    )
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._billing_today().replace(day=1),
        help="Work before this day is not billed.",
    )
    with_time = fields.Boolean(
        string="Time", compute="_compute_parts", store=True, readonly=False
    )
    with_costs = fields.Boolean(
        string="Costs", compute="_compute_parts", store=True, readonly=False
    )
    with_contract = fields.Boolean(
        string="Fixed Price", compute="_compute_parts", store=True, readonly=False
    )
    with_retainer = fields.Boolean(
        string="Retainer", compute="_compute_parts", store=True, readonly=False
    )
    with_pack = fields.Boolean(
        string="Prepaid Hours", compute="_compute_parts", store=True, readonly=False
    )
    hourly_rate = fields.Monetary(
        help="Leave empty to bill at the rates of the customer or the company."
    )
    line_unit = fields.Selection(
        LINE_UNITS,
        string="Lines Show",
        required=True,
        default="hours",
        help="Days are as long as the price of a day says, or as long as the company's "
        "working hours. Half days are set on the rule.",
    )
    bill_all_customers = fields.Boolean(
        string="Bill All to the Project's Customer",
        help="Also the time of tasks that have another customer.",
    )
    cost_markup = fields.Float(string="Markup (%)")
    contract_amount = fields.Monetary()
    contract_by = fields.Selection(
        [("milestone", "Milestones"), ("progress", "Progress")],
        string="Billed by",
        default="milestone",
        required=True,
    )
    equal_parts = fields.Integer(
        help="So many milestones share the contract equally; the last takes the "
        "remainder."
    )
    shares = fields.Char(
        string="Milestones (%)",
        compute="_compute_shares",
        store=True,
        readonly=False,
        help="Makes a milestone for each share, for instance: 30, 40, 30. Leave empty "
        "to price the milestones of the project yourself.",
    )
    recurring_price = fields.Monetary(string="Fee")
    recurring_interval = fields.Selection(
        RECURRING_INTERVALS, string="Every", default="month"
    )
    included_hours = fields.Float()
    pack_hours = fields.Float(string="Hours per Pack")
    pack_price = fields.Monetary(string="Price per Pack")

    _equal_parts_range = models.Constraint(
        f"CHECK (equal_parts IS NULL OR equal_parts BETWEEN 0 AND {MOST_PARTS})",
        "A contract is divided into at most 120 equal parts.",
    )

    # === COMPUTE ===

    @api.depends("project_id")
    def _compute_company_id(self):
        for setup in self:
            setup.company_id = setup.project_id.company_id or self.env.company

    @api.depends("project_id")
    def _compute_currency_id(self):
        for setup in self:
            setup.currency_id = setup.project_id.billing_currency_id

    @api.depends("mode")
    def _compute_parts(self):
        for setup in self:
            for part in PARTS:
                setup[part] = part in MODES[setup.mode]

    @api.depends("equal_parts")
    def _compute_shares(self):
        for setup in self:
            if 0 < setup.equal_parts <= MOST_PARTS:
                parts = equal_shares(setup.equal_parts)
                texts = [f"{part.normalize():f}" for part in parts]
                setup.shares = ", ".join(texts)

    # === ACTIONS ===

    def action_apply(self):
        """Create the rules.

        :returns: the action that closes the window
        :raises ValidationError: when an amount or a share is missing, saying which
        """
        self.ensure_one()
        self.env["project.billing.rule"].check_access("create")
        values = self._rule_values()
        if not values:
            raise BillingError(
                self.env._("Choose what %s is billed by.", self._project_name())
            )
        rules = self.env["project.billing.rule"].create(values)
        granting = rules.filtered("grants_hours")[:1]
        if granting:
            rules.filtered(
                lambda rule: rule.kind == "time"
            ).allowance_rule_id = granting
        self._make_milestones()
        return {"type": "ir.actions.act_window_close"}

    # === HELPERS ===

    def _project_name(self):
        return self.project_id.display_name

    def _rule_values(self):
        """Return the values of the rules that were chosen, fees before time."""
        builders = {
            "with_retainer": self._retainer_values,
            "with_pack": self._pack_values,
            "with_contract": self._contract_values,
            "with_time": self._time_values,
            "with_costs": self._cost_values,
        }
        shared = {
            "project_id": self.project_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "date_start": self.date_start,
        }
        chosen = [build for part, build in builders.items() if self[part]]
        return [
            {**shared, "sequence": 10 * position, **build()}
            for position, build in enumerate(chosen, 1)
        ]

    def _time_values(self):
        return {
            "kind": "time",
            "price_unit": self.hourly_rate,
            "line_unit": self.line_unit,
            "bill_all_customers": self.bill_all_customers,
        }

    def _retainer_values(self):
        self._need(self.recurring_price, self.env._("the fee of the retainer"))
        return {
            "kind": "recurring",
            "recurring_price": self.recurring_price,
            "recurring_interval": self.recurring_interval,
            "included_hours": self.included_hours,
        }

    def _pack_values(self):
        self._need(self.pack_hours, self.env._("the hours of a pack"))
        self._need(self.pack_price, self.env._("the price of a pack"))
        return {
            "kind": "advance",
            "advance_type": "hours",
            "pack_hours": self.pack_hours,
            "pack_price": self.pack_price,
        }

    def _contract_values(self):
        self._need(self.contract_amount, self.env._("the contract amount"))
        return {"kind": self.contract_by, "contract_amount": self.contract_amount}

    def _cost_values(self):
        policy = "markup" if self.cost_markup else "cost"
        return {
            "kind": "cost",
            "cost_policy": policy,
            "cost_markup": self.cost_markup,
        }

    def _need(self, value, what):
        if not value or value < 0:
            raise ValidationError(
                self.env._(
                    "Enter %(what)s of %(project)s.",
                    what=what,
                    project=self._project_name(),
                )
            )

    def _make_milestones(self):
        """Create a milestone for each share, if shares were given."""
        if not (self.with_contract and self.shares):
            return
        shares = self._read_shares()
        # sudo: who configures billing may set a project up that others administrate;
        # the right to make its rules was checked
        project_sudo = self.project_id.sudo()
        project_sudo.allow_milestones = True
        project_sudo.env["project.milestone"].create(
            [
                {
                    "project_id": project_sudo.id,
                    "name": self.env._("Milestone %s", number),
                    "sequence": number,
                    "billing_basis": "percentage",
                    "billing_percentage": share,
                }
                for number, share in enumerate(shares, 1)
            ]
        )

    def _read_shares(self):
        """Return the shares as numbers, or raise what is wrong with them."""
        try:
            texts = self.shares.replace("%", "").split(",")
            shares = [exact(float(text)) for text in texts]
        except ValueError:
            shares = []
        if (
            not shares
            or min(shares) <= 0
            or abs(sum(shares) - 100) > share_error(len(shares))
        ):
            raise ValidationError(
                self.env._(
                    "“%s” are no shares of a contract: enter percentages that total "
                    "100, like 30, 40, 30.",
                    self.shares,
                )
            )
        return [float(share) for share in shares]
