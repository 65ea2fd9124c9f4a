"""Extracts of mounted tables: the columns and rows of a grant, and never others (Art. 22, 24)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.filters import Filter
from ckanext.fjgov.core.exchange.typed_values import Value
from ckanext.fjgov.logic.processing.inputs import Granted

PRIVATE = 0o600
LOOK_SECONDS, GRACE_SECONDS = 0.5, 10


@dataclass(frozen=True, slots=True)
class Extract:
    """What was read of a table: rows, and bytes."""

    rows: int
    size: int


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
) -> Extract:
    """Write an extract as CSV without header, with the account that may only read.

    Args:
        look: called every moment, even while the database waits; what it raises ends the extract.
        seconds: that are left; `look` tells that they are over, and the database gives up later.
    """
    query, values = statement(granted, items, extra)
    link = get_read_engine().raw_connection()
    try:
        with link.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SET LOCAL datestyle TO 'ISO'")
            timeout = int((max(0.0, seconds) + GRACE_SECONDS) * 1000)
            cursor.execute("SET LOCAL statement_timeout TO %s", [timeout])
            bound = cursor.mogrify(query, values).decode("utf-8")
            copy = f"COPY ({bound}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
            with _private(path) as file, ThreadPoolExecutor(1) as threads:
                copying = threads.submit(cursor.copy_expert, copy, file)
                _follow(copying, link, look)
            return Extract(cursor.rowcount, path.stat().st_size)
    finally:
        link.rollback()
        link.close()


def _follow(copying: Future[None], link: Any, look: Callable[[], None]) -> None:
    """Wait for a copy, and cancel it when it may not go on."""
    try:
        while not wait([copying], timeout=LOOK_SECONDS).done:
            look()
    except BaseException:
        link.cancel()
        raise
    copying.result()


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb")
