"""Reports on money: rows that are read, never written, and their ratios."""

from odoo import api, models
from odoo.tools import SQL

#: Who reads the figures of every project.
ALL_PROJECTS = (
    "project_invoice_tracker.group_billing_approver,"
    "project_invoice_tracker.group_billing_manager,"
    "account.group_account_invoice,account.group_account_readonly"
)
#: What tells the project of a row, in the statements.
PROJECT_COLUMNS = {
    "own_share": ("share", "project_id"),
    "own_item": ("item", "project_id"),
    "own_request": ("request", "project_id"),
    "own_entry": ("entry", "project_id"),
    "own_owner": ("owner", "id"),
}


class ProjectBillingReport(models.AbstractModel):
    """A query that reads like a table: pivot, graph, list, search, export.

    Record rules hold as on every model, in each figure and group. A ratio of groups is
    that of their sums, never the mean of the ratios of their rows.
    """

    _name = "project.billing.report"
    _description = "Report on Money"
    _auto = False
    _order = "date desc, id desc"

    #: ``{field: (numerator, denominator, factor)}`` of ratios, aggregated as ``avg``.
    _ratios = {}

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
        """Return a statement of :mod:`.report_sql` for the projects of the user.

        The record rules decide what is read; this only spares PostgreSQL the rows of
        projects that they would hide.
        """
        own = self._own_project_ids()
        return SQL(
            statement,
            **values,
            **{
                name: SQL("TRUE")
                if own is None
                else SQL("%s IN %s", SQL.identifier(*column), own)
                for name, column in PROJECT_COLUMNS.items()
            },
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
        """Override of `base`: rows of others are there, and refused by their rules."""
        # sudo: which ids there are; reading them is checked
        return super(ProjectBillingReport, self.sudo()).exists().with_env(self.env)

    @api.model
    def _hour_id(self):
        """Return the id of the unit that hours are reported in."""
        return self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")
