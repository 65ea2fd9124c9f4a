"""Read CSV: UTF-8 by default, GB18030 when declared, strict about both.

It must not guess: a wrong encoding would fill the catalog with unreadable titles.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from .neutral import restore
from .problems import ImportRefused
from .rows import Book, Limits, Row, Sheet, check_header, check_text, extra_cells, too_many_rows

_CHINESE = frozenset({"gb18030", "gbk", "gb2312", "cp936"})
_UTF8 = frozenset({"", "utf-8", "utf8", "utf-8-sig"})


def decode(data: bytes, encoding: str) -> tuple[str, str]:
    """Decode the file and name the encoding that was used.

    Raises:
        ImportRefused: undeclared or wrong encoding (with the byte position), NUL bytes, or a
            declaration the content contradicts.
    """
    declared = encoding.strip().lower()
    position = data.find(b"\0")
    if position >= 0:
        raise ImportRefused(
            "nul-byte",
            f"文件第 {position + 1} 字节是空字符，不是文本 CSV；请另存为 UTF-8 CSV",
            f"byte {position + 1} is NUL, so this is not a text CSV; save as UTF-8 CSV",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        return _strict(data[3:], "utf-8"), "utf-8-sig"
    if declared in _UTF8:
        return _strict(data, "utf-8"), "utf-8"
    if declared not in _CHINESE:
        raise ImportRefused(
            "encoding-unknown",
            f"不支持的编码声明「{encoding}」，可用：utf-8、gb18030、gbk",
            f"unsupported encoding {encoding!r}; use utf-8, gb18030 or gbk",
        )
    if not data.isascii() and _is_utf8(data):
        raise ImportRefused(
            "encoding-contradicts",
            f"文件声明为 {declared}，内容却是 UTF-8；请改正编码声明",
            f"declared as {declared} but the content is UTF-8; correct the declaration",
        )
    return _strict(data, "gb18030"), "gb18030"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise ImportRefused(
            "encoding-wrong",
            f"第 {line} 行（第 {problem.start + 1} 字节）不是 {encoding} 编码；"
            "如果文件是 GBK/GB18030，请在导入时声明编码",
            f"line {line} (byte {problem.start + 1}) is not {encoding}; "
            "declare the encoding if the file is GBK/GB18030",
        ) from problem


def open_csv(data: bytes, encoding: str, limits: Limits) -> Book:
    """Open a CSV file as a book with one sheet named ''.

    Raises:
        ImportRefused: encoding, header, quotes or size; see `open_table`.
    """
    text, used = decode(data, encoding)
    first = next(_records(text, limits), None)
    header = check_header(first or [], limits)

    def rows() -> Iterator[Row]:
        records = _records(text, limits)
        next(records)
        for number, record in enumerate(records, start=2):
            if number - 1 > limits.rows:
                raise too_many_rows(limits)
            if any(cell.strip() for cell in record):
                yield _row(number, record, header)

    return Book(kind="csv", encoding=used, sheets={"": Sheet("", header, rows)})


def _records(text: str, limits: Limits) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            longest = max(map(len, record), default=0)
            if longest > limits.cell_chars:
                raise ImportRefused(
                    "cell-too-long",
                    f"文件第 {reader.line_num} 行有单元格超过 {limits.cell_chars} 个字符",
                    f"a cell at line {reader.line_num} is longer than {limits.cell_chars} "
                    "characters",
                )
            yield record
    except csv.Error as problem:
        raise ImportRefused(
            "csv-damaged",
            f"文件第 {reader.line_num} 行的 CSV 引号或单元格有误（{problem}），请检查该行的双引号",
            f"bad quotes or cell at line {reader.line_num} ({problem}); check the double "
            "quotes there",
        ) from problem


def _row(number: int, record: list[str], header: tuple[str, ...]) -> Row:
    findings = []
    filled = len(record)
    while filled and not record[filled - 1].strip():
        filled -= 1
    if filled > len(header):
        findings.append(extra_cells(number, filled, len(header)))
    cells: dict[str, str] = {}
    for index, column in enumerate(header):
        raw = record[index] if index < len(record) else ""
        cells[column] = restore(raw).replace("\r\n", "\n").replace("\r", "\n").strip()
        findings.extend(check_text(number, column, cells[column], "", ""))
    return Row(number=number, cells=cells, findings=tuple(findings))
