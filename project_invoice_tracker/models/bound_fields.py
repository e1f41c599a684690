"""Fields of Odoo's records that an approval depends on.

Both sides use these lists: the hooks in ``bound_hosts`` and ``bound_paper`` that void
approvals, and the content of a request and its basis. A field in one and not in the
other would change without anybody noticing.
"""

#: Of a tax, what only people read: it changes no amount.
TAX_WORDS = frozenset({"name", "description", "invoice_label", "invoice_legal_notes"})
#: Of a customer, or where the services go to: who and where that is, on the paper.
NAME_FIELDS = ("name", "commercial_company_name")
ADDRESS_FIELDS = ("street", "street2", "zip", "city", "state_id", "country_id")
NUMBER_FIELDS = ("vat", "company_registry")
PARENT_FIELDS = ("parent_id", "commercial_partner_id")
PARTNER_PAPER = (*NAME_FIELDS, *ADDRESS_FIELDS, *NUMBER_FIELDS, *PARENT_FIELDS, "lang")
#: Of a customer, what leads to other terms.
PARTNER_TERMS = (
    "property_account_position_id",
    "property_payment_term_id",
    "property_inbound_payment_method_line_id",
    "type",
    "active",
    "is_company",
    "billing_template_id",
)
#: Of payment terms: when how much is due, and what an early payment saves.
EARLY_FIELDS = (
    "early_discount",
    "discount_percentage",
    "discount_days",
    "early_pay_discount_computation",
)
TERM_FIELDS = ("name", "note", "display_on_invoice", *EARLY_FIELDS)
TERM_LINE_FIELDS = (
    "value",
    "value_amount",
    "delay_type",
    "days_next_month",
    "nb_days",
)
#: Of an account at a bank: where the money goes to.
BANK_FIELDS = (
    "acc_number",
    "acc_holder_name",
    "bank_id",
    "partner_id",
    "company_id",
    "currency_id",
    "allow_out_payment",
    "sequence",
    "active",
)

#: In the context while a record is written of which others are parts: it is looked at
#: once, when all of it is written. An object, which nobody can send.
LATER_KEY = "billing_verify_later"
LATER = object()


def later(records):
    """Return the records in a context that postpones verifying approvals."""
    return records.with_context(**{LATER_KEY: LATER})


def is_later(env):
    """Tell whether approvals are verified later, with the record being written."""
    return env.context.get(LATER_KEY) is LATER
