"""A client with a login, and a milestone that waits for a sign-off."""

import base64
import json
import re
from contextlib import nullcontext

from freezegun import freeze_time

from odoo import Command
from odoo.tests import HttpCase, new_test_user

from ..models.project_billing_outbox import CRON, MAIL_QUEUE
from .test_contract import ContractCommon

#: The smallest picture that a browser would send.
SIGNATURE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        "awAAAABJRU5ErkJggg=="
    )
).decode()


class PortalCommon(ContractCommon):
    """A contract of 10,000.00 in two milestones that the client signs off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Client Inc.", "is_company": True, "email": "c@client.example"}
        )
        cls.client_user = cls._create_client("client_test", cls.customer)
        cls.contact = cls.client_user.partner_id
        cls.project.partner_id = cls.customer
        cls.contract = cls._contract(
            10000, milestone_ready="signed", name="Fixed price"
        )
        cls.first, cls.second = cls._create_milestones(40, 60)
        cls.first.write({"name": "Design", "is_reached": True})
        cls.second.name = "Build"
        cls.items = cls.env["project.billing.item"]

    @classmethod
    def _create_client(cls, login, parent):
        """Return a login of a contact of a customer."""
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            email=f"{login}@client.example",
        )
        user.partner_id.parent_id = parent
        return user

    def _ask(self, milestone=None, partner=None, **values):
        """The manager asks; return the token of the contact's link."""
        milestone = milestone or self.first
        partner = partner or self.contact
        milestone.with_user(self.pm).action_billing_ask_sign_off(partner.ids, **values)
        return milestone._billing_sign_off_token(partner)

    def _decide(self, decision="accepted", milestone=None, **answer):
        """The client decides, as the page does it."""
        answer = {"name": "Carla Client", "signature": SIGNATURE, **answer}
        milestone = (milestone or self.first).sudo()
        return milestone._billing_decide(decision, self.contact, **answer)

    def _as_the_server(self):
        """Let jobs have transactions of their own; a test of pages does already."""
        if isinstance(self, HttpCase):
            return nullcontext()
        return self.enter_registry_test_mode()

    def _deliver(self):
        """Let the crons run as the server does it, with transactions of their own."""
        self.env.flush_all()
        with self._as_the_server():
            for name in (CRON, MAIL_QUEUE):
                self.env.ref(name).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _mail_is_out(self):
        """The outbox has looked that a server took the mail."""
        rows = self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])
        rows.filtered(lambda row: row.state == "done")._engine().mail_checked = True

    def _deem(self, now="2026-06-01 12:00:00"):
        """Let the job of silence run at a moment; return the decisions by then."""
        self.env.flush_all()
        with freeze_time(now), self._as_the_server():
            cron = self.env.ref("project_invoice_tracker.ir_cron_deemed")
            cron.sudo().method_direct_trigger()
        self.env.invalidate_all()
        return self.first.billing_acceptance_ids.mapped("decision")

    def _items(self, milestone=None):
        """Return ``[(name, amount, ready)]`` of the items of a milestone."""
        self.env.flush_all()
        items = self.items.search([("milestone_id", "=", (milestone or self.first).id)])
        return [(i.name, i.amount, i.ready) for i in items.sorted("part")]

    def assertAcceptances(self, expected, milestone=None):
        """Assert ``[(decision, percent, amount, name)]`` of the log, oldest first."""
        rows = (milestone or self.first).billing_acceptance_ids.sorted("id")
        self.assertEqual(
            [(r.decision, r.percent, r.amount, r.name) for r in rows], expected
        )


class PortalHttp:
    """Requests of a browser that is no browser; beside ``HttpCase``."""

    def _page(self, url, status=200):
        response = self.url_open(url, allow_redirects=False)
        self.assertEqual(response.status_code, status, url)
        return response.text

    def _accept(self, milestone, token=None, percent=None, **answer):
        """Send what the signature form sends; return its answer."""
        query = [f"access_token={token}"] if token is not None else []
        query += [f"percent={percent}"] if percent else []
        answer = {"name": "Carla Client", "signature": SIGNATURE, **answer}
        response = self.url_open(
            f"/my/billing/milestone/{milestone.id}/accept?{'&'.join(query)}",
            data=json.dumps({"jsonrpc": "2.0", "params": answer}),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def _answer(self, milestone, shown, token=None, **values):
        """Post the form of a refusal or a question, with the token of its page."""
        query = f"&access_token={token}" if token else ""
        page = self._page(f"/my/billing/milestone/{milestone.id}?step={shown}{query}")
        csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        data = {"csrf_token": csrf, "step": shown, "name": "Carla", **values}
        if token:
            data["access_token"] = token
        return self.url_open(
            f"/my/billing/milestone/{milestone.id}/answer",
            data=data,
            allow_redirects=False,
        )
