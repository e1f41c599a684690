"""Every public method, called as every role on every kind of record (I3, I28)."""

import inspect
import json

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .security_common import ADDON, ROLES, SecurityCommon, Undo

#: Public methods and the arguments they are called with. A new one needs a row.
METHODS = {
    ("project.billing.request", "prepare"): [[], ["2026-12-31"]],
    ("project.billing.request", "collect"): [["2026-12-31"], ["2026-02-30"]],
    ("project.billing.request", "action_submit"): [[]],
    ("project.billing.request", "action_approve"): [[]],
    ("project.billing.request", "action_reject"): [[], ["Because"], [" "]],
    ("project.billing.request", "action_withdraw"): [[]],
    ("project.billing.request", "action_cancel"): [[]],
    ("project.billing.request", "action_create_invoice"): [[]],
    ("project.billing.request", "action_open_invoice"): [[]],
    ("project.billing.request", "action_choose_work"): [[]],
    ("project.billing.request", "action_open_project"): [[]],
    ("project.billing.request", "action_send"): [
        [],
        [[]],
        [[1]],
        [[2**31 - 5]],
        ["abc"],
        [[], "Subject", "<p>Text</p>", True],
    ],
    ("res.company", "action_billing_choose_approval"): [["none"], ["x"], [None]],
    ("project.billing.request", "action_evidence_pack"): [[]],
    ("account.move", "action_billing_evidence_pack"): [[]],
    ("project.billing.lead.time", "action_open_request"): [[]],
    ("project.billing.outbox", "action_retry"): [[]],
    ("project.billing.leak", "action_fix"): [[]],
    ("project.billing.leak", "action_open"): [[]],
    ("project.billing.leak", "action_assign"): [[]],
    ("project.billing.leak", "assign"): [[1], [2**31 - 5], [None], [1, "x", 3]],
    ("project.billing.leak.assign", "action_apply"): [[]],
    ("project.billing.accrual", "action_preview"): [[]],
    ("project.billing.accrual", "action_post"): [[]],
    ("project.billing.accrual", "action_undo"): [[]],
    ("project.billing.accrual", "action_open_entries"): [[]],
    ("project.billing.send", "action_send"): [[]],
    ("project.billing.write.comment", "action_apply"): [[]],
    ("project.billing.line", "action_comment"): [[], ["Why?"], [" "], [1]],
    ("project.billing.line", "change_quantity"): [
        [1.0],
        [1.0, "write_off", "Because"],
        ["abc"],
        [None],
        [float("inf")],
    ],
    ("project.billing.line", "action_change_quantity"): [[]],
    ("project.billing.line", "action_open_slices"): [[]],
    ("project.billing.line", "explain"): [[]],
    ("project.billing.rule", "action_equal_parts"): [[]],
    ("project.milestone", "action_billing_equal_parts"): [[]],
    ("project.billing.item", "action_check_time"): [[]],
    ("project.billing.item", "action_uncheck_time"): [[]],
    ("project.billing.item", "action_check_week"): [[]],
    ("project.billing.item", "action_open_requests"): [[]],
    ("project.billing.item", "action_open_source"): [[]],
    ("project.billing.item", "action_open_receipts"): [[]],
    ("project.billing.item", "explain"): [[]],
    ("project.billing.rule", "action_open_allowances"): [[]],
    ("project.billing.rule", "report_progress"): [
        [50.0, "2026-03-03"],
        ["abc"],
        [None],
        [101],
        [50.0, "2026-02-30"],
        [50.0, None, 1],
    ],
    ("project.billing.cockpit", "figures"): [[], [{"user_id": 1}], [{"nothing": 1}]],
    ("project.billing.cockpit", "open_cash"): [
        ["ready", "2026-03"],
        ["unpaid", "abc"],
    ],
    ("project.billing.journal", "action_open_document"): [[]],
    ("project.billing.request", "action_open_history"): [[]],
    ("project.billing.item", "action_open_history"): [[]],
    ("account.move", "action_billing_history"): [[]],
    ("project.billing.health", "action_check_all"): [[]],
    ("project.billing.health", "action_check"): [[]],
    ("project.billing.health", "action_repair"): [[]],
    ("project.billing.health", "action_open_records"): [[]],
    ("project.billing.health.finding", "action_open"): [[]],
    ("project.billing.run", "action_start"): [[]],
    ("project.billing.run", "action_retry"): [[]],
    ("project.billing.run", "action_cancel"): [[]],
    ("project.billing.run", "action_open_requests"): [[]],
    ("project.billing.run", "action_open_failed"): [[]],
    ("project.billing.run.schedule", "action_open_runs"): [[]],
    ("project.billing.schedule", "action_open_requests"): [[]],
    ("project.billing.schedule", "action_try_again"): [[]],
    ("project.milestone", "action_billing_sign_off"): [
        [],
        ["Client", "2026-03-03"],
        [" "],
        [1],
        ["Client", "2126-03-03"],
    ],
    ("project.milestone", "action_billing_revoke_sign_off"): [[], ["Because"], [" "]],
    ("project.milestone", "action_billing_ask_sign_off"): [
        [],
        [[]],
        [[1], "Please"],
        [[2**31 - 5]],
        ["abc"],
        [[], 1],
    ],
    ("project.milestone", "action_billing_withdraw_ask"): [[]],
    ("project.billing.ask.sign.off", "action_ask"): [[]],
    ("project.billing.invoice", "action_open_request"): [[]],
    ("project.billing.invoice", "action_open_move"): [[]],
    ("project.billing.invoice", "action_send"): [[]],
    ("project.billing.invoice", "action_hold_reminders"): [[]],
    ("project.billing.invoice", "action_resume_reminders"): [[]],
    ("project.billing.invoice", "action_open_reminders"): [[]],
    ("project.billing.reminder", "action_open_invoice"): [[]],
    ("project.billing.reminder.hold", "action_apply"): [[]],
    ("res.partner", "action_billing_statement"): [[]],
    ("project.project", "action_billing_open_invoices"): [[]],
    ("project.project", "action_billing_open_project"): [[]],
    ("project.project", "action_bill"): [[]],
    ("project.project", "action_billing_open_items"): [[]],
    ("project.project", "action_billing_open_allowances"): [[]],
    ("project.project", "action_billing_open_requests"): [[]],
    ("project.project", "action_billing_open_rules"): [[]],
    ("project.project", "action_billing_open_schedules"): [[]],
    ("account.move", "action_billing_origin"): [[]],
    ("account.move", "action_billing_open_requests"): [[]],
    ("account.move", "action_billing_send_back"): [[], ["Because"]],
    ("project.billing.change.quantity", "action_apply"): [[]],
    ("project.billing.reason", "action_apply"): [[]],
    ("project.billing.choose.work", "action_apply"): [[]],
    ("project.billing.setup", "action_apply"): [[]],
    ("project.project", "action_billing_set_up"): [[]],
    ("project.billing.sign.off", "action_apply"): [[]],
    ("project.billing.question", "action_answer"): [[], ["Because"], [" "], [1]],
    ("project.billing.question", "action_credit"): [
        [],
        ["bill_later", "Sorry"],
        ["write_off", "Sorry", 1.0, [1], "Goodwill"],
        ["other", "Sorry"],
        ["bill_later", "Sorry", "abc", ["x"]],
    ],
    ("project.billing.question", "action_open_request"): [[]],
    ("project.billing.question.reply", "action_apply"): [[]],
    ("project.billing.request", "action_open_questions"): [[]],
    ("project.billing.invoice", "action_open_questions"): [[]],
    ("account.move", "action_billing_open_questions"): [[]],
}
#: Overrides of Odoo's own methods; they are tested as routes.
OVERRIDES = {
    "create",
    "write",
    "unlink",
    "copy",
    "reverse_moves",
    "message_post",
    "default_get",
    "onchange",
    "web_search_read",
    "exists",
}
#: What takes no records changes those of the caller's companies, for who may.
OF_COMPANIES = {
    ("project.billing.health", "action_check_all"): {
        "billing_manager",
        "billing_manager_abroad",
        "project_and_billing_manager",
    }
}
#: Which records a role may change by these methods; all others stay as they are.
MAY_CHANGE = {
    "pm": {"own"},
    "deputy": {"own"},
    "other_pm": {"other"},
    "approver": {"own", "other"},
    "billing_manager": {"own", "other"},
    "accountant": {"own", "other"},
    "pm_and_accountant": {"own", "other"},
    "pm_and_approver": {"own", "other"},
    "approver_and_accountant": {"own", "other"},
    "timesheet_approver_and_accountant": {"own", "other"},
    "project_and_billing_manager": {"own", "other"},
    "billing_manager_abroad": {"company"},
}
#: What who may only read may do: comment on a line of what they read.
READERS_MAY = {("project.billing.line", "action_comment"): {"auditor"}}
#: Roles that are tried again on submitted and invoiced requests.
ASKING = ("pm", "other_pm", "approver", "accountant", "pm_and_accountant", "portal")


