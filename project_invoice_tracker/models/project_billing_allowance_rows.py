"""The rows of hour balances: one per period of a retainer, one per pack."""

from odoo import api, models
from odoo.tools import SQL

from ..billing.allowances import Grant
from ..billing.periods import pro_rata
from ..billing.rounding import exact
from .sql_bulk import insert_rows, update_rows

PLAN_COLUMNS = (
    "rule_id",
    "project_id",
    "company_id",
    "number",
    "period_start",
    "period_end",
    "valid_until",
    "minutes_rollover",
    "minutes_granted",
)
KEY_COLUMNS = ("rule_id", "number", "period_start")
#: The account of hours that nobody used yet.
UNUSED = dict.fromkeys(
    (
        "minutes_rolled_in",
        "minutes_used",
        "minutes_rolled_out",
        "minutes_expired",
    ),
    exact(0),
)
#: The packs that a request or an invoice holds, by the key of their items.
HELD_PACKS = """
    SELECT source_key FROM project_billing_item
     WHERE rule_id = %s AND kind = 'advance' AND quantity_open <> quantity
       AND source_key IS NOT NULL
"""
#: What nobody grants any more goes; while work names it, it stays without hours.
EMPTY_ROWS = """
    UPDATE project_billing_allowance
       SET minutes_granted = 0, minutes_rolled_in = 0, minutes_used = 0,
           minutes_rolled_out = 0, minutes_expired = 0, minutes_balance = 0,
           minutes_rollover = 0
     WHERE id IN %s
"""
DROP_ROWS = """
    DELETE FROM project_billing_allowance allowance WHERE id IN %s
       AND NOT EXISTS (SELECT FROM project_billing_item item
                        WHERE item.allowance_id = allowance.id)
"""


