"""A real catalog of another region, imported into a node that data files alone configure.

Skipped where the listing is not at hand (see `guangxi_node.REAL`).
"""

from __future__ import annotations

import csv
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras
import pytest
import yaml
from ckanapi import RemoteCKAN

from ckanext.fjgov.core.catalog.unit_code import local_unit_code, unit_slug
from tests.integration.guangxi_node import KEY, LISTING, MAPPING, ckan, start_guangxi
from tests.integration.known_item import RECALL_TARGET, ask, known_items
from tests.integration.stack_env import StackInfo, stop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LISTING.is_file(), reason="the real listing is not at hand"),
]
# Processor time of the command: how long it takes on the clock depends on what else runs.
MAX_CPU_SECONDS = 40
COLUMNS = ("title", "notes")
# What the node itself gives to an entry; everything else must come from file or mapping.
SYSTEM = {"identifier", "md_id", "md_date_updated", "home_node"}
OUTCOMES = {"inventory": 1141, "strict": 0}


@pytest.fixture(scope="module")
def guangxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackInfo]:
    info = start_guangxi(tmp_path_factory.mktemp("guangxi"))
    try:
        yield info
    finally:
        stop(info)


@pytest.fixture(scope="module")
def source() -> list[dict[str, str]]:
    with LISTING.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def report(guangxi: StackInfo) -> dict[str, Any]:
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = ckan(guangxi, "fjgov", "import", str(LISTING), "--mapping", str(MAPPING), "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 1, done.stderr[-2000:]
    print(f"\n{LISTING.name}: {time.monotonic() - begin:.0f} s, {cpu:.0f} s of them its own work")
    assert cpu < MAX_CPU_SECONDS
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def stored(guangxi: StackInfo, report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every stored entry by identifier, straight from the tables."""
    with (
        psycopg2.connect(guangxi.dsns[KEY]) as link,
        link.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor,
    ):
        cursor.execute(
            "SELECT p.*, g.title AS unit_title, g.name AS unit_name, g.extras AS unit_extras,"
            " (SELECT count(*) FROM package_tag t WHERE t.package_id = p.id) AS tags,"
            " (SELECT count(*) FROM resource r WHERE r.package_id = p.id) AS resources"
            " FROM package p JOIN \"group\" g ON g.id = p.owner_org WHERE p.type = 'dataset'"
        )
        return {row["extras"]["identifier"]: dict(row) for row in cursor.fetchall()}


def reasons(report: dict[str, Any]) -> dict[str, int]:
    """Give rule -> number of rows it refused."""
    counted: Counter[str] = Counter()
    for row in report["rows"]:
        if row["outcome"] == "refused":
            counted.update({f["rule"] for f in row["findings"] if f["severity"] == "error"})
    return dict(sorted(counted.items()))


def test_at_least_1100_rows_are_listed_and_every_other_has_a_reason(
    guangxi: StackInfo, report: dict[str, Any], source: list[dict[str, str]]
) -> None:
    assert len(report["rows"]) == len(source) == sum(report["totals"].values())
    assert report["totals"]["listed"] == OUTCOMES["inventory"] >= 1100
    assert reasons(report) == {"C0": 3, "R2": 5}
    site = RemoteCKAN(guangxi.urls[KEY])
    assert site.action.package_search(rows=0)["count"] == report["totals"]["listed"]


def test_a_dry_run_says_the_same_for_both_profiles(guangxi: StackInfo) -> None:
    told = {}
    for profile in OUTCOMES:
        done = ckan(
            guangxi, "fjgov", "import", str(LISTING), "--mapping", str(MAPPING), "--dry-run",
            "--profile", profile, "--json",
        )  # fmt: skip
        told[profile] = json.loads(done.stdout)
    assert told["strict"]["totals"]["listed"] == OUTCOMES["strict"]
    assert reasons(told["strict"]) == {"C0": 3, "R1": 747, "R2": 5, "R3": 1149, "R9": 1126}
    assert reasons(told["inventory"]) == {"C0": 3, "R2": 5}
    for answer in told.values():
        refused = [row for row in answer["rows"] if row["outcome"] == "refused"]
        assert all(any(f["severity"] == "error" for f in row["findings"]) for row in refused)


def test_importing_the_file_again_changes_nothing(
    guangxi: StackInfo, report: dict[str, Any]
) -> None:
    done = ckan(guangxi, "fjgov", "import", str(LISTING), "--mapping", str(MAPPING), "--json")
    assert json.loads(done.stdout)["totals"] == {
        "listed": 0,
        "changed": 0,
        "unchanged": report["totals"]["listed"],
        "removed": 0,
        "refused": report["totals"]["refused"],
    }


def test_every_stored_value_is_in_the_file_the_mapping_or_the_constants(
    report: dict[str, Any], stored: dict[str, dict[str, Any]], source: list[dict[str, str]]
) -> None:
    declared = yaml.safe_load(MAPPING.read_text("utf-8"))
    listed = {row["row"]: row["identifier"] for row in report["rows"] if row["outcome"] == "listed"}
    assert set(listed.values()) == set(stored)
    for number, identifier in listed.items():
        cells, row = source[number - 2], stored[identifier]
        expected = {
            name: value
            for name, spec in declared["fields"].items()
            if (value := value_of(spec, cells.get(spec.get("column", ""), ""))) is not None
        }
        extras = {name: plain(text) for name, text in row["extras"].items() if name not in SYSTEM}
        columns = {name: row[name] for name in COLUMNS if row[name]}
        assert {**columns, **extras} == expected, number
        assert (row["state"], row["private"], row["tags"], row["resources"]) == (
            "active",
            False,
            0,
            0,
        )
        empty = ("version", "url", "license_id", "author", "author_email", "maintainer")
        assert not any(row[name] for name in empty), number
        assert set(row["extras"]) >= SYSTEM
        assert row["extras"]["home_node"] == "450000"


def test_units_hold_their_name_and_the_declared_constants_only(
    stored: dict[str, dict[str, Any]], source: list[dict[str, str]]
) -> None:
    declared = yaml.safe_load(MAPPING.read_text("utf-8"))["unit"]["constants"]
    units = {row["unit_name"]: row for row in stored.values()}
    for name, row in units.items():
        assert name == unit_slug(local_unit_code("45000", row["unit_title"]))
        assert row["unit_extras"] == {**declared, "home_node": "450000"}
    assert {row["unit_title"] for row in units.values()} <= {r["信息资源提供方"] for r in source}


def test_units_without_a_credit_code_are_known_by_their_local_code(
    guangxi: StackInfo, stored: dict[str, dict[str, Any]]
) -> None:
    token = guangxi.credentials[KEY]["sysadmin"]["token"]
    site = RemoteCKAN(guangxi.urls[KEY], apikey=token)
    rows: list[dict[str, Any]] = []
    while page := site.action.fjgov_change_list(since=rows[-1]["seq"] if rows else 0, limit=1000)[
        "rows"
    ]:
        rows += page
    units = {row["key"] for row in rows if row["type"] == "unit" and row["op"] == "put"}
    assert units == {row["unit_name"][2:].upper() for row in stored.values()}
    entries = {row["key"]: row["record"]["unit"] for row in rows if row["type"] == "entry"}
    assert entries == {key: row["unit_name"][2:].upper() for key, row in stored.items()}
    assert ckan(guangxi, "fjgov", "doctor").returncode == 0
    assert ckan(guangxi, "fjgov", "index", "verify").returncode == 0


def test_known_items_are_found(guangxi: StackInfo, stored: dict[str, dict[str, Any]]) -> None:
    site = RemoteCKAN(guangxi.urls[KEY])
    # Every second query: the bench asks them all.
    items = known_items({key: row["title"] for key, row in stored.items()})[::2]

    def find(words: str) -> list[str]:
        found = site.action.package_search(q=words, rows=10, fl=["identifier"])["results"]
        return [row["identifier"] for row in found]

    recall = ask(items, find)
    print(f"\nknown items: {len(items)} queries, recall@10 {recall:.3f}")
    assert len(items) >= 400
    assert recall >= RECALL_TARGET


def test_the_export_is_read_back_without_a_change(
    guangxi: StackInfo, report: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    done = ckan(guangxi, "fjgov", "export", "--out", str(path))
    assert done.returncode == 0, done.stderr[-2000:]
    again = ckan(guangxi, "fjgov", "import", str(path), "--dry-run", "--json")
    totals = json.loads(again.stdout)["totals"]
    assert (totals["unchanged"], totals["refused"]) == (report["totals"]["listed"], 0)


def value_of(spec: dict[str, Any], cell: str) -> Any:
    """Say from the YAML of the mapping alone what one field must be."""
    if "constant" in spec:
        return spec["constant"]
    if not cell:
        return None
    values: list[str] = []
    for part in [p for p in cell.split(spec["split"]) if p] if "split" in spec else [cell]:
        if "values" in spec:
            code = spec["values"][part]
            values += code if isinstance(code, list) else [code]
        else:
            values.append(cell[:10] if "date" in spec else part)
    if spec.get("multi") or "split" in spec:
        return list(dict.fromkeys(values)) or None
    return values[0]


def plain(text: str) -> Any:
    return json.loads(text) if text.startswith("[") else text
