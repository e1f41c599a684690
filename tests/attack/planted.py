"""A project that many see and one manages, full of what only its manager may know."""

from .bait import DAY, Bait, link
from .client import Refused

#: Numbers and words that are nowhere else in the database.
NUMBERS = {
    "rate": 731.19,
    "rule": 543.21,
    "milestone": 8317.43,
    "contract": 91273.55,
    "budget": 77531.77,
    "cap": 66413.13,
    "tier": 489.17,
}
WORD = "Quicksilver"


def word(what):
    """Return a text that names what it stands in."""
    return f"{WORD}-{what}"


class Planted(Bait):
    """What the demo's manager bills of it, discussed, rejected and limited."""

    def __init__(self, admin, manager, approver):
        super().__init__(
            admin,
            "Seen by many",
            billing_budget_amount=NUMBERS["budget"],
            billing_message=f"<p>{word('message')}</p>",
        )
        # all who work here see it, and some follow it
        admin.write("project.project", self.project, privacy_visibility="employees")
        self.manager, self.approver = manager, approver
        self.ids = {}
        self.plant_terms()
        self.plant_request()
        self.plant_rest()

    def keep(self, model, record):
        """Note a record of ours; return its id."""
        self.ids.setdefault(model, []).append(record)
        return record

    def plant_terms(self):
        """Have a rule, a rate, a tier, a contract, a cap."""
        create = self.admin.create
        self.seen_task = self.task("Seen task")
        self.someone = self.person("Nina Named")
        hours = self.rule(name=word("rule"), price_unit=NUMBERS["rule"])
        self.keep("project.billing.rule", hours)
        rate = self.rate(hours, NUMBERS["rate"], employee_id=self.someone)
        self.keep("project.billing.rate", rate)
        tier = {"hours_from": 900, "price_unit": NUMBERS["tier"]}
        self.keep(
            "project.billing.tier",
            create("project.billing.tier", rule_id=hours, **tier),
        )
        contract = self.rule(
            name=word("contract"),
            kind="milestone",
            contract_amount=NUMBERS["contract"],
        )
        self.keep("project.billing.rule", contract)
        self.milestone = create(
            "project.milestone",
            name="Seen milestone",
            project_id=self.project,
            billing_basis="fixed",
            billing_fixed_price=NUMBERS["milestone"],
            is_reached=True,
        )
        signed = ([self.milestone], word("signer"))
        self.manager.call("project.milestone", "action_billing_sign_off", *signed)
        progress = self.rule(name=word("progress"), kind="progress", contract_amount=50)
        self.keep("project.billing.rule", progress)
        self.keep(
            "project.billing.progress",
            create(
                "project.billing.progress",
                rule_id=progress,
                percentage=17.31,
                date=DAY.isoformat(),
                note=word("note"),
            ),
        )
        cap = create(
            "project.billing.cap",
            name=word("cap"),
            company_id=1,
            limit_amount=NUMBERS["cap"],
            rule_ids=link(hours),
        )
        self.keep("project.billing.cap", cap)

    def plant_request(self):
        """Have a request that was commented, rejected and submitted again."""
        self.entry = self.log(self.seen_task, self.someone, 3)
        model = "project.billing.request"
        self.manager.call(model, "prepare", [self.project])
        (row,) = self.admin.find(model, [("project_id", "=", self.project)], "line_ids")
        request = self.keep(model, row["id"])
        self.manager.write(model, request, customer_reference=word("reference"))
        self.manager.write("project.billing.line", row["line_ids"], name=word("line"))
        self.manager.call(model, "action_submit", [request])
        first = row["line_ids"][:1]
        self.approver.call(
            "project.billing.line", "action_comment", first, word("comment")
        )
        self.approver.call(model, "action_reject", [request], word("reason"))
        self.manager.call(model, "action_submit", [request])
        for kept in (
            "line",
            "item",
            "comment",
            "approval",
            "outbox",
            "step",
            "journal",
        ):
            name = f"project.billing.{kept}"
            fields = self.admin.call(name, "fields_get", [], ["type"])
            domain = [("request_id", "=", request)]
            if "request_id" not in fields:
                domain = [("project_id", "=", self.project)]
            if kept == "comment":
                domain = [("line_id", "in", row["line_ids"])]
            for found in self.admin.call(name, "search", domain):
                self.keep(name, found)

    def plant_rest(self):
        """Have a level and a schedule; follow and attach whatever can be."""
        create = self.admin.create
        self.keep(
            "project.billing.level",
            create(
                "project.billing.level",
                name=word("level"),
                sequence=95,
                company_id=1,
                amount_from=10**7,
                approver_ids=link(self.approver.uid),
            ),
        )

    def give_away(self, person):
        """Do what careless colleagues do: tell somebody of each of these records."""
        for model, ids in self.ids.items():
            for record in ids:
                self._tell(person, model, record)

    def _tell(self, person, model, record):
        model_id = self.admin.call("ir.model", "search", [("model", "=", model)])[0]
        values = {"res_model_id": model_id, "res_id": record}
        subscribe = (model, "message_subscribe", [record], [person.partner_id])
        for door in (
            lambda: self.admin.call(*subscribe),
            lambda: self.admin.create("mail.activity", user_id=person.uid, **values),
            lambda: self.admin.create(
                "ir.attachment",
                name="Told",
                raw="QQ==",
                res_model=model,
                res_id=record,
            ),
            lambda: self.admin.call(
                model,
                "message_post",
                [record],
                body="Look at this",
                partner_ids=[person.partner_id],
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ),
        ):
            try:
                door()
            except Refused:
                # not everything has a chatter
                continue
