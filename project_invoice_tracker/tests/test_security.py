"""Who sees what: the matrix of rights, and what belongs to a colleague (I4, I5)."""

import csv
import os

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import some
from .security_common import (
    ADDON,
    CANARIES,
    COLUMNS,
    MATRIX,
    ROLES,
    SecurityCommon,
    our_models,
    read_matrix,
)

#: What means money in the name of a field.
MONEY_WORDS = ("amount", "price", "cost", "margin", "rate", "balance")
#: Settings about bills of suppliers, and what they say; never of people.
COSTS_OF_BILLS = {"cost_amount", "cost_markup"}
#: The model for who may see the cost of employees, which has a record rule for it, and
#: the costs of bills that a manager passes on.
COST_REPORTS = {"project.billing.report.margin", "project.billing.report.vendor"}
LETTERS = {"read": "r", "write": "w", "create": "c", "unlink": "u"}
#: Roles that no project of the company is visible to, whoever may see it.
SEE_NO_PROJECT = {"public", "billing_manager_abroad"}


@tagged("post_install", "-at_install")
class TestSecurity(SecurityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pm.group_ids += cls.env.ref("base.group_allow_export")
        cls.records["sees_only"] = cls._create_seen_chain()

    @classmethod
    def _create_seen_chain(cls):
        """Return the records of a project that all roles see and follow.

        Its manager is none of them, and billing it is not theirs.
        """
        manager = cls._create_user("seen_pm_test", "group_billing_user")
        project = cls._create_project(
            name="Seen by all", user_id=manager.id, privacy_visibility="portal"
        )
        records = cls._create_chain(project)
        everybody = cls.env["res.partner"].union(
            *(user.partner_id for user in cls.roles.values())
        )
        threads = [record for record in records.values() if len(record) == 1]
        for record in [project, *threads]:
            if "message_follower_ids" in record._fields:
                record.sudo().message_subscribe(everybody.ids)
        return records

    def test_who_sees_only(self):
        """I4: each role sees the project of that column, follows it, manages it not."""
        project = self.records["sees_only"]["project.billing.rule"].project_id
        self.assertTrue(project.billing_owner_ids)
        for role, user in self.roles.items():
            with self.subTest(role=role):
                self.assertNotIn(user, project.billing_owner_ids)
                self.assertIn(user.partner_id, project.message_partner_ids)
                seen = project.with_env(self.env(user=user, context={}))
                self.assertEqual(seen.has_access("read"), role not in SEE_NO_PROJECT)
                if role not in SEE_NO_PROJECT:
                    self.assertEqual(seen.read(["name"])[0]["name"], "Seen by all")

    def test_seeing_a_project_gives_nothing(self):
        """I4: in the matrix, who only sees it has no more than of a colleague's."""
        matrix = read_matrix()
        self.assertGreater(len(matrix), 500)
        for (model, role), row in matrix.items():
            # a colleague's project is the own one of its manager
            colleague = "own" if role == "other_pm" else "other"
            with self.subTest(model=model, role=role):
                self.assertLessEqual(set(row["sees_only"]), set(row[colleague]))

    def _rights(self, model, user, owner):
        """Return the letters of what a user may do with a record."""
        record = self._record(model, owner).with_user(user)
        return "".join(
            letter
            for operation, letter in LETTERS.items()
            if record.has_access(operation)
        )

    def test_matrix(self):
        """I3, I4, I16: each role has exactly the rights of the matrix."""
        if os.environ.get("WRITE_MATRIX"):
            self._write_matrix()
        matrix = read_matrix()
        wanted = {(model, role) for model in our_models(self.env) for role in ROLES}
        self.assertEqual(set(matrix), wanted, "access_matrix.csv lacks a row, or more")
        different = []
        for (model, role), row in matrix.items():
            for owner in COLUMNS:
                found = self._rights(model, self.roles[role], owner)
                if found != row[owner]:
                    different.append(f"{model},{role},{owner}: {found or 'nothing'}")
        self.assertFalse(different, "\n".join(different))

    def _write_matrix(self):
        """Write the rights as they are; whoever does so reads the difference."""
        with MATRIX.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["model", "role", *COLUMNS])
            for model in our_models(self.env):
                for role, user in self.roles.items():
                    rights = (self._rights(model, user, owner) for owner in COLUMNS)
                    writer.writerow([model, role, *rights])

    def test_money_has_groups(self):
        """I5: no figure of ours is on a model of Odoo for everybody to read."""
        open_fields = []
        for name, model in self.env.registry.items():
            if model._transient or model._abstract or model._original_module == ADDON:
                continue
            for field in model._fields.values():
                if not any(module.startswith(ADDON) for module in field._modules):
                    continue
                money = field.type in ("monetary", "float") or any(
                    word in field.name for word in MONEY_WORDS
                )
                if money and not field.groups and field.name.startswith("billing_"):
                    open_fields.append(f"{name}.{field.name}")
        self.assertFalse(open_fields, "these need groups")

    def test_no_cost_in_our_models(self):
        """I5: what a person costs has no field here, but for what bills say."""
        found = {
            field.name
            for name in our_models(self.env)
            if name not in COST_REPORTS
            for field in self.env[name]._fields.values()
            if field.type in ("monetary", "float")
            and any(word in field.name for word in ("cost", "margin"))
        }
        self.assertEqual(found, COSTS_OF_BILLS)

    def test_colleague_is_invisible(self):
        """I4: a project of somebody else leaves no trace in what a manager reads."""
        for owner in ("other", "company"):
            for model in some(our_models(self.env), 40):
                record = self._record(model, owner).with_user(self.pm)
                if record and not record._transient:
                    with self.subTest(model=model, owner=owner):
                        if record.browse().has_access("read"):
                            self._assert_invisible(record)
                        else:
                            # of a model that is for others only
                            with self.assertRaises(AccessError):
                                record.read(["display_name"])

    def _assert_invisible(self, record):
        model, domain = record.browse(), [("id", "in", record.ids)]
        self.assertFalse(model.search(domain))
        self.assertFalse(model.search_count(domain))
        self.assertFalse(model.name_search("", domain))
        self.assertFalse(model.search_read(domain, ["id"]))
        self.assertFalse(model.formatted_read_group(domain, ["id"], ["__count"]))
        self.assertFalse(model.web_search_read(domain, {"id": {}})["length"])
        for step in (
            lambda: record.read(["id", "display_name"]),
            lambda: record.web_read({"display_name": {}}),
            lambda: record.export_data(["display_name"]),
            lambda: record.write({"display_name": "x"}),
            record.unlink,
        ):
            with self.assertRaises(AccessError):
                step()

    def test_colleague_through_the_project(self):
        """I4: a project that everybody may see shows its billing to its manager."""
        project = self.records["other"]["project.billing.rule"].project_id
        self.env["project.billing.rule"].create(
            {
                "project_id": project.id,
                "kind": "milestone",
                "product_id": self.product_a.id,
                "contract_amount": 1000,
            }
        )
        milestone = self._create_milestones(70, project=project)
        self.env.flush_all()
        self.env.invalidate_all()
        seen = project.with_user(self.pm)
        self.assertEqual(seen.read(["name"])[0]["name"], "Colleague")
        figures = seen.read(
            [
                "billing_rule_ids",
                "billing_amount_ready",
                "billing_amount_planned",
                "billing_amount_invoiced",
                "billing_hours_ready",
                "billing_oldest_date",
                "billing_request_count",
                "billing_can_bill",
                "billing_allowance_balance",
            ]
        )[0]
        del figures["id"]
        self.assertFalse(any(figures.values()), figures)
        self.assertFalse(
            seen.search([("billing_amount_ready", ">", 0), ("id", "=", project.id)])
        )
        self.assertFalse(
            seen.search(
                [("billing_rule_ids.price_unit", ">", 0), ("id", "=", project.id)]
            )
        )
        reached = milestone.with_user(self.pm)
        shown = reached.read(["billing_price", "billing_state", "billing_item_ids"])[0]
        self.assertFalse(
            [shown[name] for name in shown if name != "id" and shown[name]], shown
        )
        own = self.env["project.milestone"].with_user(self.pm)
        self.assertFalse(
            own.search([("billing_state", "=", "open"), ("id", "=", milestone.id)])
        )

    def test_losing_the_role_ends_access(self):
        """I4: who does not manage the project any more has no part in its billing."""
        request = self._record("project.billing.request").with_user(self.pm)
        self.assertTrue(request.read(["name"]))
        self.project.user_id = self.other_pm
        request.invalidate_recordset()
        with self.assertRaises(AccessError):
            request.read(["name"])
        for step in (
            request.action_submit,
            request.action_cancel,
            request.collect,
            request.action_withdraw,
            lambda: self.project.with_user(self.pm).action_bill(),
            lambda: request.write({"customer_reference": "mine"}),
            self._record("project.billing.line").with_user(self.pm).unlink,
        ):
            with self.assertRaises(AccessError):
                step()
        taken_over = request.with_user(self.other_pm)
        self.assertTrue(taken_over.read(["name"]))
        taken_over.action_submit()

    def test_owners_follow_from_the_project(self):
        """I4: nobody becomes an owner of a project's billing by another way."""
        owner = self.roles["pm_and_project_manager"]
        project = self.project.with_user(owner)
        added = {"billing_owner_ids": [Command.link(owner.id)]}
        for route in (
            lambda: project.sudo().write(added),
            lambda: project.create({"name": "New", "user_id": self.pm.id, **added}),
            lambda: project.with_context(default_billing_owner_ids=owner.ids).create(
                {"name": "New", "user_id": self.pm.id}
            ),
        ):
            with self.assertRaises(AccessError) as refusal:
                route()
            self.assertIn("follows from its manager", str(refusal.exception))
        self.assertEqual(self.project.billing_owner_ids, self.pm | self.roles["deputy"])

    def test_deputies(self):
        """I4: a deputy bills the project like its manager, until the day it ends."""
        deputy = self.roles["deputy"]
        request = self._record("project.billing.request").with_user(deputy)
        request.write({"customer_reference": "PO 7"})
        request.action_submit()
        self.assertEqual(request.user_id, deputy)
        request.action_withdraw()
        self.project.billing_deputy_ids = False
        request.invalidate_recordset()
        for step in (request.action_submit, lambda: request.read(["name"])):
            with self.assertRaises(AccessError):
                step()

    def test_losing_the_group_ends_access(self):
        """I4: the manager of a project without the group bills nothing."""
        self.pm.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        request = self._record("project.billing.request").with_user(self.pm)
        for step in (
            lambda: request.read(["name"]),
            request.action_submit,
            lambda: self.project.with_user(self.pm).action_bill(),
        ):
            with self.assertRaises(AccessError):
                step()

    def test_cost_canary(self):
        """I5: nothing that a manager reads of our models tells what a person costs."""
        for model in our_models(self.env):
            record = self._record(model).with_user(self.pm)
            if model in COST_REPORTS:
                # the row is there, and not for a manager without the right to cost
                record = record._filtered_access("read")
            if not record or not record.browse().has_access("read"):
                continue
            names = [
                name
                for name, field in record._fields.items()
                if record._has_field_access(field, "read")
            ]
            self._assert_no_canary(record.read(names), model)
            exportable = [
                name
                for name in names
                if record._fields[name].exportable
                and not record._fields[name].relational
                # Odoo gives external ids to what has a table
                and (record._auto or name != "id")
            ]
            self._assert_no_canary(record.export_data(exportable), model)
        line = self._record("project.billing.line").with_user(self.pm)
        self._assert_no_canary(line.explain(), "explain")
        project = self.project.with_user(self.pm)
        names = [
            name
            for name, field in project._fields.items()
            if name.startswith("billing_") and project._has_field_access(field, "read")
        ]
        self.assertIn("billing_amount_used", names)
        self.assertNotIn("billing_margin", names)
        self._assert_no_canary(project.read(names), "project")

    def _assert_no_canary(self, answer, title):
        text = repr(answer)
        for canary in CANARIES:
            self.assertNotIn(canary, text, title)

    def test_prices_are_hidden_from_who_logs_time(self):
        """I5: consultants and project users see neither rates nor amounts."""
        milestones = self.env["project.milestone"]
        for role in ("timesheet_user", "timesheet_manager", "project_user", "internal"):
            user = self.roles[role]
            with self.subTest(role=role):
                for model in (self.env["project.project"], milestones):
                    fields = model.with_user(user).fields_get()
                    hidden = [n for n in fields if n.startswith("billing_")]
                    self.assertFalse(hidden)
                with self.assertRaises(AccessError):
                    self.env["project.billing.item"].with_user(user).search([])
