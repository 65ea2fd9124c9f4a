"""Rows of the streams of changes: what readers of a document were told, only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.stream import Change, Member, Told
from ckanext.fjgov.model.fragments import Name, columns_of


@dataclass(frozen=True, slots=True)
class Begun:
    """A stream as it began; `form` names what its pages are written by."""

    id: str
    audience: Audience
    form: str
    page_size: int
    begun: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """The last member of a stream: its number, 0 when there is none, and its time."""

    number: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class New:
    """A member to be written: the record by its name in the log, and what is told of it."""

    name: Name
    change: Change
    told: Told


def of_audience(connection: sa.Connection, audience: Audience) -> Begun | None:
    """Give the stream for an audience; None when none has begun."""
    return _begun(connection, "audience", audience)


def of_id(connection: sa.Connection, stream: str) -> Begun | None:
    """Give a stream by its id; None when there is none, or another one began in its place."""
    return _begun(connection, "id", stream)


def _begun(connection: sa.Connection, column: str, value: str) -> Begun | None:
    row = connection.execute(
        sa.text(
            f"SELECT id, audience, form, page_size, begun FROM fjgov_stream WHERE {column} = :value"
        ),
        {"value": value},
    ).one_or_none()
    return Begun(**row._mapping) if row else None


def begin(connection: sa.Connection, new: Begun) -> None:
    """Put a stream, without members, in the place of the one before it."""
    connection.execute(
        sa.text("DELETE FROM fjgov_stream WHERE audience = :audience"), {"audience": new.audience}
    )
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_stream (id, audience, form, page_size, begun)"
            " VALUES (:id, :audience, :form, :page_size, :begun)"
        ),
        {
            "id": new.id,
            "audience": new.audience,
            "form": new.form,
            "page_size": new.page_size,
            "begun": new.begun,
        },
    )


def head(connection: sa.Connection, stream: str) -> Head:
    """Give where a stream stands. Cost: one row of an index."""
    row = connection.execute(
        sa.text(
            "SELECT number, at FROM fjgov_stream_member WHERE stream = :stream"
            " ORDER BY number DESC LIMIT 1"
        ),
        {"stream": stream},
    ).one_or_none()
    return Head(row.number, row.at) if row else Head(0, None)


def told(connection: sa.Connection, stream: str, names: Sequence[Name]) -> dict[Name, Told]:
    """Give what was told last of records; those never told of, or told to be gone, are left out.

    Cost: one look at an index for each name, in one statement.
    """
    rows = connection.execute(
        sa.text(
            "SELECT asked.node, asked.kind, asked.key, last.subject, last.hash"
            " FROM unnest(CAST(:nodes AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]))"
            " AS asked (node, kind, key) CROSS JOIN LATERAL"
            " (SELECT change, subject, hash FROM fjgov_stream_member AS m"
            "  WHERE m.stream = :stream AND m.node = asked.node AND m.kind = asked.kind"
            "  AND m.key = asked.key ORDER BY m.number DESC LIMIT 1) AS last"
            " WHERE last.change <> 'delete'"
        ),
        {"stream": stream, **columns_of(names)},
    )
    return {(row.node, row.kind, row.key): Told(row.subject, row.hash) for row in rows}


def add(
    connection: sa.Connection, stream: str, first: int, at: datetime, members: Sequence[New]
) -> None:
    """Write members with the numbers from `first` on."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_stream_member"
            " (stream, number, node, kind, key, change, subject, hash, at)"
            " SELECT :stream, :first + n - 1, node, kind, key, change, subject, hash, :at"
            " FROM unnest(CAST(:nodes AS text[]), CAST(:kinds AS text[]), CAST(:keys AS text[]),"
            " CAST(:changes AS text[]), CAST(:subjects AS text[]), CAST(:hashes AS text[]))"
            " WITH ORDINALITY AS new (node, kind, key, change, subject, hash, n)"
        ),
        {
            "stream": stream,
            "first": first,
            "at": at,
            **columns_of([one.name for one in members]),
            "changes": [one.change for one in members],
            "subjects": [one.told.subject for one in members],
            "hashes": [one.told.hash for one in members],
        },
    )


def members(connection: sa.Connection, stream: str, first: int, last: int) -> list[Member]:
    """Give the members from one number to another, in order. Cost: one range of an index."""
    rows = connection.execute(
        sa.text(
            "SELECT number, kind, subject, change, hash, at FROM fjgov_stream_member"
            " WHERE stream = :stream AND number BETWEEN :first AND :last ORDER BY number"
        ),
        {"stream": stream, "first": first, "last": last},
    )
    return [Member(**row._mapping) for row in rows]
