"""Clocks of cases: edges of days, festivals, standing still, unknown years, calendars that come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from ckanext.fjgov.core.cases.clocks import counted, paused, resumed, started, stopped
from ckanext.fjgov.core.cases.engine import recompute, settle
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import SYSTEM, Case, Clock
from ckanext.fjgov.core.cases.replay import history_faults
from ckanext.fjgov.core.cases.table import ClockRule
from ckanext.fjgov.core.worktime.notices import Notice, calendar_of
from tests.unit.core.cases.case_examples import (
    CALENDAR,
    FACTS,
    NOW,
    OFFICER,
    REGISTRAR,
    ask,
    at,
    done,
    opened,
)

RULE = ClockRule("configuration", "27", "operator", ("授权配置", "Configuration"))
NEW_YEAR_2027 = Notice(
    2027,
    "示例通知",
    off=frozenset(date(2027, 1, day) for day in (1, 2, 3, 4)),
    work=frozenset({date(2027, 1, 9)}),
)


def clock_of(received: str, days: int = 5) -> Clock:
    return started(RULE, days, CALENDAR, at(received))


def claimed(now: datetime) -> Case:
    """Give a claim whose office was reminded of five working days."""
    return done(opened("non_publication", now=now), "claim", REGISTRAR, now=now)


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        # Before the Spring Festival of 2026: Saturday 14 is worked, 15 to 23 are not.
        ("2026-02-13", "2026-02-27"),
        ("2026-02-14", "2026-02-28"),
        ("2026-02-20", "2026-02-28"),
        ("2026-10-03", "2026-10-13"),
        ("2010-11-12", "2010-11-19"),
    ],
)
def test_the_limit_counts_make_up_days(received: str, last_day: str) -> None:
    clock = clock_of(received)
    assert (str(clock.last_day), clock.provisional) == (last_day, False)


def test_a_clock_lapses_at_midnight_and_not_a_second_before() -> None:
    case = claimed(at("2026-02-13"))
    assert settle(case, FACTS, at("2026-02-27", "23:59:59")) is None
    applied = settle(case, FACTS, at("2026-02-28", "00:00:00"))
    assert applied is not None
    [event] = applied.events
    assert (event.name, event.user_id, event.role) == ("claim_decision_lapsed", SYSTEM, "")
    assert event.payload["clock"] == "claim_decision"
    assert event.payload["last_day"] == "2026-02-27"
    assert [notice.unit for notice in applied.notices] == ["OFFICE-A", "UNIT-A", "UNIT-A"]
    assert settle(applied.case, FACTS, at("2026-12-01")) is None
    assert history_faults(applied.case) == ()


def test_a_step_after_the_end_comes_behind_the_lapse_whoever_was_first_to_look() -> None:
    case = claimed(at("2026-02-13"))
    in_time = ask(case, "agree", OFFICER, now=at("2026-02-27", "23:59:59"))
    too_late = ask(case, "agree", OFFICER, now=at("2026-02-28", "00:00:00"))
    assert isinstance(in_time, Applied)
    assert isinstance(too_late, Applied)
    assert [event.name for event in in_time.events] == ["agree"]
    assert [event.name for event in too_late.events] == ["claim_decision_lapsed", "agree"]
    [clock] = too_late.case.clocks
    assert clock.lapsed == clock.done == at("2026-02-28", "00:00:00")
    assert history_faults(too_late.case) == ()


def test_a_refused_step_changes_nothing_be_a_clock_past() -> None:
    outcome = ask(claimed(at("2026-02-13")), "agree", REGISTRAR, now=at("2026-03-05"))
    assert isinstance(outcome, Refused)


def test_a_year_without_a_notice_never_lapses_until_it_is_loaded() -> None:
    case = claimed(at("2026-12-29"))
    [clock] = case.clocks
    assert (str(clock.last_day), clock.provisional) == ("2027-01-06", True)
    assert settle(case, FACTS, at("2028-01-01")) is None
    calendar = calendar_of([NEW_YEAR_2027])
    now = at("2027-01-07")
    applied = recompute(case, calendar, now)
    assert applied is not None
    [event] = applied.events
    assert (event.name, event.user_id, event.before, event.after) == (
        "clocks_recomputed", SYSTEM, "claimed", "claimed",
    )  # fmt: skip
    [moved] = event.payload["clocks"]
    assert (moved["before"]["last_day"], moved["before"]["provisional"]) == ("2027-01-06", True)
    assert (moved["after"]["last_day"], moved["after"]["provisional"]) == ("2027-01-07", False)
    known = replace(FACTS, calendar=calendar)
    assert settle(applied.case, known, at("2027-01-07", "23:59:59")) is None
    lapsed = settle(applied.case, known, at("2027-01-08", "00:00:00"))
    assert lapsed is not None
    assert history_faults(lapsed.case) == ()
    assert recompute(lapsed.case, calendar_of(), now) is None


def test_a_calendar_that_says_the_same_writes_nothing() -> None:
    case = claimed(at("2026-02-13"))
    assert recompute(case, calendar_of([NEW_YEAR_2027]), NOW) is None


@pytest.mark.parametrize(
    ("stood_still", "went_on", "last_day"),
    [
        # Received on Friday 2026-03-06; days 1 to 5 are 9 to 13 March without a pause.
        ("2026-03-06", "2026-03-06", "2026-03-13"),
        ("2026-03-09", "2026-03-09", "2026-03-16"),
        ("2026-03-11", "2026-03-11", "2026-03-16"),
        ("2026-03-11", "2026-03-18", "2026-03-23"),
        ("2026-03-11", "2026-03-15", "2026-03-18"),
        ("2026-03-13", "2026-04-03", "2026-04-07"),
    ],
)
def test_days_on_which_a_clock_stood_still_are_not_counted(
    stood_still: str, went_on: str, last_day: str
) -> None:
    clock = paused(clock_of("2026-03-06"), at(stood_still), "objection")
    assert not clock.is_past(at("2027-01-01"))
    assert str(resumed(clock, CALENDAR, at(went_on)).last_day) == last_day


def test_a_clock_stands_still_twice() -> None:
    clock = clock_of("2026-03-06")
    for pause, resume in (("2026-03-10", "2026-03-11"), ("2026-03-13", "2026-03-16")):
        clock = resumed(paused(clock, at(pause), "objection"), CALENDAR, at(resume))
    # 9 and 12 March were counted; three days are left after the 16th.
    assert str(clock.last_day) == "2026-03-19"


def test_what_has_ended_or_stands_still_is_left_as_it_is() -> None:
    clock = clock_of("2026-03-06")
    still = paused(clock, at("2026-03-09"), "objection")
    assert paused(still, at("2026-03-10"), "again") == still
    assert resumed(clock, CALENDAR, at("2026-03-09")) == clock
    ended = stopped(clock, at("2026-03-09"))
    assert ended.done == at("2026-03-09")
    assert stopped(ended, at("2026-03-10")) == ended
    assert not ended.is_past(at("2027-01-01"))


def test_a_pause_over_the_turn_of_the_year_is_provisional_by_every_year_on_the_way() -> None:
    clock = paused(clock_of("2026-12-29"), at("2026-12-30"), "objection")
    over = resumed(clock, calendar_of([NEW_YEAR_2027]), at("2027-01-05"))
    # No day is counted yet: 29 is the receipt, 30 the day of the pause.
    assert (str(over.last_day), over.provisional) == ("2027-01-11", False)
    assert counted(over, CALENDAR).provisional


def test_a_reminder_without_days_is_not_started() -> None:
    quiet = replace(FACTS, periods={})
    case = done(opened("non_publication"), "claim", REGISTRAR, facts=quiet)
    assert case.clocks == ()


def test_the_office_that_does_not_agree_leaves_a_task_with_its_own_clock() -> None:
    case = done(claimed(at("2026-02-13")), "disagree", OFFICER, now=at("2026-02-14"))
    decision, publication = case.clocks
    assert decision.done == at("2026-02-14")
    assert (publication.owner, str(publication.last_day)) == ("unit", "2026-02-28")
    applied = settle(case, FACTS, at("2026-03-01"))
    assert applied is not None
    assert applied.case.state == "not_agreed"
    late = done(applied.case, "publish", REGISTRAR, now=at("2026-03-05"))
    assert late.state == "published"
    assert late.clocks[1].lapsed == at("2026-03-01")
    assert late.clocks[1].done == at("2026-03-05")
