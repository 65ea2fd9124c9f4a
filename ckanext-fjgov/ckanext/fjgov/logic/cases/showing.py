"""Cases and notices as answers: plain values, with the official words beside the codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases.records import (
    OPENED,
    RECOMPUTED,
    Actor,
    Appointment,
    Case,
    Clock,
    Event,
)
from ckanext.fjgov.core.cases.rights import appointment_for
from ckanext.fjgov.core.cases.roles import ROLES
from ckanext.fjgov.core.cases.sending import seen_from
from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.cases.types import case_type
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, UNDER_REVIEW
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import case_reading, cases

# Events that every type has.
COMMON: Mapping[str, Words] = {
    OPENED: ("建立", "Opened"),
    RECOMPUTED: ("期限重新计算（节假日安排已载入）", "Limits counted again"),
}


def shown_row(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Give one row of a list of cases."""
    kind = case_type(row["kind"])
    return {
        **{name: _plain(value) for name, value in row.items()},
        "kind_label": _words(kind.words),
        "state_label": _words(kind.states[row["state"]]),
        "turn_unit_name": names.get(row["turn_unit"] or "", ""),
    }


def shown_notice(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give one notice."""
    kind = case_type(row["kind"])
    return {
        **{name: _plain(value) for name, value in row.items()},
        "kind_label": _words(kind.words),
        "event_label": _words(event_words(row["kind"], row["event"])),
        "state_label": _words(kind.states[row["state"]]),
    }


def shown_case(connection: sa.Connection, case: Case, actor: Actor) -> dict[str, Any]:
    """Give a case with its timeline, and the steps for which the actor has the appointment."""
    kind = case_type(case.kind)
    today = local_today()
    own = {one.unit for one in actor.appointments if one.is_current(today)}
    hidden = case.version + 1
    first = (seen_by(connection, case, own) or hidden) if kind.opener else 1
    units = case_reading.unit_names(connection, (party.unit for party in case.parties))
    people = case_reading.user_names(connection, (event.user_id for event in case.history))
    return {
        "node": case.node,
        "number": case.number,
        "kind": case.kind,
        "kind_label": _words(kind.words),
        "subject": case.subject,
        "state": case.state,
        "state_label": _words(kind.states[case.state]),
        "version": case.version,
        "parties": [
            {
                "role": party.role,
                "node": party.node,
                "unit": party.unit,
                "name": units.get(party.unit, party.body),
            }
            for party in case.parties
        ],
        "timeline": [
            _shown_event(case, event, people, units) for event in case.history if event.seq >= first
        ],
        "clocks": [_shown_clock(case, clock) for clock in case.clocks],
        "deliveries": [
            {name: _plain(value) for name, value in row.items()}
            for row in case_reading.deliveries(connection, case.node, case.number)
            if row["seq"] >= first
        ],
        "steps": [
            {"event": name, "label": _words(kind.events[name])} for name in steps(case, actor)
        ],
    }


def seen_by(connection: sa.Connection, case: Case, units: Collection[str]) -> int | None:
    """Give the first event of a case that people of some units see; None when they see nothing.

    Args:
        units: codes of units of this node.
    """
    here = settings.node().code
    roles = {one.role for one in case.parties if one.node == here and one.unit in units}
    rows = case_reading.deliveries(connection, case.node, case.number)
    return seen_from(case, roles, ((row["role"], row["seq"]) for row in rows))


def open_review(connection: sa.Connection, package_id: str) -> dict[str, Any] | None:
    """Give number, state and its words of the open review of an entry, None when there is none."""
    number = cases.open_number(connection, ENTRY_REVIEW.name, package_id)
    case = cases.load(connection, settings.node().code, number) if number else None
    if case is None:
        return None
    return {
        "number": case.number,
        "state": case.state,
        "state_label": _words(ENTRY_REVIEW.states[case.state]),
        "is_looked_at": case.state in UNDER_REVIEW,
    }


def steps(case: Case, actor: Actor) -> list[str]:
    """Give the steps for which an actor has the appointment now; guards may still refuse them."""
    kind, now = case_type(case.kind), utc_now()
    rows = [row for row in kind.rows if row.state == case.state]
    return [
        row.event
        for row in rows
        if isinstance(appointment_for(kind, row, case, actor, now), Appointment)
    ]


def event_words(kind: str, event: str) -> Words:
    """Give what an event is called."""
    return COMMON.get(event) or case_type(kind).events[event]


def _shown_event(
    case: Case, event: Event, people: Mapping[str, str], units: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "event": event.name,
        "label": _words(event_words(case.kind, event.name)),
        "before": event.before,
        "after": event.after,
        "state_label": _words(case_type(case.kind).states[event.after]),
        "at": event.at.isoformat(),
        "user": people.get(event.user_id, ""),
        "unit": event.unit,
        "unit_name": units.get(event.unit, ""),
        "role": event.role,
        "role_label": _words(ROLES[event.role]) if event.role else None,
        "appointment": event.appointment,
        "level": event.level.value,
        "article": event.article,
        "reason": event.reason,
        "payload": dict(event.payload),
    }


def _shown_clock(case: Case, clock: Clock) -> dict[str, Any]:
    rule = case_type(case.kind).clock(clock.name)
    return {
        "name": clock.name,
        "label": _words(rule.words),
        "is_legal": rule.legal,
        "is_tacit": rule.tacit,
        "article": clock.article,
        "owner": clock.owner,
        "days": clock.days,
        "started": clock.started.isoformat(),
        "last_day": clock.last_day.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "provisional": clock.provisional,
        "calendar": clock.calendar,
        "is_running": clock.is_running,
        "is_paused": clock.is_paused,
        "pauses": [
            {name: _plain(getattr(pause, name)) for name in ("began", "ended", "reason")}
            for pause in clock.pauses
        ],
        "done": _plain(clock.done),
        "lapsed": _plain(clock.lapsed),
    }


def _words(words: Words) -> dict[str, str]:
    return {"zh": words[0], "en": words[1]}


def _plain(value: Any) -> Any:
    # A datetime is a date, too.
    return value.isoformat() if isinstance(value, date) else value
