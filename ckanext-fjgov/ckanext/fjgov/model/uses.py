"""Records of use as rows, and the seals over them; both are only added to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.core.usage.protecting import SCHEMA, WAITING
from ckanext.fjgov.core.usage.sealing import Head, Seal

_EVENT = f"{SCHEMA}.fjgov_use_event"
_PENDING = f"{SCHEMA}.{WAITING}"
_SEAL = f"{SCHEMA}.fjgov_use_seal"
# Columns with their types and where their values are in a record.
_TYPES = {
    "use": "uuid", "phase": "text", "at": "timestamptz", "user_id": "text", "unit": "text",
    "provider": "text", "entry": "text", "resource": "text", "grant_no": "text", "mode": "text",
    "level": "text", "size": "bigint", "outcome": "text",
}  # fmt: skip
_NAMED_OTHERWISE = {"user_id": "user", "grant_no": "grant"}
_VALUES = {name: attrgetter(_NAMED_OTHERWISE.get(name, name)) for name in _TYPES}
_COLUMNS = ", ".join(_TYPES)
_ROWS = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _TYPES.items())
# A beginning is on disk whatever the database does with other commits; an end is not waited for.
_NOW = (
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
    " ELSE current_setting('synchronous_commit') END"
)
_LATER = "'off'"
_ON_DISK = sa.text(f"SELECT set_config('synchronous_commit', {_NOW}, true)")
# Made once: they are executed with every use.
_ADD, _ADD_LATER = (
    sa.text(
        f"WITH added AS (INSERT INTO {_EVENT} ({_COLUMNS}) SELECT {_COLUMNS}"
        f" FROM unnest({_ROWS}) AS given ({_COLUMNS}),"
        f" set_config('synchronous_commit', {when}, true) RETURNING id)"
        f" INSERT INTO {_PENDING} (event) SELECT id FROM added"
    )
    for when in (_NOW, _LATER)
)
_NEWEST_HEAD = sa.text(f"SELECT number, hash FROM {_SEAL} ORDER BY number DESC LIMIT 1")
# Stands in a seal for a record that was gone before it was sealed.
_GONE = "0" * 64
# So many seals are held at once while they are looked at.
_BATCH = 200


def add(connection: sa.Connection, events: Sequence[UseEvent], *, durable: bool) -> None:
    """Store records; they wait for their seal. All of them, or none; on a connection that commits
    each statement by itself this is the whole transaction.

    Args:
        durable: the commit waits until they are on disk.

    Cost: one statement.
    """
    values = {name: [read(event) for event in events] for name, read in _VALUES.items()}
    connection.execute(_ADD if durable else _ADD_LATER, values)


def commit_on_disk(connection: sa.Connection) -> None:
    """Let the commit of this transaction wait for the disk, whatever the database does else."""
    connection.execute(_ON_DISK)


def take_pending(connection: sa.Connection, limit: int) -> list[tuple[int, str]]:
    """Take records off the list of those without a seal: number and digest, in order.

    One that is gone has a digest that no record has, so that its seal tells of it for ever.
    """
    rows = connection.execute(
        sa.text(
            f"DELETE FROM {_PENDING} WHERE event IN (SELECT event FROM {_PENDING}"
            " ORDER BY event LIMIT :limit) RETURNING event"
        ),
        {"limit": limit},
    )
    numbers = sorted(rows.scalars())
    found = digests(connection, numbers)
    return [(number, found.get(number, _GONE)) for number in numbers]


def digests(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Give the digests of records as they are now, by number."""
    return {number: event.digest for number, event in events(connection, numbers).items()}


def events(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, UseEvent]:
    """Give records by number."""
    rows = connection.execute(
        sa.text(f"SELECT id, {_COLUMNS} FROM {_EVENT} WHERE id = ANY(:numbers)"),
        {"numbers": list(numbers)},
    )
    return {row.id: _event(row) for row in rows}


def sealed_events(connection: sa.Connection) -> Iterator[tuple[Seal, dict[int, UseEvent]]]:
    """Give every seal in order with its records that are there, by number."""
    for seal in _seals(connection):
        yield seal, events(connection, seal.events)


def waiting_events(connection: sa.Connection) -> dict[int, UseEvent]:
    """Give the records that wait for a seal, by number."""
    numbers = connection.execute(sa.text(f"SELECT event FROM {_PENDING} ORDER BY event")).scalars()
    return events(connection, list(numbers))


def newest_seal(connection: sa.Connection) -> Seal | None:
    """Give the newest seal."""
    row = connection.execute(
        sa.text(f"SELECT * FROM {_SEAL} ORDER BY number DESC LIMIT 1")
    ).one_or_none()
    return _seal(row) if row else None


def newest_head(connection: sa.Connection) -> Head | None:
    """Give number and hash of the newest seal."""
    row = connection.execute(_NEWEST_HEAD).one_or_none()
    return Head(row.number, row.hash) if row else None


