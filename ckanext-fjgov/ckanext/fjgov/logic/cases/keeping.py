"""Clocks that end by themselves, and clocks that another calendar moves."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.cases.engine import recompute, settle
from ckanext.fjgov.core.cases.guards import Facts
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import SYSTEM, Case
from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.worktime.calendar import WorkCalendar
from ckanext.fjgov.logic.cases.deciding import hold_calendar, known_facts, note_in_audit
from ckanext.fjgov.logic.sharing.facts import facts_about
from ckanext.fjgov.model import cases
from ckanext.fjgov.model.database import own_transaction

# So many cases in one look; the next look, seconds later, takes the rest.
MOST = 200


def end_due_clocks(now: datetime) -> int:
    """Write the ends of clocks that have passed, each case in a transaction of its own.

    Returns:
        How many cases were written.

    Cost: one statement when nothing is due.
    """
    with own_transaction() as connection:
        found = cases.due(connection, now, MOST)
    return sum(_end(node, number, now) for node, number in found)


def recount(connection: sa.Connection, calendar: WorkCalendar, now: datetime) -> list[Applied]:
    """Count all running clocks again with a calendar that was just loaded.

    The caller holds the lock of the calendar and writes the audit after its commit.
    """
    moved = []
    for node, number in cases.running(connection):
        case = cases.load(connection, node, number, for_update=True)
        applied = recompute(case, calendar, now) if case else None
        if applied:
            cases.store(connection, applied)
            moved.append(applied)
    return moved


def _end(node: str, number: str, now: datetime) -> bool:
    with own_transaction() as connection:
        hold_calendar(connection)
        case = cases.load(connection, node, number, for_update=True)
        # Somebody may have acted since, and written the end before the own step.
        applied = settle(case, _facts(connection, case), now) if case else None
        if applied:
            cases.store(connection, applied)
    if applied:
        note_in_audit(applied, SYSTEM)
    return applied is not None


def _facts(connection: sa.Connection, case: Case) -> Facts:
    """Give what a lapse must know: that of an application starts clocks of its own."""
    is_application = case.kind == APPLICATION.name
    return facts_about(connection, case) if is_application else known_facts(connection)
