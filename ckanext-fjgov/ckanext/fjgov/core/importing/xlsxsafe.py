"""Look at an xlsx from outside before any of it is parsed.

Sizes and names come from the zip directory, the prolog of each XML part from its first bytes. It
must not unpack a part whose declared size breaks a limit.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from .problems import ImportRefused
from .rows import ONE_MIB, Limits, too_many_rows

# What zipfile raises for a damaged archive, depending on where the damage is.
ZIP_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
_PROLOG_BYTES = 65_536
_PROLOG = re.compile(rb"^(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*<[A-Za-z_]", re.DOTALL)
_DECLARED_ENCODING = re.compile(
    rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']"""
)
_TAG = re.compile(rb"<(?:\w+:)?(row|col|mergeCell)(?=[\s/>])([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_REFERENCE = re.compile(rb"""\bref\s*=\s*["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']""")
_NUMBERS = re.compile(rb"""\b(r|min|max)\s*=\s*["'](\d+)["']""")


@dataclass(frozen=True, slots=True)
class SheetScan:
    """What one streaming pass over a worksheet part found."""

    hidden_rows: tuple[int, ...]
    hidden_columns: tuple[int, ...]
    merged: tuple[str, ...] = ()


def open_checked(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """Return the zip after all checks that need no parsing.

    Raises:
        ImportRefused: not an xlsx workbook, damaged, with macros, too large when unpacked, or with
            a document type declaration in any part.

    Cost: O(number of parts); of each XML part at most 64 KiB is unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except ZIP_DAMAGE as problem:
        raise damaged(str(problem)) from problem
    _check_kind(archive)
    _check_sizes(archive, limits)
    for info in archive.infolist():
        if info.filename.lower().endswith((".xml", ".rels", ".vml")):
            _check_prolog(archive, info)
    return archive


def damaged(detail: str) -> ImportRefused:
    """Return the refusal of a workbook that cannot be read."""
    return ImportRefused(
        "xlsx-damaged",
        f"工作簿已损坏，无法读取（{detail}）；请重新另存为 .xlsx",
        f"the workbook is damaged ({detail}); save it again as .xlsx",
    )


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if len(names) != len(archive.namelist()):
        raise damaged("zip entries repeated")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise ImportRefused(
            "zip-not-workbook",
            "这是压缩包或其他格式（如 .ods、.docx、.xlsb），不是 .xlsx 工作簿；请另存为 "
            ".xlsx 或 UTF-8 CSV",
            "a zip archive or another format, not an .xlsx workbook; save as .xlsx or UTF-8 CSV",
        )
    if any(info.flag_bits & 0x1 for info in archive.infolist()):
        raise ImportRefused(
            "encrypted",
            "工作簿已加密，请去掉密码后导入",
            "the workbook is encrypted; remove the password",
        )
    if any(name.lower().endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise ImportRefused(
            "macros-refused",
            "工作簿含宏（.xlsm），请另存为不含宏的 .xlsx",
            "the workbook holds macros (.xlsm); save it as .xlsx without macros",
        )


def _check_sizes(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    total = sum(info.file_size for info in parts)
    too_dense = any(
        info.file_size > ONE_MIB and info.file_size > limits.ratio * max(info.compress_size, 1)
        for info in parts
    )
    too_large = total > limits.total_bytes or any(p.file_size > limits.part_bytes for p in parts)
    if len(parts) > limits.parts or too_large or too_dense:
        raise ImportRefused(
            "xlsx-bomb",
            f"工作簿解压后过大（{total // ONE_MIB} MiB，{len(parts)} 个部件）或压缩比异常，"
            "未作解析；"
            "请删除空白行列后另存，或拆分文件",
            f"unpacked size ({total // ONE_MIB} MiB in {len(parts)} parts) or compression ratio is "
            "over the limit, nothing was parsed; remove empty rows and columns or split the file",
        )


def _check_prolog(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    try:
        with archive.open(info) as part:
            head = part.read(_PROLOG_BYTES)
    except ZIP_DAMAGE as problem:
        raise damaged(f"{info.filename}: {problem}") from problem
    declared = _DECLARED_ENCODING.match(head)
    encoding = declared.group(1).lower() if declared else b"utf-8"
    if encoding not in (b"utf-8", b"us-ascii", b"ascii") or not _PROLOG.match(head):
        raise ImportRefused(
            "doctype-refused",
            f"工作簿部件 {info.filename} 含 DOCTYPE 声明或非 UTF-8 内容，已拒绝；请用 WPS 或 "
            "Excel 重新另存为 .xlsx",
            f"part {info.filename} has a DOCTYPE or is not UTF-8 XML and was refused; "
            "save the workbook again as .xlsx",
        )


def scan_sheet(archive: zipfile.ZipFile, part_name: str, name: str, limits: Limits) -> SheetScan:
    """Count rows and cells of a worksheet and find what is hidden, before it is parsed.

    Raises:
        ImportRefused: more rows or cells than the limits.

    Cost: one streaming pass; memory stays at one block.
    """
    rows = cells = 0
    hidden_rows: list[int] = []
    hidden_columns: list[int] = []
    merged: list[str] = []
    for text in _blocks(archive, part_name):
        # Cells are only counted: there are thirty in a row, and nothing of them is asked here.
        cells += len(_CELL.findall(text))
        if cells > limits.cells:
            raise _too_many_cells(name, limits)
        for match in _TAG.finditer(text):
            kind, attributes = match.groups()
            if kind == b"mergeCell":
                merged += [found.decode() for found in _REFERENCE.findall(attributes)]
                if len(merged) > limits.rows:
                    raise _too_many_cells(name, limits)
                continue
            rows += kind == b"row"
            if rows > limits.rows + 1:
                raise too_many_rows(limits, name)
            if _HIDDEN.search(attributes):
                numbers = {key: int(value[:9]) for key, value in _NUMBERS.findall(attributes)}
                if kind == b"row":
                    hidden_rows.append(numbers.get(b"r", rows))
                else:
                    first, last = numbers.get(b"min", 0), numbers.get(b"max", 0)
                    hidden_columns.extend(range(first, min(last, limits.columns) + 1))
    return SheetScan(tuple(hidden_rows), tuple(hidden_columns), tuple(merged))


def _blocks(archive: zipfile.ZipFile, part_name: str) -> Iterator[bytes]:
    """Yield a part in blocks of whole tags."""
    try:
        with archive.open(part_name) as part:
            rest = b""
            while block := part.read(ONE_MIB):
                text = rest + block
                cut = text.rfind(b"<")
                yield text[: max(cut, 0)]
                rest = text[cut:] if cut >= 0 else b""
            yield rest
    except ZIP_DAMAGE as problem:
        raise damaged(str(problem)) from problem


def _too_many_cells(name: str, limits: Limits) -> ImportRefused:
    return ImportRefused(
        "too-many-cells",
        f"工作表「{name}」超过 {limits.cells} 个单元格，请删除空白行列或拆分文件",
        f"sheet {name!r} has more than {limits.cells} cells; remove empty ones or split the file",
    )
