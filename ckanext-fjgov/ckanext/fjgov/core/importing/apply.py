"""Apply a mapping to rows: source cells become entries, and everything left over is reported.

It must not fill a field that neither the file nor the mapping states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.strict_json import loads

from .columns import check_columns
from .convert import Value, convert_cell, plain_value
from .mapping import FieldMap, ImportMapping, RowsMap
from .problems import (
    BAD_JSON,
    DUPLICATE_IN_FILE,
    ORPHAN_ROW,
    error,
    is_blocking,
)
from .rows import Book, Row, Sheet
from .typed import numeric_unit_code

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One row after mapping.

    Attributes:
        number: row number in the source.
        unit_name, unit_code: the providing unit as the source tells it, either may be empty.
        entry: fields as text, lists of text, or lists of rows; absent fields were not stated.
        remove: the row asks to withdraw its entry.
        findings: what was wrong so far; with an error the entry must not be saved.
        source: the row of the main sheet, None for a row of a detail sheet without an entry.
        details: repeating field -> its rows in the detail sheet, in order.
        targets: the fields that this row states, None for all that the mapping may set.
    """

    number: int
    unit_name: str
    unit_code: str
    entry: Mapping[str, Any]
    remove: bool = False
    findings: tuple[Finding, ...] = ()
    source: Row | None = None
    details: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    targets: tuple[str, ...] | None = None

    @property
    def title(self) -> str:
        """Return the title, empty when the row has none."""
        value = self.entry.get("title", "")
        return value if isinstance(value, str) else ""

    @property
    def is_refused(self) -> bool:
        """Tell whether the row must not be saved."""
        return any(is_blocking(finding) for finding in self.findings)


def map_book(book: Book, mapping: ImportMapping) -> Iterator[MappedRow]:
    """Yield the mapped rows of a book in file order.

    Rows of detail sheets are joined to their entry; those that belong to no entry come last, as
    refused rows of their own, so that nothing in the file goes unreported.

    Raises:
        ImportRefused: columns differ from the mapping, or a limit is broken while reading.

    Cost: O(cells); detail sheets are held in memory.
    """
    check_columns(book, mapping)
    details = {
        rows.target: _detail_rows(sheet, rows)
        for rows in mapping.rows
        if rows.sheet and (sheet := book.sheet(rows.sheet)) is not None
    }
    seen: dict[str, set[Key]] = {target: set() for target in details}
    for row in book.main(mapping.sheet).rows():
        yield apply_mapping(row, mapping, details, seen)
    for rows in mapping.rows:
        for key, orphans in details.get(rows.target, {}).items():
            if key not in seen[rows.target] or not any(key):
                yield from (_orphan(rows, row, key) for row in orphans)


def _detail_rows(sheet: Sheet, rows: RowsMap) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in sheet.rows():
        found.setdefault(tuple(row.cells[column] for column in rows.key), []).append(row)
    return found


def _orphan(rows: RowsMap, row: Row, key: Key) -> MappedRow:
    shown = "、".join(key)
    finding = error(
        ORPHAN_ROW,
        rows.target,
        f"工作表「{row.sheet}」第 {row.number} 行的「{'、'.join(rows.key)}」为「{shown}」，"
        "主表中没有对应目录；请改正",
        f"row {row.number} of sheet {row.sheet!r} belongs to {shown!r}, which the main sheet lacks",
    )
    return MappedRow(row.number, "", "", {}, findings=(finding, *row.findings), source=row)


