"""Deciding from the list and sending, in a real browser."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestToursQuick(BillingCommon, AccountTestInvoicingHttpCommon):
    def _submitted(self, project):
        self._log(4, project_id=project.id)
        request = self._prepare(project)
        request.action_submit()
        return request.sudo()

    def test_approver(self):
        """I3: one after the other beside its document, and several from the list."""
        # of other tests and of the demo
        waiting = self.env["project.billing.request"].search(
            [("state", "=", "submitted")]
        )
        waiting._engine().state = "draft"
        first = self._submitted(self.project)
        self.start_tour(
            "/odoo/billing-to-approve",
            "project_billing_decide_tour",
            login=self.approver.login,
        )
        self.assertEqual(first.state, "approved")
        self.assertEqual(first.line_ids.comment_ids.text, "Why so many hours?")
        other = self._create_project(name="Mobile")
        self._create_rule(other)
        both = self._submitted(other) | self._submitted(self.project)
        shown, seen = {str(each.id): each.submission_number for each in both}, []
        requests = self.env.registry["project.billing.request"]
        check = requests._submissions_shown

        def note(records):
            seen.append(check(records))
            return seen[-1]

        with patch.object(requests, "_submissions_shown", note):
            self.start_tour(
                "/odoo/billing-to-approve",
                "project_billing_approve_list_tour",
                login=self.approver.login,
            )
        self.assertEqual(set(both.mapped("state")), {"approved"})
        self.assertEqual(seen, [shown], "the list did not say what it shows")

    def test_manager_sends(self):
        self.partner_a.email = "client@example.com"
        self._log(4)
        move = self._post()
        request = move.sudo().billing_request_ids
        self.start_tour(
            f"/odoo/{request._name}/{request.id}",
            "project_billing_send_tour",
            login=self.pm.login,
        )
        row = move.sudo()._billing_sendings()
        self.assertRecordValues(
            row, [{"state": "waiting", "owner_id": self.pm.id, "kind": "invoice"}]
        )
        self.assertEqual(row.payload["partner_ids"], self.partner_a.ids)
