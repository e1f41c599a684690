"""Dashboard: caps and hour balances that are running low."""

from odoo import models
from odoo.tools import SQL

from ..billing.periods import DAY
from .cockpit_sql import PACKS

#: Percentage of a cap from which it is shown, and share of hours left up to which.
NEAR_CAP = 70
NEAR_PACK = 0.3
#: Days before the last one on which prepaid hours may be used.
SOON = 30
MOST = 6
PACK_COLUMNS = (
    "rule_id",
    "project_id",
    "number",
    "period_start",
    "period_end",
    "minutes_granted",
    "minutes_rolled_in",
    "minutes_balance",
)


class ProjectBillingCockpit(models.AbstractModel):
    """Caps and hour balances that need a talk with the customer soon."""

    _inherit = "project.billing.cockpit"

    def _parts(self, scope):
        """Override to add caps and packs."""
        found = [*self._caps(scope), *self._packs(scope)]
        limits = sorted(found, key=lambda row: -row["percent"])[:MOST]
        return {**super()._parts(scope), "limits": limits}

    def _caps(self, scope):
        """Return the caps that are nearly or fully used."""
        caps = self.env["project.billing.cap"]
        if not caps.has_access("read"):
            return []
        domain = [
            ("company_id", "in", scope.companies),
            ("currency_id", "=", scope.currency.id),
        ]
        if len(scope.domain) > len(domain):
            domain.append(("rule_ids.project_id", "in", list(scope.projects)))
        near = caps.search(domain).filtered(lambda cap: cap.percent_used >= NEAR_CAP)
        return [
            {
                "type": "cap",
                "name": cap.name,
                "percent": round(cap.percent_used, 1),
                "left": scope.currency.round(
                    cap.limit_amount - cap.amount_used - cap.amount_open
                )
                if cap.limit_amount
                else cap.limit_hours - cap.hours_used - cap.hours_open,
                "unit": "amount" if cap.limit_amount else "hours",
                "project": "",
                "ends": False,
                "open": self._open(
                    cap.name, "project.billing.cap", [("id", "=", cap.id)]
                ),
            }
            for cap in near
        ]

    def _packs(self, scope):
        """Return the hour balances that are nearly used up, or that end soon."""
        accounts = "project.billing.allowance"
        if not self.env[accounts].has_access("read"):
            return []
        domain = [
            ("company_id", "in", scope.companies),
            ("project_id", "in", list(scope.projects)),
            ("period_start", "<=", scope.today),
            *("|", ("period_end", "=", False), ("period_end", ">=", scope.today)),
        ]
        query = SQL(
            PACKS,
            rows=self._visible(accounts, domain, PACK_COLUMNS),
            currency=scope.currency.id,
            share=NEAR_PACK,
            soon=scope.today + SOON * DAY,
            most=MOST,
        )
        return [
            {
                "type": "pack" if is_pack else "included",
                "name": name,
                "percent": round(100 - 100 * float(left / size), 1),
                "left": round(float(left), 2),
                "unit": "hours",
                "project": scope.projects[project].name,
                "ends": str(ends) if ends and is_pack else False,
                "open": self._open(name, accounts, [("rule_id", "=", rule)]),
            }
            for rule, project, name, left, size, is_pack, ends in (
                self.env.execute_query(query)
            )
        ]
