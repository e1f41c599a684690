"""Hand-overs: the day from which a project is billed otherwise, and what changed."""

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from odoo.addons.project_invoice_tracker.exceptions import BillingError

from . import handover_sql
from .handover_plan import Plan, names_of

DIRECTIONS = [
    ("rules", "To our billing"),
    ("orders", "Back to the order"),
]


class ProjectBillingHandover(models.Model):
    """One hand-over of one project, with its changes, so that it can be undone.

    Until the next one, it also decides who bills time that is logged late: work before
    the day belongs to whoever billed the project before.
    """

    _name = "project.billing.handover"
    _inherit = ["project.billing.input"]
    _description = "Hand-over of Billing"
    _order = "id desc"
    _rec_name = "project_id"

    project_id = fields.Many2one(
        "project.project", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    direction = fields.Selection(DIRECTIONS, required=True, readonly=True)
    date = fields.Date(string="From", required=True, readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="done",
    )
    summary = fields.Text(string="What Was Done", readonly=True)
    changes = fields.Json(readonly=True, export_string_translation=False)

    # === IN FORCE ===

    @api.model
    @tools.ormcache()
    def _latest(self):
        """Return ``{project id: hand-over ids}`` of those done, the latest last.

        Cached, so that logging time on other projects costs nothing.
        """
        # sudo: which hand-overs hold, whoever logs time
        done = self.sudo()._read_group(
            [("state", "=", "done")], ["project_id"], ["id:array_agg"]
        )
        return {project.id: tuple(sorted(ids)) for project, ids in done}

    @api.model
    def _in_force(self, project):
        """Return the hand-over of a project that is in force, elevated, or none."""
        # sudo: its day and its order items decide who gets time, whoever logs it
        return self.sudo().browse(self._latest().get(project._origin.id, ())[-1:])

    @api.model
    def _item_on(self, entry, item):
        """Return the order item of an entry, by who billed the project on its day.

        :param entry: the time entry
        :param item: the one that it gets as things are now
        """
        ids = self._latest().get(entry.project_id._origin.id)
        if not ids or not entry.date:
            return item
        # sudo: as above
        handovers_sudo = self.sudo().browse(ids)
        later = handovers_sudo.filtered(lambda each: each.date > entry.date)[:1]
        return later._item_before(entry, item) if later else item

    def _item_before(self, entry, item):
        """Return the order item of an entry before the day that is logged late."""
        self.ensure_one()
        items = self.env["sale.order.line"]
        if self.direction == "orders":
            return items if item.id in self._given() else item
        former = self._former_item(entry)
        if former:
            return former
        since = self.browse(self._latest()[self.project_id.id])
        given = set().union(*(later._given() for later in since))
        return items if item.id in given else item

    def _given(self):
        """Return the ids of the order items that this hand-over back set."""
        if self.direction != "orders":
            return set()
        changes = self.changes
        rows = [*changes["tasks"].values(), *changes["map"].values()]
        return {row[1] for row in [*rows, changes["project"]] if row[1]}

    def _former_item(self, entry):
        """Return the order item that an entry would have had before the hand-over."""
        task, changes = entry.task_id, self.changes
        former = changes["map_employees"].get(str(entry.employee_id.id))
        if task:
            known = changes["tasks"].get(str(task.id))
            if known:
                former = former or known[0]
            elif task.create_date > self.create_date:
                former = former or changes["project"][0]
            else:
                former = False
        else:
            former = former or changes["project"][0]
        item = self.env["sale.order.line"].browse(former or ()).exists()
        if (
            not item
            or item.order_id.state == "cancel"
            or not item._billing_fits(task or entry.project_id)
        ):
            return item.browse()
        return item

    def _takes_cost(self, line):
        """Tell whether the rules, and no order, bill a line of a bill."""
        self.ensure_one()
        day = line.move_id.invoice_date or line.date
        rules = self.project_id.billing_rule_ids.filtered(
            lambda rule: (
                rule.active
                and rule.kind == "cost"
                and rule.date_start <= day
                and (not rule.date_end or rule.date_end >= day)
            )
        )
        return self.direction == "rules" and day >= self.date and bool(rules)

    # === DOING ===

    @api.model
    def _hand_over(self, project, direction, date, choices):
        """Hand a project over, as the user.

        :param project: the project
        :param str direction: a value of :data:`DIRECTIONS`
        :param date: the first day on which the other one bills
        :param dict choices: see :meth:`_to_rules` and :meth:`_to_orders`
        :returns: the hand-over
        :raises AccessError: when the user may not bill the project, or write an order
        :raises BillingError: when there is nothing to hand over, saying what to do
        """
        project.ensure_one()
        project.check_access("read")
        project._billing_check_manager()
        self._lock(project)
        # sudo: all that was logged on the project counts; its manager was checked
        plan = Plan.look_at(project.sudo(), date)
        self._check_plan(plan, direction)
        self._check_orders(plan, direction, choices)
        changes = self._no_changes(project)
        done = getattr(self, f"_to_{direction}")(plan, choices, changes)
        company = plan.rules.company_id[:1] or project.company_id or self.env.company
        # sudo: kept for undoing, by nobody's hand
        handover = self.sudo().create(
            {
                "project_id": project.id,
                "company_id": company.id,
                "direction": direction,
                "date": date,
                "summary": "\n".join(done),
                "changes": changes,
            }
        )
        self.env.registry.clear_cache()
        handover._tell(self.env._("Handed over"))
        # sudo: not any more
        return handover.sudo(False)

    @api.model
    def _no_changes(self, project):
        """Return the empty record of the changes of a hand-over."""
        return {
            "marks": list(self.env.execute_query(SQL(handover_sql.MARKS))[0]),
            "project": [project.sudo().sale_line_id.id] * 2,  # sudo: an id
            "tasks": {},
            "map": {},
            "map_employees": {},
            "milestones": {},
            "entries": {},
            "entry_items": {},
            "rules": {},
            "rates": [],
            "deposits": [],
            "moves": [],
            "order_tasks": project.sudo().billing_order_tasks,  # sudo: a choice
            "items": [],
        }

    @api.model
    def _lock(self, project):
        """Lock a project, so that one session at a time hands it over."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT FROM project_project WHERE id = %s FOR UPDATE", project.id)
        )
        # sudo: items follow orders, whoever looks
        self.env["project.billing.order.memory"].sudo()._settle()

    @api.model
    def _check_plan(self, plan, direction):
        """Refuse what cannot be handed over, with the remedy."""
        name = plan.project.display_name
        if not plan.rules or plan.kinds <= {"cost"}:
            raise BillingError(
                self.env._(
                    "%s has no billing rule for its work. Choose on its Billing tab "
                    "how it is billed, then hand it over.",
                    name,
                )
            )
        latest = self._in_force(plan.project)
        if latest and (latest.direction == direction or latest.date > plan.date):
            raise BillingError(
                self.env._(
                    "%(project)s was handed over from %(day)s on. Undo that, or hand "
                    "it over in the other direction, from that day on or later.",
                    project=name,
                    day=format_date(self.env, latest.date),
                )
            )
        if direction == "rules" and not plan.handed:
            raise BillingError(
                self.env._(
                    "No sales order of its own company and customer bills anything "
                    "of %s: there is nothing to hand over.",
                    name,
                )
            )

    @api.model
    def _concerned(self, plan, direction, choices):
        """Return the orders whose work the hand-over changes (elevated)."""
        if direction == "rules":
            orders = plan.project.env["sale.order"]
            return orders.union(*(part.order for part in plan.handed))
        latest = self._in_force(plan.project)
        items = plan.project.env["sale.order.line"].browse(choices["item_id"] or ())
        if latest.direction == "rules":
            items |= items.browse(latest.changes["items"]).exists()
        return items.order_id

    @api.model
    def _check_orders(self, plan, direction, choices):
        """Refuse users who may not write the orders, saying who may.

        :raises AccessError: naming the orders, as the project names them as well
        """
        orders_sudo = self._concerned(plan, direction, choices)
        refused = self._refused(orders_sudo)
        if refused:
            raise AccessError(self._who_may(refused))

    @api.model
    def _refused(self, orders_sudo):
        """Return the orders that the user may not write (elevated)."""
        # sudo(False): the rights of the user are what is asked
        return orders_sudo.filtered(
            lambda order: (
                order.company_id not in self.env.companies
                or not self.env["sale.order"].browse(order.id).has_access("write")
            )
        )

    @api.model
    def _who_may(self, orders_sudo):
        """Return who may write the orders that the user may not, in words."""
        people = ", ".join(orders_sudo.user_id.mapped("name"))
        names = names_of(orders_sudo)
        if people:
            return self.env._(
                "You may not change sales order %(orders)s, which the hand-over "
                "needs. Ask %(people)s, or somebody who may change all sales orders.",
                orders=names,
                people=people,
            )
        return self.env._(
            "You may not change sales order %s, which the hand-over needs. Ask "
            "somebody who may change all sales orders.",
            names,
        )

    def _tell(self, title):
        """Note on the project what was done (elevated)."""
        day = format_date(self.env, self.date)
        label = dict(self._fields["direction"]._description_selection(self.env))
        lines = [f"{title}: {label[self.direction]}, {day}", self.summary or ""]
        self.project_id._message_log(body="\n".join(filter(None, lines)))

    # === UNDOING ===

    def action_undo(self):
        """Put everything back as it was before this hand-over.

        :returns: the action that closes the window
        :raises BillingError: when something was billed since, naming it
        """
        self.ensure_one()
        self.check_access("read")
        self.project_id.check_access("read")
        self.project_id._billing_check_manager()
        self._lock(self.project_id)
        # sudo: its manager was checked; what follows is checked on the orders
        handover_sudo = self.sudo()
        if (
            handover_sudo.state != "done"
            or self._in_force(self.project_id) != handover_sudo
        ):
            raise BillingError(
                self.env._("Only the last hand-over of a project can be undone.")
            )
        items = self.env["sale.order.line"].sudo()  # sudo: as above
        orders_sudo = items.browse(handover_sudo.changes["items"]).exists().order_id
        refused = self._refused(orders_sudo)
        if refused:
            raise AccessError(self._who_may(refused))
        handover_sudo._check_unbilled()
        handover_sudo.state = "undone"
        self.env.registry.clear_cache()
        handover_sudo._restore()
        handover_sudo._tell(self.env._("Hand-over undone"))
        return {"type": "ir.actions.act_window_close"}

    def _check_unbilled(self):
        """Refuse to undo after anything was billed since (elevated).

        :raises BillingError: naming the document
        """
        document = self._billed_since()
        if document:
            raise BillingError(
                self.env._(
                    "The hand-over of %(project)s from %(day)s on cannot be undone: "
                    "%(document)s bills some of it. Hand it over again in the other "
                    "direction, from a later day on.",
                    project=self.project_id.display_name,
                    day=format_date(self.env, self.date),
                    document=document,
                )
            )

    def _billed_since(self):
        """Return a document that bills what was handed over, or nothing."""
        changes = self.changes
        moves = self.env["account.move"].browse(changes["moves"]).exists()
        posted = moves.filtered(lambda move: move.state != "draft")[:1]
        if posted:
            return posted.display_name
        if self.direction == "rules":
            return self._held_since()
        items = self.env["sale.order.line"].browse(changes["items"]).exists()
        since = items.invoice_lines.move_id.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state != "cancel"
                and move.id > changes["marks"][1]
            )
        )
        return since[:1].display_name if since else False

    def _held_since(self):
        """Return what holds work from the day on, or work that was handed over."""
        changes = self.changes
        rows = self.env.execute_query(
            SQL(
                handover_sql.HELD,
                project=self.project_id.id,
                day=self.date,
                milestones=[int(key) for key in changes["milestones"]],
                deposits=changes["deposits"],
                mark=changes["marks"][0],
            )
        )
        if not rows:
            return False
        item_id = rows[0][0]
        holders = self.env["project.billing.item"]._closed_by("id", [item_id])
        return holders.get(item_id) or self.env._("a package of included hours")
