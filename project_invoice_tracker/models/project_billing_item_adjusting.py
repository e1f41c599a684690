"""Items of automatic lines, which are never collected."""

from odoo import api, fields, models


class ProjectBillingItem(models.Model):
    """An item of a deduction, a retention or a minimum fee, with the same counters."""

    _inherit = "project.billing.item"

    is_adjustment = fields.Boolean(
        string="Automatic",
        readonly=True,
        help="Behind a line that follows the others of its request by itself; never "
        "collected, and no work that waits to be billed.",
    )

    @api.model
    def _source_columns(self):
        return (*super()._source_columns(), "is_adjustment")

    def _read_items_for_sync(self, source_field, condition):
        """Override to leave out items of automatic lines: they follow no source."""
        rows = super()._read_items_for_sync(source_field, condition)
        return {key: row for key, row in rows.items() if not row["is_adjustment"]}

    def _drop_own_items(self):
        """Remove items that belong to a single automatic line.

        The item that a deposit is deducted from belongs to the deposit, and stays.
        """
        self._drop_items(self.filtered(lambda item: item.unit != "amount").ids)

    def _holder_names(self):
        """Return the names of the invoices, or requests, that hold these items."""
        # sudo: the numbers of documents, to say where to look
        slices_sudo = self.sudo().allocation_ids.filtered(
            lambda slice_: slice_.state != "released"
        )
        names = [
            request.invoice_id.name or request.name
            for request in slices_sudo.request_id
        ]
        return list(dict.fromkeys(names))
