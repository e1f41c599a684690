"""Download of the evidence pack, for accounting and for the project's manager."""

from odoo import http
from odoo.http import content_disposition, request


class EvidenceController(http.Controller):
    """Send one PDF per invoice, with the invoice and its evidence."""

    @http.route(
        "/project_invoice_tracker/evidence/<billing_id:move_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def download(self, move_id):
        """Send the evidence pack of an invoice; every refusal gives the same page."""
        move = request.env["account.move"].browse(move_id).exists()
        if not move or not move._billing_may_have_pack():
            raise request.not_found()
        # sudo: whoever may have the pack need not read invoices
        move_sudo = move.sudo()
        if move_sudo.state != "posted" or not move_sudo._billing_has_pack():
            raise request.not_found()
        content = move_sudo._billing_stored_pack().raw or move_sudo._billing_make_pack()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("X-Content-Type-Options", "nosniff"),
            (
                "Content-Disposition",
                content_disposition(move_sudo._billing_pack_name()),
            ),
        ]
        return request.make_response(content, headers)
