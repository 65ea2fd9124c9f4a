"""Mounted tables for tests of processing, and a job from its order to its end."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import requests
from ckanapi import RemoteCKAN
from psycopg2.extras import execute_values

from tests.integration.api import create_listed, sql
from tests.integration.sharing_cases import NODE, People, granted, published
from tests.integration.stack_env import StackInfo

PERSON, NAME, AMOUNT, SECRET = (str(uuid.UUID(int=number)) for number in range(1, 5))
ITEMS = {PERSON: "公民身份号码", NAME: "姓名", AMOUNT: "缴存金额", SECRET: "备注"}
KINDS = {PERSON: "text", NAME: "text", AMOUNT: "decimal", SECRET: "text"}
TYPES = {"text": "text", "decimal": "numeric"}


@dataclass(frozen=True)
class Mounted:
    """An entry with a mounted table, and a grant of it."""

    entry: str
    resource: str
    grant: str


@contextmanager
def datastore(stack: StackInfo) -> Iterator[Any]:
    """Give a cursor on the database of mounted tables, with the account that writes."""
    urls = stack.stack.sites.datastores.urls(stack.nodes[NODE])
    link = psycopg2.connect(urls["DATASTORE_WRITE_URL"])
    try:
        with link, link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


def mount(stack: StackInfo, entry: dict[str, Any], rows: Sequence[Sequence[Any]]) -> str:
    """Mount rows of all items as the resource of an entry; gives its id."""
    resource = entry["resources"][0]["id"]
    columns = [
        {"name": f"c_{place}", "item": item, "title": ITEMS[item], "kind": KINDS[item]}
        for place, item in enumerate(ITEMS)
    ]
    types = ", ".join(f'"{one["name"]}" {TYPES[one["kind"]]}' for one in columns)
    names = ", ".join(f'"{one["name"]}"' for one in columns)
    with datastore(stack) as cursor:
        cursor.execute(
            f'CREATE TABLE "{resource}" (_id serial PRIMARY KEY, {types},'
            " fjgov_version bigint DEFAULT 1)"
        )
        execute_values(cursor, f'INSERT INTO "{resource}" ({names}) VALUES %s', rows)
    sql(
        stack,
        NODE,
        "INSERT INTO fjgov_mount (resource, entry, columns, rows, version, at)"
        " VALUES (%s, %s, %s, %s, 1, now())",
        resource,
        entry["id"],
        json.dumps(columns),
        len(rows),
    )
    return str(resource)


def mounted(
    stack: StackInfo,
    people: People,
    rows: Sequence[Sequence[Any]],
    items: Sequence[str] = tuple(ITEMS),
    row_filter: Sequence[Any] = (),
    **terms: Any,
) -> Mounted:
    """List an entry, mount rows, and have some of its items and rows granted for processing."""
    shown = [
        {"id": item, "name": name, "data_type": "C", "length": "50"} for item, name in ITEMS.items()
    ]
    resources = [{"name": "库表", "mode": "custom", "url": "http://192.0.2.1/rows.csv"}]
    entry = create_listed(stack, NODE, resources=resources, items=shown, **published("custom"))
    resource = mount(stack, entry, rows)
    [grant] = granted(
        people,
        entry,
        mode="custom",
        targets=[
            {"kind": "entry", "id": entry["id"], "items": list(items), "filter": list(row_filter)}
        ],
        **terms,
    )
    return Mounted(entry["id"], resource, grant["number"])


def source(table: Mounted, *items: str, **more: Any) -> dict[str, Any]:
    """Give an input of an order."""
    return {"resource": table.resource, "grant": table.grant, "items": list(items), **more}


def order(site: RemoteCKAN, inputs: Sequence[Any], *steps: Any) -> str:
    """Order a job; gives its number."""
    spec = {"inputs": list(inputs), "steps": list(steps)}
    return str(site.action.fjgov_processing_create(title="试验加工", spec=spec)["number"])


def ended(site: RemoteCKAN, number: str, seconds: float = 60) -> dict[str, Any]:
    """Wait until a job has ended, and show it."""
    deadline = time.monotonic() + seconds
    while (job := site.action.fjgov_processing_show(number=number))["is_open"]:
        assert time.monotonic() < deadline, job
        time.sleep(0.3)
    return dict(job)


def fetched(
    stack: StackInfo, site: RemoteCKAN, number: str, what: str, **headers: str
) -> requests.Response:
    """Ask the gateway for something of a result."""
    return requests.get(
        f"{stack.urls[NODE]}/share/jobs/{number}/{what}",
        headers={"Authorization": site.apikey, "Accept": "application/json", **headers},
        timeout=60,
    )


@contextmanager
def held_up(stack: StackInfo, table: Mounted) -> Iterator[None]:
    """Let nobody read a mounted table for the time of a block: a job stands where it reads."""
    with datastore(stack) as cursor:
        cursor.execute(f'LOCK TABLE "{table.resource}" IN ACCESS EXCLUSIVE MODE')
        yield


def work_horses(stack: StackInfo) -> set[int]:
    """Give the processes that the worker of the site has begun, one for a job among them."""
    told = json.loads((stack.base / "run" / f"{NODE}-worker.json").read_text(encoding="utf-8"))
    # What keeps the worker up, the worker, and what it begins.
    return {horse for worker in _children(told["pid"]) for horse in _children(worker)}


def _children(pid: int) -> set[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return {int(word) for word in words}


def lines_of(job: dict[str, Any], what: str, place: int) -> list[int]:
    """Give the numbers of a report that count the same thing of a table, in their order."""
    return [line["rows"] for line in job["lines"] if (line["what"], line["input"]) == (what, place)]


def line_of(job: dict[str, Any], what: str, **about: Any) -> int:
    """Give one number of a report."""
    [found] = [
        line["rows"]
        for line in job["lines"]
        if line["what"] == what and all(line[name] == value for name, value in about.items())
    ]
    return int(found)
