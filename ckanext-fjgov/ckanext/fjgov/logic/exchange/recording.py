"""The exchange record of an entry (信息发布记录), a fact that the system keeps (Art. 20, 21)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.catalog.canonical import stored_text
from ckanext.fjgov.core.exchange.publishing import rows_mounted, rows_unmounted
from ckanext.fjgov.logic import refreshing, settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import merge


def rows_of(package: model.Package) -> list[dict[str, Any]]:
    """Give the exchange record of an entry as it is stored."""
    rows: list[dict[str, Any]] = json.loads((package.extras or {}).get("exchange") or "[]")
    return rows


def write(
    connection: sa.Connection, package: model.Package, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Let the exchange record of an entry say something else, on the request's connection.

    It is written past the rules and reviews of entries: it says what is so, whatever else is wrong
    with the entry. A revision that is being made goes on from the new record.
    """
    if list(rows) == rows_of(package):
        return
    was = refreshing.record_hash(connection, package.id)
    package.extras = dict(package.extras or {}) | {"exchange": stored_text(list(rows))}
    package.metadata_modified = utc_now().replace(tzinfo=None)
    model.Session.flush()
    merge.queue_index(connection, [package.id])
    refreshing.carry_over(
        connection, package.id, was, lambda candidate: {**candidate, "exchange": list(rows)}
    )


def publish(
    connection: sa.Connection, package: model.Package, modes: Collection[str], front_node: str
) -> None:
    """Write that an entry is published in some modes (已挂接) since today.

    Args:
        front_node: 前置交换系统, "" for the one that is known, or this node.
    """
    rows = rows_mounted(
        rows_of(package),
        modes,
        local_today().isoformat(),
        front_node=front_node,
        own_node=settings.node().name,
    )
    write(connection, package, rows)


def take_back(connection: sa.Connection, package: model.Package, modes: Collection[str]) -> None:
    """Write that an entry is no longer published in some modes (未挂接)."""
    write(connection, package, rows_unmounted(rows_of(package), modes))
