"""Reports on money: read-only rows from queries, and the ratios computed on them."""

from odoo import api, fields, models
from odoo.tools import SQL

from .report_rows import ROWS, Rows, named_rows

#: Who reads the figures of every project.
ALL_PROJECTS = (
    "project_invoice_tracker.group_billing_approver,"
    "project_invoice_tracker.group_billing_manager,"
    "account.group_account_invoice,account.group_account_readonly"
)
#: SQL of the project of a row, in the queries.
PROJECT_COLUMNS = {
    "own_share": ("share", "project_id"),
    "own_item": ("item", "project_id"),
    "own_request": ("request", "project_id"),
    "own_entry": ("entry", "project_id"),
    "own_owner": ("owner", "id"),
}


class ProjectBillingReport(models.AbstractModel):
    """A query that can be used like a table: pivot, graph, list, search, export.

    Record rules apply as on every model, to each figure and group. The ratio of a group
    is the ratio of its sums, never the mean of the ratios of its rows.
    """

    _name = "project.billing.report"
    _inherit = ["project.billing.named"]
    _description = "Report on Money"
    _auto = False
    _order = "date desc, id desc"

    #: ``{field: (numerator, denominator, factor)}`` of ratios, aggregated as ``avg``.
    _ratios = {}
    #: Which rows of a table are in a statement, as ``{condition: (alias, n, rest)}``:
    #: the row of a record has the id ``n * id + rest``.
    _sources = {}

    project_id = fields.Many2one("project.project", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Manager", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Override: find the rows first, then compute the columns of these only."""
        rows = super().search_fetch(domain, [], offset, limit, order)
        rows.fetch(field_names)
        return rows

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Override of `base`: rows given by their ids are found by an index."""
        named = named_rows(self, domain) if self._sources else None
        report = self if named is None else self.with_context(**{ROWS: named})
        return super(ProjectBillingReport, report)._search(domain, *args, **kwargs)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of `base` to divide sums by sums."""
        name, _colon, how = aggregate_spec.partition(":")
        if name not in self._ratios or how != "avg":
            return super()._read_group_select(aggregate_spec, query)
        numerator, denominator, factor = self._ratios[name]
        return SQL(
            "%(factor)s * SUM(%(numerator)s)"
            " / NULLIF(SUM(CASE WHEN %(numerator)s IS NOT NULL THEN %(denominator)s"
            " END), 0)",
            factor=factor,
            numerator=self._field_to_sql(self._table, numerator, query),
            denominator=self._field_to_sql(self._table, denominator, query),
        )

    @api.model
    def _rows(self, statement, **values):
        """Return a query of :mod:`.report_sql` for the projects of the user.

        The record rules decide what is read; this only saves PostgreSQL the rows of
        projects that they would hide.
        """
        own, named = self._own_project_ids(), self.env.context.get(ROWS)
        conditions = {}
        for name, column in PROJECT_COLUMNS.items():
            found = []
            if own is not None:
                found.append(SQL("%s IN %s", SQL.identifier(*column), own))
            if isinstance(named, Rows) and name in self._sources:
                found.append(self._named_condition(named, *self._sources[name]))
            conditions[name] = SQL(" AND ").join(found) if found else SQL("TRUE")
        if "%(elsewhere)s" in statement and "elsewhere" not in values:
            entries = self.env["account.analytic.line"]
            values["elsewhere"] = entries._billed_elsewhere()
        if "%(worth)s" in statement:
            ids = None if own is None else SQL("SELECT unnest(%s)", list(own))
            values["worth"] = self._worth(ids)
        return SQL(statement, **values, **conditions)

    @api.model
    def _worth(self, projects):
        """Return the query of the amounts of open items, see ``_open_amounts``.

        :param projects: SQL of the ids of projects; None for all
        """
        if not self.env.registry.ready:
            return SQL("SELECT 0 AS id, 0 AS project_id, 0::numeric AS amount")
        # sudo: lines are found whole; the record rules say which parts are read
        items_sudo = self.env["project.billing.item"].sudo()
        return items_sudo._open_amounts(projects)

    @api.model
    def _named_condition(self, named, alias, factor, rest):
        """Return the condition for the records that some given rows are made from."""
        ids = tuple(sorted(n // factor for n in named if n % factor == rest))
        return (
            SQL("%s IN %s", SQL.identifier(alias, "id"), ids) if ids else SQL("FALSE")
        )

    @api.model
    def _own_project_ids(self):
        """Return the ids of the user's own projects; None for who reads all."""
        user = self.env.user
        # while the registry loads, only the shape is asked for
        if (
            self.env.su
            or not self.env.registry.ready
            or any(map(user.has_group, ALL_PROJECTS.split(",")))
        ):
            return None
        # sudo: ids of the projects that the record rules name as well
        projects_sudo = self.env["project.project"].sudo()
        owned = projects_sudo.with_context(active_test=False)._search(
            [("billing_owner_ids", "in", user.ids)], order="id"
        )
        return tuple(owned) or (0,)

    def exists(self):
        """Override of `base`: rows of others exist too; record rules refuse them."""
        # sudo: which ids there are; reading them is checked
        return super(ProjectBillingReport, self.sudo()).exists().with_env(self.env)

    @api.model
    def _hour_id(self):
        """Return the id of the unit that hours are reported in."""
        return self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")


class ProjectBillingReportPerson(models.AbstractModel):
    """A report whose rows name the person who did the work."""

    _name = "project.billing.report.person"
    _inherit = ["project.billing.report"]
    _description = "Report on Money by Person"
    _auto = False

    employee_id = fields.Many2one("hr.employee", "Person", readonly=True)
    job_id = fields.Many2one(
        "hr.job", readonly=True, help="The job that the person had on the day of work."
    )
