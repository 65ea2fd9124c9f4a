"""Apply a mapping to rows: source cells become entries, and everything left over is reported.

It must not fill a field that neither the file nor the mapping states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.strict_json import loads

from .convert import Value, convert_cell
from .mapping import FieldMap, ImportMapping, RowsMap
from .problems import (
    BAD_JSON,
    DUPLICATE_IN_FILE,
    MISSING_COLUMN,
    ORPHAN_ROW,
    UNKNOWN_COLUMN,
    ImportRefused,
    error,
    is_blocking,
)
from .rows import Book, Row, Sheet

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
    """

    number: int
    unit_name: str
    unit_code: str
    entry: Mapping[str, Any]
    remove: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def title(self) -> str:
        """Return the title, empty when the row has none."""
        value = self.entry.get("title", "")
        return value if isinstance(value, str) else ""

    @property
    def is_refused(self) -> bool:
        """Tell whether the row must not be saved."""
        return any(is_blocking(finding) for finding in self.findings)


def check_columns(book: Book, mapping: ImportMapping) -> None:
    """Compare all headers with the mapping before any row is read.

    Raises:
        ImportRefused: every column that is neither mapped nor ignored, and every mapped column that
            is missing, in one message.
    """
    main = book.main(mapping.sheet)
    problems = _column_problems(main, set(mapping.required_columns), set(mapping.ignore))
    for rows in mapping.rows:
        if rows.sheet and rows.sheet in book.sheets:
            wanted = {f.column for f in rows.columns if f.column} | set(rows.key)
            problems += _column_problems(book.sheets[rows.sheet], wanted, set(mapping.ignore))
    if problems:
        raise ImportRefused(
            "columns",
            "列与映射文件不符，未做任何导入：" + "；".join(zh for zh, _ in problems),
            "columns differ from the mapping, nothing was imported: "
            + "; ".join(en for _, en in problems),
        )


def _column_problems(sheet: Sheet, wanted: set[str], ignored: set[str]) -> list[tuple[str, str]]:
    where = f"工作表「{sheet.name}」" if sheet.name else ""
    unknown = [c for c in sheet.header if c not in wanted and c not in ignored]
    missing = sorted(wanted - set(sheet.header))
    return [
        (
            f"{UNKNOWN_COLUMN} {where}列「{c}」未映射，请映射或在 ignore 中写明忽略的理由",
            f"{UNKNOWN_COLUMN} column {c!r} is not mapped; map it or ignore it with a reason",
        )
        for c in unknown
    ] + [
        (
            f"{MISSING_COLUMN} {where}缺少列「{c}」",
            f"{MISSING_COLUMN} column {c!r} is missing",
        )
        for c in missing
    ]


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
        rows.target: _detail_rows(book.sheets[rows.sheet], rows)
        for rows in mapping.rows
        if rows.sheet and rows.sheet in book.sheets
    }
    seen: dict[str, set[Key]] = {target: set() for target in details}
    for row in book.main(mapping.sheet).rows():
        yield apply_mapping(row, mapping, details, seen)
    for rows in mapping.rows:
        for key, orphans in details.get(rows.target, {}).items():
            if key not in seen[rows.target]:
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
    return MappedRow(row.number, "", "", {}, findings=(finding,))


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
    for rows in mapping.rows:
        if rows.json_column:
            value = _json_rows(rows, row, findings)
        else:
            value = _joined_rows(rows, row, (details or {}).get(rows.target, {}), seen, findings)
        if value:
            entry[rows.target] = value
    unit, removal = mapping.unit, mapping.removal
    return MappedRow(
        number=row.number,
        unit_name=row.cells.get(unit.column, ""),
        unit_code=row.cells.get(unit.code_column, "").upper() if unit.code_column else "",
        entry=entry,
        remove=removal is not None and row.cells.get(removal.column, "") in removal.values,
        findings=tuple(findings),
    )


def _fields(specs: tuple[FieldMap, ...], row: Row, findings: list[Finding]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for spec in specs:
        value, problems = convert_cell(spec, row)
        findings.extend(problems)
        if value is not None:
            entry[spec.target] = value
    return entry


def _joined_rows(
    rows: RowsMap,
    row: Row,
    details: Mapping[Key, list[Row]],
    seen: dict[str, set[Key]] | None,
    findings: list[Finding],
) -> list[dict[str, Value]]:
    key = tuple(row.cells.get(column, "") for column in rows.key)
    joined = details.get(key, [])
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
    result = []
    for detail in joined:
        findings.extend(detail.findings)
        result.append(_fields(rows.columns, detail, findings))
    return result


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
