"""A time rule as pricing uses it: what it applies to, which rate wins, and why."""

from odoo.tools import format_amount

from ..billing import rates as rate_rules
from ..billing.pricing import Entry
from ..billing.rounding import LARGEST, exact
from ..billing.texts import described
from ..exceptions import BillingError
from .phrases import named, number


class TimeRule:
    """A rule with all that pricing an entry needs, read once for many entries."""

    def __init__(self, rule, rates):
        self.record = rule
        self.env = rule.env
        self.rates = rates
        self.increment = rule.increment_minutes
        self.method = rule.increment_method
        self.rounded_by = rule.increment_scope
        self.discount = exact(rule.discount)
        self.tiers = [tier._to_tier() for tier in rule.tier_ids]
        self.tasks = set(rule.task_ids.ids)
        self.people = set(rule.employee_ids.ids)
        self.picked = {}
        self.listed = {}
        self.list_hours = None
        self.no_list_rate = None
        self.adapter = rule._billing_tax_adapter()
        self.words = {}
        #: Ids of entries that wait whatever else happens.
        self.held_back = set()
        self.tasks_in_words = {}

    def matches(self, row):
        """Tell whether the rule applies to this time entry.

        The company of a project's rules bills all of its work, also that of people of
        another company: the entry and its cost stay with the other company.
        """
        rule = self.record
        return (
            rule.date_start <= row["date"]
            and (not rule.date_end or row["date"] <= rule.date_end)
            and (not self.tasks or row["task_id"] in self.tasks)
            and (not self.people or row["employee_id"] in self.people)
        )

    def entry(self, row, held=None):
        """Return the plain entry of a row, with the rate that won.

        :param held: minutes that are in use, if any are
        """
        try:
            minutes = exact(row["minutes"])
        except ValueError as error:
            raise self._no_number(row) from error
        if abs(minutes) > LARGEST:
            raise self._no_number(row)
        work = rate_rules.Work(
            day=row["date"],
            employee_id=row["employee_id"],
            job_id=row["job_id"],
            task_id=row["task_id"],
            tag_ids=frozenset(row["tag_ids"] or ()),
        )
        return Entry(row["id"], work, minutes, self.pick(work), held)

    def _no_number(self, row):
        return BillingError(
            self.env._(
                "The hours of “%(entry)s” must be a number.",
                entry=named(self.env, described(row["name"]) or str(row["id"])),
            )
        )

    def pick(self, work):
        """Return the rate that wins, the customer's price list last; or ``None``."""
        if work not in self.picked:
            rate = rate_rules.pick(self.rates, work)
            self.picked[work] = rate or self._listed_rate(work.day)
        return self.picked[work]

    def _listed_rate(self, day):
        """Return the price that the customer's price list has for the service."""
        if day not in self.listed:
            rule = self.record
            if self.list_hours is None:
                self.list_hours = rule._billing_list_hours()
            price, found, problem = rule._billing_list_price(
                day, 0.0 if self.list_hours else 1.0
            )
            self.no_list_rate = problem or self.no_list_rate
            self.listed[day] = None
            if found and price > 0 and not problem:
                self.listed[day] = rate_rules.Rate(
                    -1, price, scope="company", volume=self._volume(day, price)
                )
        return self.listed[day]

    def _volume(self, day, price):
        """Return from how many hours on the price list asks which price."""
        steps = [(exact(0), price)]
        for hours in self.list_hours:
            listed, found, _problem = self.record._billing_list_price(day, hours)
            if found and listed != steps[-1][1]:
                steps.append((hours, listed))
        return tuple(steps) if len(steps) > 1 else ()

    def explain(self, rate, employee_id):
        """Return ``(explanation, problem)``, in words, of the rate that won."""
        key = (rate.id, rate.price) if rate else (None, employee_id)
        if key not in self.words:
            self.words[key] = (
                (self._describe(rate), None)
                if rate
                else (None, self._no_rate(employee_id))
            )
        return self.words[key]

    def _no_rate(self, employee_id):
        if self.no_list_rate:
            return self.no_list_rate
        # sudo: the name of who worked
        person = self.env["hr.employee"].sudo().browse(employee_id).name
        if not person:
            return self.env._(
                "Time without an employee on project %(project)s has no rate. Enter "
                "the person on the time entries, or a price on the rule “%(rule)s”.",
                project=self.record.project_id.name,
                rule=self.record.name,
            )
        return self.env._(
            "No hourly rate for %(person)s under “%(rule)s”. Set one on the rule of "
            "project %(project)s, or for its customer or company.",
            person=person,
            rule=self.record.name,
            project=self.record.project_id.name,
        )

    def _describe(self, rate):
        """Return the price and where it was found, in words."""
        price = format_amount(self.env, float(rate.price), self.record.currency_id)
        if rate.id == -1 and rate.volume:
            return self.env._(
                "%s an hour, price list of the customer, for the hours of the line",
                price,
            )
        if rate.id == -1:
            return self.env._("%s an hour, price list of the customer", price)
        if not rate.id:
            return self.env._(
                "%(price)s an hour, rule %(rule)s", price=price, rule=self.record.name
            )
        # sudo: a rate that priced work the reader may see
        record = self.env["project.billing.rate"].sudo().browse(rate.id)
        per = self.env._("an hour")
        if rate.hours_per_day:
            per = self.env._(
                "a day of %s hours", number(self.env, float(rate.hours_per_day))
            )
        return self.env._(
            "%(price)s %(per)s, rate of %(whose)s%(since)s, %(scope)s",
            price=price,
            per=per,
            whose=record._whose(),
            since=self.env._(" from %s", rate.date_from) if rate.date_from else "",
            scope=record._scope_in_words(),
        )
