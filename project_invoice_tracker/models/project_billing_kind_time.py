"""Time: hours from time entries, at the rates of the people."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .time_pricing import TimeRule
from .time_sql import ENTRIES, ENTRY_FIELDS, HELD, NEIGHBOURS, STALE_ENTRIES


class ProjectBillingKindTime(models.AbstractModel):
    """Each time entry on a project with a rule of this kind is one item.

    Or several, where the entry falls under several prices.
    """

    _name = "project.billing.kind.time"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Time"

    _kind = "time"
    _source_field = "analytic_line_id"
    _unit = "minute"
    _discountable = True
    _line_may_credit = True

    # === VERBS ===

    @api.model
    def _section_title(self):
        return self.env._("Time")

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Override to update the entries that share a limit with the changed ones."""
        if source_ids:
            source_ids = self._with_neighbours(projects, source_ids)
        return super()._sync_items(projects, source_ids)

    @api.model
    def _sync_left(self, projects):
        """Update the entries that shared a limit with entries that are deleted."""
        rules = self._get_rules(projects)
        if rules._counts_all_work() or rules._counts_days():
            self._sync_items(projects)

    @api.model
    def _sync_stale(self, projects):
        """Override to find the entries that differ from their items in SQL."""
        self._flush_entries()
        by_others = self._get_rules(projects)._priced_by_others()
        if by_others:
            self._sync_items(by_others.project_id)
        rows = self.env.execute_query(
            SQL(
                STALE_ENTRIES,
                projects=tuple(projects.ids),
                hour=self._hour().id,
                ours=self._entry_condition(),
                ready=self._ready_condition(),
                foreign=self._foreign_condition(SQL("%s", tuple(projects.ids))),
            )
        )
        if rows:
            self._sync_items(projects, [line_id for (line_id,) in rows])

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None, every_rate=None):
        """Override to price time entries.

        :param every_rate: rates to price with instead of those on record
        """
        every_rate = every_rate or rules._rates()
        rules_of = defaultdict(list)
        pricing = {}
        for rule in rules:
            pricing[rule.id] = TimeRule(rule, every_rate[rule])
            rules_of[rule.project_id.id].append(pricing[rule.id])
        together = rules._counts_all_work() or rules._counts_days()
        held = self._read_held(projects) if together else {}
        rows_of = defaultdict(list)
        for row in self._read_entries(rules, every_rate, source_ids):
            if row["id"] in held:
                rule = pricing.get(held[row["id"]]["rule_id"])
            else:
                candidates = rules_of[row["project_id"]]
                rule = next((rule for rule in candidates if rule.matches(row)), None)
            if rule:
                rows_of[rule].append(row)
        wanted = []
        for rule, rows in rows_of.items():
            rows = self._wanted_rows(rule, rows)
            wanted += self._price_entries(rule, rows, held)
        return wanted

    @api.model
    def _wanted_rows(self, rule, rows):
        """Return the entries of a rule to price; extended to look at them first.

        :param rule: :class:`.time_pricing.TimeRule`
        """
        return rows

    # === READING ===

    @api.model
    def _with_neighbours(self, projects, source_ids):
        """Return the ids of changed entries and of those that depend on them.

        ``None`` stands for all. Rounding per person and day, and limits, make entries
        depend on each other.
        """
        rules = self._get_rules(projects)
        if rules._counts_all_work():
            return None
        if not rules._counts_days():
            return source_ids
        self._flush_entries()
        rows = self.env.execute_query(
            SQL(NEIGHBOURS, ids=tuple(source_ids), projects=tuple(projects.ids))
        )
        return list({*source_ids, *(line_id for (line_id,) in rows)})

    @api.model
    def _read_entries(self, rules, every_rate, source_ids=None):
        """Return the time entries of the rules' projects as plain rows."""
        self._flush_entries()
        rates = [rate for rates in every_rate.values() for rate in rates]
        job = tags = SQL("NULL")
        if any(rate.job_id for rate in rates):
            # the job that the person had on the day, or the first one known
            job = SQL(
                "(SELECT version.job_id FROM hr_version version"
                " WHERE version.employee_id = line.employee_id AND version.active"
                " ORDER BY version.date_version <= line.date DESC,"
                " CASE WHEN version.date_version <= line.date"
                " THEN line.date - version.date_version"
                " ELSE version.date_version - line.date END LIMIT 1)"
            )
        if any(rate.tag_id for rate in rates):
            tags = SQL(
                "(SELECT array_agg(rel.project_tags_id)"
                " FROM project_tags_project_task_rel rel"
                " WHERE rel.project_task_id = line.task_id)"
            )
        return self.env.execute_query_dict(
            SQL(
                ENTRIES,
                hour=self._hour().id,
                job=job,
                tags=tags,
                projects=tuple(rules.project_id.ids),
                start=min(rules.mapped("date_start")),
                only=SQL("line.id IN %s", tuple(source_ids))
                if source_ids is not None
                else SQL("TRUE"),
                ours=self._entry_condition(),
                ready=self._ready_condition(),
                foreign=self._foreign_condition(SQL("%s", tuple(rules.project_id.ids))),
            )
        )

    @api.model
    def _entry_condition(self):
        """Return SQL that tells which time entries are billed here; for add-ons.

        A condition on the alias ``line``: true or false for each entry, never null. It
        must be true for entries in use here; entries for which it turns false lose
        their items.
        """
        return SQL("TRUE")

    @api.model
    def _ready_condition(self):
        """Return SQL that tells which time entries may be billed now; for add-ons.

        A condition on the alias ``line``: true or false for each entry, never null.
        """
        return SQL("TRUE")

    @api.model
    def _waits_for(self, item):
        """Override: time never waits for its day, by which it is collected."""
        return False

    @api.model
    def _read_held(self, projects):
        """Return what requests and invoices hold of time entries, by entry id."""
        rows = self.env.execute_query_dict(SQL(HELD, projects=tuple(projects.ids)))
        return {row["analytic_line_id"]: row for row in rows}

    @api.model
    def _hour(self):
        return self._uom("uom.product_uom_hour")

    @api.model
    def _flush_entries(self):
        self.env["account.analytic.line"].flush_model(ENTRY_FIELDS)
        self.env["project.task"].flush_model(["tag_ids"])
        self.env["hr.version"].flush_model(["job_id", "date_version", "active"])
