"""Working days: the examples of the standard, the edges of a day, and years without a notice."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.worktime.calendar import CHINA, InvalidPeriod
from ckanext.fjgov.core.worktime.notices import calendar_of, shipped_years

CALENDAR = calendar_of()
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
# A make-up day for the New Year of 2006, which chinesecalendar does not know.
DIFFERS = {date(2005, 12, 31)}
KNOWN_DAYS = st.dates(FIRST, date(2026, 6, 30))


def received(day: str, clock: str = "10:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        # Before the Spring Festival: the Saturday is worked.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 5, "2026-02-27"),
        # The year of the rules, an ordinary week.
        ("2010-11-12", 5, "2010-11-19"),
        # National Day: eight days off, then a worked Saturday.
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        # Received on a day off: day 1 is the first working day after it.
        ("2026-10-03", 1, "2026-10-08"),
        ("2005-12-30", 1, "2005-12-31"),
    ],
)
def test_last_day(day: str, days: int, last: str) -> None:
    deadline = CALENDAR.deadline(received(day), days)
    assert (deadline.last_day.isoformat(), deadline.provisional) == (last, False)


def test_every_shipped_day_is_that_of_the_notices() -> None:
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    other = {d for d in days if CALENDAR.is_working_day(d) != chinese_calendar.is_workday(d)}
    assert other == DIFFERS
    assert shipped_years() == tuple(range(2004, 2027))


def test_a_day_ends_at_midnight_in_china() -> None:
    deadline = CALENDAR.deadline(received("2010-11-12"), 5)
    assert deadline.due_at == datetime(2010, 11, 19, 16, 0, tzinfo=timezone.utc)
    assert not deadline.is_past(received("2010-11-19", "23:59:59"))
    assert deadline.is_past(received("2010-11-20", "00:00:00"))


@pytest.mark.parametrize(
    ("instant", "day"),
    [("2010-11-11T15:59:59+00:00", "2010-11-11"), ("2010-11-11T16:00:00+00:00", "2010-11-12")],
)
def test_the_day_of_receipt_is_that_of_china(instant: str, day: str) -> None:
    assert CALENDAR.deadline(datetime.fromisoformat(instant), 1).received_on.isoformat() == day


def test_a_year_without_notice_gives_a_provisional_limit_that_never_passes() -> None:
    deadline = CALENDAR.deadline(received("2026-12-30"), 5)
    assert deadline.provisional
    assert deadline.last_day == date(2027, 1, 7)
    assert not deadline.is_past(received("2030-01-01"))


def test_the_version_changes_with_the_years_that_were_counted_only() -> None:
    assert CALENDAR.version(2025, 2026) != CALENDAR.version(2026, 2026)
    assert CALENDAR.deadline(received("2026-03-02"), 5).version == CALENDAR.version(2026, 2026)


@pytest.mark.parametrize("days", [0, -1, 1001])
def test_an_impossible_period_is_refused(days: int) -> None:
    with pytest.raises(InvalidPeriod, match=str(days)):
        CALENDAR.deadline(received("2026-03-02"), days)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidPeriod, match="时区"):
        CALENDAR.deadline(datetime(2026, 3, 2), 1)


@given(KNOWN_DAYS, st.integers(1, 60))
def test_the_last_day_is_worked_and_is_the_nth(day: date, days: int) -> None:
    deadline = CALENDAR.deadline(received(day.isoformat()), days)
    assert CALENDAR.is_working_day(deadline.last_day)
    assert CALENDAR.days_after(day, deadline.last_day) == days
    assert CALENDAR.days_after(day, deadline.last_day - timedelta(days=1)) == days - 1


@given(KNOWN_DAYS, st.integers(1, 60), st.integers(0, 30))
def test_a_later_receipt_never_falls_due_earlier(day: date, days: int, later: int) -> None:
    first = CALENDAR.deadline(received(day.isoformat()), days)
    second = CALENDAR.deadline(received((day + timedelta(days=later)).isoformat()), days)
    assert first.due_at <= second.due_at
