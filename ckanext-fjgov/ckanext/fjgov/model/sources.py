"""Foreign sources: their registration, bound identifiers, and the local log of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.identifier import numbered_identifier
from ckanext.fjgov.model import identifiers
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.high_water import HighWaterMark


@dataclass(frozen=True, slots=True)
class StoredSource:
    """One registered source as the database has it."""

    node: str
    definition: str
    consent_from: date
    consent_until: date
    added_by: str
    added_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str
    epoch: str
    seq: int
    digest: str
    reading: dict[str, Any]
    read_at: datetime | None


_COLUMNS = (
    "node, definition, consent_from, consent_until, added_by, added_at, ended_at, ended_by,"
    " end_reason, epoch, seq, digest, reading, read_at"
)


def register(connection: sa.Connection, kind: str, source: Mapping[str, Any]) -> None:
    """Add a source to a registered node, or change it; its log and its bindings stay.

    Args:
        connection: the transaction that registers the node.
        kind: how the source is read.
        source: `node`, `definition`, `consent_from`, `consent_until` and `added_by`.
    """
    connection.execute(
        sa.text("UPDATE fjgov_node SET kind = :kind WHERE code = :node"),
        {"kind": kind, "node": source["node"]},
    )
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_source (node, definition, consent_from, consent_until, added_by)"
            " VALUES (:node, :definition, :consent_from, :consent_until, :added_by)"
            " ON CONFLICT (node) DO UPDATE SET definition = EXCLUDED.definition,"
            " consent_from = EXCLUDED.consent_from, consent_until = EXCLUDED.consent_until,"
            " added_by = EXCLUDED.added_by, added_at = now(), ended_at = NULL, ended_by = NULL,"
            " end_reason = ''"
        ),
        dict(source),
    )


def end(connection: sa.Connection, node: str, *, user: str, reason: str, now: datetime) -> None:
    """End a source: it is not read any more; what is listed stays as it was last read."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_source SET ended_at = :now, ended_by = :user, end_reason = :reason"
            " WHERE node = :node"
        ),
        {"now": now, "user": user, "reason": reason, "node": node},
    )
    connection.execute(
        sa.text("UPDATE fjgov_node SET state = 'ended' WHERE code = :node"), {"node": node}
    )


def all_sources(connection: sa.Connection) -> list[StoredSource]:
    """Give all sources in order of their nodes."""
    rows = connection.execute(sa.text(f"SELECT {_COLUMNS} FROM fjgov_source ORDER BY node"))
    return [StoredSource(*row) for row in rows]


def find(connection: sa.Connection, node: str) -> StoredSource | None:
    """Give the source of a node."""
    row = connection.execute(
        sa.text(f"SELECT {_COLUMNS} FROM fjgov_source WHERE node = :node"), {"node": node}
    ).one_or_none()
    return StoredSource(*row) if row else None


def note_reading(
    connection: sa.Connection, node: str, now: datetime, summary: Mapping[str, Any]
) -> None:
    """Keep what the last reading found, complete or not."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_source SET read_at = :now, reading = CAST(:summary AS jsonb)"
            " WHERE node = :node"
        ),
        {"now": now, "summary": json.dumps(dict(summary), ensure_ascii=False), "node": node},
    )


def bound(connection: sa.Connection, source: str, remote_ids: Sequence[str]) -> dict[str, str]:
    """Give the identifiers that remote ids have already: remote id -> identifier."""
    rows = connection.execute(
        sa.text(
            "SELECT remote_id, identifier FROM fjgov_source_binding"
            " WHERE source = :source AND remote_id = ANY(:ids)"
        ),
        {"source": source, "ids": list(remote_ids)},
    )
    return {row.remote_id: row.identifier for row in rows}


def bind(
    source: str, remote_ids: Sequence[str], prefix: str, mark: HighWaterMark
) -> dict[str, str]:
    """Give the identifiers of remote ids; new ones get the next numbers of a prefix, for ever.

    Cost: one statement for known ids; for new ones a durable file write and a statement a call.
    """
    with own_transaction() as connection:
        known = bound(connection, source, remote_ids)
    fresh = [name for name in dict.fromkeys(remote_ids) if name not in known]
    if not fresh:
        return known
    numbers = identifiers.next_block(identifiers.RESOURCE, prefix, len(fresh), mark)
    codes = [str(numbered_identifier(prefix, number)) for number in numbers]
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_source_binding (source, remote_id, identifier)"
                " SELECT :source, * FROM unnest(CAST(:ids AS text[]), CAST(:codes AS text[]))"
                " ON CONFLICT DO NOTHING"
            ),
            {"source": source, "ids": fresh, "codes": codes},
        )
        return bound(connection, source, remote_ids)


def address_of(connection: sa.Connection, package_id: str, resource_id: str) -> str | None:
    """Give the real address of a resource of a foreign source, None when it named none."""
    address: str | None = connection.execute(
        sa.text(
            "SELECT addresses ->> :resource FROM fjgov_source_record"
            " WHERE record_id = :package AND kind = 'entry' AND op = 'put'"
        ),
        {"resource": resource_id, "package": package_id},
    ).scalar_one_or_none()
    return address


def listed_count(connection: sa.Connection, source: str) -> int:
    """Count the entries that a source listed at its last complete reading."""
    number: int = connection.execute(
        sa.text(
            "SELECT count(*) FROM fjgov_source_record"
            " WHERE source = :source AND kind = 'entry' AND op = 'put'"
        ),
        {"source": source},
    ).scalar_one()
    return number


def hashes(connection: sa.Connection, source: str, keys: Sequence[str]) -> dict[str, str]:
    """Give the hashes of listed entries of a source's log among the keys: key -> hash."""
    rows = connection.execute(
        sa.text(
            "SELECT key, hash FROM fjgov_source_record WHERE source = :source"
            " AND kind = 'entry' AND op = 'put' AND key = ANY(:keys)"
        ),
        {"source": source, "keys": list(keys)},
    )
    return {row.key: row.hash for row in rows}


def held_rules(connection: sa.Connection, node: str) -> list[list[str]]:
    """Give the rules that keep each held record of a node out."""
    rows = connection.execute(
        sa.text("SELECT reasons FROM fjgov_held WHERE node = :node"), {"node": node}
    )
    return [[str(reason.get("rule", "")) for reason in row.reasons] for row in rows]
