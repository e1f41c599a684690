"""Posted invoices: their work details (annex), for the customer to read."""

from odoo import models

from .annex_reader import AnnexReader
from .annex_words import AnnexWords
from .receipt_pages import as_drawing


class AccountMove(models.Model):
    """An invoice, whose annex is kept at posting and dropped when it is reset."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to keep the annex of posted invoices, after the ledger."""
        result = super()._billing_follow_state(before)
        invoices = self._billing_invoices()
        annexes = self.env["project.billing.annex"]._engine()
        left = invoices.filtered(
            lambda move: before[move.id] == "posted" and move.state != "posted"
        )
        if left:
            annexes.search([("move_id", "in", left.ids)]).unlink()
        entered = invoices.filtered(
            lambda move: before[move.id] != "posted" and move.state == "posted"
        )
        # sudo: what is kept is the engine's business, whoever posts
        requests_sudo = entered.sudo().billing_request_ids
        if requests_sudo:
            annexes._freeze(requests_sudo)
        return result

    def _billing_annex(self, drawn=False):
        """Return the work details of this posted invoice, as plain text for a page.

        The texts are in the language of the environment. Invoices that were posted
        before annexes were kept show what the ledger says today.

        :param bool drawn: whether the signatures go along, as addresses of pictures
        :returns: dict for the template ``billing_annex``: ``number`` and ``projects``,
            one for each request in their order; empty for what is no posted invoice of
            ours, and where the customer is to see no annex
        :raises AccessError: when the user may not read the invoice
        """
        self.ensure_one()
        self.check_access("read")
        contents = self._billing_contents()
        drawings = self._billing_drawings() if drawn else {}
        numbers = self._billing_file_numbers(contents)
        words = AnnexWords(self.env, numbers, drawings)
        projects = [
            words.project(position, content)
            for position, content in enumerate(contents)
            if content["options"]["with_annex"]
        ]
        shown = ("time", "milestones", "costs", "approvals")
        projects = [p for p in projects if any(p[name] for name in shown)]
        return {"number": self.name, "projects": projects} if projects else {}

    def _billing_contents(self):
        """Return the contents of the annexes of this invoice, in their order."""
        self.ensure_one()
        # sudo: what the client gets of an invoice that the caller may read
        move_sudo = self.sudo()
        if move_sudo.state != "posted" or move_sudo.move_type != "out_invoice":
            return []
        requests = move_sudo._billing_requests_in_order()
        kept = {row.request_id: row.content for row in move_sudo._billing_annexes()}
        missing = requests.filtered(lambda request: request not in kept)
        if missing:
            read = AnnexReader(missing).contents()
            kept.update({request: content for request, (content, _f) in read.items()})
        return [kept[request] for request in requests]

    def _billing_annexes(self):
        """Return the stored annexes of these invoices (elevated)."""
        # sudo: as above; nobody but the engine writes them
        annexes_sudo = self.env["project.billing.annex"].sudo()
        return annexes_sudo.search([("move_id", "in", self.ids)])

    def _billing_file_numbers(self, contents):
        """Return ``{(position, key): number}`` of all receipts of an invoice.

        :param contents: of :meth:`_billing_contents`
        """
        numbers = {}
        for position, content in enumerate(contents):
            for file in content["files"]:
                if file["key"].startswith("receipt/"):
                    numbers[position, file["key"]] = len(numbers) + 1
        return numbers

    def _billing_drawings(self):
        """Return ``{(position, key): address}`` of the signatures of an invoice."""
        # sudo: as above
        requests = self.sudo()._billing_requests_in_order()
        found = {}
        for (request, key), file in self._billing_annexes()._files_by_key().items():
            if key.startswith("signature/"):
                found[requests.ids.index(request.id), key] = as_drawing(file.raw or b"")
        return found

    def _billing_document(self):
        """Return the texts of the invoice layout around the lines, as plain text.

        :returns: dict with ``period``, ``introduction`` and ``closing``, each maybe
            empty; an empty dict for what is no invoice of ours
        """
        self.ensure_one()
        # sudo: what is printed on an invoice that the caller may read
        requests_sudo = self.sudo().billing_request_ids
        if self.move_type != "out_invoice" or not requests_sudo:
            return {}
        contents = self._billing_contents() or [
            content
            for content, _files in AnnexReader(requests_sudo).contents().values()
        ]
        period = [str(day or "") for day in self._billing_service_period()]
        return {
            "period": AnnexWords(self.env, {}).period(period),
            **{
                name: "\n".join(
                    dict.fromkeys(filter(None, (each[name] for each in contents)))
                )
                for name in ("introduction", "closing")
            },
        }
