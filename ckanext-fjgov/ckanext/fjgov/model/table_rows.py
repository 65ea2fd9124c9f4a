"""Rows of mounted tables, read with the account of the datastore that can only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from psycopg2 import errorcodes

Statement = tuple[str, Mapping[str, Any]]

# So many rows are fetched together where all of a table is read.
_BATCH = 2000
# The table is just being replaced by another version of itself.
_MOVING = frozenset({errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN})


class TooSlowError(Exception):
    """A query took longer than it may."""


class TableMovedError(Exception):
    """A table is not as it was mounted, since it is being refreshed or was taken away."""


@contextmanager
def reading(timeout_ms: int) -> Iterator[sa.Connection]:
    """Give a read-only connection whose statements end after a time.

    Raises:
        TooSlowError, TableMovedError: see there.
    """
    # Only there where the plugin `datastore` is.
    from ckanext.datastore.backend.postgres import get_read_engine

    with _told(), get_read_engine().connect() as connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {timeout_ms:d}")
        yield connection


def rows_of(connection: sa.Connection, statement: Statement) -> list[Any]:
    """Give all rows of a statement that has a limit."""
    sql, params = statement
    return list(connection.exec_driver_sql(sql, dict(params)).all())


def number_of(connection: sa.Connection, statement: Statement) -> int:
    """Give the one number of a statement."""
    sql, params = statement
    return int(connection.exec_driver_sql(sql, dict(params)).scalar_one())


def all_of(connection: sa.Connection, statement: Statement) -> Iterator[Any]:
    """Give the rows of a statement one by one, in constant memory."""
    sql, params = statement
    streaming = connection.execution_options(stream_results=True, yield_per=_BATCH)
    yield from streaming.exec_driver_sql(sql, dict(params))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        code = getattr(error.orig, "pgcode", "")
        if code == errorcodes.QUERY_CANCELED:
            raise TooSlowError from error
        if code in _MOVING:
            raise TableMovedError from error
        raise
