"""A deletion makes no price wider, whichever way it comes (A1)."""

import json

import pytest

from .bait import FIRST, Bait, link
from .client import DATABASE_WORDS, Refused, refusal

#: What is compared before and after: all that says for what a price or a rule holds.
NARROWS = {
    "project.billing.rate": (
        "rule_id",
        "project_id",
        "partner_id",
        "employee_id",
        "job_id",
        "task_id",
        "tag_id",
        "price_unit",
    ),
    "project.billing.rule": (
        "project_id",
        "kind",
        "price_unit",
        "task_ids",
        "employee_ids",
        "cap_ids",
        "cost_category_ids",
        "cost_product_ids",
        "cost_partner_ids",
        "allowance_rule_id",
        "active",
    ),
    "project.billing.level": ("project_tag_ids", "partner_ids", "approver_ids"),
    "project.billing.run.schedule": (
        "scope",
        "project_ids",
        "partner_ids",
        "manager_ids",
        "tag_ids",
    ),
    "project.billing.retention.release": ("milestone_id", "date", "percentage"),
}


class Named(Bait):
    """A project in which each thing is named by something of ours."""

    def __init__(self, admin):
        super().__init__(admin, "Narrow prices")
        self.make_named()
        self.name_by_rates()
        self.name_by_rules()
        self.name_by_scopes()
        self.log(self.other_task, self.other_person, 2)
        # what rates and rules are for was never worked on: were they wider, they
        # would price this
        self.before = self.snapshot()
        self.owed = self.open()

    def make_named(self):
        """Create what can be named."""
        create = self.admin.create
        self.other_task = self.task("Everything else")
        self.other_person = self.person("Olaf Other")
        self.task_of_rate = self.task("Hardening")
        self.task_of_rule = self.task("Agreed part")
        self.tag = create("project.tags", name="Attack: urgent")
        self.tag_of_level = create("project.tags", name="Attack: audited")
        self.tag_of_run = create("project.tags", name="Attack: monthly")
        self.job = create("hr.job", name="Attack: architect")
        self.person_of_rate = self.person("Rita Rate")
        self.person_of_rule = self.person("Rolf Rule")
        self.customer = create("res.partner", name="Attack Rate Ltd", is_company=True)
        self.vendor = create("res.partner", name="Attack Vendor", is_company=True)
        self.parent_category = create("product.category", name="Attack: all")
        self.category = create(
            "product.category", name="Attack: cables", parent_id=self.parent_category
        )
        self.product = create("product.product", name="Attack: cable", type="service")
        (row,) = self.admin.read("product.product", self.product, "product_tmpl_id")
        self.template = row["product_tmpl_id"][0]
        self.milestone = create(
            "project.milestone", name="Handed over", project_id=self.project
        )

    def name_by_rates(self):
        """Have a rate of 400 for each; anybody else costs 100."""
        self.time = self.rule(name="Hours", sequence=30)
        self.rate(self.time, 400, task_id=self.task_of_rate)
        self.rate(self.time, 400, tag_id=self.tag)
        self.rate(self.time, 400, job_id=self.job)
        self.rate(self.time, 400, employee_id=self.person_of_rate)
        self.admin.create(
            "project.billing.rate", partner_id=self.customer, price_unit=400
        )

    def name_by_rules(self):
        """Have a rule of 400 for a task, one for a person, one for some costs."""
        self.narrow = self.rule(
            name="Agreed", sequence=1, price_unit=400, task_ids=link(self.task_of_rule)
        )
        self.rule(
            name="Rolf",
            sequence=2,
            price_unit=400,
            employee_ids=link(self.person_of_rule),
        )
        self.rule(
            name="Cables",
            kind="cost",
            cost_policy="markup",
            cost_markup=50,
            cost_category_ids=link(self.category),
            cost_product_ids=link(self.product),
            cost_partner_ids=link(self.vendor),
        )
        held = self.rule(name="Held back", kind="retention", retention_percentage=10)
        self.admin.create(
            "project.billing.retention.release",
            rule_id=held,
            percentage=100,
            milestone_id=self.milestone,
        )

    def name_by_scopes(self):
        """Have a level for a tag and a customer, and a schedule for a tag."""
        self.level = self.admin.create(
            "project.billing.level",
            name="Audited",
            sequence=90,
            company_id=1,
            project_tag_ids=link(self.tag_of_level),
            partner_ids=link(self.customer),
            approver_ids=link(self.admin.ref("user_director")),
        )
        self.admin.create(
            "project.billing.run.schedule",
            name="Attack: month end",
            company_id=1,
            user_id=self.admin.uid,
            scope="all",
            tag_ids=link(self.tag_of_run),
            date_start=FIRST,
        )

    def snapshot(self):
        """Return all that narrows, of all records of ours, archived ones too."""
        return {
            model: {
                row.pop("id"): row
                for row in self.admin.find(
                    model, [], *names, context={"active_test": False}
                )
            }
            for model, names in NARROWS.items()
        }

    def assert_unbent(self):
        """Assert that nothing is wider, and nothing dearer."""
        assert self.snapshot() == self.before
        assert self.open() == self.owed


