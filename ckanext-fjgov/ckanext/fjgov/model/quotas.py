"""What of the quotas of grants was taken on a day; two who take at once cannot pass a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

# Made once: it is executed with every use under a quota.
_TAKE = sa.text(
    "INSERT INTO fjgov_grant_spent AS s (node, number, day, uses, rows)"
    " SELECT :node, :number, :day, 1, :rows WHERE :rows <= :most_rows"
    " ON CONFLICT (node, number, day) DO UPDATE"
    " SET uses = s.uses + 1, rows = s.rows + EXCLUDED.rows"
    " WHERE s.uses < :most_uses AND s.rows + EXCLUDED.rows <= :most_rows"
    " RETURNING uses"
)
_FETCHED = sa.text(
    "INSERT INTO fjgov_grant_fetched (node, number, day, file)"
    " VALUES (:node, :number, :day, :file) ON CONFLICT DO NOTHING RETURNING file"
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was taken on a day."""

    uses: int = 0
    rows: int = 0


def take(
    connection: sa.Connection,
    key: tuple[str, str],
    day: date,
    *,
    rows: int,
    most_uses: int,
    most_rows: int,
) -> bool:
    """Take one use and its rows, all or nothing; False when a limit would be passed.

    Args:
        key: node and number of the grant.
    """
    values = {"rows": rows, "most_uses": most_uses, "most_rows": most_rows}
    return connection.execute(_TAKE, {**_key(key, day), **values}).scalar_one_or_none() is not None


def is_first(connection: sa.Connection, key: tuple[str, str], day: date, file: str) -> bool:
    """Note that a file of rows is fetched; False when it was before on that day."""
    row = connection.execute(_FETCHED, {**_key(key, day), "file": file})
    return row.scalar_one_or_none() is not None


def spent(connection: sa.Connection, key: tuple[str, str], day: date) -> Spent:
    """Give what was taken on a day."""
    row = connection.execute(
        sa.text(
            "SELECT uses, rows FROM fjgov_grant_spent"
            " WHERE node = :node AND number = :number AND day = :day"
        ),
        _key(key, day),
    ).one_or_none()
    return Spent(row.uses, row.rows) if row else Spent()


def _key(key: tuple[str, str], day: date) -> dict[str, str | date]:
    return {"node": key[0], "number": key[1], "day": day}
