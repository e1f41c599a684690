"""Covering work with included and prepaid hours, and keeping the balances."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..billing.allowances import booked, cover
from ..billing.rounding import exact
from ..billing.statements import statements
from ..engine import QUIET
from .project_billing_allowance import ACCOUNT_COLUMNS
from .sql_bulk import update_rows

#: What the items of work say they use, in the order of the work.
USED = """
    SELECT item.date, item.allowance_id, item.quantity_covered AS minutes
      FROM project_billing_item item
      JOIN project_billing_allowance allowance ON allowance.id = item.allowance_id
     WHERE allowance.rule_id = %s AND item.quantity_covered <> 0
     ORDER BY item.date, item.analytic_line_id, item.part
"""

DROP_EMPTY = """
    DELETE FROM project_billing_allowance allowance
     WHERE project_id IN %s AND minutes_granted = 0 AND minutes_rolled_in = 0
       AND NOT EXISTS (SELECT FROM project_billing_item item
                        WHERE item.allowance_id = allowance.id)
"""


class ProjectBillingAllowance(models.Model):
    """An hour balance that covers the work of time rules."""

    _inherit = "project.billing.allowance"

    @api.model
    def _cover(self, source, usages, others=()):
        """Return which hours of a rule cover which work.

        Creates the rows that are needed up to the last day of work (and packs, when the
        rule sells the next one automatically) and writes the balance of every row. The
        caller stores the answer on its items: the parts of an entry are ``covered``
        (``quantity`` 0, ``quantity_covered``, ``allowance_id``) or charged.

        :param source: a retainer, or a rule that sells packs of hours
        :param usages: all work that draws on it, by any rule, as list of
            :class:`billing.allowances.Usage`; ``id`` is that of the time entry, and
            ``parts`` are set for entries that a request or an invoice holds only,
            with the id of an allowance, or ``None`` for what is charged
        :param others: further work in use, which counts when it draws on the hours
        :returns: ``{entry id: [(allowance id or None, minutes)]}``
        """
        # sudo: hours are covered whoever logs the time
        self, source = self.sudo(), source.sudo()
        last = max((usage.day for usage in usages), default=None)
        rows = self._store_rows(source, last)
        row_ids = {row["id"] for row in rows.values()}
        usages = [
            *usages,
            *(u for u in others if any(key in row_ids for key, _minutes in u.parts)),
        ]
        held = defaultdict(int)
        for usage in usages:
            for row_id, minutes in usage.parts or ():
                held[row_id] += minutes
        packs = _Packs(self, source, rows, held)
        found = cover(self._grants(source, packs.sold, held), usages, packs.more)
        packs.finish()
        self._write_accounts(source, found.grants, found.used)
        return found.parts

    @api.model
    def _drop_empty(self, projects):
        """Delete rows that grant nothing any more and that no item refers to."""
        self.env.cr.execute(SQL(DROP_EMPTY, tuple(projects.ids)))
        if self.env.cr.rowcount:
            self._forget()

    @api.model
    def _read_used(self, source):
        return self.env.execute_query_dict(SQL(USED, source.id))

    @api.model
    def _refresh(self, source):
        """Bring the rows of a rule and their balances up to date.

        :param source: a retainer, or a rule that sells packs of hours
        """
        # sudo: the account follows the calendar and the rule, whoever changed it
        self = self.sudo()
        rows = self._store_rows(source)
        if not rows:
            return
        used = [
            (row["date"], row["allowance_id"], exact(row["minutes"]))
            for row in self._read_used(source)
        ]
        held = defaultdict(int)
        for _day, row_id, minutes in used:
            held[row_id] += minutes
        grants = self._grants(source, rows.values(), held)
        self._write_accounts(source, grants, booked(used))

    @api.model
    def _write_accounts(self, source, grants, used):
        """Write the balances of all rows that changed, in one statement."""
        self.flush_model()
        accounts = statements(grants, used, source._billing_today())
        names = SQL(", ").join(SQL.identifier(name) for name in ACCOUNT_COLUMNS)
        stored = {
            row[0]: tuple(exact(minutes) for minutes in row[1:])
            for row in self.env.execute_query(
                SQL(
                    "SELECT id, %s FROM project_billing_allowance WHERE rule_id = %s",
                    names,
                    source.id,
                )
            )
        }
        wanted = {
            row_id: (*vars(account).values(), account.balance)
            for row_id, account in accounts.items()
        }
        changed = [
            (row_id, *row) for row_id, row in wanted.items() if stored[row_id] != row
        ]
        update_rows(self, ACCOUNT_COLUMNS, changed)
        if changed:
            self._forget()
            self._warn(source)

    @api.model
    def _warn(self, source):
        """Warn the project manager, once per pack, that few hours are left."""
        if not source._sells_hours() or not source.pack_warning_percent:
            return
        manager = source.project_id.user_id
        rows = self.search([("rule_id", "=", source.id)]).filtered("minutes_granted")
        rows = rows._current().sorted("number")
        last = rows[-1:]
        limit = last.minutes_granted * source.pack_warning_percent / 100
        if not last or last.warned or sum(rows.mapped("minutes_balance")) >= limit:
            return
        if not manager:
            return
        last._engine().warned = True
        source.project_id.with_context(
            mail_activity_quick_update=True, **QUIET
        ).activity_schedule(
            "project_invoice_tracker.mail_activity_type_allowance",
            user_id=manager.id,
            summary=self.env._(
                "%(rule)s: %(balance)s left",
                rule=source.name,
                balance=source.allowance_balance,
            ),
        )


class _Packs:
    """The packs of a rule while its work is covered; more are sold if needed."""

    def __init__(self, model, source, rows, held):
        self.model = model
        self.source = source
        self.rows = list(rows.values())
        self.free = []
        if source._sells_hours():
            billed = model._held_packs(source)
            self.free = [
                row
                for row in self.rows
                if row["number"] > source.pack_count
                and row["number"] not in billed
                and not held.get(row["id"])
            ]
        self.sold = [row for row in self.rows if row not in self.free]
        self.changed = False

    def more(self, day):
        """Sell the next pack for the work of a day; return its grant, or ``None``."""
        source = self.source
        if (
            not source._sells_hours()
            or source.overage_policy != "next_pack"
            or not source.active
            or day < source.date_start
            or (source.date_end and day > source.date_end)
        ):
            return None
        number = max([0, *(row["number"] for row in self.sold)]) + 1
        end = source._pack_end(day)
        values = {
            "number": number,
            "period_start": day,
            "period_end": end,
            "valid_until": end,
            "minutes_granted": source._included_in_pack(),
        }
        known = [row for row in self.free if row["number"] == number]
        self.free = [row for row in self.free if row not in known]
        self.changed = self.changed or not known
        row = self.model._sell_pack(source, values, *known)
        self.sold.append(row)
        return self.model._grants(source, [row], {})[0]

    def finish(self):
        """Remove packs that no work needs any more; create the items of sold ones."""
        self.model._drop_rows([row["id"] for row in self.free])
        if self.changed or self.free:
            kind = self.model.env["project.billing.kind.advance"]
            kind._sync_pack_items(self.source)
