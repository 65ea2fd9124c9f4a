"""Rows of RDF pieces by audience, and how far they follow the log of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.export.catalogs import ListedUnit
from ckanext.fjgov.model.copying import binary_rows

# Node, kind and key of a record, as in the log.
Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class State:
    """Up to which row of which log the pieces of an audience are made, and by which mapping."""

    version: str
    epoch: str
    seq: int
    at: datetime


def state(connection: sa.Connection, audience: str) -> State | None:
    """Give how far the pieces of an audience go; None when none were made yet."""
    row = connection.execute(
        sa.text("SELECT version, epoch, seq, at FROM fjgov_rdf_state WHERE audience = :audience"),
        {"audience": audience},
    ).one_or_none()
    return State(**row._mapping) if row else None


def begin_anew(connection: sa.Connection, audience: str, now: State) -> None:
    """Forget all pieces of an audience."""
    connection.execute(
        sa.text("DELETE FROM fjgov_rdf_fragment WHERE audience = :audience"),
        {"audience": audience},
    )
    put_state(connection, audience, now)


def put_state(connection: sa.Connection, audience: str, now: State) -> None:
    """Say how far the pieces go."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_rdf_state (audience, version, epoch, seq, at)"
            " VALUES (:audience, :version, :epoch, :seq, :at)"
            " ON CONFLICT (audience) DO UPDATE SET version = :version, epoch = :epoch,"
            " seq = :seq, at = :at"
        ),
        {
            "audience": audience,
            "version": now.version,
            "epoch": now.epoch,
            "seq": now.seq,
            "at": now.at,
        },
    )


def changed(connection: sa.Connection, since: int, limit: int) -> list[Mapping[str, Any]]:
    """Give rows of the log after a number: `seq`, `op`, `node`, `kind`, `key`, `record_id`."""
    rows = connection.execute(
        sa.text(
            "SELECT seq, op, node, kind, key, record_id FROM fjgov_change WHERE seq > :since"
            " ORDER BY seq LIMIT :limit"
        ),
        {"since": since, "limit": limit},
    )
    return [row._mapping for row in rows]


def behind(connection: sa.Connection, since: int, most: int) -> int:
    """Count the rows of the log after a number, up to `most`."""
    counted = connection.execute(
        sa.text(
            "SELECT count(*) FROM (SELECT 1 FROM fjgov_change WHERE seq > :since LIMIT :most) x"
        ),
        {"since": since, "most": most},
    )
    return int(counted.scalar_one())


def records_of_units(
    connection: sa.Connection, units: Sequence[str], until: int
) -> dict[Name, str]:
    """Give the listed records of units, by their name in the log, with the id of the package.

    Args:
        until: leave out records whose own row of the log comes after this one.
    """
    rows = connection.execute(
        sa.text(
            "SELECT c.node, c.kind, c.key, c.record_id FROM fjgov_change c"
            " JOIN package p ON p.id = c.record_id"
            " WHERE p.owner_org = ANY(:units) AND c.op = 'put' AND c.seq <= :until"
        ),
        {"units": list(units), "until": until},
    )
    return {(row.node, row.kind, row.key): row.record_id for row in rows}


def put(connection: sa.Connection, audience: str, pieces: Mapping[Name, bytes | None]) -> None:
    """Store pieces; None takes one away."""
    gone = [name for name, piece in pieces.items() if piece is None]
    made = [(name, piece) for name, piece in pieces.items() if piece is not None]
    if gone:
        connection.execute(
            sa.text(
                "DELETE FROM fjgov_rdf_fragment WHERE audience = :audience"
                " AND (node, kind, key) IN (SELECT * FROM unnest("
                "CAST(:nodes AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[])))"
            ),
            {"audience": audience, **columns_of(gone)},
        )
    if made:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_rdf_fragment (audience, node, kind, key, triples)"
                " SELECT :audience, * FROM unnest(CAST(:nodes AS text[]), CAST(:kinds AS text[]),"
                " CAST(:keys AS text[]), CAST(:pieces AS bytea[]))"
                " ON CONFLICT (audience, node, kind, key)"
                " DO UPDATE SET triples = EXCLUDED.triples"
            ),
            {
                "audience": audience,
                **columns_of([name for name, _piece in made]),
                "pieces": [piece for _name, piece in made],
            },
        )


def columns_of(names: Sequence[Name]) -> dict[str, list[str]]:
    """Give names as the arrays `nodes`, `kinds` and `keys` of a statement."""
    return {
        column: [name[place] for name in names]
        for place, column in enumerate(("nodes", "kinds", "keys"))
    }


def pieces(
    connection: sa.Connection, audience: str, rows_at_once: int, home: str = ""
) -> Iterator[bytes]:
    """Give the pieces of an audience in order of their names.

    They come by COPY in binary form, which takes half the time of a cursor, whose bytes are written
    as text and read again.

    Args:
        home: code of the node whose records alone are wanted; "" for all.

    Cost: memory of some rows, one statement for each `rows_at_once`.
    """
    after: tuple[str, ...] = (home, "", "")
    while True:
        found = binary_rows(
            connection,
            "SELECT triples, node, kind, key FROM fjgov_rdf_fragment WHERE audience = %s"
            " AND (node, kind, key) > (%s, %s, %s) AND (node = %s OR %s = '')"
            " ORDER BY node, kind, key LIMIT %s",
            (audience, *after, home, home, rows_at_once),
        )
        yield from (row[0] for row in found)
        if len(found) < rows_at_once:
            return
        after = tuple(part.decode() for part in found[-1][1:])


def units(connection: sa.Connection) -> list[ListedUnit]:
    """Give the units of the register in order of their names."""
    rows = connection.execute(
        sa.text(
            "SELECT name, title, coalesce(extras ->> 'home_node', '') FROM \"group\""
            " WHERE type = 'organization' AND state = 'active' ORDER BY name"
        )
    )
    return [ListedUnit(*row) for row in rows]


def extent(connection: sa.Connection, audience: str, home: str = "") -> tuple[dict[str, int], int]:
    """Give the number of `pieces` of each kind, and the bytes of all as they are stored."""
    rows = connection.execute(
        sa.text(
            "SELECT kind, count(*) AS records, sum(octet_length(triples)) AS size"
            " FROM fjgov_rdf_fragment WHERE audience = :audience"
            " AND (node = :home OR :home = '') GROUP BY kind ORDER BY kind"
        ),
        {"audience": audience, "home": home},
    ).all()
    return {row.kind: int(row.records) for row in rows}, sum(int(row.size) for row in rows)
