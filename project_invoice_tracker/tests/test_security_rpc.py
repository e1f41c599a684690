"""Every write route, every state of a request, contexts that open nothing (I3, I26)."""

import json

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine import ENGINE_KEY
from .common import some
from .security_common import CANARIES, SecurityCommon, Undo

ASKING = (
    "pm",
    "other_pm",
    "deputy",
    "ex_manager",
    "approver",
    "pm_and_approver",
    "billing_manager",
    "billing_manager_abroad",
    "accountant",
    "approver_and_accountant",
    "system",
    "portal",
    "public",
)
#: Those of them that every context is tried for.
MOST = ("pm", "deputy", "approver", "billing_manager", "accountant")
STATES = ("draft", "submitted", "approved", "invoiced")
#: What somebody may send along who read the source.
CONTEXTS = (
    {},
    {ENGINE_KEY: True, "su": True, "sudo": True, "uid": 1, "active_test": False},
    {ENGINE_KEY: "<object object at 0x7f0000000000>", "install_mode": True},
    {ENGINE_KEY: {"__class__": "object"}, "import_file": True, "from_import": True},
    {
        "default_state": "approved",
        "default_valid": True,
        "default_user_id": 1,
        "default_invoice_id": 1,
        "default_project_id": 1,
        "tracking_disable": True,
        "mail_notrack": True,
        "skip_readonly_check": True,
        "force_delete": True,
        "bypass_audit": True,
        "bypass_lock_check": True,
        "skip_invoice_sync": True,
        "dynamic_unlink": True,
        "check_move_validity": False,
    },
)


def routes(request, move):
    """Return ``{route: (model, method, arguments)}`` that would change a request."""
    ids, values = request.ids, {"state": "approved"}
    project, line = request.project_id, request.line_ids[:1]
    name = request._name
    nested = [[1, request.id, values]]
    return {
        "write": (name, "write", [ids, values]),
        "web_save": (name, "web_save", [ids, values, {"state": {}}]),
        "web_save_multi": (name, "web_save_multi", [ids, [values], {"state": {}}]),
        "create": (name, "create", [[{"project_id": project.id, **values}]]),
        "name_create": (name, "name_create", ["BR/1"]),
        "copy": (name, "copy", [ids, values]),
        "import": (name, "load", [[".id", "state"], [[str(request.id), "Approved"]]]),
        "archive": (name, "action_archive", [ids]),
        "unlink": (name, "unlink", [ids]),
        "someone": (name, "write", [ids, {"user_id": 1, "last_editor_id": 1}]),
        "link": (name, "write", [ids, {"invoice_id": move.id or 1}]),
        "private": (name, "_move", [ids, "approve"]),
        "engine": (name, "_engine", [ids]),
        "line": ("project.billing.line", "write", [line.ids, {"removed": True}]),
        "from the project": (
            "project.project",
            "write",
            [project.ids, {"billing_request_ids": nested}],
        ),
        "from the invoice": (
            "account.move",
            "write",
            [move.ids, {"billing_request_ids": nested}],
        ),
        "from the log": (
            "project.billing.approval",
            "create",
            [[{"request_id": request.id, "decision": "approve", "valid": True}]],
        ),
        "from the ledger": (
            "project.billing.allocation",
            "write",
            [line.allocation_ids.ids, {"state": "billed"}],
        ),
        "journal": (
            "project.billing.journal",
            "create",
            [[{"action": "approved", "company_id": request.company_id.id}]],
        ),
        "server action": (
            "ir.actions.server",
            "create",
            [[{"name": "x", "model_id": 1, "state": "code", "code": "raise"}]],
        ),
    }


