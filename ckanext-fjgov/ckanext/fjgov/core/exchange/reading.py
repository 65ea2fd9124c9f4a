"""Read files that are to be mounted row by row: CSV, xlsx, Parquet; told by content, not by name.

A CSV is UTF-8 (with or without byte order mark) or GB18030; which of them is proved on the whole
file before anything is read.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ckanext.fjgov.core.exchange.faults import MountRefused
from ckanext.fjgov.core.importing.problems import ImportRefused, is_blocking
from ckanext.fjgov.core.importing.rows import ONE_MIB, Limits
from ckanext.fjgov.core.importing.table import refuse_foreign
from ckanext.fjgov.core.importing.xlsxtable import open_xlsx

if TYPE_CHECKING:
    import duckdb

CSV, XLSX, PARQUET = "csv", "xlsx", "parquet"
LONGEST_CELL = 100_000
MOST_COLUMNS = 500
# A workbook is unpacked into memory in parts, so it may be smaller than other files.
MOST_XLSX_BYTES = 64 * ONE_MIB
_ROWS_AT_ONCE = 2000
_CHUNK = 1 << 20
_CHINESE = frozenset({"gb18030", "gbk", "gb2312", "cp936"})
_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig"})
_XLSX_LIMITS = Limits(
    file_bytes=MOST_XLSX_BYTES,
    part_bytes=1024 * ONE_MIB,
    total_bytes=1536 * ONE_MIB,
    rows=1_048_576,
    columns=MOST_COLUMNS,
    cells=50_000_000,
    cell_chars=LONGEST_CELL,
)

# Number as a spreadsheet program shows it, trimmed texts in the order of the header, and what the
# reader itself saw in them as (header, zh, en).
SourceRow = tuple[int, Sequence[str], Sequence[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file that was accepted.

    Attributes:
        kind: `csv`, `xlsx` or `parquet`.
        encoding: of a CSV, else "".
        rows: gives the data rows from the first, blank ones left out; may be called again.
    """

    kind: str
    encoding: str
    header: tuple[str, ...]
    rows: Callable[[], Iterator[SourceRow]]


