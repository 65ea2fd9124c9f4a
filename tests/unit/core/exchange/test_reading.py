"""Files that are to be mounted, read row by row."""

from __future__ import annotations

import io
import tracemalloc
from collections import deque
from pathlib import Path

import duckdb
import openpyxl
import pytest

from ckanext.fjgov.core.exchange.checking import checked_rows
from ckanext.fjgov.core.exchange.faults import MOST, FaultLog, MountRefused
from ckanext.fjgov.core.exchange.matching import items_of, match
from ckanext.fjgov.core.exchange.reading import open_source

TEXT = '号码,姓名\n0012,"示例,甲"\n\n0013,示例乙\n'
ROWS = [(2, ["0012", "示例,甲"]), (4, ["0013", "示例乙"])]
ITEMS = items_of(
    [
        {"id": "a", "name": "号码", "data_type": "C", "length": "4", "required": "1"},
        {"id": "b", "name": "姓名", "data_type": "C"},
    ]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def rows_of(path: Path, encoding: str = "") -> list[tuple[int, list[str]]]:
    return [(number, list(texts)) for number, texts, _ in open_source(path, encoding).rows()]


@pytest.mark.parametrize(
    ("written", "declared", "used"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "UTF-8", "utf-8"),
        ("utf-8-sig", "", "utf-8-sig"),
        ("gb18030", "", "gb18030"),
        ("gbk", "gb18030", "gb18030"),
    ],
)
def test_a_csv_of_every_encoding(file: Path, written: str, declared: str, used: str) -> None:
    file.write_bytes(TEXT.encode(written))
    assert open_source(file, declared).encoding == used
    assert open_source(file, declared).header == ("号码", "姓名")
    assert rows_of(file, declared) == ROWS


@pytest.mark.parametrize(
    ("data", "declared", "words"),
    [
        (TEXT.encode("gb18030"), "utf-8", "不是 utf-8 编码"),
        (TEXT.encode("utf-16"), "", "UTF-16"),
        ("号码\n\0".encode(), "", "编码"),
        (b"\xff" * 9, "", "编码"),
        (TEXT.encode(), "big5", "不支持的编码"),
        (b"%PDF-1.7", "", "PDF"),
        (b"<html><table></table></html>", "", "网页"),
        ("号码,号码\n1,2\n".encode(), "", "列名重复"),
        ("号码,,姓名\n1,2,3\n".encode(), "", "第 2 列没有列名"),
        (b"\n\n", "", "文件为空"),
        (b"PAR1 not really", "", "Parquet"),
        (b"PK\x03\x04 not really", "", ""),
    ],
)
def test_what_is_no_table_is_refused(file: Path, data: bytes, declared: str, words: str) -> None:
    file.write_bytes(data)
    with pytest.raises(MountRefused) as caught:
        open_source(file, declared)
    assert words in caught.value.zh


def test_bad_quotes_are_told_by_line(file: Path) -> None:
    file.write_text('号码\n"1\n', encoding="utf-8")
    with pytest.raises(MountRefused, match="引号"):
        rows_of(file)


def test_a_workbook(file: Path) -> None:
    book, stored = openpyxl.Workbook(), io.BytesIO()
    for row in (["号码", "姓名", "备注"], ["0012", "示例,甲", None], [None, None, None],
                ["0013", "=1+1", 3]):  # fmt: skip
        book.active.append(row)
    book.save(stored)
    file.write_bytes(stored.getvalue())
    found = list(open_source(file).rows())
    assert (found[0][0], list(found[0][1])[:2]) == ROWS[0]
    number, _texts, seen = found[-1]
    # A formula is no value, and is told by its column.
    assert (number, [column for column, *_words in seen]) == (4, ["姓名"])


def test_types_of_parquet_become_texts_that_the_rules_read(file: Path) -> None:
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (SELECT 7 AS n, 1.50::DECIMAL(9,2) AS d, true AS l, DATE '2026-01-31' AS day,"
            " TIMESTAMP '2026-01-31 08:30:05' AS t, NULL AS nothing, 'a'::BLOB AS b,"
            f" ' 甲 ' AS c) TO '{file}' (FORMAT parquet)"
        )
    assert rows_of(file) == [
        (2, ["7", "1.50", "true", "2026-01-31", "2026-01-31 08:30:05", "", "YQ==", "甲"])
    ]
    nested = file.with_name("nested")
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT [1, 2] AS many) TO '{nested}' (FORMAT parquet)")
    with pytest.raises(MountRefused, match="嵌套"):
        open_source(nested)


def checked(path: Path, log: FaultLog, most: int = 10**6) -> list[list[str | int | None]]:
    source = open_source(path)
    found = match(source.header, ITEMS, {}, ())
    rows = source.rows()
    return list(
        checked_rows(
            rows, len(source.header), found.placed, log, most=most, progress=lambda _done: None
        )
    )


def test_faults_are_told_and_good_rows_go_on(file: Path) -> None:
    file.write_text(
        "号码,姓名\n0001,甲\n,乙\n00001,丙\n0002\n0003,丁,多\n0004,\n", encoding="utf-8"
    )
    log = FaultLog()
    assert checked(file, log) == [[2, "0001", "甲"], [7, "0004", None]]
    assert [(one.row, one.column, one.rule) for one in log.found] == [
        (3, "号码", "required"),
        (4, "号码", "length"),
        (5, "", "shape"),
        (6, "", "shape"),
    ]


def test_reading_stops_when_there_are_too_many_faults(file: Path) -> None:
    file.write_text("号码,姓名\n" + ",乙\n" * (MOST * 3), encoding="utf-8")
    log = FaultLog()
    assert checked(file, log) == []
    assert len(log.found) == MOST
    assert log.counts["required"] == MOST


def test_more_rows_than_a_table_may_have_are_refused(file: Path) -> None:
    file.write_text("号码,姓名\n" + "0001,甲\n" * 4, encoding="utf-8")
    with pytest.raises(MountRefused, match="超过 3 行"):
        checked(file, FaultLog(), most=3)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_file(file: Path, kind: str) -> None:
    count = 60_000
    if kind == "csv":
        with file.open("w", encoding="utf-8") as text:
            text.write("号码,姓名\n")
            text.writelines(f"{n % 10_000:04d},示例人员{n:030d}\n" for n in range(count))
    else:
        with duckdb.connect() as engine:
            engine.execute(
                "COPY (SELECT lpad((i % 10000)::VARCHAR, 4, '0') AS 号码, '示例人员' || i AS 姓名"
                f" FROM range({count}) r (i)) TO '{file}' (FORMAT parquet)"
            )
    source = open_source(file)
    placed = match(source.header, ITEMS, {}, ()).placed
    log = FaultLog()
    tracemalloc.start()
    try:
        rows = checked_rows(source.rows(), 2, placed, log, most=count, progress=lambda _done: None)
        last = deque(rows, maxlen=1)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last[0][0] == count + 1
    assert log.found == []
    assert peak < 4_000_000
