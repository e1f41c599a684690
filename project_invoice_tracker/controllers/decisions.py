"""Approve and reject pages behind the buttons of a mail; opening decides nothing."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

PAGE = "project_invoice_tracker.decision_page"
DECISIONS = ("approve", "reject")


class DecisionController(http.Controller):
    """Approve or reject one request, with the rights of the logged-in user."""

    @http.route(
        "/billing/request/<billing_id:request_id>/<string:decision>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def ask(self, request_id, decision, **_parameters):
        """Show the request and ask; opening a link never changes anything."""
        record = self._find(request_id, decision)
        return self._page(record, decision)

    @http.route(
        "/billing/request/<billing_id:request_id>/<string:decision>",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def decide(self, request_id, decision, reason="", submission="", **_parameters):
        """Approve or reject by the methods of the request, with all their checks.

        :param str submission: which one the page showed; another one is shown first
        """
        record = self._find(request_id, decision)
        if record.state == "submitted" and submission != str(record._submitted().id):
            again = record.env._(
                "%s was submitted again since you opened this page. This is how it is "
                "now.",
                record.name,
            )
            return self._page(record, decision, error=again)
        notice = None
        try:
            with request.env.cr.savepoint():
                if decision == "approve":
                    notice = record.action_approve()
                else:
                    record.action_reject(reason)
        except UserError as error:
            return self._page(record, decision, error=str(error))
        if isinstance(notice, dict):
            # it was not approved: it is a draft again
            return self._page(record, decision, error=notice["params"]["message"])
        return self._page(record, decision, done=True)

    def _find(self, request_id, decision):
        """Return the request, if there is one that the user may read."""
        record = request.env["project.billing.request"].browse(request_id).exists()
        if decision not in DECISIONS or not record or not record.has_access("read"):
            raise request.not_found()
        return record

    def _page(self, record, decision, error="", done=False):
        # sudo: names of the people and of the project of a request that was checked
        facts = [] if done else record.sudo()._decision_facts()
        return request.render(
            PAGE,
            {
                "record": record,
                "decision": decision,
                "error": error,
                "done": done,
                "facts": facts,
                "waits": record.state == "submitted",
                "submission": record._submitted().id,
            },
        )
