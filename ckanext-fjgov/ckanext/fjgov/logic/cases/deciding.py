"""Load a case, decide, and store, in one transaction; of two at once exactly one wins.

The audit is written by the caller after its commit: it has a lock of its own, and a step inside
a transaction that writes an entry would wait for itself.
"""

from __future__ import annotations

from typing import Any, NoReturn

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.engine import decide, open_case
from ckanext.fjgov.core.cases.guards import Facts, Request
from ckanext.fjgov.core.cases.outcome import Applied, Refused
from ckanext.fjgov.core.cases.records import Actor, Case, Event, Party
from ckanext.fjgov.core.cases.types import CASE_TYPES, case_type
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.core.worktime.notices import calendar_of
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import audit, cases, work_notices
from ckanext.fjgov.model.database import CALENDAR_LOCK, lock_until_commit

EVENT = "case_step"


def hold_calendar(connection: sa.Connection) -> None:
    """Keep the working days as they are until the transaction ends.

    Whoever decides takes this before the case, in the order of whoever loads a year, so that
    neither waits for the other for ever.
    """
    lock_until_commit(connection, CALENDAR_LOCK, shared=True)


def known_facts(connection: sa.Connection, **facts: Any) -> Facts:
    """Give the facts that every case shares: calendar, periods and settings, and others by name.

    The calendar stays as it is until the transaction ends: loading a year waits for it, and then
    finds whatever clock was started by it.
    """
    hold_calendar(connection)
    notices = work_notices.current(connection)
    return Facts(
        calendar=calendar_of(one.notice for one in notices),
        periods=settings.case_periods(),
        other_person=settings.other_person_reviews(),
        **facts,
    )


def locked_case(connection: sa.Connection, number: str) -> Case:
    """Give a case of this node for a decision.

    Raises:
        ObjectNotFound: there is none of this number.
    """
    hold_calendar(connection)
    case = cases.load(connection, settings.node().code, number, for_update=True)
    if case is None:
        raise tk.ObjectNotFound(f"没有办理事项 {number} / there is no case {number}")
    return case


def case_about(
    connection: sa.Connection,
    kind: str,
    subject: str,
    *,
    parties: tuple[Party, ...],
    state: str,
    actor: Actor,
) -> Case:
    """Give the open case of a kind about a subject, locked; a new one when there is none."""
    cases.lock_subject(connection, kind, subject)
    number = cases.open_number(connection, kind, subject)
    if number is not None:
        return locked_case(connection, number)
    now = utc_now()
    year = now.astimezone(CHINA).year
    opened = open_case(
        node=settings.node().code,
        number=cases.next_number(connection, case_type(kind).prefix, year),
        kind=kind,
        subject=subject,
        parties=parties,
        state=state,
        actor=actor,
        now=now,
    )
    cases.add(connection, opened)
    return opened.case


def take_step(
    connection: sa.Connection, case: Case, request: Request, actor: Actor, facts: Facts
) -> Applied:
    """Decide on a locked case and store what comes of it.

    Raises:
        NotAuthorized: the person may not take the step.
        ValidationError: the step is not possible now, or something is missing.
    """
    outcome = decide(case, request, actor, facts, utc_now())
    if isinstance(outcome, Refused):
        refuse(outcome)
    cases.store(connection, outcome)
    return outcome


def refuse(refused: Refused) -> NoReturn:
    """Say in CKAN's terms that a step was not taken."""
    if refused.by_right:
        raise tk.NotAuthorized(refused.message)
    raise tk.ValidationError({"event": [refused.message]})


def note_in_audit(applied: Applied, user: str) -> None:
    """Write stored steps into the audit; without opinions, which may be long."""
    for event in applied.events:
        actor = user if event.appointment else event.user_id
        audit.append(EVENT, actor, _detail(applied, event), event.at)


def _detail(applied: Applied, event: Event) -> dict[str, Any]:
    return {
        "case": applied.case.number,
        "kind": applied.case.kind,
        "subject": applied.case.subject,
        "event": event.name,
        "state": event.after,
        "seq": event.seq,
        "appointment": event.appointment,
        "article": event.article,
    }


def known_kind(name: str) -> str:
    """Give the name of a case type, "" for any.

    Raises:
        ValidationError: there is no such type.
    """
    if name and name not in CASE_TYPES:
        raise tk.ValidationError(
            {"kind": [f"没有办理事项类型 {name} / there is no case type {name}"]}
        )
    return name
