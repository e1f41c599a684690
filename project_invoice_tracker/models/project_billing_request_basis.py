"""Fingerprint of all that the content of a request is computed from.

Most of the time of computing a content is spent in Odoo's tax engine. When all inputs
are the same as at the submission, the result is the same too and is not computed again:
an approval, and the draft invoice, then cost a fraction.
"""

from odoo import api, fields, models

from ..billing.changes import Content
from ..billing.fingerprint import fingerprint
from ..billing.rounding import exact, exact_money
from . import bound_fields as bound
from .currency_step import step_of
from .project_billing_request_paper import plain

#: Fields of a tax that change no amount: texts, and who wrote it when.
WORDS = bound.TAX_WORDS.union(models.MAGIC_COLUMNS)
PLAIN = {"boolean", "char", "float", "integer", "selection", "text"}


class ProjectBillingApproval(models.Model):
    """The fingerprint of the inputs, on each step of the approval log."""

    _inherit = "project.billing.approval"

    basis = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="Fingerprint of all that the content of the step was computed from.",
    )

    document = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="Fingerprint of what the document itself held.",
    )

    def _same_content(self, basis, document):
        """Return the content that this step was taken on, if the basis is the same.

        :param str basis: of now, of :meth:`ProjectBillingRequest._basis`
        :param dict document: of now
        :returns: a :class:`billing.changes.Content`, or None
        """
        if not self.parts or not self.basis or self.basis != basis:
            return None
        return Content(
            self.fingerprint, self.parts, document, basis, lambda: self.content
        )


class ProjectBillingRequest(models.Model):
    """Skip recomputing amounts whose inputs have not changed since submission."""

    _inherit = "project.billing.request"

    drawn_basis = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="Fingerprint of all that the amounts of a new draft were computed from.",
    )

    def _documents(self):
        """Return ``[(request, document, terms of today, basis)]`` (elevated)."""
        requests = self.sudo()  # sudo: reads the ledger and settings, to compare
        slices = requests._content_slices()
        terms = requests._terms_today()
        requests.line_ids.mapped("tax_ids")  # read together
        found, taxes = [], {}
        for request in requests:
            document, today = request._content(slices[request.id]), terms[request.id]
            basis = request._basis(document, today, taxes)
            found.append((request, document, today, basis))
        return found

    def _note_basis(self):
        """Store the fingerprint of the inputs of drafts that were just made."""
        for request, _document, _terms, basis in self._documents():
            request._engine().drawn_basis = basis

    def _basis(self, document, terms, taxes):
        """Return the fingerprint of all that goes into the content (elevated).

        :param dict document: of :meth:`_content`
        :param dict terms: those of today
        :param dict taxes: definitions by tax, which this adds to
        """
        self.ensure_one()
        company, term = self.company_id, self.payment_term_id
        position = self.env["account.fiscal.position"].browse(
            terms["fiscal_position_id"]
        )
        used, lines = self.env["account.tax"], []
        for line in self.line_ids.sorted("id"):
            today = line._taxes_today(position)
            lines.append(line._basis(today))
            used |= today | line.tax_ids
        flat = used | used._flatten_taxes_and_sort_them()[0]
        for tax in flat:
            if tax not in taxes:
                taxes[tax] = tax._billing_definition()
        values = {
            "document": document,
            "terms": terms,
            "lines": lines,
            "taxes": [taxes[tax] for tax in flat.sorted("id")],
            "early": plain(term, bound.EARLY_FIELDS),
            "paper": self._paper_values(),
            "company": company._billing_tax_settings(),
            "currency": str(self.currency_id.rounding),
        }
        return fingerprint(values)

    # === UP TO DATE ===

    def _bring_up_to_date(self):
        """Update drafts to today's terms and taxes; return their contents.

        :raises BillingError: when the project has another customer or currency by now
        """
        documents, figures, stale = self._documents(), {}, self.browse()
        for request, _document, terms, basis in documents:
            request._check_same_terms({**terms, "company_id": request.company_id.id})
            if basis == request.drawn_basis:
                figures[request.id] = request._figures_stored()
                continue
            today = request._figures_today(terms)
            if request._is_stale(terms, *today):
                request._refresh_terms()
                request._engine()._compute_amounts()
                stale |= request
            else:
                figures[request.id] = today
        if stale:
            stale.with_env(self.env)._check_can_submit()
        return self._contents(figures, None if stale else documents)

    def _is_stale(self, terms, amounts, totals):
        """Tell whether terms or taxes changed since the draft was made (elevated).

        :param amounts, totals: of :meth:`_figures_today`
        """
        if any(
            self[name].id != terms[name]
            for name in ("fiscal_position_id", "payment_term_id")
        ):
            return True
        compare = self.currency_id.compare_amounts
        untaxed, tax = totals
        if compare(self.amount_untaxed, float(untaxed)) or compare(
            self.amount_tax, float(tax)
        ):
            return True
        return any(
            sorted(line.tax_ids.ids) != amounts[line.id][0]
            or compare(line.price_subtotal, float(amounts[line.id][1]))
            or compare(line.price_total, float(amounts[line.id][2]))
            for line in self.line_ids
        )

    def _figures_stored(self):
        """Return the stored amounts, in the form of :meth:`_figures_today`."""
        step = step_of(self.currency_id)
        amounts = {
            line.id: [
                sorted(line.tax_ids.ids),
                exact_money(line.price_subtotal, step),
                exact_money(line.price_total, step),
            ]
            for line in self.line_ids.sorted("id")
        }
        untaxed, tax = (
            exact_money(n, step) for n in (self.amount_untaxed, self.amount_tax)
        )
        return amounts, [untaxed, tax]

    def _figures_today(self, terms):
        """Return the amounts of the lines and of all, by today's taxes.

        :param dict terms: those of today of the request
        :returns: ``(_amounts_today of the lines, _exact_totals)``
        """
        return self.line_ids._amounts_today(terms), self._exact_totals()


