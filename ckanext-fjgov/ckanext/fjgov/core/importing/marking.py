"""Write the findings of an import back into a copy of the same workbook.

Each finding becomes a comment on its cell, a fill by severity and a line of the sheet 核对结果
that leads to the cell; marks of an earlier check are taken away first. Whatever else the workbook
holds stays as far as openpyxl can keep it; what it could not keep is named in the sheet.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.colors import Color
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from ckanext.fjgov.core.catalog.rules import Finding

from .places import Place
from .report import OUTCOMES, PROBLEM_HEADER, SEVERITIES, ImportReport, problem_rows
from .rows import DEFAULT_LIMITS, Limits
from .stamp import RESULT_SHEET
from .xlsxsafe import ZIP_DAMAGE, damaged, open_checked

AUTHOR = "fjgov"
# A cell filled in one of these was filled here: nobody picks them from a palette.
COLOURS = {"error": "FFFFC7CF", "warning": "FFFFEB9D"}
# Beyond these a workbook becomes too slow to open; the table of findings is always whole.
MARKED_CELLS = 5_000
RESULT_ROWS = 20_000
COMMENT_CHARS = 1_500
_BEGIN = "—— 核对 / check ——"
_FILL_NOTE = "原底色 / former fill: "
_FORMER_FILL = re.compile(re.escape(_FILL_NOTE) + r"(rgb|theme|indexed):([0-9A-F]{8}|[0-9]+):(\S+)")
_WRAP = Alignment(wrap_text=True, vertical="top")
_WIDTHS = (16, 10, 8, 22, 10, 8, 64, 64, 34)
_KINDS = {
    "xl/media/": "图片 / pictures",
    "xl/charts/": "图表 / charts",
    "xl/drawings/drawing": "图形 / shapes",
    "xl/threadedComments/": "会话式批注 / threaded comments",
    "xl/slicers/": "切片器 / slicers",
    "xl/ctrlProps/": "表单控件 / form controls",
    "xl/pivotTables/": "数据透视表 / pivot tables",
    "customXml/": "自定义 XML / custom XML",
    "xl/externalLinks/": "外部链接 / external links",
}


def mark_workbook(data: bytes, report: ImportReport, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return a copy of the workbook with the findings marked in it.

    Args:
        data: the workbook that the report is about.
        report: of its import or dry run.
        limits: upper bounds, as for reading.

    Raises:
        ImportRefused: the workbook is unsafe or damaged.

    Cost: the whole workbook in memory, some 40 µs a cell to load and save it.
    """
    before = _kinds(open_checked(data, limits))
    try:
        with warnings.catch_warnings():
            # openpyxl warns of parts it cannot keep; they are named in the sheet.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), rich_text=True)
            _clear(book)
            _mark(book, report)
            _results(book, report, lost=())
            marked = _saved(book)
            lost = before - _kinds(zipfile.ZipFile(io.BytesIO(marked))) if before else ()
            if lost:
                _results(book, report, lost=sorted(lost))
                marked = _saved(book)
            return marked
    except (*ZIP_DAMAGE, TypeError, AttributeError, IndexError, SyntaxError) as problem:
        raise damaged(str(problem)[:200]) from problem


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _kinds(archive: zipfile.ZipFile) -> set[str]:
    names = archive.namelist()
    return {kind for start, kind in _KINDS.items() if any(n.startswith(start) for n in names)}


def _clear(book: Any) -> None:
    """Take the marks of an earlier check away; without its sheet there are none."""
    if RESULT_SHEET not in book.sheetnames:
        return
    del book[RESULT_SHEET]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and _BEGIN in cell.comment.text:
                    _clear_cell(cell)


def _clear_cell(cell: Any) -> None:
    own, _, ours = cell.comment.text.partition(_BEGIN)
    former = _FORMER_FILL.search(ours)
    if cell.fill.fgColor.rgb in COLOURS.values():
        cell.fill = (
            PatternFill("solid", fgColor=_colour(*former.groups())) if former else PatternFill()
        )
    cell.comment = Comment(own.rstrip("\n"), cell.comment.author) if own.strip() else None


def _colour(kind: str, value: str, tint: str) -> Color:
    if kind == "rgb":
        return Color(rgb=value, tint=float(tint))
    if kind == "theme":
        return Color(theme=int(value), tint=float(tint))
    return Color(indexed=int(value), tint=float(tint))


