"""Errors of the add-on. Each message names the record and the remedy."""

from odoo.exceptions import UserError


class BillingError(UserError):
    """Something cannot be billed, changed or approved as asked."""

    #: Tells the web client to show the sentence, as it does for a plain UserError.
    context = {"exception_class": "odoo.exceptions.UserError"}


class NothingToBill(BillingError):
    """There is nothing ready for the project and the period."""


class SourceClosed(BillingError):
    """A source cannot change any more because a request or an invoice holds it."""
