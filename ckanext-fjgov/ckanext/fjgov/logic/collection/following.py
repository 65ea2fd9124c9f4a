"""Follow the records of the 采集目录: what was written by whatever way reaches catalog and cases.

Triggers note each write in its own transaction. At the province copies of the cities' records come
in by the sync and wait here for 省数字办; at a city the decisions come back with the pull.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.cases.engine import open_case, write_down
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import SYSTEM, SYSTEM_ACTOR, Case
from ckanext.fjgov.core.cases.types.collection_report import (
    ADJUSTMENT_ARRIVED,
    COLLECTION_REPORT,
    CONFIRMATION_ARRIVED,
    FILING_ARRIVED,
    RECORD_ARRIVED,
    SETTLED,
    WAITING,
    WITHDRAWN,
)
from ckanext.fjgov.core.collection.item import CollectionState
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.deciding import known_facts, note_in_audit
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection.deciding import carry_items, refresh
from ckanext.fjgov.logic.collection.known import is_decided_here
from ckanext.fjgov.logic.collection.parties import parties_of
from ckanext.fjgov.logic.collection.standing import (
    RecordKey,
    Standing,
    key_of,
    needs_confirmation,
    planned,
    standings,
)
from ckanext.fjgov.model import cases, collection_records
from ckanext.fjgov.model.collection_records import CollectionRecord
from ckanext.fjgov.model.database import COLLECTION_LOCK, lock_until_commit, own_transaction

AT_ONCE = 200
CONTENT, NUMBER = "content", "number"


def follow() -> int:
    """Take in what was written since the last look; gives the number of records.

    Cost: one statement when nothing was written.
    """
    done = 0
    while True:
        with own_transaction() as connection:
            if not collection_records.is_any_written(connection):
                return done
            lock_until_commit(connection, COLLECTION_LOCK)
            number, applied = _follow(connection)
        for one in applied:
            note_in_audit(one, SYSTEM)
        done += number


def follow_decisions(keys: Iterable[RecordKey]) -> int:
    """Write down, at a city, what 省数字办 decided about its records; gives the number of cases.

    Args:
        keys: (node, identifier) of records whose decided items a pull has changed.
    """
    here = settings.node().code
    own = [identifier for node, identifier in keys if node == here]
    if not own or is_decided_here():
        return 0
    with own_transaction() as connection:
        lock_until_commit(connection, COLLECTION_LOCK)
        known_facts(connection)
        records = collection_records.by_identifier(connection, own, here)
        found = standings(connection, records.values())
        applied = [
            one
            for one in (_decision_arrived(connection, standing) for standing in found.values())
            if one is not None
        ]
    for one in applied:
        note_in_audit(one, SYSTEM)
    return len(applied)


def known_content(case: Case) -> str:
    """Give the hash of the record as the case last saw it, "" when it never did."""
    known = (event.payload.get(CONTENT) for event in reversed(case.history))
    return str(next((content for content in known if content), ""))


def _follow(connection: sa.Connection) -> tuple[int, list[Applied]]:
    here, now = settings.node().code, utc_now()
    # The calendar is locked before any case, as whoever loads a year does.
    known_facts(connection)
    written = collection_records.take_written(connection, here, AT_ONCE)
    found = collection_records.find(connection, [one.package_id for one in written], here)
    if is_decided_here():
        by_key: dict[RecordKey, CollectionRecord | None] = {
            (one.node, one.identifier): None for one in written if one.identifier
        }
        by_key |= {key_of(record): record for record in found.values()}
        refresh(connection, by_key, now)
    known = standings(connection, found.values())
    applied = []
    for one in written:
        record = found.get(one.package_id)
        if record is not None and record.is_listed:
            step = _listed(connection, known[key_of(record)], now)
        else:
            step = _withdrawn(connection, one.package_id, now, is_gone=record is None)
        if step is not None:
            applied.append(step)
    return len(written), applied


def _listed(connection: sa.Connection, standing: Standing, now: datetime) -> Applied | None:
    """Let the case of a listed record follow; open it for a copy that waits."""
    record = standing.record
    number = cases.open_number(connection, COLLECTION_REPORT.name, record.package_id)
    is_copy = record.node != settings.node().code
    if number is None:
        waits = is_copy and is_decided_here() and standing.waiting and settings.province_office()
        return _opened(connection, standing, now) if waits else None
    case = cases.load(connection, settings.node().code, number, for_update=True)
    if case is None or known_content(case) == standing.content:
        return None
    if case.state in WAITING:
        return _write(connection, case, RECORD_ARRIVED, {CONTENT: standing.content}, now)
    if case.state in SETTLED and is_copy and standing.waiting:
        return _revised(connection, case, standing, now)
    return None


def _opened(connection: sa.Connection, standing: Standing, now: datetime) -> Applied:
    record = standing.record
    year = now.astimezone(CHINA).year
    opened = open_case(
        node=settings.node().code,
        number=cases.next_number(connection, COLLECTION_REPORT.prefix, year),
        kind=COLLECTION_REPORT.name,
        subject=record.package_id,
        parties=parties_of(record),
        state="reported",
        actor=SYSTEM_ACTOR,
        now=now,
    )
    cases.add(connection, opened)
    payload = {CONTENT: standing.content}
    return opened.then(_write(connection, opened.case, RECORD_ARRIVED, payload, now))


def _revised(connection: sa.Connection, case: Case, standing: Standing, now: datetime) -> Applied:
    """Take a revision in that a city's unit filed, or have it wait (Art. 7)."""
    basis = str(standing.record.fields.get("revision_basis") or "")
    payload = {CONTENT: standing.content, "basis": basis}
    # Without a basis nothing is filed: 省数字办 looks at it.
    if not basis.strip() or needs_confirmation(planned(standing, basis)):
        return _write(connection, case, RECORD_ARRIVED, payload, now)
    applied = _write(connection, case, FILING_ARRIVED, payload, now)
    carry_items(connection, standing.record, (case.number, applied.case.version, now))
    return applied


def _withdrawn(
    connection: sa.Connection, package_id: str, now: datetime, *, is_gone: bool
) -> Applied | None:
    number = cases.open_number(connection, COLLECTION_REPORT.name, package_id)
    if number is None:
        return None
    case = cases.load(connection, settings.node().code, number, for_update=True)
    if case is None or (case.state == "draft" and not is_gone):
        return None
    return _write(connection, case, WITHDRAWN, {}, now)


def _decision_arrived(connection: sa.Connection, standing: Standing) -> Applied | None:
    number = cases.open_number(connection, COLLECTION_REPORT.name, standing.record.package_id)
    case = cases.load(connection, settings.node().code, number, for_update=True) if number else None
    if case is None or case.state not in (*WAITING, *SETTLED) or standing.waiting:
        return None
    made = [one for one in standing.in_force.values() if not one.is_carried]
    last = max((one.number for one in made), default=0)
    told = max((int(event.payload.get(NUMBER) or 0) for event in case.history), default=0)
    if last <= told and case.state in SETTLED:
        return None
    is_adjusted = any(one.item.state is not CollectionState.CONFIRMED for one in made)
    name = ADJUSTMENT_ARRIVED if is_adjusted else CONFIRMATION_ARRIVED
    payload = {CONTENT: standing.content, NUMBER: last}
    return _write(connection, case, name, payload, utc_now())


def _write(
    connection: sa.Connection, case: Case, name: str, payload: dict[str, object], now: datetime
) -> Applied:
    applied = write_down(case, name, known_facts(connection), now, payload)
    cases.store(connection, applied)
    return applied
