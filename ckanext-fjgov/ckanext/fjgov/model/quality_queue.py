"""Which entries the quality checks still have to look at: a reader of the change log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ckanext.fjgov.model import feed


@dataclass(frozen=True, slots=True)
class DueEntry:
    """One entry to look at.

    Attributes:
        package_id, hash, data: of the listed entry; "", "" and None when it is listed no more.
        known: (hash, facts) that its stored result rests on, None when there is none.
        title, division: what the unit is called and where it is, "" when that is not known.
    """

    node: str
    key: str
    package_id: str
    hash: str
    data: bytes | None
    known: tuple[str, str] | None
    title: str
    division: str


def collect(connection: sa.Connection, version: str, limit: int) -> bool:
    """Note what changed since the cursor and move it.

    A new epoch of the log or a new version of the rules has every entry looked at; results that
    still hold are kept then.

    Args:
        version: of the rules.
        limit: most rows of the log read at once.

    Returns:
        Whether there may be more behind the cursor.

    Cost: some statements over at most `limit` rows and the entries of changed units.
    """
    cursor = connection.execute(
        sa.text("SELECT epoch, seq, version FROM fjgov_quality_cursor FOR UPDATE")
    ).one()
    head = feed.head(connection)
    if (cursor.epoch, cursor.version) != (head.epoch, version):
        connection.execute(_ALL_RESULTS)
    since = cursor.seq if cursor.epoch == head.epoch else 0
    last: int | None = connection.execute(_LAST, {"since": since, "limit": limit}).scalar_one()
    if last is not None:
        connection.execute(_ENTRIES, {"since": since, "last": last})
        connection.execute(_OF_UNITS, {"since": since, "last": last})
    connection.execute(
        sa.text("UPDATE fjgov_quality_cursor SET epoch = :epoch, seq = :seq, version = :version"),
        {"epoch": head.epoch, "seq": since if last is None else last, "version": version},
    )
    return last is not None


def note_all(connection: sa.Connection) -> None:
    """Have every result made anew, as after a change of the node's own code lists."""
    connection.execute(sa.text("UPDATE fjgov_quality_result SET facts = ''"))
    connection.execute(_ALL_RESULTS)


def take(connection: sa.Connection, limit: int) -> list[DueEntry]:
    """Take entries off the list, in the caller's transaction. Cost: one statement."""
    rows = connection.execute(_TAKE, {"limit": limit})
    return [
        DueEntry(
            node=row.node,
            key=row.key,
            package_id=row.record_id or "",
            hash=row.hash or "",
            data=bytes(row.bytes) if row.bytes is not None else None,
            known=(row.known_hash, row.known_facts) if row.known_hash is not None else None,
            title=row.title or "",
            division=row.division or "",
        )
        for row in rows
    ]


def waiting(connection: sa.Connection) -> int:
    """Count what is due and noted. Cost: one count over the list."""
    return int(connection.execute(sa.text("SELECT count(*) FROM fjgov_quality_due")).scalar_one())


def keys_of(entries: Sequence[DueEntry]) -> dict[str, list[str]]:
    """Give the places of entries as two lists for a statement."""
    return {"nodes": [one.node for one in entries], "keys": [one.key for one in entries]}


_ALL_RESULTS = sa.text(
    "INSERT INTO fjgov_quality_due (node, key) SELECT node, key FROM fjgov_quality_result"
    " ON CONFLICT DO NOTHING"
)
_LAST = sa.text(
    "SELECT max(seq) FROM (SELECT seq FROM fjgov_change WHERE seq > :since"
    " ORDER BY seq LIMIT :limit) AS first"
)
_ENTRIES = sa.text(
    "INSERT INTO fjgov_quality_due (node, key) SELECT node, key FROM fjgov_change"
    " WHERE seq > :since AND seq <= :last AND kind = 'entry' ON CONFLICT DO NOTHING"
)
# A unit's name and division are facts of its entries' results.
_OF_UNITS = sa.text(
    "INSERT INTO fjgov_quality_due (node, key) SELECT r.node, r.key FROM fjgov_change c"
    " JOIN fjgov_quality_result r ON r.unit = c.key"
    " WHERE c.seq > :since AND c.seq <= :last AND c.kind = 'unit' ON CONFLICT DO NOTHING"
)
_TAKE = sa.text(
    "WITH taken AS (DELETE FROM fjgov_quality_due d USING"
    " (SELECT node, key FROM fjgov_quality_due ORDER BY node, key LIMIT :limit) AS first"
    " WHERE d.node = first.node AND d.key = first.key RETURNING d.node, d.key)"
    " SELECT t.node, t.key, c.record_id, c.hash, c.bytes, r.hash AS known_hash,"
    " r.facts AS known_facts, g.title, g.extras ->> 'division' AS division"
    " FROM taken t"
    " LEFT JOIN fjgov_change c ON c.node = t.node AND c.kind = 'entry' AND c.key = t.key"
    " AND c.op = 'put'"
    " LEFT JOIN fjgov_quality_result r ON r.node = t.node AND r.key = t.key"
    " LEFT JOIN package p ON p.id = c.record_id"
    ' LEFT JOIN "group" g ON g.id = p.owner_org ORDER BY t.node, t.key'
)