@tagged("post_install", "-at_install")
class TestSecurityMethods(SecurityCommon):
    def _declared(self):
        """Return the public methods that our code defines, on any model."""
        found = set()
        for name, model in self.env.registry.items():
            for klass in model.__mro__:
                if not klass.__module__.startswith(f"odoo.addons.{ADDON}."):
                    continue
                for method, function in vars(klass).items():
                    if method.startswith("_") or method in OVERRIDES:
                        continue
                    if getattr(function, "_api_private", False):
                        continue
                    if inspect.isfunction(function):
                        found.add((name, method))
        return found

    def test_every_method_has_a_row(self):
        """I28: a new public method is tested before it is shipped."""
        declared = {
            (name, method)
            for name, method in self._declared()
            if self.env.registry[name]._original_module == ADDON
            or method.startswith(("action_bill", "billing"))
        }
        self.assertEqual(declared, set(METHODS))
        for name, method in declared:
            get_public_method(self.env[name], method)

    def test_nothing_in_between_is_public(self):
        """I3: whatever works without checking is not callable over RPC."""
        for name in (
            "_engine",
            "_move",
            "_create_invoices",
            "_do_approve",
            "_add_planned_lines",
            "_mark_edited",
        ):
            requests = self.env["project.billing.request"].with_user(self.pm)
            with self.subTest(name=name), self.assertRaises(AccessError):
                call_kw(requests, name, [[]], {})

    def _targets(self, model, owner):
        """Return ids of the records of an owner, as a caller would send them."""
        if model == "project.project":
            return self.records[owner]["project.billing.rule"].project_id.ids
        if model == "account.move":
            request = self.records[owner]["project.billing.request"]
            return request.sudo().invoice_id.ids
        if model == "project.billing.leak":
            # what is mended is gone: those of the project as it is now
            project = self.records[owner]["project.billing.rule"].project_id
            return self.env[model].search([("project_id", "=", project.id)])[:1].ids
        return self._record(model, owner).ids

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def _call(self, role, model, method, ids, arguments):
        """Call as the server would; return whether our tables changed."""
        env = self.env(user=self.roles[role])
        changed = False
        try:
            with self.env.cr.savepoint():
                if method == "prepare":
                    projects = self._targets("project.project", "own")
                    call_kw(env[model], method, [ids or projects, *arguments], {})
                elif getattr(getattr(env[model], method), "_api_model", False):
                    call_kw(env[model], method, list(arguments), {})
                else:
                    call_kw(env[model], method, [ids, *arguments], {})
                self.env.flush_all()
                changed = self._image() != self._before
                raise Undo("undo")
        except (UserError, AccessError, MissingError):
            self.env.invalidate_all()
        except ValueError as error:
            # Odoo's own answer to a method for one record on none or several
            self.assertIn("singleton", str(error))
            self.env.invalidate_all()
        return changed

    def _assert_methods(self, state, roles=ASKING):
        # all that is tried is undone, so what there is stays the same
        self._before = self._image()
        for (model, method), calls in METHODS.items():
            for owner in ("own", "other", "company"):
                ids = self._targets(model, owner)
                if method == "prepare":
                    ids = self._targets("project.project", owner)
                if not ids:
                    continue
                for role in roles:
                    for arguments in calls if role in ASKING else calls[:1]:
                        changed = self._call(role, model, method, ids, arguments)
                        if owner in MAY_CHANGE.get(role, ()):
                            continue
                        if role in OF_COMPANIES.get((model, method), ()):
                            continue
                        if owner != "company" and role in READERS_MAY.get(
                            (model, method), ()
                        ):
                            continue
                        self.assertFalse(
                            changed, f"{role} {model}.{method} {owner} {state}"
                        )

    def test_drafts(self):
        """I3, I4, I28: nobody changes a record that is not theirs to change."""
        self._assert_methods("draft", ROLES)

    def test_submitted(self):
        for owner, user in (("own", self.pm), ("other", self.other_pm)):
            request = self._record("project.billing.request", owner)
            request.with_user(user).action_submit()
        self._assert_methods("submitted")

    def test_invoiced(self):
        for owner, user in (("own", self.pm), ("other", self.other_pm)):
            request = self._record("project.billing.request", owner).with_user(user)
            request.action_submit()
            request.with_user(self.approver).action_approve()
            request.action_create_invoice()
        self._assert_methods("invoiced")

    def test_odd_sets(self):
        """I28: none, mixed and deleted records change nothing for a manager."""
        self._before = self._image()
        for (model, method), calls in METHODS.items():
            if method == "prepare":
                continue
            own, other = self._targets(model, "own"), self._targets(model, "other")
            for ids in ([], own + other, [2**31 - 5], own + [2**31 - 5]):
                for role in ("pm", "project_user", "portal"):
                    with self.subTest(role=role, method=f"{model}.{method}", ids=ids):
                        changed = self._call(role, model, method, ids, calls[-1])
                        self.assertFalse(changed)

    def test_wizards_add_no_right(self):
        """I3: a wizard does what its user may do, no more."""
        line = self._record("project.billing.line")
        request = self._record("project.billing.request")
        for role in ("other_pm", "pm_and_accountant", "pm_and_project_manager"):
            env = self.env(user=self.roles[role])
            with self.subTest(role=role), self.assertRaises(AccessError):
                env["project.billing.change.quantity"].create(
                    {"line_id": line.id, "quantity": 1}
                ).action_apply()
            with self.subTest(role=role), self.assertRaises(UserError):
                env["project.billing.reason"].create(
                    {"request_ids": request.ids, "step": "reject", "reason": "x"}
                ).action_apply()


