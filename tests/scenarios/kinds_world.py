"""The project of the machine of all kinds: one rule of each, in varying terms."""

from datetime import date

from hypothesis import strategies as st

from odoo import Command

#: What differs from one run to the next.
TERMS = st.fixed_dictionaries(
    {
        "globally": st.booleans(),
        "detail": st.sampled_from(["project", "task", "person", "day", "entry"]),
        "scope": st.sampled_from(["", "entry", "person_day"]),
        "discount": st.sampled_from([0, 0, 7.5]),
        "overtime": st.booleans(),
        "tier": st.booleans(),
        "hours": st.sampled_from(["", "retainer", "pack", "next_pack"]),
        "contract": st.sampled_from([1000, 145.05, 999.99, 12345.67]),
        "shares": st.sampled_from([(30, 30, 40), (33.333, 33.333, 33.334), (10, 90)]),
        "deposit": st.sampled_from(["", "at_once", "proportion"]),
        "retention": st.sampled_from([0, 10, 33.333]),
        "cap": st.sampled_from(["", "hold", "write_off"]),
        "minimum": st.sampled_from([0, 0, 150]),
        "coins": st.booleans(),
        "included": st.sampled_from([False, False, True]),
    }
)
RELEASE_DAY = "2026-09-01"
END = date(2026, 10, 15)


class World:
    """The rules of one run, made by the one who sets projects up."""

    def __init__(self, case, terms):
        self.case, self.env, self.terms = case, case.env, terms
        #: contracts that grew when all of their milestones were billed
        self.exempt = set()
        case.company.tax_calculation_rounding_method = (
            "round_globally" if terms["globally"] else "round_per_line"
        )
        # elevated: a new product may have taxes of companies that the user is not in
        case.expense_product.sudo().taxes_id = case.service.sudo().taxes_id
        self._set_up_money()
        self.task = self.env["project.task"].create(
            {"name": "Task", "project_id": case.project.id}
        )
        self.milestones = case._create_milestones(*terms["shares"])
        self._set_up_time()
        self._set_up_fixed()
        self._set_up_deductions()
        self.cap = self._set_up_cap()

    def _rule(self, **values):
        """Create a rule of the project, with the service that all are taxed like."""
        return self.case._create_rule(
            **{
                "product_id": self.case.service.id,
                "price_unit": 0,
                "currency_id": self.case.rule.currency_id.id,
                **values,
            }
        )

    def _set_up_money(self):
        """Bill in coins of 0.05, or at prices that include the tax, if drawn so."""
        if self.terms["included"]:
            self.case.service.sudo().taxes_id.price_include_override = "tax_included"
        if self.terms["coins"]:
            francs = self.env.ref("base.CHF").sudo()
            francs.write({"active": True, "rounding": 0.05})
            self.env["res.currency.rate"].sudo().create(
                {
                    "name": "2026-01-01",
                    "rate": 1,
                    "currency_id": francs.id,
                    "company_id": self.case.company.id,
                }
            )
            rules = self.case.rule | self.case.cost_rule
            rules.write({"currency_id": francs.id})

    def _set_up_time(self):
        terms, rule = self.terms, self.case.rule
        values = {
            "price_unit": 111.11,
            "detail": terms["detail"],
            "discount": terms["discount"],
            "minimum_fee": terms["minimum"],
            "rate_ids": [
                Command.create(
                    {
                        "employee_id": self.case.ann.id,
                        "price_unit": 120,
                        "date_from": "2026-03-10",
                        "daily_limit": 8 if terms["overtime"] else 0,
                        "overtime_multiplier": 1.5 if terms["overtime"] else 1,
                    }
                )
            ],
        }
        if terms["scope"]:
            values |= {"increment_minutes": 15, "increment_scope": terms["scope"]}
        if terms["tier"]:
            values["tier_ids"] = [
                Command.create({"hours_from": 10, "price_unit": 90, "discount": 5})
            ]
        if terms["hours"]:
            values["allowance_rule_id"] = self._set_up_hours(terms["hours"]).id
        rule.write(values)

    def _set_up_hours(self, how):
        if how == "retainer":
            return self._rule(
                kind="recurring",
                name="Retainer",
                recurring_price=500,
                included_hours=5,
                rollover_hours=2,
                rollover_periods=1,
            )
        return self._rule(
            kind="advance",
            name="Pack",
            advance_type="hours",
            pack_hours=6,
            pack_price=600,
            overage_policy="next_pack" if how == "next_pack" else "rate",
        )

    def _set_up_fixed(self):
        self.contract = self._rule(
            kind="milestone", contract_amount=self.terms["contract"]
        )
        self.progress = self._rule(kind="progress", contract_amount=2000.01)

    def _set_up_deductions(self):
        terms = self.terms
        self.deposit = self.retention = self.case.rule.browse()
        if terms["deposit"]:
            self.deposit = self._rule(
                kind="advance",
                name="Deposit",
                advance_consumption=terms["deposit"],
                advance_basis="percentage",
                advance_percentage=30,
            )
        if terms["retention"]:
            self.retention = self._rule(
                kind="retention",
                name="Retention",
                retention_percentage=terms["retention"],
                retention_on_cost=True,
                retention_on_manual=True,
                retention_release_ids=[
                    Command.create(values)
                    for values in (
                        {"percentage": 50, "milestone_id": self.milestones[-1].id},
                        {"percentage": 50, "date": RELEASE_DAY},
                    )
                ],
            )

    def _set_up_cap(self):
        caps = self.env["project.billing.cap"]
        if not self.terms["cap"]:
            return caps
        return caps.create(
            {
                "name": "PO 4711",
                "company_id": self.case.company.id,
                "currency_id": self.case.rule.currency_id.id,
                "rule_ids": [Command.set(self.case.rule.ids)],
                "limit_amount": 1000,
                "policy": self.terms["cap"],
            }
        )
