"""The bulk merge beside the log: what was prepared is what the tables say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    canonical_bytes,
    record_hash,
    stored_extras,
)
from ckanext.fjgov.model import change_log, merge
from ckanext.fjgov.model.change_rows import CurrentRecord, current_entries
from ckanext.fjgov.model.database import own_transaction, snapshot
from tests.bench import corpus
from tests.integration.log_site import NODE, LogSite, log_site
from tests.integration.stack_env import StackInfo

TODAY = date(2026, 11, 20)
COUNT = 40


@pytest.fixture(scope="module")
def site(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogSite]:
    with log_site(stack, tmp_path_factory.mktemp("bulk")) as found:
        with own_transaction() as connection:
            merge.units(connection, [_unit(record) for record in corpus.units(TODAY)])
        found.drain()
        yield found


def _unit(record: dict[str, Any]) -> dict[str, Any]:
    fields = record["fields"]
    extras = {name: value for name, value in fields.items() if name not in ("title", "description")}
    return {
        "id": record["id"],
        "name": record["name"],
        "title": fields["title"],
        "description": fields["description"],
        "image_url": "",
        "extras": {**extras, "home_node": NODE},
    }


UNIT_IDS = {record["fields"]["uscc"]: record["id"] for record in corpus.units(TODAY)}


def row_of(site: LogSite, record: dict[str, Any]) -> dict[str, Any]:
    extras = stored_extras(record["fields"], PACKAGE_COLUMNS, site.shapes.entry)
    return {
        "id": record["id"],
        "name": record["name"],
        "owner_org": UNIT_IDS[record["unit"]],
        **{column: record["fields"].get(column) for column in PACKAGE_COLUMNS},
        "extras": {**extras, "home_node": NODE},
        "tags": record["tags"],
        "resources": [
            {
                "id": resource["id"],
                "position": position,
                "url": f"/share/{resource['id']}",
                **{column: resource.get(column) for column in RESOURCE_COLUMNS},
                "extras": {"mode": resource["mode"]},
            }
            for position, resource in enumerate(record["resources"])
        ],
    }


def prepared_of(record: dict[str, Any], data: bytes | None = None) -> CurrentRecord:
    data = data or canonical_bytes(record)
    key = record["fields"]["identifier"]
    return CurrentRecord(record["id"], NODE, ENTRY, key, data, record_hash(data), None, None)


def write(site: LogSite, records: list[dict[str, Any]], **prepared: CurrentRecord) -> None:
    with own_transaction() as connection:
        merge.entries(connection, [row_of(site, record) for record in records])
        known = {record["id"]: prepared_of(record) for record in records} | prepared
        now = datetime.now(timezone.utc)
        change_log.drain_in(connection, site.shapes, site.mark, now, known)


def logged(site: LogSite) -> dict[str, str]:
    return {row.key: row.hash for row in site.changes() if row.op == "put" and row.kind == ENTRY}


def from_tables(site: LogSite, records: list[dict[str, Any]]) -> dict[str, str]:
    with snapshot() as connection:
        found = current_entries(connection, [record["id"] for record in records], site.shapes)
    return {record.key: record.hash for record in found.values()}


def hashes(records: list[dict[str, Any]]) -> dict[str, str]:
    return {
        record["fields"]["identifier"]: record_hash(canonical_bytes(record)) for record in records
    }


def test_new_entries_are_logged_as_they_stand(site: LogSite) -> None:
    records = list(corpus.entries(COUNT, TODAY))
    write(site, records)
    assert logged(site) == hashes(records) == from_tables(site, records)
    assert site.digest() == site.digest_from_scratch()
    assert site.run("SELECT count(*) FROM fjgov_change_note") == [(0,)]
    members = site.run("SELECT count(*), count(DISTINCT table_id) FROM member WHERE state='active'")
    assert members == [(COUNT, COUNT)]


def test_changed_and_new_entries_in_one_batch(site: LogSite) -> None:
    records = list(corpus.entries(COUNT, TODAY, version=2))
    del records[0]["resources"][1], records[0]["tags"][0]
    records[1]["tags"].append("新关键字")
    records[1]["tags"].sort()
    records += corpus.entries(5, TODAY, first=COUNT)
    write(site, records)
    assert logged(site) == hashes(records) == from_tables(site, records)
    assert site.digest() == site.digest_from_scratch()


def test_the_same_again_is_no_change(site: LogSite) -> None:
    records = list(corpus.entries(3, TODAY, first=COUNT + 10))
    write(site, records)
    head = site.head()
    write(site, records)
    assert site.head() == head


def test_another_writer_s_note_makes_the_sequencer_read_the_tables(site: LogSite) -> None:
    """A prepared record holds only while nobody else wrote to the record."""
    (record,) = corpus.entries(1, TODAY, first=COUNT + 20)
    record["tags"] = sorted([*record["tags"], "只有这一条"])
    write(site, [record])
    record["fields"]["title"] = "批量写入的名称"
    with own_transaction() as connection:
        merge.entries(connection, [row_of(site, record)])
        # The other writers wait who would touch rows of ours; a renamed keyword touches none.
        site.run("UPDATE tag SET name = '他人改名' WHERE name = '只有这一条'")
        site_now = datetime.now(timezone.utc)
        # The other one commits while our row is written and not yet logged.
        change_log.drain_in(
            connection, site.shapes, site.mark, site_now, {record["id"]: prepared_of(record)}
        )
    site.drain()
    assert (
        logged(site)[record["fields"]["identifier"]]
        == from_tables(site, [record])[record["fields"]["identifier"]]
    )
    assert (
        logged(site)[record["fields"]["identifier"]]
        != hashes([record])[record["fields"]["identifier"]]
    )


def test_a_refused_row_is_found_among_the_others(site: LogSite) -> None:
    records = list(corpus.entries(8, TODAY, first=COUNT + 30))
    rows = [row_of(site, record) for record in records]
    rows[5]["owner_org"] = str(uuid.uuid4())
    with own_transaction() as connection:
        faults = merge.carefully(connection, [(row["id"], row) for row in rows], merge.entries)
    assert [item for item, _ in faults] == [rows[5]["id"]]
    site.drain()
    assert hashes(records[:5] + records[6:]).items() <= logged(site).items()


def test_text_that_copy_must_escape_arrives_as_it_is(site: LogSite) -> None:
    (record,) = corpus.entries(1, TODAY, first=COUNT + 50)
    record["fields"]["notes"] = 'a\tb\nc\r\\d\\N "e" \\. \N{FULLWIDTH COMMA}'
    record["tags"] = sorted(["a\\b", "\\N", "c"])
    record["resources"][0]["description"] = "x\\ny\n\tz"
    write(site, [record])
    with snapshot() as connection:
        notes = connection.execute(
            sa.text("SELECT notes FROM package WHERE id = :id"), {"id": record["id"]}
        ).scalar_one()
    assert notes == record["fields"]["notes"]
    assert from_tables(site, [record]) == hashes([record])
