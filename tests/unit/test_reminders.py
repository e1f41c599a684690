"""Which reminder is due and which comes next, where instalments and levels cross."""

from datetime import date
from decimal import Decimal

from odoo.addons.project_invoice_tracker.billing.reminders import (
    Instalment,
    Level,
    next_reminder,
    reminder_due,
)

BEFORE, FIRST, SECOND = LEVELS = [Level(1, -3), Level(2, 7), Level(3, 21)]
#: Two instalments; on March 22nd one is 21 days late, and the other 7.
EARLY = Instalment(date(2026, 3, 1), Decimal(60))
LATE = Instalment(date(2026, 3, 15), Decimal(40))
BOTH = date(2026, 3, 22)


def test_before_is_also_on_the_due_date():
    found = reminder_due(LEVELS, [EARLY], EARLY.due)
    assert (found.level, found.amount) == (BEFORE.id, 60)
    assert reminder_due(LEVELS, [EARLY], date(2026, 3, 2)) is None


def test_highest_level_of_all_instalments():
    for parts in ([EARLY, LATE], [LATE, EARLY]):
        found = reminder_due(LEVELS, parts, BOTH)
        assert (found.level, found.due, found.amount) == (SECOND.id, EARLY.due, 100)


def test_paid_instalments_reach_no_level():
    for amount in (Decimal(0), Decimal(-5)):
        found = reminder_due(LEVELS, [EARLY._replace(amount=amount), LATE], BOTH)
        assert (found.level, found.due, found.amount) == (
            FIRST.id,
            LATE.due,
            amount + LATE.amount,
        )


def test_level_that_was_moved_is_not_sent_again():
    """It went out on its seventh day, and is on the tenth since then."""
    moved = [FIRST._replace(days=10)]
    past = {"last": date(2026, 3, 8), "sent": frozenset({(FIRST.id, EARLY.due)})}
    tenth = date(2026, 3, 11)
    assert reminder_due(moved, [EARLY], tenth, last=past["last"]).level == FIRST.id
    assert reminder_due(moved, [EARLY], tenth, **past) is None
    assert next_reminder(moved, [EARLY], date(2026, 3, 9), **past) is None


def test_next_is_the_first_day_and_its_highest_level():
    for parts in ([EARLY, LATE], [LATE, EARLY]):
        found = next_reminder(LEVELS, parts, date(2026, 3, 2))
        assert found == (date(2026, 3, 8), FIRST.id)
        past = {"last": date(2026, 3, 13)}
        assert next_reminder(LEVELS, parts, date(2026, 3, 16), **past) == (
            BOTH,
            SECOND.id,
        )


def test_next_is_not_today_after_the_reminder_of_today():
    """The other instalment reached a lower level on the same day."""
    past = {"last": BOTH, "sent": frozenset({(SECOND.id, EARLY.due)})}
    found = next_reminder(LEVELS, [EARLY, LATE], BOTH, **past)
    assert found == (date(2026, 4, 5), SECOND.id)
