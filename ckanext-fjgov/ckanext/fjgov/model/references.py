"""Which records name which others, and how those that are named stand here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A record at one end of a reference; `field` is the naming field, "" for what was asked for.

    Attributes:
        home_node: code of its node, "" for this one.
        open_to_public: 是否向社会开放 as stored, "" when it has none.
    """

    id: str
    name: str
    identifier: str
    record_type: str
    state: str
    title: str
    unit_id: str
    unit_title: str
    home_node: str
    share_type: str
    open_to_public: str
    field: str = ""


def replace(connection: sa.Connection, package_id: str, named: Iterable[Named]) -> None:
    """Keep what one record names now, as (field, identifier). Cost: two statements."""
    connection.execute(
        sa.text("DELETE FROM fjgov_reference WHERE package_id = :id"), {"id": package_id}
    )
    _add(connection, [(package_id, field, target) for field, target in named])


def replace_all(connection: sa.Connection, named: Mapping[str, Sequence[Named]]) -> None:
    """Keep what many records name now: package id -> (field, identifier). Cost: two statements."""
    if not named:
        return
    connection.execute(
        sa.text("DELETE FROM fjgov_reference WHERE package_id = ANY(:ids)"), {"ids": list(named)}
    )
    _add(
        connection,
        [
            (package_id, field, target)
            for package_id, rows in named.items()
            for field, target in rows
        ],
    )


def hold(connection: sa.Connection, identifiers: Sequence[str]) -> dict[str, Record]:
    """Find records by identifier and keep their state until the commit: identifier -> record.

    Whoever withdraws one of them meanwhile waits, and then finds the new reference; see `hold_own`.
    """
    # In one order for all writers, so that no two of them wait for each other.
    connection.execute(
        sa.text(
            "SELECT p.id FROM package p WHERE p.id IN (SELECT record_id FROM fjgov_identifier"
            " WHERE kind = 'resource' AND identifier = ANY(:values)) ORDER BY p.id FOR SHARE"
        ),
        {"values": list(identifiers)},
    )
    return by_identifier(connection, identifiers)


def hold_own(connection: sa.Connection, package_id: str) -> None:
    """Wait for those who are about to name a record, and keep others from it until the commit."""
    connection.execute(
        sa.text("SELECT id FROM package WHERE id = :id FOR UPDATE"), {"id": package_id}
    )


def by_identifier(connection: sa.Connection, identifiers: Sequence[str]) -> dict[str, Record]:
    """Find records by identifier: identifier -> record. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS}, '' AS field FROM fjgov_identifier i"
            f" JOIN package p ON p.id = i.record_id {_UNIT}"
            " WHERE i.kind = 'resource' AND i.identifier = ANY(:values)"
        ),
        # A code with a character that no code has is none, and not every one can be asked for.
        {"values": [code for code in identifiers if code.isprintable()]},
    )
    return {row.identifier: Record(*row) for row in rows}


def naming(connection: sa.Connection, identifier: str) -> list[Record]:
    """Give the listed records that name one, by type, field and identifier. Cost: one statement."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS}, r.field FROM fjgov_reference r"
            f" JOIN package p ON p.id = r.package_id AND p.state = 'active' {_UNIT}"
            " WHERE r.target = :target ORDER BY p.type, r.field, identifier"
        ),
        {"target": identifier},
    )
    return [Record(*row) for row in rows]


_COLUMNS = (
    "p.id, p.name, coalesce(p.extras ->> 'identifier', '') AS identifier, p.type, p.state,"
    " coalesce(p.title, ''), coalesce(p.owner_org, ''), coalesce(g.title, ''),"
    " coalesce(p.extras ->> 'home_node', ''), coalesce(p.extras ->> 'share_type', ''),"
    " coalesce(p.extras ->> 'open_to_public', '')"
)
_UNIT = 'LEFT JOIN "group" g ON g.id = p.owner_org'


def _add(connection: sa.Connection, rows: Sequence[tuple[str, str, str]]) -> None:
    if not rows:
        return
    packages, fields, targets = zip(*rows, strict=True)
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_reference (package_id, field, target) SELECT * FROM unnest("
            "CAST(:packages AS text[]), CAST(:fields AS text[]), CAST(:targets AS text[]))"
            " ON CONFLICT DO NOTHING"
        ),
        {"packages": list(packages), "fields": list(fields), "targets": list(targets)},
    )