@tagged("post_install", "-at_install")
class TestSecurityHttp(SecurityCommon, HttpCase):
    def _post(self, user, path, **body):
        """Call the JSON API with a user's own key; return status and answer."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", False)
        )
        self.env.flush_all()
        response = self.url_open(
            f"/json/2/{path}",
            data=json.dumps(body),
            headers={
                "Authorization": f"bearer {key}",
                "Content-Type": "application/json",
            },
        )
        return response.status_code, response.text

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_json_api(self):
        """I3, I5: a key carries its user's rights, the context opens nothing."""
        request = self._record("project.billing.request")
        other = self._record("project.billing.request", "other")
        model = "project.billing.request"
        status, text = self._post(
            self.pm, f"{model}/read", ids=request.ids, fields=["name", "state"]
        )
        self.assertEqual(status, 200, text)
        self.assertIn(request.name, text)
        hostile = {"project_invoice_tracker_engine": True}
        before = self._image()
        for user in (self.pm, self.roles["billing_manager"], self.approver):
            for path, body in (
                ("write", {"ids": request.ids, "vals": {"state": "approved"}}),
                ("create", {"vals_list": [{"project_id": self.project.id}]}),
                ("copy", {"ids": request.ids}),
                ("unlink", {"ids": request.ids}),
                ("_move", {"ids": request.ids, "step": "approve"}),
                ("_engine", {"ids": request.ids}),
            ):
                for context in ({}, hostile):
                    with self.subTest(user=user.login, path=path, context=context):
                        status, text = self._post(
                            user, f"{model}/{path}", context=context, **body
                        )
                        self.assertGreaterEqual(status, 400, text)
                        self.assertNotIn("41.37", text)
        status, text = self._post(
            self.pm, f"{model}/read", ids=other.ids, fields=["name"]
        )
        self.assertGreaterEqual(status, 400, text)
        self.assertNotIn(other.name, text)
        self.assertEqual(self._image(), before)
