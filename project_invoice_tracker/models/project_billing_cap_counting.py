"""Caps: counting what is used, and refusing more in words."""

from odoo import models
from odoo.tools import SQL, format_amount, formatLang

from ..billing.rounding import exact, minutes_from_hours
from ..exceptions import BillingError
from .cap_sql import STORE_USED, USED


class ProjectBillingCap(models.Model):
    """A cap; undoing a credit note, for instance, may lead beyond it."""

    _inherit = "project.billing.cap"

    def _used_sql(self):
        """Return the query of what is used of these caps."""
        self.env["project.billing.line"].flush_model(["price_unit", "discount"])
        self.env["res.company"].flush_model(["tax_calculation_rounding_method"])
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return SQL(USED, caps=tuple(self.ids), digits=digits)

    def _refuse_over(self, amount, minutes):
        """Refuse to use more than the cap allows, before PostgreSQL does.

        :param amount: amount that would be used in all
        :param minutes: minutes that would be used in all
        :raises BillingError: naming the cap, what it allows and the remedy
        """
        limit = minutes_from_hours(self.limit_hours)
        too_much = self.limit_amount and exact(amount) > exact(self.limit_amount)
        if not (too_much or limit and exact(minutes) > limit):
            return
        allowed = [
            self.limit_amount
            and format_amount(self.env, self.limit_amount, self.currency_id),
            self.limit_hours and self._hours_in_words(self.limit_hours),
        ]
        wanted = [
            self.limit_amount
            and format_amount(self.env, float(amount), self.currency_id),
            self.limit_hours and self._hours_in_words(minutes / 60),
        ]
        raise BillingError(
            self.env._(
                "%(wanted)s would be billed under %(cap)s, which allows %(allowed)s: "
                "other work was billed under it meanwhile. Raise the cap, or take work "
                "out of a request or an invoice first.",
                wanted=", ".join(filter(None, wanted)),
                cap=self.name,
                allowed=", ".join(filter(None, allowed)),
            )
        )

    def _hours_in_words(self, hours):
        """Return hours as the language of the reader writes them, with two decimals."""
        return self.env._("%s h", formatLang(self.env, float(hours), digits=2))

    def _refresh_used(self):
        """Store what the slices on requests and invoices use of these caps."""
        if self:
            self.flush_model()
            used = self.env.execute_query(self._used_sql())
            for cap_id, amount, minutes in used:
                self.browse(cap_id)._refuse_over(amount, minutes)
            ids, amounts, minutes = zip(*used, strict=True)
            self.env.cr.execute(
                SQL(
                    STORE_USED,
                    ids=list(ids),
                    amounts=list(amounts),
                    minutes=list(minutes),
                )
            )
            self.invalidate_recordset()
            self._alert()
