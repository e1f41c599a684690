"""Steps of the machine of all kinds: what people do before anything is billed."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from odoo.exceptions import UserError

from .kinds_world import TERMS, World

MINUTES = st.sampled_from(
    [1, 20, 45, 60, 90, 130, 210, 270, 480, 600, -15, -60, -200, -480]
)
PICK = st.integers(0, 7)
START = date(2026, 3, 2)
SHARES = st.sampled_from([0, 10, 25, 33.333, 50, 75, 100])
#: What was refused, and how often: a refusal that never changes is worth a look.
REFUSED = Counter()


LOGGED = precondition(lambda machine: machine.entries)
BILLED = precondition(lambda machine: machine.bills)


class Steps:
    """What all steps need: the world, picking, and trying a step in Odoo."""

    case = None  # the test whose fixtures are used
    calendar = None  # its frozen clock

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.savepoint = self.env.cr.savepoint()
        self.world = self.books = None
        self.entries = []
        self.bills = []
        self.today = START
        self.calendar.move_to(START)

    @initialize(terms=TERMS, minutes=MINUTES)
    def start(self, terms, minutes):
        self.world = World(self.case, terms)
        for person, worked in ((self.case.ann, 500), (self.case.bob, minutes)):
            entry = self.case._log(worked / 60, day=START, employee_id=person.id)
            self.entries.append(entry.id)
        self.bills.append(self.case._create_bill(99.99))

    def teardown(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _pick(self, candidates, number):
        """Return one of the candidates, or None."""
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
            assert len(str(error).split()) > 2, f"no sentence: {error!r}"
            REFUSED[" ".join(str(error).split())] += 1
            return error

    def _must(self, step):
        result = self._try(step)
        if isinstance(result, Exception):
            raise AssertionError(f"refused: {result}") from result
        return result


class SourceSteps(Steps):
    """Work is logged, rates and contracts change, milestones are reached."""

    @rule(
        minutes=MINUTES, back=st.integers(0, 40), bob=st.booleans(), task=st.booleans()
    )
    def log(self, minutes, back, bob, task=False):
        person = self.case.bob if bob else self.case.ann
        day = self.today - timedelta(days=back % 5 if minutes > 0 else 0)
        self.entries.append(
            self._must(
                lambda: self.case._log(
                    minutes / 60,
                    day=day,
                    employee_id=person.id,
                    task_id=task and self.world.task.id,
                )
            ).id
        )

    @LOGGED
    @rule(number=PICK, minutes=MINUTES, days=st.integers(-3, 3))
    def change(self, number, minutes, days):
        entry = self._entry(number)
        if entry:
            day = entry.date + timedelta(days=days)
            self._try(lambda: entry.write({"unit_amount": minutes / 60, "date": day}))

    @LOGGED
    @rule(number=PICK)
    def delete(self, number):
        entry = self._entry(number)
        if entry and self._try(entry.unlink) is True:
            self.entries.remove(entry.id)

    def _entry(self, number):
        entry_id = self._pick(self.entries, number)
        return self.env["account.analytic.line"].browse(entry_id or ())

    @rule(price=st.sampled_from([80, 99.99, 120]), what=st.integers(0, 2))
    def change_rate(self, price, what):
        """I22: open work is priced anew, nothing else."""
        if what == 0:
            self._must(lambda: self.case.rule.write({"price_unit": price}))
        elif what == 1:
            rate = self.case.rule.rate_ids
            self._must(lambda: rate.write({"price_unit": price}))
        else:
            discount = price % 10
            self._must(lambda: self.case.rule.write({"discount": discount}))

    @rule(
        amount=st.sampled_from([100, 145.05, 500, 999.99, 1500, 20000]),
        progress=st.booleans(),
    )
    def change_contract(self, amount, progress):
        contract = self.world.progress if progress else self.world.contract
        if not progress and not self.books.unheld.get(contract.id):
            self.world.exempt.add(contract.id)
        self._try(lambda: contract.write({"contract_amount": amount}))

    @rule(number=PICK, reached=st.sampled_from([True, True, False]))
    def reach(self, number, reached):
        milestone = self._pick(self.world.milestones, number)
        self._try(lambda: milestone.write({"is_reached": reached}))

    @rule(share=SHARES, back=st.integers(0, 20))
    def report(self, share, back):
        contract = self.world.progress.with_user(self.case.pm)
        day = self.today - timedelta(days=back)
        self._must(lambda: contract.report_progress(share, day))

    @precondition(lambda machine: machine.world and machine.world.progress.progress_ids)
    @rule(number=PICK, share=SHARES, remove=st.booleans())
    def change_report(self, number, share, remove):
        reports = self.world.progress.progress_ids.sorted("id").with_user(self.case.pm)
        report = self._pick(reports, number)
        if report:
            step = lambda: report.write({"percentage": share})  # noqa: E731
            self._try(report.unlink if remove else step)

    @rule(price=st.sampled_from([10, 99.99, 333.33]), back=st.booleans())
    def cost(self, price, back):
        """A vendor's bill, or the vendor takes one back."""
        if back and self.bills:
            bill = self.bills[int(price) % len(self.bills)]
            self._try(lambda: self.case._refund(bill))
        elif len(self.bills) < 3:
            self.bills.append(self._must(lambda: self.case._create_bill(price)))

    @BILLED
    @rule(number=PICK, post=st.booleans())
    def change_bill(self, number, post):
        bill = self._pick(self.bills, number)
        if bill:
            self._try(bill.action_post if post else bill.button_draft)

    @rule(days=st.sampled_from([1, 5, 10, 31, 100]))
    def wait(self, days):
        """The calendar moves on; the daily job looks at it."""
        if self.today < date(2027, 1, 1):
            self._go_to(self.today + timedelta(days=days))

    def _go_to(self, day):
        self.today = day
        self.calendar.move_to(day)
        rules = self.env["project.billing.rule"]
        self._must(lambda: [rules._cron_follow_calendar()])