class ProjectBillingAllowance(models.Model):
    """An hour balance that follows its rule until it is billed."""

    _inherit = "project.billing.allowance"

    @api.model
    def _store_rows(self, rule, until=None):
        """Create, update or delete the rows of a rule, as it grants hours.

        :param rule: a retainer, or a rule that sells packs of hours
        :param until: there are rows at least up to this day
        :returns: ``{(number, first day): row}``, plain rows with their ids
        """
        existing = self._read_rows(rule)
        if rule.kind == "recurring":
            wanted, kept = self._wanted_periods(rule, existing, until)
        else:
            wanted, kept = self._wanted_packs(rule, existing)
        self._write_plan(rule, existing, wanted, kept)
        return self._read_rows(rule)

    @api.model
    def _read_rows(self, rule):
        """Return ``{(number, first day): row}`` of a rule, as plain rows."""
        self.flush_model()
        names = ("id", *PLAN_COLUMNS)
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM project_billing_allowance WHERE rule_id = %s"
                " ORDER BY number, period_start",
                SQL(", ").join(SQL.identifier(name) for name in names),
                rule.id,
            )
        )
        for row in rows:
            for name in ("minutes_rollover", "minutes_granted"):
                row[name] = exact(row[name])
        return {(row["number"], row["period_start"]): row for row in rows}

    @api.model
    def _wanted_periods(self, rule, existing, until):
        """Return ``(wanted rows, keys of rows that stay)`` of a retainer.

        Hours of a period may be used in as many periods after it as the rule says, as
        long as the retainer goes on.
        """
        held = self.env["project.billing.kind.recurring"]._held_periods(rule)[rule.id]
        plan = rule._recurring_plan(held, until)
        included, rollover = rule._included_minutes()
        ends = sorted([period.end for period in plan] + [end for _start, end in held])
        wanted = {}
        for period in plan:
            # a part of a period is whole minutes, and a whole one what was agreed
            minutes = (
                included if period.share == 1 else pro_rata(included, period.share)
            )
            last = ends.index(period.end) + rule.rollover_periods
            if minutes:
                wanted[0, period.start] = self._plan_row(
                    rule,
                    period_start=period.start,
                    period_end=period.end,
                    valid_until=ends[min(last, len(ends) - 1)]
                    if rollover
                    else period.end,
                    minutes_rollover=rollover,
                    minutes_granted=minutes,
                )
        kept = {key for key in existing if key[1] in {start for start, _end in held}}
        return wanted, kept

    @api.model
    def _wanted_packs(self, rule, existing):
        """Return ``(wanted rows, keys of rows that stay)`` of a rule that sells packs.

        Packs that were added for work beyond the others stay until :meth:`_cover` finds
        that they are not needed.
        """
        minutes = rule._included_in_pack()
        held = self._held_packs(rule)
        declared = rule.pack_count if rule._sells_hours() and rule.active else 0
        sold = {
            row["number"]: row["period_start"]
            for row in existing.values()
            if row["minutes_granted"]
        }
        today = max(rule._billing_today(), rule.date_start)
        wanted = {}
        for number in range(1, max([declared, *held]) + 1):
            first = today if sold else rule.date_start
            day = rule.date_start if number == 1 else sold.get(number, first)
            wanted[number, day] = self._plan_row(
                rule,
                number=number,
                period_start=day,
                period_end=rule._pack_end(day),
                valid_until=rule._pack_end(day),
                minutes_granted=minutes,
            )
        automatic = declared and rule.overage_policy == "next_pack"
        kept = {
            (number, day)
            for (number, day), row in existing.items()
            if number in held
            or (automatic and number > declared and row["minutes_granted"])
        }
        return {key: row for key, row in wanted.items() if key[0] not in held}, kept

    @api.model
    def _held_packs(self, rule):
        """Return the numbers of the packs that a request or an invoice holds."""
        rows = self.env.execute_query(SQL(HELD_PACKS, rule.id))
        keys = [key.split("/") for (key,) in rows]
        return [int(key[2]) for key in keys if key[1] == "pack"]

    @api.model
    def _plan_row(self, rule, **values):
        return {
            **dict.fromkeys(PLAN_COLUMNS),
            "rule_id": rule.id,
            "project_id": rule.project_id.id,
            "company_id": rule.company_id.id,
            "number": 0,
            "minutes_rollover": exact(0),
            **values,
        }

    @api.model
    def _write_plan(self, rule, existing, wanted, kept):
        """Insert, update and drop rows, by one statement each."""
        missing = [row for key, row in wanted.items() if key not in existing]
        insert_rows(
            self,
            (*PLAN_COLUMNS, *UNUSED, "minutes_balance"),
            [
                (*row.values(), *UNUSED.values(), row["minutes_granted"])
                for row in missing
            ],
        )
        terms = [name for name in PLAN_COLUMNS if name not in KEY_COLUMNS]
        changed = []
        for key, row in wanted.items():
            stored = existing.get(key)
            if stored and key not in kept:
                if any(stored[name] != row[name] for name in terms):
                    account = (*UNUSED.values(), row["minutes_granted"])
                    columns = (row[name] for name in terms)
                    changed.append((stored["id"], *columns, *account))
        # the account adds up at once, and is written for good afterwards
        update_rows(self, (*terms, *UNUSED, "minutes_balance"), changed)
        self._drop_rows(
            [r["id"] for key, r in existing.items() if key not in kept | wanted.keys()]
        )
        if missing or changed:
            self._forget()

    @api.model
    def _drop_rows(self, row_ids):
        """Delete rows that the rule does not grant any more."""
        if row_ids:
            self.env.cr.execute(SQL(EMPTY_ROWS, tuple(row_ids)))
            self.env.cr.execute(SQL(DROP_ROWS, tuple(row_ids)))
            self._forget()

    @api.model
    def _sell_pack(self, rule, values, row=None):
        """Create the row of a pack that work needs, or change one; return it."""
        values = {**values, **UNUSED, "minutes_balance": values["minutes_granted"]}
        if row:
            record = self._engine().browse(row["id"])
            record.write(values)
        else:
            record = self._engine().create({**self._plan_row(rule), **values})
        record.flush_recordset()
        return {**self._plan_row(rule), **values, "id": record.id}

    @api.model
    def _grants(self, rule, rows, used):
        """Return the :class:`billing.allowances.Grant` of each row.

        :param used: ``{row id: minutes}`` in use, which stay granted
        """
        return [
            Grant(
                row["id"],
                row["period_start"] if not row["number"] else rule.date_start,
                row["period_end"],
                max(row["minutes_granted"], used.get(row["id"], exact(0))),
                row["minutes_rollover"],
                row["valid_until"] if row["valid_until"] != row["period_end"] else None,
            )
            for row in rows
        ]