@pytest.fixture(scope="module")
def named(admin):
    """Return the project, and let its manager delete tags as well."""
    named = Named(admin)
    assert sorted(named.owed.values()) == [200], "at the price for anybody"
    manager = admin.ref("group_project_manager", "project")
    admin.write("res.users", admin.ref("user_pm"), group_ids=[[4, manager]])
    return named


#: What is named, by model; all of it may be deleted where nothing of ours names it.
TARGETS = (
    ("project.task", "task_of_rate"),
    ("project.task", "task_of_rule"),
    ("project.tags", "tag"),
    ("project.tags", "tag_of_level"),
    ("project.tags", "tag_of_run"),
    ("hr.job", "job"),
    ("hr.employee", "person_of_rate"),
    ("hr.employee", "person_of_rule"),
    ("res.partner", "customer"),
    ("res.partner", "vendor"),
    ("product.category", "category"),
    ("product.category", "parent_category"),
    ("product.product", "product"),
    ("product.template", "template"),
    ("project.milestone", "milestone"),
)
#: Whom the project's manager may delete in Odoo.
MANAGERS_OWN = ("project.task", "project.tags", "project.milestone")


def assert_refused(refused, *, names_what=True):
    """Assert a sentence that names what is deleted and what uses it."""
    assert refused, "it was done"
    assert refused.is_a_sentence, (refused.kind, refused.text)
    if names_what:
        assert "names it" in refused.text, refused.text
    assert "400" not in refused.text, "a price"


@pytest.mark.parametrize(("model", "name"), TARGETS)
def test_deleted_by_each_door(named, people, model, name):
    """The administrator, and the manager as far as Odoo lets him, by three doors."""
    target = getattr(named, name)
    who = ["admin", *(["pm"] if model in MANAGERS_OWN else [])]
    for login in who:
        person = people[login]
        assert_refused(refusal(person.unlink, model, target))
        assert_refused(refusal(person.call_rpc, model, "unlink", [target]))
        assert_refused(refusal(person.call_json2, model, "unlink", ids=[target]))
    named.assert_unbent()


def test_deleted_from_the_other_side(named, people):
    """By commands of what is linked to it, in one write with what is allowed."""
    pm, admin = people["pm"], people["admin"]
    ways = (
        (pm, "project.project", named.project, {"task_ids": [[2, named.task_of_rate]]}),
        (pm, "project.project", named.project, {"task_ids": [[2, named.task_of_rule]]}),
        (pm, "project.project", named.project, {"tag_ids": [[2, named.tag]]}),
        (
            pm,
            "project.project",
            named.project,
            {"milestone_ids": [[2, named.milestone]], "name": "Narrow prices"},
        ),
        (pm, "project.task", named.other_task, {"tag_ids": [[2, named.tag]]}),
        (
            pm,
            "project.task",
            named.other_task,
            {"child_ids": [[2, named.task_of_rule]]},
        ),
        (
            admin,
            "hr.job",
            named.job,
            {"employee_ids": [[2, named.person_of_rate]]},
        ),
        (
            admin,
            "product.template",
            named.template,
            {"product_variant_ids": [[2, named.product]]},
        ),
        (
            admin,
            "product.category",
            named.parent_category,
            {"child_id": [[2, named.category]]},
        ),
    )
    for person, model, record, values in ways:
        refused = refusal(person.call, model, "write", [record], values)
        assert_refused(refused)
        refused = refusal(person.call, model, "web_save", [record], values, {"id": {}})
        assert_refused(refused)
    named.assert_unbent()


def test_deleted_by_an_import(named, people):
    """Odoo's import takes commands as texts, and ids of the database."""
    admin = people["admin"]
    values = json.dumps([[2, named.tag]])
    answer = admin.call(
        "project.task", "load", [".id", "tag_ids"], [[str(named.other_task), values]]
    )
    assert not answer["ids"], "a command is no name of a tag"
    assert not any(
        DATABASE_WORDS.search(each["message"]) for each in answer["messages"]
    )
    named.assert_unbent()


