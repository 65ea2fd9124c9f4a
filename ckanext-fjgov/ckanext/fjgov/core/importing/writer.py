"""Write entries as CSV in the template's form, so that importing the file again changes nothing.

Cells are neutralised against formula execution, codes are written bare. The writer shows what it
is given: whoever calls it has removed what the reader may not see.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.rules import keywords

from .convert import join_cell
from .mapping import FieldMap, ImportMapping
from .neutral import neutralise
from .template import SEPARATOR, SEQUENCE, header_of


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
        cells = main_cells(item, template, number)
        for rows in template.rows:
            value = [_only(row, rows.columns) for row in item.entry.get(rows.target) or []]
            cells[rows.json_column] = json.dumps(value, ensure_ascii=False) if value else ""
        yield _csv_line([cells.get(column, "") for column in header])


def main_cells(item: ExportEntry, template: ImportMapping, number: int) -> dict[str, str]:
    """Return the cells of an entry in the main sheet by column; a workbook shows labels."""
    shows = bool(template.sheet)
    cells = {
        spec.column: cell_text(spec, item.entry.get(spec.target), labels=shows)
        for spec in template.fields
    }
    for spec in template.fields:
        if spec.target == "tag_string":
            cells[spec.column] = ",".join(keywords(item.entry))
    cells[template.unit.column] = item.unit_title
    cells[template.unit.code_column] = item.unit_uscc
    cells[SEQUENCE] = str(number)
    return cells


def cell_text(spec: FieldMap, value: Any, *, labels: bool) -> str:
    """Return a value as one cell; codes with their labels when these are wanted."""
    if value is None:
        return ""
    shown = spec.choices.shown if labels and spec.choices else {}
    if isinstance(value, list):
        parts = [shown.get(str(part), str(part)) for part in value]
        return join_cell(parts, spec.split or SEPARATOR)
    return shown.get(str(value), str(value))


def _only(row: Mapping[str, Any], columns: tuple[FieldMap, ...]) -> dict[str, Any]:
    return {spec.target: row[spec.target] for spec in columns if row.get(spec.target)}


def _csv_line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([neutralise(cell) for cell in cells])
    return out.getvalue()
