"""Two people take different steps with one request at once (I1, I3, I6, I8, I13)."""

from datetime import date

from odoo import Command
from odoo.exceptions import MissingError
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill
from .concurrency_common import ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencySteps(ConcurrencyCase):
    def _read(self, request_id):
        """Return state, valid approvals and lines' texts of a request."""
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            valid = request.approval_ids.filtered("valid")
            return request.state, len(valid), request.line_ids.mapped("name")

    def _edit(self, request_id, text="Other"):
        """Return a step that takes a request back and gives its line another text."""

        def edit(env):
            request = env["project.billing.request"].browse(request_id)
            if request.state != "draft":
                request.action_withdraw()
            line = request.line_ids
            request.write({"line_ids": [Command.update(line.id, {"name": text})]})
            return True

        return edit

    # === APPROVE ===

    def test_approve_and_edit(self):
        """I3, I6: the approval of what was edited meanwhile counts no more."""
        request_id = self._request("submitted")
        approve = self._step(request_id, "action_approve")
        outcome = self._race(("approver", approve), ("pm", self._edit(request_id)))
        self.assertEqual(outcome, (True, True))
        self.assertEqual(self._read(request_id), ("draft", 0, ["Other"]))

    def test_edit_and_approve(self):
        """I3, I6: what was taken back and edited is not approved any more."""
        request_id = self._request("submitted")
        approve = self._step(request_id, "action_approve")
        _true, error = self._race(("pm", self._edit(request_id)), ("approver", approve))
        self.assertIsInstance(error, BillingError)
        self.assertIn("draft", str(error))
        self.assertEqual(self._read(request_id), ("draft", 0, ["Other"]))

    def test_edit_submit_and_approve(self):
        """I6: an approver who saw the old text does not approve the new one unseen.

        The one who edited asks again; the approval that comes then is for the text
        that is there, or there is none.
        """
        request_id = self._request("submitted")

        def change(env):
            self._edit(request_id)(env)
            return self._step(request_id, "action_submit")(env)

        approve = self._step(request_id, "action_approve")
        self._race(("pm", change), ("approver", approve))
        state, valid, texts = self._read(request_id)
        self.assertEqual(texts, ["Other"])
        self.assertEqual((state, valid) in (("submitted", 0), ("approved", 1)), True)
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            for approval in request.approval_ids.filtered("valid"):
                fingerprint = request._fingerprints()[request_id]
                self.assertEqual(approval.fingerprint, fingerprint)

    def test_approve_and_reject(self):
        """I3: of two opposite decisions one counts; the other is told of it."""
        request_id = self._request("submitted")
        approve = self._step(request_id, "action_approve")

        def reject(env):
            return self._step(request_id, "action_reject", "Too much")(env)

        self._race(("approver", approve), ("second_approver", reject))
        state, valid, _texts = self._read(request_id)
        # an approved request may be rejected still; then nothing counts any more
        self.assertEqual((state, valid), ("draft", 0))

    def test_reject_and_approve(self):
        """I3: what was rejected meanwhile is not approved."""
        request_id = self._request("submitted")
        reject = self._step(request_id, "action_reject", "Too much")
        approve = self._step(request_id, "action_approve")
        _true, error = self._race(("approver", reject), ("second_approver", approve))
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._read(request_id)[:2], ("draft", 0))

    def test_cancel_and_approve(self):
        """I3: a cancelled request is not approved, its work is open."""
        request_id = self._request("submitted")

        def cancel(env):
            self._step(request_id, "action_withdraw")(env)
            return self._step(request_id, "action_cancel")(env)

        approve = self._step(request_id, "action_approve")
        _true, error = self._race(("pm", cancel), ("approver", approve))
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._read(request_id)[0], "cancelled")
        self.assertEqual(self._minutes(), (120, 0, 0))

    # === INVOICE ===

    def test_cancel_and_invoice(self):
        """I8: a cancelled request makes no invoice."""
        request_id = self._request("approved")
        _true, error = self._race(
            ("pm", self._step(request_id, "action_cancel")),
            ("boss", self._step(request_id, "action_create_invoice")),
        )
        self.assertIsInstance(error, BillingError)
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            self.assertFalse(request.invoice_id)
            self.assertFalse(request.line_ids.invoice_line_id)
        self.assertEqual(self._minutes(), (120, 0, 0))

    def test_invoice_and_cancel(self):
        """I8: what is invoiced meanwhile is not cancelled by the manager."""
        request_id = self._request("approved")
        _true, error = self._race(
            ("pm", self._step(request_id, "action_create_invoice")),
            ("boss", self._step(request_id, "action_cancel")),
        )
        self.assertIsInstance(error, BillingError)
        self.assertIn("invoiced", str(error))
        self.assertEqual(self._minutes(), (0, 120, 0))

    def _send_back(self, request_id):
        def send_back(env):
            request = env["project.billing.request"].browse(request_id)
            return request.invoice_id.action_billing_send_back("Wrong text")

        return send_back

    def _post(self, move_id):
        def post(env):
            env["account.move"].browse(move_id).action_post()
            return True

        return post

    def _move_id(self, request_id):
        with self._session() as env:
            request = env["project.billing.request"].browse(request_id)
            return request.invoice_id.id

    def test_send_back_and_collect(self):
        """I1: work logged meanwhile joins the request, or has one of its own."""
        request_id = self._request("invoiced")
        self._log(1)
        _true, other_id = self._race(
            ("accountant", self._send_back(request_id)), ("pm", self._prepare)
        )
        self.assertEqual(self._minutes(), (0, 180, 0))
        self.assertEqual(self._read(request_id)[0], "draft")
        with self._session() as env:
            requests = env["project.billing.request"].browse({request_id, other_id})
            self.assertEqual(sum(requests.mapped("hours")), 3)
            self.assertFalse(requests.invoice_id)

    def test_collect_and_send_back(self):
        """I1: both stand; nothing is in two requests."""
        request_id = self._request("invoiced")
        self._log(1)
        other_id, _true = self._race(
            ("pm", self._prepare), ("accountant", self._send_back(request_id))
        )
        self.assertNotEqual(other_id, request_id)
        self.assertEqual(self._minutes(), (0, 180, 0))
        self.assertEqual(self._read(request_id)[0], "draft")

    def test_send_back_and_post(self):
        """I8: an invoice that is gone is not posted."""
        request_id = self._request("invoiced")
        post = self._post(self._move_id(request_id))
        _true, error = self._race(
            ("accountant", self._send_back(request_id)), ("accountant", post)
        )
        self.assertIsInstance(error, MissingError | BillingError)
        self.assertEqual(self._read(request_id)[0], "draft")
        self.assertEqual(self._minutes(), (0, 120, 0))

    def test_post_and_send_back(self):
        """I8: a posted invoice is not sent back; the sentence says why."""
        request_id = self._request("invoiced")
        post = self._post(self._move_id(request_id))
        _true, error = self._race(
            ("accountant", post), ("accountant", self._send_back(request_id))
        )
        self.assertIsInstance(error, BillingError)
        self.assertIn("Only a draft", str(error))
        self.assertEqual(self._minutes(), (0, 0, 120))

    # === CREDIT ===

    def test_credit_and_credit(self):
        """I13: two credit notes of one invoice give its work back once."""
        move_id = self._posted()

        def credit(env):
            return self._credit(env, move_id)

        self._race(("accountant", credit), ("accountant", credit))
        self.assertEqual(self._minutes(), (120, 0, 0))

    def test_collect_and_credit(self):
        """I13: what is credited while others collect is open, for the next one."""
        move_id = self._posted()
        self._log(1)
        _id, credit_id = self._race(
            ("pm", self._prepare),
            ("accountant", lambda env: self._credit(env, move_id)),
        )
        self.assertIsInstance(credit_id, int)
        self.assertEqual(self._minutes(), (120, 60, 0))
        with self._session("pm") as env:
            self._prepare(env)
        self.assertEqual(self._minutes(), (0, 180, 0))

    # === THE DAILY JOB ===

    def _add_retainer(self):
        with self._session() as env:
            env["project.billing.rule"].create(
                {
                    "project_id": self.project_id,
                    "kind": "recurring",
                    "name": "Retainer",
                    "recurring_price": 100,
                    "date_start": date(2026, 1, 1),
                    "date_end": date(2026, 3, 31),
                }
            )

    @staticmethod
    def _daily_job(env):
        env["project.billing.rule"]._cron_follow_calendar()
        return True

    def _fees(self):
        """Return the state of each period, in order."""
        with self._session() as env:
            items = env["project.billing.item"].search(
                [("project_id", "=", self.project_id), ("kind", "=", "recurring")]
            )
            return items.sorted("period_start").mapped("state")

    def test_daily_job_and_button(self):
        """I12: the job makes periods ready while a manager bills them: once each."""
        self._add_retainer()
        _true, request = self._race((None, self._daily_job), ("pm", self._prepare))
        self.assertIsInstance(request, int)
        self.assertEqual(self._fees(), ["reserved"] * 3)

    def test_button_and_daily_job(self):
        """I12: what is in a request meanwhile stays as it is."""
        self._add_retainer()
        _id, result = self._race(("pm", self._prepare), (None, self._daily_job))
        self.assertIs(result, True)
        self.assertEqual(self._fees(), ["reserved"] * 3)
        with self._session("pm") as env, self.assertRaises(NothingToBill):
            self._prepare(env)
