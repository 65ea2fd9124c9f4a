"""Entries whose tables are mounted in the exchange, through the real action and its job."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2
from ckanapi import RemoteCKAN

from tests.integration.api import client, create_listed, eventually
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
# Names, 数据类型, 数据长度 and 是否必填 of the items of a mounted entry.
ITEMS = (
    ("证件号码", "C", "18", "1"),
    ("姓名", "C", "20", "0"),
    ("面积", "N", "8", "0"),
    ("登记日期", "D", "", "0"),
)
ENDED = frozenset({"checked", "mounted", "refused", "failed", "unmounted"})


def sample_rows(count: int, start: int = 1) -> list[dict[str, str]]:
    """Give rows that keep to ITEMS; the values are made up."""
    return [
        {
            "证件号码": f"SL{number:016d}",
            "姓名": f"示例{number}",
            "面积": f"{50 + number % 100}.5",
            "登记日期": f"2026-01-{1 + number % 28:02d}",
        }
        for number in range(start, start + count)
    ]


def item_rows(items: Sequence[tuple[str, str, str, str]] = ITEMS) -> list[dict[str, str]]:
    """Give items as an entry has them, without ids: the site gives those."""
    return [
        {
            "name": name,
            "data_type": kind,
            "required": required,
            **({"length": size} if size else {}),
        }
        for name, kind, size, required in items
    ]


def entry_to_mount(
    stack: StackInfo, mode: str = "query", node: str = NODE, **change: Any
) -> dict[str, Any]:
    """List an entry of class 2 with one resource that nothing is mounted for yet."""
    resources = [{"name": "示例库表", **({"mode": mode} if mode else {})}]
    values = {"resources": resources, "items": item_rows(), "exchange": None} | change
    return create_listed(stack, node, **values)


def csv_of(rows: Sequence[Mapping[str, Any]], encoding: str = "utf-8") -> bytes:
    """Give rows as a CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def mount(
    site: RemoteCKAN, resource: str, data: bytes | None, seconds: float = 120, **options: Any
) -> dict[str, Any]:
    """Mount a file (None: fetch it) and wait for the end of the job; gives its run."""
    content = {} if data is None else {"content": base64.b64encode(data).decode("ascii")}
    made = site.action.fjgov_mount_create(id=resource, **content, **options)
    return eventually(
        lambda: run_of(site, resource, made["run"]),
        lambda run: run["state"] in ENDED,
        seconds=seconds,
    )


def run_of(site: RemoteCKAN, resource: str, run_id: str) -> dict[str, Any]:
    """Give one run of a resource."""
    runs = site.action.fjgov_mount_show(id=resource)["runs"]
    return next(dict(run) for run in runs if run["id"] == run_id)


def mounted_entry(
    stack: StackInfo,
    rows: Sequence[Mapping[str, Any]] | None = None,
    *,
    node: str = NODE,
    mode: str = "query",
    **change: Any,
) -> dict[str, Any]:
    """List an entry of class 2 of the registrar's unit and mount rows as its table.

    Args:
        rows: item name -> text; 30 made-up ones when left out. Other items than ITEMS are given by
            `items=item_rows(…)`.
        mode: of the resource; "" mounts for query and direct exchange.
        change: fields of the entry.

    Returns:
        The entry as it is then; its resource is the first of `resources`.
    """
    entry = entry_to_mount(stack, mode, node, **change)
    site = client(stack, node, "registrar")
    run = mount(site, entry["resources"][0]["id"], csv_of(rows or sample_rows(30)))
    assert run["state"] == "mounted", run
    return dict(site.action.package_show(id=entry["id"]))


def table_rows(stack: StackInfo, resource: str, node: str = NODE) -> list[tuple[Any, ...]]:
    """Give the rows of a mounted table in their order, as the account that only reads sees them."""
    urls = stack.stack.sites.datastores.urls(stack.nodes[node])
    link = psycopg2.connect(urls["DATASTORE_READ_URL"])
    try:
        with link.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{resource}" ORDER BY _id')
            return list(cursor.fetchall())
    finally:
        link.close()
