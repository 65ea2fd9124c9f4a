"""Decisions of 省数字办 about collection items; rows are added and never changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.collection.content import (
    adjustment_content,
    adjustment_from,
    content_of,
    item_of,
)
from ckanext.fjgov.core.collection.overall import Decision
from ckanext.fjgov.core.collection.reading import record_of
from ckanext.fjgov.core.collection.settling import Decided

RecordKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision with when it was taken and in which step of which case."""

    decided: Decided
    at: datetime
    case: str
    seq: int


def of_records(
    connection: sa.Connection, keys: Sequence[RecordKey]
) -> defaultdict[RecordKey, list[Stored]]:
    """Give the decisions about the items of some records: (node, identifier) -> decisions.

    Each list is in the order of the numbers.
    """
    rows = connection.execute(
        sa.text(
            "SELECT d.* FROM fjgov_collection_decision d WHERE (d.node, d.record) IN"
            " (SELECT * FROM unnest(CAST(:nodes AS text[]), CAST(:records AS text[])))"
            " ORDER BY d.number"
        ),
        {"nodes": [node for node, _ in keys], "records": [record for _, record in keys]},
    )
    found: defaultdict[RecordKey, list[Stored]] = defaultdict(list)
    for row in rows:
        decision = Decision(
            row.number,
            row.node,
            row.item_id,
            row.revision,
            None if row.adjustment is None else adjustment_from(row.adjustment),
            row.reason,
            row.is_carried,
        )
        decided = Decided(decision, item_of(row.version))
        found[row.node, row.record].append(
            Stored(decided, row.decided_at, row.case_number, row.case_seq)
        )
    return found


def next_number(connection: sa.Connection) -> int:
    """Give the first free number; the caller holds `COLLECTION_LOCK`."""
    return int(
        connection.execute(
            sa.text("SELECT coalesce(max(number), 0) + 1 FROM fjgov_collection_decision")
        ).scalar_one()
    )


def add(
    connection: sa.Connection, decided: Sequence[Decided], *, at: datetime, case: str, seq: int
) -> None:
    """Store decisions of one step of a case."""
    if not decided:
        return
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_collection_decision (number, node, item_id, record, revision,"
            " version, adjustment, reason, is_carried, decided_at, case_number, case_seq)"
            " VALUES (:number, :node, :item_id, :record, :revision, CAST(:version AS jsonb),"
            " CAST(:adjustment AS jsonb), :reason, :is_carried, :at, :case, :seq)"
        ),
        [
            {
                "number": one.decision.number,
                "node": one.decision.node,
                "item_id": one.decision.item_id,
                "record": record_of(one.decision.item_id),
                "revision": one.decision.revision,
                "version": json.dumps(content_of(one.version), ensure_ascii=False),
                "adjustment": _text(one.decision),
                "reason": one.decision.reason,
                "is_carried": one.decision.is_carried,
                "at": at,
                "case": case,
                "seq": seq,
            }
            for one in decided
        ],
    )


def _text(decision: Decision) -> str | None:
    if decision.adjustment is None:
        return None
    return json.dumps(adjustment_content(decision.adjustment), ensure_ascii=False)
