"""Time: hours of people at their rate, from the entries they logged."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date

from ..billing import rates as rate_rules
from ..billing.rounding import billed_minutes, exact, minutes_from_hours
from ..exceptions import BillingError

ENTRY_FIELDS = [
    "project_id",
    "task_id",
    "employee_id",
    "date",
    "unit_amount",
    "product_uom_id",
    "company_id",
    "name",
]
#: Time entries in hours, whatever unit they are kept in.
ENTRIES = """
    SELECT line.id, line.name, line.project_id, line.task_id,
           line.employee_id, line.date, line.company_id,
           line.unit_amount * coalesce(uom.factor / hour.factor, 1) AS hours
      FROM account_analytic_line line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE line.project_id IN %(projects)s AND line.date >= %(start)s
       AND %(only)s
"""
#: Entries that came to or left the projects, or are no longer what their item says.
STALE_ENTRIES = """
    SELECT line.id
      FROM account_analytic_line line
      JOIN uom_uom hour ON hour.id = %(hour)s
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
      LEFT JOIN (SELECT project_id, min(date_start) AS date_start
                   FROM project_billing_rule
                  WHERE project_id IN %(projects)s AND kind = 'time' AND active
                  GROUP BY project_id) rule ON rule.project_id = line.project_id
      LEFT JOIN project_billing_item item ON item.analytic_line_id = line.id
     WHERE (line.project_id IN %(projects)s OR item.project_id IN %(projects)s)
       AND (item.id IS NULL AND rule.date_start <= line.date
            OR item.quantity = item.quantity_open AND (
               item.project_id IS DISTINCT FROM line.project_id
               OR item.date <> line.date
               OR item.company_id <> line.company_id
               OR item.task_id IS DISTINCT FROM line.task_id
               OR item.employee_id IS DISTINCT FROM line.employee_id
               OR item.quantity_recorded <> round((line.unit_amount * 60
                  * coalesce(uom.factor / hour.factor, 1))::numeric)
               -- what came back gets the price of today's rates
               OR EXISTS (SELECT FROM project_billing_allocation slice
                           WHERE slice.item_id = item.id)))
