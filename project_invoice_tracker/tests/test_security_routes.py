"""Fields that only the engine writes: every role, by every route (I3, I15)."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import ENGINE_KEY
from .common import some
from .security_common import SecurityCommon, Undo, our_models

MAGIC_COLUMNS = {"id", "create_uid", "create_date", "write_uid", "write_date"}
#: What somebody may send along who read the source.
HOSTILE = {
    ENGINE_KEY: True,
    "install_mode": True,
    "import_file": True,
    "tracking_disable": True,
    "skip_readonly_check": True,
    "force_delete": True,
    "check_move_validity": False,
}
#: What people with the right make and delete; only some fields are closed.
MADE_BY_HAND = (
    "project.billing.accrual",
    "project.billing.cap",
    "project.billing.line",
    "project.billing.progress",
    "project.billing.run",
    "project.billing.run.schedule",
    "project.billing.schedule",
)
WRITERS = (
    "pm",
    "approver",
    "accountant",
    "billing_manager",
    "pm_and_accountant",
    "pm_and_project_manager",
    "timesheet_manager",
    "internal",
)


@tagged("post_install", "-at_install")
class TestSecurityRoutes(SecurityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls.records["own"]["project.billing.request"]
        cls.milestone_rule = cls._create_rule(
            kind="milestone", product_id=cls.product_a.id, contract_amount=1000
        )
        cls.milestone = cls._create_milestones(100)

    def _guarded(self):
        """Yield each record with fields that only the engine writes, and these."""
        for name in our_models(self.env):
            model = self.env[name]
            if getattr(model, "_engine_owned", False):
                names = [
                    field.name
                    for field in model._fields.values()
                    if field.column_type and field.name not in MAGIC_COLUMNS
                ]
            else:
                names = sorted(getattr(model, "_engine_fields", ()))
                names += names and [
                    field.name
                    for field in model._fields.values()
                    if field.column_type and field.compute and field.readonly
                ]
            if names:
                yield self._record(name), names

    def _other_value(self, record, name):
        """Return a value for a field that it does not have now."""
        # sudo: nobody at all may read the shares of posted lines
        record = record.sudo()
        field, now = record._fields[name], record[name]
        if field.type == "many2one":
            return (
                self.env[field.comodel_name].search([("id", "!=", now.id)], limit=1).id
            )
        if field.type == "many2many":
            others = self.env[field.comodel_name].search([("id", "not in", now.ids)])
            return [Command.set(others[:1].ids)]
        if field.type == "selection":
            return next(v for v in field.get_values(self.env) if v != now)
        if field.type in ("integer", "float", "monetary"):
            return (now or 0) + 7
        if field.type == "boolean":
            return not now
        if field.type == "date":
            return fields.Date.to_date("2020-02-02")
        if field.type == "datetime":
            return fields.Datetime.to_datetime("2020-02-02 10:00:00")
        return f"{now or ''}x"

    def _users(self):
        """Yield an environment of every role, of the superuser, and hostile ones."""
        for role in WRITERS:
            yield role, self.env(user=self.roles[role])
        yield "administrator", self.env(user=self.env.ref("base.user_admin"))
        yield "superuser", self.env(su=True)
        for role in ("pm", "billing_manager"):
            user = self.roles[role]
            yield f"hostile {role}", self.env(user=user, context=HOSTILE)
        yield "hostile superuser", self.env(su=True, context=HOSTILE)

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_model")
    def _assert_refused(self, step):
        """Assert that a step changes nothing, with a sentence or without effect."""
        # all that is tried is undone, so what there is stays the same
        if not hasattr(self, "_before"):
            self._before = self._image()
        try:
            with self.env.cr.savepoint():
                step()
                self.env.flush_all()
                after = self._image()
                changed = {n for n in after if after[n] != self._before[n]}
                self.assertFalse(changed, "the step changed something")
                raise Undo("undo")
        except UserError:
            self.env.invalidate_all()

    def test_write(self):
        """I3, I15: nobody writes an engine field, with or without elevated rights."""
        for record, names in some(self._guarded()):
            values = {name: self._other_value(record, name) for name in names}
            for who, env in some(self._users()):
                for name, value in some(values.items()):
                    if value in (False, None):
                        continue
                    with self.subTest(who=who, model=record._name, field=name):
                        target = record.with_env(env)
                        self._assert_refused(
                            lambda t=target, n=name, v=value: t.write({n: v})
                        )

    def test_web_save_and_import(self):
        """I3: the web client's own routes end in the same guard."""
        for record, names in some(self._guarded()):
            name = "state" if "state" in names else names[0]
            value = self._other_value(record, name)
            for who, env in some(self._users()):
                target = record.with_env(env)
                with self.subTest(who=who, model=record._name, field=name):
                    self._assert_refused(
                        lambda t=target, n=name, v=value: t.web_save({n: v}, {})
                    )
                    self._assert_refused(
                        lambda t=target, n=name, v=value: t.load(
                            [".id", n], [[str(t.id), str(v)]]
                        )
                    )
                    self._assert_refused(
                        lambda t=target, n=name, v=value: call_kw(
                            t.browse(), "write", [t.ids, {n: v}], {}
                        )
                    )

    def test_create_and_copy(self):
        """I3: nobody creates a request, a slice, an item or an approval."""
        for record, _names in some(self._guarded()):
            if record._name in MADE_BY_HAND:
                continue
            values = record.sudo().copy_data()[0]
            for who, env in some(self._users()):
                model = record.browse().with_env(env)
                with self.subTest(who=who, model=record._name):
                    self._assert_refused(lambda m=model, v=values: m.create([dict(v)]))
                    defaults = {f"default_{name}": v for name, v in values.items()}
                    self._assert_refused(
                        lambda m=model, d=defaults: m.with_context(**d).create([{}])
                    )
                    self._assert_refused(record.with_env(env).copy)
                    target = record.with_env(env)
                    self._assert_refused(lambda t=target: t.copy({"state": "approved"}))

    def test_line_defaults(self):
        """I3: a line typed by hand cannot pretend to be something else."""
        for values in (
            {"kind": "time"},
            {"unit": "minute"},
            {"removed": True},
            {"group_key": "x"},
            {"rule_id": self.rule.id},
            {"quantity": -1},
            {"tax_ids": [Command.clear()]},
            {"price_subtotal": 1},
            {"project_id": self.records["other"]["project.billing.rule"].project_id.id},
            {"quantity": 1e300},
            {"price_unit": -1},
            {"quantity": float("nan")},
        ):
            for who in ("pm", "billing_manager"):
                with self.subTest(who=who, values=values):
                    lines = self.env["project.billing.line"].with_user(self.roles[who])
                    line = {"request_id": self.request.id, "name": "x", "price_unit": 1}
                    self._assert_refused(
                        lambda m=lines, v={**line, **values}: m.create([v])
                    )
                    defaults = {f"default_{name}": v for name, v in values.items()}
                    line = {k: v for k, v in line.items() if k not in values}
                    self._assert_refused(
                        lambda m=lines, d=defaults, v=line: m.with_context(**d).create(
                            [v]
                        )
                    )

    def test_nested_commands(self):
        """I3, I15: no parent opens a way to its parts."""
        own = self.records["own"]
        line = own["project.billing.line"]
        slice_ = own["project.billing.allocation"]
        item = own["project.billing.item"]
        approval = own["project.billing.approval"]
        steps = (
            (self.request, "line_ids", Command.update(line.id, {"unit": "unit"})),
            (self.request, "line_ids", Command.update(line.id, {"quantity": 99})),
            (self.request, "line_ids", Command.update(line.id, {"price_unit": 9})),
            (self.request, "approval_ids", Command.delete(approval.id)),
            (self.request, "approval_ids", Command.update(approval.id, {"valid": 1})),
            (
                self.request,
                "approval_ids",
                Command.create({"decision": "approve", "valid": True}),
            ),
            (line, "allocation_ids", Command.update(slice_.id, {"quantity": 1})),
            (line, "allocation_ids", Command.clear()),
            (item, "allocation_ids", Command.update(slice_.id, {"state": "released"})),
            (
                self.milestone,
                "billing_item_ids",
                Command.update(self.milestone.billing_item_ids.id, {"ready": True}),
            ),
            (self.milestone, "billing_item_ids", Command.clear()),
        )
        for record, name, command in steps:
            for who, env in some(self._users()):
                with self.subTest(who=who, field=name, command=command):
                    target = record.with_env(env)
                    self._assert_refused(
                        lambda t=target, n=name, c=command: t.write({n: [c]})
                    )

    def test_delete(self):
        """I26: nobody deletes a request, a slice, an item or an approval."""
        for record, _names in some(self._guarded()):
            if record._name not in MADE_BY_HAND:
                for who, env in some(self._users()):
                    with self.subTest(who=who, model=record._name):
                        self._assert_refused(record.with_env(env).unlink)

    def test_invoice_links(self):
        """I3: an invoice cannot be tied to a request, nor untied."""
        self._approve(self.request.with_user(self.pm))
        self.request.with_user(self.pm).action_create_invoice()
        move = self.request.sudo().invoice_id
        line = move.invoice_line_ids[0]
        for who, env in some(self._users()):
            if who in ("internal", "timesheet_manager"):
                continue
            for record, values in (
                (move, {"billing_tracked": False}),
                (move, {"billing_request_ids": [Command.clear()]}),
                (line, {"billing_line_id": False}),
                (line, {"billing_origin_line_id": line.billing_line_id.id}),
                (line, {"quantity": 1}),
                (line, {"price_unit": 1}),
                (move, {"partner_id": self.partner_b.id}),
                (move, {"currency_id": self.env.ref("base.JPY").id}),
            ):
                with self.subTest(who=who, values=values):
                    target = record.with_env(env)
                    self._assert_refused(lambda t=target, v=values: t.write(v))

    def test_key_is_an_object(self):
        """I3: nothing that can be sent over RPC is the engine's key."""
        for value in (True, 1, "object", [], {}, "<object object>"):
            with self.subTest(value=value), self.assertRaises(AccessError):
                request = self.request.sudo().with_context(**{ENGINE_KEY: value})
                request.write({"state": "approved"})
