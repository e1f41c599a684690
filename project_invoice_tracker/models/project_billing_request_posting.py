"""Posting: compare the draft invoice once more with what was approved."""

from odoo import api, fields, models

from ..billing import changes
from ..billing.fingerprint import fingerprint
from ..billing.transitions import APPROVING_STEPS
from ..exceptions import BillingError

#: Values of a line that must be on the invoice as they were approved.
KEPT = {
    "work": ("text", "service", "entries"),
    "amounts": ("quantity", "price", "discount", "taxes"),
}


class ProjectBillingRequest(models.Model):
    """Refuse to post what was not approved; note self-approvals on the invoice."""

    _inherit = "project.billing.request"

    self_approved = fields.Boolean(
        string="Self-Approved",
        compute="_compute_self_approved",
        help="Approved by somebody who asked for it, edited it or changed a price in "
        "it, as the company allows.",
    )

    @api.depends("approval_ids.valid", "approval_ids.self_approved")
    def _compute_self_approved(self):
        for request in self:
            # sudo: the request's own log
            request.self_approved = bool(request.sudo()._self_approvals())

    def _self_approvals(self):
        """Return approvals that count only because the company allows self-approval."""
        return self.approval_ids.filtered(
            lambda row: (
                row.valid and row.self_approved and row.decision in APPROVING_STEPS
            )
        )

    def _self_approved_sentence(self):
        """Return which approvers asked for or edited the request, in words."""
        self.ensure_one()
        # sudo: names of who approved
        rows = self.sudo()._self_approvals()
        return self.env._(
            "%(request)s was approved by %(names)s, who asked for it, edited it or "
            "changed a price in it, as %(company)s allows.",
            request=self.name,
            names=", ".join(dict.fromkeys(row._who() for row in rows)),
            company=self.company_id.name,
        )

    def _stamp_invoices(self):
        """Note on the invoices which of their requests were self-approved."""
        # sudo: the invoice was just made from these requests
        for request in self.sudo().filtered("self_approved"):
            request.invoice_id._message_log(body=request._self_approved_sentence())

    # === COMPARISON ===

    def _billing_check_invoice(self, move):
        """Override: check the totals as well."""
        result = super()._billing_check_invoice(move)
        self._billing_check_totals(move)
        return result

    def _billing_check_approved(self):
        """Refuse lines that differ from the approved ones, however they changed.

        Lines that accounting removed from the invoice are not compared.

        :raises BillingError: naming what differs
        """
        slices = self._content_slices()
        self.line_ids.mapped("tax_ids")  # read together
        for request in self:
            row = request._last_approval()
            # most are untouched; to find out what differs takes ten times as long
            if row.document == fingerprint(request._content(slices[request.id])):
                continue
            approved = request._approved_lines()
            if not approved:
                continue
            now = request._lines_as_stored(slices[request.id])
            rows = changes.compare({"lines": approved}, {"lines": now})
            if rows:
                request._refuse_changed(rows[0])

    def _refuse_changed(self, row):
        """Raise with the value that differs from the approved one.

        :param row: a :class:`billing.changes.Change`
        :raises BillingError: always
        """
        raise BillingError(
            self.env._(
                "%(request)s is not what was approved any more: %(what)s of "
                "“%(line)s” was %(old)s and is %(new)s. Send the invoice back, "
                "to have it approved again.",
                request=self.name,
                what=self._change_labels().get(row.what, row.what),
                line=row.line,
                old=self._change_words(row.what, row.old, self.currency_id),
                new=self._change_words(row.what, row.new, self.currency_id),
            )
        )

    def _last_approval(self):
        """Return the log row of the last approval that counts (elevated)."""
        # sudo: the request's own log
        given = self.sudo().approval_ids.filtered(
            lambda row: row.valid and row.content and row.decision in APPROVING_STEPS
        )
        return given.sorted("id")[-1:]

    def _approved_lines(self):
        """Return the approved lines, without those that accounting removed."""
        content = self._last_approval().content
        live = {str(line.id) for line in self.line_ids if not line.removed}
        removed = {str(line.id) for line in self.line_ids if line.removed}
        lines = (content or {}).get("lines", {})
        if not lines:
            return {}
        return {
            line_id: _kept(line)
            for line_id, line in lines.items()
            if line_id in live or line_id not in removed
        }

    def _lines_as_stored(self, slices):
        """Return the lines that accounting did not remove, as they are stored."""
        lang = self.company_id.partner_id.lang or "en_US"
        found = {}
        for line in self.with_context(lang=lang).line_ids.sorted("id"):
            if line.removed:
                continue
            behind = [slice_[1:] for slice_ in slices if slice_[0] == line.id]
            # by today's taxes nothing is compared here
            own = [line.tax_ids.ids, line.price_subtotal, line.price_total]
            found[str(line.id)] = _kept(line._snapshot(behind, own))
        return found


def _kept(line):
    """Return the part of a line's snapshot that is compared at posting."""
    return {
        "name": line["name"],
        "summary": line["summary"],
        **{
            aspect: {
                name: value for name, value in line[aspect].items() if name in names
            }
            for aspect, names in KEPT.items()
        },
    }
