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


class NobodyDecides(BillingError):
    """Nobody could approve a request; with the button that opens where to mend it.

    :param str message: what is missing
    :param action: id of the action behind the button, for whoever may mend it
    :param str button: its name
    """

    def __init__(self, message, action=None, button=None):
        super().__init__(message)
        if action:
            # what the web client shows of a RedirectWarning
            self.args = (message, action, button, None)
            self.context = {"exception_class": "odoo.exceptions.RedirectWarning"}

    def __str__(self):
        return self.args[0]
