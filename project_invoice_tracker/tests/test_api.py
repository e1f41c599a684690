"""The JSON-2 API: the documented example, run against this server (I3, I5, I28)."""

import io
import json
from contextlib import redirect_stderr
from importlib import util
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import BillingCommon

EXAMPLE = Path(__file__).parents[2] / "doc" / "examples" / "json2.py"


@tagged("post_install", "-at_install")
class TestApi(BillingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not EXAMPLE.exists():
            raise SkipTest("the documentation is not installed with the add-on")
        spec = util.spec_from_file_location("json2_example", EXAMPLE)
        cls.example = util.module_from_spec(spec)
        spec.loader.exec_module(cls.example)
        cls.project.name = "Project of the example"
        cls.entry = cls._log(4.5)

    def _requests(self):
        return self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )

    def _key(self, user):
        """Return a key as its user makes one in the preferences."""
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate(None, "example", False)

    def _odoo(self, user):
        database = self.env.cr.dbname
        return self.example.Odoo(self.base_url(), database, self._key(user))

    def _run(self, user, *arguments):
        """Run the script as a person does; return exit code, answer and error."""
        out, err = io.StringIO(), io.StringIO()
        environment = {
            "ODOO_URL": self.base_url(),
            "ODOO_DATABASE": self.env.cr.dbname,
            "ODOO_KEY": self._key(user),
        }
        self.env.flush_all()
        with (
            patch.dict("os.environ", environment),
            redirect_stderr(err),
            self.allow_requests(all_requests=True),
        ):
            code = self.example.main(arguments, out=out)
        self.env.invalidate_all()
        text = out.getvalue()
        return code, json.loads(text) if text else None, err.getvalue()

    def _refused(self, user, model, method, *arguments, **values):
        """Call what is refused; return the status and the sentence."""
        odoo = self._odoo(user)
        self.env.flush_all()
        with (
            mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
            self.allow_requests(all_requests=True),
            self.assertRaises(self.example.Refused) as refused,
        ):
            odoo.call(model, method, *arguments, **values)
        self.env.invalidate_all()
        return refused.exception.status, str(refused.exception)

    def test_from_open_work_to_its_state(self):
        code, groups, _error = self._run(self.pm, "open")
        self.assertEqual(code, 0)
        mine = [g for g in groups if g["project_id"][0] == self.project.id]
        self.assertEqual([g["amount_open:sum"] for g in mine], [450])
        code, answer, _error = self._run(
            self.pm, "bill", self.project.name, "--until", "2026-03-31", "--submit"
        )
        self.assertEqual(code, 0)
        request = self._requests()
        self.assertEqual(request.user_id, self.pm)
        self.assertEqual(len(answer), 1)
        self.assertEqual(answer[0]["name"], request.name)
        self.assertEqual(answer[0]["state"], "submitted")
        self.assertEqual(answer[0]["amount_untaxed"], 450)
        self.assertEqual(answer[0]["amount_total"], 517.5)
        lines = [{k: v for k, v in x.items() if k != "id"} for x in answer[0]["lines"]]
        self.assertEqual(
            lines,
            [
                {
                    "name": request.line_ids.name,
                    "quantity": 4.5,
                    "price_unit": 100,
                    "price_subtotal": 450,
                }
            ],
        )
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id
        move.action_post()
        code, answer, _error = self._run(self.pm, "state", request.name)
        self.assertEqual(answer[0]["state"], "invoiced")
        self.assertEqual(answer[0]["invoice_state"], "posted")
        self.assertEqual(answer[0]["payment_state"], "not_paid")
        self.assertEqual(answer[0]["invoice_number"], move.name)
        self.assertMinutes((0, 0, 270, 0))

    @mute_logger("odoo.http")
    def test_sentences(self):
        """What is wrong is said in a sentence for people, on standard error."""
        name = self.project.name
        for user, arguments, sentence in (
            (self.pm, ("bill", "No such project"), "0 projects are called"),
            (self.pm, ("bill", name, "--until", "2026-02-31"), "date"),
            (self.pm, ("bill", name, "--until", "2025-12-31"), "othing"),
            (self.pm, ("state", "BR/0"), "no request BR/0"),
        ):
            with self.subTest(arguments=arguments):
                code, answer, error = self._run(user, *arguments)
                self.assertEqual((code, answer), (1, None))
                self.assertIn(sentence, error)
                self.assertNotIn("Traceback", error)
        self.assertFalse(self._requests())

    def test_a_project_of_somebody_else(self):
        """I4: neither its work nor its requests, and nothing is changed."""
        code, groups, _error = self._run(self.other_pm, "open")
        self.assertEqual((code, groups), (0, []))
        status, sentence = self._refused(
            self.other_pm,
            "project.billing.request",
            "prepare",
            projects=[self.project.id],
        )
        self.assertEqual(status, 403)
        self.assertNotIn("41.37", sentence)
        request = self._prepare()
        for method, values in (
            ("read", {"fields": ["name"]}),
            ("action_submit", {}),
            ("action_cancel", {}),
        ):
            status, sentence = self._refused(
                self.other_pm,
                "project.billing.request",
                method,
                request.ids,
                **values,
            )
            self.assertEqual(status, 403, sentence)
            self.assertNotIn(request.name, sentence)
        self.assertEqual(request.state, "draft")

    def test_what_only_the_engine_writes(self):
        """I3: no key writes a state, an item or the ledger; nobody calls its verbs."""
        request = self._prepare()
        line = request.line_ids
        slice_ = line.allocation_ids
        for user in (self.pm, self.admin, self.accountant):
            for model, method, ids, values in (
                (request._name, "write", request.ids, {"vals": {"state": "approved"}}),
                (request._name, "_move", request.ids, {"step": "approve"}),
                (slice_._name, "write", slice_.ids, {"vals": {"quantity": 1}}),
                (slice_._name, "unlink", slice_.ids, {}),
                (
                    slice_.item_id._name,
                    "write",
                    slice_.item_id.ids,
                    {"vals": {"price_unit": 1}},
                ),
                (
                    "project.billing.question",
                    "create",
                    (),
                    {"vals_list": [{"line_id": line.id, "text": "x"}]},
                ),
                ("project.billing.ledger", "_release", (), {}),
            ):
                with self.subTest(user=user.login, model=model, method=method):
                    status, _sentence = self._refused(
                        user, model, method, ids, **values
                    )
                    self.assertIn(status, (403, 404, 422))
        self.assertEqual(request.state, "draft")
        self.assertMinutes((0, 270, 0, 0))

    @mute_logger("odoo.http")
    def test_a_wrong_key(self):
        odoo = self.example.Odoo(self.base_url(), self.env.cr.dbname, "x" * 40)
        with (
            self.allow_requests(all_requests=True),
            self.assertRaises(self.example.Refused) as refused,
        ):
            odoo.call("project.billing.request", "search", domain=[])
        self.assertEqual(refused.exception.status, 401)
        self.assertIn("apikey", str(refused.exception))