def add_seal(connection: sa.Connection, seal: Seal) -> None:
    """Store a seal."""
    connection.execute(
        sa.text(
            f"INSERT INTO {_SEAL} (number, at, events, digests, previous, hash)"
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
    for seal in _seals(connection):
        yield seal, digests(connection, seal.events)


def _seals(connection: sa.Connection) -> Iterator[Seal]:
    last = -1
    while True:
        rows = connection.execute(
            sa.text(f"SELECT * FROM {_SEAL} WHERE number > :last ORDER BY number LIMIT :limit"),
            {"last": last, "limit": _BATCH},
        ).all()
        for row in rows:
            yield _seal(row)
            last = row.number
        if len(rows) < _BATCH:
            return


def hash_of(connection: sa.Connection, number: int) -> str | None:
    """Give the hash of a seal."""
    found: str | None = connection.execute(
        sa.text(f"SELECT hash FROM {_SEAL} WHERE number = :number"), {"number": number}
    ).scalar_one_or_none()
    return found


def strays(connection: sa.Connection, limit: int = 20) -> list[int]:
    """Give the numbers of records that have no seal and wait for none, the first ones.

    Cost: one pass over the numbers of all records.
    """
    rows = connection.execute(
        sa.text(
            f"SELECT id FROM {_EVENT} e WHERE NOT EXISTS (SELECT FROM {_PENDING} p"
            " WHERE p.event = e.id) AND NOT EXISTS (SELECT FROM"
            f" (SELECT unnest(events) AS event FROM {_SEAL}) s WHERE s.event = e.id)"
            " ORDER BY id LIMIT :limit"
        ),
        {"limit": limit},
    )
    return list(rows.scalars())


def vanished(connection: sa.Connection, limit: int = 20) -> list[int]:
    """Give the numbers of records that wait for their seal and are gone, the first ones."""
    rows = connection.execute(
        sa.text(
            f"SELECT event FROM {_PENDING} p WHERE NOT EXISTS (SELECT FROM {_EVENT} e"
            " WHERE e.id = p.event) ORDER BY event LIMIT :limit"
        ),
        {"limit": limit},
    )
    return list(rows.scalars())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which uses are wanted; what is empty does not matter.

    Attributes:
        providers: uses of the information of these units ...
        holders: ... or by these units.
        grant, entry: only under this grant, only of this entry.
        since, until: only those that began from the first moment on and before the second one.
        before: only those with a lower number, so that a list can be read on while it grows.
    """

    providers: Collection[str] = ()
    holders: Collection[str] = ()
    grant: str = ""
    entry: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


_CHOSEN = (
    f" FROM {_EVENT} b LEFT JOIN {_EVENT} e ON e.use = b.use AND e.phase = 'end'"
    " LEFT JOIN package p ON p.id = b.entry WHERE b.phase = 'begin'"
    " AND (b.provider = ANY(:providers) OR b.unit = ANY(:holders))"
    " AND :grant IN ('', b.grant_no) AND :entry IN ('', b.entry)"
    " AND b.at >= coalesce(CAST(:since AS timestamptz), '-infinity')"
    " AND b.at < coalesce(CAST(:until AS timestamptz), 'infinity')"
    " AND b.id < coalesce(CAST(:before AS bigint), 9223372036854775807)"
)


def count(connection: sa.Connection, wanted: Wanted) -> int:
    """Count uses."""
    found: int = connection.execute(
        sa.text(f"SELECT count(*){_CHOSEN}"), _chosen(wanted)
    ).scalar_one()
    return found


def page(
    connection: sa.Connection, wanted: Wanted, *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Give one page of uses, the newest first.

    Returns:
        `number` (of the beginning), `use`, `at`, `user_id`, `unit`, `provider`, `entry`, `title`,
        `resource`, `grant_no`, `mode`, `level`, and `ended_at`, `size`, `outcome`, which are empty
        without an end.
    """
    rows = connection.execute(
        sa.text(
            "SELECT b.id AS number, b.use, b.at, b.user_id, b.unit, b.provider, b.entry,"
            " coalesce(p.title, '') AS title, b.resource, b.grant_no, b.mode, b.level,"
            " e.at AS ended_at, e.size, coalesce(e.outcome, '') AS outcome"
            f"{_CHOSEN} ORDER BY b.id DESC LIMIT :limit OFFSET :offset"
        ),
        _chosen(wanted) | {"limit": limit, "offset": offset},
    ).mappings()
    return [dict(row) for row in rows]


def _chosen(wanted: Wanted) -> dict[str, Any]:
    lists = {"providers": sorted(wanted.providers), "holders": sorted(wanted.holders)}
    names = ("grant", "entry", "since", "until", "before")
    return {**lists, **{name: getattr(wanted, name) for name in names}}


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
