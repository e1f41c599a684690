"""Budgets, messages and sign-off names of projects that one merely sees (A10)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import BillingCommon, some

CANARY = "Carla Canary"
#: Stored fields, and what a manager reads of the own projects instead.
HIDDEN = {
    "project.project": {
        "billing_budget_amount": "billing_budget",
        "billing_message": "billing_own_message",
    },
    "project.milestone": {"billing_signed_by": "billing_signer"},
}


@tagged("post_install", "-at_install")
class TestSeenProjects(BillingCommon):
    """Another manager, and a project that all may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project.privacy_visibility = "employees"
        cls.project.write(
            {"billing_budget_amount": 77777, "billing_message": f"<p>{CANARY}</p>"}
        )
        cls._create_rule(cls.project, kind="milestone", contract_amount=1000)
        cls.milestone = cls._create_milestones(100, is_reached=True)
        cls.milestone.with_user(cls.pm).action_billing_sign_off(CANARY)
        cls.records = {
            "project.project": cls.project,
            "project.milestone": cls.milestone,
        }
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _each(self):
        for model, names in HIDDEN.items():
            for stored, shown in names.items():
                yield self.records[model].with_user(self.other_pm), stored, shown

    def test_there_are_three(self):
        self.assertEqual(len(list(self._each())), 3)

    def test_not_readable(self):
        for record, stored, shown in some(self._each(), 3):
            record.check_access("read")
            for read in (
                lambda r=record, n=stored: r.read([n]),
                lambda r=record, n=stored: r.web_read({n: {}}),
                lambda r=record, n=stored: r[n],
            ):
                with self.assertRaises(AccessError, msg=stored):
                    read()
            self.assertFalse(record[shown], shown)
            self.assertFalse(record.read([shown])[0][shown])
            self.assertNotIn(stored, record.fields_get())

    def test_not_searchable(self):
        for record, stored, shown in some(self._each(), 3):
            model = record.browse()
            with self.assertRaises(AccessError):
                model.search([(stored, "!=", False)])
            with self.assertRaises(AccessError):
                model.search([], order=stored)
            if model._fields[shown].search:
                for operator, value in (
                    ("!=", False),
                    ("ilike", "a"),
                    (">", 0),
                    ("=", record.sudo()[stored]),
                    ("not in", [0, False]),
                ):
                    if (model._fields[shown].type == "monetary") == (
                        operator == "ilike"
                    ):
                        continue
                    if operator == ">" and model._fields[shown].type != "monetary":
                        continue
                    found = model.search([(shown, operator, value)])
                    self.assertNotIn(record, found, (shown, operator))

    def test_not_summable_nor_grouped(self):
        for record, stored, _shown in some(self._each(), 3):
            model = record.browse()
            for groupby, aggregates in (
                ([stored], ["__count"]),
                ([], [f"{stored}:sum"]),
                ([], [f"{stored}:max"]),
                ([], [f"{stored}:array_agg"]),
            ):
                try:
                    found = model._read_group([], groupby, aggregates)
                except (AccessError, ValueError):
                    found = None
                self.assertIsNone(found, (groupby, aggregates))

    def test_not_exported(self):
        self.other_pm.group_ids |= self.env.ref("base.group_allow_export")
        for record, stored, shown in some(self._each(), 3):
            with self.assertRaises(AccessError):
                record.export_data([stored])
            ((value,),) = record.export_data([shown])["datas"]
            self.assertFalse(value)

    def test_not_tracked_in_the_chatter(self):
        self.project.billing_budget_amount = 88888
        self.env.flush_all()
        self.env.cr.precommit.run()
        for record in some(self.records.values(), 2):
            values = record.sudo().message_ids.sudo().tracking_value_ids
            seen = values._filter_has_field_access(self.env(user=self.other_pm))
            names = set(seen.field_id.mapped("name"))
            self.assertFalse(names & {n for d in HIDDEN.values() for n in d})
            bodies = " ".join(record.sudo().message_ids.mapped("body"))
            self.assertNotIn(CANARY, bodies)
            self.assertNotIn("77", bodies)

    def test_own_project(self):
        """The manager reads, searches and writes, as before."""
        project = self.project.with_user(self.pm)
        self.assertEqual(project.billing_budget, 77777)
        self.assertIn(CANARY, project.billing_own_message)
        self.assertEqual(self.milestone.with_user(self.pm).billing_signer, CANARY)
        self.assertIn(project, project.search([("billing_budget", ">", 70000)]))
        self.assertIn(
            self.milestone,
            self.milestone.with_user(self.pm).search(
                [("billing_signer", "ilike", "carla")]
            ),
        )
        self.pm.group_ids |= self.env.ref("project.group_project_manager")
        project.write({"billing_budget": 5, "billing_own_message": "<p>Hello</p>"})
        self.assertRecordValues(
            self.project.sudo(),
            [{"billing_budget_amount": 5, "billing_message": "<p>Hello</p>"}],
        )

    def test_deputy_and_who_sees_all(self):
        self.project.billing_deputy_ids = self.other_pm
        for user in (self.other_pm, self.approver, self.admin, self.accountant):
            self.assertEqual(
                self.milestone.with_user(user).billing_signer, CANARY, user.login
            )

    def test_message_begins_the_request(self):
        """By whoever prepares it."""
        self._log(1)
        self.assertIn(CANARY, self._prepare().narration)
