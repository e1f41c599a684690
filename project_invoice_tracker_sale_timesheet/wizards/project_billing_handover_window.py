"""Window of a hand-over: what orders have, what will change, and the apply button."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from odoo.addons.project_invoice_tracker.exceptions import BillingError

from ..models.handover_plan import Plan
from ..models.project_billing_handover import DIRECTIONS


class ProjectBillingHandoverWindow(models.TransientModel):
    """Choose the day from which rules, or again an order, bill a project."""

    _name = "project.billing.handover.window"
    _inherit = ["project.billing.input"]
    _description = "Hand Over Billing"

    project_id = fields.Many2one("project.project", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="project_id.partner_id")
    direction = fields.Selection(
        DIRECTIONS,
        required=True,
        compute="_compute_direction",
        store=True,
        readonly=False,
        precompute=True,
    )
    date = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._billing_today().replace(day=1),
        help="Work of this day and later changes its biller; work of before does not.",
    )
    before = fields.Selection(
        [
            ("pin", "Stays with the order, to be invoiced there"),
            ("invoice", "Is invoiced now, as a draft"),
        ],
        string="Work of Before",
        required=True,
        default="pin",
    )
    with_rates = fields.Boolean(
        string="Copy the prices of the employee map into rates", default=True
    )
    with_deposit = fields.Boolean(string="Make the down payment a deposit")
    item_id = fields.Many2one(
        "sale.order.line",
        string="Sales Order Item",
        compute="_compute_item_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('is_service', '=', True), ('is_expense', '=', False),"
        " ('is_downpayment', '=', False), ('state', '=', 'sale'),"
        " ('order_partner_id', 'child_of', partner_id)]",
        help="Bills the work from that day on of whatever had no order item before.",
    )
    line_ids = fields.One2many(
        "project.billing.handover.order",
        "window_id",
        string="Sales Orders",
        compute="_compute_preview",
        compute_sudo=False,
        store=True,
        readonly=True,
    )
    # as the user, whose rights it tells
    preview = fields.Text(
        string="What Is Done",
        compute="_compute_preview",
        compute_sudo=False,
        store=True,
    )
    obstacle = fields.Text(compute="_compute_preview", compute_sudo=False, store=True)
    has_map = fields.Boolean(compute="_compute_preview", compute_sudo=False, store=True)
    has_down_payment = fields.Boolean(
        compute="_compute_preview", compute_sudo=False, store=True
    )
    handover_id = fields.Many2one(
        "project.billing.handover", compute="_compute_handover_id"
    )
    handover_note = fields.Char(compute="_compute_handover_id")

    # === COMPUTE ===

    @api.depends("project_id")
    def _compute_direction(self):
        handovers = self.env["project.billing.handover"]
        for window in self:
            latest = handovers._in_force(window.project_id)
            window.direction = "orders" if latest.direction == "rules" else "rules"

    @api.depends("project_id")
    def _compute_item_id(self):
        for window in self:
            item = window._project_sudo()._billing_former_item()
            own = self.env["sale.order.line"].browse(item.id or ())
            window.item_id = own if own and own.has_access("read") else False

    @api.depends("project_id")
    def _compute_handover_id(self):
        handovers = self.env["project.billing.handover"]
        for window in self:
            # sudo: not any more, as the user's right to it is asked
            latest = handovers._in_force(window.project_id).sudo(False)
            window.handover_id = latest if latest.has_access("read") else False
            window.handover_note = window.project_id.billing_handover_note

    @api.depends(
        "project_id", "direction", "date", "before", "with_rates", "with_deposit",
        "item_id",
    )  # fmt: skip
    def _compute_preview(self):
        for window in self:
            window.update(window._preview_values())

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        windows = super().create(vals_list)
        windows._look()
        return windows

    def write(self, vals):
        result = super().write(vals)
        self._look()
        return result

    def _look(self):
        """Read the preview as this user, after checking the user's rights."""
        for window in self:
            window._project_sudo()
        return self.mapped("preview")

    def _project_sudo(self):
        """Return the project elevated, after it was checked.

        :raises AccessError: when the user may not bill it
        """
        project = self.project_id._origin or self.project_id
        project.check_access("read")
        project._billing_check_manager()
        # sudo: orders and time of a project that its manager asks about
        return project.sudo()

    def _preview_values(self):
        self.ensure_one()
        empty = {
            "line_ids": [fields.Command.clear()],
            "preview": False,
            "obstacle": False,
            "has_map": False,
            "has_down_payment": False,
        }
        if not self.project_id or not self.date or not self.direction:
            return empty
        plan = Plan.look_at(self._project_sudo(), self.date)
        handovers = self.env["project.billing.handover"]
        try:
            handovers._check_plan(plan, self.direction)
            handovers._check_orders(plan, self.direction, self._choices())
            obstacle = False
        except (AccessError, BillingError) as error:
            obstacle = error.args[0]
        sentences = getattr(handovers, f"_{self.direction}_sentences")
        return {
            **empty,
            "line_ids": [
                fields.Command.clear(),
                *(
                    fields.Command.create(self._line_values(part))
                    for part in plan.parts.values()
                ),
            ],
            "preview": "\n".join(sentences(plan, self._choices())),
            "obstacle": obstacle,
            "has_map": bool(plan.maps),
            "has_down_payment": bool(handovers._deposit_parts(plan)),
        }

    def _choices(self):
        item = self.item_id
        return {
            "before": self.before,
            "rates": self.with_rates,
            "deposit": self.with_deposit,
            # an order that the user may not read is no choice of this user
            "item_id": item.id if item and item.has_access("read") else False,
        }

    @api.model
    def _line_values(self, part):
        names = (
            "hours_before", "hours_after", "hours_paid", "drafts",
            "prepaid_left", "down_payment", "costs", "tasks", "map_entries",
        )  # fmt: skip
        return {
            "name": part.order.name,
            "reason": part.reason,
            "currency_id": part.order.currency_id.id,
            "milestones": self._milestones(part),
            **{name: getattr(part, name) for name in names},
        }

    @api.model
    def _milestones(self, part):
        """Return how many are invoiced, reached and open; nothing without any.

        :param part: an order of the plan
        """
        counts = (
            part.milestones_invoiced,
            part.milestones_reached,
            part.milestones_planned,
        )
        return " / ".join(map(str, counts)) if any(counts) else ""

    # === ACTIONS ===

    def action_apply(self):
        """Hand the project over.

        :returns: the action that closes the window
        :raises AccessError: when the user may not, saying who may
        :raises BillingError: when there is nothing to hand over
        """
        self.ensure_one()
        self.env["project.billing.handover"]._hand_over(
            self.project_id, self.direction, self.date, self._choices()
        )
        return {"type": "ir.actions.act_window_close"}

    def action_undo(self):
        """Undo the last hand-over of the project."""
        self.ensure_one()
        if not self.handover_id:
            raise BillingError(
                self.env._("Only the last hand-over of a project can be undone.")
            )
        return self.handover_id.action_undo()