@tagged("post_install", "-at_install")
class TestSecurityRpc(SecurityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls.records["own"]["project.billing.request"].with_user(cls.pm)

    def _take(self, state):
        """Take the request to a state, by its actors."""
        if state != "draft":
            self.request.action_submit()
        if state in ("approved", "invoiced") and self.request.state != "approved":
            # unchanged, it stays as it was approved before
            self.request.with_user(self.approver).action_approve()
        if state == "invoiced":
            self.request.action_create_invoice()
        self.env.flush_all()
        self.assertEqual(self.request.state, state)

    @mute_logger(
        "odoo.addons.base.models.ir_model",
        "odoo.addons.base.models.ir_rule",
        "odoo.sql_db",
    )
    def _try(self, role, model, method, arguments, context):
        """Call as the server would; return what is wrong with the answer, if at all."""
        env = self.env(user=self.roles[role], context=context, su=False)
        problem = ""
        try:
            with self.env.cr.savepoint():
                answer = call_kw(env[model], method, list(arguments), {})
                self.env.flush_all()
                if self._image() != self._before:
                    problem = "changed something"
                said = repr(answer)
                raise Undo("undo")
        except (UserError, AccessError, MissingError) as error:
            said = problem + str(error)
        except (
            ValueError,
            KeyError,
            AttributeError,
            TypeError,
            AssertionError,
        ) as error:
            # Odoo's own answer to a field that there is not
            said = str(error)
            if "field" not in said and "missing required" not in said:
                problem = f"{type(error).__name__}: {error}"
        self.env.invalidate_all()
        leaked = [canary for canary in CANARIES if canary in said]
        return problem or (f"leaked {leaked}" if leaked else "")

    def test_every_route(self):
        """I3, I26: no route, role, state or context changes a request on its way."""
        for state in STATES:
            self._take(state)
            self._before = self._image()
            with self.subTest(state):
                move = self.request.sudo().invoice_id
                found = [
                    f"{role} {route} {context}: {problem}"
                    for role in ASKING
                    for route, call in routes(self.request.sudo(), move).items()
                    for context in (CONTEXTS if role in MOST else CONTEXTS[:1])
                    if not (role == "system" and route == "server action")
                    if (problem := self._try(role, *call, context))
                ]
                self.assertFalse(found, "\n".join(found[:20]))
            if state in ("submitted", "approved"):
                self.request.action_withdraw()

    def test_server_action_of_an_administrator(self):
        """I3: an action that an administrator wrote approves nothing."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Approve all",
                "model_id": self.env["ir.model"]._get_id("project.billing.request"),
                "state": "code",
                "code": "records.sudo().write({'state': 'approved'})",
            }
        )
        admin = self.roles["system"]
        admin.group_ids += self.env.ref("project_invoice_tracker.group_billing_manager")
        run = action.with_user(admin).with_context(
            active_model="project.billing.request",
            active_ids=self.request.ids,
            active_id=self.request.id,
        )
        with self.assertRaises(AccessError):
            run.run()
        self.request.invalidate_recordset()
        self.assertEqual(self.request.state, "draft")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_gateway(self):
        """I3: a message makes no request, and an answer to one moves none."""
        before = self.env["project.billing.request"].search_count([])
        raw = (
            "From: Someone <someone@example.com>\r\nTo: billing@example.com\r\n"
            "Subject: approve\r\nMessage-Id: <1@example.com>\r\n{}\r\nApproved!\r\n"
        )
        threads = self.env["mail.thread"]
        for model, thread in (
            ("project.billing.request", None),
            ("project.billing.request", self.request.id),
        ):
            try:
                with self.env.cr.savepoint():
                    threads.message_process(
                        model, raw.format(""), thread_id=thread or None
                    )
            except (UserError, ValueError) as error:
                self.assertNotIn("41.37", str(error))
        self.env.invalidate_all()
        self.assertEqual(self.env["project.billing.request"].search_count([]), before)
        self.assertEqual(self.request.state, "draft")
        self.assertFalse(
            self.env["mail.alias"].search_count(
                [("alias_model_id.model", "like", "project.billing")]
            )
        )

    def test_done_activity_approves_nothing(self):
        """I3: marking the reminder as done is no approval."""
        self.request.action_submit()
        activity = self.request.sudo().activity_ids.filtered(
            lambda act: act.user_id == self.approver
        )
        self.assertTrue(activity)
        activity.with_user(self.approver).action_feedback(feedback="approved")
        self.assertEqual(self.request.state, "submitted")

    def test_search_is_no_oracle(self):
        """I5: nobody finds by a filter, an order or a group what they may not read."""
        secrets = (
            ("project.billing.item", "employee_id.hourly_cost"),
            ("project.billing.item", "analytic_line_id.amount"),
            ("project.billing.item", "cost_line_id.price_unit"),
            ("project.billing.request", "invoice_id.amount_total"),
            ("project.billing.line", "allocation_ids.item_id.analytic_line_id.amount"),
            ("project.billing.rate", "employee_id.hourly_cost"),
            ("project.project", "billing_request_ids.amount_total"),
        )
        for model, path in secrets:
            for role in ("pm", "other_pm", "deputy", "ex_manager", "approver"):
                with self.subTest(model=model, path=path, role=role):
                    self._assert_no_oracle(self.env(user=self.roles[role])[model], path)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def _assert_no_oracle(self, model, path):
        self.env.flush_all()
        self.env.invalidate_all()
        found = set()
        for domain in ([(path, ">", -1e9)], [(path, ">", 41)], [(path, "<", -186)]):
            try:
                found.add(frozenset(model.search(domain).ids))
            except (UserError, ValueError):
                found.add(frozenset())
        self.assertLessEqual(len(found), 1, "the filter tells values apart")
        for step in (
            lambda: model.search([], order=path),
            lambda: model.formatted_read_group([], [path], ["__count"]),
            lambda: model.formatted_read_group([], [], [f"{path}:sum"]),
            lambda: model.search([]).export_data([path.replace(".", "/")]),
        ):
            try:
                answer = repr(step())
            except (UserError, ValueError, KeyError) as error:
                answer = str(error)
            for canary in CANARIES:
                self.assertNotIn(canary, answer)

    def test_no_private_method_is_public(self):
        """I28: the server's own lookup finds nothing that begins with an underscore."""
        private = {
            (model, name)
            for model, registered in self.env.registry.items()
            for klass in registered.__mro__
            if klass.__module__.startswith("odoo.addons.project_invoice_tracker")
            for name, value in vars(klass).items()
            if name.startswith("_") and not name.startswith("__") and callable(value)
        }
        for model, name in some(private, 1000):
            with self.subTest(model, name=name), self.assertRaises(AccessError):
                get_public_method(self.env[model], name)


@tagged("post_install", "-at_install")
class TestSecurityRemote(SecurityCommon, HttpCase):
    """The same guard behind the doors that are not the web client's."""

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.sql_db")
    def test_call_kw_and_call_button(self):
        """I3: buttons called by their address change nothing that they should not."""
        request = self._record("project.billing.request")
        other = self._record("project.billing.request", "other")
        before = self._image()
        for role in ("pm", "ex_manager", "approver", "portal"):
            user = self.roles[role]
            self.authenticate(user.login, user.login)
            for route, target, method, arguments in (
                ("call_button", other, "action_submit", []),
                ("call_button", other, "action_cancel", []),
                ("call_button", request, "_move", ["approve"]),
                ("call_kw", request, "write", [{"state": "approved"}]),
                ("call_kw", other, "read", [["name", "amount_total"]]),
                ("call_kw", request, "unlink", []),
            ):
                if role == "approver" and method == "read":
                    continue
                with self.subTest(role=role, method=method, route=route):
                    answer = self.url_open(
                        f"/web/dataset/{route}/{target._name}/{method}",
                        data=json.dumps(
                            {
                                "jsonrpc": "2.0",
                                "params": {
                                    "model": target._name,
                                    "method": method,
                                    "args": [target.ids, *arguments],
                                    "kwargs": {"context": {ENGINE_KEY: True}},
                                },
                            }
                        ),
                        headers={"Content-Type": "application/json"},
                    )
                    self.assertIn("error", answer.json(), answer.text[:300])
                    self.assertNotIn("41.37", answer.text)
                    self.assertNotIn(f"{other.amount_total:.2f}", answer.text)
        self.assertEqual(self._image(), before)

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc", "odoo.sql_db")
    def test_xml_rpc(self):
        """I3: neither does the old protocol."""
        request = self._record("project.billing.request")
        before = self._image()
        for role in ("pm", "approver", "billing_manager"):
            user = self.roles[role]
            for method, arguments in (
                ("write", [request.ids, {"state": "approved"}]),
                ("create", [{"project_id": self.project.id}]),
                ("unlink", [request.ids]),
                ("copy", [request.ids]),
                ("_engine", [request.ids]),
            ):
                with self.subTest(role=role, method=method):
                    with self.assertRaises(Exception) as refused:
                        self.xmlrpc_object.execute_kw(
                            self.env.cr.dbname,
                            user.id,
                            user.login,
                            request._name,
                            method,
                            arguments,
                        )
                    self.assertIn("Fault", type(refused.exception).__name__)
                    self.assertNotIn("41.37", str(refused.exception))
        self.assertEqual(self._image(), before)
