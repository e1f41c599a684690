"""Download of the receipts of costs, for users who bill these costs."""

import io
import zipfile

from odoo import http
from odoo.http import content_disposition, request


class ReceiptController(http.Controller):
    """Files attached to the document behind one billing item."""

    @http.route(
        "/project_invoice_tracker/receipts/<billing_id:item_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def download(self, item_id):
        """Send the receipt of an item; several of them as one ZIP file.

        Users who may read the item may read its receipts.
        """
        item = request.env["project.billing.item"].browse(item_id).exists()
        if not item or not item.has_access("read"):
            raise request.not_found()
        receipts = item._receipts()
        if not receipts:
            raise request.not_found()
        if len(receipts) == 1:
            stream = request.env["ir.binary"]._get_stream_from(receipts)
            stream.download_name = _plain_name(receipts)
            return stream.get_response(as_attachment=True)
        content = _zip(receipts)
        headers = [
            ("Content-Type", "application/zip"),
            ("Content-Length", len(content)),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Disposition", content_disposition(f"receipts-{item.id}.zip")),
        ]
        return request.make_response(content, headers)


def _zip(attachments):
    """Return the files as one archive; a number keeps equal names apart."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for position, attachment in enumerate(attachments, 1):
            name = f"{position:02} {_plain_name(attachment)}"
            archive.writestr(name, attachment.raw or b"")
    return buffer.getvalue()


def _plain_name(attachment):
    """Return the name of a file without any folder or line break in it.

    Characters that change the reading direction are removed as well: they could show
    ``fdp.exe`` as a PDF.
    """
    name = "".join(
        "_" if sign in "/\\" else sign
        for sign in attachment.name or ""
        if sign.isprintable()
    )
    return name.lstrip("._ ") or "receipt"
