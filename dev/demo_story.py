"""The demo: what its people do, each with their own login.

Run inside Odoo's Python environment by ``demo.py``: ``python -m dev.demo_story DATABASE
RESULT FOLDER --logfile FILE --port PORT``.
"""

import argparse
import json
import logging
import sys
from datetime import timedelta
from pathlib import Path

from dateutil.relativedelta import MO, relativedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tools import config

from dev import (
    demo_approval,
    demo_company,
    demo_handover,
    demo_kinds,
    demo_past,
    demo_portal,
    demo_print,
    demo_time,
)

_logger = logging.getLogger("demo")
ADDON = "project_invoice_tracker"
#: Records that pictures are taken of.
SHOWN = ("rule_desk_retainer", "cap_claims", "project_museum")


class Story(
    demo_approval.Approval,
    demo_handover.Handover,
    demo_kinds.Kinds,
    demo_past.Past,
    demo_portal.Portal,
    demo_time.Time,
):
    """The people, the calendar, and the steps of the demo."""

    def __init__(self, env):
        self.env = env
        self.requests = env["project.billing.request"]
        today = fields.Date.context_today(self.requests)
        self.shown = {}  # what the story made and pictures are taken of
        self.last = "the company was set up"
        self.monday = today + relativedelta(weekday=MO(-1), weeks=-4)

    def sunday(self, week):
        """Return the last day of a week of the story, 1 to 4; 0 and less before it."""
        return self.monday + timedelta(weeks=week, days=-1)

    def ref(self, name):
        """Return a record of the demo data."""
        return self.env.ref(f"{ADDON}.{name}")

    def as_user(self, login, records):
        """Return records as this person sees them."""
        user = self.ref(f"user_{login}")
        return records.with_env(self.env(user=user, context={}))

    def collect(self, login, project, week):
        """A manager collects what is ready; return the draft request."""
        project = self.as_user(login, self.ref(f"project_{project}"))
        request = project.env["project.billing.request"].prepare(
            project, self.sunday(week)
        )
        self.requests |= request.with_env(self.env)
        self.done(login, f"collects {request.name} for {project.name}")
        return request

    def submit(self, request):
        """Its manager submits a request."""
        request.action_submit()
        self.done(request.env.user.login, f"submits {request.name}")

    def invoice(self, request):
        """Its manager makes the draft invoice; return it as the accountant sees it."""
        request.action_create_invoice()
        self.done(request.env.user.login, f"creates the invoice of {request.name}")
        return self.as_user("accountant", request).invoice_id

    def post(self, invoice, week=None):
        """The accountant dates and posts an invoice; without a week, as it is."""
        if week:
            invoice.invoice_date = self.sunday(week) + timedelta(days=1)
        invoice.action_post()
        self.done("accountant", f"posts {invoice.name}")

    def pay(self, invoice, **values):
        """The accountant registers that the customer paid, all or an ``amount``."""
        wizard = invoice.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create(values).action_create_payments()
        self.done("accountant", f"registers the payment of {invoice.name}")

    def done(self, login, what):
        """End a step: commit what one person did before the next one acts."""
        self.env.flush_all()
        self.env.cr.commit()
        self.last = f"{login} {what}"
        _logger.info(self.last)

    # === THE STORY ===

    def play(self):
        """Play the story from the past to today; name the step that fails."""
        try:
            self.past()
            self.first_week()
            self.mixed_project()
            self.other_manager()
            self.kinds()
            self.approvals()
            self.under_way()
            self.run()
            self.tracking()
            self.client()
            self.send_the_rest()
            self.time()
            self.handover()
            self.health()
        except Exception as error:
            _logger.exception("the story broke off")
            sys.exit(f"After “{self.last}”: {error}")

    def first_week(self):
        """Hours and a milestone are billed at once; the hours are paid."""
        hours = self.collect("pm", "scanning", 1)
        hours.customer_reference = "PO 4500-2217"
        milestone = self.collect("pm", "portal", 1)
        for request in (hours, milestone):
            self.submit(request)
            self.approve(request)
        paid = self.invoice(hours)
        self.post(paid, 1)
        self.pay(paid)
        self.post(self.invoice(milestone), 1)

    def mixed_project(self):
        """Hours and a milestone on one invoice: edited, rejected, submitted again."""
        request = self.collect("pm", "timetable", 2)
        support = request.line_ids.filtered(lambda line: line.name == "Support")
        support.change_quantity(
            support.quantity - 1.5, "write_off", "Our own mistake in the export"
        )
        request.line_ids = [
            Command.create(
                {
                    "name": "Travel to Burlington, one day",
                    "quantity": 1.0,
                    "price_unit": 180.0,
                    "sequence": 100,
                }
            )
        ]
        self.submit(request)
        self.as_user("approver", request).action_reject(
            "Please name the requests that the changes were for."
        )
        self.done("approver", f"rejects {request.name}")
        changes = request.line_ids.filtered(lambda line: line.name == "Change requests")
        changes.name = "Change requests 27 (night buses) and 29 (school holidays)"
        self.submit(request)
        self.approve(request)
        self.post(self.invoice(request), 2)
        self.send(request)

    def other_manager(self):
        """The second manager bills a project that the first one does not see."""
        request = self.collect("pm2", "archive", 2)
        self.submit(request)
        self.approve(request)
        self.post(self.invoice(request), 2)

    def under_way(self):
        """One of each: draft invoice, half approved, submitted and draft request."""
        invoiced = self.collect("pm", "scanning", 2)
        self.submit(invoiced)
        self.approve(invoiced)
        self.invoice(invoiced)
        large = self.collect("pm", "portal", 3)
        self.submit(large)
        self.decide("approver", large)
        waiting = self.collect("pm", "timetable", 3)
        self.submit(waiting)
        self.discuss(waiting)
        self.collect("pm", "scanning", 3)


