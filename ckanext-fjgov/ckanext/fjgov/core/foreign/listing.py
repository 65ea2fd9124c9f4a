"""A portal's own listing, CSV or JSON, as records."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.fjgov.core.federation.strict_json import loads
from ckanext.fjgov.core.importing.problems import is_blocking
from ckanext.fjgov.core.importing.rows import Row
from ckanext.fjgov.core.importing.table import open_table

from .definition import Reading
from .record import Cells, RemoteRecord, SourceRefused, flatten

_RESOURCES = "resources"


def csv_records(data: bytes, reading: Reading) -> Iterator[RemoteRecord]:
    """Read a CSV or xlsx listing.

    Raises:
        SourceRefused: the file ends in the middle of a row, or a row has more cells than headers.
        ImportRefused: encoding, quotes, header or size; see `open_table`.
    """
    book = open_table(data, encoding=reading.encoding)
    sheet = book.main()
    if book.kind == "csv":
        _check_end(data, len(sheet.header), book.encoding)
    for column in reading.id:
        if column not in sheet.header:
            raise SourceRefused(
                "columns",
                f"清单缺少标识列「{column}」",
                f"the listing lacks the column {column!r} that tells records apart",
            )
    for row in sheet.rows():
        yield _row(row, reading)


def _row(row: Row, reading: Reading) -> RemoteRecord:
    damaged = next((item for item in row.findings if is_blocking(item)), None)
    if damaged:
        raise SourceRefused("row", damaged.zh, damaged.en)
    cells = {name: (text,) for name, text in row.cells.items() if text}
    return RemoteRecord(_id(cells, reading.id), cells, (), f"第 {row.number} 行")


def json_page(data: bytes, reading: Reading, number: int) -> tuple[list[RemoteRecord], int | None]:
    """Read one JSON document of a listing.

    Args:
        data: the document.
        reading: where the list and its total are.
        number: of records on the pages before, for their places.

    Returns:
        The records and the total that the document states, None when it states none.

    Raises:
        JsonRefused: not interoperable JSON.
        SourceRefused: there is no list where the file says it is.
    """
    document = loads(data.removeprefix(b"\xef\xbb\xbf"))
    rows = _at(document, reading.records)
    total = _at(document, reading.total) if reading.total else None
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise SourceRefused(
            "records",
            f"JSON 的「{reading.records}」处不是记录列表",
            f"the JSON has no list of records at {reading.records!r}",
        )
    if reading.total and not (type(total) is int and total >= 0):
        raise SourceRefused(
            "total",
            f"JSON 的「{reading.total}」处不是总数",
            f"the JSON has no number of records at {reading.total!r}",
        )
    records = [
        _object(row, reading, f"第 {position} 条")
        for position, row in enumerate(rows, start=number + 1)
    ]
    return records, total


def _object(row: Mapping[str, Any], reading: Reading, place: str) -> RemoteRecord:
    inner = row.get(_RESOURCES)
    rows = [item for item in inner if isinstance(item, Mapping)] if isinstance(inner, list) else []
    apart = frozenset({_RESOURCES}) if rows else frozenset()
    cells = flatten(row, without=apart)
    return RemoteRecord(_id(cells, reading.id), cells, tuple(map(flatten, rows)), place)


def _id(cells: Cells, columns: tuple[str, ...]) -> str:
    """Give the texts that tell a record apart, as one; "" when one of them is missing."""
    parts = [next(iter(cells.get(column, ())), "") for column in columns]
    return "\x1f".join(parts) if all(parts) else ""


def _at(document: Any, path: str) -> Any:
    value = document
    for name in filter(None, path.split(".")):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _check_end(data: bytes, columns: int, encoding: str) -> None:
    """Refuse a file without a last line feed whose last row is short: it was cut off."""
    if data.endswith((b"\n", b"\r")):
        return
    text = data[data.rfind(b"\n") + 1 :].decode(encoding, "replace")
    cells = next(csv.reader([text]), [])
    if len(cells) < columns:
        raise SourceRefused(
            "truncated",
            f"清单在一行中间结束（最后一行 {len(cells)} 格，应有 {columns} 格），未使用本次内容",
            f"the listing ends in the middle of a row ({len(cells)} of {columns} cells); nothing "
            "of this reading is used",
        )
