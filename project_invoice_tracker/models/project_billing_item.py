"""Billable items, with the counters of what is open, reserved and billed."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from ..const import BILLING_STATES, KINDS, UNITS
from ..exceptions import BillingError
from .sql_bulk import leave_room

#: Hours of an item, by the quantity that they are of.
HOURS = {
    "hours": "quantity",
    "hours_open": "quantity_open",
    "hours_recorded": "quantity_recorded",
}


class ProjectBillingItem(models.Model):
    """One billable item: how much can be billed, at which price and when.

    ``quantity`` counts minutes for time and pieces for everything else, and always
    equals open + reserved + billed + written off: PostgreSQL checks each row, and
    two sessions that allocate the same item cannot both commit.
    """

    _name = "project.billing.item"
    _inherit = ["project.billing.guard"]
    _description = "Billing Item"
    _order = "date desc, id desc"
    _engine_owned = True

    name = fields.Char(string="Description", readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    rule_id = fields.Many2one(
        "project.billing.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    project_id = fields.Many2one(
        "project.project", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    task_id = fields.Many2one(
        "project.task", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        readonly=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        readonly=True,
        ondelete="restrict",
        help="What was typed by hand as; otherwise the service of the rule.",
    )
    analytic_line_id = fields.Many2one(
        "account.analytic.line", "Time Entry", readonly=True, ondelete="restrict"
    )
    milestone_id = fields.Many2one(
        "project.milestone", readonly=True, ondelete="restrict"
    )
    cost_line_id = fields.Many2one(
        "account.move.line", "Bill Line", readonly=True, ondelete="restrict"
    )
    source_key = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="What makes the item unique when its source is the rule itself.",
    )
    part = fields.Integer(
        readonly=True,
        default=0,
        help="A source that falls under several prices gives an item for each.",
    )
    period_start = fields.Date(readonly=True)
    period_end = fields.Date(readonly=True)
    date = fields.Date(
        readonly=True, help="Day of the work, or when it is expected to be ready."
    )
    ready = fields.Boolean(
        readonly=True, help="May be billed now; otherwise it is only planned."
    )
    unit = fields.Selection(UNITS, required=True, readonly=True)
    quantity_recorded = fields.Float(
        readonly=True, digits=0, help="As recorded, before the billing increment."
    )
    quantity = fields.Float(readonly=True, digits=0, required=True)
    quantity_open = fields.Float(readonly=True, digits=0, required=True)
    quantity_reserved = fields.Float(readonly=True, digits=0, required=True)
    quantity_billed = fields.Float(readonly=True, digits=0, required=True)
    quantity_written_off = fields.Float(readonly=True, digits=0, required=True)
    quantity_whole = fields.Float(
        readonly=True,
        digits=0,
        help="The quantity when nothing of it is in use, if that differs: an increment "
        "that is lowered leaves recorded work only.",
    )
    quantity_dropped = fields.Float(
        readonly=True, digits=0, help="Recorded, and rounded off by a line."
    )
    hours_recorded = fields.Float(
        string="Recorded Hours",
        compute="_compute_hours",
        aggregator="sum",
        help="As recorded, before the billing increment.",
    )
    hours = fields.Float(
        compute="_compute_hours", aggregator="sum", help="Quantity to bill, in hours."
    )
    hours_open = fields.Float(compute="_compute_hours", aggregator="sum")
    price_unit = fields.Float(
        readonly=True,
        min_display_digits="Product Price",
        help="Per hour for time, per piece otherwise. Frozen once in a request.",
    )
    discount = fields.Float(string="Discount (%)", readonly=True, digits=0, default=0.0)
    tax_product_id = fields.Many2one(
        "product.product",
        string="Taxed Like",
        readonly=True,
        ondelete="restrict",
        help="The service whose taxes apply, if not those of its own.",
    )
    amount = fields.Monetary(readonly=True)
    # read as the part of the line to be, see project_billing_item_open
    amount_open = fields.Monetary(string="To Bill", readonly=True, prefetch=False)
    state = fields.Selection(BILLING_STATES, readonly=True, required=True)
    explanation = fields.Char(
        string="Price From", readonly=True, help="Where the price came from."
    )
    pricing = fields.Json(
        readonly=True,
        help="How the price came about, as plain values that can be computed again.",
    )
    problem = fields.Char(readonly=True, help="What keeps it from being billed.")
    waits_for = fields.Char(
        string="Waiting For",
        compute="_compute_waits_for",
        help="Why it cannot be billed yet.",
    )
    allocation_ids = fields.One2many(
        "project.billing.allocation", "item_id", readonly=True
    )

    _counters_balance = models.Constraint(
        "CHECK (quantity = quantity_open + quantity_reserved"
        " + quantity_billed + quantity_written_off)",
        "More would be billed of an item than there is.",
    )
    _counters_direction = models.Constraint(
        "CHECK ((quantity >= 0 AND quantity_open >= 0 AND quantity_reserved >= 0"
        " AND quantity_billed >= 0 AND quantity_written_off >= 0)"
        " OR (quantity < 0 AND quantity_open <= 0 AND quantity_reserved <= 0"
        " AND quantity_billed <= 0 AND quantity_written_off <= 0))",
        "More would be billed of an item than there is.",
    )
    _analytic_line_uniq = models.UniqueIndex(
        "(analytic_line_id, part) WHERE (analytic_line_id IS NOT NULL)",
        "A time entry is billed by one rule only.",
    )
    _cost_line_uniq = models.UniqueIndex(
        "(cost_line_id, part) WHERE (cost_line_id IS NOT NULL)",
        "A cost is billed by one rule of each project only.",
    )
    _source_key_uniq = models.UniqueIndex(
        "(source_key) WHERE (source_key IS NOT NULL)",
        "A period or an advance is billed once only.",
    )
    _milestone_uniq = models.UniqueIndex(
        "(milestone_id, part) WHERE (milestone_id IS NOT NULL)",
        "A milestone is billed by one rule only.",
    )
    _project_index = models.Index("(project_id, kind)")
    # all that figures of open work ask for, so that they need not read the items
    _open_index = models.Index(
        "(project_id, date) INCLUDE (amount_open, quantity_open, unit, ready,"
        " currency_id, company_id, is_adjustment) WHERE (quantity_open <> 0)"
    )
    _correction_index = models.Index("(project_id) WHERE (quantity_open < 0)")
    _problem_index = models.Index("(project_id) WHERE (problem IS NOT NULL)")

    @api.private
    def init(self):
        """Reserve space in the table's pages for changes of the counters."""
        leave_room(self)

    # === COMPUTE ===

    def _compute_hours(self):
        for item in self:
            is_time = item.unit == "minute"
            item.hours_recorded = item.quantity_recorded / 60 if is_time else 0.0
            item.hours = item.quantity / 60 if is_time else 0.0
            item.hours_open = item.quantity_open / 60 if is_time else 0.0

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base` to sum the hours in lists and groups."""
        source = HOURS.get(field_expr)
        if not source:
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "(CASE WHEN %s = 'minute' THEN %s / 60.0 ELSE 0 END)",
            self._field_to_sql(alias, "unit", query),
            self._field_to_sql(alias, source, query),
        )

    @api.depends("ready", "kind", "date", "held_back")
    @api.depends_context("lang")
    def _compute_waits_for(self):
        for item in self:
            kind = self.env["project.billing.kind"]._get(item.kind)
            waits = not item.ready and item.quantity_open
            item.waits_for = kind._waits_for(item) if waits else False

    @api.depends("name", "kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for item in self._named():
            item.display_name = item._title()

    def _title(self):
        """Return in words what the item bills."""
        parts = [self.date and format_date(self.env, self.date), self.name]
        return " ".join(part for part in parts if part) or self.kind

    # === ACTIONS ===

    def action_open_requests(self):
        """Open the requests that hold (or held) these items."""
        self._check_some()
        requests = self.allocation_ids.request_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        action["domain"] = [("id", "in", requests.ids)]
        return action

    # === BUSINESS ===

    def explain(self):
        """Return where the quantity and the price of each item come from.

        :returns: list of dicts, one per item: ``item``, ``date``, ``person``,
            ``recorded`` and ``quantity`` (minutes or pieces), ``unit``, ``price``
            (per hour or piece, in the contract's currency), ``discount`` (percent),
            ``amount``, ``explanation`` in words and ``pricing``, the plain values
            that the price is computed from
        """
        self._check_some()
        return [
            {
                "item": item._title(),
                "date": item.date,
                "person": item.employee_id.sudo().name,  # sudo: name only
                "recorded": item.quantity_recorded,
                "quantity": item.quantity,
                "unit": item.unit,
                "price": item.price_unit,
                "discount": item.discount,
                "amount": item.amount,
                "explanation": item.explanation,
                "pricing": item.pricing or {},
            }
            for item in self
        ]

    def _check_some(self):
        """Refuse an empty selection, and items that the user may not read."""
        if not self:
            raise BillingError(self.env._("Choose at least one billing item."))
        self.check_access("read")

    # === SOURCES ===

    @api.model
    def _closed_by(self, source_field, source_ids):
        """Return ``{source id: what holds it, in words}`` of sources in use.

        The words name the request, and the invoice when there is one.
        """
        if not source_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (item.id) item.%(source)s, request.name, move.name
                  FROM project_billing_item item
                  JOIN project_billing_allocation allocation
                    ON allocation.item_id = item.id AND allocation.state <> 'released'
                  LEFT JOIN project_billing_request request
                    ON request.id = allocation.request_id
                  LEFT JOIN account_move move ON move.id = request.invoice_id
                 WHERE item.%(source)s IN %(ids)s
                 ORDER BY item.id, allocation.id DESC
                """,
                source=SQL.identifier(source_field),
                ids=tuple(source_ids),
            )
        )
        return {
            source_id: self.env._(
                "invoice %(invoice)s (request %(request)s)",
                invoice=invoice,
                request=request,
            )
            if invoice
            else self.env._("billing request %(request)s", request=request)
            for source_id, request, invoice in rows
        }

    def copy(self, default=None):
        """Refuse to copy items: the copy would bill the same work twice."""
        if self:
            raise AccessError(self.env._("A billing item cannot be duplicated."))
        return super().copy(default)
