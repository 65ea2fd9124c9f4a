"""Alarms over the full product of states, errors and what is open."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import product
from typing import get_args

import pytest

from ckanext.fjgov.core.federation import errors
from ckanext.fjgov.core.federation.alarms import (
    TEXTS,
    UNREACHABLE_ERRORS,
    AlarmKind,
    NodeFacts,
    RunFacts,
    Step,
    conditions,
    step_of,
)
from ckanext.fjgov.core.federation.report import State
from ckanext.fjgov.core.federation.schedule import Every, Schedule

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
# (unreachable, failing, unverified, shrinking) after a run that ended in a state by itself.
AFTER: dict[str, tuple[bool | None, ...]] = {
    "verified": (False, False, False, False),
    "repaired": (False, False, False, False),
    "unverified": (False, False, True, False),
    "stopped": (False, False, None, True),
    "failed": (False, True, None, None),
    "interrupted": (False, True, None, None),
    "cancelled": (None, None, None, None),
    "skipped": (None, None, None, None),
}
KINDS = (
    AlarmKind.UNREACHABLE,
    AlarmKind.FAILING,
    AlarmKind.UNVERIFIED,
    AlarmKind.SHRINKING,
)


def facts(
    *,
    schedule: Schedule | None = None,
    since: datetime | None = None,
    is_paused: bool = False,
    is_running: bool = False,
    last: RunFacts | None = None,
) -> NodeFacts:
    return NodeFacts(schedule, since, is_paused, is_running, last)


def test_every_state_has_a_row() -> None:
    assert set(AFTER) == {*get_args(State), "interrupted"}


@pytest.mark.parametrize("state", AFTER)
def test_what_a_run_says(state: str) -> None:
    found = conditions(facts(last=RunFacts(state)), NOW)
    assert tuple(found[kind] for kind in KINDS) == AFTER[state]


@pytest.mark.parametrize("error", sorted(UNREACHABLE_ERRORS))
def test_errors_of_fetching_mean_unreachable(error: str) -> None:
    found = conditions(facts(last=RunFacts("failed", error)), NOW)
    assert tuple(found[kind] for kind in KINDS) == (True, False, None, None)


def test_the_errors_of_fetching_are_all_there_and_no_other() -> None:
    def below(base: type[errors.FederationError]) -> set[str]:
        return {base.kind}.union(*(below(child) for child in base.__subclasses__()))

    assert below(errors.FetchError) == UNREACHABLE_ERRORS
    assert not UNREACHABLE_ERRORS & {"feed", "json", "key", "epoch_changed", "bad_signature", ""}


def test_a_node_without_runs_says_nothing() -> None:
    found = conditions(facts(), NOW)
    assert found == {AlarmKind.LATE: False, **dict.fromkeys(KINDS)}


@pytest.mark.parametrize(
    ("has_schedule", "is_old", "is_paused", "is_running"), list(product((True, False), repeat=4))
)
def test_late_over_all_facts(
    has_schedule: bool, is_old: bool, is_paused: bool, is_running: bool
) -> None:
    found = conditions(
        facts(
            schedule=Every(15) if has_schedule else None,
            since=NOW - (timedelta(hours=2) if is_old else timedelta(minutes=5)),
            is_paused=is_paused,
            is_running=is_running,
        ),
        NOW,
    )[AlarmKind.LATE]
    is_late = has_schedule and is_old and not is_paused
    assert found == ((None if is_running else True) if is_late else False)


def test_late_from_the_very_moment() -> None:
    since = NOW - timedelta(minutes=30)
    before = NOW - timedelta(microseconds=1)
    late = facts(schedule=Every(15), since=since)
    assert conditions(late, NOW)[AlarmKind.LATE] is True
    assert conditions(late, before)[AlarmKind.LATE] is False


@pytest.mark.parametrize(
    ("is_open", "holds", "step"),
    [
        (False, False, Step.NOTHING),
        (False, True, Step.OPEN),
        (False, None, Step.NOTHING),
        (True, False, Step.CLOSE),
        (True, True, Step.SEEN),
        (True, None, Step.NOTHING),
    ],
)
def test_rows_open_and_close(is_open: bool, holds: bool | None, step: Step) -> None:
    assert step_of(is_open=is_open, holds=holds) is step


@pytest.mark.parametrize("states", list(product(AFTER, repeat=3)))
def test_no_history_leaves_an_alarm_that_a_good_end_does_not_close(
    states: tuple[str, ...],
) -> None:
    is_open = dict.fromkeys(KINDS, False)
    for state in (*states, "verified"):
        found = conditions(facts(last=RunFacts(state)), NOW)
        for kind in KINDS:
            step = step_of(is_open=is_open[kind], holds=found[kind])
            assert (step is Step.CLOSE) <= is_open[kind]
            if step is not Step.NOTHING:
                is_open[kind] = step is not Step.CLOSE
    assert not any(is_open.values())


def test_every_kind_says_what_to_do() -> None:
    assert set(TEXTS) == set(AlarmKind)
