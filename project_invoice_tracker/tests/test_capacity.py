"""Capacity: the hours of Odoo's own intervals, for everybody at once."""

from datetime import date, datetime, time, timedelta

from pytz import timezone

from odoo import Command
from odoo.tests import tagged

from .common import BillingCommon

MONDAY = date(2026, 3, 2)
UNTIL = date(2026, 4, 12)


@tagged("post_install", "-at_install")
class TestCapacity(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usual = cls._create_calendar("Usual")
        cls.people = cls.env["hr.employee"]
        for number, (calendar, zone) in enumerate(
            (
                (cls.usual, "UTC"),
                (cls.usual, "America/Los_Angeles"),
                (cls._create_alternating(), "Europe/Brussels"),
                (cls._create_calendar("Nights", (20, 24)), "Asia/Tokyo"),
            )
        ):
            cls.people |= cls._hire(f"Person {number}", calendar, tz=zone)

    @classmethod
    def _create_calendar(cls, name, *shifts, **values):
        shifts = shifts or ((8, 12), (13, 17.5))
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Shift",
                                "dayofweek": str(weekday),
                                "hour_from": start,
                                "hour_to": end,
                                "day_period": "morning",
                            }
                        )
                        for weekday in range(5)
                        for start, end in shifts
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _create_alternating(cls):
        """Create a calendar with long days in one week and short ones in the next."""
        calendar = cls.env["resource.calendar"].create(
            {"name": "Alternating", "company_id": cls.company.id, "tz": "UTC"}
        )
        calendar.switch_calendar_type()
        for shift in calendar.attendance_ids.filtered("week_type"):
            if shift.week_type == "1" and shift.day_period == "afternoon":
                shift.hour_to = shift.hour_from + 1.25
        return calendar

    @classmethod
    def _hire(cls, name, calendar, **values):
        return cls.env["hr.employee"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "resource_calendar_id": calendar.id,
                "date_version": date(2026, 1, 1),
                **values,
            }
        )

    def _take_off(self, start, end, person=None, **values):
        """Take time off; the days are moments in UTC."""
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Off",
                "date_from": start,
                "date_to": end,
                "resource_id": person.resource_id.id if person else False,
                "calendar_id": False,
                "company_id": self.company.id,
                **values,
            }
        )

    def _hours(self, people=None, start=MONDAY, end=UNTIL, period="day"):
        """Return ``{(employee id, day): hours}``."""
        rows = self.env["project.billing.capacity"]._capacity(
            (people or self.people).ids, start, end, period
        )
        return {
            (row["employee_id"], row["date"]): round(row["hours"], 4)
            for row in rows
            if row["hours"]
        }

    def _by_odoo(self, people=None, start=MONDAY, end=UNTIL):
        """Return the same, from Odoo's own intervals."""
        hours = {}
        for person in people or self.people:
            zone = timezone(person.tz)
            resource = person.resource_id
            found = person.resource_calendar_id._work_intervals_batch(
                zone.localize(datetime.combine(start, time.min)),
                zone.localize(datetime.combine(end, time.max)),
                resource,
            )[resource.id]
            for begins, ends, _shift in found:
                key = (person.id, begins.date())
                spent = (ends - begins).total_seconds() / 3600
                hours[key] = round(hours.get(key, 0) + spent, 4)
        return hours

    def test_calendars(self):
        """Shifts, alternating weeks, midnight: as Odoo's own intervals say."""
        hours = self._hours()
        self.assertEqual(hours, self._by_odoo())
        first, *_others = self.people
        self.assertEqual(hours[first.id, MONDAY], 8.5)
        self.assertNotIn((first.id, MONDAY + timedelta(days=5)), hours)
        alternating = self.people[2]
        weeks = {
            sum(
                hours[alternating.id, MONDAY + timedelta(days=7 * week + day)]
                for day in range(5)
            )
            for week in range(4)
        }
        self.assertEqual(len(weeks), 2)

    def test_time_off(self):
        """Overlapping time off counts once, each on the clock of the person."""
        self._take_off(datetime(2026, 3, 4, 10), datetime(2026, 3, 6, 16))
        for person in self.people:
            self._take_off(datetime(2026, 3, 6, 9), datetime(2026, 3, 10, 11), person)
            self._take_off(
                datetime(2026, 3, 10, 10, 30), datetime(2026, 3, 10, 21), person
            )
        self._take_off(
            datetime(2026, 3, 12), datetime(2026, 3, 13), calendar_id=self.usual.id
        )
        # a training is work
        self._take_off(
            datetime(2026, 3, 16),
            datetime(2026, 3, 20),
            self.people[0],
            time_type="other",
        )
        hours = self._hours()
        self.assertEqual(hours, self._by_odoo())
        first = self.people[0]
        # 8 to 12 and 13 to 17.5 in UTC: until ten, then nothing for four days
        self.assertEqual(hours[first.id, date(2026, 3, 4)], 2)
        for day in (5, 6, 9, 10, 12):
            self.assertNotIn((first.id, date(2026, 3, day)), hours)
        self.assertEqual(hours[first.id, date(2026, 3, 16)], 8.5)

    def test_absent(self):
        """What is off and what is left are the calendar, in any period."""
        first = self.people[0]
        self._take_off(datetime(2026, 3, 4, 10), datetime(2026, 3, 9, 10), first)
        Capacity = self.env["project.billing.capacity"]
        for period, expected in (
            ("week", {date(2026, 3, 2): (19, 23.5), date(2026, 3, 9): (40.5, 2)}),
            ("month", {date(2026, 3, 1): (59.5, 25.5)}),
        ):
            rows = Capacity._capacity(first.ids, MONDAY, date(2026, 3, 15), period)
            self.assertEqual(
                {row["date"]: (row["hours"], row["hours_absent"]) for row in rows},
                expected,
            )

    def test_other_companies(self):
        """The holidays of another company are not ours."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        before = self._hours()
        leave = self._take_off(datetime(2026, 3, 3), datetime(2026, 3, 4))
        self.assertNotEqual(self._hours(), before)
        leave.company_id = other
        self.assertEqual(self._hours(), before)

    def test_versions(self):
        """Each day has the calendar of its version."""
        first = self.people[0]
        short = self._create_calendar("Short", (8, 12))
        first.create_version(
            {"date_version": date(2026, 3, 11), "resource_calendar_id": short.id}
        )
        hours = self._hours(first)
        self.assertEqual(hours[first.id, date(2026, 3, 10)], 8.5)
        self.assertEqual(hours[first.id, date(2026, 3, 11)], 4)

    def test_contract(self):
        """Nobody works before or after the contract, or after leaving."""
        person = self._hire(
            "Temporary",
            self.usual,
            contract_date_start=date(2026, 3, 4),
            contract_date_end=date(2026, 3, 10),
        )
        days = {day for _person, day in self._hours(person)}
        self.assertEqual(days, {date(2026, 3, day) for day in (4, 5, 6, 9, 10)})
        leaver = self._hire("Leaver", self.usual)
        leaver.departure_date = date(2026, 3, 3)
        self.assertEqual(
            {day for _person, day in self._hours(leaver)},
            {MONDAY, date(2026, 3, 3)},
        )

    def test_first_day(self):
        """Without a contract, capacity begins with the first version or entry."""
        person = self._hire("New", self.usual, date_version=date(2026, 3, 18))
        self.assertEqual(min(self._hours(person))[1], date(2026, 3, 18))
        self._log(1, date(2026, 3, 12), employee_id=person.id)
        self.env.flush_all()
        self.assertEqual(min(self._hours(person))[1], date(2026, 3, 12))

    def test_flexible(self):
        """Flexible hours are as many per week as agreed; without any, none."""
        flexible = self._create_calendar("Flexible")
        flexible.write(
            {
                "flexible_hours": True,
                "hours_per_day": 7,
                "full_time_required_hours": 30,
            }
        )
        person = self._hire("Flexible", flexible)
        hours = self._hours(person, period="week")
        self.assertEqual(len(hours), 6)
        self.assertEqual(set(hours.values()), {30})
        free = self._hire("Free", self.usual)
        free.resource_calendar_id = False
        self.assertFalse(self._hours(free))

    def test_set_based(self):
        """As many queries for ten people as for one, and none for nobody."""
        Capacity = self.env["project.billing.capacity"]
        for number in range(10):
            self.people |= self._hire(f"Colleague {number}", self.usual)
        self.env.flush_all()
        for people in (self.people[:1], self.people):
            with self.assertQueryCount(1):
                Capacity._capacity(people.ids, MONDAY, UNTIL)
        with self.assertQueryCount(0):
            self.assertEqual(Capacity._capacity([], MONDAY, UNTIL), [])
