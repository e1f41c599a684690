"""Foreign costs in requests: converted once, at the rate of the invoice date."""

from odoo import models

from ..billing.rounding import exact, money
from ..exceptions import BillingError
from .cost_pricing import CostPricer
from .currency_step import step_of
from .sql_bulk import update_rows

COLUMNS = (
    "price_unit",
    "amount",
    "amount_open",
    "conversion_rate",
    "conversion_date",
    "pricing",
    "explanation",
)


class ProjectBillingRequest(models.Model):
    """Convert foreign costs of a request at the rate of its submission.

    The day of submission is also the date of the invoice, so both use the same rate. A
    cost that another request holds a part of keeps the rate that it has there.
    """

    _inherit = "project.billing.request"

    def _check_can_submit(self):
        for company, requests in self.grouped("company_id").items():
            requests._convert_costs(company._billing_today())
        return super()._check_can_submit()

    def _converted_slices(self):
        """Return the slices of foreign costs in these requests (elevated)."""
        billed = self.env["project.billing.rule"]._billed_project_ids("cost")
        # sudo: the engine's own rows; the request was checked by the caller
        requests_sudo = self.sudo().filtered(
            lambda request: request.project_id.id in billed
        )
        lines = requests_sudo.line_ids.filtered(lambda line: line.kind == "cost")
        return lines.allocation_ids.filtered(
            lambda part: (
                part.state != "released"
                and part.action == "bill"
                and part.item_id.conversion_date
            )
        )

    def _convert_costs(self, day):
        """Convert the foreign costs of these drafts anew, at the rates of ``day``.

        :raises BillingError: when a rate is missing, naming currency and day
        """
        slices = self._converted_slices().filtered(
            lambda part: (
                part.request_id.state == "draft"
                and part.item_id.conversion_date != day
                and part.item_id._holders() == part.request_id
            )
        )
        if not slices:
            return
        pricer = CostPricer(slices.env)
        rows = []
        for item in slices.item_id:
            values, problem = pricer.convert(item.rule_id, item.pricing)
            if problem:
                raise BillingError(problem)
            rows.append(item._converted_row(values))
        self.env["project.billing.item"].flush_model()
        update_rows(self.env["project.billing.item"], COLUMNS, rows)
        self.env["project.billing.item"]._invalidate()
        for line in slices.line_id:
            line._engine().price_unit = line.allocation_ids.item_id[:1].price_unit
        self._adjust_lines()

    def _conversion_day(self):
        """Return the day whose rates converted the costs of these requests, if any."""
        # the rest of a cost has the rate of the request with its first part
        slices = self._converted_slices().filtered(
            lambda part: part.item_id._holders()[:1] == part.request_id
        )
        return max(slices.item_id.mapped("conversion_date"), default=None)

    def _get_invoice_grouping_key(self):
        return (*super()._get_invoice_grouping_key(), self._conversion_day())

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        day = self._conversion_day()
        if day:
            values["invoice_date"] = day
        return values


class ProjectBillingItem(models.Model):
    """The items of foreign costs, and their converted price."""

    _inherit = "project.billing.item"

    def _holders(self):
        """Return the requests that hold a part of this item, the first one first."""
        self.ensure_one()
        active = self.allocation_ids.filtered(lambda part: part.state != "released")
        return active.request_id.sorted("id")

    def _converted_row(self, values):
        """Return the row of this item with another price, for ``COLUMNS``."""
        self.ensure_one()
        price, step = values["price_unit"], step_of(self.currency_id)
        amounts = {
            "amount": money(exact(self.quantity) * price, step),
            "amount_open": money(exact(self.quantity_open) * price, step),
        }
        return (self.id, *({**values, **amounts}[name] for name in COLUMNS))