def figures(requests):
    """Return one row per request, as plain values."""
    return [
        {
            "request": request.name,
            "project": request.project_id.name,
            "hours": round(request.hours, 2),
            "lines": len(request.line_ids._live()),
            "untaxed": round(request.amount_untaxed, 2),
            "tax": round(request.amount_tax, 2),
            "total": round(request.amount_total, 2),
            "currency": request.currency_id.name,
            "state": request.state,
            "invoice_state": request.invoice_state or None,
            "payment_state": request.payment_state or None,
            "number": request.invoice_id.name or None,
        }
        for request in requests.sorted("id")
    ]


def invoice_figures(requests, files):
    """Return one row per invoice, read from the invoice itself, as plain values."""
    rows = []
    for invoice in requests.invoice_id.sorted("id"):
        origin = requests.filtered(lambda r, invoice=invoice: r.invoice_id == invoice)
        file = files.get(invoice.id)
        rows.append(
            {
                "number": invoice.name or None,
                "project": ", ".join(origin.project_id.mapped("name")),
                "hours": round(sum(origin.mapped("hours")), 2),
                "untaxed": round(invoice.amount_untaxed, 2),
                "tax": round(invoice.amount_tax, 2),
                "total": round(invoice.amount_total, 2),
                "currency": invoice.currency_id.name,
                "state": invoice.state,
                "payment_state": invoice.payment_state,
                "pdf": file and str(file.relative_to(Path.cwd())),
            }
        )
    return rows


def main(argv):
    """Set the company up and play the story; print the invoices, write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("result", type=Path, nargs="?", help="file for the figures")
    parser.add_argument("folder", type=Path, nargs="?", help="for the invoices")
    parser.add_argument("--logfile", required=True)
    parser.add_argument("--port", required=True)
    options = parser.parse_args(argv)
    config.parse_config(
        # no mail server: whatever is sent stays in the database
        ["-d", options.database, "--logfile", options.logfile, "--smtp="],
        setup_logging=True,
    )
    with Registry(options.database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        demo_company.set_up(env, options.port)
        cr.commit()
        story = Story(env)
        story.play()
        if not options.result:
            return
        accountant = story.as_user("accountant", story.requests)
        posted = accountant.invoice_id.filtered(lambda move: move.state == "posted")
        files = demo_print.print_invoices(posted, options.folder)
        result = {
            "database": options.database,
            "requests": figures(story.requests),
            "invoices": invoice_figures(story.requests, files),
            "records": {name: story.ref(name).id for name in SHOWN} | story.shown,
        }
    options.result.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
