"""Content of a request, to which an approval is bound, as plain values and in words."""

from collections import defaultdict
from functools import partial

from odoo import api, models
from odoo.tools import SQL, format_date, html2plaintext

from ..billing.changes import Content
from ..billing.fingerprint import fingerprint
from ..billing.rounding import exact, exact_money
from .currency_step import step_of
from .service_terms import taxes_of


class ProjectBillingRequest(models.Model):
    """Compare the content that was submitted and approved with the one of now.

    Besides the values of the document, a content has what today's settings would make
    of them: the customer, the terms, the taxes and their amounts. So a change that is
    in no field of the document is found as well.
    """

    _inherit = "project.billing.request"

    def _fingerprints(self):
        """Return ``{request id: fingerprint}`` of all that an approval is bound to."""
        return {key: content.fingerprint for key, content in self._contents().items()}

    def _contents(self, figures=None, documents=None):
        """Return ``{request id: Content}``, see :class:`billing.changes.Content`.

        :param dict figures: of :meth:`_figures_today` by request, if the caller knows
        :param list documents: of :meth:`_documents`, if the caller just read them
        """
        found = {}
        for request, document, terms, basis in documents or self._documents():
            known = request._submitted()._same_content(basis, document)
            found[request.id] = known or request._find_content(
                document, basis, terms, (figures or {}).get(request.id)
            )
        return found

    def _find_content(self, document, basis, terms, figures):
        """Return the content by today's settings (elevated).

        :param dict document: of :meth:`_content`
        :param str basis: of :meth:`_basis`
        :param dict terms: those of today
        :param figures: of :meth:`_figures_today`, if the caller knows
        """
        amounts, totals = figures or self._figures_today(terms)
        today = {
            "now": [terms[name] for name in sorted(terms)],
            "amounts_now": totals,
            "line_amounts_now": [
                [line_id, *values] for line_id, values in amounts.items()
            ],
            "paper": self._paper_values(),
        }
        return Content.of(
            document,
            today,
            basis,
            partial(self._snapshot, document["slices"], terms, amounts, totals),
        )

    def _content(self, slices):
        """Return the content that the document itself holds, as plain values."""
        self.ensure_one()
        step = step_of(self.currency_id)
        return {
            "company": self.company_id.id,
            "project": self.project_id.id,
            "partner": self.partner_id.id,
            "currency": self.currency_id.id,
            "fiscal_position": self.fiscal_position_id.id,
            "payment_term": self.payment_term_id.id,
            "period": [self.date_from or None, self.date_to or None],
            "reference": self.customer_reference or "",
            "message": str(self.narration or ""),
            "amounts": [
                exact_money(self.amount_untaxed, step),
                exact_money(self.amount_tax, step),
            ],
            "lines": [line._content() for line in self.line_ids.sorted("id")],
            "slices": slices,
        }

    def _content_slices(self):
        """Return the slices behind the lines, as plain values by request."""
        slices = defaultdict(list)
        if not self:
            return slices
        self.env["project.billing.ledger"]._flush()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT request_id, line_id, item_id, quantity, action
                  FROM project_billing_allocation
                 WHERE request_id IN %s AND state <> 'released'
                 ORDER BY request_id, line_id, item_id, action
                """,
                tuple(self.ids),
            )
        )
        for request_id, line_id, item_id, quantity, action in rows:
            slices[request_id].append([line_id, item_id, exact(quantity), action])
        return slices

    # === TODAY ===

    def _terms_today(self):
        """Return today's customer and terms of each request, by its id."""
        found, known = {}, {}
        self.project_id.billing_rule_ids.mapped("currency_id")  # read together
        for request in self:
            project, company = request.project_id, request.company_id
            if (project, company) not in known:
                rule = project.billing_rule_ids[:1]
                terms = self._prepare_terms(project, company)
                known[project, company] = {
                    **terms,
                    **self._delivery_terms(terms["partner_id"]),
                    "currency_id": (rule or request).currency_id.id,
                    "manager_id": project.user_id.id,
                }
            found[request.id] = known[project, company]
        return found

    @api.model
    def _delivery_terms(self, partner_id):
        """Return the delivery address, only where it differs from the customer."""
        invoiced = self.env["res.partner"].browse(partner_id)
        delivery = self._delivery_of(invoiced)
        if delivery == invoiced:
            return {}
        place = [delivery.id, delivery.country_id.id, delivery.state_id.id]
        return {"delivery": [*place, delivery.zip or ""]}

    def _exact_totals(self):
        """Return untaxed amount and taxes, as Odoo's tax engine finds them now."""
        totals = self._get_tax_totals()
        step = step_of(self.currency_id)
        return [
            exact_money(totals["base_amount_currency"], step),
            exact_money(totals["tax_amount_currency"], step),
        ]

    # === IN WORDS ===

    def _snapshot(self, slices, today, amounts, totals):
        """Return the content with today's names, see :mod:`billing.changes`.

        :param totals: of today, of :meth:`_exact_totals`
        """
        # one language, so that two snapshots differ by what they say only
        lang = self.company_id.partner_id.lang or "en_US"
        record = self.with_context(lang=lang)
        by_line = defaultdict(list)
        for line_id, *slice_ in slices:
            by_line[line_id].append(slice_)
        lines = record.line_ids.sorted("id")
        return {
            "terms": record._snapshot_terms(today),
            "paper": {
                what: [text, value if isinstance(value, str) else fingerprint(value)]
                for what, (text, value) in record._paper().items()
            },
            "work": {
                "period": [
                    " – ".join(
                        format_date(record.env, day)
                        for day in (self.date_from, self.date_to)
                        if day
                    ),
                    [str(self.date_from), str(self.date_to)],
                ]
            },
            "amounts": {
                "untaxed": record._shown(self.amount_untaxed),
                "tax": record._shown(self.amount_tax),
                "untaxed_now": record._shown(totals[0]),
                "tax_now": record._shown(totals[1]),
            },
            "lines": {
                str(line.id): line._snapshot(by_line[line.id], amounts[line.id])
                for line in lines
            },
        }

    def _snapshot_terms(self, today):
        """Return customer and terms, those of the document and those of today."""
        terms = {
            "project": self.project_id,
            "customer": self.partner_id,
            "currency": self.currency_id,
            "fiscal_position": self.fiscal_position_id,
            "payment_term": self.payment_term_id,
            "customer_now": self.partner_id.browse(today["partner_id"]),
            "currency_now": self.currency_id.browse(today["currency_id"]),
            "fiscal_position_now": self.fiscal_position_id.browse(
                today["fiscal_position_id"]
            ),
            "payment_term_now": self.payment_term_id.browse(today["payment_term_id"]),
            "manager": self.user_id.browse(today["manager_id"]),
        }
        message = str(self.narration or "")
        return {
            "reference": [self.customer_reference or "", self.customer_reference or ""],
            "message": [html2plaintext(message).strip(), message],
            **{name: [one.display_name or "", one.id] for name, one in terms.items()},
        }

    def _shown(self, amount):
        """Return an amount of this request by its key; words are made when asked."""
        return ["", str(exact_money(amount, step_of(self.currency_id)))]


