"""Reading CSV and xlsx by content: what is accepted, what is refused and what is reported."""

import contextlib
import io
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.importing.neutral import neutralise, restore
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.table import Limits, open_table

HEADER = ["名称", "代码"]


def workbook(rows, name="清单", change=None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    if change:
        change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rezip(data: bytes, changes: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info, old.read(info), zipfile.ZIP_DEFLATED)
        for name, content in changes.items():
            new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read(data: bytes, **options):
    return list(open_table(data, **options).main().rows())


def refusal(data: bytes, **options) -> str:
    with pytest.raises(ImportRefused) as caught:
        read(data, **options)
    assert " / " in str(caught.value)
    return caught.value.code


def rules(row) -> list[tuple[str, str, str]]:
    return [(f.rule, f.field, f.severity) for f in row.findings]


class TestCsv:
    @pytest.mark.parametrize(
        ("data", "encoding", "used"),
        [
            ("名称,代码\n土地,1\n".encode(), "", "utf-8"),
            ("\ufeff名称,代码\r\n土地,1\r\n".encode(), "", "utf-8-sig"),
            ("\ufeff名称,代码\n土地,1".encode(), "gbk", "utf-8-sig"),
            ("名称,代码\n土地,1\n".encode("gbk"), "gbk", "gb18030"),
            ("名称,代码\n土地,1\n".encode("gb18030"), "GB18030", "gb18030"),
        ],
        ids=["utf8", "bom", "bom wins", "gbk", "gb18030"],
    )
    def test_encodings_give_the_same_rows(self, data, encoding, used):
        book = open_table(data, encoding=encoding)
        rows = list(book.main().rows())
        assert (book.encoding, book.kind) == (used, "csv")
        assert [(r.number, r.cells, r.findings) for r in rows] == [
            (2, {"名称": "土地", "代码": "1"}, ())
        ]

    @pytest.mark.parametrize(
        ("data", "encoding", "code"),
        [
            ("名称,代码\n土地,1\n".encode("gbk"), "", "encoding-wrong"),
            ("名称,代码\n土地,1\n".encode(), "gb18030", "encoding-contradicts"),
            (b"a,b\n1,\x00\n", "", "nul-byte"),
            (b"a,b\n", "latin-1", "encoding-unknown"),
            (b"", "", "empty"),
            (b"\n1,2\n", "", "no-header"),
            (b"a,a\n1,2\n", "", "header-repeated"),
            (b"a,,c\n1,2,3\n", "", "header-empty"),
            (b'a,b\n"1"x,2\n', "", "csv-damaged"),
            (b'a,b\n"1,2\n', "", "csv-damaged"),
            ("\ufeffa,b\n".encode("utf-16"), "", "utf16-not-supported"),
            (b"<html><table></table></html>", "", "markup-not-supported"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "", "ole-not-supported"),
            (b"%PDF-1.7", "", "pdf-not-supported"),
            (b"Rar!\x1a\x07", "", "archive-not-supported"),
        ],
    )
    def test_what_is_not_a_declared_csv_is_refused(self, data, encoding, code):
        assert refusal(data, encoding=encoding) == code

    def test_undeclared_gbk_names_line_and_byte(self):
        with pytest.raises(ImportRefused, match=r"第 2 行（第 5 字节）"):
            open_table("a,b\n土地,1\n".encode("gbk"))

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            (Limits(file_bytes=10), "file-too-large"),
            (Limits(rows=2), "too-many-rows"),
            (Limits(columns=1), "too-many-columns"),
            (Limits(cell_chars=3), "cell-too-long"),
        ],
    )
    def test_limits(self, limits, code):
        assert refusal(b"a,b\nlong,1\nx,2\ny,3\n", limits=limits) == code

    def test_rows_keep_the_numbers_people_see_and_empty_rows_vanish(self):
        rows = read('名称,代码\n,\n 土地 ,\'=1\n"a\r\nb",\n矿藏\n'.encode())
        assert [(r.number, dict(r.cells)) for r in rows] == [
            (3, {"名称": "土地", "代码": "=1"}),
            (4, {"名称": "a\nb", "代码": ""}),
            (5, {"名称": "矿藏", "代码": ""}),
        ]

    @pytest.mark.parametrize(
        ("cell", "rule"), [("3.5E+17", "IM07"), ("a\x07b", "IM17"), ("1,2,3", "IM15")]
    )
    def test_damaged_cells_are_reported_and_kept(self, cell, rule):
        (row,) = read(f"名称,代码\n{cell}\n".encode())
        assert [found[0] for found in rules(row)] == [rule]
        assert "第 2 行" in row.findings[0].zh


class TestNeutral:
    @pytest.mark.parametrize("first", list("=+-@\t\r＝＋－＠"))
    def test_a_dangerous_start_is_marked(self, first):
        assert neutralise(f"{first}cmd") == f"'{first}cmd"

    @pytest.mark.parametrize("text", ["", "a=b", "土地", "'quoted'", "1-2"])
    def test_harmless_text_is_untouched(self, text):
        assert neutralise(text) == text

    @given(st.text(alphabet="'=+-@＝a\t\r", max_size=6))
    def test_restore_undoes_neutralise(self, text):
        assert restore(neutralise(text)) == text


SMALL = workbook([HEADER, ["土地", 1]])


