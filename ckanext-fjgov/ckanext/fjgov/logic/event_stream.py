"""The streams of changes that go with the whole-catalog documents (M45d).

A stream is written in the transaction that writes a document's pieces: what is told of a record is
what changed in its piece, which is made as the readers of the document see the record. Of what they
never saw nothing is told, not even by a number.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from ckanext.fjgov.core.export.facts import Audience
from ckanext.fjgov.core.export.stream import Member, Stream, Told, form, steps
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.model import stream as rows
from ckanext.fjgov.model.database import own_transaction, snapshot
from ckanext.fjgov.model.fragments import Name
from ckanext.fjgov.model.stream import Begun, New


def going_on(connection: sa.Connection, audience: Audience) -> Stream | None:
    """Give the stream that may be added to; None when one has to begin.

    A stream ends when its pages would be written otherwise than readers keep them, and when the
    mark outside the database knows of members that the database has not: it was restored, and the
    next numbers were told already.

    Ask under the lock of the documents.
    """
    begun = rows.of_audience(connection, audience)
    if begun is None or not _is_as_written(begun):
        return None
    last = rows.head(connection, begun.id).number
    is_lost = settings.high_water_mark().read(_counter(begun.id)) > last
    return None if is_lost else _stream(begun)


def begin(connection: sa.Connection, audience: Audience) -> Stream:
    """Begin a stream; the pieces of its document have to be made anew, so that all is told."""
    new = Begun(uuid.uuid4().hex[:12], audience, _form(), settings.stream_page_size(), utc_now())
    rows.begin(connection, new)
    return _stream(new)


def note(connection: sa.Connection, stream: Stream, now: Mapping[Name, Told | None]) -> None:
    """Tell what changed for the readers of a stream, in the transaction that writes the pieces.

    Args:
        now: record -> what its readers may see of it; None for nothing.

    Cost: three statements for any number of records.
    """
    before = rows.told(connection, stream.id, list(now))
    new = [
        New(name, change, told)
        for name, seen in now.items()
        for change, told in steps(before.get(name), seen)
    ]
    if not new:
        return
    # A record that moved within the log is gone by its old name before it comes by the new one.
    new.sort(key=lambda one: one.change != "delete")
    head = rows.head(connection, stream.id)
    at = max(utc_now(), head.at) if head.at else utc_now()
    rows.add(connection, stream.id, head.number + 1, at, new)


def mark(stream: Stream) -> None:
    """Remember outside the database how far a stream goes; nothing is served beyond it.

    Ask under the lock of the documents, after the commit: a mark is never above what is written.
    """
    settings.high_water_mark().raise_to(_counter(stream.id), count(stream))


def of_audience(audience: Audience) -> Stream | None:
    """Give the stream for an audience as it is served."""
    with own_transaction() as connection:
        begun = rows.of_audience(connection, audience)
    return _stream(begun) if begun and _is_as_written(begun) else None


def of_id(stream: str) -> Stream | None:
    """Give a stream by its id; None when there is none, or when it has ended."""
    with own_transaction() as connection:
        begun = rows.of_id(connection, stream)
    return _stream(begun) if begun and _is_as_written(begun) else None


def count(stream: Stream) -> int:
    """Give the number of members that a stream has."""
    with own_transaction() as connection:
        return rows.head(connection, stream.id).number


def page(stream: Stream, number: int) -> tuple[list[Member], int]:
    """Give the members of a page and the number of all members, from one moment."""
    with snapshot() as connection:
        members = rows.members(connection, stream.id, *stream.numbers(number))
        return members, rows.head(connection, stream.id).number


def _stream(begun: Begun) -> Stream:
    site = settings.node().site_url
    return Stream(site, begun.id, begun.page_size, begun.audience, begun.begun)


def _is_as_written(begun: Begun) -> bool:
    return (begun.form, begun.page_size) == (_form(), settings.stream_page_size())


def _form() -> str:
    return f"{form()} {settings.node().site_url}"


def _counter(stream: str) -> str:
    return f"stream-{stream}"
