"""What decisions change: rows of decisions, and the overall catalog that follows from them.

Only the province decides. Callers hold `COLLECTION_LOCK` until their commit, so that numbers are
given in the order of commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.collection import settling
from ckanext.fjgov.core.collection.overall import Adjustment
from ckanext.fjgov.core.collection.travelling import (
    decided_item,
    travelling_bytes,
    travelling_hash,
)
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.logic.collection.standing import RecordKey, key_of, reported_items
from ckanext.fjgov.model import case_reading, collection_decisions, collection_items
from ckanext.fjgov.model.collection_decisions import Stored
from ckanext.fjgov.model.collection_items import ItemRow
from ckanext.fjgov.model.collection_records import CollectionRecord

PUT, DEL = "put", "del"


def decide_items(
    connection: sa.Connection,
    record: CollectionRecord,
    adjustments: Mapping[str, Adjustment],
    *,
    reason: str,
    as_reported: bool,
    step: tuple[str, int, datetime],
) -> None:
    """Store the decisions of one step about one record.

    Args:
        adjustments: item id -> what is adjusted; what else waits is confirmed.
        as_reported: decide about the record as it is, else about what holds of it.
        step: number of the case, of its event, and the time.

    Raises:
        InvalidDecision: an adjustment changes nothing or gives no reason.
    """
    decided = _decided(connection, record)
    items = settling.subjects(reported_items(record), decided, as_reported=as_reported)
    number = collection_decisions.next_number(connection)
    made = settling.decisions_for(items, decided, adjustments, reason, number)
    _keep(connection, record, made, step)


def carry_items(
    connection: sa.Connection, record: CollectionRecord, step: tuple[str, int, datetime]
) -> None:
    """Carry the decisions about a record over to its revision, which is in force on filing."""
    decided = _decided(connection, record)
    number = collection_decisions.next_number(connection)
    _keep(connection, record, settling.carried(reported_items(record), decided, number), step)


def refresh(
    connection: sa.Connection,
    records: Mapping[RecordKey, CollectionRecord | None],
    now: datetime,
) -> int:
    """Bring the overall catalog up to what records and decisions say; gives the rows changed.

    Args:
        records: by key; None for one that is gone.

    Cost: some statements, and one hash an item.
    """
    keys = list(records)
    stored = collection_decisions.of_records(connection, keys)
    wanted: dict[tuple[str, str], ItemRow] = {}
    for key, record in records.items():
        if record is not None:
            wanted |= _rows(connection, record, stored[key])
    known = {(r.node, r.item_id): r for r in collection_items.of_records(connection, keys)}
    changed = [
        (known.get(name), row)
        for name, row in sorted(wanted.items())
        if name not in known or (known[name].op, known[name].hash) != (PUT, row.hash)
    ]
    changed += [
        (row, _gone(row))
        for name, row in sorted(known.items())
        if row.op == PUT and name not in wanted
    ]
    if changed:
        _write(connection, changed, now)
    return len(changed)


def _decided(connection: sa.Connection, record: CollectionRecord) -> list[settling.Decided]:
    key = key_of(record)
    return [one.decided for one in collection_decisions.of_records(connection, [key])[key]]


def _keep(
    connection: sa.Connection,
    record: CollectionRecord,
    made: Sequence[settling.Decided],
    step: tuple[str, int, datetime],
) -> None:
    case, seq, at = step
    collection_decisions.add(connection, made, at=at, case=case, seq=seq)
    refresh(connection, {key_of(record): record}, at)


def _rows(
    connection: sa.Connection, record: CollectionRecord, stored: Sequence[Stored]
) -> dict[tuple[str, str], ItemRow]:
    at = {one.decided.decision.number: one.at for one in stored}
    found = settling.standing(reported_items(record), [one.decided for one in stored])
    effective = [(one, one.effective()) for one in found]
    others = {item.unit for _one, item in effective} - {record.unit_code}
    names = {
        record.unit_code: record.unit_name,
        **(case_reading.unit_names(connection, others) if others else {}),
    }
    rows = {}
    for one, item in effective:
        unit_name = names.get(item.unit, item.unit)
        about = {
            "identifier": record.identifier,
            "name": record.name,
            "title": record.title,
            "unit_name": unit_name,
        }
        day = at[one.decision.number].astimezone(CHINA).date().isoformat()
        data = travelling_bytes(decided_item(item, one.decision, about, day))
        rows[item.key] = ItemRow(
            node=item.node,
            item_id=item.item_id,
            record=record.identifier,
            seq=0,
            op=PUT,
            hash=travelling_hash(data),
            data=data,
            changed_at=at[one.decision.number],
            state=item.state.value,
            unit=item.unit,
            unit_name=unit_name,
            name=item.name,
            title=record.title,
            business_object=item.business_object,
        )
    return rows


def _gone(row: ItemRow) -> ItemRow:
    return ItemRow(row.node, row.item_id, row.record, 0, DEL, row.hash, None, row.changed_at)


def _write(
    connection: sa.Connection, changed: Sequence[tuple[ItemRow | None, ItemRow]], now: datetime
) -> None:
    head = collection_items.head(connection)
    rows = [
        replace(row, seq=head.seq + place, changed_at=now)
        for place, (_before, row) in enumerate(changed, 1)
    ]
    before = [row for row, _after in changed if row is not None]
    collection_items.put(connection, rows, head.generation)
    collection_items.move_head(
        connection,
        seq=head.seq + len(rows),
        digest=collection_items.moved_digest(head.digest, before, rows),
    )
