"""Table of what changed in a request since it was submitted."""

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount

from ..billing import changes

TABLE = Markup(
    '<table class="table table-sm o_billing_changes"><thead><tr><th>{what}</th>'
    "<th>{old}</th><th>{new}</th></tr></thead><tbody>{rows}</tbody></table>"
)
ROW = Markup(
    "<tr><td>{what}</td><td class='text-muted'>{old}</td>"
    "<td class='fw-bold'>{new}</td></tr>"
)


class ProjectBillingRequest(models.Model):
    """Compare old and new content, in the reader's language."""

    _inherit = "project.billing.request"

    def _changes_table(self, old, new):
        """Return the difference of two contents as a table; nothing if they agree."""
        if not old or not new:
            return ""
        rows = changes.compare(old, new)
        if not rows:
            return ""
        labels = self._change_labels()
        before, now = (self._currency_of(content) for content in (old, new))
        return TABLE.format(
            what=self.env._("What"),
            old=self.env._("Before"),
            new=self.env._("Now"),
            rows=Markup("").join(
                ROW.format(
                    what=": ".join(
                        filter(None, (row.line, labels.get(row.what, row.what)))
                    ),
                    old=self._change_words(row.what, row.old, before),
                    new=self._change_words(row.what, row.new, now)
                    if row.new != row.old
                    else self.env._("%s (another one)", row.new or "–"),
                )
                for row in rows
            ),
        )

    @api.model
    def _currency_of(self, content):
        """Return the currency that the amounts of a content are in."""
        _name, currency_id = content["terms"]["currency"]
        return self.env["res.currency"].browse(currency_id)

    @api.model
    def _change_words(self, what, value, currency):
        """Return a value as text; amounts in the format of the reader's language."""
        if what not in changes.MONEY:
            return value or "–"
        try:
            return format_amount(self.env, float(value), currency)
        except ValueError:
            # in words already, as the first versions kept it
            return value or "–"

    @api.model
    def _change_labels(self):
        """Return the labels of the values of a content."""
        env = self.env
        return {
            "project": env._("Project"),
            "customer": env._("Customer"),
            "currency": env._("Currency"),
            "fiscal_position": env._("Fiscal position"),
            "payment_term": env._("Payment terms"),
            "manager": env._("Project manager"),
            "customer_name": env._("Name of the customer"),
            "address": env._("Address"),
            "tax_number": env._("Tax number"),
            "belongs_to": env._("Company of the customer"),
            "language": env._("Language"),
            "deliver_to": env._("Delivery address"),
            "due": env._("Payment terms in detail"),
            "bank": env._("Account to pay to"),
            "customer_bank": env._("Account of the customer"),
            "template": env._("Billing template"),
            "reference": env._("Customer reference"),
            "message": env._("Message"),
            "period": env._("Period"),
            "untaxed": env._("Untaxed amount"),
            "tax": env._("Taxes"),
            "line": env._("Line"),
            "text": env._("Text"),
            "service": env._("Service"),
            "removed": env._("Taken off"),
            "entries": env._("Work behind"),
            "quantity": env._("Quantity"),
            "price": env._("Price"),
            "discount": env._("Discount"),
            "taxes": env._("Taxes"),
            "line_untaxed": env._("Amount"),
            "line_tax": env._("Tax amount"),
        }
