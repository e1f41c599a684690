"""Invoice dates in locked periods: warn early, and let the manager choose the day.

Odoo posts an invoice of a locked period with another accounting date and shows a
banner. The date of our invoices is set only at posting, so nobody would see that
banner.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..const import INVOICE_DATINGS
from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """The chosen date of the invoice of a request."""

    _inherit = "project.billing.request"

    invoice_dating = fields.Selection(
        INVOICE_DATINGS,
        string="Invoice Dated",
        required=True,
        default="today",
        copy=False,
        help="Which day the invoice gets: that of its posting, or the first day that "
        "accounting has not locked.",
    )
    lock_note = fields.Char(
        compute="_compute_lock_note",
        help="The invoice cannot have the day of today.",
    )

    # === COMPUTE ===

    @api.depends_context("uid")
    @api.depends("company_id", "state", "invoice_dating")
    def _compute_lock_note(self):
        for request in self:
            ahead = request.state in ("draft", "submitted", "approved")
            request.lock_note = ahead and request._locked_message()

    # === CRUD ===

    def write(self, vals):
        """Override: the manager may change the date until there is an invoice."""
        if vals.keys() == {"invoice_dating"}:
            self._check_manager()
            for request in self:
                if request.state in ("invoiced", "cancelled"):
                    raise BillingError(
                        self.env._(
                            "%(request)s is %(state)s: the day of its invoice is "
                            "chosen before.",
                            request=request.name,
                            state=request._state_label(),
                        )
                    )
        return super().write(vals)

    # === BUSINESS ===

    def _first_open_day(self):
        """Return the first day from today on that is not locked for this request.

        Today is the day where the company is. Exceptions that accounting made for
        the user, or for everybody, count.
        """
        self.ensure_one()
        # sudo: what day it is there
        day = self.company_id.sudo()._billing_today()
        locks = self._locks_of(day)
        return max(locks)[0] + timedelta(days=1) if locks else day

    def _locks_of(self, day):
        """Return the lock dates that an invoice of a day would violate."""
        # sudo: lock dates, nothing else
        return self.company_id.sudo()._get_lock_date_violations(
            day,
            fiscalyear=True,
            sale=True,
            purchase=False,
            tax=bool(self.line_ids.tax_ids),
            hard=True,
        )

    def _locked_message(self):
        """Return which period is locked and the next open day, in words."""
        self.ensure_one()
        day, today = self._first_open_day(), self.company_id._billing_today()
        if day == today:
            return False
        return self.env._(
            "The period is locked until %(locked)s; the invoice of %(request)s would "
            "be dated %(day)s.",
            locked=format_date(self.env, day - timedelta(days=1)),
            request=self.name,
            day=format_date(self.env, day),
        )

    def _check_open_day(self):
        """Refuse to continue in a locked period until somebody chose the date."""
        self.line_ids.mapped("tax_ids")  # read together
        ahead = self.filtered(lambda request: request.invoice_dating == "today")
        # what is locked is the same for all of a company, but for those without taxes
        for requests in ahead.grouped(
            lambda request: (request.company_id, bool(request.line_ids.tax_ids))
        ).values():
            message = requests[0]._locked_message()
            if message:
                raise BillingError(
                    self.env._(
                        "%s Choose “the first open day” under “Invoice Dated”, or ask "
                        "accounting to open the period.",
                        message,
                    )
                )

    def _check_conversion_day(self):
        """Refuse an invoice whose day, that of its foreign costs, was locked since.

        :raises BillingError: naming the period, the request and the remedy
        """
        for request in self.filtered(lambda each: each.invoice_dating == "today"):
            day = request._conversion_day()
            locks = day and request._locks_of(day)
            if locks:
                raise BillingError(
                    self.env._(
                        "The period is locked until %(locked)s; the invoice of "
                        "%(request)s would be dated %(day)s, when its foreign costs "
                        "were converted. Withdraw it and submit it again, or ask "
                        "accounting to open the period.",
                        locked=format_date(self.env, max(locks)[0]),
                        request=request.name,
                        day=format_date(self.env, day),
                    )
                )

    def _check_can_submit(self):
        """Override to refuse a submission whose invoice date is locked."""
        result = super()._check_can_submit()
        self._check_open_day()
        return result

    def _create_invoices(self, contents=None):
        """Override to check the date again: it may have been locked since."""
        self._check_open_day()
        self._check_conversion_day()
        return super()._create_invoices(contents)

    def _invoice_day(self):
        """Return the date to put on the invoice; none to set it at posting."""
        self.ensure_one()
        if self.invoice_dating == "today":
            return False
        day = self._first_open_day()
        return day if day != self.company_id._billing_today() else False

    def _get_invoice_grouping_key(self):
        """Override: requests for different days do not share an invoice."""
        return (*super()._get_invoice_grouping_key(), self._invoice_day())

    def _prepare_invoice(self):
        """Override to give the invoice the day that was chosen."""
        values = super()._prepare_invoice()
        day = self[0]._invoice_day()
        return {**values, "invoice_date": day} if day else values
