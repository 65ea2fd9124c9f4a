"""Counters and the register of identifiers in use (信息资源标识符, 信息资源代码)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.high_water import HighWaterMark

RESOURCE = "resource"
GUIDE = "guide"


def next_number(kind: str, prefix: str, mark: HighWaterMark) -> int:
    """Issue the next number of a prefix; see `next_block`."""
    return next_block(kind, prefix, 1, mark)[0]


def next_block(kind: str, prefix: str, count: int, mark: HighWaterMark) -> range:
    """Issue numbers of a prefix, once and for ever, even over roll-backs and restores.

    The numbers are taken in a transaction of its own: a roll-back of the caller leaves a gap, and
    nobody waits for a writer that is still busy with a record.

    Args:
        kind: `RESOURCE` or `GUIDE`.
        prefix: what stands before the number.
        count: how many are taken, at least one.
        mark: the mark outside the database.

    Cost: one short transaction and one durable file write, whatever the count.
    """
    name = f"{kind}:{prefix}"
    with own_transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_counter (kind, prefix, last)"
                " VALUES (:kind, :prefix, 0) ON CONFLICT DO NOTHING"
            ),
            {"kind": kind, "prefix": prefix},
        )
        last: int = connection.execute(
            sa.text(
                "SELECT last FROM fjgov_counter WHERE kind = :kind AND prefix = :prefix FOR UPDATE"
            ),
            {"kind": kind, "prefix": prefix},
        ).scalar_one()
        # A mark above the database: a backup was restored, or a taker died. Skip what it may
        # have issued.
        first = max(last, mark.read(name)) + 1
        highest = first + count - 1
        mark.raise_to(name, highest)
        connection.execute(
            sa.text(
                "UPDATE fjgov_counter SET last = :last WHERE kind = :kind AND prefix = :prefix"
            ),
            {"last": highest, "kind": kind, "prefix": prefix},
        )
    return range(first, highest + 1)


def claim(connection: sa.Connection, kind: str, identifier: str, record_id: str) -> str:
    """Bind an identifier to a record for ever and give the record that holds it.

    Returns:
        The id of the holder: `record_id` when it was free or already its own.
    """
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_identifier (kind, identifier, record_id)"
            " VALUES (:kind, :identifier, :record_id) ON CONFLICT DO NOTHING"
        ),
        {"kind": kind, "identifier": identifier, "record_id": record_id},
    )
    holder: str = connection.execute(
        sa.text(
            "SELECT record_id FROM fjgov_identifier WHERE kind = :kind AND identifier = :identifier"
        ),
        {"kind": kind, "identifier": identifier},
    ).scalar_one()
    return holder


def claim_all(connection: sa.Connection, claims: Sequence[tuple[str, str, str]]) -> None:
    """Bind many identifiers: (kind, identifier, record id); those that are held stay as they are.

    Cost: one statement.
    """
    if not claims:
        return
    kinds, codes, records = zip(*claims, strict=True)
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_identifier (kind, identifier, record_id) SELECT * FROM unnest("
            "CAST(:kinds AS text[]), CAST(:codes AS text[]), CAST(:records AS text[]))"
            " ON CONFLICT DO NOTHING"
        ),
        {"kinds": list(kinds), "codes": list(codes), "records": list(records)},
    )


def existing(connection: sa.Connection, kind: str, identifiers: list[str]) -> frozenset[str]:
    """Say which of the identifiers are in use."""
    rows = connection.execute(
        sa.text(
            "SELECT identifier FROM fjgov_identifier"
            " WHERE kind = :kind AND identifier = ANY(:identifiers)"
        ),
        # A code with a character that no code has is none, and not every one can be asked for.
        {"kind": kind, "identifiers": [code for code in identifiers if code.isprintable()]},
    )
    return frozenset(row.identifier for row in rows)
