"""Items of sources that were billed before the add-on was reinstalled (I10)."""

from decimal import Decimal

from odoo import api, models, tools
from odoo.tools import SQL

from ..billing.past import left_over
from ..billing.rounding import exact, money
from .currency_step import step_of

#: Written by the uninstallation (``hooks.py``), of no model, so that it stays.
PAST_TABLE = "project_invoice_tracker_billed"
#: What is on an invoice that was cancelled or credited in full counts no more.
STILL_BILLED = """
    (past.move_id IS NULL AND past.document IS NULL
     OR move.state <> 'cancel' AND coalesce(move.payment_state, '') <> 'reversed')
"""
DONE = """
    SELECT past.source_id, %(part)s, sum(past.quantity), max(move.name)
      FROM %(table)s past LEFT JOIN account_move move ON move.id = past.move_id
     WHERE past.source_field = %(field)s AND past.source_id = ANY(%(ids)s)
       AND %(counts)s
     GROUP BY 1, 2
"""
PERIODS = """
    SELECT past.project_id, past.period_start, past.period_end, move.name
      FROM %(table)s past LEFT JOIN account_move move ON move.id = past.move_id
     WHERE past.kind = 'recurring' AND past.project_id = ANY(%(projects)s)
       AND %(counts)s
"""


class ProjectBillingItem(models.Model):
    """An item, without what an earlier installation billed of its source."""

    _inherit = "project.billing.item"

    @api.model
    @tools.ormcache()
    def _has_past(self):
        """Tell whether an earlier installation left records of what it billed."""
        self.env.cr.execute(SQL("SELECT to_regclass(%s)", PAST_TABLE))
        return bool(self.env.cr.fetchone()[0])

    @api.model
    def _take_off_past(self, source_field, wanted, apart):
        """Return the wanted items less what was billed before.

        :param str source_field: the column that links an item to its source
        :param list wanted: values of items, see :meth:`_store_items`
        :param apart: each part of a source is billed by itself
        """
        if not wanted or not self._has_past():
            return wanted
        if source_field == "source_key":
            return self._take_off_periods(wanted)
        done = self._read_past(source_field, wanted, apart)
        result = []
        for values in sorted(wanted, key=lambda values: values["part"]):
            key = (values[source_field], values["part"] if apart else 0)
            if key in done:
                rest, document = done[key]
                recorded = exact(values["quantity_recorded"])
                # parts of one source use up what was billed of it, one by one
                used = min(rest, recorded, key=abs)
                done[key] = (rest - used, document)
                values = self._less_past(values, recorded, used, document)
            result.append(values)
        return result

    def _read_past(self, source_field, wanted, apart):
        """Return ``{(source id, part): (quantity as recorded, document)}``."""
        rows = self.env.execute_query(
            SQL(
                DONE,
                table=SQL.identifier(PAST_TABLE),
                part=SQL("past.part") if apart else SQL("0"),
                field=source_field,
                ids=list({values[source_field] for values in wanted}),
                counts=SQL(STILL_BILLED),
            )
        )
        return {(row[0], row[1]): (exact(row[2]), row[3]) for row in rows}

    def _less_past(self, values, recorded, used, document):
        """Return item values less what was billed before, with an explanation."""
        quantity = exact(values["quantity"])
        if values["unit"] == "minute" and used == money(recorded, Decimal(1)):
            # versions before 19.0.6.0.0 noted whole minutes
            used = recorded
        left = left_over(quantity, recorded, used)
        if left == quantity:
            return values
        currency = self.env["res.currency"].browse(values["currency_id"])
        share = left / quantity if quantity else Decimal(0)
        return {
            **values,
            "quantity": left,
            "amount": money(exact(values["amount"]) * share, step_of(currency)),
            "explanation": self._explain_past(document),
            "billed_before": not left,
        }

    def _take_off_periods(self, wanted):
        """Return the wanted periods; those billed before, even in part, are settled."""
        rows = self.env.execute_query(
            SQL(
                PERIODS,
                table=SQL.identifier(PAST_TABLE),
                projects=list({values["project_id"] for values in wanted}),
                counts=SQL(STILL_BILLED),
            )
        )
        result = []
        for values in wanted:
            first, last = values["period_start"], values["period_end"]
            for project_id, start, end, document in rows:
                if (
                    values["kind"] == "recurring"
                    and values["project_id"] == project_id
                    and start <= last
                    and end >= first
                ):
                    whole = exact(values["quantity"])
                    values = self._less_past(values, whole, whole, document)
                    break
            result.append(values)
        return result

    def _explain_past(self, document):
        if not document:
            return self.env._("Settled before the add-on was installed again")
        return self.env._(
            "Billed on %s, before the add-on was installed again", document
        )
