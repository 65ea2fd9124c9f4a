"""Read xlsx sheets row by row as text, reporting what a person would not see in the text.

Formulas are not evaluated and their stored results are not used: a result computed elsewhere, maybe
long ago, is not a declared value. It must not open a workbook that `xlsxsafe` has not passed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from ckanext.fjgov.core.catalog.rules import Finding

from .problems import (
    DIGITS_LOST,
    ERROR_CELL,
    EXTERNAL_LINK,
    FORMULA,
    HIDDEN,
    ZEROS_LOST,
    ImportRefused,
    error,
    warning,
)
from .rows import Book, Limits, Row, Sheet, check_header, check_text, extra_cells, place
from .xlsxsafe import ZIP_DAMAGE, SheetScan, damaged, open_checked, scan_sheet

EXACT_DIGITS = 15
EXCEL_LAST_ROW = 1_048_576
_ZERO_PADDED = re.compile(r"^0{2,}$")
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A damaged workbook surfaces as any of these from openpyxl, zipfile or the XML parser.
_DAMAGE = (
    *ZIP_DAMAGE,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    SyntaxError,
    InvalidFileException,
)


def open_xlsx(data: bytes, limits: Limits) -> Book:
    """Open an xlsx after the outside checks; hidden sheets are reported and left out.

    Raises:
        ImportRefused: unsafe, damaged, no visible sheet, or a header that cannot be used.
    """
    archive = open_checked(data, limits)
    try:
        parts = _sheet_parts(archive)
        with warnings.catch_warnings():
            # openpyxl warns about styles and extensions that are of no concern to the text.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=False, keep_links=False
            )
    except _DAMAGE as problem:
        raise damaged(str(problem)[:200]) from problem
    findings = _around(archive)
    sheets: dict[str, Sheet] = {}
    for worksheet in book.worksheets:
        if worksheet.sheet_state != "visible":
            findings.append(_hidden_sheet(worksheet.title))
            continue
        scan = scan_sheet(archive, parts.get(worksheet.title, ""), worksheet.title, limits)
        findings.extend(_hidden_parts(worksheet.title, scan))
        sheet = _sheet(worksheet, limits)
        if sheet is not None:
            sheets[sheet.name] = sheet
    if not sheets:
        raise ImportRefused(
            "no-sheet",
            "工作簿中没有可见且有内容的工作表",
            "the workbook has no visible sheet with content",
        )
    return Book(kind="xlsx", encoding="", sheets=sheets, findings=tuple(findings))


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _xml(archive: zipfile.ZipFile, part: str) -> Element:
    return fromstring(archive.read(part))  # noqa: S314 - xlsxsafe has refused any DOCTYPE


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name -> part name, from the workbook and its relations."""
    targets = {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in _xml(archive, "xl/_rels/workbook.xml.rels")
    }
    parts: dict[str, str] = {}
    for element in _xml(archive, "xl/workbook.xml").iter():
        if _local(element) == "sheet":
            target = targets.get(element.get(_RELATIONSHIP, ""), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            parts[element.get("name", "")] = path
    return parts


def _around(archive: zipfile.ZipFile) -> list[Finding]:
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
                f"有 {len(scan.hidden_rows)} 个隐藏行（{numbers}），其内容照常读取，请核对",
                f"{len(scan.hidden_rows)} hidden rows ({numbers}); they are read, please "
                "check them",
            )
        )
    return found


def _sheet(worksheet: Any, limits: Limits) -> Sheet | None:
    """Return the sheet, or None when it is empty."""
    name = str(worksheet.title)
    first = next(_filled_rows(worksheet, last=20, width=limits.columns + 1), None)
    if first is None:
        return None
    number, cells = first
    names = [text for text, _, _ in cells] if number == 1 else []
    header = check_header(names, limits, name)
    letters = {column: get_column_letter(i) for i, column in enumerate(header, start=1)}

    def rows() -> Iterator[Row]:
        # One column more than the header, to see that a row goes on beyond it.
        filled = _filled_rows(worksheet, last=EXCEL_LAST_ROW, width=len(header) + 1)
        for number, cells in filled:
            if number > 1:
                yield _row(number, cells, header, name, letters)

    return Sheet(name, header, rows)


