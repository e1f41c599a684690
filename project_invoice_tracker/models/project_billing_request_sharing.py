"""One invoice for several projects: later requests join an open draft invoice."""

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..const import BILLING_GROUPS
from ..engine import QUIET, engine_context


class ProjectProject(models.Model):
    """Whether a project shares its invoice with others, whatever its customer wants."""

    _inherit = "project.project"

    billing_one_invoice = fields.Selection(
        [
            ("customer", "As the customer wants"),
            ("together", "With the customer's other projects"),
            ("alone", "On its own"),
        ],
        string="Invoice",
        required=True,
        default="customer",
        groups=BILLING_GROUPS,
        help="Whether requests of this project share an invoice with those of other "
        "projects of the customer. Each request is approved on its own.",
    )


class ProjectBillingRequest(models.Model):
    """Several managers invoice their own requests on one shared invoice."""

    _inherit = "project.billing.request"

    def _shares_invoice(self):
        """Tell whether this request shares its invoice with other projects."""
        self.ensure_one()
        choice = self.project_id.billing_one_invoice
        if choice in ("together", "alone"):
            return choice == "together"
        return self.partner_id.commercial_partner_id.billing_one_invoice

    @api.model
    def _join_open_drafts(self, groups):
        """Add groups of requests to earlier drafts of ours that wait for more.

        :param groups: requests that share an invoice each (elevated)
        :returns: the invoices that were joined, and the groups without one
        """
        moves = self.env["account.move"].sudo()  # sudo: as when it was created
        sharing = [group for group in groups if group[0]._shares_invoice()]
        if not sharing:
            return moves, groups
        self._lock_customers(sharing)
        drafts = self._open_drafts(sharing)
        left = []
        for group in groups:
            move = drafts.get(group[0]._get_invoice_grouping_key())
            if move and group in sharing:
                group._join_invoice(move)
                moves |= move
            else:
                left.append(group)
        return moves, left

    @api.model
    def _lock_customers(self, groups):
        """Lock these customers, so that one session at a time invoices them.

        Odoo repeats a session that began before the other ended, and it then finds the
        draft. For that the row has to be changed: a mere lock is not enough.
        """
        partner_ids = sorted({group.partner_id.id for group in groups})
        self.env.cr.execute(
            SQL(
                "SELECT FROM res_partner WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(partner_ids),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET billing_one_invoice = billing_one_invoice"
                " WHERE id IN %s",
                tuple(partner_ids),
            )
        )

    @api.model
    def _open_drafts(self, groups):
        """Return ``{key: invoice}`` of drafts that nobody edited by hand."""
        customers = groups[0].partner_id.union(*(group.partner_id for group in groups))
        found = self._engine().search(
            [
                ("state", "=", "invoiced"),
                ("partner_id", "in", customers.ids),
                ("invoice_id.state", "=", "draft"),
                ("invoice_id.posted_before", "=", False),
                ("invoice_id.is_manually_modified", "=", False),
                ("invoice_id.is_move_sent", "=", False),
                # made when the customer wanted that; older ones stay as they are
                ("invoice_id.billing_joinable", "=", True),
            ],
            order="id",
        )
        drafts = {}
        for move, requests in found.grouped("invoice_id").items():
            keys = {request._get_invoice_grouping_key() for request in requests}
            # the replacement of a credited invoice stays what it replaces
            if len(keys) == 1 and not move.billing_request_ids.replaces_id:
                drafts.setdefault(keys.pop(), move)
        return drafts

    def _join_invoice(self, move):
        """Add the lines of these requests at the end of a draft invoice of ours."""
        context = engine_context(
            lang=self.env.lang,
            tz=self.env.tz,
            skip_is_manually_modified=True,
            **QUIET,
        )
        # elevated as _create_invoices explains, with a context made from nothing
        env = self.env(su=True, context=context)
        company = self.company_id
        move = move.with_env(env).with_company(company)
        requests = self.with_env(env).with_company(company)
        before = requests.browse(move._billing_requests_in_order().ids)
        every = before | requests
        header = every._prepare_invoice()
        move.write(
            {
                **{
                    name: header[name]
                    for name in ("invoice_origin", "ref", "narration")
                    if name in header
                },
                "invoice_line_ids": [
                    Command.create(values)
                    for values in requests._prepare_joining_lines(move, before)
                ],
            }
        )
        requests.write({"invoice_id": move.id})
        move._message_log(
            body=self.env._(
                "Billing request %s was added", ", ".join(self.mapped("name"))
            )
        )

    def _prepare_invoice(self):
        """Override: whether later requests join is decided now."""
        values = super()._prepare_invoice()
        return {**values, "billing_joinable": self[0]._shares_invoice()}

    def _prepare_joining_lines(self, move, before):
        """Return the values of the lines, and of the headings, that a draft gets.

        :param before: the requests that are on it, in their order
        """
        lines = move.invoice_line_ids
        sections = len((before | self).project_id) > 1
        headed = len(before.project_id) > 1
        first = min(lines.mapped("sequence"), default=10)
        heading = [before[0]._prepare_section(first - 1)] if before else []
        return [
            *(heading if sections and not headed else []),
            *self._prepare_invoice_lines(
                max(lines.mapped("sequence"), default=first) + 1,
                sections,
                before[-1:].project_id,
            ),
        ]


class AccountMove(models.Model):
    """The requests of a shared invoice."""

    _inherit = "account.move"

    billing_joinable = fields.Boolean(
        copy=False,
        readonly=True,
        export_string_translation=False,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Made while the customer wanted one invoice: later requests join it.",
    )

    def _billing_requests_in_order(self):
        """Return the requests of this invoice in the order of their lines."""
        self.ensure_one()
        ordered = self.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        return ordered.billing_line_id.request_id