def test_emptied_by_an_import(named, people):
    """Whoever may not write rates and rules does not by an import either."""
    pm = people["pm"]
    rates = people["admin"].call(
        "project.billing.rate", "search", [("task_id", "=", named.task_of_rate)]
    )
    for model, names, row in (
        ("project.billing.rate", [".id", "task_id/.id"], [str(rates[0]), ""]),
        ("project.billing.rule", [".id", "task_ids/.id"], [str(named.narrow), ""]),
    ):
        refused = None
        try:
            answer = pm.call(model, "load", names, [row])
        except Refused as error:
            refused = error
        assert (refused and refused.is_a_sentence) or not answer["ids"]
    named.assert_unbent()


def test_archived(named, people):
    """What is archived is meant still: nothing else gets its price."""
    admin = people["admin"]
    targets = (
        ("project.task", named.task_of_rate),
        ("project.task", named.task_of_rule),
        ("project.tags", named.tag),
        ("hr.job", named.job),
        ("hr.employee", named.person_of_rate),
        ("hr.employee", named.person_of_rule),
        ("res.partner", named.customer),
        ("res.partner", named.vendor),
        ("product.product", named.product),
    )
    done = []
    for model, record in targets:
        if "active" not in admin.call(model, "fields_get", ["active"]):
            continue
        refused = refusal(admin.write, model, record, active=False)
        assert refused is None or refused.is_a_sentence, (model, refused.text)
        if refused is None:
            done.append((model, record))
            named.assert_unbent()
            entry = named.log(named.other_task, named.other_person, 1)
            assert sorted(named.open().values()) == [100, 200]
            admin.unlink("account.analytic.line", entry)
    assert done
    for model, record in done:
        admin.write(model, record, active=True)
    named.assert_unbent()


def test_moved_to_another_project(named, people):
    """A task that a rule names leaves with its work, or stays; the rule is the same."""
    pm, admin = people["pm"], people["admin"]
    elsewhere = admin.ref("project_scanning")
    for task in (named.task_of_rate, named.task_of_rule):
        refused = refusal(pm.write, "project.task", task, project_id=elsewhere)
        assert refused is None or refused.is_a_sentence, refused.text
        assert named.snapshot() == named.before
        assert sum(named.open().values()) <= sum(named.owed.values())
        # neither by leaving every project
        gone = refusal(pm.write, "project.task", task, project_id=False)
        assert gone is None or gone.is_a_sentence, gone.text
        assert named.snapshot() == named.before
        admin.write("project.task", task, project_id=named.project)
    named.assert_unbent()


def test_merged_contacts(named, people):
    """Two customers are made one: the rate is for the one that stays."""
    admin = people["admin"]
    stays = admin.create("res.partner", name="Attack Rate Ltd (2)", is_company=True)
    both = [named.customer, stays]
    wizard = admin.call(
        "base.partner.merge.automatic.wizard",
        "create",
        {"partner_ids": link(both), "dst_partner_id": named.customer},
        context={"active_model": "res.partner", "active_ids": both},
    )
    merged = refusal(
        admin.call, "base.partner.merge.automatic.wizard", "action_merge", [wizard]
    )
    assert merged is None or merged.is_a_sentence, merged.text
    named.assert_unbent()


def test_whole_project_and_its_company(named, people):
    """What PostgreSQL would delete along is refused with what names it."""
    pm, admin = people["pm"], people["admin"]
    for person in (pm, admin):
        assert_refused(
            refusal(person.unlink, "project.project", named.project), names_what=False
        )
    (row,) = admin.read("project.project", named.project, "account_id")
    if row["account_id"]:
        refused = refusal(
            admin.unlink, "account.analytic.account", row["account_id"][0]
        )
        assert refused is None or refused.is_a_sentence, refused.text
    assert_refused(refusal(admin.unlink, "res.company", 1), names_what=False)
    assert_refused(
        refusal(admin.unlink, "res.users", admin.ref("user_director")),
        names_what=False,
    )
    named.assert_unbent()


def test_document_templates(named, people):
    """The template of a project or a customer stays what its documents look like."""
    admin = people["admin"]
    template = admin.create("project.billing.template", name="Attack: short")
    admin.write("project.project", named.project, billing_template_id=template)
    admin.write("res.partner", named.customer, billing_template_id=template)
    assert_refused(
        refusal(admin.unlink, "project.billing.template", template), names_what=False
    )
    for model, record in (
        ("project.project", named.project),
        ("res.partner", named.customer),
    ):
        (row,) = admin.read(model, record, "billing_template_id")
        assert row["billing_template_id"][0] == template
