"""Write tables of directories as CSV, xlsx and Parquet, in memory that does not grow with them.

In CSV and xlsx no cell is a formula (`core.exchange.cells`): CSV by an apostrophe, xlsx because
every cell is of the type and the format of text. Parquet has the texts as they are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

from ckanext.fjgov.core.exchange.cells import csv_lines
from ckanext.fjgov.core.export.tables import (
    Addresses,
    TableForm,
    detail_rows,
    flat_row,
    key_of,
    main_row,
)
from ckanext.fjgov.core.importing.problems import ExportRefused
from ckanext.fjgov.core.importing.workbook import append

Records = Iterable[Mapping[str, Any]]
# A sheet has 1,048,576 lines; one is the header.
MOST_LINES: Final = 1_048_575
# For 2,048 records at a time; ordinary ones need a fifth of it.
MEMORY: Final = "256MiB"
_NAME: Final = re.compile(r"[\[\]:*?/\\]")
# What neither a spreadsheet nor XML can hold.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME: Final = 31
# Bytes; a record has far less, and DuckDB reads the file in buffers of this size.
_LONGEST_LINE: Final = 4 * 1024 * 1024
# Rows that DuckDB holds in memory until it writes them: the fewest that it takes.
_ROW_GROUP: Final = 2048


def csv_pieces(records: Records, form: TableForm, where: Addresses) -> Iterator[bytes]:
    """Give the table as pieces of CSV, details as JSON in a cell."""
    return csv_lines(
        form.flat_header, (_clean(flat_row(one, form, where)) for one in records), exact=False
    )


def write_xlsx(records: Records, form: TableForm, where: Addresses, path: Path) -> None:
    """Write a workbook with the main table and a sheet for each repeating field.

    Raises:
        ExportRefused: a sheet has no room for all lines, or a cell none for a text.

    Cost: some 15 µs a cell; lines go to temporary files.
    """
    book = Workbook(write_only=True)
    sheets = [_Sheet(book, form.title, form.header(form.columns))]
    key = next(one for one in form.columns if one.name == form.key)
    sheets += [
        _Sheet(book, detail.title, form.header([key, *detail.columns])) for detail in form.details
    ]
    try:
        for record in records:
            title = str(record.get("title") or "")
            sheets[0].add(main_row(record, form, where), title)
            for sheet, detail in zip(sheets[1:], form.details, strict=True):
                for cells in detail_rows(record, detail, where):
                    sheet.add([key_of(record, form), *cells], title)
    finally:
        # Saving is what closes and removes the temporary files of a write-only workbook.
        book.save(path)


class _Sheet:
    def __init__(self, book: Any, name: str, header: list[str]) -> None:
        self._sheet = book.create_sheet(_NAME.sub("", name)[:_LONGEST_NAME])
        self._sheet.freeze_panes = "B2"
        self._lines = 0
        append(self._sheet, header, "")

    def add(self, cells: list[str], title: str) -> None:
        self._lines += 1
        if self._lines > MOST_LINES:
            raise ExportRefused(
                "行数超过 xlsx 工作表的容量；请增加筛选条件，或导出为 CSV 或 Parquet",
                "more lines than an xlsx sheet holds; use more filters, or export as CSV or "
                "Parquet",
            )
        append(self._sheet, _clean(cells), title)


def write_parquet(records: Records, form: TableForm, where: Addresses, folder: Path) -> Path:
    """Write a Parquet file, all columns of text, details as JSON; what is not stated is NULL.

    Args:
        folder: private and empty; takes the file and what it is made from.

    Cost: the table once as CSV on disk; DuckDB's memory is limited to MEMORY.
    """
    source, target = folder / "table.csv", folder / "table.parquet"
    import duckdb

    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(_clean(flat_row(one, form, where)) for one in records)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(form.flat_header)))
    named = ", ".join(
        f'c{place} AS "{name.replace(chr(34), chr(34) * 2)}"'
        for place, name in enumerate(form.flat_header)
    )
    with duckdb.connect(":memory:") as connection:
        for setting in (
            f"memory_limit = '{MEMORY}'",
            "threads = 1",
            "preserve_insertion_order = true",
            f"temp_directory = {_quoted(folder)}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            f"allowed_directories = [{_quoted(folder)}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")
        read = (
            f"read_csv({_quoted(source)}, header = false, auto_detect = false, delim = ',',"
            f" quote = '\"', escape = '\"', nullstr = '', new_line = '\\r\\n',"
            f" max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE},"
            f" columns = {{{columns}}})"
        )
        connection.execute(
            f"COPY (SELECT {named} FROM {read}) TO {_quoted(target)}"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
        )
    return target


def _clean(cells: list[str]) -> list[str]:
    return [_CONTROL.sub("", one) for one in cells]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