def open_source(path: Path, encoding: str = "") -> SourceTable:
    """Open a file as a table with a header.

    Args:
        path: of the file.
        encoding: of a CSV as it was declared; "" for UTF-8 or, where that it is not, GB18030.

    Raises:
        MountRefused: it is no such file, or damaged; also while rows are read.

    Cost: a CSV is read once to prove its encoding; memory of some thousand rows, of a workbook
    that of its texts.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        if head[:4] == b"PAR1":
            return _open_parquet(path)
        refuse_foreign(head)
        if head[:2] == b"PK":
            return _open_workbook(path)
    except ImportRefused as refused:
        raise MountRefused(refused.zh, refused.en) from refused
    return _open_csv(path, encoding)


def _open_csv(path: Path, declared: str) -> SourceTable:
    encoding = _encoding(path, declared.strip().lower())
    header = next(_records(path, encoding), [])
    names = _header([title.strip() for title in header])

    def rows() -> Iterator[SourceRow]:
        records = _records(path, encoding)
        next(records)
        for number, record in enumerate(records, start=2):
            texts = [text.strip() for text in record]
            if any(texts):
                yield number, texts, ()

    return SourceTable(CSV, encoding, names, rows)


def _records(path: Path, encoding: str) -> Iterator[list[str]]:
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            yield from reader
        except csv.Error as problem:
            raise MountRefused(
                f"文件第 {reader.line_num} 行的引号或单元格有误（{problem}），请检查该行的双引号",
                f"bad quotes or cell at line {reader.line_num} ({problem})",
            ) from problem


def _encoding(path: Path, declared: str) -> str:
    """Give the encoding that the whole file keeps to."""
    if declared and declared not in _UTF8 | _CHINESE:
        raise MountRefused(
            f"不支持的编码「{declared}」，可用 utf-8、gb18030",
            f"unsupported encoding {declared!r}; use utf-8 or gb18030",
        )
    with path.open("rb") as file:
        has_mark = file.read(3) == codecs.BOM_UTF8
    wanted = ["gb18030"] if declared in _CHINESE else ["utf-8"]
    if not declared and not has_mark:
        wanted.append("gb18030")
    for encoding in wanted:
        if _keeps_to(path, encoding):
            return "utf-8-sig" if has_mark else encoding
    raise MountRefused(
        f"文件不是 {'、'.join(wanted)} 编码的文本，请另存为 UTF-8 CSV",
        f"the file is no text in {', '.join(wanted)}; save it as UTF-8 CSV",
    )


def _keeps_to(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _open_workbook(path: Path) -> SourceTable:
    if path.stat().st_size > MOST_XLSX_BYTES:
        raise MountRefused(
            f"工作簿超过 {MOST_XLSX_BYTES // ONE_MIB} MiB，请另存为 CSV 或 Parquet",
            f"the workbook is larger than {MOST_XLSX_BYTES // ONE_MIB} MiB; save it as CSV",
        )
    sheet = open_xlsx(path.read_bytes(), _XLSX_LIMITS).main()
    names = _header(sheet.header)

    def rows() -> Iterator[SourceRow]:
        try:
            for row in sheet.rows():
                texts = [row.cells[name] for name in sheet.header]
                seen = [(one.field, one.zh, one.en) for one in row.findings if is_blocking(one)]
                if seen or any(texts):
                    yield row.number, texts, seen
        except ImportRefused as refused:
            raise MountRefused(refused.zh, refused.en) from refused

    return SourceTable(XLSX, "", names, rows)


def _open_parquet(path: Path) -> SourceTable:
    import duckdb

    try:
        with _engine() as engine:
            columns = engine.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchall()
    except duckdb.Error as problem:
        raise _damaged(problem) from problem
    names = _header([str(name) for name, *_rest in columns])
    chosen = ", ".join(_as_text(str(name), str(kind)) for name, kind, *_rest in columns)

    def rows() -> Iterator[SourceRow]:
        number = 1
        try:
            with _engine() as engine:
                found = engine.execute(f"SELECT {chosen} FROM read_parquet(?)", [str(path)])
                while part := found.fetchmany(_ROWS_AT_ONCE):
                    for values in part:
                        number += 1
                        texts = [(value or "").strip() for value in values]
                        if any(texts):
                            yield number, texts, ()
        except duckdb.Error as problem:
            raise _damaged(problem) from problem

    return SourceTable(PARQUET, "", names, rows)


def _engine() -> duckdb.DuckDBPyConnection:
    """Give an engine that reads this file and nothing else, in bounded memory."""
    import duckdb

    return duckdb.connect(
        config={
            "memory_limit": "256MB",
            "threads": 1,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )


def _as_text(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.endswith("[]") or kind.split("(", 1)[0] in ("STRUCT", "MAP", "UNION", "LIST"):
        raise MountRefused(
            f"Parquet 的列「{name}」是嵌套类型 {kind}，请展开为普通列",
            f"column {name!r} has the nested type {kind}; flatten it",
        )
    return f"base64({quoted})" if kind == "BLOB" else f"CAST({quoted} AS VARCHAR)"


def _damaged(problem: Exception) -> MountRefused:
    return MountRefused(
        f"Parquet 文件已损坏或无法读取（{str(problem)[:200]}）",
        f"the Parquet file is damaged or cannot be read ({str(problem)[:200]})",
    )


def _header(names: Sequence[str]) -> tuple[str, ...]:
    """Give a header without empty ends.

    Raises:
        MountRefused: there is none, a column has no name, or two have the same.
    """
    kept = list(names)
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        raise MountRefused("文件没有表头", "the file has no header")
    if len(kept) > MOST_COLUMNS:
        raise MountRefused(f"超过 {MOST_COLUMNS} 列", f"more than {MOST_COLUMNS} columns")
    if "" in kept:
        place = kept.index("") + 1
        raise MountRefused(f"第 {place} 列没有列名", f"column {place} has no name")
    twice = sorted({name for name in kept if kept.count(name) > 1})
    if twice:
        raise MountRefused(
            f"列名重复：{'、'.join(twice)}", f"columns of the same name: {', '.join(twice)}"
        )
    return tuple(kept)
