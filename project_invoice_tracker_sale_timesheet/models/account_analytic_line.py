"""Time entries: either a sales order bills them, or a billing request does."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import BillingError, SourceClosed
from odoo.addons.project_invoice_tracker.models.phrases import named

from .claim_sql import ENTRY_GUARD, FOLLOW_ENTRIES
from .former_sql import ORDERED_ENTRIES, ordered_names

#: Fields whose change may give the entry to an order, or take it away from one.
ORDER_FIELDS = {"so_line", "is_so_line_edited", "timesheet_invoice_id"}
PENDING = "billing_order_entries"
RELEASED = "billing_released_entries"


class AccountAnalyticLine(models.Model):
    """No order bills an entry that a request holds; no item bills an order's entry."""

    _inherit = "account.analytic.line"

    billing_held = fields.Boolean(
        string="Held by a Billing Request",
        copy=False,
        readonly=True,
        groups="base.group_user",
        export_string_translation=False,
        help="A billing request or its invoice holds the entry, or included hours "
        "cover it: no sales order bills it.",
    )
    billing_ordered = fields.Boolean(
        string="Billed by a Sales Order",
        compute="_compute_billing_ordered",
        search="_search_billing_ordered",
        groups="base.group_user",
    )
    billing_biller = fields.Char(
        string="Billed By", compute="_compute_billing_biller", groups="base.group_user"
    )

    @api.private
    def init(self):
        """Create the trigger that refuses an entry which both sides would bill."""
        result = super().init()
        self.env.cr.execute(ENTRY_GUARD)
        return result

    # === COMPUTE ===

    def _compute_billing_biller(self):
        held = self.filtered("billing_held")
        holders = held._billing_closed()
        orders = self._billing_orders()
        for line in self:
            order = orders.get(line._origin.id)
            if line.billing_held:
                line.billing_biller = holders.get(line._origin.id) or line.env._(
                    "included hours"
                )
            elif order:
                line.billing_biller = line.env._("sales order %s", order)
            else:
                line.billing_biller = False

    def _search_billing_ordered(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["project.billing.order.memory"]._flush()
        found = SQL(
            "(SELECT part.id FROM (%s) part)",
            SQL(ORDERED_ENTRIES, only=SQL("TRUE"), **ordered_names(self.env)),
        )
        return [("id", "in" if True in value else "not in", found)]

    def _compute_billing_ordered(self):
        orders = self._billing_orders()
        for line in self:
            line.billing_ordered = line._origin.id in orders

    def _billing_orders(self):
        """Return ``{entry id: number of the order}`` of those that an order bills."""
        ids = [line._origin.id for line in self if line._origin.id]
        if not ids:
            return {}
        self.env["project.billing.order.memory"]._flush()
        query = SQL(
            ORDERED_ENTRIES,
            only=SQL("line.id IN %s", tuple(ids)),
            **ordered_names(self.env),
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT part.id, sale.name FROM (%s) part"
                " JOIN sale_order sale ON sale.id = part.order_id",
                query,
            )
        )
        return dict(rows)

    def _timesheet_determine_sale_line(self):
        """Override of `sale_timesheet`: a cancelled order gets no more time.

        Nor does the project's own order get time without a task, where orders are not
        to get time automatically.
        """
        item = super()._timesheet_determine_sale_line()
        item = item or self.env["sale.order.line"]
        # sudo: the state of an order that the user may not read
        if item and item.sudo().order_id.state == "cancel":
            return item.browse()
        if (
            item
            and not self.task_id
            and self.project_id.sudo().billing_order_tasks == "none"  # sudo: a choice
            and item == self.project_id.sudo().sale_line_id  # sudo: an id
        ):
            item = item.browse()
        handovers = self.env["project.billing.handover"]
        return handovers._item_on(self, item).with_env(self.env)

    @api.depends("date")
    def _compute_so_line(self):
        """Override of `sale_timesheet`: update items before the transaction ends.

        Time that is logged late goes to whoever billed the project on the day of the
        work.
        """
        result = super()._compute_so_line()
        # the item that an entry comes to delivers it: Odoo marks the one it leaves
        delivered = self.env["sale.order.line"]._fields["qty_delivered"]
        self.env.add_to_compute(delivered, self.so_line.filtered("id"))
        self._billing_candidates().filtered("id")._billing_sync_later()
        return result

    def _is_not_billed(self):
        """Override of `sale_timesheet`: orders may not take what a request holds."""
        # sudo: whether it is held, of an entry that the user may not read fully
        return not self.sudo().billing_held and super()._is_not_billed()

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {key.removeprefix("default_") for key in self.env.context}
        self._billing_refuse_held(*vals_list, defaults)
        lines = super().create(vals_list)
        costs = lines.filtered(lambda line: line.so_line and line.move_line_id)
        costs._billing_follow_order()
        return lines

    def write(self, vals):
        self._billing_refuse_held(vals)
        if not vals.keys() & ORDER_FIELDS:
            return super().write(vals)
        if vals.get("so_line"):
            self._billing_check_free(vals["so_line"])
        result = super().write(vals)
        if "timesheet_invoice_id" in vals:
            candidates = self._billing_candidates()
            if candidates:
                self._billing_follow_claims(SQL("%s", tuple(candidates.ids)))
        moved = self
        if vals.keys().isdisjoint({"so_line", "is_so_line_edited"}):
            # an order that invoices its entries does not change whose they are
            moved = self.filtered(lambda line: not line.so_line)
        moved._billing_follow_order()
        return result

    def _billing_refuse_held(self, *vals_list):
        if any("billing_held" in vals for vals in vals_list):
            raise AccessError(
                self.env._("Whether an entry is held is kept by the billing requests.")
            )

    # === OWNERSHIP ===

    def _billing_check_free(self, so_line_id):
        """Refuse to give an order what a request or an invoice holds.

        :raises SourceClosed: naming the holder and the remedy
        """
        # sudo: whoever writes the entry, and the bill's analytic lines too
        held = self.sudo().filtered(
            lambda line: line.billing_held and line.so_line.id != so_line_id
        )
        if not held:
            return
        closed = held._billing_closed()
        costs = self.env["project.billing.item"]._closed_by(
            "cost_line_id", held.move_line_id.ids
        )
        line = held[0]
        holder = closed.get(line.id) or costs.get(line.move_line_id.id)
        if not holder:
            raise SourceClosed(
                self.env._(
                    "The entry “%(entry)s” of %(day)s is covered by included or "
                    "prepaid hours, so no sales order can bill it. Take the hours off "
                    "the billing rule first.",
                    entry=named(self.env, line.name),
                    day=line.date,
                )
            )
        raise SourceClosed(
            self.env._(
                "The entry “%(entry)s” of %(day)s is in %(holder)s. Take it out there, "
                "or credit the invoice, before a sales order bills it.",
                entry=named(self.env, line.name),
                day=line.date,
                holder=holder,
            )
        )

    def _billing_refuse_ordered(self):
        """Refuse entries that a request would take from an order.

        :raises BillingError: naming the sales order and the remedy
        """
        # sudo: the number of the order and the name of the entry only
        line = self.sudo()[:1]
        raise BillingError(
            self.env._(
                "“%(entry)s” of %(day)s is billed by sales order %(order)s. Take the "
                "sales order item off the entry to bill it here.",
                entry=named(self.env, line.name),
                day=line.date,
                order=line.so_line.order_id.name,
            )
        )

    @api.model
    def _billing_follow_claims(self, only):
        """Write on entries whether a request holds them, and update their orders.

        Entries that are given back go to their order when the transaction ends: a line
        that is credited may be replaced by another that holds the same entries.

        :param SQL only: which entries, as what follows ``IN``
        :returns: entries with an order item that were not ours before, but are now
        """
        self.flush_model([*ORDER_FIELDS, "move_line_id", "project_id"])
        self.env["account.move"].flush_model(["state", "payment_state"])
        rows = self.env.execute_query(SQL(FOLLOW_ENTRIES, only=only))
        if not rows:
            return self.browse()
        # sudo: what orders delivered follows, whoever moves the ledger
        changed_sudo = self.sudo().browse([row[0] for row in rows])
        changed_sudo.invalidate_recordset(["billing_held"], flush=False)
        ordered_sudo = changed_sudo.browse([row[0] for row in rows if row[1]])
        ordered_sudo.modified(["billing_held"])
        freed = ordered_sudo.browse([row[0] for row in rows if row[1] and not row[2]])
        freed._billing_sync_later()
        self._billing_released(rows)
        known = self.env.cr.precommit.data.setdefault(RELEASED, set())
        known.update(freed.ids)
        taken = ordered_sudo - freed
        return taken.filtered(lambda line: line.id not in known).with_env(self.env)

    @api.model
    def _billing_released(self, rows):
        """Give entries that were handed back to their order, once nothing holds them.

        :param rows: ``(entry id, order item, held)`` of what changed
        """
        latest = self.env["project.billing.handover"]._latest()
        if latest:
            # sudo: who bills an entry does not depend on who releases it
            lines_sudo = self.sudo().browse([r[0] for r in rows if not (r[1] or r[2])])
            lines_sudo = lines_sudo.filtered(lambda line: line.project_id.id in latest)
            lines_sudo._billing_sync_later()

    def _billing_handed_back(self):
        """Return the entries that an order bills now and nothing holds (elevated)."""
        handovers = self.env["project.billing.handover"]

        def is_handed_back(line):
            latest = handovers._in_force(line.project_id)
            return (
                latest.direction == "orders"
                and line.date >= latest.date
                and not line.so_line
                and not line.billing_held
                and not line.is_so_line_edited
            )

        return self.filtered(is_handed_back)

    def _billing_follow_order(self):
        """Update the items after an order took these entries, or released them."""
        costs = self.filtered("move_line_id")
        (self - costs)._billing_sync()
        self.env["project.billing.order.memory"]._settle_costs(costs.move_line_id)

    def _billing_sync(self, projects=None):
        """Override: entries that are synced now are not synced again later."""
        result = super()._billing_sync(projects)
        pending = self.env.cr.precommit.data.get(PENDING)
        if pending:
            pending.difference_update(self.ids)
        return result

    def _billing_sync_later(self):
        """Update the items of these entries before the transaction ends.

        It cannot be done at once while a field is computed, or while slices move from
        one line to another.
        """
        if not self:
            return
        data = self.env.cr.precommit.data
        if PENDING not in data:
            data[PENDING] = set()
            # sudo: items follow their entries, whoever caused the change
            sync = self.env["account.analytic.line"].sudo()._billing_sync_pending
            self.env.cr.precommit.add(sync)
        data[PENDING].update(self.ids)

    @api.model
    def _billing_sync_pending(self):
        data = self.env.cr.precommit.data
        data.pop(RELEASED, None)
        ids = data.pop(PENDING, ())
        if ids:
            lines = self.browse(ids).exists()
            lines._billing_handed_back()._compute_so_line()
            lines._billing_sync()
