"""Names hold no secret: Odoo shows them by elevated rights in many places (A3)."""

import json

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import some
from .security_common import SecurityCommon, our_models

#: What is refused is no leak.
REFUSED = (AccessError, UserError, ValidationError, ValueError, TypeError, KeyError)
#: Models whose name is one that anybody inside may know.
PUBLIC = {"project.billing.reminder.level", "project.billing.request"}


@tagged("post_install", "-at_install")
class TestNames(SecurityCommon):
    """A consultant, and each way by which Odoo tells a name without asking."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consultant = cls.roles["timesheet_user"]
        cls.mine = cls.env(user=cls.consultant)
        cls.secrets = {
            record: name
            for record in cls._all_records()
            if (name := cls._secret(record))
        }
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _all_records(cls):
        """Return one record at a time of each model of ours, of each owner."""
        return [
            record
            for records in cls.records.values()
            for model, found in records.items()
            if model in our_models(cls.env) and not cls.env[model]._transient
            for record in found.sudo()
        ]

    @classmethod
    def _secret(cls, record):
        """Return the name of a record that the consultant may not read, if any."""
        name = record.with_user(SUPERUSER_ID).display_name
        seen = record.with_user(cls.consultant).with_env(cls.mine)
        if record._name in PUBLIC or not name or seen.has_access("read"):
            return None
        # technical names hold an id only
        return None if name == f"{record._name},{record.id}" else name

    def _assert_unknown(self, found, record, route):
        text = json.dumps(found, default=str, ensure_ascii=False)
        secret = json.dumps(self.secrets[record], ensure_ascii=False)[1:-1]
        self.assertNotIn(secret, text, f"{record._name} by {route}")

    def test_there_is_something_to_hide(self):
        """Each model of ours whose name says something is looked at."""
        named = {record._name for record in self.secrets}
        self.assertGreaterEqual(len(named), 25)
        for model in ("rate", "comment", "progress", "leak", "line", "item", "level"):
            self.assertIn(f"project.billing.{model}", named)

    def test_no_amount_in_a_name(self):
        """Whoever reads it: a name has neither price, percentage nor text of people."""
        for model in ("rate", "progress", "retention.release", "comment", "leak"):
            record = self.records["own"][f"project.billing.{model}"][:1].sudo()
            name = record.with_user(SUPERUSER_ID).display_name
            self.assertTrue(name)
            for field in ("price_unit", "percentage", "text", "name"):
                if field in record._fields and record[field]:
                    value = record[field]
                    shown = value if isinstance(value, str) else f"{value:g}"
                    # a date may hold the digits
                    words = name.replace("/", " ").split()
                    self.assertNotIn(shown, words, f"{model}.{field}: {name}")
        rate = self.records["own"]["project.billing.rate"].sudo()
        self.assertEqual(rate.with_user(SUPERUSER_ID).display_name, "Ann")

    def test_elevated_names(self):
        for record in some(self.secrets, 25):
            elevated = record.with_env(self.mine).sudo()
            self._assert_unknown(elevated.display_name, record, "sudo")
            self.assertIn(str(record.id), elevated.display_name)

    def test_who_may_read_sees_the_name(self):
        """Also by elevated rights, or lists would be full of numbers."""
        rule = self.records["own"]["project.billing.rule"]
        for user in (self.pm, self.approver, self.roles["billing_manager"]):
            seen = rule.with_user(user).sudo()
            self.assertEqual(seen.display_name, rule.name)
        other = self.records["other"]["project.billing.rule"]
        self.assertNotEqual(other.with_user(self.pm).sudo().display_name, other.name)

    def test_number_of_a_request_is_known(self):
        request = self.records["other"]["project.billing.request"]
        seen = request.with_env(self.mine).sudo()
        self.assertEqual(seen.display_name, request.sudo().name)

    def test_each_document_reference(self):
        """Whatever names a document by model and id: activities, messages, files, …"""
        ways = [
            (model, field.name, field.model_field)
            for model in sorted(self.env.registry)
            for field in self.env[model]._fields.values()
            if field.type == "many2one_reference" and not self.env[model]._abstract
        ]
        self.assertIn(("mail.activity", "res_id", "res_model"), ways)
        self.assertIn(("mail.message", "res_id", "model"), ways)
        self.assertIn(("ir.attachment", "res_id", "res_model"), ways)
        for model, id_field, model_field in ways:
            for record in self.secrets:
                values = {model_field: record._name, id_field: record.id}
                if "res_model_id" in self.env[model]._fields:
                    values["res_model_id"] = self.env["ir.model"]._get_id(record._name)
                self._try_values(model, values, record)

    def test_each_link(self):
        """Whatever points to a record of ours, in a form that is not saved."""
        models = {record._name for record in self.secrets}
        ways = [
            (model, field.name, field)
            for model in sorted(self.env.registry)
            for field in self.env[model]._fields.values()
            if not self.env[model]._abstract
            and field.type in ("many2one", "many2many", "reference")
            and (field.type == "reference" or field.comodel_name in models)
        ]
        self.assertGreater(len(ways), 50)
        for model, name, field in ways:
            for record in self.secrets:
                if field.type == "reference":
                    self._try_values(
                        model, {name: f"{record._name},{record.id}"}, record
                    )
                elif field.comodel_name == record._name:
                    value = record.id
                    if field.type == "many2many":
                        value = [(6, 0, record.ids)]
                    self._try_values(model, {name: value}, record)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def _try_values(self, model, values, record):
        """Fill a form that is not saved, and read back all that has words."""
        records = self.mine[model]
        route = f"{model} {values}"
        spec = {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name, field in records._fields.items()
            if name in values
            or field.type in ("char", "text", "html")
            and (field.compute or field.related)
        }
        try:
            with self.env.cr.savepoint(flush=False):
                found = records.onchange(values, list(values), spec)
        except REFUSED:
            found = {}
        self._assert_unknown(found, record, f"{route} onchange")

    def test_kept_name_of_an_activity(self):
        """Odoo keeps it with the activity, for whoever that is given to."""
        threads = [
            record for record in self.secrets if hasattr(record, "message_subscribe")
        ]
        models = {record._name for record in threads}
        self.assertGreaterEqual(models, {"project.billing.rule"})
        self.assertGreaterEqual(len(models), 2)
        for record in threads:
            activity = (
                self.env["mail.activity"]
                .sudo()
                .with_context(mail_activity_quick_update=True)
                .create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(record._name),
                        "res_id": record.id,
                        "user_id": self.consultant.id,
                        "activity_type_id": self.env.ref(
                            "mail.mail_activity_data_todo"
                        ).id,
                    }
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            kept = self.env["mail.activity"].browse(activity.id).sudo().res_name
            self._assert_unknown(kept, record.sudo(), "mail.activity.res_name")

    def test_activity_of_a_request_keeps_its_number(self):
        request = self.records["own"]["project.billing.request"]
        activity = request.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.pm.id
        )
        self.assertEqual(activity.res_name, request.sudo().name)

    def test_tracked_values_name_nothing_of_ours(self):
        """Tracking keeps names of records on what more people read."""
        models = set(our_models(self.env))
        found = {
            f"{model}.{field.name}"
            for model in self.env.registry
            if model not in models
            for field in self.env[model]._fields.values()
            if getattr(field, "tracking", None)
            and field.relational
            and field.comodel_name in models
            and not field.groups
        }
        self.assertFalse(found)
