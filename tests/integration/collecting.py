"""Records of the 采集目录 as units of any node report them, for tests on running sites."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckanapi import RemoteCKAN

from tests.factories import make_directory_record
from tests.integration.api import (
    client,
    eventually,
    new_account,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

PROVINCE = "province"


def items(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def register(
    stack: StackInfo,
    node: str,
    names: Sequence[str],
    *,
    site: RemoteCKAN | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Register and list a record about vehicles, for the unit of the node's registrar."""
    values = {
        "title": unique_title("示例采集事项"),
        "owner_org": unit_of(stack, node),
        "provider_code": None,
        "state": "active",
        "is_sample": "1",
        "business_object": "vehicle",
        "line_of_business": unique_line(),
        "territory": [stack.nodes[node].code],
        "legal_basis": None,
        "items": items(*names),
    }
    record = make_directory_record("collection_item", **{**values, **changes})
    return dict((site or client(stack, node, "registrar")).action.package_create(**record))


def unique_line() -> str:
    """Give a line of business of its own, so that only what must meets other tests' items."""
    return unique_title("示例条线")


def unique_item() -> str:
    """Give an item that no other test has."""
    return f"示例{uuid.uuid4().hex[:12]}性能指标"


def decide(stack: StackInfo, number: str, event: str = "confirm", **more: Any) -> dict[str, Any]:
    """Take a step as 省数字办."""
    site = client(stack, PROVINCE, "digital_office")
    return dict(site.action.fjgov_case_decide(number=number, event=event, **more))


def confirmed(
    stack: StackInfo, names: Sequence[str], *, site: RemoteCKAN | None = None, **changes: Any
) -> dict[str, Any]:
    """Register a record at the province, report it and have it confirmed."""
    writer = site or client(stack, PROVINCE, "registrar")
    record = register(stack, PROVINCE, names, site=writer, **changes)
    case = writer.action.fjgov_collection_report(id=record["id"])
    decide(stack, case["number"])
    return {**record, "case": case["number"]}


def other_registrar(stack: StackInfo, node: str) -> tuple[str, RemoteCKAN]:
    """Give a unit that is neither the registrar's nor 省数字办, and a registrar of it."""
    technician = client(stack, node, "sysadmin")
    taken = {unit_of(stack, node), unit_of(stack, node, "digital_office")}
    unit = next(name for name in sorted(technician.action.organization_list()) if name not in taken)
    return unit, new_account(stack, node, unit)


def findings(record: dict[str, Any], *rules: str) -> list[str]:
    """Give what a write told of the 采集目录."""
    return [one["zh"] for one in record["fjgov_findings"] if one["rule"] in (rules or ("X5", "X6"))]


def command(stack: StackInfo, node: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `ckan fjgov collection …` on a node."""
    program = str(Path(sys.executable).parent / "ckan")
    return subprocess.run(
        [program, "-c", str(stack.inis[node]), "fjgov", "collection", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def pull(stack: StackInfo, node: str, **options: Any) -> dict[str, Any]:
    """Pull the decided items into a city now."""
    site = client(stack, node, "platform_operator")
    return dict(site.action.fjgov_collection_pull(**options))


def bring_up(stack: StackInfo, *nodes: str) -> None:
    """Have the province's worker pull cities, all at once, and wait for verified copies."""
    site = client(stack, PROVINCE, "platform_operator")
    start, show = site.action.fjgov_sync_start, site.action.fjgov_sync_show
    runs = [start(node=stack.nodes[node].code)["id"] for node in nodes]
    ended = {
        run: eventually(
            lambda run=run: show(id=run)["state"],
            lambda state: state not in ("queued", "running"),
            seconds=120,
        )
        for run in runs
    }
    assert set(ended.values()) <= {"verified", "repaired"}, ended


def overall(stack: StackInfo, node: str, role: str = "digital_office") -> dict[str, Any]:
    """Give the overall catalog as a node knows it: (node, item id) -> row."""
    site, found, offset = client(stack, node, role), {}, 0
    while True:
        answer = site.action.fjgov_collection_list(limit=200, offset=offset)
        found |= {(row["node"], row["item"]): row for row in answer["results"]}
        offset += 200
        if offset >= answer["count"]:
            return found


def decided_rows(stack: StackInfo, record: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give number, state and hash of what the province decided about a record, item by item."""
    return sql(
        stack,
        PROVINCE,
        "SELECT item_id, adjustment IS NOT NULL, is_carried FROM fjgov_collection_decision"
        " WHERE record = %s ORDER BY number",
        record["identifier"],
    )


def of_record(stack: StackInfo, record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give what the overall catalog holds of a record of the province: name of the item -> row."""
    rows = overall(stack, PROVINCE).values()
    return {row["name"]: row for row in rows if row["record"] == record["identifier"]}
