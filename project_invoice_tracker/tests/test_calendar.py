"""The daily job over all projects, and a form that shows an earlier submission."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCommon

LOGGER = "odoo.addons.project_invoice_tracker.models.project_billing_rule"


@tagged("post_install", "-at_install")
class TestCalendar(BillingCommon):
    def _create_retainer(self, project):
        return self._create_rule(
            project,
            kind="recurring",
            product_id=self.product_a.id,
            price_unit=0,
            recurring_price=500,
            recurring_interval="month",
            date_start=date(2026, 1, 1),
        )

    def test_one_bad_project_stops_no_other(self):
        """I11: what cannot be computed is in the log; the other projects go on."""
        with freeze_time("2026-01-15"):
            good, bad, last = (self._create_project() for _number in range(3))
            for project in (good, bad, last):
                self._create_retainer(project)
        items = self.env["project.billing.item"]
        before = items.search([("project_id", "in", (good | last).ids)])
        kind = type(self.env["project.billing.kind.recurring"])
        sync = kind._sync_items

        def fail(model, projects, *arguments):
            if bad in projects:
                raise ValueError("cannot be computed")
            return sync(model, projects, *arguments)

        with (
            freeze_time("2026-02-15"),
            patch.object(kind, "_sync_items", fail),
            self.assertLogs(LOGGER, "ERROR") as log,
        ):
            self.env["project.billing.rule"]._cron_follow_calendar()
        self.assertEqual(len(log.records), 1)
        self.assertIn(str(bad.id), log.output[0])
        for project in (good, last):
            mine = items.search([("project_id", "=", project.id)]) - before
            self.assertEqual(mine.mapped("amount"), [500.0])


@tagged("post_install", "-at_install")
class TestShownSubmission(BillingCommon):
    def test_submitted_again_since(self):
        """I6: a form that shows an earlier submission approves nothing unseen."""
        self._log(2)
        request = self._prepare()
        request.action_submit()
        shown = request.with_user(self.approver).submission_number
        request.action_withdraw()
        request.line_ids.change_quantity(1, "write_off", "Gift")
        request.action_submit()
        decided = request.with_user(self.approver)
        with self.assertRaisesRegex(UserError, "submitted again since you opened it"):
            decided.with_context(billing_submission=shown).action_approve()
        self.assertEqual(request.state, "submitted")
        seen = decided.submission_number
        self.assertGreater(seen, shown)
        decided.with_context(billing_submission=seen).action_approve()
        self.assertEqual(request.state, "approved")

    def test_several_from_a_list(self):
        """I6: of a list, what it does not show as it is now is not approved."""
        shop = self._create_project(name="Shop")
        self._create_rule(shop)
        self._log(2)
        self._log(3, project_id=shop.id)
        requests = self._prepare(self.project | shop)
        requests.action_submit()
        decided = requests.with_user(self.approver)
        shown = {str(each.id): each.submission_number for each in decided}
        first, second = requests
        second.action_withdraw()
        second.line_ids.change_quantity(1, "write_off", "Gift")
        second.action_submit()
        with (
            self.assertRaisesRegex(UserError, f"{second.name} was submitted again"),
            self.env.cr.savepoint(),
        ):
            decided.with_context(billing_submissions=shown).action_approve()
        self.assertEqual(requests.mapped("state"), ["submitted", "submitted"])
        # chosen by "select all", and on another page
        page = {str(first.id): shown[str(first.id)]}
        with (
            self.assertRaisesRegex(UserError, f"{second.name}: not on the page"),
            self.env.cr.savepoint(),
        ):
            decided.with_context(billing_submissions=page).action_approve()
        decided.invalidate_recordset()
        shown = {str(each.id): each.submission_number for each in decided}
        decided.with_context(billing_submissions=shown).action_approve()
        self.assertEqual(requests.mapped("state"), ["approved", "approved"])

    def test_one_query_for_all(self):
        """The number of a submission costs a list one statement."""
        self._log(1)
        requests = self._prepare()
        requests.action_submit()
        requests = self.env["project.billing.request"].search([])
        requests.invalidate_model()
        requests.mapped("state")
        with self.assertQueryCount(1):
            requests.mapped("submission_number")
