"""Due times: tables at the edges of the day in Asia/Shanghai, and properties over all rules."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.schedule import (
    LOCAL,
    Daily,
    Every,
    Schedule,
    ScheduleRefused,
    late_after,
    next_due,
    parse_schedule,
    period,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = st.one_of(
    st.builds(Every, st.integers(1, 1440)),
    st.builds(Daily, st.integers(0, 23), st.integers(0, 59)),
)
MOMENTS = st.datetimes(
    datetime(1992, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.sampled_from([timezone.utc, SHANGHAI, timezone(timedelta(hours=-7))]),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", None),
        ("off", None),
        ("every 1", Every(1)),
        ("  every   15 ", Every(15)),
        ("every 1440", Every(1440)),
        ("daily 3", Daily(3)),
        ("daily 03:30", Daily(3, 30)),
        ("daily 0:00", Daily(0, 0)),
        ("daily 23:59", Daily(23, 59)),
    ],
)
def test_schedules_are_read(text: str, rule: Schedule | None) -> None:
    assert parse_schedule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "every 0", "every 1441", "every", "every -5", "every 1.5", "every 15 minutes", "every １５",
        "every 015", "daily", "daily 24", "daily 24:00", "daily 3:5", "daily 3:60", "hourly", "15",
        "every 99999",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleRefused) as refused:
        parse_schedule(text)
    assert text in refused.value.zh
    assert "every MINUTES" in refused.value.en


@pytest.mark.parametrize(
    ("rule", "after", "due"),
    [
        (Every(15), "2026-03-01 10:00:00", "2026-03-01 10:15:00"),
        (Every(15), "2026-03-01 10:14:59.999999", "2026-03-01 10:15:00"),
        (Every(15), "2026-03-01 10:15:00", "2026-03-01 10:30:00"),
        (Every(7), "2026-03-01 00:00:00", "2026-03-01 00:07:00"),
        (Every(7), "2026-03-01 23:58:00", "2026-03-02 00:00:00"),
        (Every(7), "2026-03-01 23:54:59", "2026-03-01 23:55:00"),
        (Every(1440), "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
        (Every(1440), "2026-12-31 23:59:59", "2027-01-01 00:00:00"),
        (Every(1000), "2026-03-01 16:40:00", "2026-03-02 00:00:00"),
        (Every(60), "2024-02-28 23:30:00", "2024-02-29 00:00:00"),
        (Daily(3, 30), "2026-03-01 03:29:59", "2026-03-01 03:30:00"),
        (Daily(3, 30), "2026-03-01 03:30:00", "2026-03-02 03:30:00"),
        (Daily(0), "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
        (Daily(0), "2026-02-28 23:59:59", "2026-03-01 00:00:00"),
        (Daily(23, 59), "2026-12-31 23:59:30", "2027-01-01 23:59:00"),
        # 07:59 in Shanghai is the evening before in UTC: the local day counts.
        (Daily(8), "2026-03-01 07:59:00", "2026-03-01 08:00:00"),
    ],
)
def test_next_due(rule: Schedule, after: str, due: str) -> None:
    assert next_due(rule, at(after)) == at(due)
    assert next_due(rule, at(after).astimezone(timezone.utc)) == at(due)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        next_due(Every(1), datetime(2026, 1, 1))


@given(RULES, MOMENTS)
def test_due_times_come_on_time_and_on_their_slots(rule: Schedule, after: datetime) -> None:
    due = next_due(rule, after)
    assert after < due <= after + period(rule)
    here = due.astimezone(LOCAL)
    minutes = here.hour * 60 + here.minute
    assert (here.second, here.microsecond) == (0, 0)
    if isinstance(rule, Daily):
        assert (here.hour, here.minute) == (rule.hour, rule.minute)
    else:
        assert minutes % rule.minutes == 0


@given(RULES, MOMENTS, st.integers(0, 86_400))
def test_nothing_lies_between_two_due_times(rule: Schedule, after: datetime, wait: int) -> None:
    due = next_due(rule, after)
    moment = after + timedelta(seconds=wait)
    assert next_due(rule, moment) == due if moment < due else next_due(rule, moment) > due


@given(RULES)
def test_a_rule_survives_its_text(rule: Schedule) -> None:
    assert parse_schedule(str(rule)) == rule


@pytest.mark.parametrize("year", [1992, 2008, 2026, 2100])
def test_the_fixed_offset_is_that_of_shanghai_all_year(year: int) -> None:
    days = (datetime(year, 1, 1, tzinfo=timezone.utc) + timedelta(days=n) for n in range(366))
    assert {day.astimezone(SHANGHAI).utcoffset() for day in days} == {timedelta(hours=8)}


@pytest.mark.parametrize(
    ("rule", "last", "late"),
    [
        (Every(5), "2026-03-01 10:01", "2026-03-01 10:15"),
        (Every(15), "2026-03-01 10:01", "2026-03-01 10:30"),
        (Every(120), "2026-03-01 10:01", "2026-03-01 13:00"),
        (Daily(3, 30), "2026-03-01 03:31", "2026-03-02 04:30"),
    ],
)
def test_late_after_the_next_due_time_and_a_grace(rule: Schedule, last: str, late: str) -> None:
    assert late_after(rule, at(last)) == at(late)
