"""The case engine: one function decides, whoever asks and by whatever way.

Time is an argument. A clock whose end has passed is written into the history before anything else
happens, so that it does not matter when the scheduler looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ckanext.fjgov.core.cases import clocks
from ckanext.fjgov.core.cases.errors import InvalidCase, InvalidMoment
from ckanext.fjgov.core.cases.guards import (
    ABOUT_PERSONS,
    ARTICLES,
    GUARDS,
    Facts,
    Question,
    Request,
)
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import (
    OPENED,
    RECOMPUTED,
    SYSTEM,
    SYSTEM_ACTOR,
    Actor,
    Appointment,
    Case,
    Clock,
    Event,
    Party,
)
from ckanext.fjgov.core.cases.rights import appointment_for
from ckanext.fjgov.core.cases.sending import deliveries, notices
from ckanext.fjgov.core.cases.table import CaseType, Row
from ckanext.fjgov.core.cases.types import case_type
from ckanext.fjgov.core.worktime.calendar import WorkCalendar


def open_case(
    *,
    node: str,
    number: str,
    kind: str,
    subject: str,
    parties: tuple[Party, ...],
    state: str,
    actor: Actor,
    now: datetime,
) -> Applied:
    """Begin a case; that is its first event. Opening gives nobody a right.

    Raises:
        UnknownCaseType: no such type.
        InvalidCase: the type does not begin in this state, or a party is missing or too many.
        InvalidMoment: `now` has no zone.
    """
    table = case_type(kind)
    _require_zone(now)
    if state not in table.openings:
        raise InvalidCase(
            f"{table.words[0]}不能从状态 {state} 开始", f"a case of {kind} cannot begin as {state}"
        )
    roles = [party.role for party in parties]
    if sorted(roles) != sorted(table.parties):
        raise InvalidCase(
            f"{table.words[0]}须有且仅有当事方 {'、'.join(table.parties)}",
            f"a case of {kind} has the parties {', '.join(table.parties)} and no others",
        )
    event = Event(1, OPENED, "", state, now, actor.user_id, level=actor.level)
    event = replace(event, certificate=actor.certificate)
    return Applied(Case(node, number, kind, subject, parties, state, (event,)), (event,))


def decide(
    case: Case, request: Request, actor: Actor, facts: Facts, now: datetime
) -> Applied | Refused:
    """Take a step, or say why not.

    Args:
        case: as stored, with its whole history.
        request: what somebody wants to do.
        actor: who, with the appointments of that person.
        facts: what the guards need to know.
        now: an aware time.

    Returns:
        Applied with the lapses that came before, or Refused; then nothing has changed, and lapses
        are left to whoever asks next.

    Raises:
        UnknownCaseType: the case is of no known type.
        InvalidMoment: `now` has no zone.
    """
    kind = case_type(case.kind)
    _require_zone(now)
    if request.version is not None and request.version != case.version:
        return Refused(
            "该事项已被他人办理或有新的进展，请刷新后再办理",
            "somebody has acted on this case meanwhile; look at it again",
        )
    settled = settle(case, facts, now)
    current = settled.case if settled else case
    row = kind.by_step.get((current.state, request.event))
    if row is None:
        return _no_such_step(kind, current.state, request.event)
    appointment = appointment_for(kind, row, current, actor, now)
    if isinstance(appointment, Refused):
        return appointment
    asked = Question(kind, current, request, actor, facts)
    for name in row.guards:
        refused = GUARDS[name](asked)
        if refused:
            by_right = name in ABOUT_PERSONS
            return Refused(*refused, article=ARTICLES.get(name, ""), by_right=by_right)
    event = _event(current, row, actor, now, request.reason.strip(), request.payload)
    applied = _applied(kind, row, current, _signed(event, appointment), facts)
    return settled.then(applied) if settled else applied


def write_down(
    case: Case, name: str, facts: Facts, now: datetime, payload: Mapping[str, Any] | None = None
) -> Applied:
    """Write a step that happened elsewhere and that no person takes here.

    Raises:
        InvalidCase: the table knows no such step of the system in this state.
    """
    kind = case_type(case.kind)
    settled = settle(case, facts, now)
    current = settled.case if settled else case
    row = kind.by_step.get((current.state, name))
    if row is None or row.roles != (SYSTEM,):
        raise InvalidCase(
            f"状态 {current.state} 没有由系统记录的 {name}",
            f"in state {current.state} the system writes no {name}",
        )
    event = _event(current, row, SYSTEM_ACTOR, now, "", payload or {})
    applied = _applied(kind, row, current, event, facts)
    return settled.then(applied) if settled else applied


def settle(case: Case, facts: Facts, now: datetime) -> Applied | None:
    """Write the ends of clocks that have passed, the earliest first; None when there are none."""
    kind = case_type(case.kind)
    _require_zone(now)
    done: Applied | None = None
    while True:
        past = [place for place, clock in enumerate(case.clocks) if clock.is_past(now)]
        if not past:
            return done
        place = min(past, key=lambda one: case.clocks[one].due_at)
        applied = _lapse(kind, case, place, facts, now)
        done = done.then(applied) if done else applied
        case = applied.case


def conclude(case: Case, event: str, reason: str, now: datetime) -> Applied:
    """Write what happened to the subject past its case, which ends by that.

    Raises:
        InvalidCase: the system writes no such event in this state.
        InvalidMoment: `now` has no zone.
    """
    kind = case_type(case.kind)
    _require_zone(now)
    row = kind.by_step.get((case.state, event))
    if row is None or row.roles != (SYSTEM,) or row.to not in kind.final:
        raise InvalidCase(
            f"{kind.words[0]}在状态 {case.state} 不能由系统终止",
            f"the system does not end a case of {kind.name} in {case.state} by {event}",
        )
    written = _event(case, row, SYSTEM_ACTOR, now, reason, {})
    ended = tuple(clock if clock.lapsed else clocks.stopped(clock, now) for clock in case.clocks)
    after = replace(case, state=row.to, history=(*case.history, written), clocks=ended)
    return Applied(after, (written,), notices(kind, row, after, written))


def recompute(case: Case, calendar: WorkCalendar, now: datetime) -> Applied | None:
    """Count the open clocks again with another calendar and write what moved into the history.

    Returns:
        None when no limit moved, none became certain and no counted year says something else.
    """
    _require_zone(now)
    counted = tuple(
        clocks.counted(clock, calendar) if clock.is_running else clock for clock in case.clocks
    )
    moved = [
        {"clock": after.name, "before": _limit(before), "after": _limit(after)}
        for before, after in zip(case.clocks, counted, strict=True)
        if before != after
    ]
    if not moved:
        return None
    row = Row(case.state, RECOMPUTED, (), "", case.state)
    event = _event(case, row, SYSTEM_ACTOR, now, "", {"clocks": moved})
    after = replace(case, history=(*case.history, event), clocks=counted)
    return Applied(after, (event,))


def _lapse(kind: CaseType, case: Case, place: int, facts: Facts, now: datetime) -> Applied:
    clock = case.clocks[place]
    row = kind.by_step[case.state, kind.clock(clock.name).lapse]
    lapsed = replace(clock, lapsed=now)
    ended = replace(case, clocks=(*case.clocks[:place], lapsed, *case.clocks[place + 1 :]))
    event = _event(ended, row, SYSTEM_ACTOR, now, "", {"clock": clock.name, **_limit(clock)})
    return _applied(kind, row, ended, replace(event, article=clock.article), facts)


def _applied(kind: CaseType, row: Row, case: Case, event: Event, facts: Facts) -> Applied:
    after = replace(
        case,
        state=row.to,
        history=(*case.history, event),
        clocks=_clocks_after(kind, row, case, event, facts),
    )
    sent = deliveries(row, after, event)
    return Applied(after, (event,), notices(kind, row, after, event), sent)


def _clocks_after(
    kind: CaseType, row: Row, case: Case, event: Event, facts: Facts
) -> tuple[Clock, ...]:
    after = []
    for known in case.clocks:
        clock = known
        if clock.name in row.stops:
            clock = clocks.stopped(clock, event.at)
        if clock.name in row.pauses:
            clock = clocks.paused(clock, event.at, event.name)
        if clock.name in row.resumes:
            clock = clocks.resumed(clock, facts.calendar, event.at)
        after.append(clock)
    for name in row.starts:
        rule, days = kind.clock(name), facts.periods.get(name)
        owner = case.party(rule.owner)
        # A clock runs from its owner's receipt, which another node has yet to confirm.
        if days and owner and owner.node == case.node:
            begun = clocks.started(rule, days, facts.calendar, event.at)
            stands = name in facts.standing
            after.append(clocks.paused(begun, event.at, event.name) if stands else begun)
    return tuple(after)


def _event(
    case: Case, row: Row, actor: Actor, now: datetime, reason: str, payload: Mapping[str, Any]
) -> Event:
    return Event(
        seq=case.version + 1,
        name=row.event,
        before=case.state,
        after=row.to,
        at=now,
        user_id=actor.user_id,
        level=actor.level,
        certificate=actor.certificate,
        article=row.article,
        reason=reason,
        payload=dict(payload),
    )


def _signed(event: Event, appointment: Appointment) -> Event:
    return replace(
        event, unit=appointment.unit, role=appointment.role, appointment=appointment.number
    )


def _limit(clock: Clock) -> dict[str, Any]:
    return {
        "due_at": clock.due_at.isoformat(),
        "last_day": clock.last_day.isoformat(),
        "provisional": clock.provisional,
        "calendar": clock.calendar,
    }


def _no_such_step(kind: CaseType, state: str, event: str) -> Refused:
    state_zh, state_en = kind.states[state]
    event_zh, event_en = kind.events.get(event, (event, event))
    return Refused(
        f"当前状态为“{state_zh}”，不能“{event_zh}”",
        f"it is “{state_en}” now: “{event_en}” is not possible",
    )


def _require_zone(now: datetime) -> None:
    if now.tzinfo is None:
        raise InvalidMoment("时间缺少时区", "the time has no zone")
