"""Shares: the people behind each posted line, and the worth of their work."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import KINDS
from .share_sql import BUILD, FORGET, LINES_OF_MOVES


class ProjectBillingShare(models.Model):
    """The part of one person, in one job, in a line of a posted document.

    Written by one statement when an invoice or a credit note is posted, so that the
    analysis never has to look at each time entry. What is written off with a line has
    rows of its own, with the reason. For each row::

        standard + volume + discount + written off + rebate + rounding = amount

    in the currency of the request, untaxed; credit notes count negative. Nobody reads
    it directly: see ``project.billing.report.billed``.
    """

    _name = "project.billing.share"
    _inherit = ["project.billing.guard"]
    _description = "Share of a Billed Line"
    _log_access = False
    _engine_owned = True
    _rec_name = "date"

    line_id = fields.Many2one(
        "project.billing.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    # plain ids: they hang on the line, and a foreign key looks up every row
    request_id = fields.Integer(readonly=True)
    user_id = fields.Integer(readonly=True)
    move_id = fields.Integer(readonly=True)
    move_line_id = fields.Integer(readonly=True)
    project_id = fields.Integer(readonly=True)
    company_id = fields.Integer(readonly=True)
    currency_id = fields.Integer(readonly=True)
    # without an index: nobody looks a share up by them
    employee_id = fields.Many2one("hr.employee", readonly=True, ondelete="restrict")
    job_id = fields.Many2one("hr.job", readonly=True, ondelete="restrict")
    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Date(readonly=True, help="Date of the invoice or credit note.")
    credit = fields.Boolean(readonly=True, help="Of a credit note.")
    reason = fields.Char(readonly=True, help="Why it was written off.")
    minutes = fields.Float(readonly=True, digits=0)
    minutes_recorded = fields.Float(readonly=True, digits=0)
    amount = fields.Float(readonly=True, digits=0)
    amount_company = fields.Float(readonly=True, digits=0)
    amount_standard = fields.Float(readonly=True, digits=0)
    amount_volume = fields.Float(readonly=True, digits=0)
    amount_discount = fields.Float(readonly=True, digits=0)
    amount_written_off = fields.Float(readonly=True, digits=0)
    amount_rebate = fields.Float(readonly=True, digits=0)
    amount_rounding = fields.Float(readonly=True, digits=0)

    _project_index = models.Index("(project_id, date)")

    @api.model
    def _follow(self, moves):
        """Bring the shares of some invoices and credit notes up to date.

        All documents of the lines concerned are written anew: crediting a line again,
        or undoing that, changes what the other credit notes released.

        :param moves: whose state changed, of whatever type
        """
        if moves:
            self._write_shares(SQL(LINES_OF_MOVES, moves=tuple(moves.ids)))

    @api.model
    def _write_shares(self, only):
        """Replace the shares of some lines.

        :param SQL only: condition on ``line``, a row of ``project_billing_line``
        """
        self._flush_sources()
        self.env.cr.execute(
            SQL(
                FORGET,
                lines=SQL(
                    "(SELECT line.id FROM project_billing_line line WHERE %s)", only
                ),
            )
        )
        self.env.cr.execute(SQL(BUILD, only=only))

    @api.model
    def _flush_sources(self):
        """Flush the pending changes of the rows that the query reads."""
        self.env["account.move"].flush_model(["state", "invoice_date", "move_type"])
        self.env["account.move.line"].flush_model(
            ["price_subtotal", "balance", "billing_line_id", "billing_origin_line_id"]
        )
        self.env["project.billing.line"].flush_model(["request_id"])
        self.env["project.billing.request"].flush_model(["invoice_id", "user_id"])
        self.env["hr.version"].flush_model(["job_id", "date_version", "active"])
