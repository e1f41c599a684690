"""Invoicing: each line of approved requests becomes one line of a draft invoice."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Command

from ..engine import QUIET, engine_context
from ..exceptions import BillingError
from .service_terms import analytic_distribution, income_account

#: Invoices are created in chunks of this size; more gains nothing.
CHUNK = 50


class ProjectBillingRequest(models.Model):
    """Group requests by invoice, and create the invoices in one go."""

    _inherit = "project.billing.request"

    def action_create_invoice(self):
        """Create the draft invoices of approved requests.

        Requests of a customer who wants one invoice for several projects share one,
        with a section per project.

        A request that differs from what was approved becomes a draft again instead; its
        manager and all who approved it are told.

        :returns: True, or a notification that names the requests that changed
        :raises AccessError: when the user does not manage the project now
        :raises BillingError: when a request is not approved
        """
        self._check_manager()
        self._lock()
        for request in self:
            if request.state != "approved":
                raise BillingError(request._wrong_state_message("invoice"))
        contents = self._contents()
        changed = self._verify_content(contents=contents)
        (self - changed)._create_invoices(contents)
        return changed._voided_notice() if changed else True

    def action_open_invoice(self):
        """Open the invoice, for those who may read invoices."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.invoice_id.id,
            "view_mode": "form",
        }

    # === STEPS ===

    def _create_invoices(self, contents=None):
        """Create and link the draft invoices. Callers have checked the right to.

        :param dict contents: of :meth:`_contents`, if the caller just read them
        :returns: the invoices (elevated)
        """
        if not self:
            return self.env["account.move"].sudo()  # sudo: as below
        self._lock()
        for request in self:
            if request.state != "approved":
                raise BillingError(request._wrong_state_message("invoice"))
        contents = contents or self._contents()
        self._check_still_approved(contents)
        for company, requests in self.grouped("company_id").items():
            requests._billing_check_rate(company._billing_today())
        groups = list(self._engine()._group_for_invoices().values())
        # sudo: managers may not create invoices; their requests were approved
        moves = self.env["account.move"].sudo()
        joined, groups = self._join_open_drafts(groups)
        moves |= joined
        for start in range(0, len(groups), CHUNK):
            moves |= self._create_chunk(groups[start : start + CHUNK])
        self._move("invoice", contents=contents)
        self._stamp_invoices()
        return moves

    def _check_still_approved(self, contents):
        """Refuse when the content differs from what was approved, level by level."""
        for request in self:
            # sudo: the request's own log
            if not (
                request.sudo()._is_as_agreed(contents[request.id])
                and request._is_fully_approved()
            ):
                raise BillingError(
                    self.env._(
                        "%s is no longer what was approved. Withdraw it and submit "
                        "it again.",
                        request.name,
                    )
                )

    def _group_for_invoices(self):
        """Return ``{key: requests}``: which requests share an invoice."""
        groups = defaultdict(self.browse)
        for request in self:
            groups[request._get_invoice_grouping_key()] |= request
        return groups

    def _get_invoice_grouping_key(self):
        """Return what requests must have in common to share an invoice.

        Override it to share more or less. A request of a customer who gets one invoice
        per project has a key of its own.
        """
        self.ensure_one()
        together = self._shares_invoice()
        return (
            self.company_id.id,
            self.partner_id.id,
            self.currency_id.id,
            self.fiscal_position_id.id,
            self.payment_term_id.id,
            self.customer_reference or "" if together else self.id,
        )

    @api.model
    def _create_chunk(self, groups):
        """Create the invoices of some groups in one go, quietly, and link them."""
        moves = self.env["account.move"]
        by_company = defaultdict(list)
        for requests in groups:
            by_company[requests.company_id].append(requests)
        for company, grouped in by_company.items():
            # elevated as _create_invoices explains, with a context made from
            # nothing: no default_* of a caller ends in an invoice
            context = engine_context(lang=self.env.lang, tz=self.env.tz, **QUIET)
            env = self.env(su=True, context=context)
            # with the company: accounts of a service differ between companies
            created = (
                env["account.move"]
                .with_company(company)
                .create(
                    [
                        requests.with_company(company)._prepare_invoice()
                        for requests in grouped
                    ]
                )
            )
            for requests, move in zip(grouped, created, strict=True):
                requests.write({"invoice_id": move.id})
            moves |= created
        moves._billing_log_origin()
        return moves

    def _prepare_invoice(self):
        """Return the values of the one invoice of these requests."""
        first = self[0]
        values = {
            "move_type": "out_invoice",
            "partner_id": first.partner_id.id,
            "partner_shipping_id": self._delivery_of(first.partner_id).id,
            "company_id": first.company_id.id,
            "currency_id": first.currency_id.id,
            "fiscal_position_id": first.fiscal_position_id.id,
            "invoice_payment_term_id": first.payment_term_id.id,
            "invoice_origin": ", ".join(self.mapped("name")),
            "ref": ", ".join(
                dict.fromkeys(filter(None, self.mapped("customer_reference")))
            ),
            "invoice_user_id": first.user_id.id,
            "billing_tracked": True,
            "invoice_line_ids": [
                Command.create(vals) for vals in self._prepare_invoice_lines()
            ],
        }
        messages = [request.narration for request in self if request.narration]
        if messages:
            values["narration"] = messages[0] if len(messages) == 1 else False
            if len(messages) > 1:
                values["narration"] = type(messages[0])("").join(messages)
        return values

    def _prepare_invoice_lines(self, sequence=10, sections=None, previous=None):
        """Return the values of all invoice lines, a section per project if several.

        :param sequence: of the first line
        :param sections: whether there are sections, when the invoice has more lines
        :param previous: the project of the line before, which needs no section again
        """
        lines = []
        if sections is None:
            sections = len(self.project_id) > 1
        for request in self:
            if sections and request.project_id != previous:
                lines.append(request._prepare_section(sequence))
                sequence += 1
            previous = request.project_id
            own = request._prepare_request_lines(
                # others may join later, with headings of their own
                sequence,
                sections or request._shares_invoice(),
            )
            lines += own
            sequence += len(own)
        return lines

    def _sections(self):
        """Return the live lines as ``[(heading, lines)]``, in the order printed."""
        self.ensure_one()
        lines = self.line_ids._live()
        return [("", lines)] if lines else []

    def _prepare_request_lines(self, sequence, below):
        """Return the values of the invoice lines of this request, with headings.

        :param int sequence: of the first one
        :param bool below: whether they come below the heading of a project
        """
        self.ensure_one()
        shared, found = self._prepare_shared_line_values(), []
        analytic = self._analytic_of_services()
        for title, lines in self._sections():
            if title:
                display = "line_subsection" if below else "line_section"
                found.append({"display_type": display, "name": title})
            for line in lines:
                values = line._prepare_invoice_line(shared)
                if analytic.get(line.product_id):
                    values["analytic_distribution"] = analytic[line.product_id]
                found.append(values)
        return [
            {**values, "sequence": sequence + position}
            for position, values in enumerate(found)
        ]

    def _prepare_section(self, sequence):
        """Return the values of the heading of this request's project."""
        return {
            "display_type": "line_section",
            "name": self.project_id.name,
            "sequence": sequence,
        }

    def _prepare_shared_line_values(self):
        """Return what all invoice lines of one request have in common."""
        self.ensure_one()
        values = {}
        distribution = self.project_id._get_analytic_distribution()
        if distribution:
            values["analytic_distribution"] = distribution
        return values

    def _analytic_of_services(self):
        """Return ``{service: analytic distribution}`` of the lines to be invoiced.

        As an invoice line by hand: the accounts of the project, and what the
        distribution models say for all other plans.
        """
        self.ensure_one()
        related = self.project_id._get_analytic_distribution() or {}
        # sudo: as when the invoice is created
        services = self.sudo().line_ids._live().product_id
        if not services.env["account.analytic.distribution.model"].search_count(
            [], limit=1
        ):
            return {}
        company, position = self.company_id, self.fiscal_position_id
        return {
            service: analytic_distribution(
                service,
                company,
                self.sudo().partner_id,  # sudo: as above
                income_account(service, company, position),
                related,
            )
            for service in services
        }


class ProjectBillingLine(models.Model):
    """The part of a line that its invoice line is made from."""

    _inherit = "project.billing.line"

    def _prepare_invoice_line(self, shared):
        """Return the values of the invoice line.

        The balance is given beforehand, as Odoo would find it: its synchronisation
        then has nothing to correct, which halves the time of a draft. It still
        corrects a value that is wrong.
        """
        self.ensure_one()
        request = self.request_id
        account = income_account(
            self.product_id, request.company_id, request.fiscal_position_id
        )
        values = {
            **shared,
            "billing_line_id": self.id,
            "name": self.name,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id or self.product_id.uom_id.id,
            "quantity": self.quantity,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_ids.ids)],
        }
        if account:
            values["account_id"] = account.id
        if request.currency_id == request.company_id.currency_id:
            values["balance"] = values["amount_currency"] = -self.price_subtotal
        return values
