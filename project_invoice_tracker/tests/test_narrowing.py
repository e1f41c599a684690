"""What narrows a price, a rule, a level or a scope is not deleted, by any route."""

import csv
from datetime import date

import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, file_open, mute_logger

from .approval_common import ApprovalCommon

#: What each link of ours means, and what becomes of it when what it names is deleted.
MEANINGS = {
    # the record would hold for more without it: refused
    "narrows": {"restrict"},
    # the record tells what was: refused
    "tells": {"restrict"},
    # the record is about nothing else, and goes along
    "goes": {"cascade"},
    # the record says less, and never holds for more
    "loses": {"set null", "cascade"},
}


#: Links of add-ons that install themselves beside another app.
OF_BRIDGES = {"project.billing.item.expense_id"}
#: Links that mean who or what is there today: a cap that is archived is switched off,
#: who left does not approve, and what is archived is not billed.
CHOSEN_TODAY = {
    "project.billing.level.approver_ids",
    "project.billing.rule.cap_ids",
    "project.billing.run.schedule.project_ids",
}


def read_links():
    """Return ``{model.field: meaning}`` of what was decided about each link."""
    with file_open("project_invoice_tracker/tests/links.csv") as file:
        return {row["link"]: row["meaning"] for row in csv.DictReader(file)}