class TestXlsx:
    def test_text_numbers_and_dates_become_text(self):
        import datetime as dt

        data = workbook(
            [
                HEADER,
                ["土地", 7],
                [" 矿藏 ", 1.5],
                [dt.date(2020, 2, 3), True],
                [None, None],
                [dt.datetime(2020, 2, 3, 4, 5, 6), "001"],
            ]
        )
        assert [(r.number, list(r.cells.values()), sorted(r.numeric)) for r in read(data)] == [
            (2, ["土地", "7"], ["代码"]),
            (3, ["矿藏", "1.5"], ["代码"]),
            (4, ["2020-02-03", "TRUE"], []),
            (6, ["2020-02-03 04:05:06", "001"], []),
        ]

    @pytest.mark.parametrize(
        ("value", "number_format", "rule", "text"),
        [
            ("=1+1", "General", "IM06", ""),
            (350100000000000012.0, "General", "IM07", ""),
            (350100000000000012, "0", "IM07", ""),
            (7, "000", "IM08", "7"),
            ("#REF!", "General", "IM16", ""),
            ("3.5E+17", "@", "IM07", "3.5E+17"),
        ],
        ids=["formula", "float code", "long integer", "padded", "error", "scientific text"],
    )
    def test_damage_is_reported_with_its_cell(self, value, number_format, rule, text):
        def put(_, sheet):
            sheet["B2"] = value
            sheet["B2"].number_format = number_format

        (row,) = read(workbook([HEADER, ["土地", None]], change=put))
        assert rules(row) == [(rule, "代码", "error")]
        assert row.cells["代码"] == text
        assert "清单!B2" in row.findings[0].zh
        assert "清单!B2" in row.findings[0].en

    def test_hidden_content_is_reported(self):
        def hide(book, sheet):
            sheet.column_dimensions["B"].hidden = True
            sheet.row_dimensions[3].hidden = True
            extra = book.create_sheet("秘")
            extra.append(["x"])
            extra.sheet_state = "veryHidden"

        book = open_table(workbook([HEADER, ["a", "1"], ["b", "2"]], change=hide))
        assert list(book.sheets) == ["清单"]
        assert [(f.rule, f.severity) for f in book.findings] == [("IM09", "warning")] * 3
        text = "".join(f.zh for f in book.findings)
        assert all(part in text for part in ("清单!B", "清单!3", "「秘」"))
        assert len(list(book.main().rows())) == 2

    def test_external_links_are_reported_and_not_followed(self):
        data = rezip(workbook([HEADER]), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
        assert [f.rule for f in open_table(data).findings] == ["IM19"]

    def test_a_named_sheet_must_exist(self):
        book = open_table(workbook([HEADER]))
        with pytest.raises(ImportRefused, match="清单"):
            book.main("目录")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"xl/vbaProject.bin": b"x"}, "macros-refused"),
            (
                {"xl/sharedStrings.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><sst/>'},
                "doctype-refused",
            ),
            (
                {"xl/workbook.xml": b'<?xml version="1.0"?><!-- x --><!DOCTYPE a><workbook/>'},
                "doctype-refused",
            ),
            (
                {"docProps/core.xml": "<!DOCTYPE a><a/>".encode("utf-16")},
                "doctype-refused",
            ),
            (
                {"xl/styles.xml": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE a+AD4-'},
                "doctype-refused",
            ),
            ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}, "xlsx-damaged"),
            ({"xl/workbook.xml": b"<workbook"}, "xlsx-damaged"),
        ],
    )
    def test_unsafe_or_damaged_workbooks_are_refused(self, changes, code):
        assert refusal(rezip(workbook([HEADER, ["a", "1"]]), changes)) == code

    @given(st.data())
    @settings(max_examples=60, deadline=None)
    def test_damage_anywhere_is_a_refusal_or_a_reading_never_a_crash(self, data):
        content = bytearray(SMALL)
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
        with contextlib.suppress(ImportRefused):
            read(bytes(content))

    def test_a_renamed_archive_is_refused_by_content(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.csv", "名称\n土地\n")
        assert refusal(out.getvalue()) == "zip-not-workbook"
        assert refusal(b"PK\x03\x04 broken") == "xlsx-damaged"

    def test_a_bomb_of_two_million_rows_is_refused_before_parsing(self):
        row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
        sheet = b"<worksheet><sheetData>" + row * 2_000_000 + b"</sheetData></worksheet>"
        data = rezip(workbook([HEADER]), {"xl/worksheets/sheet1.xml": sheet})
        started = time.perf_counter()
        assert refusal(data) == "xlsx-bomb"
        assert time.perf_counter() - started < 1

    @pytest.mark.parametrize(
        ("limits", "code"),
        [(Limits(rows=3), "too-many-rows"), (Limits(cells=5), "too-many-cells")],
    )
    def test_many_rows_that_pass_the_ratio_are_counted_before_parsing(self, limits, code):
        assert refusal(workbook([HEADER, *[["a", "b"]] * 5]), limits=limits) == code

    def test_a_far_away_row_costs_nothing(self):
        def far(_, sheet):
            sheet["A1048576"] = "远"

        started = time.perf_counter()
        rows = read(workbook([HEADER, ["a", "1"]], change=far))
        assert [row.number for row in rows] == [2, 1048576]
        assert time.perf_counter() - started < 5
