"""Records of use as rows, and the seals over them; both are only added to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.core.usage.sealing import Seal

_COLUMNS = (
    "use, phase, at, user_id, unit, provider, entry, resource, grant_no, mode, level, size, outcome"
)
# So many seals are held at once while they are looked at.
_BATCH = 200


def add(connection: sa.Connection, event: UseEvent) -> None:
    """Store a record; it waits for its seal. Cost: one statement."""
    values = (f":{name}" for name in _COLUMNS.replace(" ", "").split(","))
    connection.execute(
        sa.text(
            f"WITH added AS (INSERT INTO fjgov_use_event ({_COLUMNS})"
            f" VALUES ({', '.join(values)}) RETURNING id)"
            " INSERT INTO fjgov_use_pending (event) SELECT id FROM added"
        ),
        {
            "use": event.use,
            "phase": event.phase,
            "at": event.at,
            "user_id": event.user,
            "unit": event.unit,
            "provider": event.provider,
            "entry": event.entry,
            "resource": event.resource,
            "grant_no": event.grant,
            "mode": event.mode,
            "level": event.level,
            "size": event.size,
            "outcome": event.outcome,
        },
    )


def take_pending(connection: sa.Connection, limit: int) -> list[tuple[int, str]]:
    """Take records off the list of those without a seal: number and digest, in order."""
    rows = connection.execute(
        sa.text(
            "DELETE FROM fjgov_use_pending WHERE event IN (SELECT event FROM fjgov_use_pending"
            " ORDER BY event LIMIT :limit) RETURNING event"
        ),
        {"limit": limit},
    )
    found = digests(connection, sorted(rows.scalars()))
    return sorted(found.items())


def digests(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Give the digests of records as they are now, by number."""
    rows = connection.execute(
        sa.text(f"SELECT id, {_COLUMNS} FROM fjgov_use_event WHERE id = ANY(:numbers)"),
        {"numbers": list(numbers)},
    )
    return {row.id: _event(row).digest for row in rows}


def newest_seal(connection: sa.Connection) -> Seal | None:
    """Give the newest seal."""
    row = connection.execute(
        sa.text("SELECT * FROM fjgov_use_seal ORDER BY number DESC LIMIT 1")
    ).one_or_none()
    return _seal(row) if row else None


def add_seal(connection: sa.Connection, seal: Seal) -> None:
    """Store a seal."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_use_seal (number, at, events, digests, previous, hash)"
            " VALUES (:number, :at, :events, :digests, :previous, :hash)"
        ),
        {
            "number": seal.number,
            "at": seal.at,
            "events": list(seal.events),
            "digests": list(seal.digests),
            "previous": seal.previous,
            "hash": seal.hash,
        },
    )


def seals(connection: sa.Connection) -> Iterator[tuple[Seal, dict[int, str]]]:
    """Give every seal in order with the digests of its records as they are now."""
    last = -1
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT * FROM fjgov_use_seal WHERE number > :last ORDER BY number LIMIT :limit"
            ),
            {"last": last, "limit": _BATCH},
        ).all()
        for row in rows:
            seal = _seal(row)
            yield seal, digests(connection, seal.events)
            last = seal.number
        if len(rows) < _BATCH:
            return


def hash_of(connection: sa.Connection, number: int) -> str | None:
    """Give the hash of a seal."""
    found: str | None = connection.execute(
        sa.text("SELECT hash FROM fjgov_use_seal WHERE number = :number"), {"number": number}
    ).scalar_one_or_none()
    return found


def strays(connection: sa.Connection) -> list[int]:
    """Give the numbers of records that have no seal and wait for none, at most 20.

    Cost: three counts when there are none.
    """
    wanted = connection.execute(
        sa.text(
            "SELECT (SELECT count(*) FROM fjgov_use_event)"
            " - (SELECT count(*) FROM fjgov_use_pending)"
            " - (SELECT coalesce(sum(cardinality(events)), 0) FROM fjgov_use_seal)"
        )
    ).scalar_one()
    if wanted <= 0:
        return []
    rows = connection.execute(
        sa.text(
            "SELECT id FROM fjgov_use_event WHERE id NOT IN (SELECT event FROM fjgov_use_pending)"
            " AND id NOT IN (SELECT unnest(events) FROM fjgov_use_seal) ORDER BY id LIMIT 20"
        )
    )
    return list(rows.scalars())


def page(
    connection: sa.Connection,
    *,
    providers: Collection[str],
    holders: Collection[str],
    grant: str = "",
    entry: str = "",
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many uses there are, and one page of them, the newest first.

    Args:
        providers: uses of the information of these units.
        holders: uses by these units.
        grant, entry: only under this grant, only of this entry; "" for any.

    Returns:
        `use`, `at`, `user_id`, `unit`, `provider`, `entry`, `title`, `resource`, `grant_no`,
        `mode`, `level`, and `ended_at`, `size`, `outcome`, which are empty without an end.
    """
    where = (
        " FROM fjgov_use_event b LEFT JOIN fjgov_use_event e ON e.use = b.use AND e.phase = 'end'"
        " LEFT JOIN package p ON p.id = b.entry WHERE b.phase = 'begin'"
        " AND (b.provider = ANY(:providers) OR b.unit = ANY(:holders))"
        " AND :grant IN ('', b.grant_no) AND :entry IN ('', b.entry)"
    )
    values: dict[str, Any] = {
        "providers": sorted(providers),
        "holders": sorted(holders),
        "grant": grant,
        "entry": entry,
    }
    count = connection.execute(sa.text(f"SELECT count(*){where}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT b.use, b.at, b.user_id, b.unit, b.provider, b.entry,"
            " coalesce(p.title, '') AS title, b.resource, b.grant_no, b.mode, b.level,"
            " e.at AS ended_at, e.size, coalesce(e.outcome, '') AS outcome"
            f"{where} ORDER BY b.id DESC LIMIT :limit OFFSET :offset"
        ),
        values | {"limit": limit, "offset": offset},
    ).mappings()
    return count, [dict(row) for row in rows]


def _event(row: Any) -> UseEvent:
    return UseEvent(
        use=str(row.use),
        phase=row.phase,
        at=row.at,
        user=row.user_id,
        unit=row.unit,
        provider=row.provider,
        entry=row.entry,
        resource=row.resource,
        grant=row.grant_no,
        mode=row.mode,
        level=row.level,
        size=row.size,
        outcome=row.outcome,
    )


def _seal(row: Any) -> Seal:
    return Seal(row.number, row.at, tuple(row.events), tuple(row.digests), row.previous, row.hash)
