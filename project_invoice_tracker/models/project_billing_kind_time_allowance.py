"""Time that included or prepaid hours cover: counted, and not charged."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..billing import pricing
from ..billing.allowances import Usage
from ..billing.rounding import exact

#: What the items of entries say of them: covered minutes, and those that are charged.
COVERED_AND_CHARGED = """
    SELECT analytic_line_id, allowance_id, coalesce(quantity_covered, 0), quantity,
           quantity_open <> quantity AS held, date
      FROM project_billing_item
     WHERE project_id IN %s AND kind = 'time' AND analytic_line_id IS NOT NULL
     ORDER BY analytic_line_id, part
"""


class _Work:
    """The work that draws on each source of hours, while it is measured.

    :param settled: ``{entry id: Usage}`` of what requests and invoices hold
    """

    def __init__(self, settled):
        self.settled = settled
        self.usages = defaultdict(list)
        self.asked = set()

    def add(self, source, entry, minutes):
        """Count one entry; an entry in use counts as it was then."""
        usage = self.settled.get(entry.id)
        if usage is None and minutes:
            usage = Usage(entry.id, entry.work.day, minutes)
        if usage:
            self.usages[source.id].append(usage)
            self.asked.add(entry.id)

    def others(self):
        """Return the work in use whose entries no rule bills any more."""
        return [u for key, u in self.settled.items() if key not in self.asked]


class ProjectBillingKindTime(models.AbstractModel):
    """Time rules that use the hours of a retainer or a pack.

    All work that uses the same hours is measured first, then covered in the order of
    its days, then priced.
    """

    _inherit = "project.billing.kind.time"

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Override to delete packs and periods that no work needs any more."""
        result = super()._sync_items(projects, source_ids)
        if projects and self._get_rules(projects).allowance_rule_id:
            self.env["project.billing.allowance"]._drop_empty(projects)
        return result

    @api.model
    def _sync_stale(self, projects):
        """Override to cover all work anew before it is billed.

        Two people who log time at once may each have used hours that the other one used
        too.
        """
        result = super()._sync_stale(projects)
        drawing = self._get_rules(projects).filtered("allowance_rule_id")
        if drawing:
            self._sync_items(drawing.project_id)
        return result

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None, every_rate=None):
        """Override to cover all work together before any of it is priced."""
        drawing = rules.filtered("allowance_rule_id")
        if not drawing:
            return super()._wanted_items(rules, projects, source_ids, every_rate)
        if every_rate:
            # a trial of other rates: the hours stay as they are
            settled = self._settled(projects, held_only=False)
            coverage = {key: usage.parts for key, usage in settled.items()}
        else:
            every_rate = rules._rates()
            work = _Work(self._settled(projects))
            measuring = self.with_context(billing_work=work)
            super(ProjectBillingKindTime, measuring)._wanted_items(
                rules, projects, source_ids, every_rate
            )
            coverage = {}
            for source in drawing.allowance_rule_id:
                coverage |= self.env["project.billing.allowance"]._cover(
                    source, work.usages[source.id], work.others()
                )
        covering = self.with_context(billing_coverage=coverage)
        return super(ProjectBillingKindTime, covering)._wanted_items(
            rules, projects, source_ids, every_rate
        )

    @api.model
    def _settled(self, projects, held_only=True):
        """Return ``{entry id: Usage}`` with its parts as they are stored.

        :param held_only: only of entries that a request or an invoice holds
        """
        self.env["project.billing.item"].flush_model()
        parts, days, held = defaultdict(list), {}, set()
        rows = self.env.execute_query(SQL(COVERED_AND_CHARGED, tuple(projects.ids)))
        for entry_id, allowance_id, covered, charged, is_held, day in rows:
            every = [(allowance_id, exact(covered)), (None, exact(charged))]
            parts[entry_id] += [part for part in every if part[1]]
            days[entry_id] = day
            if is_held:
                held.add(entry_id)
        return {
            entry_id: Usage(entry_id, days[entry_id], sum(m for _id, m in every), every)
            for entry_id, every in parts.items()
            if entry_id in held or not held_only
        }

    @api.model
    def _cover_parts(self, rule, entries, parts):
        """Override to split off covered minutes, or to measure the work."""
        source = rule.record.allowance_rule_id
        work = self.env.context.get("billing_work")
        if work:
            for entry in entries if source else ():
                if entry.id in rule.held_back:
                    # nobody's included hours are used up by it
                    continue
                minutes = sum(part.minutes for part in parts.get(entry.id, []))
                work.add(source, entry, minutes)
            # it is only measured: nothing is priced yet
            return {}
        coverage = self.env.context.get("billing_coverage")
        if not source or not coverage:
            return super()._cover_parts(rule, entries, parts)
        return {
            entry_id: pricing.cover(every, coverage.get(entry_id, []))
            for entry_id, every in parts.items()
        }

    @api.model
    def _part_values(self, rule, row, entry, part, number):
        """Override: covered minutes have no quantity to bill, and need no rate."""
        values = super()._part_values(rule, row, entry, part, number)
        if part.allowance_id:
            values.update(
                quantity=Decimal(0),
                amount=Decimal(0),
                quantity_covered=exact(part.minutes),
                allowance_id=part.allowance_id,
                problem=None,
                explanation=self.env._(
                    "Included, rule %s", rule.record.allowance_rule_id.name
                ),
            )
        return values


class ProjectBillingRule(models.Model):
    """A rule; the hours it has left depend on all work that uses them."""

    _inherit = "project.billing.rule"

    def _counts_all_work(self):
        return super()._counts_all_work() or bool(self.allowance_rule_id)
