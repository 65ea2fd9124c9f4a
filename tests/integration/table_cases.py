"""Entries with a mounted table, as mounting leaves it: for tests of what is done with tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg2
import psycopg2.extras
import requests
from ckanapi import RemoteCKAN

from tests.integration.api import create_listed, sql
from tests.integration.sharing_cases import NODE, published
from tests.integration.stack_env import StackInfo

# Columns with their items: name, title, kind, 数据类型 and 数据长度.
COLUMNS = (
    ("xm", "姓名", "text", "C", "100"),
    ("xzqh", "行政区划", "text", "C", "6"),
    ("mj", "面积", "decimal", "N", "20,6"),
    ("rs", "人数", "integer", "I", "18"),
    ("rq", "登记日期", "date", "D", "10"),
    ("gx", "更新时间", "moment", "T", "19"),
    ("yx", "是否有效", "flag", "L", "1"),
)
SQL_TYPES = {
    "text": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "date": "date",
    "moment": "timestamp without time zone",
    "flag": "boolean",
}


@dataclass(frozen=True)
class Mounted:
    """An entry and its table.

    Attributes:
        entry: as it was created.
        resource: id.
        rows: values by column, in order.
    """

    entry: dict[str, Any]
    resource: str
    rows: Sequence[Sequence[Any]]


def some_rows(count: int) -> list[tuple[Any, ...]]:
    """Give rows with every kind of value, among them what is awkward in CSV and JSON."""
    names = (
        "张三",
        '引号"和,逗号',
        "=1+1",
        "-负号",
        "两\n行",
        "",
        None,
        "😀",
        "'=已",
        "O'Neil %s :x",
    )
    return [
        (
            f"{names[n % 10]}" if names[n % 10] else names[n % 10],
            "350200" if n % 2 else "350100",
            None if n % 7 == 3 else Decimal(n) / 8,
            n * 1_000_000_007,
            None if n % 5 == 4 else date(2026, 1 + n % 12, 1 + n % 28),
            datetime(2026, 1, 1 + n % 28, n % 24, n % 60, 7),
            None if n % 11 == 5 else n % 3 == 0,
        )
        for n in range(count)
    ]


def mounted(
    stack: StackInfo,
    rows: Sequence[Sequence[Any]],
    *,
    version: int = 1,
    stricter: Any = None,
    **change: Any,
) -> Mounted:
    """List an entry of class 2, unless told otherwise, with a mounted table of these rows.

    Args:
        stricter: more values of items by the name of their column.
    """
    items = [
        {"name": title, "name_en": name, "data_type": code, "length": length}
        | (stricter or {}).get(name, {})
        for name, title, _kind, code, length in COLUMNS
    ]
    entry = create_listed(
        stack,
        NODE,
        items=items,
        resources=[{"name": "库表", "mode": "query"}],
        **(published("query", "direct") | change),
    )
    resource = str(entry["resources"][0]["id"])
    load(stack, resource, rows, version)
    columns = [
        {"name": name, "item": item_id(entry, title), "title": title, "kind": kind}
        for name, title, kind, *_rest in COLUMNS
    ]
    put(stack, entry["id"], resource, columns, len(rows), version)
    return Mounted(entry, resource, rows)


def item_id(entry: dict[str, Any], title: str) -> str:
    """Give the id that an item got."""
    return next(str(one["id"]) for one in entry["items"] if one["name"] == title)


def items_of(entry: dict[str, Any], *columns: str) -> list[str]:
    """Give the ids of the items of some columns."""
    return [item_id(entry, title) for name, title, *_rest in COLUMNS if name in columns]


def load(stack: StackInfo, resource: str, rows: Sequence[Sequence[Any]], version: int) -> None:
    """Add rows of a version to the table of a resource, which is made when it is not there."""
    url = stack.stack.sites.datastores.urls(stack.nodes[NODE])["DATASTORE_WRITE_URL"]
    names = ", ".join(name for name, *_rest in COLUMNS)
    defined = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, _title, kind, *_rest in COLUMNS)
    link = psycopg2.connect(url)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(
                f'CREATE TABLE IF NOT EXISTS "{resource}"'
                f" (_id serial PRIMARY KEY, {defined}, fjgov_version bigint NOT NULL)"
            )
            psycopg2.extras.execute_values(
                cursor,
                f'INSERT INTO "{resource}" ({names}, fjgov_version) VALUES %s',
                [(*row, version) for row in rows],
            )
    finally:
        link.close()


def put(
    stack: StackInfo,
    entry: str,
    resource: str,
    columns: Sequence[dict[str, str]],
    rows: int,
    version: int,
) -> None:
    """Say that a resource is mounted."""
    sql(
        stack,
        NODE,
        "INSERT INTO fjgov_mount (resource, entry, columns, rows, version, at)"
        " VALUES (%s, %s, %s, %s, %s, now())",
        resource,
        entry,
        json.dumps(columns),
        rows,
        version,
    )


def refreshed(
    stack: StackInfo, table: Mounted, rows: Sequence[Sequence[Any]], version: int
) -> None:
    """Add rows as a later version brings them."""
    load(stack, table.resource, rows, version)
    sql(
        stack,
        NODE,
        "UPDATE fjgov_mount SET rows = rows + %s, version = %s, at = now() WHERE resource = %s",
        len(rows),
        version,
        table.resource,
    )


def ask(
    stack: StackInfo,
    resource: str,
    tail: str,
    site: RemoteCKAN | None = None,
    params: Any = None,
    **headers: str,
) -> requests.Response:
    """Ask for something beside a resource as a program does."""
    if site is not None and site.apikey:
        headers["Authorization"] = site.apikey
    return requests.get(
        f"{stack.urls[NODE]}/share/{resource}/{tail}",
        params=params,
        headers=headers,
        timeout=60,
        allow_redirects=False,
    )


def rows(
    stack: StackInfo, resource: str, site: RemoteCKAN | None = None, **params: Any
) -> requests.Response:
    """Query rows."""
    return ask(stack, resource, "rows", site, params)