class ProjectBillingHandoverOrder(models.TransientModel):
    """The figures of one sales order in the window of a hand-over."""

    _name = "project.billing.handover.order"
    _description = "Sales Order of a Hand-over"

    window_id = fields.Many2one(
        "project.billing.handover.window", required=True, ondelete="cascade"
    )
    name = fields.Char(string="Sales Order", readonly=True)
    reason = fields.Char(string="Stays", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    hours_before = fields.Float(string="Open Before", readonly=True)
    hours_after = fields.Float(string="Open from Then On", readonly=True)
    hours_paid = fields.Float(string="Invoiced from Then On", readonly=True)
    drafts = fields.Integer(string="Draft Invoices", readonly=True)
    # one column for three small numbers: the window has many
    milestones = fields.Char(
        readonly=True, help="Invoiced by the order / reached / not reached."
    )
    prepaid_left = fields.Float(string="Prepaid Hours Left", readonly=True)
    down_payment = fields.Monetary(
        readonly=True, help="Posted, and neither deducted nor credited."
    )
    costs = fields.Monetary(string="Costs Re-invoiced", readonly=True)
    tasks = fields.Integer(readonly=True)
    map_entries = fields.Integer(string="Employee Map", readonly=True)


class ProjectProject(models.Model):
    """The button that opens the window, and a note of the last hand-over."""

    _inherit = "project.project"

    billing_handover_note = fields.Char(
        compute="_compute_billing_handover_note",
        groups="project_invoice_tracker.group_billing_user,"
        "project_invoice_tracker.group_billing_approver,"
        "account.group_account_invoice",
    )

    def _compute_billing_handover_note(self):
        handovers = self.env["project.billing.handover"]
        for project in self:
            latest = handovers._in_force(project)
            day = format_date(self.env, latest.date)
            if latest.direction == "rules":
                note = self.env._("Billed by requests from %s on.", day)
            elif latest:
                note = self.env._("Billed by its sales order from %s on.", day)
            else:
                note = False
            project.billing_handover_note = note

    def action_billing_hand_over(self):
        """Open the window that hands this project over to its rules, or back.

        :returns: the action of the window
        :raises AccessError: when the user may not bill the project
        """
        self.ensure_one()
        self.check_access("read")
        self._billing_check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker_sale_timesheet."
            "project_billing_handover_window_action"
        )
        day = self.env.context.get("billing_handover_date")
        action["context"] = {
            "default_project_id": self.id,
            "dialog_size": "extra-large",
        }
        if day:
            action["context"]["default_date"] = day
        return action

    def _billing_former_item(self):
        """Return the order item that the project had, or has (elevated)."""
        self.ensure_one()
        latest = self.env["project.billing.handover"]._in_force(self)
        items = self.env["sale.order.line"]
        if latest.direction == "rules":
            former = [latest.changes["project"][0], *latest.changes["items"]]
            items = items.browse([id_ for id_ in former if id_]).exists()
        return (self.sale_line_id | items).filtered(
            lambda item: item.order_id.state == "sale" and item._billing_fits(self)
        )[:1]


class ProjectBillingLeak(models.Model):
    """The button of a leak that opens the hand-over of its project."""

    _inherit = "project.billing.leak"

    def action_hand_over(self):
        """Open the hand-over of the project of this leak."""
        self.ensure_one()
        self._check_some()
        return self.project_id.action_billing_hand_over()
