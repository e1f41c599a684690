"""Items of costs: what was paid, in which currency, and the receipt."""

from odoo import api, fields, models

from ..exceptions import BillingError

#: What the item of a cost keeps besides; empty on items of other kinds.
COST_COLUMNS = (
    "cost_category",
    "cost_amount",
    "cost_currency_id",
    "conversion_rate",
    "conversion_date",
)


class ProjectBillingItem(models.Model):
    """An item of a cost, with both amounts, the exchange rate and its date."""

    _inherit = "project.billing.item"

    cost_category = fields.Char(
        string="Category",
        readonly=True,
        help="Category of the product, or the account of a cost without a product.",
    )
    cost_amount = fields.Monetary(
        string="Original Amount",
        currency_field="cost_currency_id",
        readonly=True,
        help="What the price was made from, in its own currency: the project's share "
        "of the cost, or the quantity at the sales price.",
    )
    cost_currency_id = fields.Many2one(
        "res.currency", string="Original Currency", readonly=True, ondelete="restrict"
    )
    conversion_rate = fields.Float(
        string="Exchange Rate",
        digits=0,
        readonly=True,
        help="Units of the contract's currency for one of the original currency.",
    )
    conversion_date = fields.Date(
        string="Rate Of", readonly=True, help="Day of the exchange rate."
    )
    receipt_count = fields.Integer(string="Receipts", compute="_compute_receipt_count")

    # === COMPUTE ===

    def _compute_receipt_count(self):
        documents = {item: item._receipt_documents() for item in self}
        counts = {}
        for model, ids in self._by_model(documents.values()).items():
            # sudo: only how many files the document of a readable item has
            attachments_sudo = self.env["ir.attachment"].sudo()
            groups = attachments_sudo._read_group(
                [("res_model", "=", model), ("res_id", "in", ids)],
                ["res_id"],
                ["__count"],
            )
            counts.update({(model, res_id): count for res_id, count in groups})
        for item, keys in documents.items():
            item.receipt_count = sum(counts.get(key, 0) for key in keys)

    # === ACTIONS ===

    def action_open_source(self):
        """Open the bill (or the expense) that this item comes from.

        :raises AccessError: when the user may not read that document
        :raises BillingError: when the item comes from no document
        """
        self.ensure_one()
        self.check_access("read")
        document = self._source_document()
        if not document:
            raise BillingError(
                self.env._("%s does not come from a document.", self.display_name)
            )
        document.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_receipts(self):
        """Download the receipts of this cost: the file, or several as a ZIP.

        Whoever may read the item gets the files of its own document, and no other ones.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.receipt_count:
            raise BillingError(
                self.env._("%s has no receipt attached.", self.display_name)
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/project_invoice_tracker/receipts/{self.id}",
            "target": "download",
        }

    # === SOURCES ===

    @api.model
    def _source_columns(self):
        return (*super()._source_columns(), *COST_COLUMNS)

    def _source_document(self):
        """Return the document behind one item, with the rights of the user."""
        self.ensure_one()
        # sudo: which document it is; reading it takes the user's own right
        return self.sudo().cost_line_id.move_id.with_env(self.env)

    def _receipt_documents(self):
        """Return ``[(model, id)]`` of the records that the receipts are attached to."""
        document = self._source_document()
        return [(document._name, document.id)] if document else []

    def _receipts(self):
        """Return the files attached to the document of one item (elevated)."""
        self.ensure_one()
        self.check_access("read")
        # sudo: a manager who bills a cost sees its receipt, without the right to
        # bills or to expenses of others
        attachments_sudo = self.env["ir.attachment"].sudo()
        found = attachments_sudo.browse()
        for model, ids in self._by_model([self._receipt_documents()]).items():
            found |= attachments_sudo.search(
                [("res_model", "=", model), ("res_id", "in", ids)], order="id"
            )
        return found

    @staticmethod
    def _by_model(documents):
        """Gather ``(model, id)`` pairs as ``{model: ids}``."""
        by_model = {}
        for keys in documents:
            for model, res_id in keys:
                by_model.setdefault(model, []).append(res_id)
        return by_model
