"""The supporting documents (evidence pack): one PDF that belongs to an invoice."""

from odoo import api, fields, models
from odoo.tools import pdf

from ..engine import engine_context, is_engine
from ..exceptions import BillingError
from .receipt_pages import as_pages, plain_font_tags

REPORT = "project_invoice_tracker.report_billing_annex"
PACK_FIELD = "billing_pack_file"


class AccountMove(models.Model):
    """An invoice with its evidence pack: invoice, annex and receipts, in this order.

    The pack is made of stored documents only. The one that was sent is kept beside
    Odoo's own PDF of the invoice, and deleted with it when the invoice is reset to
    draft.
    """

    _inherit = "account.move"

    billing_pack_file = fields.Binary(
        string="Evidence Pack",
        attachment=True,
        copy=False,
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The invoice with its annex and receipts, as it was sent.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse a pack among the values: only the engine makes it."""
        if any(PACK_FIELD in vals for vals in vals_list) and not is_engine(self.env):
            self._billing_refuse_flag()
        return super().create(vals_list)

    def write(self, vals):
        """Override to refuse a pack among the values: only the engine makes it."""
        if PACK_FIELD in vals and not is_engine(self.env):
            self._billing_refuse_flag()
        return super().write(vals)

    def _get_fields_to_detach(self):
        """Override of `account` to drop the pack when an invoice is reset to draft."""
        return [*super()._get_fields_to_detach(), PACK_FIELD]

    # === ACTIONS ===

    def action_billing_evidence_pack(self):
        """Download the evidence pack of this invoice, from accounting.

        :raises AccessError: for whoever may not read the invoice
        :raises BillingError: when it is not posted, or has no recorded work
        """
        self.ensure_one()
        self.check_access("read")
        self._billing_check_pack()
        return self._billing_offer_pack()

    def _billing_check_pack(self):
        """Refuse to make a pack of an invoice that has none.

        :raises BillingError: with what to do instead
        """
        move_sudo = self.sudo()  # sudo: state and kind of a document that was checked
        if move_sudo.move_type != "out_invoice" or not move_sudo.billing_request_ids:
            raise BillingError(
                self.env._(
                    "%s was not made from billing requests; only invoices that were "
                    "have an evidence pack.",
                    move_sudo.display_name,
                )
            )
        if move_sudo.state != "posted":
            raise BillingError(
                self.env._(
                    "%s is not posted. Its evidence pack is made of what was posted.",
                    move_sudo.display_name,
                )
            )
        if not move_sudo._billing_has_pack():
            raise BillingError(
                self.env._(
                    "Nothing stands behind %s that goes along with it: no time, no "
                    "milestone and no cost, or its billing template has no annex.",
                    move_sudo.display_name,
                )
            )

    def _billing_offer_pack(self):
        """Return the address of the pack; keep the annexes of an old invoice first."""
        self._billing_keep_annexes()
        return {
            "type": "ir.actions.act_url",
            "url": f"/project_invoice_tracker/evidence/{self.id}",
            "target": "download",
        }

    def _billing_keep_annexes(self):
        """Keep the annexes of invoices that were posted before annexes were kept."""
        # sudo: what is kept is the engine's business, whoever asks for the pack
        requests_sudo = self.sudo().billing_request_ids
        missing = requests_sudo - self._billing_annexes().request_id
        if missing:
            missing._lock()
            self.env["project.billing.annex"]._engine()._freeze(missing)

    def _billing_may_have_pack(self):
        """Tell whether the user may have the pack: accounting, and the managers.

        For an invoice of several projects, a manager of all of them.
        """
        self.ensure_one()
        user = self.env.user
        if user.has_group("account.group_account_invoice") or user.has_group(
            "account.group_account_readonly"
        ):
            if self.has_access("read"):
                return True
        # sudo: which projects these are; the roles are those of the user
        requests = self.sudo().billing_request_ids.with_env(self.env)
        return bool(requests) and all(
            request.has_access("read") and request._is_manager() for request in requests
        )

    # === PACK ===

    def _billing_has_pack(self):
        """Tell whether the invoice has documents for a pack (elevated)."""
        return self.billing_tracked and bool(
            self._billing_file_numbers(self._billing_contents())
            or self._billing_annex()
        )

    def _billing_pack_name(self):
        """Return the name of the file, in the language of the customer."""
        self.ensure_one()
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        return env._("%s with annex.pdf", self.name.replace("/", "_"))

    def _billing_stored_pack(self):
        """Return the pack that was sent (elevated), empty if there is none."""
        # sudo: beside the invoice that the caller may read
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "account.move"),
                    ("res_id", "in", self.ids),
                    ("res_field", "=", PACK_FIELD),
                ],
                limit=1,
            )
        )

    def _billing_store_pack(self):
        """Store the pack that goes out with the invoice (elevated)."""
        self.ensure_one()
        if self._billing_stored_pack() or not self._billing_has_pack():
            return
        self._billing_keep_annexes()
        # sudo: beside the PDF of the invoice, which Odoo stores in the same way
        self.env["ir.attachment"].sudo().with_context(**engine_context()).create(
            {
                "name": self._billing_pack_name(),
                "raw": self._billing_make_pack(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "res_field": PACK_FIELD,
            }
        )

    def _billing_make_pack(self):
        """Return the bytes of the pack, the same whenever it is made (elevated).

        :raises UserError: when Odoo cannot print PDF files
        """
        self.ensure_one()
        pages, unprinted = self._billing_receipt_pages()
        annex, kind = (
            self.env["ir.actions.report"]
            .with_company(self.company_id)
            ._render_qweb_pdf(REPORT, self.ids, data={"unprinted": unprinted})
        )
        if kind != "pdf":
            # where Odoo prints no PDF, as in its tests
            return annex
        printed = (self._billing_invoice_pdf(), annex)
        return pdf.merge_pdf([*map(plain_font_tags, printed), *pages])

    def _billing_invoice_pdf(self):
        """Return the invoice itself: the PDF that was sent, or a new one."""
        if self.invoice_pdf_report_id:
            return self.invoice_pdf_report_id.raw
        report = self.env["account.move.send"]._get_default_pdf_report_id(self)
        content, _kind = (
            self.env["ir.actions.report"]
            .with_company(self.company_id)
            ._render_qweb_pdf(report.report_name, self.ids)
        )
        return content

    def _billing_receipt_pages(self):
        """Return ``(PDF files, what could not be printed)`` of all receipts."""
        contents = self._billing_contents()
        numbers = self._billing_file_numbers(contents)
        files = self._billing_annexes()._files_by_key()
        requests = self._billing_requests_in_order()
        pages, unprinted = [], []
        for (position, key), number in numbers.items():
            file = files.get((requests[position], key))
            content = file and file.raw and as_pages(file.raw, file.mimetype)
            if content:
                pages.append(content)
            else:
                described = contents[position]["files"]
                name = next(row["name"] for row in described if row["key"] == key)
                unprinted.append({"number": number, "name": name})
        return pages, unprinted


class AccountMoveSend(models.AbstractModel):
    """Sending of invoices, which attaches the pack."""

    _inherit = "account.move.send"

    @api.model
    def _get_invoice_extra_attachments(self, move):
        """Override of `account` to attach the pack."""
        attachments = super()._get_invoice_extra_attachments(move)
        return attachments | move._billing_stored_pack().with_env(attachments.env)

    @api.model
    def _get_placeholder_mail_attachments_data(self, move, **kwargs):
        """Override of `account` to name the pack that will be made."""
        found = super()._get_placeholder_mail_attachments_data(move, **kwargs)
        move_sudo = move.sudo()  # sudo: whether there will be one
        if not move_sudo._billing_stored_pack() and move_sudo._billing_has_pack():
            name = move._billing_pack_name()
            found = [
                *found,
                {
                    "id": f"placeholder_{name}",
                    "name": name,
                    "mimetype": "application/pdf",
                    "placeholder": True,
                },
            ]
        return found

    @api.model
    def _link_invoice_documents(self, invoices_data):
        """Override of `account` to make the pack once there is the invoice's PDF."""
        result = super()._link_invoice_documents(invoices_data)
        for invoice in invoices_data:
            # sudo: made of what is kept, whoever sends the invoice
            invoice.sudo()._billing_store_pack()
        return result
