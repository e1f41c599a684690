"""Post on approval: a company may let the last approval create and post the invoice."""

from odoo import models
from odoo.exceptions import RedirectWarning, UserError

#: Errors that a person can correct; any other error undoes the approval as well.
MENDABLE = (UserError, RedirectWarning)


class ProjectBillingRequest(models.Model):
    """Create and post invoices on approval, where the company allows it."""

    _inherit = "project.billing.request"

    def _invoice_if_automatic(self, contents=None):
        """Create and post invoices after approval, as the companies chose.

        The approval stays in any case: if the invoice cannot be created or posted, its
        manager and accounting are told why, and do it by hand later.
        """
        approved = self.filtered(lambda request: request.state == "approved")
        # where nobody approves, submitting makes the draft, which accounting posts
        ruled = approved.filtered(lambda request: request._is_by_rule())
        chosen = ruled | approved.filtered(
            # sudo: a setting of the company
            lambda r: r.company_id.sudo().billing_invoice_on_approval
        )
        # sudo: a setting of the company
        posting = (chosen - ruled).filtered(
            lambda r: r.company_id.sudo().billing_post_on_approval
        )
        if chosen - posting:
            (chosen - posting)._create_invoices(contents)
        # sudo: terms that requests have in common; what is bad for one stops no other
        for group in posting.sudo()._group_for_invoices().values():
            group.with_env(self.env)._invoice_and_post(contents)

    def _invoice_and_post(self, contents=None):
        """Create and post the invoice of these requests; tell why where it fails."""
        try:
            with self.env.cr.savepoint():
                moves = self._create_invoices(contents)
        except MENDABLE as error:
            self._tell_not_posted(self._words(error))
            return
        for move in moves:
            self._post_on_approval(move.id)

    def _post_on_approval(self, move_id):
        """Post the invoice of these approved requests; tell why where it fails."""
        # sudo: the company lets the approval post; a context made from nothing, so
        # that no key of the caller's reaches the invoice
        env = self.env(su=True, context={"lang": self.env.lang, "tz": self.env.tz})
        move = env["account.move"].browse(move_id)
        move = move.with_company(move.company_id)
        requests = (self & move.billing_request_ids.with_env(self.env)).exists()
        if not move.company_id.billing_post_on_approval or move.state != "draft":
            return
        others = requests._waiting_for_company()
        if others:
            requests._tell_manager(
                self.env._(
                    "The customer gets one invoice. It is posted when %s is invoiced "
                    "as well.",
                    ", ".join(others.mapped("name")),
                )
            )
            return
        try:
            with self.env.cr.savepoint():
                move._post(soft=False)
                move._billing_record_posting(self.env.uid)
        except MENDABLE as error:
            requests._tell_not_posted(self._words(error))

    def _waiting_for_company(self):
        """Return waiting requests that may share an invoice with one of these."""
        # sudo: what the customer wants, and other projects of the customer, of which
        # only the number is named
        sharing = self.sudo().filtered(lambda request: request._shares_invoice())
        if not sharing:
            return self.browse()
        found = sharing.search(
            [
                ("company_id", "in", sharing.company_id.ids),
                ("partner_id", "in", sharing.partner_id.ids),
                ("currency_id", "in", sharing.currency_id.ids),
                ("state", "in", ("submitted", "approved")),
            ]
        )
        return found.filtered(lambda request: request._shares_invoice())

    def _words(self, error):
        """Return the message of an error."""
        return str(error.args[0] if error.args else error)

    def _tell_not_posted(self, reason):
        """Tell the manager and accounting what is left to be done by hand."""
        message = self.env._("Approved, but the invoice was not posted: %s", reason)
        self._tell_manager(message)
        # sudo: accounting is told on the draft, which the approver may not read
        self.sudo().invoice_id._billing_ask_to_post(message)
        without = self.filtered(lambda request: not request.invoice_id)
        for request in without:
            # sudo: the people of accounting, and an activity for them
            request_sudo = request.sudo()
            for user in request_sudo.company_id._billing_accountants()[:1]:
                request_sudo.activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id, summary=message
                )
