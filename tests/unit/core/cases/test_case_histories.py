"""Random histories: no illegal state is reached, and what is left is whole and without gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.cases.engine import conclude, decide, recompute, settle
from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import SYSTEM_ACTOR, Actor, Case
from ckanext.fjgov.core.cases.replay import history_faults
from ckanext.fjgov.core.cases.sending import waiting_for
from ckanext.fjgov.core.cases.types import CASE_TYPES, case_type
from ckanext.fjgov.core.worktime.notices import Notice, calendar_of
from tests.unit.core.cases.case_examples import (
    ASKING,
    CALENDAR,
    COORDINATING,
    FACTS,
    LEAD,
    MANAGER,
    NOW,
    OFFICER,
    PAYLOAD,
    PROVIDING,
    PROVINCIAL,
    REGISTRAR,
    REVIEWER,
    RUNNING,
    opened,
    person,
)

SEQUENCES = 10_000
BOTH = Actor("both", (*REGISTRAR.appointments, *REVIEWER.appointments))
OTHERS = person("other", "reviewer", "UNIT-B")
ACTORS = (
    REGISTRAR, REVIEWER, REVIEWER, BOTH, LEAD, OFFICER, PROVINCIAL, OTHERS, SYSTEM_ACTOR,
    ASKING, MANAGER, PROVIDING, RUNNING, COORDINATING,
)  # fmt: skip
OPENINGS = [(kind, state) for kind, table in CASE_TYPES.items() for state in table.openings]
# A later notice of 2026, so that limits move: a Saturday that is worked no more.
OTHER_2026 = calendar_of(
    [Notice(2026, "示例", CALENDAR.off, frozenset(d for d in CALENDAR.work if d.month != 2))]
)
DAY = timedelta(days=1)


def steps(data: bytes, case: Case) -> Iterator[tuple[Case, Applied, datetime]]:
    """Play three bytes a step: who, what, and how much time goes by."""
    now = NOW
    for place in range(1, len(data) - 2, 3):
        who, what, later = data[place : place + 3]
        now += DAY * (later % 16) if later < 160 else timedelta(seconds=later)
        kind = case_type(case.kind)
        facts = replace(FACTS, calendar=OTHER_2026 if later % 2 else CALENDAR)
        if what == 255:
            outcome = recompute(case, facts.calendar, now)
        elif what == 254:
            outcome = settle(case, facts, now)
        elif what == 253 and "overtake" in kind.events_of(case.state):
            outcome = conclude(case, "overtake", "示例原因", now)
        else:
            # Mostly what the table knows here, else anything at all.
            known = kind.events_of(case.state) if what < 200 else ()
            events = known or tuple(kind.events)
            event = events[what % len(events)]
            request = Request(event, "示例意见" if what % 7 else "", PAYLOAD)
            outcome = decide(case, request, ACTORS[who % len(ACTORS)], facts, now)
        if isinstance(outcome, Applied):
            yield case, outcome, now
            case = outcome.case


# Half of them long, so that they come far.
@settings(max_examples=SEQUENCES // 2)
@given(st.binary(min_size=1, max_size=24))
def test_short_sequences_of_anything_leave_a_whole_history(data: bytes) -> None:
    check(data)


@settings(max_examples=SEQUENCES // 2)
@given(st.binary(min_size=40, max_size=76))
def test_long_sequences_of_anything_leave_a_whole_history(data: bytes) -> None:
    check(data)


def check(data: bytes) -> None:
    kind_name, state = OPENINGS[data[0] % len(OPENINGS)]
    case = opened(kind_name, state)
    kind = case_type(kind_name)
    for before, applied, now in steps(data, case):
        case = applied.case
        assert case.state in kind.states
        assert before.state not in kind.final
        # Only added to, one number after another, and nothing of what was there has changed.
        assert case.history == before.history + applied.events
        assert [event.seq for event in case.history] == list(range(1, case.version + 1))
        assert all(one.after == two.before for one, two in pairwise(case.history))
        assert history_faults(case) == ()
        assert {notice.seq for notice in applied.notices} <= {e.seq for e in applied.events}
        assert {sent.seq for sent in applied.deliveries} <= {e.seq for e in applied.events}
        for clock in case.clocks:
            assert not (clock.lapsed and clock.lapsed < clock.due_at)
            assert not (clock.lapsed and clock.provisional)
        if case.state in kind.final:
            assert not any(clock.is_running for clock in case.clocks)
            assert waiting_for(case) is None
        check_persons(case)
        assert settle(case, replace(FACTS, calendar=CALENDAR), now) is None or (
            applied.events[-1].name == "clocks_recomputed"
        )


def check_persons(case: Case) -> None:
    """Whoever submitted last has not decided."""
    submitter = ""
    kind = case_type(case.kind)
    for event in case.history:
        if event.name in kind.submitting:
            submitter = event.user_id
        if event.name in {"approve", "list", "return", "agree", "disagree", "confirm", "adjust"}:
            assert event.user_id != submitter, event


def test_histories_that_are_not_whole_are_told() -> None:
    case = opened("entry_review")
    whole = decide(case, Request("submit"), REGISTRAR, FACTS, NOW)
    assert isinstance(whole, Applied)
    good = whole.case
    first, second = good.history
    forged = {
        "gap": replace(good, history=(first, replace(second, seq=3))),
        "no event": replace(good, history=()),
        "lost": replace(good, history=(second,)),
        "state": replace(good, state="listed"),
        "unknown step": replace(good, history=(first, replace(second, name="approve"))),
        "other end": replace(good, history=(first, replace(second, after="approved"))),
        "other begin": replace(good, history=(first, replace(second, before="returned"))),
        "system": replace(good, history=(first, replace(second, user_id="system"))),
        "no appointment": replace(good, history=(first, replace(second, appointment=None))),
        "other role": replace(good, history=(first, replace(second, role="reviewer"))),
    }
    assert history_faults(good) == ()
    assert [name for name, case in forged.items() if not history_faults(case)] == []
