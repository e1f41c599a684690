"""Time entries: their billing state, and the protection of entries in use."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import BILLING_STATES
from ..exceptions import SourceClosed
from .closed_fields import would_change
from .phrases import named

#: What a bill says about an entry; closed while a request or an invoice holds it.
CLOSED_FIELDS = {
    "date",
    "unit_amount",
    "product_uom_id",
    "project_id",
    "task_id",
    "employee_id",
    "user_id",
    "company_id",
    "name",
}

#: Hosts write these after each change of the others.
PLAIN_FIELDS = {"amount"}

#: What became of an entry whose parts went different ways; what is covered asks for
#: nothing.
STATE_OF_PARTS = SQL(
    """
    CASE WHEN bool_or(item.state = 'partial')
           OR bool_or(item.state = 'open')
              AND bool_or(item.state NOT IN ('open', 'covered')) THEN 'partial'
         WHEN bool_or(item.state = 'open') THEN 'open'
         WHEN bool_or(item.state = 'reserved') THEN 'reserved'
         WHEN bool_or(item.state = 'billed') THEN 'billed'
         WHEN bool_or(item.state = 'written_off') THEN 'written_off'
         WHEN bool_or(item.state = 'covered') THEN 'covered' END
    """
)


class AccountAnalyticLine(models.Model):
    """A time entry, whose item follows it until a request or an invoice holds it."""

    _inherit = "account.analytic.line"

    billing_state = fields.Selection(
        BILLING_STATES,
        string="Billing",
        compute="_compute_billing_state",
        search="_search_billing_state",
        groups="base.group_user",
    )

    # === COMPUTE ===

    def _compute_billing_state(self):
        # the state of entries that the user may read, no amount
        states = {}
        if self.ids:
            self._billing_flush_states()
            rows = self.env.execute_query(
                SQL(
                    "SELECT item.analytic_line_id, %s FROM project_billing_item item"
                    " WHERE item.analytic_line_id IN %s GROUP BY 1",
                    STATE_OF_PARTS,
                    tuple(self.ids),
                )
            )
            states = dict(rows)
        for line in self:
            line.billing_state = states.get(line._origin.id, False)

    def _search_billing_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._billing_flush_states()
        found = SQL(
            "(SELECT item.analytic_line_id FROM project_billing_item item"
            " WHERE item.analytic_line_id IS NOT NULL"
            " GROUP BY item.analytic_line_id HAVING %s IN %s)",
            STATE_OF_PARTS,
            tuple(state for state in value if state) or (None,),
        )
        domain = [("id", "in", found)]
        if False in value:
            every = SQL(
                "(SELECT item.analytic_line_id FROM project_billing_item item"
                " WHERE item.analytic_line_id IS NOT NULL)"
            )
            return ["|", ("id", "not in", every), *domain]
        return domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base` to group time entries by their billing state."""
        if field_expr != "billing_state":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        self._billing_flush_states()
        return SQL(
            "(SELECT %s FROM project_billing_item item"
            " WHERE item.analytic_line_id = %s)",
            STATE_OF_PARTS,
            SQL.identifier(alias, "id"),
        )

    @api.model
    def _billing_flush_states(self):
        self.env["project.billing.item"].flush_model(["analytic_line_id", "state"])

    @api.depends("task_id.project_id")
    def _compute_project_id(self):
        """Override of `hr_timesheet` to keep billed time in the project it was for."""
        closed = self._billing_closed() if self._billing_candidates() else {}
        free = self.filtered(lambda line: line.id not in closed)
        return super(AccountAnalyticLine, free)._compute_project_id()

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._billing_sync()
        return lines

    def write(self, vals):
        if vals.keys() <= PLAIN_FIELDS:
            return super().write(vals)
        content = self._billing_content()
        # sudo: comparison only
        before = {
            line.id: line.sudo().project_id for line in self._billing_candidates()
        }
        projects = self._billing_check_open(vals)
        result = super().write(vals)
        self._billing_check_moved(before)
        # a field of another add-on may move ours: the start of a timer is its day
        changed = self._billing_changed(content)
        if changed:
            changed._billing_refuse_closed(changed._billing_closed())
        if changed or vals.keys() & CLOSED_FIELDS:
            self._billing_sync(projects)
        return result

    def unlink(self):
        candidates = self._billing_candidates()
        # sudo: other items may follow, whoever deletes the time
        projects_sudo = candidates.project_id.sudo()
        if candidates:
            self._billing_refuse_closed(self._billing_closed())
            items = self.env["project.billing.item"]
            items._drop_items_of("analytic_line_id", self.ids)
        result = super().unlink()
        if projects_sudo:
            # sudo: as above
            self.env["project.billing.kind"]._get("time").sudo()._sync_left(
                projects_sudo
            )
        return result

    # === BUSINESS ===

    def _is_readonly(self):
        """Override of `hr_timesheet` to show an entry in use as read-only."""
        return super()._is_readonly() or bool(
            self._billing_candidates() and self._billing_closed()
        )

    def _billing_candidates(self):
        """Return the entries that may have an item: those of billed projects."""
        billed = self.env["project.billing.rule"]._billed_project_ids("time")
        return self.filtered(lambda line: line.project_id.id in billed)

    def _billing_sync(self, projects=None):
        """Bring the items of these entries up to date.

        :param projects: where the entries were before, if that may have changed
        """
        candidates = self._billing_candidates()
        if not candidates and not projects:
            return
        # sudo: items follow their sources, whoever logs the time
        kind = self.env["project.billing.kind"]._get("time").sudo()
        every = (candidates.project_id | (projects or candidates.project_id)).sudo()
        kind._sync_items(every, self.ids)

    def _billing_check_open(self, vals):
        """Refuse to change billed entries; return the projects they were in."""
        before = self._billing_candidates()
        if before:
            changed = before.filtered(
                lambda line: any(
                    would_change(line, name, vals[name])
                    for name in vals.keys() & CLOSED_FIELDS
                )
            )
            changed._billing_refuse_closed(changed._billing_closed())
        return before.project_id

    def _billing_check_moved(self, before):
        """Refuse to move unbilled time, unless the user manages both projects.

        :param dict before: the project in which each entry was, by its id
        """
        # sudo: comparison only
        moved = self.filtered(
            lambda line: line.id in before and line.sudo().project_id != before[line.id]
        )
        if not moved or self.env.su:
            return
        # sudo: work is open whoever may see its item
        items_sudo = self.env["project.billing.item"].sudo()
        found = items_sudo.search(
            [("analytic_line_id", "in", moved.ids), ("quantity_open", "!=", 0)]
        )
        for item in found:
            line = item.analytic_line_id
            item.project_id.with_env(self.env)._billing_check_moves(
                line.project_id.with_env(self.env)
            )

    def _billing_content(self):
        """Return ``{entry: the values that billing depends on}``.

        Only of entries that may have an item.
        """
        return {
            # sudo: comparison only
            line: [line.sudo()[name] for name in sorted(CLOSED_FIELDS)]
            for line in self._billing_candidates()
        }

    def _billing_changed(self, before):
        """Return the entries whose values for billing changed.

        :param dict before: of :meth:`_billing_content`
        """
        after = self._billing_content()
        # an entry that left the billed projects has nothing after
        return self.filtered(
            lambda line: line in before and before[line] != after.get(line)
        )

    @api.model
    def _billed_elsewhere(self):
        """Return SQL that tells which time and costs others bill; for add-ons.

        A condition on the alias ``entry``: true or false for each entry, never null.
        """
        return SQL("FALSE")

    def _billing_closed(self):
        """Return ``{entry id: what holds it, in words}`` of entries in use."""
        return self.env["project.billing.item"]._closed_by("analytic_line_id", self.ids)

    def _billing_refuse_closed(self, closed):
        for line_id, holder in closed.items():
            line = self.browse(line_id).sudo()  # sudo: name of a line being written
            raise SourceClosed(
                self.env._(
                    "The entry “%(entry)s” of %(day)s is in %(holder)s. Take it out "
                    "there, or credit the invoice, before changing it.",
                    entry=named(self.env, line.name),
                    day=line.date,
                    holder=holder,
                )
            )


class TimesheetsAnalysisReport(models.Model):
    """The timesheet analysis with the billing state of the entry behind each row."""

    _inherit = "timesheets.analysis.report"

    billing_state = fields.Selection(
        BILLING_STATES,
        string="Billing",
        compute="_compute_billing_state",
        search="_search_billing_state",
        groups="base.group_user",
    )

    def _compute_billing_state(self):
        entries = self.env["account.analytic.line"].browse(self.ids)
        # sudo: the state of entries whose row the user may read, no amount
        states = {entry.id: entry.billing_state for entry in entries.sudo()}
        for row in self:
            row.billing_state = states[row.id]

    def _search_billing_state(self, operator, value):
        entries = self.env["account.analytic.line"]
        return entries._search_billing_state(operator, value)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base` to group rows by the billing state of their entries."""
        if field_expr != "billing_state":
            return super()._field_to_sql(alias, field_expr, query)
        entries = self.env["account.analytic.line"]
        return entries._field_to_sql(alias, field_expr, query)
