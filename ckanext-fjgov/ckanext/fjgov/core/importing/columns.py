"""Compare the headers of a file with the mapping before any row is read."""

from __future__ import annotations

from functools import partial

from openpyxl.utils import get_column_letter

from .mapping import ImportMapping
from .problems import MISSING_COLUMN, UNKNOWN_COLUMN, ImportRefused
from .rows import Book, Sheet

_NOT_OF_TEMPLATE = (
    "不是模板的列，请删除该列或改回模板的列名",
    "is no column of the template; remove it or give it back its name",
)
_NOT_MAPPED = (
    "未映射，请映射或在 ignore 中写明忽略的理由",
    "is not mapped; map it or ignore it with a reason",
)


def check_columns(book: Book, mapping: ImportMapping) -> None:
    """Compare all headers with the mapping before any row is read.

    Raises:
        ImportRefused: every column that is neither mapped nor ignored, and every mapped column that
            is missing, in one message.
    """
    main = book.main(mapping.sheet)
    check = partial(_column_problems, ignored=set(mapping.ignore), own_form=mapping.is_template)
    problems = check(main, set(mapping.required_columns))
    for rows in mapping.rows:
        sheet = book.sheet(rows.sheet) if rows.sheet else None
        if sheet is not None:
            problems += check(sheet, {f.column for f in rows.columns if f.column} | set(rows.key))
        elif rows.sheet and book.kind == "xlsx":
            problems.append(_missing_sheet(rows.sheet))
    if problems:
        raise ImportRefused(
            "columns",
            "列与映射文件不符，未做任何导入：" + "；".join(zh for zh, _ in problems),
            "columns differ from the mapping, nothing was imported: "
            + "; ".join(en for _, en in problems),
        )


def _missing_sheet(name: str) -> tuple[str, str]:
    return (
        f"{MISSING_COLUMN} 缺少工作表「{name}」，请恢复该工作表（可以只留表头）",
        f"{MISSING_COLUMN} sheet {name!r} is missing; bring it back, be it with its header only",
    )


def _column_problems(
    sheet: Sheet, wanted: set[str], ignored: set[str], *, own_form: bool
) -> list[tuple[str, str]]:
    where = f"工作表「{sheet.name}」" if sheet.name else ""
    unknown = [c for c in sheet.header if c not in wanted and c not in ignored]
    missing = sorted(wanted - set(sheet.header))
    todo_zh, todo_en = _NOT_OF_TEMPLATE if own_form else _NOT_MAPPED
    return [
        (
            f"{UNKNOWN_COLUMN} {where}{_head(sheet, c)}列「{c}」{todo_zh}",
            f"{UNKNOWN_COLUMN} {_head(sheet, c)}column {c!r} {todo_en}",
        )
        for c in unknown
    ] + [
        (
            f"{MISSING_COLUMN} {where}缺少列「{c}」",
            f"{MISSING_COLUMN} column {c!r} of sheet {sheet.name!r} is missing",
        )
        for c in missing
    ]


def _head(sheet: Sheet, column: str) -> str:
    """Return where the header of a column stands, for a workbook."""
    letter = get_column_letter(sheet.header.index(column) + 1)
    return f"{letter}1 " if sheet.name else ""
