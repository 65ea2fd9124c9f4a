"""Values of tables as cells of CSV: the one place that says how; JSON has them as PostgreSQL does.

What a spreadsheet would take for a formula is made harmless in every CSV that people open
(`core.importing.neutral`): by Python here, and by the statement that DuckDB writes a file with.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from ckanext.fjgov.core.exchange.tables import Column
from ckanext.fjgov.core.importing.neutral import DANGEROUS, neutralise

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
        exact: as for `csv_lines`.
    """
    return csv_lines([one.name for one in columns], rows, exact=exact)


def csv_lines(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, exact: bool, mark: bool | None = None
) -> Iterator[bytes]:
    """Give a header and rows as pieces of CSV (RFC 4180, UTF-8).

    Args:
        header: names of the columns.
        rows: values in their order.
        exact: texts as they are; else one that a spreadsheet would take for a formula begins with
            an apostrophe more (`core.importing.neutral`).
        mark: whether a byte order mark comes first; None where the texts are not exact.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    if mark if mark is not None else not exact:
        text.write(MARK)
    writer.writerow([cell(name, exact=exact) for name in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value, exact=exact) for value in row])
        if number % _BATCH == 0:
            yield _taken(text)
    yield _taken(text)


def neutral_sql(column: str) -> str:
    """Give the expression by which DuckDB makes a text column harmless, as `neutralise` does.

    Args:
        column: quoted already.
    """
    pattern = DANGEROUS.replace("'", "''")
    begins = f"regexp_matches({column}, '^(?:{pattern})')"
    return f"CASE WHEN {begins} THEN '''' || {column} ELSE {column} END"


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found.encode()


def cell(value: Any, *, exact: bool) -> str:
    """Give one value as a cell."""
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
