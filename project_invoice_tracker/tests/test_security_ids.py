"""Ids that a caller names: nothing of what they stand for comes back (I5, I28)."""

import json

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import some
from .security_common import CANARIES, SecurityCommon


@tagged("post_install", "-at_install")
class TestSecurityIds(SecurityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls.records["other"]
        cls.their_project = cls.theirs["project.billing.rule"].project_id
        cls.their_project.name = "Canary Project"
        cls.their_request = cls.theirs["project.billing.request"]
        cls.abroad = cls.records["company"]
        cls.abroad_project = cls.abroad["project.billing.rule"].project_id
        cls.abroad_project.name = "Canary Project"
        request = cls.their_request.with_user(cls.other_pm)
        request.action_submit()
        request.with_user(cls.approver).action_approve()
        request.action_create_invoice()
        cls.their_move = request.sudo().invoice_id
        cls.their_move.ref = "Canary Move"

    def _canaries(self):
        """Return what nobody but the colleague may read."""
        total = self.their_move.amount_total
        return (
            "Canary",
            self.their_request.name,
            f"{total:.2f}",
            f"{total:,.2f}",
            repr(total),
            "Work 4.5",
            *CANARIES,
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def _ask(self, role, model, method, *arguments, **keywords):
        """Call as the server would; assert that no canary sings, return the answer."""
        env = self.env(user=self.roles[role], su=False)
        self.env.flush_all()
        self.env.invalidate_all()
        answer = None
        try:
            with self.env.cr.savepoint():
                answer = call_kw(env[model], method, list(arguments), keywords)
                text = json.dumps(answer, default=str, ensure_ascii=False)
        except (UserError, AccessError, MissingError) as error:
            text = str(error)
        except ValueError as error:
            text = str(error)
            self.assertIn("singleton", text)
        for canary in self._canaries():
            self.assertNotIn(canary, text, f"{role} {model}.{method}{arguments}")
        return answer

    def test_onchange_of_an_own_record(self):
        """I28: a form on an own record says nothing of a record named in it."""
        own = self.records["own"]["project.billing.request"]
        spec = {
            name: {}
            for name in (
                "invoice_state",
                "payment_state",
                "invoice_date",
                "invoice_number",
                "amount_residual",
                "sent_back_note",
            )
        }
        many = {"fields": {"display_name": {}}}
        for values in (
            {"invoice_id": self.their_move.id},
            {"project_id": self.their_project.id},
            {"replaces_id": self.their_request.id},
            {"line_ids": [Command.link(self.their_request.line_ids.id)]},
        ):
            for role in ("pm", "deputy", "pm_and_project_manager"):
                with self.subTest(role=role, values=values):
                    answer = self._ask(
                        role,
                        own._name,
                        "onchange",
                        own.ids,
                        values,
                        list(values),
                        {**spec, **dict.fromkeys(values, many)},
                    )
                    shown = (answer or {}).get("value", {})
                    self.assertFalse(
                        {n: v for n, v in shown.items() if n in spec and v}, shown
                    )

    def _new_records(self):
        """Return ``(model, values that name a foreign record, what would tell)``."""
        theirs = self.theirs
        return (
            (
                "project.billing.line",
                {"request_id": self.their_request.id, "name": "x"},
                ("project_id", "company_id", "currency_id", "state", "price_subtotal"),
            ),
            (
                "project.billing.progress",
                {"rule_id": theirs["project.billing.rule"].id},
                ("project_id", "currency_id", "progress_by", "display_name"),
            ),
            (
                "project.billing.choose.work",
                {"request_id": self.their_request.id},
                ("cap_note", "choosable_ids", "item_ids"),
            ),
            (
                "project.billing.change.quantity",
                {"line_id": theirs["project.billing.line"].id},
                ("name", "current_quantity"),
            ),
        )

    def test_onchange_of_a_new_record(self):
        """I28: nor does a form on a new record."""
        named = {"fields": {"display_name": {}}}
        cases = self._new_records()
        for model, values, names in some(cases, 4):
            fields = self.env[model]._fields
            spec = {
                name: named if fields[name].relational else {}
                for name in (*names, *values)
            }
            for role in ("pm", "pm_and_project_manager"):
                for asked in ([], list(values)):
                    with self.subTest(role=role, model=model, asked=asked):
                        answer = self._ask(
                            role, model, "onchange", [], dict(values), asked, spec
                        )
                        shown = (answer or {}).get("value", {})
                        self.assertFalse([shown[n] for n in names if shown.get(n)])

    def test_defaults_in_the_context(self):
        """I28: what values may not name, defaults of the context may not either."""
        named = {"fields": {"display_name": {}}}
        for model, values, names in some(self._new_records(), 4):
            context = {f"default_{name}": value for name, value in values.items()}
            fields = self.env[model]._fields
            spec = {
                name: named if fields[name].relational else {}
                for name in (*names, *values)
            }
            for role in ("pm", "deputy"):
                for asked in ([], list(values)):
                    with self.subTest(role=role, model=model, asked=asked):
                        answer = self._ask(
                            role,
                            model,
                            "onchange",
                            [],
                            {},
                            asked,
                            spec,
                            context=context,
                        )
                        shown = (answer or {}).get("value", {})
                        self.assertFalse([shown[n] for n in names if shown.get(n)])
                answer = self._ask(
                    role, model, "default_get", [*names, *values], context=context
                )
                self.assertFalse(answer)

    def test_other_doors_of_ids(self):
        """I28: created, copied, imported, by a name, nested and on own records."""
        own = self.records["own"]
        rate = own["project.billing.rate"]
        hidden = self.their_project.id
        rule = self.theirs["project.billing.rule"].id
        task = self.env["project.task"].create(
            {"name": "Canary Task", "project_id": hidden}
        )
        spec = {"display_name": {}, "scope": {}, "task_id": {"fields": {}}}
        context = {"default_project_id": hidden, "default_price_unit": 1.0}
        for model, method, arguments, keywords in (
            (rate._name, "create", [{"project_id": hidden, "price_unit": 1.0}], {}),
            (rate._name, "create", [{"price_unit": 1.0}], {"context": context}),
            (rate._name, "create", [{"task_id": task.id, "price_unit": 1.0}], {}),
            ("project.billing.rule", "name_create", ["x"], {"context": context}),
            (rate._name, "copy", [rate.ids, {"rule_id": rule}], {}),
            (rate._name, "load", [["rule_id/.id", "price_unit"], [[rule, "7"]]], {}),
            (rate._name, "web_save", [[], {"project_id": hidden}, spec], {}),
            (rate._name, "web_save", [rate.ids, {"task_id": task.id}, spec], {}),
            (rate._name, "onchange", [[], {"task_id": task.id}, [], spec], {}),
            (
                rate._name,
                "onchange",
                [[], {}, [], spec],
                {"context": {"default_task_id": task.id}},
            ),
            (
                "project.billing.rule",
                "onchange",
                [
                    [],
                    {"rate_ids": [[0, 0, {"task_id": task.id}]]},
                    [],
                    {"rate_ids": {}},
                ],
                {},
            ),
        ):
            for role in ("pm", "deputy"):
                with self.subTest(role=role, method=method, keywords=keywords):
                    self._ask(role, model, method, *arguments, **keywords)
        rates = self.env["project.billing.rate"].search([("task_id", "=", task.id)])
        self.assertFalse(rates)

    def test_created_with_a_foreign_id(self):
        """I28: a new record names nothing that whoever makes it may not read."""
        own, theirs = self.records["own"], self.theirs
        project = own["project.billing.rule"].project_id
        task = self.env["project.task"].create(
            {"name": "Canary Task", "project_id": self.their_project.id}
        )
        rate = {"rule_id": own["project.billing.rate"].rule_id.id, "price_unit": 7.0}
        for model, values, name, value in (
            ("project.billing.rate", rate, "task_id", task.id),
            (
                "project.billing.rule",
                {"project_id": project.id, "kind": "cost"},
                "task_ids",
                [Command.link(task.id)],
            ),
            (
                "project.billing.choose.work",
                {},
                "request_id",
                self.their_request.id,
            ),
            (
                "project.billing.change.quantity",
                {"quantity": 1},
                "line_id",
                theirs["project.billing.line"].id,
            ),
        ):
            records = self.env[model].with_user(self.pm)
            for context in ({}, {f"default_{name}": value}):
                vals = values if context else {**values, name: value}
                with (
                    self.subTest(model=model, context=context),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                    self.env.cr.savepoint(),
                    self.assertRaises(AccessError),
                ):
                    records.with_context(**context).create(vals)

    def test_previews_of_another_company(self):
        """I5, I16: who configures billing here previews nothing of elsewhere."""
        rule = self.abroad["project.billing.rule"]
        for model, ids, values, name in (
            (
                "project.billing.rate",
                [],
                {
                    "price_unit": 1.0,
                    "company_id": self.second_company.id,
                    "unit": "hour",
                },
                "preview",
            ),
            (
                "project.billing.rate",
                [],
                {"price_unit": 1.0, "project_id": self.abroad_project.id},
                "preview",
            ),
            (
                "project.billing.rule",
                [],
                {
                    "project_id": self.abroad_project.id,
                    "kind": "milestone",
                    "contract_amount": 5.0,
                },
                "milestones_note",
            ),
            (
                "project.billing.rule",
                rule.ids,
                {"price_unit": 1.0, "kind": "time"},
                "price_preview",
            ),
        ):
            with self.subTest(model=model, values=values):
                answer = self._ask(
                    "billing_manager",
                    model,
                    "onchange",
                    ids,
                    values,
                    list(values),
                    {name: {}},
                )
                self.assertFalse(((answer or {}).get("value") or {}).get(name))

    def test_windows_on_a_foreign_record(self):
        """I28: a window opened on a colleague's record shows nothing of it."""
        theirs = self.theirs
        for model, values, spec in (
            (
                "project.billing.choose.work",
                {"request_id": self.their_request.id},
                {"cap_note": {}, "choosable_ids": {}, "item_ids": {}},
            ),
            (
                "project.billing.change.quantity",
                {"line_id": theirs["project.billing.line"].id, "quantity": 1},
                {"name": {}, "current_quantity": {}},
            ),
            (
                "project.billing.reason",
                {
                    "request_ids": [Command.set(self.their_request.ids)],
                    "step": "reject",
                    "reason": "x",
                },
                {"request_ids": {"fields": {"name": {}, "amount_total": {}}}},
            ),
            (
                "project.billing.sign.off",
                {"milestone_ids": [Command.set(theirs["project.milestone"].ids)]},
                {"milestone_ids": {"fields": {"name": {}, "billing_price": {}}}},
            ),
        ):
            with self.subTest(model):
                answer = self._ask("pm", model, "web_save", [], values, spec)
                for name in ("choosable_ids", "item_ids", "current_quantity"):
                    shown = [row[name] for row in answer or [] if row.get(name)]
                    self.assertFalse(shown)

    def test_credit_of_another_company(self):
        """I28: the window that credits names no work of another company's invoice."""
        self.pm.company_ids |= self.second_company
        self.approver.company_ids |= self.second_company
        request = self.abroad["project.billing.request"]
        request.with_user(self.pm).action_submit()
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        request = request.sudo()
        request.invoice_id.action_post()
        wizard = self.env["account.move.reversal"].with_user(self.accountant)
        move = request.invoice_id
        self.assertTrue(move)
        answer = self._ask(
            "accountant",
            wizard._name,
            "onchange",
            [],
            {"move_ids": [Command.set(move.ids)]},
            ["move_ids"],
            {
                "move_ids": {},
                "billing_billed_item_ids": {"fields": {"display_name": {}}},
            },
        )
        shown = (answer or {}).get("value", {}).get("billing_billed_item_ids")
        self.assertFalse([c for c in shown or [] if c[0] in (1, 4)], shown)
