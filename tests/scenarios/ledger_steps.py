"""Steps of the ledger machine: time is logged, changed and deleted."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from odoo import Command
from odoo.exceptions import UserError

from .ledger_model import LedgerModel
from .ledger_records import LATER, Entry

#: 25 and 89 seconds, and 0.33 hours as a person types them, among whole minutes.
SECONDS = [Decimal("0.416667"), Decimal("1.483333"), Decimal("19.8")]
WORK = [1, 20, 45, 60, 90, 130, 210, 270, 480, *SECONDS]
BACK = [-15, -60, -130, -480, Decimal("-1.483333")]
MINUTES = st.sampled_from([*WORK, *BACK]).map(Decimal)
DETAILS = ["project", "task", "person", "task_person", "day", "entry"]
DAYS = st.integers(0, 3).map(lambda n: date(2026, 3, 2) + timedelta(days=n))
PICK = st.integers(0, 7)


def when(*states):
    """Offer a step only while a request is in one of these states.

    A state with a dot is that of an invoice: ``invoiced.posted``.
    """
    return precondition(lambda machine: machine._in_state(*states))


class Steps:
    """What all steps need: picking, and trying a step in Odoo."""

    case = None  # the test whose fixtures are used

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.savepoint = self.env.cr.savepoint()
        self.model = None

    def teardown(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _pick(self, candidates, number):
        """Return one of the candidates, or None."""
        candidates = list(candidates)
        return candidates[number % len(candidates)] if candidates else None

    def _try(self, step):
        """Take a step in Odoo; a refusal leaves nothing behind.

        Only sentences for people are let through: anything else fails the test.
        """
        try:
            with self.env.cr.savepoint():
                result = step()
                self.env.flush_all()
                return result
        except UserError as error:
            self.env.invalidate_all()
            return error

    def _must(self, step):
        result = self._try(step)
        if isinstance(result, Exception):
            raise AssertionError(f"refused: {result}") from result
        return result

    def _must_unless_archived(self, record, step):
        """I31: what could not be posted is named first; active again, it goes on."""
        service = self.case.service
        if not service.active and service in record.sudo().line_ids._live().product_id:
            self._must_not(step)
            service.active = True
        return self._must(step)

    def _must_not(self, step):
        result = self._try(step)
        assert isinstance(result, UserError), "not refused"
        assert str(result).strip()

    def _requests(self, *states):
        return [r for r in self.model.requests if r.state in states]

    def _in_state(self, *states):
        return self.model is not None and any(
            request.state in states
            or f"{request.state}.{request.invoice_state}" in states
            for request in self.model.requests
        )

    def _record(self, request):
        requests = self.env["project.billing.request"].with_user(self.case.pm)
        return requests.browse(request.id)

    def _invoice(self, request):
        return request.invoice.with_user(self.case.accountant)


class TimeSteps(Steps):
    """People log, mend and delete time; the rate changes."""

    @initialize(
        detail=st.sampled_from(DETAILS),
        increment=st.sampled_from([0, 0, 15]),
        later_price=st.sampled_from([None, 110]),
    )
    def start(self, detail, increment, later_price):
        self.model = LedgerModel(detail, increment, later_price)
        self.case.rule.write({"detail": detail, "increment_minutes": increment})
        if later_price:
            rate = {"price_unit": later_price, "date_from": LATER}
            self.case.rule.rate_ids = [Command.create(rate)]
        task = {"name": "Task", "project_id": self.case.project.id}
        self.task = self.env["project.task"].create(task)

    @rule(minutes=MINUTES, day=DAYS, bob=st.booleans(), tasked=st.booleans())
    def log(self, minutes, day, bob, tasked):
        bob = bob and self.case.bob.active  # nobody logs for who is archived
        person = self.case.bob if bob else self.case.ann
        task = self.task.id if tasked else False
        entry = self.case._log(
            float(minutes / 60), day=day, employee_id=person.id, task_id=task
        )
        self.model.entries[entry.id] = Entry(
            entry.id,
            self.model.billable(minutes),
            day,
            person.id,
            self.model.price_on(day),
            task,
            recorded=minutes,
        )

    @rule(number=PICK, minutes=MINUTES, day=DAYS)
    def change(self, number, minutes, day):
        entry = self._pick(self._time(), number)
        if not entry:
            return
        record = self.env["account.analytic.line"].browse(entry.id)
        values = {"unit_amount": float(minutes / 60), "date": day}
        if self.model.is_closed(entry):
            values["unit_amount"] += 0.5
            self._must_not(lambda: record.write(values))
            return
        self._must(lambda: record.write(values))
        entry.minutes, entry.recorded = self.model.billable(minutes), minutes
        entry.day, entry.price = day, self.model.price_on(day)

    @rule(number=PICK)
    def delete(self, number):
        entry = self._pick(self._time(), number)
        if not entry:
            return
        record = self.env["account.analytic.line"].browse(entry.id)
        if self.model.is_closed(entry):
            self._must_not(record.unlink)
            return
        self._must(record.unlink)
        del self.model.entries[entry.id]

    @rule(price=st.sampled_from([80, 100, 120]))
    def change_rate(self, price):
        self.case.rule.price_unit = self.model.price = price
        self.model.reprice_what_came_back()

    @rule(archive=st.booleans())
    def archive(self, archive):
        """I31: what is archived changes nothing that was recorded."""
        self.case.bob.active = not archive
        self.case.service.active = not archive

    def _time(self):
        return [entry for entry in self.model.entries.values() if not entry.manual]
