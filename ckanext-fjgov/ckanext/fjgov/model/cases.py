"""Cases as rows: the head is locked and versioned, the events are only added.

Of two who decide at once the second waits for the first and then sees what it left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Case, Clock, Delivery, Event, Level, Party, Pause
from ckanext.fjgov.core.cases.sending import waiting_for
from ckanext.fjgov.core.cases.types import case_type

_EVENT = (
    "seq, name, before, after, at, user_id, unit, role, appointment, level, certificate, article,"
    " reason, payload"
)
_CLOCK = (
    "name, article, owner, days, started, last_day, due_at, calendar, provisional, pauses, done,"
    " lapsed"
)
_NAMED = "node = :node AND number = :number"


class StaleCaseError(Exception):
    """Somebody stored a step between load and store without asking for the lock."""


def lock_subject(connection: sa.Connection, kind: str, subject: str) -> None:
    """Wait until nobody else opens a case of this kind about a subject; kept until commit."""
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:text, 0))"),
        {"text": f"{kind}\n{subject}"},
    )


def next_number(connection: sa.Connection, prefix: str, year: int) -> str:
    """Give the next number of a year, such as ML-2026-000001; openings wait for one another."""
    last = connection.execute(
        sa.text(
            "INSERT INTO fjgov_case_number AS known (prefix, year, last) VALUES (:prefix, :year, 1)"
            " ON CONFLICT (prefix, year) DO UPDATE SET last = known.last + 1 RETURNING last"
        ),
        {"prefix": prefix, "year": year},
    ).scalar_one()
    return f"{prefix}-{year}-{last:06d}"


def open_number(connection: sa.Connection, kind: str, subject: str) -> str | None:
    """Give the number of the open case of a kind about a subject."""
    found: str | None = connection.execute(
        sa.text(
            "SELECT number FROM fjgov_case WHERE kind = :kind AND subject = :subject AND is_open"
        ),
        {"kind": kind, "subject": subject},
    ).scalar_one_or_none()
    return found


def in_states(
    connection: sa.Connection, kind: str, subjects: Sequence[str], states: Iterable[str]
) -> set[str]:
    """Give the subjects among some whose open case of a kind is in one of these states."""
    rows = connection.execute(
        sa.text(
            "SELECT subject FROM fjgov_case WHERE kind = :kind AND is_open"
            " AND subject = ANY(:subjects) AND state = ANY(:states)"
        ),
        {"kind": kind, "subjects": list(subjects), "states": sorted(states)},
    )
    return set(rows.scalars())


def load(
    connection: sa.Connection, node: str, number: str, *, for_update: bool = False
) -> Case | None:
    """Give a case with its whole history; with `for_update`, nobody else decides until commit.

    Cost: four statements.
    """
    named = {"node": node, "number": number}
    lock = " FOR UPDATE" if for_update else ""
    head = connection.execute(
        sa.text(f"SELECT kind, subject, state FROM fjgov_case WHERE {_NAMED}{lock}"), named
    ).one_or_none()
    if head is None:
        return None
    parties = connection.execute(
        sa.text(
            "SELECT role, party_node, unit, body FROM fjgov_case_party"
            f" WHERE {_NAMED} ORDER BY position"
        ),
        named,
    )
    events = connection.execute(
        sa.text(f"SELECT {_EVENT} FROM fjgov_case_event WHERE {_NAMED} ORDER BY seq"), named
    )
    clocks = connection.execute(
        sa.text(f"SELECT {_CLOCK} FROM fjgov_case_clock WHERE {_NAMED} ORDER BY position"), named
    )
    return Case(
        node=node,
        number=number,
        kind=head.kind,
        subject=head.subject,
        parties=tuple(Party(*row) for row in parties),
        state=head.state,
        history=tuple(_event_of(row) for row in events),
        clocks=tuple(_clock_of(row) for row in clocks),
    )


def add(connection: sa.Connection, opened: Applied) -> None:
    """Store a new case with its first event."""
    case = opened.case
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_case (node, number, kind, subject, state, version, is_open,"
            " opened_at, changed_at, turn_unit, turn_roles, turn_except) VALUES (:node, :number,"
            " :kind, :subject, :state, :version, :is_open, :at, :at, :turn_unit,"
            " CAST(:turn_roles AS text[]), :turn_except)"
        ),
        {**_head(case), "kind": case.kind, "subject": case.subject},
    )
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_case_party (node, number, position, role, party_node, unit, body)"
            " VALUES (:node, :number, :position, :role, :party_node, :unit, :body)"
        ),
        [
            {**_named(case), "position": position, **_party(party)}
            for position, party in enumerate(case.parties, 1)
        ],
    )
    _add_what_follows(connection, opened)


def store(connection: sa.Connection, applied: Applied) -> None:
    """Store steps of a case that was loaded with `for_update`.

    Raises:
        StaleCaseError: it is not as it was loaded; nothing was stored.
    """
    case = applied.case
    before = case.version - len(applied.events)
    changed = connection.execute(
        sa.text(
            "UPDATE fjgov_case SET state = :state, version = :version, is_open = :is_open,"
            " changed_at = :at, turn_unit = :turn_unit,"
            " turn_roles = CAST(:turn_roles AS text[]), turn_except = :turn_except"
            f" WHERE {_NAMED} AND version = :before"
        ),
        {**_head(case), "before": before},
    )
    if changed.rowcount != 1:
        raise StaleCaseError(f"{case.node} {case.number}: version {before} is not the latest")
    _add_what_follows(connection, applied)


def due(connection: sa.Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Give node and number of cases with a clock whose end has passed, the earliest first."""
    rows = connection.execute(
        sa.text(
            "SELECT node, number, min(due_at) AS due FROM fjgov_case_clock"
            " WHERE is_running AND NOT provisional AND due_at <= :now"
            " GROUP BY node, number ORDER BY due, number LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    )
    return [(row.node, row.number) for row in rows]


def running(connection: sa.Connection) -> list[tuple[str, str]]:
    """Give node and number of all cases with a running clock."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT node, number FROM fjgov_case_clock WHERE is_running"
            " ORDER BY node, number"
        )
    )
    return [(row.node, row.number) for row in rows]


def _add_what_follows(connection: sa.Connection, applied: Applied) -> None:
    """Add events, then the clocks, deliveries and notices that come of them."""
    named = _named(applied.case)
    _insert(connection, "fjgov_case_event", [{**named, **_event(one)} for one in applied.events])
    connection.execute(sa.text(f"DELETE FROM fjgov_case_clock WHERE {_NAMED}"), named)
    clocks = enumerate(applied.case.clocks, 1)
    rows = [{**named, "position": position, **_clock(clock)} for position, clock in clocks]
    _insert(connection, "fjgov_case_clock", rows)
    sent = [{**named, **_delivery(delivery)} for delivery in applied.deliveries]
    _insert(connection, "fjgov_case_delivery", sent)
    at = {event.seq: event.at for event in applied.events}
    told = [
        {
            **named,
            "seq": notice.seq,
            "unit": notice.unit,
            "roles": list(notice.roles),
            "user_id": notice.user_id,
            "at": at[notice.seq],
        }
        for notice in applied.notices
    ]
    _insert(connection, "fjgov_notice", told)


def _insert(connection: sa.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        values = ", ".join(f":{name}" for name in names)
        connection.execute(
            sa.text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"), list(rows)
        )


def _named(case: Case) -> dict[str, Any]:
    return {"node": case.node, "number": case.number}


def _head(case: Case) -> dict[str, Any]:
    waiting = waiting_for(case)
    return {
        **_named(case),
        "state": case.state,
        "version": case.version,
        "is_open": case.state not in case_type(case.kind).final,
        "at": case.history[-1].at,
        "turn_unit": waiting.unit if waiting and waiting.node == case.node else None,
        "turn_roles": list(waiting.roles) if waiting else [],
        "turn_except": waiting.except_user if waiting else "",
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "role": party.role,
        "party_node": party.node,
        "unit": party.unit,
        "body": party.body,
    }


def _event(event: Event) -> dict[str, Any]:
    names = (name.strip() for name in _EVENT.split(","))
    values = {name: getattr(event, name) for name in names}
    payload = json.dumps(dict(event.payload), ensure_ascii=False)
    return {**values, "level": event.level.value, "payload": payload}


def _event_of(row: Any) -> Event:
    values = dict(row._mapping)
    return Event(**{**values, "level": Level(values["level"])})


def _clock(clock: Clock) -> dict[str, Any]:
    names = (name.strip() for name in _CLOCK.split(","))
    pauses = [
        {
            "began": pause.began.isoformat(),
            "reason": pause.reason,
            "ended": pause.ended.isoformat() if pause.ended else None,
        }
        for pause in clock.pauses
    ]
    values = {name: getattr(clock, name) for name in names}
    return {**values, "pauses": json.dumps(pauses), "is_running": clock.is_running}


def _clock_of(row: Any) -> Clock:
    values = dict(row._mapping)
    pauses = tuple(
        Pause(
            datetime.fromisoformat(pause["began"]),
            pause["reason"],
            datetime.fromisoformat(pause["ended"]) if pause["ended"] else None,
        )
        for pause in values["pauses"]
    )
    return Clock(**{**values, "pauses": pauses})


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "seq": delivery.seq,
        **_party(delivery.party),
        "sent": delivery.sent,
        "received": delivery.received,
        "proof": delivery.proof,
    }
