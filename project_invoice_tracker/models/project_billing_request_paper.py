"""Contents of the invoice document besides amounts: addresses, terms, bank, layout."""

from odoo import models
from odoo.tools import html2plaintext

from ..billing.fingerprint import fingerprint
from ..billing.rounding import exact
from . import bound_fields as bound


def plain(record, names):
    """Return the values of some fields of a record as plain values.

    :param record: one record, or none
    :param names: of its fields
    """
    found = []
    for name in names:
        value = record[name]
        if isinstance(value, models.BaseModel):
            value = value.ids
        found.append(exact(value) if isinstance(value, float) else value or None)
    return found


class ProjectBillingRequest(models.Model):
    """The part of a request's content that does not change any amount."""

    _inherit = "project.billing.request"

    def _paper(self):
        """Return ``{name: (text, value)}`` of all that the document shows (elevated).

        The texts are for people; two papers are the same when their values are.
        """
        self.ensure_one()
        customer = self.partner_id
        return {
            **self._paper_partner(customer),
            "deliver_to": self._paper_delivery(customer),
            "due": self._paper_term(customer),
            "bank": self._paper_bank(customer),
            "customer_bank": self._paper_customer_bank(customer),
            "template": self._paper_template(customer),
        }

    def _paper_values(self):
        """Return the values of :meth:`_paper`, which an approval is bound to."""
        return {what: value for what, (_text, value) in self._paper().items()}

    def _paper_partner(self, customer):
        """Return the customer as text and value."""
        language = self.env["res.lang"]._get_data(code=customer.lang).name
        return {
            "customer_name": (
                customer.display_name,
                plain(customer, bound.NAME_FIELDS),
            ),
            "address": (
                self._paper_address(customer),
                plain(customer, bound.ADDRESS_FIELDS),
            ),
            "tax_number": (
                " ".join(filter(None, plain(customer, bound.NUMBER_FIELDS))),
                plain(customer, bound.NUMBER_FIELDS),
            ),
            "belongs_to": (
                customer.commercial_partner_id.name or "",
                [
                    *plain(customer, bound.PARENT_FIELDS),
                    customer.commercial_partner_id.name or None,
                ],
            ),
            "language": (language or "", customer.lang or None),
        }

    def _paper_address(self, partner):
        """Return an address in one line."""
        names = [value for value in plain(partner, ("street", "street2")) if value]
        place = " ".join(value for value in plain(partner, ("zip", "city")) if value)
        names += [place, partner.state_id.name, partner.country_id.name]
        return ", ".join(filter(None, names))

    def _paper_delivery(self, customer):
        """Return the delivery address, if it differs from the customer's."""
        delivery = self._delivery_of(customer)
        if delivery == customer:
            return "", None
        names = (*bound.NAME_FIELDS, *bound.ADDRESS_FIELDS)
        text = ", ".join(filter(None, (delivery.name, self._paper_address(delivery))))
        return text, [delivery.id, *plain(delivery, names)]

    def _paper_term(self, customer):
        """Return which part is due when, and the discount for early payment."""
        term = self.payment_term_id
        if not term:
            return "", None
        # as the customer reads it
        words = term.with_context(lang=customer.lang or self.env.lang)
        values = [
            *plain(words, bound.TERM_FIELDS),
            [
                plain(line, bound.TERM_LINE_FIELDS)
                for line in term.line_ids.sorted("id")
            ],
        ]
        return self._paper_term_words(term, words), values

    def _paper_term_words(self, term, words):
        """Return payment terms in one line."""
        delays = dict(
            term.line_ids._fields["delay_type"]._description_selection(self.env)
        )
        parts = [
            f"{line.value_amount:g}{' %' if line.value == 'percent' else ''}: "
            f"{line.nb_days} {delays.get(line.delay_type, '')}".strip()
            for line in term.line_ids
        ]
        if term.early_discount:
            parts.append(
                self.env._(
                    "%(percent)g %% within %(days)s days",
                    percent=term.discount_percentage,
                    days=term.discount_days,
                )
            )
        note = html2plaintext(words.note or "").strip()
        return f"{words.name}: {'; '.join(filter(None, [*parts, note]))}"

    def _paper_bank(self, customer):
        """Return the bank account that the customer pays to, as Odoo finds it."""
        company, currency = self.company_id, self.currency_id
        payee = company.partner_id
        method = customer.with_company(
            company
        ).property_inbound_payment_method_line_id or (
            payee.with_company(company).property_inbound_payment_method_line_id
        )
        bank = method.journal_id.bank_account_id
        if not method.journal_id:
            fitting = payee.bank_ids.filtered(
                lambda bank: not bank.company_id or bank.company_id == company
            )
            bank = fitting.sorted(
                lambda bank: (
                    bool(bank.currency_id and bank.currency_id != currency),
                    not bank.allow_out_payment,
                )
            )[:1]
        return self._paper_account(bank)

    def _paper_customer_bank(self, customer):
        """Return the bank accounts of the customer."""
        banks = customer.commercial_partner_id.bank_ids
        texts, values = [], []
        for bank in banks.sorted("id"):
            text, value = self._paper_account(bank)
            texts.append(text)
            values.append(value)
        return ", ".join(texts), values or None

    def _paper_account(self, bank):
        """Return a bank account in one line."""
        if not bank:
            return "", None
        values = plain(bank, ("acc_number", "acc_holder_name"))
        values += plain(bank.bank_id, ("name", "bic"))
        return " ".join(filter(None, values)), [bank.id, *values]

    def _paper_template(self, customer):
        """Return what the document shows, and its attachments."""
        template = self.env["project.billing.template"]._of_requests(self)[self]
        # as the customer reads it
        words = template.with_context(lang=customer.lang or self.env.lang)
        values = [
            template.id or None,
            template._options(),
            words.introduction or None,
            words.closing or None,
        ]
        return template.name or "", fingerprint(values)
