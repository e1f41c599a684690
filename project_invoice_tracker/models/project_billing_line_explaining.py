"""Explanation of lines: the work behind them, and how their prices were computed."""

from odoo import models

from ..billing.rounding import exact
from ..exceptions import BillingError


class ProjectBillingLine(models.Model):
    """A line with the actions that show the work behind it."""

    _inherit = "project.billing.line"

    def action_open_slices(self):
        """Open the allocations of these lines: the work behind them."""
        self._check_some()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_allocation_action"
        )
        action["domain"] = [("line_id", "in", self.ids)]
        action["context"] = {"search_default_counting": 1}
        return action

    def explain(self):
        """Return where each line's quantity and price come from.

        :returns: list of dicts, one per slice: ``line_id``, ``item``, ``date``,
            ``person``, ``task``, ``quantity`` (hours, days or pieces), ``action``,
            ``price`` and ``discount`` (in the request's currency and in percent),
            ``explanation`` in words and ``pricing``, see
            :meth:`project.billing.item.explain`; ``of``, all that there is of the
            item, and what limits the rule
        """
        self._check_some()
        return [
            {
                "line_id": line.id,
                "item": slice_.item_id._title(),
                "date": slice_.item_id.date,
                "person": slice_.item_id.employee_id.sudo().name,  # sudo: name only
                "task": slice_.item_id.task_id.sudo().name,  # sudo: name only
                "quantity": float(line._reads(exact(slice_.quantity))),
                "of": float(line._reads(exact(slice_.item_id.quantity))),
                "action": slice_.action,
                "price": line.price_unit
                if line.day_minutes or line._part_remainder(slice_.item_id)
                else slice_.item_id.price_unit,
                "discount": line.discount,
                "explanation": line._explain_slice(slice_.item_id),
                "pricing": slice_.item_id.pricing or {},
                **line.rule_id._explain_limits(),
            }
            for line in self
            for slice_ in line.allocation_ids
            if slice_.state != "released"
        ]

    def _check_some(self):
        """Refuse an empty selection, and lines that the user may not read."""
        if not self:
            raise BillingError(self.env._("Choose at least one billing line."))
        self.check_access("read")
