"""The page on which a customer accepts a milestone, or says why not."""

from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "project_invoice_tracker.portal_sign_off"
#: What the page offers; anything else shows the choice.
STEPS = ("accept", "part", "refuse", "question")


class SignOffPortal(CustomerPortal):
    """Sign-off pages: opening one decides nothing, each decision is one POST.

    The customer comes with a login or with the link of a mail. Every other visitor gets
    the same page, whatever the reason.
    """

    @http.route(
        "/my/billing/milestone/<billing_id:milestone_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def sign_off(
        self, milestone_id, access_token=None, step="", percent="", **_parameters
    ):
        """Show the state of the milestone, and the possible answers."""
        milestone, partner = self._billing_milestone(milestone_id, access_token)
        return self._billing_sign_off_page(
            milestone, partner, access_token, step=step, percent=percent
        )

    @http.route(
        "/my/billing/milestone/<billing_id:milestone_id>/accept",
        type="jsonrpc",
        auth="public",
        website=True,
    )
    def accept(self, milestone_id, name=None, signature=None, **_parameters):
        """Accept with the values of Odoo's signature form: a name and a picture."""
        arguments = request.httprequest.args
        token = arguments.get("access_token")
        percent = arguments.get("percent")
        milestone, partner = self._billing_milestone(milestone_id, token)
        try:
            with request.env.cr.savepoint():
                milestone._billing_decide(
                    "part" if percent else "accepted",
                    partner,
                    name=name,
                    signature=signature,
                    percent=percent,
                    token=token,
                )
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": self._billing_sign_off_url(milestone, token),
        }

    @http.route(
        "/my/billing/milestone/<billing_id:milestone_id>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def answer(
        self,
        milestone_id,
        access_token=None,
        step="",
        name=None,
        reason=None,
        **_parameters,
    ):
        """Record a refusal or a question, with its text."""
        milestone, partner = self._billing_milestone(milestone_id, access_token)
        if step not in ("refuse", "question"):
            raise request.not_found()
        try:
            with request.env.cr.savepoint():
                milestone._billing_decide(
                    "refused" if step == "refuse" else "question",
                    partner,
                    name=name,
                    reason=reason,
                    token=access_token,
                )
        except UserError as error:
            return self._billing_sign_off_page(
                milestone,
                partner,
                access_token,
                step=step,
                error=str(error),
                reason=reason,
            )
        return request.redirect(self._billing_sign_off_url(milestone, access_token))

    # === WHO ===

    def _billing_milestone(self, milestone_id, token):
        """Return the milestone and who decides (elevated), or the refusal page.

        A link takes precedence over a login: it names the contact it was sent to.
        """
        milestones = request.env["project.milestone"]
        if token is not None:
            found = milestones._billing_find_by_token(milestone_id, token)
        else:
            found = milestones._billing_find_for_client(milestone_id, request.env.user)
        milestone, partner = found
        if not milestone:
            raise request.not_found()
        if token is not None and partner.lang:
            # the words of the page are those of whom the link was sent to
            request.update_context(lang=partner.lang)
            milestone = milestone.with_context(lang=partner.lang)
        return milestone, partner

    # === PAGE ===

    def _billing_sign_off_url(self, milestone, token, **more):
        """Return the address of the page, with the link's token if there is one."""
        query = {**({"access_token": token} if token else {}), **more}
        address = f"/my/billing/milestone/{milestone.id}"
        return f"{address}?{urlencode(query)}" if query else address

    def _billing_sign_off_page(self, milestone, partner, token, step="", **more):
        """Return the page, with plain values only."""
        values = milestone._billing_client_page(partner)
        step = step if step in STEPS and values["waits"] else ""
        percent = ""
        if step == "part":
            percent, values["share"] = milestone._billing_client_share(
                partner, more.get("percent")
            )
        address = f"/my/billing/milestone/{milestone.id}"
        query = {"access_token": token} if token else {}
        if percent:
            query["percent"] = percent
        return request.render(
            PAGE,
            {
                "page_name": "billing",
                "milestone_page": values,
                "has_login": not token,
                "step": step,
                "percent": percent,
                "asked_percent": more.get("percent") or "",
                "error": more.get("error") or "",
                "reason": more.get("reason") or "",
                "client": partner.name or "",
                "token": token or "",
                "urls": {
                    name: self._billing_sign_off_url(milestone, token, step=name)
                    for name in STEPS
                },
                "page_url": self._billing_sign_off_url(milestone, token),
                "accept_url": f"{address}/accept?{urlencode(query)}",
                "answer_url": f"{address}/answer",
                "form_url": address,
            },
        )
