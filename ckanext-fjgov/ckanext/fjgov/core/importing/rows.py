"""What both table readers share: limits, rows of text, and the checks every cell gets.

It must not interpret values; it only says where they stood and what looked damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ckanext.fjgov.core.catalog.rules import Finding

from .problems import (
    CONTROL_CHARACTER,
    DIGITS_LOST,
    ROW_SHAPE,
    ImportRefused,
    error,
)

ONE_MIB = 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[eE]\+\d{2,}$")


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one import; each is checked before the cost is paid.

    Attributes:
        file_bytes: size of the file as sent.
        part_bytes, total_bytes: unpacked size of one part and of all parts of an xlsx.
        ratio: unpacked to packed size of any part of at least one MiB.
        parts: number of parts in an xlsx.
        rows: data rows of one sheet, empty ones included.
        columns: columns of one sheet.
        cells: cells of one xlsx sheet, empty ones included.
        cell_chars: characters of one cell.
    """

    file_bytes: int = 64 * ONE_MIB
    part_bytes: int = 128 * ONE_MIB
    total_bytes: int = 256 * ONE_MIB
    ratio: int = 100
    parts: int = 2_000
    rows: int = 200_000
    columns: int = 256
    cells: int = 5_000_000
    cell_chars: int = 100_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One data row as text.

    Attributes:
        number: row number as a spreadsheet program shows it (the header is usually row 1).
        cells: header -> trimmed text, every header present, empty text for an empty cell.
        sheet: sheet name, empty for CSV.
        letters: header -> column letter, empty for CSV.
        numeric: headers whose cell was a number and not text (xlsx only).
        findings: what the reader itself saw in this row.
    """

    number: int
    cells: Mapping[str, str]
    sheet: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    numeric: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    def place(self, column: str) -> tuple[str, str]:
        """Return where a cell is, in Chinese and in English."""
        return place(self.number, column, self.sheet, self.letters.get(column, ""))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One readable sheet: `rows` may be called again and starts from the first data row."""

    name: str
    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Book:
    """A file that was accepted: its visible sheets in file order and what was seen around them.

    Attributes:
        unusable: why a visible sheet has no header; told only to those who ask for that sheet.
        stamp: the version stamp of a workbook of ours, empty without one.
    """

    kind: str
    encoding: str
    sheets: Mapping[str, Sheet]
    findings: tuple[Finding, ...] = ()
    unusable: Mapping[str, ImportRefused] = field(default_factory=dict)
    stamp: Mapping[str, str] = field(default_factory=dict)

    def main(self, name: str = "") -> Sheet:
        """Return the named sheet, or the first one when no name is given.

        Raises:
            ImportRefused: there is no such sheet, or its header cannot be used.
        """
        if not name or self.kind == "csv":
            name = next(iter({**self.unusable, **self.sheets})) if self.unusable else ""
            if name not in self.unusable:
                return next(iter(self.sheets.values()))
        found = self.sheet(name)
        if found is None:
            raise ImportRefused(
                "sheet-missing",
                f"文件中没有可见的工作表「{name}」，现有：{'、'.join(self.sheets)}",
                f"no visible sheet named {name!r}; rename the sheet or change the mapping",
            )
        return found

    def sheet(self, name: str) -> Sheet | None:
        """Return the named sheet, None when there is none.

        Raises:
            ImportRefused: its header cannot be used.
        """
        if name in self.unusable:
            raise self.unusable[name]
        return self.sheets.get(name)


def place(number: int, column: str, sheet: str = "", letter: str = "") -> tuple[str, str]:
    """Return the place of a cell as people look for it: `sheet!D5`, or row and column name."""
    if sheet and letter:
        return f"{sheet}!{letter}{number}", f"{sheet}!{letter}{number}"
    return f"第 {number} 行「{column}」列", f"row {number}, column {column!r}"


def check_header(cells: list[str], limits: Limits, sheet: str = "") -> tuple[str, ...]:
    """Return the header without empty trailing cells.

    Raises:
        ImportRefused: no header, too many columns, an empty name in the middle, or a repeated name.
    """
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    where = f"工作表「{sheet}」" if sheet else "文件"
    if not header:
        raise ImportRefused(
            "no-header",
            f"{where}第一行没有列名，请在第一行填写列名",
            "the first row has no column names; put the header into row 1",
        )
    if len(header) > limits.columns:
        raise ImportRefused(
            "too-many-columns",
            f"{where}的列数超过上限 {limits.columns}",
            f"more than {limits.columns} columns; remove the columns that are not needed",
        )
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        shown = "、".join(name or "（空列名）" for name in doubled)
        raise ImportRefused(
            "header-repeated",
            f"{where}的列名重复或为空：{shown}，请改为唯一的列名",
            f"repeated or empty column names: {', '.join(map(repr, doubled))}; make each unique",
        )
    if "" in header:
        raise ImportRefused(
            "header-empty",
            f"{where}第 {header.index('') + 1} 列没有列名",
            f"column {header.index('') + 1} has no name; name it or remove it",
        )
    return tuple(header)


def check_text(number: int, column: str, text: str, sheet: str, letter: str) -> list[Finding]:
    """Report control characters and long codes that a spreadsheet program turned into 3.5E+17."""
    if text.isprintable() and not _SCIENTIFIC.match(text):
        return []
    found: list[Finding] = []
    zh_place, en_place = place(number, column, sheet, letter)
    control = _CONTROL.search(text)
    if control:
        code = f"U+{ord(control.group()):04X}"
        found.append(
            error(
                CONTROL_CHARACTER,
                column,
                f"{zh_place}含控制字符 {code}，请删除后重新导入",
                f"{en_place} holds the control character {code}; delete it",
            )
        )
    if _SCIENTIFIC.match(text):
        found.append(
            error(
                DIGITS_LOST,
                column,
                f"{zh_place}的值「{text}」是科学计数，原代码的末位已丢失；"
                "请将该列设为文本格式并重新填写",
                f"{en_place} holds {text!r}: a long code was stored as a number and lost its last "
                "digits; format the column as text and enter the code again",
            )
        )
    return found


def extra_cells(number: int, count: int, width: int, sheet: str = "") -> Finding:
    """Report a row that has more filled cells than the header has names."""
    where = f"{sheet}!{number}" if sheet else f"第 {number} 行"
    return error(
        ROW_SHAPE,
        "",
        f"{where}有 {count} 个单元格，表头只有 {width} 列；请检查引号和分隔符",
        f"row {number} has {count} cells, the header has {width}; check quotes and separators",
    )


def too_many_rows(limits: Limits, sheet: str = "") -> ImportRefused:
    """Return the refusal of a sheet with more rows than the limit."""
    where = f"工作表「{sheet}」" if sheet else "文件"
    return ImportRefused(
        "too-many-rows",
        f"{where}超过 {limits.rows} 行，请拆分后分次导入",
        f"more than {limits.rows} rows; split the file",
    )
