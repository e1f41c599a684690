"""Hand a project over to billing rules: from a day on they bill what an order had."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date, format_duration

from odoo.addons.project_invoice_tracker.engine import QUIET

from . import handover_sql

#: Kinds of rules that bill by the day of the work.
DATED = ("time", "cost", "recurring")


class ProjectBillingHandover(models.Model):
    """Hand over from an order to the rules."""

    _inherit = "project.billing.handover"

    # === DOING ===

    @api.model
    def _to_rules(self, plan, choices, changes):
        """Give the rules what the orders have from the day on.

        :param plan: what there is (elevated)
        :param dict choices: ``before`` (``pin`` or ``invoice``), ``rates`` and
            ``deposit`` (whether they are copied)
        :param dict changes: what was changed is written into it
        :returns: sentences of what was done
        """
        done = self._rules_sentences(plan, choices)
        changes["items"] = sorted(
            {entry.item_id for entry in [*plan.pinned(), *plan.taken()]}
            | {step.item_id for step in plan.taken_steps()}
            | {r.sale_line_id.id for r in plan.tasks if plan.hands(r.sale_line_id)}
            | {r.sale_line_id.id for r in plan.maps if plan.hands(r.sale_line_id)}
            | set(plan.project.sale_line_id.ids)
        )
        self._pin(plan, changes)
        rates = self._rate_values(plan) if choices["rates"] else []
        plan.project.with_context(**QUIET).billing_order_tasks = "none"
        self._empty_links(plan, changes)
        self._take_entries(plan, changes)
        self._take_milestones(plan, changes)
        if choices["before"] == "invoice":
            done += self._invoice_before(plan, changes)
        self._begin_rules(plan, changes)
        if rates:
            made = self.env["project.billing.rate"].create(rates)
            changes["rates"] = made.ids
        if choices["deposit"]:
            done += self._offer_deposits(plan, changes)
        return done

    @api.model
    def _pin(self, plan, changes):
        """Keep work on the orders that bill it, whatever happens to its task."""
        loose = [entry for entry in plan.pinned() if not entry.edited]
        for entry in loose:
            row = [entry.item_id, False, entry.item_id, True]
            changes["entries"][str(entry.id)] = row
        entries = self._elevated("account.analytic.line", (e.id for e in loose))
        entries.write({"is_so_line_edited": True})

    @api.model
    def _elevated(self, model, ids):
        """Return records of the project that is handed over.

        Its manager decides who bills it, and may write the orders.
        """
        # sudo: checked by whoever calls, see above
        return self.env[model].sudo().with_context(**QUIET).browse(list(ids))

    @api.model
    def _empty_links(self, plan, changes):
        project = plan.project.with_context(**QUIET)
        item = project.sale_line_id
        changes["project"] = [item.id, item.id]
        if item and plan.hands(item):
            changes["project"] = [item.id, False]
            project.sale_line_id = False
        maps = plan.maps.filtered(lambda row: plan.hands(row.sale_line_id))
        for row in maps:
            changes["map"][str(row.id)] = [row.sale_line_id.id, False]
            changes["map_employees"][str(row.employee_id.id)] = row.sale_line_id.id
        maps.write({"sale_line_id": False})
        tasks = plan.tasks.filtered(lambda task: plan.hands(task.sale_line_id))
        for task in tasks:
            changes["tasks"][str(task.id)] = [task.sale_line_id.id, False]
        tasks.with_context(**QUIET).write({"sale_line_id": False})

    @api.model
    def _take_entries(self, plan, changes):
        taken = plan.taken()
        for entry in taken:
            row = [entry.item_id, entry.edited, False, entry.edited]
            changes["entries"][str(entry.id)] = row
        entries = self._elevated("account.analytic.line", (e.id for e in taken))
        entries.filtered("so_line").write({"so_line": False})
        self.env.flush_all()
        entries._billing_follow_order()

    @api.model
    def _take_milestones(self, plan, changes):
        steps = plan.taken_steps()
        milestones = self._elevated("project.milestone", (s.id for s in steps))
        prices = self._milestone_prices(plan)
        for step in steps:
            milestone = milestones.browse(step.id)
            changes["milestones"][str(step.id)] = {
                "item": [step.item_id, False],
                # Odoo forgets which part of the item it delivers
                "share": milestone.quantity_percentage,
                "priced": step.id in prices,
            }
        milestones.write({"sale_line_id": False})
        for milestone in milestones.filtered(lambda m: m.id in prices):
            milestone.write(
                {
                    "billing_basis": "fixed",
                    "billing_fixed_price": prices[milestone.id],
                }
            )

    @api.model
    def _milestone_prices(self, plan):
        """Return ``{milestone id: price}`` of milestones that have no price here."""
        if not self.env["project.billing.rule"].has_access("create"):
            return {}
        steps = {
            step.id: step
            for step in plan.taken_steps()
            if self._same_currency(plan, plan.parts[step.order_id].order)
        }
        milestones = plan.project.env["project.milestone"].browse(steps)
        currency = plan.rules.currency_id[:1]
        return {
            milestone.id: currency.round(steps[milestone.id].value)
            for milestone in milestones
            if not milestone.billing_basis and steps[milestone.id].value > 0
        }

    @api.model
    def _same_currency(self, plan, order):
        return order.currency_id == plan.rules.currency_id[:1]

    # === RULES ===

    @api.model
    def _begin_rules(self, plan, changes):
        """Start the rules on the day, unless they have earlier work."""
        for rule in self._beginning(plan):
            changes["rules"][str(rule.id)] = {
                "date_start": [str(rule.date_start), str(plan.date)]
            }
            rule.date_start = plan.date

    @api.model
    def _beginning(self, plan):
        """Return the rules whose first day becomes the day of the hand-over."""
        rows = self.env.execute_query(
            SQL(handover_sql.FIRST_DAYS, project=plan.project.id)
        )
        first = {rule_id: day for rule_id, day, _last in rows}
        return plan.rules.filtered(
            lambda rule: (
                rule.kind in DATED
                and rule.date_start != plan.date
                and (not rule.date_end or rule.date_end >= plan.date)
                and (
                    rule.date_start > plan.date
                    or not (first.get(rule.id) and first[rule.id] < plan.date)
                )
            )
        )

    # === RATES ===

    @api.model
    def _rate_values(self, plan):
        """Return values of rates at the prices of the employee map."""
        rates = self.env["project.billing.rate"]
        if not rates.has_access("create"):
            return []
        values = []
        for rule in plan.rules.filtered(lambda rule: rule.kind == "time"):
            known = self._known_people(plan, rule)
            values += [
                {"rule_id": rule.id, "employee_id": row.employee_id.id, **price}
                for row in self._copied_maps(plan)
                if row.employee_id not in known
                and (price := self._rate_price(plan, row.sale_line_id))
            ]
        return values

    @api.model
    def _copied_maps(self, plan):
        return plan.maps.filtered(
            lambda row: (
                plan.hands(row.sale_line_id)
                and self._same_currency(plan, row.sale_line_id.order_id)
            )
        )

    @api.model
    def _known_people(self, plan, rule):
        """Return people who already have a rate of this rule on the day or later."""
        rates = plan.project.env["project.billing.rate"].search(
            [
                ("rule_id", "=", rule.id),
                ("employee_id", "!=", False),
                *[(name, "=", False) for name in ("task_id", "job_id", "tag_id")],
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", plan.date),
            ]
        )
        return rates.employee_id

    @api.model
    def _rate_price(self, plan, item):
        """Return the price of an order item as that of a rate, or nothing."""
        hour = self.env.ref("uom.product_uom_hour")
        price = item.price_unit * (1 - item.discount / 100)
        unit = item.product_uom_id
        if price <= 0 or not unit._has_common_reference(hour):
            return None
        hours = unit._compute_quantity(1.0, hour, round=False)
        values = {"price_unit": price, "date_from": plan.date}
        if unit == hour or not 0 < hours <= 24:
            return {**values, "price_unit": price / (hours or 1.0)}
        return {**values, "unit": "day", "hours_per_day": hours}

    # === INVOICING WHAT WAS BEFORE ===

    @api.model
    def _invoice_before(self, plan, changes):
        """Create the orders' invoices of work before the day, as the user."""
        done = []
        for order_sudo in plan.invoiceable():
            order = self.env["sale.order"].browse(order_sudo.id)
            order = order.with_company(order_sudo.company_id)
            try:
                with self.env.cr.savepoint():
                    moves = self._invoice_order(order, plan.date - timedelta(days=1))
            except AccessError:
                raise AccessError(self._who_may(order_sudo)) from None
            except UserError as error:
                done.append(f"{order_sudo.name}: {error.args[0]}")
                continue
            # sudo: an invoice of an order that the user may write
            changes["moves"] += moves.ids
            done.append(
                self.env._(
                    "%(order)s: a draft invoice was made of what was before.",
                    order=order_sudo.name,
                )
            )
        return done

    @api.model
    def _invoice_order(self, order, until):
        """Invoice what an order delivered up to a day, by Odoo's own window."""
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order",
            active_ids=order.ids,
            active_id=order.id,
            billing_delivered_only=True,
        )
        wizard = wizard.create(
            {
                "advance_payment_method": "delivered",
                "date_end_invoice_timesheet": until,
            }
        )
        moves = wizard._create_invoices(wizard.sale_order_ids)
        # the window of Odoo leaves what is to invoice later at zero
        lines_sudo = order.sudo().order_line  # sudo: figures of the order
        for name in ("qty_to_invoice", "invoice_status"):
            self.env.add_to_compute(lines_sudo._fields[name], lines_sudo)
        self.env.flush_all()
        return moves

    # === DOWN PAYMENTS ===

    @api.model
    def _deposit_parts(self, plan):
        """Return the orders whose down payment can become a deposit."""
        if not self.env["project.billing.rule"].has_access("create"):
            return []
        return [
            part
            for part in plan.handed
            if part.down_payment > 0.005 and self._same_currency(plan, part.order)
        ]

    @api.model
    def _offer_deposits(self, plan, changes):
        """Make each down payment a deposit, and credit the down payment."""
        plan._count_documents()
        done = []
        for part in self._deposit_parts(plan):
            rule = self.env["project.billing.rule"].create(
                {
                    "name": self.env._("Down payment of %s", part.order.name),
                    "project_id": plan.project.id,
                    "company_id": plan.rules.company_id[:1].id,
                    "currency_id": plan.rules.currency_id[:1].id,
                    "kind": "advance",
                    "advance_type": "money",
                    "advance_basis": "amount",
                    "advance_amount": part.down_payment,
                    "advance_consumption": "at_once",
                    "date_start": plan.date,
                }
            )
            changes["deposits"].append(rule.id)
            done.append(self._credit_down_payment(part, changes))
        return done

    @api.model
    def _credit_down_payment(self, part, changes):
        """Draft the credit note of a down payment if the user may, and report it."""
        moves = part.order.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and move.payment_state != "reversed"
                and all(
                    move.invoice_line_ids.sale_line_ids.mapped("is_downpayment")
                    or [False]
                )
            )
        )
        amount = format_amount(self.env, part.down_payment, part.order.currency_id)
        own = self.env["account.move"].browse(moves.ids)
        if moves and own.has_access("write") and own.has_access("create"):
            credits_ = own._reverse_moves()
            changes["moves"] += credits_.ids
            return self.env._(
                "%(order)s: %(amount)s is a deposit now, and the credit note of the "
                "down payment is a draft. Post both.",
                order=part.order.name,
                amount=amount,
            )
        return self.env._(
            "%(order)s: %(amount)s is a deposit now. Have accounting credit the down "
            "payment %(invoice)s.",
            order=part.order.name,
            amount=amount,
            invoice=", ".join(moves.mapped("name")),
        )

    # === SENTENCES ===

    @api.model
    def _rules_sentences(self, plan, choices):
        """Return in words what handing over to the rules does."""
        day = format_date(self.env, plan.date)
        texts = []
        for part in plan.parts.values():
            texts += self._part_sentences(plan, part, choices, day)
        texts += self._links_sentences(plan, choices)
        nobody = plan.nobody_before()
        if nobody:
            texts.append(
                self.env._(
                    "%(hours)s hours before %(day)s have no sales order item and no "
                    "rule: the leak finder names them.",
                    hours=format_duration(nobody),
                    day=day,
                )
            )
        return texts

    @api.model
    def _part_sentences(self, plan, part, choices, day):
        name, env = part.order.name, self.env
        if part.reason:
            return [env._("%(order)s (%(why)s) stays.", order=name, why=part.reason)]
        texts = self._before_sentences(part, choices, day)
        if part.hours_after:
            texts.append(
                env._(
                    "%(hours)s hours from %(day)s on leave %(order)s and are to bill "
                    "here.",
                    hours=format_duration(part.hours_after),
                    day=day,
                    order=name,
                )
            )
        if part.hours_paid:
            texts.append(
                env._(
                    "%(hours)s hours from %(day)s on are invoiced by %(order)s "
                    "already and stay with it.",
                    hours=format_duration(part.hours_paid),
                    day=day,
                    order=name,
                )
            )
        return texts + self._money_sentences(plan, part, choices)

    @api.model
    def _before_sentences(self, part, choices, day):
        name, env, texts = part.order.name, self.env, []
        if part.hours_before and choices["before"] == "invoice":
            texts.append(
                env._(
                    "%(order)s invoices %(hours)s hours of before %(day)s.",
                    order=name,
                    hours=format_duration(part.hours_before),
                    day=day,
                )
            )
        elif part.hours_before:
            texts.append(
                env._(
                    "%(hours)s hours of before %(day)s stay with %(order)s.",
                    hours=format_duration(part.hours_before),
                    day=day,
                    order=name,
                )
            )
        return texts

    @api.model
    def _money_sentences(self, plan, part, choices):
        name, env, texts = part.order.name, self.env, []
        if part.milestones_invoiced:
            texts.append(
                env._(
                    "Milestones that %(order)s invoiced, and that stay with it: "
                    "%(count)s.",
                    count=part.milestones_invoiced,
                    order=name,
                )
            )
        if part.prepaid_left > 0:
            texts.append(
                env._(
                    "%(hours)s prepaid hours are left on %(order)s: agree with the "
                    "customer what becomes of them.",
                    hours=format_duration(part.prepaid_left),
                    order=name,
                )
            )
        if part.down_payment:
            texts.append(self._deposit_sentence(plan, part, choices))
        if part.costs:
            texts.append(
                env._(
                    "Costs of %(amount)s that %(order)s re-invoices stay with it.",
                    amount=format_amount(env, part.costs, part.order.currency_id),
                    order=name,
                )
            )
        return texts

    @api.model
    def _deposit_sentence(self, plan, part, choices):
        name, env = part.order.name, self.env
        amount = format_amount(env, part.down_payment, part.order.currency_id)
        if choices["deposit"] and part in self._deposit_parts(plan):
            return env._(
                "The down payment %(amount)s of %(order)s becomes a deposit.",
                amount=amount,
                order=name,
            )
        return env._(
            "The down payment %(amount)s stays on %(order)s until it is "
            "deducted or credited there.",
            amount=amount,
            order=name,
        )

    @api.model
    def _links_sentences(self, plan, choices):
        env, texts = self.env, []
        tasks = plan.tasks.filtered(lambda task: plan.hands(task.sale_line_id))
        maps = plan.maps.filtered(lambda row: plan.hands(row.sale_line_id))
        texts.append(
            env._(
                "The order item is taken off the project, its tasks (%(tasks)s) and "
                "the employee map (%(people)s); new tasks get none.",
                tasks=len(tasks),
                people=len(maps),
            )
        )
        steps = plan.taken_steps()
        if steps:
            texts.append(env._("Milestones billed by the rules: %s.", len(steps)))
        left = len([s for s in plan.steps if not s.paid]) - len(steps)
        if left:
            texts.append(env._("Open milestones that stay with their order: %s.", left))
        if choices["rates"] and maps:
            texts.append(self._rates_sentence(plan, maps))
        begin = self._beginning(plan)
        if begin:
            texts.append(
                env._(
                    "%(rules)s: from %(day)s on.",
                    rules=", ".join(begin.mapped("name")),
                    day=format_date(env, plan.date),
                )
            )
        return texts

    @api.model
    def _rates_sentence(self, plan, maps):
        if not self.env["project.billing.rate"].has_access("create"):
            return self.env._(
                "The prices of the employee map are not copied: somebody who "
                "configures billing has to set the rates."
            )
        foreign = maps - self._copied_maps(plan)
        if foreign:
            return self.env._(
                "The prices of %(people)s are in %(currency)s and not copied: set "
                "their rates.",
                people=", ".join(foreign.employee_id.mapped("name")),
                currency=foreign.currency_id[:1].name,
            )
        return self.env._(
            "Rates made at the prices of the employee map: %s.",
            len(self._rate_values(plan)),
        )
