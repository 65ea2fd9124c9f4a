"""Open a spreadsheet by its content and hand out its rows as text.

Supported are CSV (UTF-8 with or without byte order mark, GB18030/GBK when declared) and xlsx. All
else is refused with a sentence that says what to do. This module must not interpret values.
"""

from __future__ import annotations

import re

from .csvtable import open_csv
from .problems import ImportRefused
from .rows import DEFAULT_LIMITS, ONE_MIB, Book, Limits, Row, Sheet
from .xlsxtable import Rename, open_xlsx

__all__ = ["DEFAULT_LIMITS", "Book", "Limits", "Row", "Sheet", "open_table", "refuse_foreign"]


_OLE = (
    "ole-not-supported",
    "不支持 .xls、.et 和加密的工作簿，请另存为未加密的 .xlsx 或 UTF-8 CSV",
    "old .xls, WPS .et and encrypted workbooks are not supported; save as .xlsx or UTF-8 CSV",
)
_PDF = ("pdf-not-supported", "这是 PDF 文件，请导入 .xlsx 或 CSV", "PDF; import .xlsx or CSV")
_ARCHIVE = (
    "archive-not-supported",
    "这是压缩包，请解压后导入其中的 .xlsx 或 CSV",
    "a compressed archive; unpack it and import the .xlsx or CSV inside",
)
_UTF16 = (
    "utf16-not-supported",
    "不支持 UTF-16 文本，请另存为 UTF-8 CSV",
    "UTF-16 text is not supported; save as UTF-8 CSV",
)
_FOREIGN: tuple[tuple[bytes, tuple[str, str, str]], ...] = (
    (b"\xd0\xcf\x11\xe0", _OLE),
    (b"%PDF", _PDF),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"\xff\xfe", _UTF16),
    (b"\xfe\xff", _UTF16),
)
_MARKUP = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|html|table|mso|meta)", re.IGNORECASE
)


def refuse_foreign(data: bytes) -> None:
    """Refuse content that is neither text nor xlsx, whatever its name says.

    Raises:
        ImportRefused: naming the kind that was found.
    """
    if not data.strip():
        raise ImportRefused("empty", "文件为空", "the file is empty")
    for magic, refusal in _FOREIGN:
        if data.startswith(magic):
            raise ImportRefused(*refusal)
    if _MARKUP.match(data[:512]):
        raise ImportRefused(
            "markup-not-supported",
            "这是网页或 XML 文件（有的系统以 .xls 为名导出），请另存为 .xlsx 或 UTF-8 CSV",
            "web page or XML, sometimes exported under the name .xls; save as .xlsx or UTF-8 CSV",
        )


def open_table(
    data: bytes, *, encoding: str = "", limits: Limits = DEFAULT_LIMITS, rename: Rename = str
) -> Book:
    """Open CSV or xlsx, decided by content and never by the name of the file.

    Args:
        data: the whole file.
        encoding: `gb18030` or `gbk` when the file declares it; empty means UTF-8.
        limits: upper bounds.
        rename: what a header of a workbook stands for.

    Returns:
        Book whose sheets yield rows lazily; a sheet that breaks a limit raises while it is read.

    Raises:
        ImportRefused: too large, unsupported, damaged, or unsafe content.

    Cost: O(size of file); an xlsx is checked from its directory before anything is unpacked.
    """
    if len(data) > limits.file_bytes:
        raise ImportRefused(
            "file-too-large",
            f"文件超过 {limits.file_bytes // ONE_MIB} MiB，请拆分后分次导入",
            f"file is larger than {limits.file_bytes // ONE_MIB} MiB; split it",
        )
    refuse_foreign(data)
    if data[:2] == b"PK":
        return open_xlsx(data, limits, rename)
    return open_csv(data, encoding, limits)
