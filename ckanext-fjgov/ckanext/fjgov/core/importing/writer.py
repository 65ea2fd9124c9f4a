"""Write entries in the template's form, so that importing the file again changes nothing.

CSV cells are neutralised against formula execution; xlsx cells are typed as text. The writer shows
what it is given: whoever calls it has removed what the reader may not see.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import IllegalCharacterError

from ckanext.fjgov.core.catalog.rules import keywords

from .convert import join_cell
from .mapping import FieldMap, ImportMapping
from .neutral import neutralise
from .problems import ExportRefused
from .template import SEPARATOR, SEQUENCE, header_of

XLSX_CELL_CHARS = 32_767


@dataclass(frozen=True, slots=True)
class ExportEntry:
    """One entry with the name and credit code of its unit."""

    unit_title: str
    unit_uscc: str
    entry: Mapping[str, Any]


def write_csv(entries: Iterable[ExportEntry], template: ImportMapping) -> Iterator[str]:
    """Yield the CSV text line by line, starting with a byte order mark and the header.

    Args:
        entries: normalised entries, in writing order.
        template: `template_mapping(…, form="csv")`.

    Cost: constant memory.
    """
    header = header_of(template)
    yield "﻿" + _csv_line(header)
    for number, item in enumerate(entries, start=1):
        cells = _main_cells(item, template, number)
        for rows in template.rows:
            value = [_only(row, rows.columns) for row in item.entry.get(rows.target) or []]
            cells[rows.json_column] = json.dumps(value, ensure_ascii=False) if value else ""
        yield _csv_line([cells.get(column, "") for column in header])


def write_xlsx(entries: Iterable[ExportEntry], template: ImportMapping, out: BinaryIO) -> int:
    """Write a workbook with the main sheet and one sheet a repeating field; return the entries.

    Args:
        entries: normalised entries, in writing order.
        template: `template_mapping(…, form="xlsx")`.
        out: binary stream, written once at the end.

    Raises:
        ExportRefused: a value is longer than a cell can hold, or has a character XML cannot hold.
    """
    book = Workbook(write_only=True)
    try:
        count = _write_sheets(book, entries, template)
    except ExportRefused:
        # Saving is what closes and removes the temporary files of a write-only workbook.
        book.save(io.BytesIO())
        raise
    book.save(out)
    return count


def _write_sheets(book: Workbook, entries: Iterable[ExportEntry], template: ImportMapping) -> int:
    header = header_of(template)
    main = _new_sheet(book, template.sheet, header)
    details = {
        rows.target: _new_sheet(book, rows.sheet, [SEQUENCE, *(c.column for c in rows.columns)])
        for rows in template.rows
    }
    number = 0
    for number, item in enumerate(entries, start=1):
        title = str(item.entry.get("title", ""))
        cells = _main_cells(item, template, number)
        _append(main, [cells.get(column, "") for column in header], title)
        for rows in template.rows:
            for row in item.entry.get(rows.target) or []:
                values = [_cell(spec, row.get(spec.target)) for spec in rows.columns]
                _append(details[rows.target], [str(number), *values], title)
    return number


def _new_sheet(book: Workbook, name: str, header: list[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    _append(sheet, header, "")
    return sheet


def _main_cells(item: ExportEntry, template: ImportMapping, number: int) -> dict[str, str]:
    cells = {spec.column: _cell(spec, item.entry.get(spec.target)) for spec in template.fields}
    for spec in template.fields:
        if spec.target == "tag_string":
            cells[spec.column] = ",".join(keywords(item.entry))
    cells[template.unit.column] = item.unit_title
    cells[template.unit.code_column] = item.unit_uscc
    cells[SEQUENCE] = str(number)
    return cells


def _cell(spec: FieldMap, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return join_cell([str(part) for part in value], spec.split or SEPARATOR)
    return str(value)


def _only(row: Mapping[str, Any], columns: tuple[FieldMap, ...]) -> dict[str, Any]:
    return {spec.target: row[spec.target] for spec in columns if row.get(spec.target)}


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([neutralise(cell) for cell in cells])
    return out.getvalue()


def _append(sheet: Any, texts: list[str], title: str) -> None:
    cells = []
    for text in texts:
        if len(text) > XLSX_CELL_CHARS:
            raise ExportRefused(
                f"「{title}」有内容超过 {XLSX_CELL_CHARS} 个字符，xlsx 单元格放不下；请导出为 CSV",
                f"{title!r} has a value longer than {XLSX_CELL_CHARS} characters, more than "
                "an xlsx "
                "cell holds; export as CSV",
            )
        try:
            cell = WriteOnlyCell(sheet, value=text)
        except IllegalCharacterError as problem:
            raise ExportRefused(
                f"「{title}」含控制字符，无法写入 xlsx；请先删除",
                f"{title!r} holds a control character that xlsx cannot store; delete it first",
            ) from problem
        # A text that starts with `=` would otherwise become a formula.
        cell.data_type = "s"
        cell.number_format = "@"
        cells.append(cell)
    sheet.append(cells)
