"""Merges and indexing side by side: at rest, every document is of the last version."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import parity_records
import sqlalchemy as sa

from ckan import model
from ckan.lib.search.common import make_connection

from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic import indexing, settings
from ckanext.fjgov.logic.sync import rows
from ckanext.fjgov.model import merge
from ckanext.fjgov.model.database import own_transaction

UNIT = "11350200MB9P000010"
AT = "2026-11-01T00:00:00Z"


def race(count: int, rounds: int) -> dict[str, Any]:
    """Write the same entries again and again while two workers serve the outbox.

    Returns:
        What is wrong at rest: orders left over, entries whose document is of another version, and
        what `verify_index` says of them.
    """
    ids = _write(count, 0)
    served = [0, 0]
    ended = threading.Event()
    workers = [threading.Thread(target=_serve, args=(served, place, ended)) for place in (0, 1)]
    for worker in workers:
        worker.start()
    for version in range(1, rounds + 1):
        _write(count, version)
    ended.set()
    for worker in workers:
        worker.join()
    indexing.drain_outbox()
    report = indexing.verify_index()
    wrong = set(ids) & {*report.missing, *report.stale}
    titles = _indexed_titles(ids)
    with own_transaction() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM fjgov_index_outbox")).scalar_one()
    _remove(ids)
    return {
        "orders_left": left,
        "wrong": sorted(wrong),
        "old": [id_ for id_ in ids if not titles.get(id_, "").endswith(f" v{rounds}")],
        "served": sum(served),
    }


def _serve(served: list[int], place: int, ended: threading.Event) -> None:
    try:
        while not ended.is_set():
            served[place] += indexing.drain_outbox()
    finally:
        model.Session.remove()


def _write(count: int, version: int) -> list[str]:
    code, prefix = settings.node().code, settings.node().prefix
    unit_id = str(uuid.uuid5(parity_records.SPACE, "racing unit"))
    made = []
    for record in parity_records.records(count, UNIT, prefix):
        record["fields"]["title"] = f"并行 {record['name']} v{version}"
        key = record["fields"]["identifier"]
        row = FeedRow(1, "put", "entry", key, "", AT, None, None, None, record)
        made.append(rows.entry_row(row, code, unit_id))
    unit = {
        "type": "unit",
        "id": unit_id,
        "name": f"u-{UNIT.lower()}",
        "fields": {"title": "示例并行局", "uscc": UNIT, "division": code},
    }
    with own_transaction() as connection:
        received = FeedRow(1, "put", "unit", UNIT, "", AT, None, None, None, unit)
        merge.units(connection, [rows.unit_row(received, code)])
        merge.entries(connection, made)
        merge.queue_index(connection, [row["id"] for row in made])
    return [row["id"] for row in made]


def _indexed_titles(ids: list[str]) -> dict[str, str]:
    answer = make_connection().search("id:(" + " OR ".join(ids) + ")", fl="id,title", rows=len(ids))
    return {doc["id"]: doc["title"] for doc in answer.docs}


def _remove(ids: list[str]) -> None:
    with own_transaction() as connection:
        values = {"ids": ids, "unit": str(uuid.uuid5(parity_records.SPACE, "racing unit"))}
        for statement in (
            "DELETE FROM resource WHERE package_id = ANY(:ids)",
            "DELETE FROM package_tag WHERE package_id = ANY(:ids)",
            "DELETE FROM member WHERE table_id = ANY(:ids)",
            "DELETE FROM package WHERE id = ANY(:ids)",
            'DELETE FROM "group" WHERE id = :unit',
        ):
            connection.execute(sa.text(statement), values)
        merge.queue_index(connection, ids)
    indexing.drain_outbox()
