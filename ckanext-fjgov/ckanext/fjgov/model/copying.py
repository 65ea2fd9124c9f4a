"""Rows into and out of the database by COPY, the fastest way PostgreSQL has.

Triggers fire as for INSERT.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from io import BytesIO
from itertools import chain
from struct import Struct
from typing import Any

import orjson
import psycopg2
import sqlalchemy as sa

Value = str | int | bool | bytes | None
_NULL = "\\N"
# Characters that the driver takes at a time, whole lines of them.
CHUNK = 1 << 16
# COPY's binary form: a head, then for each row the number of values and each behind its length.
_HEAD_BYTES = len(b"PGCOPY\n\xff\r\n\0") + 8
_COUNT, _LENGTH = Struct(">h"), Struct(">i")


def copy_rows(
    connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> int:
    """Append rows to a table inside the caller's transaction.

    Args:
        connection: the caller's.
        table: name as SQL has it.
        columns: names in the order of the values.
        rows: values as text, number, truth value, bytes (for bytea) or None.

    Returns:
        The number of rows.

    Raises:
        sqlalchemy.exc.IntegrityError, DataError: as an INSERT of the rows would.

    Cost: some microseconds a row here, while the database takes in the rows before.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return 0
    text = _CopyText(chain((first,), waiting))
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with closing(connection.connection.cursor()) as cursor:
        try:
            cursor.copy_expert(statement, text, size=CHUNK)
        except psycopg2.IntegrityError as error:
            raise sa.exc.IntegrityError(statement, None, error) from error
        except psycopg2.DataError as error:
            raise sa.exc.DataError(statement, None, error) from error
    return text.count


def binary_rows(
    connection: sa.Connection, query: str, values: Sequence[Value]
) -> list[list[bytes]]:
    """Give the rows of a query as PostgreSQL holds the values: bytes of bytea, UTF-8 of text.

    Args:
        connection: the caller's.
        query: a SELECT of columns of text or bytea without nulls, `%s` for each value.
        values: what stands for them.

    Raises:
        ValueError: a value is null.

    Cost: memory of twice the rows.
    """
    written = BytesIO()
    with closing(connection.connection.cursor()) as cursor:
        bound = cursor.mogrify(query, values).decode("utf-8")
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", written)
    data, at = written.getvalue(), _HEAD_BYTES
    rows: list[list[bytes]] = []
    while (count := _COUNT.unpack_from(data, at)[0]) >= 0:
        at += _COUNT.size
        row: list[bytes] = []
        for _value in range(count):
            (length,) = _LENGTH.unpack_from(data, at)
            if length < 0:
                raise ValueError(f"a value of row {len(rows) + 1} is null")
            at += _LENGTH.size
            row.append(data[at : at + length])
            at += length
        rows.append(row)
    return rows


class _CopyText:
    """Rows in COPY's text format, written as the driver reads them.

    So the database takes the first rows in while the next are written.
    """

    def __init__(self, rows: Iterable[Sequence[Value]]) -> None:
        self._rows = iter(rows)
        self.count = 0

    def read(self, size: int) -> str:
        """Give whole lines of about as many characters, "" after the last."""
        lines: list[str] = []
        length = 0
        for row in self._rows:
            line = _line(row)
            lines.append(line)
            length += len(line)
            if length >= size:
                break
        self.count += len(lines)
        lines.append("")
        return "\n".join(lines)


def json_text(value: Any) -> str:
    """Give the JSON text of a value for a column of JSON."""
    try:
        return orjson.dumps(value).decode("utf-8")
    except TypeError:
        # Half a pair of surrogates, or a number beyond 64 bits: as an escape PostgreSQL names it.
        return json.dumps(value)


def _line(row: Sequence[Value]) -> str:
    """Write one row in COPY's text format."""
    line = "\t".join([value if type(value) is str else _text(value) for value in row])
    # Most rows hold nothing that must be escaped: one look at the whole of them is enough.
    if (
        line.count("\\") == row.count(None)
        and line.count("\t") == len(row) - 1
        and "\n" not in line
        and "\r" not in line
    ):
        return line
    return "\t".join(map(_text, row))


def _text(value: Value) -> str:
    """Write one value in COPY's text format."""
    if type(value) is str:
        if "\\" in value:
            value = value.replace("\\", "\\\\")
        if "\n" in value or "\t" in value or "\r" in value:
            value = value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
        return value
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def _bytes(value: bytes) -> str:
    """Write bytes for bytea: a text as it is, which is half as long as digits would be."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return _digits(value)
    return _digits(value) if "\0" in text else _text(text.replace("\\", "\\\\"))


def _digits(value: bytes) -> str:
    return f"\\\\x{value.hex()}"
