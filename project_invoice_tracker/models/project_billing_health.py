"""Integrity checks (*Billing Health*): each invariant, checked in the database."""

import time

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..const import BILLING_MANAGER
from ..exceptions import BillingError
from .health_checks import CHECKS

#: So many findings of a check are kept by name; all of them are counted.
KEPT = 50
#: Counts all findings of a company, and returns the first of them.
SAMPLE = """
    WITH found AS MATERIALIZED (%(query)s)
    SELECT company_id, total, res_id, found, expected
      FROM (SELECT *, count(*) OVER (PARTITION BY company_id) AS total,
                   row_number() OVER (PARTITION BY company_id ORDER BY res_id) AS number
              FROM found) AS numbered
     WHERE number <= %(kept)s
     ORDER BY company_id, number
"""


class ProjectBillingHealth(models.Model):
    """The last result of one integrity check in one company."""

    _name = "project.billing.health"
    _inherit = ["project.billing.guard", "mail.thread", "mail.activity.mixin"]
    _description = "Billing Health"
    _order = "count desc, sequence, company_id"
    _rec_name = "name"
    _engine_owned = True

    code = fields.Char(required=True, readonly=True, export_string_translation=False)
    sequence = fields.Integer(readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    name = fields.Char(compute="_compute_texts", string="Check")
    advice = fields.Char(compute="_compute_texts", string="What to Do")
    invariants = fields.Char(compute="_compute_texts")
    can_repair = fields.Boolean(compute="_compute_texts")
    state = fields.Selection(
        [("good", "Good"), ("bad", "Needs attention"), ("broken", "Not checked")],
        compute="_compute_state",
        store=True,
    )
    count = fields.Integer(string="Findings", readonly=True)
    error = fields.Char(readonly=True, help="Why it could not be checked.")
    date = fields.Datetime(string="Last Check", readonly=True)
    seconds = fields.Float(readonly=True, digits=(12, 3))
    finding_ids = fields.One2many(
        "project.billing.health.finding", "health_id", readonly=True
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code, company_id)", "A check has one result per company."
    )

    # === COMPUTE ===

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for health in self:
            check = CHECKS.get(health.code)
            health.name = self.env._(check.name) if check else health.code
            health.advice = check and self.env._(check.advice)
            health.invariants = check and check.invariants
            health.can_repair = bool(check and check.repair)

    @api.depends("count", "error")
    def _compute_state(self):
        for health in self:
            if health.error:
                health.state = "broken"
            else:
                health.state = "bad" if health.count else "good"

    # === ACTIONS ===

    def action_check_all(self):
        """Run all checks now for the companies of the user, whatever is selected.

        :returns: True
        :raises AccessError: for anybody but a billing administrator
        """
        self._check_administrator()
        self._engine()._run_checks(CHECKS, self.env.companies)
        return True

    def action_check(self):
        """Run these checks again.

        :returns: True
        """
        self._check_some()
        codes = [code for code in CHECKS if code in self.mapped("code")]
        self._engine()._run_checks(codes, self.company_id)
        return True

    def action_repair(self):
        """Repair all that these checks find, where that is safe.

        :returns: True
        :raises BillingError: for a check whose findings a person has to judge
        """
        self._check_some()
        for health in self:
            check = CHECKS.get(health.code)
            if not check or not check.repair:
                raise BillingError(
                    self.env._(
                        "“%(check)s” cannot be repaired by itself. %(advice)s",
                        check=health.name,
                        advice=health.advice or "",
                    )
                )
            health._engine()._repair(check)
        return True

    def action_open_records(self):
        """Open the records that these checks found, as far as they are stored."""
        self.ensure_one()
        self._check_some()
        check = CHECKS.get(self.code)
        if not check or not check.model:
            raise BillingError(self.env._("There is no record to open."))
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": check.model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.finding_ids.mapped("res_id"))],
        }

    # === RIGHTS ===

    def _check_administrator(self):
        if not self.env.user.has_group(BILLING_MANAGER):
            raise AccessError(
                self.env._("Only a billing administrator may check Billing health.")
            )

    def _check_some(self):
        if not self:
            raise BillingError(self.env._("Choose at least one check."))
        self._check_administrator()
        self.check_access("read")

    # === CHECKING ===

    def _run_checks(self, codes, companies):
        """Run checks and keep their results (engine only).

        :param codes: keys of :data:`health_checks.CHECKS`
        :param companies: whose results are kept; what others have is left as it is
        """
        self.env.flush_all()
        known = {
            (health.code, health.company_id.id): health
            for health in self.search([("company_id", "in", companies.ids)])
        }
        missing = [
            {"code": code, "company_id": company.id, "sequence": number}
            for number, code in enumerate(CHECKS)
            for company in companies
            if code in codes and (code, company.id) not in known
        ]
        for health in self.create(missing):
            known[health.code, health.company_id.id] = health
        for code in codes:
            self._run_check(CHECKS[code], {c.id: known[code, c.id] for c in companies})

    def _run_check(self, check, results):
        """Run one check; if it fails with an error, the others still run.

        :param results: ``{company id: its row}``
        """
        started, error, found = time.monotonic(), False, {}
        try:
            with self.env.cr.savepoint():
                found = self._find(check)
        except Exception as problem:  # whatever it is, it is shown on the check
            words = str(problem).splitlines()
            error = words[0] if words else type(problem).__name__
        seconds = time.monotonic() - started
        for company_id, health in results.items():
            rows = found.get(company_id, [])
            health.finding_ids.unlink()
            health.write(
                {
                    "count": rows[0]["total"] if rows else 0,
                    "error": error,
                    "date": fields.Datetime.now(),
                    "seconds": seconds,
                }
            )
            self.env["project.billing.health.finding"].create(
                health._prepare_findings(check, rows)
            )

    def _find(self, check):
        """Return ``{company id: rows}``: the first findings, and how many there are."""
        if check.method:
            return self._find_by_method(check)
        query = SQL(SAMPLE, query=self._query(check), kept=KEPT)
        found = {}
        for row in self.env.execute_query_dict(query):
            found.setdefault(row["company_id"], []).append(row)
        return found

    def _find_by_method(self, check):
        names = ("res_id", "company_id", "found", "expected")
        found = {}
        for row in getattr(self, check.method)():
            found.setdefault(row[1], []).append(dict(zip(names, row, strict=True)))
        for rows in found.values():
            for row in rows:
                row["total"] = len(rows)
        return {company_id: rows[:KEPT] for company_id, rows in found.items()}

    def _found_ids(self, check):
        """Return the ids of all records that a check finds in this company."""
        self.env.flush_all()
        if check.method:
            rows = getattr(self, check.method)()
            return [row[0] for row in rows if row[1] == self.company_id.id]
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT res_id FROM (%s) AS found WHERE company_id = %s",
                self._query(check),
                self.company_id.id,
            )
        )
        return [res_id for (res_id,) in rows]

    def _prepare_findings(self, check, rows):
        """Return the values of the findings of this check, in words."""
        records = self.env[check.model or "res.company"]
        records = records.browse([row["res_id"] for row in rows if row["res_id"]])
        names = {record.id: record.display_name for record in records.exists()}
        return [
            {
                "health_id": self.id,
                "model": check.model,
                "res_id": row["res_id"],
                "name": names.get(row["res_id"], False),
                "found": row["found"],
                "expected": row["expected"],
            }
            for row in rows
        ]
