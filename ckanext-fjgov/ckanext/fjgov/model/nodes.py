"""Registered nodes, their cursors, and the nonces of their requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

NONCE_KEPT_HOURS = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One registered node (目录节点, Art. 41)."""

    code: str
    name: str
    level: str
    parent: str | None
    address: str
    scope: dict[str, Any]
    prefixes: list[str]
    keys: list[dict[str, Any]]
    profile: str
    state: str
    cursor_epoch: str | None
    cursor_seq: int
    cursor_digest: str | None
    verified_at: datetime | None
    allow: list[str]
    kind: str = "fjgov"


_COLUMNS = (
    "code, name, level, parent, address, scope, prefixes, keys, profile, state,"
    " cursor_epoch, cursor_seq, cursor_digest, verified_at, allow, kind"
)


def register(connection: sa.Connection, node: dict[str, Any]) -> None:
    """Add a node or change its registration; its cursor stays.

    What was refused before is looked at again by the next run, since the scope may have changed.
    """
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_node"
            " (code, name, level, parent, address, scope, prefixes, keys, profile, state, allow)"
            " VALUES (:code, :name, :level, :parent, :address, CAST(:scope AS jsonb),"
            " CAST(:prefixes AS jsonb), CAST(:keys AS jsonb), :profile, :state,"
            " CAST(:allow AS jsonb))"
            " ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, level = EXCLUDED.level,"
            " parent = EXCLUDED.parent, address = EXCLUDED.address, scope = EXCLUDED.scope,"
            " prefixes = EXCLUDED.prefixes, keys = EXCLUDED.keys, profile = EXCLUDED.profile,"
            " state = EXCLUDED.state, allow = EXCLUDED.allow, registered_at = now(),"
            # With keys it is a node of our own, whatever stood for its division before.
            " kind = CASE WHEN EXCLUDED.keys <> '[]' THEN 'fjgov' ELSE fjgov_node.kind END"
        ),
        {
            **node,
            "scope": json.dumps(node["scope"]),
            "prefixes": json.dumps(node["prefixes"]),
            "keys": json.dumps(node["keys"]),
            "allow": json.dumps(node["allow"]),
        },
    )


def all_nodes(connection: sa.Connection) -> list[Node]:
    """Give all nodes in order of code."""
    rows = connection.execute(sa.text(f"SELECT {_COLUMNS} FROM fjgov_node ORDER BY code"))
    return [Node(*row) for row in rows]


def find(connection: sa.Connection, code: str) -> Node | None:
    """Give one node."""
    row = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM fjgov_node WHERE code = :code"), {"code": code}
    ).one_or_none()
    return Node(*row) if row else None


def move_cursor(connection: sa.Connection, code: str, *, epoch: str, seq: int, digest: str) -> None:
    """Remember what was applied, in the transaction that applied it."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_node SET cursor_epoch = :epoch, cursor_seq = :seq,"
            " cursor_digest = :digest WHERE code = :code"
        ),
        {"epoch": epoch, "seq": seq, "digest": digest, "code": code},
    )


def mark_verified(connection: sa.Connection, code: str, now: datetime) -> None:
    """Remember when the node's catalog and its copy here were last proved equal."""
    connection.execute(
        sa.text("UPDATE fjgov_node SET verified_at = :now WHERE code = :code"),
        {"now": now, "code": code},
    )


def claim_nonce(connection: sa.Connection, sender: str, nonce: str) -> bool:
    """Keep a nonce; False when it was used before (a replay). Old ones are dropped on the way."""
    connection.execute(
        sa.text(
            f"DELETE FROM fjgov_nonce WHERE seen_at < now() - interval '{NONCE_KEPT_HOURS} hours'"
        )
    )
    taken = connection.execute(
        sa.text(
            "INSERT INTO fjgov_nonce (node, nonce) VALUES (:node, :nonce)"
            " ON CONFLICT DO NOTHING RETURNING nonce"
        ),
        {"node": sender, "nonce": nonce},
    )
    return taken.scalar_one_or_none() is not None