_Cell = tuple[str, bool, tuple[str, str, str] | None]


def _filled_rows(worksheet: Any, last: int, width: int) -> Iterator[tuple[int, list[_Cell]]]:
    """Yield number and cells of the rows that hold anything."""
    try:
        rows = worksheet.iter_rows(min_row=1, max_row=last, max_col=width)
        for number, cells in enumerate(rows, start=1):
            # A stray cell in the last row of a sheet puts a million empty rows before it.
            if any(cell.value is not None for cell in cells):
                texts = [_text(cell) for cell in cells]
                if any(text or problem for text, _, problem in texts):
                    yield number, texts
    except _DAMAGE as problem:
        raise damaged(str(problem)[:200]) from problem


def _text(cell: Any) -> _Cell:
    """Return (text, was a number, problem) of one cell; a problem is (rule, zh, en)."""
    value = cell.value
    if value is None:
        return "", False, None
    if cell.data_type == "f":
        return "", False, _FORMULA_CELL
    if cell.data_type == "e":
        problem = (
            ERROR_CELL,
            f"是错误值 {value}，请改正",
            f"is the error value {value}; correct it",
        )
        return "", False, problem
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, str(cell.number_format))
    return _plain(value), False, None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        whole_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M:%S")
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


_FORMULA_CELL = (
    FORMULA,
    "是公式，未计算；请粘贴为数值",
    "is a formula and was not calculated; paste it as a value",
)


def _number(value: int | float, number_format: str) -> _Cell:
    whole = int(value) if isinstance(value, int) or value.is_integer() else None
    if whole is None:
        return repr(value), True, None
    if len(str(abs(whole))) > EXACT_DIGITS:
        return "", True, _digits_lost(value)
    if _ZERO_PADDED.match(number_format) and len(str(whole)) < len(number_format):
        return str(whole), True, _zeros_lost(whole, str(whole).zfill(len(number_format)))
    return str(whole), True, None


def _digits_lost(value: float) -> tuple[str, str, str]:
    zh = (
        f"是数值 {value:.15G}，超过 {EXACT_DIGITS} 位的代码以数值保存会丢失末位；"
        "请设为文本格式后重新填写"
    )
    en = (
        f"is the number {value:.15G}: codes of more than {EXACT_DIGITS} digits lose their last "
        "digits as numbers; format the cell as text and enter the code again"
    )
    return DIGITS_LOST, zh, en


def _zeros_lost(whole: int, shown: str) -> tuple[str, str, str]:
    zh = f"显示为 {shown}，实际是数值 {whole}，前导零已丢失；请设为文本格式并填写 {shown}"
    en = (
        f"shows {shown} but stores the number {whole}, leading zeros are lost; "
        f"format the cell as text and enter {shown}"
    )
    return ZEROS_LOST, zh, en


def _row(
    number: int, cells: list[_Cell], header: tuple[str, ...], sheet: str, letters: dict[str, str]
) -> Row:
    findings: list[Finding] = []
    filled = max((i for i, (text, _, _) in enumerate(cells, start=1) if text), default=0)
    if filled > len(header):
        findings.append(extra_cells(number, filled, len(header), sheet))
    texts: dict[str, str] = {}
    numeric = set()
    for index, column in enumerate(header):
        text, is_number, problem = cells[index] if index < len(cells) else ("", False, None)
        texts[column] = text
        if is_number:
            numeric.add(column)
        if problem is not None:
            rule, zh, en = problem
            zh_place, en_place = place(number, column, sheet, letters[column])
            findings.append(error(rule, column, f"{zh_place}（{column}）{zh}", f"{en_place} {en}"))
        findings.extend(check_text(number, column, text, sheet, letters[column]))
    return Row(number, texts, sheet, letters, frozenset(numeric), tuple(findings))
