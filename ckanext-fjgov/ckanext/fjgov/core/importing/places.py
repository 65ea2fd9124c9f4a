"""Tell the cell of a finding, so that people find it where they typed it.

It must not change a finding: the rules say what is wrong, this says where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ckanext.fjgov.core.catalog.rules import Finding

from .apply import MappedRow
from .mapping import FieldMap, ImportMapping, RowsMap
from .rows import Row

# As `rows.place` writes it, at the beginning of the reader's messages.
_CELL = re.compile(r"([^!：]{1,31})!([A-Z]{1,3})([0-9]{1,7})")
# As the rules name a row of a repeating field: label, column, and the number of the row.
_OF_ROW = re.compile(r"(?P<label>[^：]*)：.*?第(?P<number>[0-9]+)(?:项|条|个|行)")
_TITLE = "title"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding belongs; empty texts where there is no such thing (CSV has no sheets).

    Attributes:
        sheet: name of the sheet.
        row: row number as a spreadsheet program shows it, 0 for none.
        letter: letter of the column.
        column: header of the column.
    """

    sheet: str = ""
    row: int = 0
    letter: str = ""
    column: str = ""

    @property
    def cell(self) -> str:
        """Return the reference within the sheet, such as `D5`."""
        return f"{self.letter}{self.row}" if self.letter and self.row else ""


class Places:
    """Finds the cells of one mapping's findings."""

    def __init__(self, mapping: ImportMapping) -> None:
        self._rows = {rows.target: rows for rows in mapping.rows}
        self._columns = {spec.target: spec.column for spec in mapping.fields}
        self._columns["owner_org"] = mapping.unit.column
        self._columns["provider_code"] = mapping.unit.code_column or mapping.unit.column
        self._columns["tags"] = self._columns.get("tag_string", "")

    def of(self, row: MappedRow, finding: Finding) -> Place:
        """Return the place of a finding about a row."""
        source = row.source
        if source is None:
            return Place()
        told = _CELL.match(finding.zh)
        if told is not None and source.sheet:
            sheet, letter, number = told.groups()
            return Place(sheet, int(number), letter, _header(row, sheet, letter))
        name = re.split(r"[.\[]", finding.field, maxsplit=1)[0]
        if name in self._rows:
            if source.sheet and source.sheet == self._rows[name].sheet:
                return _place(source, self._rows[name].key[0])
            detail = self._detail(row, self._rows[name], finding)
            if detail is not None:
                return detail
        column = self._columns.get(name, "") or (name if name in source.cells else "")
        return _place(source, column or self._columns.get(_TITLE, ""))

    def _detail(self, row: MappedRow, rows: RowsMap, finding: Finding) -> Place | None:
        """Return the place in a detail sheet, None when the finding is about the whole entry."""
        named = _OF_ROW.match(finding.zh)
        found = row.details.get(rows.target, ())
        number = int(named["number"]) if named else 0
        if named is None or not 0 < number <= len(found):
            return None
        head, _, label = named["label"].rpartition("·")
        if (head or label) not in (rows.sheet, rows.target):
            # A message that does not begin with the field's label counts something else, such as
            # articles of a law.
            return None
        return _place(found[number - 1], _column_called(label, rows.columns))


def _column_called(label: str, columns: tuple[FieldMap, ...]) -> str:
    """Return the column with this label, else the first one, which names the row."""
    return next((c.column for c in columns if c.column == label), columns[0].column)


def _place(row: Row, column: str) -> Place:
    return Place(row.sheet, row.number, row.letters.get(column, ""), column)


def _header(row: MappedRow, sheet: str, letter: str) -> str:
    rows = [row.source, *(detail for found in row.details.values() for detail in found)]
    letters: Mapping[str, str] = next((r.letters for r in rows if r and r.sheet == sheet), {})
    return next((column for column, known in letters.items() if known == letter), "")
