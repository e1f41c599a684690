"""Bad inputs 44 to 60: approval, direct writes, texts, files, imports, lost access."""

import base64
import inspect
import re

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..exceptions import NothingToBill, SourceClosed
from . import test_bad_inputs, test_bad_inputs_terms
from .bad_inputs_common import ELSEWHERE, BadInputsCommon

#: Texts that mean something to some program, and nothing to ours.
TEXTS = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "{{ 7*7 }} ${7*7} <t t-out='7*7'/>",
    "\u202eevil \u200f RTL",
    "👩‍💻 Ünïcödé",
)


@tagged("post_install", "-at_install")
class TestBadSteps(BadInputsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entry = cls._log(2)
        cls.pm.group_ids += cls.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )

    def test_44_own_request(self):
        request = self._prepare()
        request.action_submit()
        self._refuse("cannot approve your own", request.action_approve, AccessError)

    def test_45_nobody_to_approve(self):
        group = self.env.ref("project_invoice_tracker.group_billing_approver")
        group.user_ids = self.pm
        request = self._prepare()
        self._refuse("Nobody can decide on .* Ask ", request.action_submit)
        self.assertEqual(request.state, "draft", "blocked, never approved")

    def test_46_twice(self):
        request = self._prepare()
        approver = request.with_user(self.approver)
        self._refuse("is draft", approver.action_approve)
        self._approve(request)
        self._refuse("approver_test", approver.action_approve)

    def test_47_no_reason(self):
        request = self._prepare()
        request.action_submit()
        approver = request.with_user(self.approver)
        for reason in ("", " \n", 7, [], True):
            with self.subTest(reason):
                self._refuse("Say why", lambda r=reason: approver.action_reject(r))

    def test_48_edit_after_approval(self):
        """48: frozen; the sentence says to withdraw it, which voids the approval."""
        request = self._approve(self._prepare())
        self._refuse(
            "frozen. Withdraw it", lambda: request.line_ids.write({"name": "Other"})
        )
        request.action_withdraw()
        request.line_ids.name = "Other"
        self.assertFalse(request.sudo().approval_ids.filtered("valid"))

    def test_49_direct_write_of_a_state(self):
        request = self._prepare()
        for step in (
            lambda: request.write({"state": "approved"}),
            lambda: request.web_save({"state": "approved"}, {}),
            lambda: request.with_user(self.admin).sudo().write({"state": "invoiced"}),
        ):
            self._refuse("Use the buttons", step, AccessError)

    def test_50_delete(self):
        request = self._prepare()
        for step in (request.action_submit, lambda: None, lambda: None):
            step()
            self._refuse("cancelled, never|not allowed", request.unlink)
            self._refuse("cancelled, never deleted", request.sudo().unlink)

    def test_51_delete_a_source(self):
        request = self._prepare()
        self._refuse(f"Work.* is in .*{request.name}", self.entry.unlink, SourceClosed)
        move = self._post(request)
        self._refuse(f"Work.* is in .*{move.name}", self.entry.unlink, SourceClosed)

    def test_52_texts(self):
        request = self._prepare()
        line = request.line_ids
        long, nul = "x" * 1_000_000, "a\x00b"
        for step in (
            lambda t: request.write({"customer_reference": t}),
            lambda t: request.write({"narration": t}),
            lambda t: line.write({"name": t}),
            lambda t: line.change_quantity(1, "write_off", t),
            lambda t: self.rule.write({"name": t}),
        ):
            self._refuse(
                "at most 20000 are allowed. Shorten it", lambda s=step: s(long)
            )
            self._refuse("cannot be stored", lambda s=step: s(nul))
        request.action_submit()
        approver = request.with_user(self.approver)
        self._refuse("at most 20000", lambda: approver.action_reject(long))
        self._refuse("cannot be stored", lambda: approver.action_reject(nul))

    def test_52_texts_stay_texts(self):
        """52, I27: nothing that is typed is run, in a message, a log or a line."""
        request = self._prepare()
        for text in TEXTS:
            with self.subTest(text):
                request.line_ids.name = text
                request.action_submit()
                request.with_user(self.approver).action_reject(text)
                self.assertEqual(request.line_ids.name, text)
                self.assertEqual(
                    request.sudo().approval_ids.sorted("id")[-1:].comment, text
                )
                body = request.sudo().message_ids.sorted("id")[-1:].body
                self.assertNotIn("<script", body)
                self.assertNotIn("<t ", body)
                self.assertNotIn("49", body)
        request.narration = "<p>Hi</p><script>alert(1)</script><img src=x onerror=y>"
        self.assertNotIn("script", request.narration)
        self.assertNotIn("onerror", request.narration)

    def test_55_import_of_an_unknown_id(self):
        lines = self.env["project.billing.rate"]
        result = lines.load(
            ["price_unit", "project_id/id"], [["12", "no_module.no_record"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn("no_module.no_record", result["messages"][0]["message"])
        self.assertIn("record", result["messages"][0])

    def test_56_twice_the_same(self):
        """56, I12: asking again gives the draft that there is, not another."""
        request = self._prepare()
        self._refuse(request.name, self._prepare, NothingToBill)
        self._log(1)
        self.assertEqual(self._prepare(), request)

    def test_60_access_lost_in_a_window(self):
        """60, I4: a window that was open does nothing once its user may no more."""
        request = self._prepare()
        window = (
            self.env["project.billing.change.quantity"]
            .with_user(self.pm)
            .create({"line_id": request.line_ids.id, "quantity": 1})
        )
        self.project.user_id = self.other_pm
        self.env.flush_all()
        self.env.invalidate_all()
        self._refuse("access|allowed|records", window.action_apply, AccessError)
        self._refuse(
            "Only the manager|access|allowed", request.action_submit, AccessError
        )

    def test_every_number_is_here(self):
        """The list of bad inputs is complete: each has a test, or says why not."""
        sources = [
            test_bad_inputs,
            test_bad_inputs_terms,
            inspect.getmodule(type(self)),
        ]
        tested = {
            int(number)
            for module in sources
            for number in re.findall(r"def test_(\d\d)_", inspect.getsource(module))
        }
        self.assertEqual(tested | ELSEWHERE.keys(), set(range(1, 61)))
        self.assertFalse(tested & ELSEWHERE.keys())


@tagged("post_install", "-at_install")
class TestBadFiles(BadInputsCommon, HttpCase):
    def test_53_files_are_downloads(self):
        """53: a receipt is sent to be saved, never shown, whatever it claims to be."""
        account = self.env["account.analytic.account"].create(
            {
                "name": "Website",
                "plan_id": self.env["account.analytic.plan"].search([], limit=1).id,
            }
        )
        self.project.account_id = account
        self._create_rule(kind="cost", product_id=self.product_a.id)
        bill = self._create_invoice_one_line(
            move_type="in_invoice", price_unit=100, invoice_date="2026-03-02"
        )
        bill.invoice_line_ids.analytic_distribution = {str(account.id): 100}
        bill.action_post()
        item = self.env["project.billing.item"].search(
            [("cost_line_id", "in", bill.invoice_line_ids.ids)]
        )
        self.assertTrue(item)
        self.env["ir.attachment"].create(
            {
                "name": "../../etc/passwd.svg",
                "res_model": "account.move",
                "res_id": bill.id,
                "datas": base64.b64encode(b"<svg><script>alert(1)</script></svg>"),
                "mimetype": "image/svg+xml",
            }
        )
        self.authenticate(self.pm.login, self.pm.login)
        answer = self.url_open(f"/project_invoice_tracker/receipts/{item.id}")
        self.assertEqual(answer.status_code, 200)
        disposition = answer.headers["Content-Disposition"]
        self.assertTrue(disposition.startswith("attachment"), disposition)
        self.assertNotIn("../", disposition)
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        for path in ("0", "999999", f"{item.id}x", "-1"):
            answer = self.url_open(f"/project_invoice_tracker/receipts/{path}")
            self.assertEqual(answer.status_code, 404)