@tagged("post_install", "-at_install")
class TestNarrowing(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task, cls.other_task = cls.env["project.task"].create(
            [
                {"name": name, "project_id": cls.project.id}
                for name in ("Hardening", "Other")
            ]
        )
        cls.tag = cls.env["project.tags"].create({"name": "Urgent"})

    def _rate(self, price, **values):
        return self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "price_unit": price, **values}
        )

    def _price(self, entry):
        items = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        return items.price_unit

    def _refuses(self, records, *words):
        """Assert that records are not deleted, with a sentence that holds words."""
        with self.assertRaises(UserError) as caught:
            records.unlink()
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertTrue(records.exists())

    # === RATES ===

    def test_deleted_task_tag_job_person_of_a_rate(self):
        """A rate of 400 for something is never one for anybody."""
        job = self.env["hr.job"].create({"name": "Architect"})
        cat = self.env["hr.employee"].create({"name": "Cat"})
        named = [
            ("task_id", self.task),
            ("tag_id", self.tag),
            ("job_id", job),
            ("employee_id", cat),
        ]
        entry = self._log(1, task_id=self.other_task.id)
        for name, record in named:
            rate = self._rate(400, **{name: record.id})
            self.assertEqual(self._price(entry), 100)
            self._refuses(record, record.name, "Billing Rate")
            self.assertEqual(rate[name], record)
            self.assertEqual(self._price(entry), 100)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE id = %s",
                        SQL.identifier(record._table),
                        record.id,
                    )
                )

    def test_manager_deletes_a_task(self):
        """The project's manager, who may delete tasks and tags, is told why not."""
        self._rate(400, task_id=self.task.id)
        self._rate(300, tag_id=self.tag.id)
        manager = self._create_user("tasks_pm_test", "group_billing_user")
        manager.group_ids |= self.env.ref("project.group_project_manager")
        self._refuses(self.task.with_user(manager), "Hardening")
        self._refuses(self.tag.with_user(manager), "Urgent")

    def test_sentence_says_no_price(self):
        """Whoever may not read rates is not told what one says."""
        self._rate(437, tag_id=self.tag.id)
        tagger = self._create_user("tagger_test", "project.group_project_manager")
        with self.assertRaises(UserError) as caught:
            self.tag.with_user(tagger).unlink()
        self.assertNotIn("437", str(caught.exception))
        with self.assertRaises(UserError) as caught:
            self.tag.with_user(self.admin).sudo().unlink()
        self.assertNotIn("437", str(caught.exception))

    def test_deleted_customer_of_a_rate(self):
        """The rate of a group of companies does not go with its contact."""
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.partner_a.parent_id = group
        self.rule.price_unit = 0
        rates = self.env["project.billing.rate"].create(
            [
                {"company_id": self.company.id, "price_unit": 165},
                {"partner_id": group.id, "price_unit": 110},
            ]
        )
        entry = self._log(1)
        self.assertEqual(self._price(entry), 110)
        self._refuses(group, "Group")
        self.assertTrue(rates[1].exists())
        self.assertEqual(self._price(entry), 110)

    def test_unused_records_are_deleted(self):
        tag = self.env["project.tags"].create({"name": "Free"})
        rate = self._rate(300, tag_id=tag.id)
        rate.unlink()
        (tag | self.tag).unlink()
        self.other_task.unlink()
        self.assertFalse((tag | self.tag).exists() or self.other_task.exists())

    # === RULES ===

    def test_deleted_task_of_a_rule(self):
        """A rule of 400 for one task bills nothing else after it (110, not 400)."""
        self.rule.write({"price_unit": 110, "sequence": 20})
        dear = self._create_rule(
            price_unit=400, sequence=10, task_ids=[Command.set(self.task.ids)]
        )
        entry = self._log(1, task_id=self.other_task.id)
        self.assertEqual(self._price(entry), 110)
        self._refuses(self.task, "Hardening", dear.name)
        self.assertEqual(dear.task_ids, self.task)
        self.assertEqual(self._price(entry), 110)

    def test_archived_filters_of_a_rule(self):
        """What is archived is meant still: the rule is not one for everything."""
        self.rule.write({"price_unit": 110, "sequence": 20})
        cat = self.env["hr.employee"].create({"name": "Cat"})
        dear = self._create_rule(
            price_unit=400, sequence=10, task_ids=[Command.set(self.task.ids)]
        )
        entry = self._log(1, task_id=self.other_task.id)
        self.task.active = False
        self.env["project.billing.kind.time"].sudo()._sync_items(self.project)
        self.assertEqual(self._price(entry), 110)
        dear.write({"task_ids": [Command.clear()], "employee_ids": cat.ids})
        self.assertEqual(self._price(entry), 110)
        cat.active = False
        self.env["project.billing.kind.time"].sudo()._sync_items(self.project)
        self.assertEqual(self._price(entry), 110)
        self._refuses(cat, "Cat")

    def test_filters_of_costs(self):
        """Categories, products and vendors, archived or deleted by whatever route."""
        category = self.env["product.category"].create({"name": "Travel"})
        below = self.env["product.category"].create(
            {"name": "Trains", "parent_id": category.id}
        )
        product = self.env["product.product"].create({"name": "Ticket"})
        vendor = self.env["res.partner"].create({"name": "Railway"})
        rule = self._create_rule(
            kind="cost",
            cost_category_ids=[Command.set(below.ids)],
            cost_product_ids=[Command.set(product.ids)],
            cost_partner_ids=[Command.set(vendor.ids)],
        )
        # PostgreSQL deletes categories below, and the product of a template
        self._refuses(category, "Trains", rule.name)
        self._refuses(below, "Trains", rule.name)
        self._refuses(product, "Ticket", rule.name)
        self._refuses(product.product_tmpl_id, "Ticket", rule.name)
        self._refuses(vendor, "Railway", rule.name)
        product.active = product.product_tmpl_id.active = False
        vendor.active = False
        self.env.invalidate_all()
        self.assertEqual(rule.cost_product_ids, product)
        self.assertEqual(rule.cost_partner_ids, vendor)

    def test_cap_of_a_rule(self):
        cap = self.env["project.billing.cap"].create(
            {
                "name": "Order 7",
                "company_id": self.company.id,
                "limit_amount": 500,
                "rule_ids": [Command.set(self.rule.ids)],
            }
        )
        self._refuses(cap, "Order 7", self.rule.name)
        cap.rule_ids = False
        cap.unlink()
        self.assertFalse(cap.exists())

    # === LEVELS, SCOPES, TEMPLATES ===

    def test_conditions_of_levels(self):
        """A level for a tag or a customer is not asked of everybody without it."""
        partner = self.env["res.partner"].create({"name": "Ministry"})
        group = self.env["res.groups"].create({"name": "Directors"})
        tagged_level = self._level(self.first, project_tag_ids=self.tag.ids)
        level = self._level(self.second, partner_ids=partner.ids, group_id=group.id)
        self._refuses(self.tag, "Urgent", tagged_level.name)
        self._refuses(partner, "Ministry", level.name)
        self._refuses(group, "Directors", level.name)
        partner.active = False
        self.env.invalidate_all()
        self.assertEqual(level._to_level().partner_ids, {partner.id})
        request = self._submitted(2)
        self.assertFalse(request.sudo().step_ids.level_id)

    def test_scopes_of_runs(self):
        """A schedule keeps its scope; a run without it finds nothing."""
        partner = self.env["res.partner"].create({"name": "Ministry"})
        schedule = self.env["project.billing.run.schedule"].create(
            {
                "name": "Monthly",
                "company_id": self.company.id,
                "scope": "tag",
                "tag_ids": self.tag.ids,
                "partner_ids": partner.ids,
            }
        )
        self._refuses(self.tag, "Urgent", "Monthly")
        self._refuses(partner, "Ministry", "Monthly")
        schedule.unlink()
        run = self.env["project.billing.run"].create(
            {
                "company_id": self.company.id,
                "date_to": date(2026, 3, 31),
                "scope": "tag",
                "tag_ids": self.tag.ids,
            }
        )
        self.project.tag_ids = self.tag
        self.assertEqual(run._scope_projects(), self.project)
        self.tag.unlink()
        self.env.invalidate_all()
        self.assertFalse(run._scope_projects())
        run.write({"scope": "partner", "partner_ids": partner.ids})
        partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(run._scope_projects())

    def test_templates(self):
        """Documents do not fall back to what shows more."""
        template, other = self.env["project.billing.template"].create(
            [{"name": "Brief", "show_person": False}, {"name": "Long"}]
        )
        self.project.billing_template_id = template
        self._refuses(template, "Brief", "Website")
        self.project.billing_template_id = other
        self.partner_a.billing_template_id = template
        self._refuses(template, "Brief")
        self.partner_a.billing_template_id = False
        self.company.billing_template_id = template
        self._refuses(template, "Brief")
        self.company.billing_template_id = False
        template.unlink()

    # === MERGING ===

    def test_merged_contacts(self):
        """The contact that stays takes the places of the others."""
        first, second, third = self.env["res.partner"].create(
            [{"name": name} for name in ("One", "Two", "Three")]
        )
        rule = self._create_rule(
            kind="cost", cost_partner_ids=[Command.set((first | second).ids)]
        )
        level = self._level(self.first, partner_ids=(second | third).ids)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((first | second | third).ids, third)
        self.assertFalse((first | second).exists())
        self.assertEqual(rule.cost_partner_ids, third)
        self.assertEqual(level.partner_ids, third)

    def test_merged_rates(self):
        """Two rates of one customer on the same days are no matter of chance."""
        first, second = self.env["res.partner"].create(
            [{"name": name} for name in ("One", "Two")]
        )
        self.env["project.billing.rate"].create(
            [
                {"partner_id": first.id, "price_unit": 110},
                {"partner_id": second.id, "price_unit": 130},
            ]
        )
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRaisesRegex(ValidationError, "Two rates"):
            merge._merge((first | second).ids, second)

    # === PEOPLE AND HISTORY ===

    def test_deleted_employee(self):
        """Who did billed work stays on the item and in the annex."""
        cat = self.env["hr.employee"].create(
            {"name": "Cat", "company_id": self.company.id}
        )
        entry = self._log(2, employee_id=cat.id)
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        self._refuses(cat, "Cat")
        move = self._post()
        self._refuses(cat, "Cat")
        self._refuses(cat.with_user(self.env.ref("base.user_admin")).sudo(), "Cat")
        self.assertEqual(item.employee_id, cat)
        cat.active = False
        self.env.invalidate_all()
        self.assertEqual(item.employee_id, cat)
        annex = self.env["project.billing.annex"].search([("move_id", "=", move.id)])
        self.assertIn("Cat", str(annex.content))

    def test_deleted_user(self):
        """A user whose decisions are on record is archived, with a sentence."""
        request = self._submitted(2)
        approver = self.first
        self._as(approver, request).action_approve()
        self._refuses(approver, approver.name, "Archive")
        clerk = self.env["res.users"].create({"name": "Clerk", "login": "clerk_free"})
        clerk.unlink()
        self.assertFalse(clerk.exists())

    def test_deleted_records_of_history(self):
        """Customers, services and units on documents are named in a sentence."""
        self._log(2)
        request = self._prepare()
        line = request.sudo().line_ids
        self._refuses(request.sudo().partner_id, request.sudo().partner_id.name)
        self._refuses(line.product_id, "Consulting")
        self._refuses(self.project)

    def test_every_link_is_decided(self):
        """A new link of ours without a decision fails here."""
        found = {}
        for model in self.env.registry.values():
            if not model._auto or model._abstract or model._transient:
                continue
            for name, field in model._fields.items():
                ours = model._name.startswith("project.billing.") or (
                    name.startswith("billing_")
                )
                if (
                    ours
                    and field.store
                    and not field.related
                    and field.type in ("many2one", "many2many")
                    and name not in ("create_uid", "write_uid")
                ):
                    found[f"{model._name}.{name}"] = field.ondelete
        decided = read_links()
        self.assertGreater(len(decided), 150)
        self.assertFalse(found.keys() - decided.keys(), "decide what these mean")
        gone = decided.keys() - found.keys() - OF_BRIDGES
        self.assertFalse(gone, "these are gone")
        wrong = {
            name: (found[name], meaning)
            for name, meaning in decided.items()
            if name in found and found[name] not in MEANINGS[meaning]
        }
        self.assertFalse(wrong)

    def test_archived_links_still_narrow(self):
        """Many links that narrow are read with what is archived."""
        checked = 0
        for link, meaning in read_links().items():
            if link in OF_BRIDGES:
                continue
            model, name = link.rsplit(".", 1)
            field = self.env[model]._fields[name]
            archives = self.env[field.comodel_name]._active_name
            if meaning != "narrows" or field.type != "many2many" or not archives:
                continue
            if link in CHOSEN_TODAY:
                continue
            self.assertIs(field.context.get("active_test"), False, link)
            checked += 1
        self.assertGreater(checked, 5)