class ProjectBillingLine(models.Model):
    """The part of a line that an approval is bound to."""

    _inherit = "project.billing.line"

    def _content(self):
        """Return text, quantity, price, service and taxes as plain values."""
        self.ensure_one()
        return [
            self.id,
            self.kind,
            self.name,
            self.sequence,
            self.product_id.id,
            exact(self.quantity),
            exact(self.price_unit),
            sorted(self.tax_ids.ids),
            self.removed,
            # only when there is one: what was approved before an upgrade stays so
            *([exact(self.discount)] if self.discount else []),
        ]

    def _taxes_today(self, position):
        """Return the taxes that the service has today under a fiscal position."""
        product = (self.tax_product_id or self.product_id).sudo()  # sudo: taxes only
        return taxes_of(product, self.company_id, position.sudo())

    def _amounts_today(self, terms):
        """Return ``{line id: [taxes, untaxed, total]}`` by today's taxes.

        :param dict terms: those of today of the request
        """
        AccountTax = self.env["account.tax"]
        position = self.env["account.fiscal.position"].browse(
            terms["fiscal_position_id"]
        )
        found = {}
        for line in self.sorted("id"):
            taxes = line._taxes_today(position)
            base_line = line._prepare_base_line(taxes)
            AccountTax._add_tax_details_in_base_line(base_line, line.company_id)
            AccountTax._round_base_lines_tax_details([base_line], line.company_id)
            details = base_line["tax_details"]
            step = step_of(line.currency_id)
            found[line.id] = [
                sorted(taxes.ids),
                exact_money(details["total_excluded_currency"], step),
                exact_money(details["total_included_currency"], step),
            ]
        return found

    def _snapshot(self, slices, today):
        """Return the line with the names of now.

        :param slices: ``[[item id, quantity, action]]`` behind it
        :param today: its values of :meth:`_amounts_today`
        """
        tax_ids, untaxed, total = today
        shown = self.request_id._shown
        taxes = self.tax_ids.browse(tax_ids)
        amounts = {
            "quantity": [
                f"{self.quantity:g} {self.product_uom_id.name or ''}".strip(),
                str(exact(self.quantity)),
            ],
            "price": ["", str(exact(self.price_unit))],
            "discount": [f"{self.discount:g} %", str(exact(self.discount))],
            "taxes": [", ".join(self.tax_ids.mapped("name")), sorted(self.tax_ids.ids)],
            "taxes_now": [", ".join(taxes.mapped("name")), sorted(tax_ids)],
            "line_untaxed": shown(untaxed),
            "line_tax": shown(total - untaxed),
        }
        return {
            "name": self.name,
            "summary": f"{amounts['quantity'][0]} × {amounts['price'][1]}"
            f" = {shown(untaxed)[1]} {self.currency_id.name}",
            "total": shown(total)[1],
            "work": {
                "text": [self.name, self.name],
                "service": [self.product_id.display_name, self.product_id.id],
                "removed": [str(self.removed), self.removed],
                "entries": [str(len(slices)), fingerprint(slices)],
            },
            "amounts": amounts,
        }