class ProjectBillingLine(models.Model):
    """Inputs of the amounts of a line that its document does not contain."""

    _inherit = "project.billing.line"

    def _basis(self, taxes):
        """Return what the amounts of this line are computed from.

        :param taxes: those of today
        """
        return [
            self.id,
            sorted(taxes.ids),
            self.extra_tax_data or None,
            # only a tax with a formula looks at these
            taxes._eval_taxes_computation_turn_to_product_values(self.product_id),
            taxes._eval_taxes_computation_turn_to_product_uom_values(
                self.product_uom_id
            ),
        ]


class AccountTax(models.Model):
    """The definition of a tax: all fields that may change an amount."""

    _inherit = "account.tax"

    def _billing_definition(self):
        """Return the stored values of this tax and its parts, without texts."""
        self.ensure_one()
        names = self._billing_definition_fields()
        return [
            self.id,
            {name: self._billing_plain(self[name]) for name in names},
            self.price_include,
            sorted(self.children_tax_ids.ids),
            [
                [part.document_type, part.repartition_type, exact(part.factor_percent)]
                for part in self.repartition_line_ids.sorted("id")
            ],
        ]

    @api.model
    def _billing_definition_fields(self):
        """Return the names of the plain stored fields that may change an amount."""
        return sorted(
            name
            for name, field in self._fields.items()
            if field.store and field.type in PLAIN and name not in WORDS
        )

    @api.model
    def _billing_plain(self, value):
        return exact(value) if isinstance(value, float) else value


class ResCompany(models.Model):
    """The tax settings of a company that apply to all its documents."""

    _inherit = "res.company"

    def _billing_tax_settings(self):
        """Return how taxes are rounded, and whether prices include them."""
        self.ensure_one()
        return [
            self.tax_calculation_rounding_method,
            self.account_price_include,
            str(self.currency_id.rounding),
        ]
