"""Webhooks by Odoo's automation rules: the recipes of doc/api.md."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import SkipTest

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import BillingCommon

RUNNER = "odoo.addons.base_automation.models.base_automation"


class Listener(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments):
        """Override: quietly."""


@tagged("post_install", "-at_install")
class TestWebhooks(BillingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "base.automation" not in cls.env:
            raise SkipTest("automation rules are not installed")
        cls._log(4.5)

    def _requests(self):
        return self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )

    @contextmanager
    def _listen(self):
        """Have a listener on this machine; yields its address and what it got."""
        server = HTTPServer(("127.0.0.1", 0), Listener)
        server.received = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", server.received
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)

    def _rule(self, model, url, state, names, domain, before=None):
        """Make the rule of the recipe: when a field gets a value, tell an address."""
        model_id = self.env["ir.model"]._get_id(model)
        named = self.env["ir.model.fields"]
        fields = named.search([("model", "=", model), ("name", "in", names)])
        self.assertEqual(len(fields), len(names))
        action = self.env["ir.actions.server"].create(
            {
                "name": "Tell the other system",
                "model_id": model_id,
                "state": "webhook",
                "webhook_url": url,
                "webhook_field_ids": [Command.set(fields.ids)],
            }
        )
        rule = self.env["base.automation"].create(
            {
                "name": f"{model} {state}",
                "model_id": model_id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [Command.set(named._get(model, state).ids)],
                "filter_pre_domain": repr(before) if before else False,
                "filter_domain": repr(domain),
                "action_server_ids": [Command.set(action.ids)],
            }
        )
        self.assertFalse(action.warning)
        return rule

    def _commit(self):
        """Do what comes after a commit; a test's transaction has none."""
        self.env.flush_all()
        self.env.cr.postcommit.run()

    def _request_rule(self, url, state):
        return self._rule(
            "project.billing.request",
            url,
            "state",
            ["name", "state", "amount_untaxed"],
            [("state", "=", state)],
            [("state", "!=", state)],
        )

    def test_request_approved(self):
        """One call, after the commit, with the chosen fields and no others."""
        with self._listen() as (url, received):
            self._request_rule(url, "approved")
            request = self._prepare()
            request.action_submit()
            self._commit()
            self.assertEqual(received, [])
            request.with_user(self.approver).action_approve()
            self.env.flush_all()
            self.assertEqual(received, [], "before the commit nobody is told")
            self._commit()
            self.assertEqual(len(received), 1)
            told = received[0]
            told.pop("_action")
            self.assertEqual(
                told,
                {
                    "_model": "project.billing.request",
                    "_id": request.id,
                    "id": request.id,
                    "name": request.name,
                    "state": "approved",
                    "amount_untaxed": 450,
                },
            )
            self._commit()
            self.assertEqual(len(received), 1)

    def test_request_invoiced_and_cancelled(self):
        """Every step of a request goes through the ORM, whoever takes it."""
        with self._listen() as (url, received):
            for state in ("submitted", "invoiced", "cancelled", "draft"):
                self._request_rule(url, state)
            request = self._prepare()
            self._commit()
            received.clear()
            move = self._invoice(request)
            self._commit()
            self.assertEqual([t["state"] for t in received], ["submitted", "invoiced"])
            move.action_post()
            move.button_draft()
            move.button_cancel()
            self._commit()
            self.assertEqual([t["state"] for t in received[2:]], ["cancelled"])
            move.button_draft()
            self._commit()
            self.assertEqual([t["state"] for t in received[3:]], ["invoiced"])

    def test_invoice_paid(self):
        """What accounting computes is told as well; only of invoices of ours."""
        with self._listen() as (url, received):
            self._rule(
                "account.move",
                url,
                "payment_state",
                ["name", "payment_state", "amount_total", "invoice_origin"],
                [
                    # while a draft is made, Odoo takes it for paid for a moment
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("in_payment", "paid")),
                    ("billing_tracked", "=", True),
                    ("move_type", "=", "out_invoice"),
                ],
            )
            move = self._post().sudo()
            other = self.init_invoice(
                "out_invoice", partner=self.partner_a, amounts=[100], post=True
            )
            self._commit()
            self.assertEqual(received, [])
            for invoice in (move, other):
                register = self.env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=invoice.ids
                )
                register.create({}).action_create_payments()
            self._commit()
            self.assertEqual(
                [(told["name"], told["amount_total"]) for told in received],
                [(move.name, 517.5)],
            )

    def test_question_asked_and_settled(self):
        with self._listen() as (url, received):
            self._rule(
                "project.billing.question",
                url,
                "state",
                ["state", "amount", "text"],
                [("state", "in", ("open", "settled"))],
            )
            move = self._post().sudo()
            question = move._billing_ask(
                move.invoice_line_ids.id, "Why?", quantity=1, name="Client"
            )
            self._commit()
            self.assertEqual([t["text"] for t in received], ["Why?"])
            asked = question.with_env(self.env(user=self.pm, su=False))
            asked.action_credit("bill_later", "Sorry")
            question.credit_move_id.action_post()
            self._commit()
            self.assertEqual(
                [(t["state"], t["amount"]) for t in received],
                [("open", 115), ("settled", 115)],
            )

    def test_restricted_fields(self):
        """I5: Odoo warns of fields that not everybody may read."""
        fields = self.env["ir.model.fields"]
        action = self.env["ir.actions.server"].create(
            {
                "name": "Tell too much",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "state": "webhook",
                "webhook_url": "http://127.0.0.1:9/",
                "webhook_field_ids": [
                    Command.set(fields._get("account.move", "billing_request_ids").ids)
                ],
            }
        )
        self.assertIn("Billing Requests", action.warning)

    @mute_logger("odoo.http", RUNNER)
    def test_incoming(self):
        """An address that prepares a request: by its secret, as whom the rule names."""
        rule = self.env["base.automation"].create(
            {
                "name": "Project finished elsewhere",
                "model_id": self.env["ir.model"]._get_id("project.project"),
                "trigger": "on_webhook",
                "record_getter": "model.browse(int(payload.get('project_id', 0)))",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Prepare its request",
                            "model_id": self.env["ir.model"]._get_id("project.project"),
                            "state": "code",
                            "code": "record.action_bill()",
                        }
                    )
                ],
            }
        )
        self.env.flush_all()
        payload = {"project_id": self.project.id}
        wrong = self.url_open("/web/hook/not-the-secret", json=payload)
        self.assertEqual(wrong.status_code, 404)
        nothing = self.url_open(f"/web/hook/{rule.webhook_uuid}", json={})
        self.assertEqual(nothing.status_code, 500)
        self.assertFalse(self._requests())
        # nobody in particular manages no project, whatever rights the rule has
        nobody = self.url_open(f"/web/hook/{rule.webhook_uuid}", json=payload)
        self.assertEqual(nobody.status_code, 500)
        self.env.invalidate_all()
        self.assertFalse(self._requests())
        rule.action_server_ids.code = f"record.with_user({self.pm.id}).action_bill()"
        self.env.flush_all()
        answer = self.url_open(f"/web/hook/{rule.webhook_uuid}", json=payload)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.env.invalidate_all()
        request = self._requests()
        self.assertRecordValues(request, [{"state": "draft", "amount_untaxed": 450}])
