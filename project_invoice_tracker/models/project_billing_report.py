"""Reports on money: rows that are read, never written, and their ratios."""

from odoo import api, models
from odoo.tools import SQL


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
    def _hour_id(self):
        """Return the id of the unit that hours are reported in."""
        return self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")
