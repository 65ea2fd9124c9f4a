"""厦门市住房和建设局 needs what two other units hold: who takes part, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg2
from ckanapi import RemoteCKAN

from tests.integration.api import client, new_account, sql, unit_of
from tests.integration.stack_env import StackInfo

NODE = "xiamen"
ESTATE, FUND = "厦门市不动产登记结果信息", "厦门市住房公积金缴存信息"
# 信息项 that are left after the review, by entry; those of the persons' numbers are the key.
KEPT = {ESTATE: ("权利人身份号码", "建筑面积"), FUND: ("身份号码", "缴存状态")}
PURPOSE = "核定保障性住房申请家庭的住房和收入状况（示例）"


@dataclass(frozen=True)
class Case:
    """Clients of those who take part, and the two entries by title."""

    asking: RemoteCKAN
    manager: RemoteCKAN
    operator: RemoteCKAN
    providers: dict[str, RemoteCKAN]
    entries: dict[str, dict[str, Any]]


def begin(stack: StackInfo) -> Case:
    """Give the people of the samples, and one 信息管理员 for each of the two providers."""
    site = client(stack, NODE, "registrar")
    found = site.action.package_search(q="不动产 公积金 厦门市", rows=100)["results"]
    found += site.action.package_search(q=f'title:"{FUND}"', rows=100)["results"]
    found += site.action.package_search(q=f'title:"{ESTATE}"', rows=100)["results"]
    entries = {
        row["title"]: site.action.package_show(id=row["id"])
        for row in found
        if row["title"] in (ESTATE, FUND)
    }
    assert set(entries) == {ESTATE, FUND}
    assert site.action.organization_show(id=unit_of(stack, NODE))["title"] == "厦门市住房和建设局"
    return Case(
        asking=site,
        manager=client(stack, NODE, "info_manager"),
        operator=client(stack, NODE, "platform_operator"),
        providers={
            title: new_account(stack, NODE, entry["organization"]["name"], "info_manager")
            for title, entry in entries.items()
        },
        entries=entries,
    )


def items_of(entry: dict[str, Any], *names: str) -> list[str]:
    """Give the ids of items of an entry; of all when none is named."""
    return [str(one["id"]) for one in entry["items"] if not names or one["name"] in names]


def terms(targets: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the five elements and the purpose."""
    return {
        "purpose": PURPOSE,
        "business": "保障性住房资格审核",
        "mode": "custom",
        "holder": {"kind": "unit"},
        "until": (date.today() + timedelta(days=180)).isoformat(),
        "targets": targets,
    }


@contextmanager
def grown(stack: StackInfo, resource: str, times: int) -> Iterator[None]:
    """Let a mounted table hold each of its rows `times` times more, as a version of its own."""
    url = stack.stack.sites.datastores.urls(stack.nodes[NODE])["DATASTORE_WRITE_URL"]
    with closing(psycopg2.connect(url)) as link:
        version = _counted(stack, resource, "rows * (%s + 1)", times)
        with link, link.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_name = %s AND column_name NOT IN ('_id', 'fjgov_version')",
                (resource,),
            )
            [columns] = cursor.fetchone() or [None]
            cursor.execute(
                f'INSERT INTO "{resource}" ({columns}, fjgov_version)'
                f' SELECT {columns}, %s FROM "{resource}", generate_series(1, %s)',
                (version, times),
            )
        try:
            yield
        finally:
            with link, link.cursor() as cursor:
                cursor.execute(f'DELETE FROM "{resource}" WHERE fjgov_version = %s', (version,))
            _counted(stack, resource, "rows / (%s + 1)", times)


def _counted(stack: StackInfo, resource: str, rows: str, times: int) -> int:
    """Say that a table has other rows in a new version, and give its number."""
    [[version]] = sql(
        stack,
        NODE,
        f"UPDATE fjgov_mount SET rows = {rows}, version = version + 1, at = now()"
        " WHERE resource = %s RETURNING version",
        times,
        resource,
    )
    return int(version)
