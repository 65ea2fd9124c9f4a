"""Read a few facts of many packages at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What decides about the visibility of a package."""

    id: str
    name: str
    type: str
    state: str
    private: bool
    owner_org: str | None
    extras: dict[str, Any]


def packages_by_reference(
    connection: sa.Connection, references: Sequence[str]
) -> dict[str, PackageFacts]:
    """Find packages by id or name: reference -> facts. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            "SELECT id, name, type, state, private, owner_org, extras FROM package"
            " WHERE type = 'dataset' AND (id = ANY(:values) OR name = ANY(:values))"
        ),
        {"values": list(references)},
    )
    found: dict[str, PackageFacts] = {}
    for row in rows:
        facts = PackageFacts(*row)
        found[facts.id] = found[facts.name] = facts
    return found


def exchange_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Give the stored exchange record of live entries: id -> JSON text, "" where there is none."""
    rows = connection.execute(
        sa.text(
            "SELECT id, coalesce(extras ->> 'exchange', '') AS exchange FROM package"
            " WHERE id = ANY(:ids) AND state = 'active'"
        ),
        {"ids": list(ids)},
    )
    return {row.id: row.exchange for row in rows}
