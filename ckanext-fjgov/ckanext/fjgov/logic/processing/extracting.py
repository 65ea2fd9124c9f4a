"""Extracts of mounted tables: the columns and rows of a grant, and never others (Art. 22, 24)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.filters import Filter
from ckanext.fjgov.core.exchange.values import Value
from ckanext.fjgov.logic.processing.inputs import Granted

PRIVATE = 0o600


def statement(
    granted: Granted, items: Sequence[str], extra: Filter
) -> tuple[str, Mapping[str, Value]]:
    """Give the query of an extract: number of the row, then the columns of `items`.

    Columns and rows that the grant does not give are no part of it, whatever is asked for.

    Raises:
        KeyError: an item is not granted.
        UnfitError: a condition cannot be applied to this table.
    """
    mounted = granted.mounted
    columns = [granted.table.column(item) for item in items]
    # The rows of the grant may depend on columns that it does not give; one's own may not.
    allowed, values = filters.clause(granted.row_filter, mounted.columns, prefix="g")
    wanted, more = filters.clause(extra, granted.table.columns, prefix="w")
    names = ", ".join(["_id", *(filters.quoted(column.name) for column in columns)])
    table = filters.quoted(mounted.resource)
    return (
        f"SELECT {names} FROM {table} WHERE ({allowed}) AND ({wanted})",
        {**values, **more},
    )


def extract(
    granted: Granted,
    items: Sequence[str],
    extra: Filter,
    path: Path,
    look: Callable[[], None],
    seconds: float,
) -> int:
    """Write an extract as CSV without header, with the account that may only read.

    Args:
        look: called for each piece; what it raises ends the extract.
        seconds: after which the database gives up.

    Returns:
        Its bytes.
    """
    query, values = statement(granted, items, extra)
    link = get_read_engine().raw_connection()
    try:
        with link.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SET LOCAL datestyle TO 'ISO'")
            cursor.execute("SET LOCAL statement_timeout TO %s", [max(1, int(seconds * 1000))])
            bound = cursor.mogrify(query, values).decode("utf-8")
            with _Writer(path, look) as writer:
                copy = f"COPY ({bound}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
                cursor.copy_expert(copy, writer)
        return writer.size
    finally:
        link.rollback()
        link.close()


class _Writer:
    """A private file that looks around at each piece that is written."""

    def __init__(self, path: Path, look: Callable[[], None]) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")
        self._look = look
        self.size = 0

    def write(self, piece: bytes) -> int:
        """Write a piece."""
        self._look()
        self.size += len(piece)
        return self._file.write(piece)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_error: Any) -> None:
        self._file.close()