def apply_mapping(
    row: Row,
    mapping: ImportMapping,
    details: Mapping[str, Mapping[Key, list[Row]]] | None = None,
    seen: dict[str, set[Key]] | None = None,
) -> MappedRow:
    """Map one row.

    Args:
        row: main row.
        mapping: checked mapping.
        details: repeating field -> join key -> rows of its detail sheet.
        seen: repeating field -> join keys met so far; updated here.

    Returns:
        MappedRow; its entry holds only what the row, its detail rows or the mapping state.
    """
    findings = list(row.findings)
    entry = _fields(mapping.fields, row, findings)
    joined: dict[str, tuple[Row, ...]] = {}
    for rows in mapping.rows:
        if rows.json_column:
            value = _json_rows(rows, row, findings)
        else:
            found = _joined(rows, row, (details or {}).get(rows.target, {}), seen, findings)
            joined[rows.target] = tuple(found)
            value = [_fields(rows.columns, detail, findings) for detail in found]
        if value:
            entry[rows.target] = value
    unit, removal = mapping.unit, mapping.removal
    if unit.code_column in row.numeric:
        findings.append(numeric_unit_code(unit.code_column, row))
    return MappedRow(
        number=row.number,
        unit_name=row.cells.get(unit.column, ""),
        unit_code=row.cells.get(unit.code_column, "").upper() if unit.code_column else "",
        entry=entry,
        remove=removal is not None and row.cells.get(removal.column, "") in removal.values,
        findings=tuple(findings),
        source=row,
        details=joined,
    )


def _fields(specs: tuple[FieldMap, ...], row: Row, findings: list[Finding]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    cells, numeric = row.cells, row.numeric
    for spec in specs:
        # As `convert_cell` says of it: half of the cells of a sheet are empty, most others plain.
        text = cells.get(spec.column)
        if not text:
            if spec.constant is None and spec.when_empty is None:
                continue
        elif spec.constant is None and spec.column not in numeric:
            known = plain_value(spec, text)
            if known is not None:
                entry[spec.target] = known
                continue
        value, problems = convert_cell(spec, row)
        findings.extend(problems)
        if value is not None:
            entry[spec.target] = value
    return entry


def _joined(
    rows: RowsMap,
    row: Row,
    details: Mapping[Key, list[Row]],
    seen: dict[str, set[Key]] | None,
    findings: list[Finding],
) -> list[Row]:
    """Return the detail rows of a main row that say anything."""
    if not details:
        return []
    key = tuple(row.cells.get(column, "") for column in rows.key)
    joined = details.get(key, []) if any(key) else []
    if seen is not None and rows.target in seen:
        if key in seen[rows.target] and joined:
            findings.append(
                error(
                    DUPLICATE_IN_FILE,
                    rows.target,
                    f"第 {row.number} 行的「{'、'.join(rows.key)}」与前面的行相同，"
                    "无法判断附表行归属；请改为唯一",
                    f"row {row.number} repeats {', '.join(map(repr, rows.key))} of an earlier row, "
                    "so its detail rows cannot be told apart; make it unique",
                )
            )
            return []
        seen[rows.target].add(key)
    for detail in joined:
        findings.extend(detail.findings)
    return [detail for detail in joined if any(detail.cells[c.column] for c in rows.columns)]


def _json_rows(rows: RowsMap, row: Row, findings: list[Finding]) -> list[dict[str, Value]]:
    text = row.cells.get(rows.json_column, "")
    if not text:
        return []
    allowed = {spec.target for spec in rows.columns}
    try:
        return _checked_rows(loads(text.encode("utf-8")), allowed)
    except JsonRefused as problem:
        detail = str(problem)
    except ValueError as problem:
        detail = str(problem)
    zh_place, en_place = row.place(rows.json_column)
    findings.append(
        error(
            BAD_JSON,
            rows.target,
            f"{zh_place}应为 JSON 对象列表，值均为文本：{detail}",
            f"{en_place} must be a JSON list of objects with text values: {detail}",
        )
    )
    return []


def _checked_rows(value: Any, allowed: set[str]) -> list[dict[str, Value]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("[{…}, …]")
    for item in value:
        unknown = sorted(set(item) - allowed)
        if unknown:
            raise ValueError(f"? {', '.join(unknown)}")
        for name, text in item.items():
            is_list = isinstance(text, list) and all(isinstance(part, str) for part in text)
            if not isinstance(text, str) and not is_list:
                raise ValueError(f"{name}: {text!r:.60}")
    return value
