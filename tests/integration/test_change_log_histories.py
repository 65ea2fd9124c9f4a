"""Random histories: what is kept incrementally equals what is computed from scratch."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.fjgov.model.change_rows import current_entries, current_units
from ckanext.fjgov.model.database import snapshot
from tests.integration.log_site import LogSite, insert_entry, log_site
from tests.integration.stack_env import StackInfo

STEPS = 150


@pytest.fixture(scope="module")
def site(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogSite]:
    with log_site(stack, tmp_path_factory.mktemp("histories")) as found:
        yield found


def listed(site: LogSite) -> dict[tuple[str, str], str]:
    """What the tables say is listed: (kind, key) -> hash, without the log."""
    packages = [row[0] for row in site.run("SELECT id FROM package")]
    groups = [row[0] for row in site.run('SELECT id FROM "group"')]
    with snapshot() as connection:
        records = [
            *current_entries(connection, packages, site.shapes).values(),
            *current_units(connection, groups, site.shapes).values(),
        ]
    return {(record.kind, record.key): record.hash for record in records if record.data}


def step(site: LogSite, draw: random.Random, units: list[str]) -> None:
    packages = [row[0] for row in site.run("SELECT id FROM package ORDER BY id")]
    chosen = draw.choice(packages) if packages else ""
    kind = draw.choices(
        ["add", "title", "state", "private", "purge", "resource", "unit", "move", "swap"],
        [6, 4, 4, 1, 1, 3, 1, 1, 1],
    )[0]
    if kind == "add" or not chosen:
        with site.transaction() as cursor:
            insert_entry(cursor, draw.choice(units), f"目录 {draw.random()}")
    elif kind == "title":
        site.run("UPDATE package SET title = %s WHERE id = %s", f"改 {draw.random()}", chosen)
    elif kind == "state":
        state = draw.choice(["active", "draft", "deleted"])
        site.run("UPDATE package SET state = %s WHERE id = %s", state, chosen)
    elif kind == "private":
        site.run("UPDATE package SET private = NOT private WHERE id = %s", chosen)
    elif kind == "purge":
        with site.transaction() as cursor:
            cursor.execute("DELETE FROM resource WHERE package_id = %s", (chosen,))
            cursor.execute("DELETE FROM package WHERE id = %s", (chosen,))
    elif kind == "resource":
        site.run("UPDATE resource SET name = %s WHERE package_id = %s", f"{draw.random()}", chosen)
    elif kind == "unit":
        unit = draw.choice(units)
        site.run('UPDATE "group" SET title = %s WHERE id = %s', f"局 {draw.random()}", unit)
    elif kind == "move":
        site.run("UPDATE package SET owner_org = %s WHERE id = %s", draw.choice(units), chosen)
    else:
        _swap_identifiers(site, chosen, draw.choice(packages))


def _swap_identifiers(site: LogSite, first: str, second: str) -> None:
    """Two records exchange their keys in one commit, which no key may survive wrongly."""
    rows: dict[str, Any] = dict(
        site.run(
            "SELECT id, extras ->> 'identifier' FROM package WHERE id = ANY(%s)", [first, second]
        )
    )
    if first == second:
        return
    with site.transaction() as cursor:
        for target, source in ((first, second), (second, first)):
            cursor.execute(
                "UPDATE package SET extras = extras || %s WHERE id = %s",
                (json.dumps({"identifier": rows[source]}), target),
            )


@pytest.mark.parametrize("seed", range(4))
def test_log_and_digest_follow_a_random_history(site: LogSite, seed: int) -> None:
    draw = random.Random(seed)
    units = [site.add_unit(f"示例局 {seed}-{index}")[0] for index in range(3)]
    copy: dict[tuple[str, str], str] = {}
    cursor = 0
    for _ in range(STEPS):
        step(site, draw, units)
        if draw.random() < 0.3:
            site.drain()
            for row in site.changes(cursor):
                if row.op == "put":
                    copy[row.kind, row.key] = row.hash
                else:
                    copy.pop((row.kind, row.key), None)
                cursor = row.seq
            assert site.digest() == site.digest_from_scratch()
    site.drain()
    for row in site.changes(cursor):
        if row.op == "put":
            copy[row.kind, row.key] = row.hash
        else:
            copy.pop((row.kind, row.key), None)
    assert copy == listed(site)
    assert site.digest() == site.digest_from_scratch()
