"""The annex: the work details of a posted invoice, as they were at posting."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.fingerprint import fingerprint
from .annex_reader import AnnexReader
from .annex_sql import KEEP_FILES
from .sql_bulk import insert_rows

COLUMNS = (
    "request_id",
    "move_id",
    "project_id",
    "company_id",
    "content",
    "fingerprint",
)


class ProjectBillingAnnex(models.Model):
    """The work details of one request: plain values, and copies of the files.

    It is made when the invoice is posted, in a few statements, so that the documents
    for the customer can be printed again after tasks, people and entries have changed.
    """

    _name = "project.billing.annex"
    _inherit = ["project.billing.guard"]
    _description = "Annex of an Invoice"
    _order = "id"
    _engine_owned = True
    _rec_name = "request_id"

    request_id = fields.Many2one(
        "project.billing.request", required=True, readonly=True, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    project_id = fields.Many2one("project.project", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True)
    content = fields.Json(
        required=True,
        readonly=True,
        export_string_translation=False,
        help="Plain values: the work as it was when the invoice was posted.",
    )
    fingerprint = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="Of the content, to see that nobody changed it.",
    )

    _request_uniq = models.UniqueIndex(
        "(request_id)", "The annex of this request is kept already."
    )

    @api.model
    def _freeze(self, requests):
        """Store the work details of these requests, as they are now.

        :param requests: requests whose invoice is posted (the caller checked)
        :returns: the annexes (elevated)
        """
        read = AnnexReader(requests).contents()
        # what an earlier posting left must not stand in the way of this one
        self._engine().search([("request_id", "in", requests.ids)]).unlink()
        # the ORM would write and read again each content twice
        insert_rows(
            self,
            COLUMNS,
            [
                (
                    request.id,
                    request.invoice_id.id,
                    request.project_id.id,
                    request.company_id.id,
                    content,
                    fingerprint(content),
                )
                for request, (content, _files) in read.items()
            ],
        )
        rows = self._engine().search([("request_id", "in", requests.ids)])
        ids = {row.request_id.id: row.id for row in rows}
        files = [
            (ids[request.id], key, file_id)
            for request, (_content, kept) in read.items()
            for key, file_id in kept
        ]
        rows._keep_files(files)
        return rows

    def _keep_files(self, files):
        """Keep copies of files with these annexes, for as long as the annexes exist.

        :param files: ``[(annex id, key, attachment id)]``
        """
        if not files:
            return
        annexes, keys, file_ids = map(list, zip(*files, strict=True))
        self.flush_model()
        self.env.cr.execute(
            SQL(
                KEEP_FILES,
                model=self._name,
                annexes=annexes,
                keys=keys,
                files=file_ids,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env["ir.attachment"].invalidate_model()

    def _files_by_key(self):
        """Return ``{(request, key): file}`` of the files of the annexes (elevated)."""
        # sudo: the files of snapshots whose invoice the caller may have
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)], order="id"
        )
        requests = {row.id: row.request_id for row in self}
        return {(requests[file.res_id], file.description): file for file in found}