def _mark(book: Any, report: ImportReport) -> None:
    marked: dict[tuple[str, str], list[Finding]] = {}
    for row in report.rows:
        for finding, place in row.placed():
            if place.cell and place.sheet in book.sheetnames:
                marked.setdefault((place.sheet, place.cell), []).append(finding)
    for (sheet, cell), findings in list(marked.items())[:MARKED_CELLS]:
        _mark_cell(_upper_left(book[sheet], cell), findings)


def _upper_left(sheet: Any, reference: str) -> Any:
    """Return the cell, or the one that stands for it when it is merged into another."""
    cell = sheet[reference]
    if not isinstance(cell, MergedCell):
        return cell
    found = next(area for area in sheet.merged_cells.ranges if reference in area)
    return sheet.cell(found.min_row, found.min_col)


def _mark_cell(cell: Any, findings: list[Finding]) -> None:
    if cell.comment is not None and _BEGIN in cell.comment.text:
        _clear_cell(cell)
    own = cell.comment
    lines = [_BEGIN, *(_comment_line(finding) for finding in findings)]
    note = _former_fill(cell.fill)
    text = "\n".join(lines)[:COMMENT_CHARS] + (f"\n{note}" if note else "")
    if own is not None and own.text.strip():
        text = f"{own.text}\n{text}"
    comment = Comment(text, own.author if own is not None else AUTHOR, height=180, width=380)
    cell.comment = comment
    worst = "error" if any(f.severity == "error" for f in findings) else "warning"
    cell.fill = PatternFill("solid", fgColor=COLOURS[worst])


def _comment_line(finding: Finding) -> str:
    zh, en = SEVERITIES[finding.severity]
    return f"【{zh} / {en}】{finding.rule}\n{finding.zh}\n{finding.en}"


def _former_fill(fill: Any) -> str:
    if fill.fill_type != "solid":
        return ""
    colour = fill.fgColor
    return f"{_FILL_NOTE}{colour.type}:{colour.value}:{colour.tint}"


def _results(book: Any, report: ImportReport, lost: Iterable[str]) -> None:
    if RESULT_SHEET in book.sheetnames:
        del book[RESULT_SHEET]
    sheet = book.create_sheet(RESULT_SHEET)
    for index, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHI"[index]].width = width
    head = _summary(report, lost)
    for number, text in enumerate(head, start=1):
        _put(sheet, number, 1, text).font = Font(bold=number == 1)
    first = len(head) + 1
    for index, name in enumerate(PROBLEM_HEADER, start=1):
        cell = _put(sheet, first, index, name)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFDDEBF7")
    number = first
    for number, (place, severity, texts) in enumerate(problem_rows(report), start=first + 1):
        if number > first + RESULT_ROWS:
            _put(
                sheet,
                number,
                1,
                f"其余问题见问题清单，此处只列 {RESULT_ROWS} 条 / more in the table",
            )
            break
        _line(sheet, number, place, severity, texts)
    sheet.freeze_panes = f"A{first + 1}"
    sheet.auto_filter.ref = f"A{first}:I{max(number, first)}"
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    book.active = book.sheetnames.index(RESULT_SHEET)


def _line(sheet: Any, number: int, place: Place, severity: str, texts: tuple[str, ...]) -> None:
    for index, text in enumerate(texts, start=1):
        cell = _put(sheet, number, index, text)
        cell.alignment = _WRAP
    sheet.cell(number, 5).fill = PatternFill("solid", fgColor=COLOURS[severity])
    if place.cell:
        target = sheet.cell(number, 2)
        target.hyperlink = Hyperlink(
            ref=target.coordinate, location=f"{quote_sheetname(place.sheet)}!{place.cell}"
        )
        target.font = Font(underline="single", color="FF0563C1")


def _put(sheet: Any, row: int, column: int, text: str) -> Any:
    cell = sheet.cell(row, column)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    # A title that starts with `=` is no formula here.
    cell.data_type = "s"
    return cell


def _summary(report: ImportReport, lost: Iterable[str]) -> list[str]:
    kind = "预检，未保存 / dry run, nothing saved" if report.is_dry_run else "导入 / import"
    counts = "，".join(f"{zh} / {en} {report.totals[name]}" for name, (zh, en) in OUTCOMES.items())
    lines = [f"核对结果（{kind}）：{len(report.rows)} 行 / rows；{counts}"]
    lines.append(
        "点击「单元格」到达问题所在；改正后可直接再次预检，本表、批注和底色会自动更新 / "
        "follow the cell to the problem; correct it and check again, the marks renew themselves"
    )
    kinds = "、".join(lost)
    if kinds:
        lines.append(f"本副本未能保留原文件的：{kinds} / not kept from the original file: {kinds}")
    return lines
