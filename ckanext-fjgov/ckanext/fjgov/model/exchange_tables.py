"""Mounted tables in the datastore, its other database: loading, replacing, dropping.

A table has the name of its resource, `_id` in the order of the file, a column for each mounted
item, and `fjgov_version`: the version in which a row came or changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ckanext.fjgov.core.exchange.checking import CheckedRow
from ckanext.fjgov.core.exchange.tables import (
    DATE,
    DECIMAL,
    FLAG,
    INTEGER,
    MOMENT,
    TEXT,
    VERSION_COLUMN,
    Column,
)
from ckanext.fjgov.model.copying import copy_rows

SQL_TYPES = {
    TEXT: "text",
    INTEGER: "bigint",
    DECIMAL: "numeric",
    DATE: "date",
    MOMENT: "timestamp without time zone",
    FLAG: "boolean",
}
LONGEST_ID = 50
# No item has a column that begins with an underscore.
_STAGING, _ROW = "fjgov_staging", "_row"
# A reader of the old table is waited for in steps, so that others need not queue behind us.
_LOCK_STEP_MS, _PAUSE_S, _TRIES = 500, 1.0, 600


class TableInUseError(Exception):
    """Somebody reads the table without an end, so that it cannot be replaced now."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a table holds now.

    Attributes:
        rows: in all.
        new: new or changed since the version before.
        removed: of the version before, no longer there.
    """

    rows: int
    new: int
    removed: int

    @property
    def kept(self) -> int:
        """Rows that stayed equal."""
        return self.rows - self.new


def quoted(name: str) -> str:
    """Give a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def stage(connection: sa.Connection, columns: Sequence[Column], rows: Iterable[CheckedRow]) -> int:
    """Load rows beside the tables; nobody else sees them, and they go with the transaction."""
    defined = "".join(f", {quoted(one.name)} {SQL_TYPES[one.kind]}" for one in columns)
    _run(connection, f"CREATE TEMP TABLE {_STAGING} ({_ROW} bigint{defined}) ON COMMIT DROP")
    names = [_ROW, *(quoted(one.name) for one in columns)]
    return copy_rows(connection, _STAGING, names, rows)


def repeated(connection: sa.Connection, key: Sequence[Column], most: int) -> list[tuple[int, int]]:
    """Give rows of the file whose key an earlier one has: (row, the first of them)."""
    names = ", ".join(quoted(one.name) for one in key)
    filled = " AND ".join(f"{quoted(one.name)} IS NOT NULL" for one in key)
    rows = connection.exec_driver_sql(
        f"SELECT _row, _first FROM (SELECT {_ROW}, min({_ROW}) OVER (PARTITION BY {names})"
        f" AS _first FROM {_STAGING} WHERE {filled}) k"
        f" WHERE _row > _first ORDER BY _row LIMIT {most}"
    )
    return [(row[0], row[1]) for row in rows]


def replace(
    connection: sa.Connection, resource: str, columns: Sequence[Column], version: int
) -> Loaded:
    """Let the staged rows be the table of a resource, in the caller's transaction.

    Rows that the table had before keep their version when its columns are the same.

    Raises:
        TableInUseError: it is being read for ten minutes.

    Cost: both tables are sorted once; memory of `work_mem`.
    """
    _run(connection, "SET LOCAL work_mem = '64MB'")
    old, new = quoted(resource), quoted(f"{resource}_next")
    names = ", ".join(quoted(one.name) for one in columns)
    defined = "".join(f", {quoted(one.name)} {SQL_TYPES[one.kind]}" for one in columns)
    before = columns_of(connection, resource)
    had = _count(connection, old) if before is not None else 0
    wanted = [(one.name, SQL_TYPES[one.kind]) for one in columns]
    _run(
        connection,
        f"CREATE TABLE {new} (_id serial PRIMARY KEY{defined}, {VERSION_COLUMN} bigint NOT NULL)",
    )
    digest = f"sha256(convert_to(CAST(ROW({names}) AS text), 'UTF8'))"
    if before == wanted:
        source = (
            f"SELECT s.{_ROW}, {_prefixed('s', columns)}, coalesce(o._v, {version}) AS _v"
            f" FROM (SELECT *, {digest} AS _d, row_number() OVER (PARTITION BY {digest}) AS _n"
            f" FROM {_STAGING}) s LEFT JOIN (SELECT {VERSION_COLUMN} AS _v, {digest} AS _d,"
            f" row_number() OVER (PARTITION BY {digest} ORDER BY {VERSION_COLUMN}) AS _n"
            f" FROM {old}) o ON o._d = s._d AND o._n = s._n"
        )
    else:
        source = f"SELECT *, {version} AS _v FROM {_STAGING}"
    _run(
        connection,
        f"INSERT INTO {new} ({names}, {VERSION_COLUMN})"
        f" SELECT {names}, _v FROM ({source}) t ORDER BY {_ROW}",
    )
    rows = _count(connection, new)
    fresh = _count(connection, f"{new} WHERE {VERSION_COLUMN} = {version}")
    _run(connection, f"ANALYZE {new}")
    if before is not None:
        drop(connection, resource)
    _run(connection, f"ALTER TABLE {new} RENAME TO {old}")
    return Loaded(rows, fresh, had - (rows - fresh))


def drop(connection: sa.Connection, resource: str) -> None:
    """Drop the table of a resource, if there is one.

    Raises:
        TableInUseError: it is being read for ten minutes.
    """
    if columns_of(connection, resource) is None:
        return
    _lock(connection, quoted(resource))
    _run(connection, f"DROP TABLE {quoted(resource)}")


def columns_of(connection: sa.Connection, resource: str) -> list[tuple[str, str]] | None:
    """Give names and types of the columns that carry items; None when there is no table."""
    rows = connection.exec_driver_sql(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relname = %s AND c.relkind = 'r' ORDER BY a.attnum",
        (resource,),
    ).all()
    if not rows:
        return None
    return [(name, kind) for name, kind in rows if name not in ("_id", VERSION_COLUMN)]


def _prefixed(alias: str, columns: Sequence[Column]) -> str:
    return ", ".join(f"{alias}.{quoted(one.name)}" for one in columns)


def _count(connection: sa.Connection, source: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {source}").scalar_one())


def _lock(connection: sa.Connection, table: str) -> None:
    """Wait until nobody reads a table, and keep others out of it until the end.

    Raises:
        TableInUseError: it lasted too long.
    """
    _run(connection, f"SET LOCAL lock_timeout = {_LOCK_STEP_MS}")
    for _ in range(_TRIES):
        point = connection.begin_nested()
        try:
            _run(connection, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        except sa.exc.OperationalError:
            # The only refusal of a lock that passes; whatever else there is comes again.
            point.rollback()
            time.sleep(_PAUSE_S)
            continue
        point.commit()
        _run(connection, "SET LOCAL lock_timeout = 0")
        return
    raise TableInUseError(table)


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
