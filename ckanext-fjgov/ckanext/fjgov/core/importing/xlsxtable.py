"""Read xlsx sheets row by row as text, reporting what a person would not see in the text.

It must not open a workbook that `xlsxsafe` has not passed. Why it has a reader of its own: decision
note 0015.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from openpyxl.utils import get_column_letter

from ckanext.fjgov.core.catalog.rules import Finding

from .merged import merged_rows
from .problems import EXTERNAL_LINK, HIDDEN, ImportRefused, error, warning
from .rows import Book, Limits, Row, Sheet, check_header, check_text, extra_cells, place
from .stamp import STAMP_SHEET, SYSTEM_SHEETS
from .xlsxcells import Around, Cell, read_cells
from .xlsxparts import SheetPart, read_formats, read_shared_texts, read_workbook
from .xlsxsafe import ZIP_DAMAGE, SheetScan, damaged, open_checked, scan_sheet

Rename = Callable[[str], str]
# A damaged workbook surfaces as any of these from zipfile or the XML parsers.
_DAMAGE = (*ZIP_DAMAGE, TypeError, AttributeError, IndexError, OverflowError, SyntaxError)
_STAMP_ROWS = 20


def open_xlsx(data: bytes, limits: Limits, rename: Rename = str) -> Book:
    """Open an xlsx after the outside checks; hidden sheets are reported and left out.

    Args:
        data: the whole file.
        limits: upper bounds.
        rename: what a header stands for, such as `template.plain_header`.

    Raises:
        ImportRefused: unsafe, damaged, no visible sheet, or no header that can be used.
    """
    archive = open_checked(data, limits)
    try:
        book = read_workbook(archive)
        around = Around(
            read_shared_texts(archive, limits), read_formats(archive), book.is_1904, limits
        )
    except _DAMAGE as problem:
        raise damaged(str(problem)[:200]) from problem
    findings = _external(archive)
    sheets: dict[str, Sheet] = {}
    unusable: dict[str, ImportRefused] = {}
    for part in book.sheets:
        if part.name in SYSTEM_SHEETS:
            continue
        if not part.is_visible:
            findings.append(_hidden_sheet(part.name))
            continue
        scan = scan_sheet(archive, part.part, part.name, limits)
        try:
            sheet = _sheet(archive, part, scan, around, rename)
        except ImportRefused as refused:
            # Notes and scratch sheets of people have no header, and nobody may ask for them.
            unusable[part.name] = refused
            continue
        if sheet is not None:
            findings += _hidden_parts(part.name, scan)
            sheets[sheet.name] = sheet
    if not sheets:
        raise next(iter(unusable.values()), _no_sheet())
    return Book("xlsx", "", sheets, tuple(findings), unusable, _stamp(archive, book.sheets, around))


def _no_sheet() -> ImportRefused:
    return ImportRefused(
        "no-sheet",
        "工作簿中没有可见且有内容的工作表",
        "the workbook has no visible sheet with content",
    )


def _external(archive: zipfile.ZipFile) -> list[Finding]:
    if not any(name.startswith("xl/externalLinks/") for name in archive.namelist()):
        return []
    return [
        warning(
            EXTERNAL_LINK,
            "",
            "工作簿引用了其他文件（外部链接），未打开也不会访问",
            "the workbook refers to other files (external links); they were not followed",
        )
    ]


def _hidden_sheet(name: str) -> Finding:
    return warning(
        HIDDEN,
        "",
        f"工作表「{name}」已隐藏，未导入；如需导入请取消隐藏",
        f"sheet {name!r} is hidden and was not imported; unhide it to import it",
    )


def _hidden_parts(name: str, scan: SheetScan) -> list[Finding]:
    found = []
    if scan.hidden_columns:
        letters = ", ".join(f"{name}!{get_column_letter(n)}" for n in scan.hidden_columns[:20])
        found.append(
            warning(
                HIDDEN,
                "",
                f"有隐藏列 {letters}，其内容按映射读取，请核对",
                f"hidden columns {letters}; they are read as mapped, please check them",
            )
        )
    if scan.hidden_rows:
        numbers = ", ".join(f"{name}!{n}" for n in scan.hidden_rows[:20])
        found.append(
            warning(
                HIDDEN,
                "",
                f"有 {len(scan.hidden_rows)} 个隐藏或被筛选的行（{numbers}），"
                "其内容照常读取，请核对",
                f"{len(scan.hidden_rows)} rows hidden or filtered out ({numbers}); they are read, "
                "please check them",
            )
        )
    return found


def _stamp(
    archive: zipfile.ZipFile, parts: tuple[SheetPart, ...], around: Around
) -> dict[str, str]:
    """Return the pairs of the stamp sheet, empty when there is none."""
    found = [part for part in parts if part.name == STAMP_SHEET]
    if not found:
        return {}
    rows = islice(_rows_of(archive, found[0], around), _STAMP_ROWS)
    texts = [{cell.column: cell.text for cell in cells} for _, cells in rows]
    return {text.get(0, ""): text.get(1, "") for text in texts}


def _rows_of(
    archive: zipfile.ZipFile, part: SheetPart, around: Around
) -> Iterator[tuple[int, list[Cell]]]:
    try:
        yield from read_cells(archive, part.part, around)
    except _DAMAGE as problem:
        raise damaged(f"{part.name}: {problem}"[:200]) from problem


def _sheet(
    archive: zipfile.ZipFile, part: SheetPart, scan: SheetScan, around: Around, rename: Rename
) -> Sheet | None:
    """Return the sheet, or None when it is empty."""
    first = next(_rows_of(archive, part, around), None)
    if first is None:
        return None
    number, cells = first
    names = {cell.column: rename(cell.text) for cell in cells} if number == 1 else {}
    width = max(names, default=-1) + 1
    header = check_header([names.get(i, "") for i in range(width)], around.limits, part.name)
    shape = _Shape(part.name, header)

    def rows() -> Iterator[Row]:
        merged = merged_rows(scan.merged, header, part.name, around.limits)
        for number, cells in _rows_of(archive, part, around):
            if number > 1:
                yield shape.row(number, cells, merged.get(number, ()))

    return Sheet(part.name, header, rows)


class _Shape:
    """The columns of one sheet, and how a row of cells becomes a row of texts."""

    def __init__(self, name: str, header: tuple[str, ...]) -> None:
        self._name = name
        self._header = header
        self._blank = dict.fromkeys(header, "")
        self._letters: Mapping[str, str] = {
            column: get_column_letter(i) for i, column in enumerate(header, start=1)
        }

    def row(self, number: int, cells: list[Cell], merged: tuple[Finding, ...]) -> Row:
        texts, numeric = dict(self._blank), set()
        findings: list[Finding] = []
        filled = 0
        # Most rows surely hold nothing that `check_text` reports: one look at all texts at once.
        joined = "".join([cell.text for cell in cells])
        is_clean = joined.isprintable() and "+" not in joined
        for index, text, is_number, problem in cells:
            filled = index + 1 if text else filled
            if index >= len(self._header):
                continue
            column = self._header[index]
            letter = self._letters[column]
            texts[column] = text
            if is_number:
                numeric.add(column)
            if problem is not None:
                rule, zh, en = problem
                zh_place, en_place = place(number, column, self._name, letter)
                findings.append(
                    error(rule, column, f"{zh_place}（{column}）{zh}", f"{en_place} {en}")
                )
            if not is_clean:
                findings += check_text(number, column, text, self._name, letter)
        if filled > len(self._header):
            findings.insert(0, extra_cells(number, filled, len(self._header), self._name))
        return Row(
            number,
            texts,
            self._name,
            self._letters,
            frozenset(numeric),
            (*findings, *merged),
        )