"""


class ProjectBillingKindTime(models.AbstractModel):
    """Each time entry on a project with a rule of this kind is one item."""

    _name = "project.billing.kind.time"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Time"

    _kind = "time"
    _source_field = "analytic_line_id"
    _unit = "minute"

    @api.model
    def _sync_stale(self, projects):
        """Override to ask SQL which entries differ from their items."""
        self._flush_entries()
        rows = self.env.execute_query(
            SQL(
                STALE_ENTRIES,
                projects=tuple(projects.ids),
                hour=self.env.ref("uom.product_uom_hour").id,
            )
        )
        if rows:
            self._sync_items(projects, [line_id for (line_id,) in rows])

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        rules_of = defaultdict(list)
        for rule in rules:
            rules_of[rule.project_id.id].append(_TimeRule(rule, self.env))
        wanted = []
        for entry in self._read_entries(rules, source_ids):
            rule = next(
                (rule for rule in rules_of[entry["project_id"]] if rule.matches(entry)),
                None,
            )
            if rule:
                values = self._entry_values(rule, entry)
                if values["quantity"]:
                    wanted.append(values)
        return wanted

    @api.model
    def _read_entries(self, rules, source_ids=None):
        """Return the time entries of the rules' projects as plain rows."""
        self._flush_entries()
        return self.env.execute_query_dict(
            SQL(
                ENTRIES,
                hour=self.env.ref("uom.product_uom_hour").id,
                projects=tuple(rules.project_id.ids),
                start=min(rules.mapped("date_start")),
                only=SQL("line.id IN %s", tuple(source_ids))
                if source_ids is not None
                else SQL("TRUE"),
            )
        )

    @api.model
    def _entry_values(self, rule, entry):
        """Return the item values of one time entry under its rule."""
        try:
            recorded = minutes_from_hours(entry["hours"])
        except ValueError as error:
            raise BillingError(
                self.env._(
                    "The hours of “%(entry)s” must be a number.",
                    entry=entry["name"] or entry["id"],
                )
            ) from error
        rate = rule.pick(entry["employee_id"], entry["date"])
        explanation, problem = rule.explain(rate, entry["employee_id"])
        return self._item_values(
            rule.record,
            exact(
                billed_minutes(recorded, rule.increment, rule.method),
            ),
            rate and rate.price,
            name=entry["name"],
            task_id=entry["task_id"],
            employee_id=entry["employee_id"],
            analytic_line_id=entry["id"],
            date=entry["date"],
            quantity_recorded=exact(recorded),
            explanation=explanation,
            problem=problem,
        )

    @api.model
    def _line_name(self, request, planned, env):
        """Override to name the line as the rule's detail says."""
        item = planned.first
        lang = env.lang
        task = env["project.task"].browse(item.task_id).name or request.project_id.name
        person = env["hr.employee"].browse(item.employee_id).name or ""
        day = format_date(self.env, item.day, lang_code=lang)
        if item.detail == "task":
            return task
        if item.detail == "person":
            return person or task
        if item.detail == "task_person":
            return ", ".join(part for part in (task, person) if part)
        if item.detail == "day":
            return day
        if item.detail == "entry":
            text = env["project.billing.item"].browse(item.id).name or task
            return ", ".join(part for part in (day, person, text) if part)
        last = format_date(self.env, planned.date_to, lang_code=lang)
        service = env["product.product"].browse(item.product_id).name
        period = day if day == last else f"{day} – {last}"
        return f"{service}, {period}"

    @api.model
    def _line_detail(self, detail):
        return detail

    @api.model
    def _line_uom(self, product):
        return self._uom("uom.product_uom_hour")

    @api.model
    def _flush_entries(self):
        self.env["account.analytic.line"].flush_model(ENTRY_FIELDS)


class _TimeRule:
    """A rule with what matching an entry needs, read once for many entries."""

    def __init__(self, rule, env):
        self.record = rule
        self.env = env
        self.increment = rule.increment_minutes
        self.method = rule.increment_method
        self.rates = rule._rates()
        self.tasks = set(rule.task_ids.ids)
        self.people = set(rule.with_context(active_test=False).employee_ids.ids)
        self.explanations = {}

    def matches(self, entry):
        """Tell whether the rule covers this time entry."""
        rule = self.record
        return (
            entry["company_id"] == rule.company_id.id
            and rule.date_start <= entry["date"]
            and (not rule.date_end or entry["date"] <= rule.date_end)
            and (not self.tasks or entry["task_id"] in self.tasks)
            and (not self.people or entry["employee_id"] in self.people)
        )

    def pick(self, employee_id, day):
        return rate_rules.pick(self.rates, employee_id, day)

    def explain(self, rate, employee_id):
        """Return ``(explanation, problem)``, in words, of the rate that won."""
        key = (rate and rate.id, employee_id)
        if key not in self.explanations:
            self.explanations[key] = self._explain(rate, employee_id)
        return self.explanations[key]

    def _explain(self, rate, employee_id):
        person = self.env["hr.employee"].sudo().browse(employee_id).name  # sudo: name
        if rate is None:
            return None, self.env._(
                "No hourly rate for %(person)s under “%(rule)s”. "
                "Set one on the rule of project %(project)s.",
                person=person or self.env._("nobody"),
                rule=self.record.name,
                project=self.record.project_id.name,
            )
        price = format_amount(self.env, float(rate.price), self.record.currency_id)
        if not rate.employee_id:
            return self.env._(
                "%(price)s an hour, rule %(rule)s", price=price, rule=self.record.name
            ), None
        return self.env._(
            "%(price)s an hour, rate of %(person)s%(since)s, rule %(rule)s",
            price=price,
            person=person,
            since=self.env._(" from %s", rate.date_from) if rate.date_from else "",
            rule=self.record.name,
        ), None
