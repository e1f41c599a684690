"""Hand a project back to its sales order, and undo hand-overs."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date, format_duration

from odoo.addons.project_invoice_tracker.engine import QUIET
from odoo.addons.project_invoice_tracker.exceptions import BillingError

from . import handover_sql
from .former_sql import FORMER
from .handover_to_rules import DATED

#: Writes that the order is not paid for these, of before it had them.
FORGET = f"""
    DELETE FROM {FORMER} WHERE analytic_line_id = ANY(%s) AND order_line_id = ANY(%s)
"""


class ProjectBillingHandover(models.Model):
    """Hand over from the rules to an order; undo both directions."""

    _inherit = "project.billing.handover"

    # === DOING ===

    @api.model
    def _to_orders(self, plan, choices, changes):
        """Give an order what the rules would bill from the day on.

        :param plan: what there is (elevated)
        :param dict choices: ``item_id``, the order item for all that had none before
        :param dict changes: what was changed is written into it
        :returns: sentences of what was done
        """
        item = self._chosen_item(plan, choices)
        done = self._orders_sentences(plan, choices)
        targets = self._targets(plan, item)
        changes["items"] = sorted(
            {
                target.id
                for name in ("tasks", "map", "milestones")
                for target in targets[name].values()
            }
            | set(item.ids)
        )
        self._pin_free(plan, changes)
        self._end_rules(plan, changes)
        project = plan.project.with_context(**QUIET)
        project.billing_order_tasks = "take"
        self._give_links(plan, targets, item, changes)
        self._give_entries(plan, targets, item, changes)
        self._give_milestones(targets, changes)
        return done

    @api.model
    def _chosen_item(self, plan, choices):
        """Return the order item that was chosen (elevated), or refuse it.

        :raises BillingError: saying what is wrong with it
        """
        items = plan.project.env["sale.order.line"]
        item = items.browse(choices["item_id"] or ()).exists()
        if not item:
            raise BillingError(
                self.env._("Choose the sales order item that bills from that day on.")
            )
        company = plan.rules.company_id[:1]
        if (
            item.order_id.state != "sale"
            or not item.is_service
            or item.is_expense
            or item.is_downpayment
            or not item._billing_fits(plan.project)
            or (company and item.order_id.company_id != company)
        ):
            raise BillingError(
                self.env._(
                    "“%(item)s” cannot bill %(project)s: choose a service of a "
                    "confirmed sales order of the same customer and company.",
                    item=item.display_name,
                    project=plan.project.display_name,
                )
            )
        return item

    @api.model
    def _targets(self, plan, item):
        """Return the order items to set, as ``{"tasks": {task: item}, …}``.

        Whatever had an order item before it was handed over to the rules gets that one
        again.
        """
        env, latest = plan.project.env, self._in_force(plan.project)
        former = latest.changes if latest.direction == "rules" else {}
        items = env["sale.order.line"]

        def was(part, key):
            known = former.get(part, {}).get(str(key))
            known = known["item"] if isinstance(known, dict) else known
            found = items.browse(known and known[0] or ()).exists()
            return found if found.order_id.state == "sale" else items

        tasks = (
            env["project.task"]
            .with_context(active_test=False)
            .search(
                [("project_id", "=", plan.project.id), ("sale_line_id", "=", False)]
            )
        )
        maps = plan.project.sale_line_employee_ids.filtered(
            lambda row: not row.sale_line_id
        )
        steps = self._former_steps(plan, former)
        return {
            "tasks": {
                task: target
                for task in tasks
                if (target := was("tasks", task.id) or item)._billing_fits(task)
            },
            "map": {row: target for row in maps if (target := was("map", row.id))},
            "milestones": {
                step: target for step in steps if (target := was("milestones", step.id))
            },
            "shares": {
                step: former["milestones"][str(step.id)]["share"] for step in steps
            },
        }

    @api.model
    def _former_steps(self, plan, former):
        """Return the milestones that were handed over and are free again."""
        return plan.project.env["project.milestone"].search(
            [
                ("project_id", "=", plan.project.id),
                ("id", "in", [int(key) for key in former.get("milestones", {})]),
                ("sale_line_id", "=", False),
                ("billing_held", "=", False),
            ]
        )

    @api.model
    def _pin_free(self, plan, changes):
        """Keep work from before the day with the rules."""
        free = [f for f in plan.free if f.date < plan.date and not f.edited]
        for entry in free:
            changes["entries"][str(entry.id)] = [False, False, False, True]
        entries = self._elevated("account.analytic.line", (f.id for f in free))
        entries.write({"is_so_line_edited": True})

    @api.model
    def _end_rules(self, plan, changes):
        """End the rules on the day before; archive those that have not begun."""
        rows = self.env.execute_query(
            SQL(handover_sql.FIRST_DAYS, project=plan.project.id)
        )
        last_open = {rule_id: last for rule_id, _first, last in rows}
        for rule in self._ending(plan):
            end = plan.date - timedelta(days=1)
            if rule.kind == "cost":
                # bills that no order re-invoices any more
                end = max(end, last_open.get(rule.id) or end)
            if rule.date_start > end:
                changes["rules"][str(rule.id)] = {"active": [True, False]}
                rule.active = False
            else:
                old = rule.date_end and str(rule.date_end)
                changes["rules"][str(rule.id)] = {"date_end": [old, str(end)]}
                rule.date_end = end

    @api.model
    def _ending(self, plan):
        end = plan.date - timedelta(days=1)
        return plan.rules.filtered(
            lambda rule: (
                rule.kind in DATED and (not rule.date_end or rule.date_end > end)
            )
        )

    @api.model
    def _give_links(self, plan, targets, item, changes):
        project = plan.project.with_context(**QUIET)
        changes["project"] = [project.sale_line_id.id] * 2
        if not project.sale_line_id:
            changes["project"] = [False, item.id]
            project.sale_line_id = item
        for row, target in targets["map"].items():
            changes["map"][str(row.id)] = [False, target.id]
            row.sale_line_id = target
        tasks = project.env["project.task"]
        by_item = {}
        for task, target in targets["tasks"].items():
            changes["tasks"][str(task.id)] = [False, target.id]
            by_item[target] = by_item.get(target, tasks) | task
        for target, given in by_item.items():
            given.with_context(**QUIET).write({"sale_line_id": target.id})

    @api.model
    def _give_entries(self, plan, targets, item, changes):
        """Give the orders the time from the day on that no request holds."""
        of_tasks = {task.id: target for task, target in targets["tasks"].items()}
        of_people = {
            row.employee_id.id: target for row, target in targets["map"].items()
        }
        by_item = {}
        for free in plan.free:
            if free.date < plan.date:
                continue
            target = item if not free.task_id else of_tasks.get(free.task_id)
            if target:
                target = of_people.get(free.employee_id) or target
                row = [False, free.edited, target.id, False]
                changes["entries"][str(free.id)] = row
                by_item.setdefault(target.id, []).append(free.id)
        for target_id, ids in by_item.items():
            entries = self._elevated("account.analytic.line", ids)
            entries.write({"so_line": target_id, "is_so_line_edited": False})
        self.env.flush_all()

    @api.model
    def _give_milestones(self, targets, changes):
        for step, target in targets["milestones"].items():
            share = targets["shares"][step]
            changes["milestones"][str(step.id)] = {
                "item": [False, target.id],
                "share": 0.0,
                "priced": False,
            }
            step.with_context(**QUIET).sale_line_id = target
            self.env.flush_all()
            step.quantity_percentage = share

    # === SENTENCES ===

    @api.model
    def _orders_sentences(self, plan, choices):
        """Return in words what handing back to an order does."""
        env, day = self.env, format_date(self.env, plan.date)
        items = plan.project.env["sale.order.line"]
        item = items.browse(choices["item_id"] or ()).exists()
        if not item:
            return [env._("Choose the sales order item that bills from that day on.")]
        targets = self._targets(plan, item)
        given = {task.id for task in targets["tasks"]}
        after = [f for f in plan.free if f.date >= plan.date]
        moved = sum(f.hours for f in after if not f.task_id or f.task_id in given)
        kept = sum(f.hours for f in after) - moved
        texts = [
            env._(
                "%(hours)s hours from %(day)s on go to %(item)s, and so does new work.",
                hours=format_duration(moved),
                day=day,
                item=item.display_name,
            ),
            env._(
                "%(hours)s open hours of before %(day)s stay here, like all that "
                "requests and invoices have.",
                hours=format_duration(
                    sum(f.hours for f in plan.free if f.date < plan.date and f.ours)
                ),
                day=day,
            ),
            env._(
                "An order item is given to tasks (%(tasks)s), people (%(people)s) and "
                "milestones (%(milestones)s).",
                tasks=len(targets["tasks"]),
                people=len(targets["map"]),
                milestones=len(targets["milestones"]),
            ),
        ]
        return texts + self._ending_sentences(plan, day, kept)

    @api.model
    def _ending_sentences(self, plan, day, kept):
        env, ending = self.env, self._ending(plan)
        texts = []
        if kept:
            texts.append(
                env._(
                    "%(hours)s hours are of tasks of another customer, which no rule "
                    "and no order bills then: the leak finder names them.",
                    hours=format_duration(kept),
                )
            )
        if ending:
            texts.append(
                env._(
                    "%(rules)s: until the day before %(day)s.",
                    rules=", ".join(ending.mapped("name")),
                    day=day,
                )
            )
        left = sum(plan.rules.mapped("advance_left"))
        if left:
            amount = format_amount(env, left, plan.rules.currency_id[:1])
            texts.append(env._("A deposit of %s is still to be deducted here.", amount))
        return texts

    # === UNDOING ===

    def _restore(self):
        """Restore what this hand-over changed and nobody changed since (elevated).

        Automatic order items of new tasks are off while the links are restored, so that
        only tasks that had an order item get it again.
        """
        changes, project = self.changes, self.project_id.with_context(**QUIET)
        moves = self.env["account.move"].browse(changes["moves"]).exists()
        moves.filtered(lambda move: move.state == "draft").unlink()
        self._restore_rules(changes)
        choice = project.billing_order_tasks
        project.billing_order_tasks = "none"
        old, new = changes["project"]
        if old != new and (project.sale_line_id.id or False) == (new or False):
            project.sale_line_id = old
        self._restore_links("project.sale.line.employee.map", changes["map"])
        self._restore_links("project.task", changes["tasks"])
        self._restore_milestones(changes)
        self._restore_entries(changes)
        expected = {"rules": "none", "orders": "take"}[self.direction]
        restored = changes["order_tasks"] if choice == expected else choice
        project.billing_order_tasks = restored
        self.env.flush_all()
        self._follow_links()

    def _restore_links(self, model, rows):
        """Restore the order items of tasks or people that nobody changed since."""
        records = self.env[model].with_context(active_test=False, **QUIET)
        items = self.env["sale.order.line"]
        found = records.browse([int(key) for key in rows]).exists()
        for record in found.filtered(lambda r: r.project_id == self.project_id):
            old, new = rows[str(record.id)][:2]
            if (record.sale_line_id.id or False) == (new or False):
                record.sale_line_id = items.browse(old or ()).exists()

    def _restore_milestones(self, changes):
        items = self.env["sale.order.line"]
        milestones = self.env["project.milestone"].with_context(**QUIET)
        rows = changes["milestones"]
        for milestone in milestones.browse([int(key) for key in rows]).exists():
            row = rows[str(milestone.id)]
            old, new = row["item"]
            if row["priced"]:
                milestone.write({"billing_basis": False, "billing_fixed_price": 0})
            if (milestone.sale_line_id.id or False) == (new or False):
                milestone.sale_line_id = items.browse(old or ()).exists()
                self.env.flush_all()
                milestone.quantity_percentage = row["share"]

    def _restore_entries(self, changes):
        """Restore the order items of entries, or remove them again."""
        self.env.flush_all()
        rows = changes["entries"]
        entries = self._elevated("account.analytic.line", map(int, rows)).exists()
        entries = entries.filtered(lambda line: line.project_id == self.project_id)
        moved, edited = {}, {True: [], False: []}
        for entry in self._unchanged_entries(entries, rows):
            old, was_edited, _new, _edited = rows[str(entry.id)]
            if (entry.so_line.id or False) != (old or False):
                moved.setdefault(old or False, []).append(entry.id)
            edited[bool(was_edited)].append(entry.id)
        for old, ids in moved.items():
            entries.browse(ids).write({"so_line": old})
        for was_edited, ids in edited.items():
            entries.browse(ids).write({"is_so_line_edited": was_edited})
        self.env.flush_all()
        if self.direction == "orders":
            # the order invoiced nothing since, so it is paid for none of these
            ids = [int(key) for key in rows]
            self.env.cr.execute(SQL(FORGET, ids, changes["items"]))
        entries._billing_follow_order()

    def _unchanged_entries(self, entries, rows):
        """Return the entries whose order item nobody changed since."""
        items = self.env["sale.order.line"]
        items = items.browse({row[0] for row in rows.values() if row[0]}).exists()

        def is_unchanged(entry):
            old, _was_edited, new, _edited = rows[str(entry.id)]
            return (
                (entry.so_line.id or False) == (new or False)
                and not entry.billing_held
                and (not old or old in items.ids)
            )

        return entries.filtered(is_unchanged)

    def _restore_rules(self, changes):
        rules = self.env["project.billing.rule"].with_context(active_test=False)
        for rule in rules.browse([int(key) for key in changes["rules"]]).exists():
            for name, (old, new) in changes["rules"][str(rule.id)].items():
                now = rule[name]
                if name == "active" or str(now) == str(new):
                    rule[name] = old
        self.env["project.billing.rate"].browse(changes["rates"]).exists().unlink()
        rules.browse(changes["deposits"]).exists().unlink()

    def _follow_links(self):
        """Let time that was logged since get the order item of its task again."""
        entries = self._elevated("account.analytic.line", ()).search(
            [
                ("project_id", "=", self.project_id.id),
                ("date", ">=", self.date),
                ("is_so_line_edited", "=", False),
                ("id", "not in", [int(key) for key in self.changes["entries"]]),
            ]
        )
        entries._compute_so_line()
        self.env.flush_all()
        entries._billing_follow_order()
