"""Billing health finds what was not billed, not decided or not delivered."""

from odoo import fields
from odoo.tests import tagged

from .health_common import HealthCommon


@tagged("post_install", "-at_install")
class TestHealthWork(HealthCommon):
    def test_sources(self):
        """I15: billed time that says something else by now."""
        self._prepare()
        self._run(
            "UPDATE account_analytic_line SET unit_amount = 5 WHERE id = %s",
            self.entry.id,
        )
        self.assertFinds(
            "sources", sentence="billed with 4.50 h; recorded are now 5.00"
        )

    def test_complete(self):
        """I32: time without an item would never be billed."""
        self._run(
            "DELETE FROM project_billing_item WHERE analytic_line_id = %s",
            self.entry.id,
        )
        self.assertFinds("complete", sentence="1 time entries of Website")
        self._repair("complete")
        self.assertMinutes((480, 0, 0, 0))
        # what no rule covers is no finding
        self._run(
            "UPDATE project_billing_rule SET date_start = '2026-03-03' WHERE id = %s",
            self.rule.id,
        )
        self._run(
            "DELETE FROM project_billing_item WHERE analytic_line_id = %s",
            self.entry.id,
        )
        self.assertEqual(self._check(), {})

    def test_managers(self):
        """I4: an open request of somebody who left goes back to draft."""
        request = self._prepare()
        request.with_user(self.pm).action_submit()
        self._run(
            "UPDATE project_project SET user_id = %s WHERE id = %s",
            self.other_pm.id,
            self.project.id,
        )
        self.assertFinds("managers", "owners", sentence="the manager is other_pm_test")
        self._repair("owners")
        self.project.billing_deputy_ids = self.pm
        self.assertEqual(self._check(), {})
        # past the method that takes the request back by itself
        self._run("DELETE FROM project_billing_deputy_rel")
        self.assertFinds("managers", "owners")
        self._repair("owners")
        self._repair("managers")
        self.assertEqual(request.sudo().state, "draft")

    def test_owners(self):
        """I4: whom the record rules let in follows from who is in charge."""
        self._run("DELETE FROM project_billing_owner_rel")
        self.assertFinds("owners", sentence=f"in charge are {self.pm.name}")
        self._repair("owners")
        self.assertEqual(self.project.billing_owner_ids, self.pm)
        self.assertEqual(self._check(), {})

    def test_approvers(self):
        """I3: what waits for nobody is seen."""
        request = self._prepare()
        request.with_user(self.pm).action_submit()
        self.approver.active = False
        for user in request._approvers_now():
            user.active = False
        self.assertFinds("approvers", sentence=f"Nobody may approve {request.name}")

    def test_approvers_are_read_together(self):
        """Five hundred requests that wait cost no more queries than one."""
        requests = self._prepare()
        for number in range(3):
            project = self._create_project(name=f"More {number}")
            self._create_rule(project)
            self._log(1, project_id=project.id)
            requests |= self._prepare(project)
        counts = []
        for some in (requests[0], requests - requests[0]):
            some.action_submit()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(self.health.sudo()._find_without_approver())
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_runs(self):
        """I8: a run that stands still is seen, and goes on."""
        run = self.env["project.billing.run"].with_user(self.pm).create({})
        run._engine().write({"state": "running", "date_start": "2026-01-01 00:00:00"})
        self.assertFinds("runs", sentence=f"{run.name} did nothing")
        self._repair_runs(run)

    def test_messages(self):
        """I12: what was not delivered is seen, as long as it matters."""
        request = self._prepare()
        request.with_user(self.pm).action_submit()
        rows = self.env["project.billing.outbox"].sudo()
        row = rows.search([("request_id", "=", request.id)], limit=1)
        self.assertEqual(self._check(), {})
        row._engine().write({"next_try": "2026-01-01 00:00:00"})
        sentence = f"1 messages about {request.name} did not go out"
        self.assertFinds("messages", sentence=sentence)
        row._engine().write({"state": "failed", "next_try": fields.Datetime.now()})
        self.assertFinds("messages", sentence=sentence)
        # decided by somebody who needed no mail
        request.with_user(self.approver).action_approve()
        self.assertEqual(self._check(), {})

    def test_invoices_not_sent(self):
        """I12: an invoice that could not be sent, until it was."""
        move = self._post()
        rows = self.env["project.billing.outbox"].sudo()
        rows._queue(
            [
                {
                    "key": "test",
                    "kind": "invoice",
                    "request_id": move.sudo().billing_request_ids,
                    "invoice_id": move,
                }
            ]
        )
        rows.search([("key", "=", "test")])._engine().state = "failed"
        self.assertFinds("messages")
        move.sudo().is_move_sent = True
        self.assertEqual(self._check(), {})

    def _repair_runs(self, run):
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([])
        self._result("runs").action_repair()
        self.assertEqual(triggers.search_count([]), before + 1)
