"""Values of a table as cells of CSV; JSON has them as PostgreSQL writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from ckanext.fjgov.core.exchange.tables import Column
from ckanext.fjgov.core.importing.neutral import neutralise

# Tells spreadsheets that the text is UTF-8.
MARK = "\ufeff"
# So many lines go out together.
_BATCH = 200


def lines(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, exact: bool
) -> Iterator[bytes]:
    """Give a table as pieces of CSV with a header (RFC 4180, UTF-8).

    Args:
        rows: values in the order of the columns.
        exact: texts as they are; else one that a spreadsheet would take for a formula begins with
            an apostrophe more (`core.importing.neutral`), and a byte order mark comes first.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    if not exact:
        text.write(MARK)
    writer.writerow([one.name for one in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value, exact=exact) for value in row])
        if number % _BATCH == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found.encode()


def _cell(value: Any, *, exact: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if exact else neutralise(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    # Dates and times as ISO 8601 and JSON have them; numbers as they are.
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
