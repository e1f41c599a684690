"""The demo, continued: approvals, sending, a billing run and integrity checks.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar.
"""

import shutil
from datetime import timedelta

from odoo import Command

from dev import demo_print

ADMIN = "base.user_admin"


class Approval:
    """Approval levels, an own limit, a delegation, changed terms, sending, a run."""

    def approvals(self):
        """Play the part about approvals."""
        self.own_limit()
        self.changed_term()
        self.absence()

    def decide(self, login, request):
        """Approve a request as one person, as far as that person is asked."""
        self.as_user(login, request).action_approve()
        self.done(login, f"approves {request.name}")

    def approve(self, request):
        """Approve a request as the approver; large ones also as the director."""
        self.decide("approver", request)
        if request.state == "submitted":
            self.decide("director", request)

    def own_limit(self):
        """A small request of the second manager is approved as it is submitted."""
        request = self.collect("pm2", "archive", 3)
        self.submit(request)
        self._check(request.state == "approved", f"{request.name} is not approved")
        self.invoice(request)

    def changed_term(self):
        """Accounting changes the terms of a customer: what was approved is a draft."""
        request = self.collect("pm", "ferries", 4)
        self.submit(request)
        self.approve(request)
        customer = self.as_user("accountant", request.partner_id)
        term = "account.account_payment_term_15days"
        customer.property_payment_term_id = self.env.ref(term)
        self.done("accountant", f"changes the payment terms of {customer.name}")
        self._check(request.state == "draft", f"{request.name} is still approved")

    def absence(self):
        """The approver will be away for two weeks; the director decides then."""
        start = self.monday + timedelta(weeks=6)
        delegations = self.as_user("approver", self.env["project.billing.delegation"])
        delegations.create(
            {
                "delegate_id": self.ref("user_director").id,
                "date_from": start,
                "date_to": start + timedelta(days=11),
            }
        )
        self.done("approver", "names who decides during an absence")

    def discuss(self, request):
        """The approver asks about a line, and its manager answers."""
        line = request.line_ids.filtered(lambda line: line.name == "Change requests")
        for login, text in (
            ("approver", "Is request 31 within what was agreed for this year?"),
            ("pm", "Yes, it is the last of the five. Their mail is in the task."),
        ):
            self.as_user(login, line).action_comment(text)
            self.done(login, f"comments on a line of {request.name}")

    def send(self, request):
        """Its manager sends the posted invoice: as a mail that stays in the queue."""
        if not shutil.which("wkhtmltopdf"):
            return  # there is no PDF to send
        request.action_send(partner_ids=[])
        self.done(request.env.user.login, f"sends the invoice of {request.name}")
        with demo_print.style_sheets(self.env):
            self.deliver()
        self._check(
            request.send_state == "done", f"{request.name}: {request.sent_note}"
        )

    def send_the_rest(self):
        """The managers send what is to be paid, but for two that the leaks show."""
        if not shutil.which("wkhtmltopdf"):
            return
        forgotten = self.ref("project_campus") + self.ref("project_museum")
        requests = self.requests.search(
            [("state", "=", "invoiced"), ("project_id", "not in", forgotten.ids)]
        )
        for invoice, billed in requests.grouped("invoice_id").items():
            if (
                invoice.state == "posted"
                and invoice.payment_state != "paid"
                and not invoice.is_move_sent
            ):
                login = billed[0].user_id.login
                self.as_user(login, billed[0]).action_send(partner_ids=[])
                self.done(login, f"sends {invoice.name}")
        with demo_print.style_sheets(self.env):
            self.deliver()
        unsent = requests.filtered(lambda request: request.send_state == "failed")
        self._check(not unsent, f"not sent: {unsent.mapped('name')}")

    def deliver(self):
        """The job delivers what waits: mails that stay in the queue."""
        self.env["project.billing.outbox"]._cron_deliver()
        self.env.invalidate_all()
        self.done("odoo", "delivers the messages")

    def run(self):
        """Several projects at once; one of them has no customer yet."""
        runs = self.as_user("pm", self.env["project.billing.run"])
        names = ("campus", "intranet", "grants", "kiosk")
        run = runs.create(
            {
                "date_to": self.sunday(4),
                "scope": "projects",
                "project_ids": [
                    Command.set([self.ref(f"project_{name}").id for name in names])
                ],
            }
        )
        run.action_start()
        self.done("pm", f"starts {run.name}")
        self.env["project.billing.run"]._cron_work()
        self.shown["run"] = run.id
        self.requests |= run.line_ids.request_id.with_env(self.env)
        campus = self.ref("project_campus")
        request = run.line_ids.request_id.filtered(lambda r: r.project_id == campus)
        # its manager's deputy submits what the run prepared
        self.submit(self.as_user("pm2", request))

    def health(self):
        """The administrator checks all invariants; all of them hold."""
        self.deliver()
        admin = self.env(user=self.env.ref(ADMIN), context={})
        checks = admin["project.billing.health"]
        checks.action_check_all()
        self.done("admin", "checks Billing health")
        bad = checks.search([("state", "!=", "good")])
        self._check(not bad, f"Billing health: {', '.join(bad.mapped('name'))}")

    def _check(self, holds, sentence):
        """Stop the demo when a result differs from the story."""
        if not holds:
            raise RuntimeError(sentence)
