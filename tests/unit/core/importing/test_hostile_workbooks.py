"""Broken and hostile workbooks: refused, or reported by sheet, cell and rule; nothing crashes."""

import io
import time
import zipfile

import openpyxl
import pytest

from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.rows import ONE_MIB
from ckanext.fjgov.core.importing.table import Limits
from ckanext.fjgov.core.importing.template import MAIN_SHEET
from tests.factories import make_entry
from tests.unit.core.importing.test_import_table import HEADER, refusal, rezip, workbook
from tests.unit.core.importing.test_marking import dry_run
from tests.unit.core.importing.test_workbook import TEMPLATE, changed, headers, made, opened

SHEET = "xl/worksheets/sheet1.xml"
NS = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
FILLED = made(make_entry(identifier=None))


def raw_sheet(*parts: bytes) -> bytes:
    return rezip(workbook([HEADER]), {SHEET: NS + b"".join(parts) + b"</worksheet>"})


def head_row() -> bytes:
    cells = b"".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'.encode()
        for letter, name in zip("AB", HEADER, strict=True)
    )
    return b'<row r="1">' + cells + b"</row>"


def spoiled(change):
    return changed(FILLED, lambda book: change(book, book[MAIN_SHEET]))


def told(data):
    """Give rule and Chinese text of the findings of the only row."""
    (row,) = dry_run(data).rows
    return [(finding.rule, finding.zh) for finding in row.findings]


class TestContainers:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"PK\x03\x04" + b"\0" * 100, "xlsx-damaged"),
            (FILLED[: len(FILLED) // 2], "xlsx-damaged"),
            (FILLED[100:], "nul-byte"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "ole-not-supported"),
            (rezip(FILLED, {"xl/vbaProject.bin": b"x"}), "macros-refused"),
            (rezip(FILLED, {"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros-refused"),
            (rezip(FILLED, {SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'}),
             "doctype-refused"),
            (rezip(FILLED, {"xl/workbook.xml": b"<workbook/>"}), "no-sheet"),
            (rezip(FILLED, {"xl/styles.xml": b"<styleSheet"}), "xlsx-damaged"),
        ],
        ids=["no zip", "cut off", "begins late", "xls or encrypted", "macros", "macro sheet",
             "entity", "no sheets", "styles"],
    )  # fmt: skip
    def test_is_refused_by_content(self, data, code):
        assert refusal(data) == code

    def test_an_encrypted_part_is_refused(self):
        data = bytearray(FILLED)
        for mark in (b"PK\x03\x04", b"PK\x01\x02"):
            position = data.find(mark)
            data[position + (6 if mark == b"PK\x03\x04" else 8)] |= 1
        assert refusal(bytes(data)) == "encrypted"

    @pytest.mark.parametrize(
        ("size", "limits"),
        [
            (200 * ONE_MIB, Limits()),
            (3 * ONE_MIB, Limits(part_bytes=2 * ONE_MIB, ratio=10**9)),
            (3 * ONE_MIB, Limits(total_bytes=2 * ONE_MIB, ratio=10**9)),
        ],
        ids=["ratio", "one part", "all parts"],
    )
    def test_a_bomb_costs_nothing(self, size, limits):
        data = rezip(workbook([HEADER]), {SHEET: b" " * size})
        begin = time.process_time()
        assert refusal(data, limits=limits) == "xlsx-bomb"
        assert time.process_time() - begin < 0.5

    def test_many_parts_are_refused(self):
        out = io.BytesIO(FILLED)
        with zipfile.ZipFile(out, "a") as archive:
            for number in range(60):
                archive.writestr(f"x{number}", b"")
        assert refusal(out.getvalue(), limits=Limits(parts=50)) == "xlsx-bomb"


class TestSheets:
    def test_a_dimension_that_lies_is_not_believed(self):
        data = raw_sheet(
            b'<dimension ref="A1:XFD999999999"/><sheetData>', head_row(), b"</sheetData>"
        )
        begin = time.process_time()
        assert list(opened(data).main().rows()) == []
        assert time.process_time() - begin < 0.5

    @pytest.mark.parametrize(
        "row",
        [
            b'<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>',
            b'<row r="1"><c r="A1"><v>1</v></c></row>',
            b'<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
            b'<row r="2"><c r="ZZZZ2"><v>1</v></c></row>',
            b'<row r="x"/>',
            b'<row r="2"><c r="A2" t="s"><v>99</v></c></row>',
            b'<row r="2"><c r="A2"><v>1e999</v></c></row>',
            b'<row r="2"><c r="A2"><v>abc</v></c></row>',
        ],
        ids=["beyond the last", "twice", "backwards", "no column", "no number", "no text",
             "infinite", "not a number"],
    )  # fmt: skip
    def test_cells_in_impossible_places_are_damage(self, row):
        assert refusal(raw_sheet(b"<sheetData>", head_row(), row, b"</sheetData>")) == (
            "xlsx-damaged"
        )

    def test_a_million_rows_are_refused_by_count(self):
        rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n * 7919 % 1_000_003)
                        for n in range(2, 1_048_577))  # fmt: skip
        data = raw_sheet(b"<sheetData>", head_row(), rows, b"</sheetData>")
        begin = time.process_time()
        assert refusal(data) == "too-many-rows"
        assert time.process_time() - begin < 3

    def test_rows_without_references_are_counted_and_empty_ones_keep_their_numbers(self):
        row = b'<row><c t="inlineStr"><is><t>a</t></is></c><c><v>2</v></c></row>'
        data = raw_sheet(b"<sheetData>", head_row(), b"<row/>", row, b"</sheetData>")
        (found,) = opened(data).main().rows()
        assert (found.number, list(found.cells.values())) == (3, ["a", "2"])

    def test_phonetic_hints_are_not_text(self):
        row = (
            b'<row r="2"><c r="A2" t="inlineStr"><is><r><t>\xe5\x9c\x9f</t></r>'
            b"<rPh><t>tu</t></rPh></is></c></row>"
        )
        data = raw_sheet(b"<sheetData>", head_row(), row, b"</sheetData>")
        (found,) = opened(data).main().rows()
        assert found.cells["名称"] == "土"


class TestHeaders:
    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            (lambda s: s.delete_cols(headers(s)["共享类型"].column), ["缺少列「共享类型」"]),
            (lambda s: s.insert_cols(3), ["第 3 列没有列名"]),
            (lambda s: s.insert_rows(1), ["第一行没有列名"]),
            (lambda s: setattr(headers(s)["字符集"], "value", "语种"), ["列名重复", "语种"]),
            (lambda s: setattr(headers(s)["字符集"], "value", "备注"),
             ["列「备注」不是模板的列", "缺少列「字符集」"]),
            (lambda s: setattr(s, "title", "目录"), ["没有可见的工作表「政务信息目录」"]),
        ],
        ids=["missing", "shifted", "not in row 1", "duplicate", "unknown", "sheet renamed"],
    )  # fmt: skip
    def test_what_does_not_fit_is_named_before_any_row_is_read(self, change, parts):
        data = spoiled(lambda _, sheet: change(sheet))
        with pytest.raises(ImportRefused) as refused:
            list(map_book(opened(data), TEMPLATE))
        assert [part for part in parts if part not in refused.value.zh] == []
        assert refused.value.en


class TestCells:
    @pytest.mark.parametrize(
        ("column", "value", "rule", "part"),
        [
            ("信息资源名称", "=A1", "IM06", "缓存的结果也未采用"),
            ("信息资源名称", "#REF!", "IM16", "错误值"),
            ("数据存储总量（GB）", "12GB", "R11", "应为不带单位的非负数字"),
            ("信息资源提供方代码", 350100000000000012.0, "IM07", "丢失末位"),
            ("发布日期", 46000, "IM04", "是否为 2025-12-09"),
            ("发布日期", "2023-02-30", "D1", ""),
            ("共享类型", "１　非受限共享（无条件共享）", "IM03", "是否为「1 非受限"),
            ("行政区划", "35 0100", "IM03", "是否为「350100"),
        ],
    )
    def test_is_reported_with_its_cell_and_refuses_its_row_only(self, column, value, rule, part):
        letter = headers(openpyxl.load_workbook(io.BytesIO(FILLED))[MAIN_SHEET])[
            column
        ].column_letter
        data = spoiled(lambda _, sheet: sheet.__setitem__(f"{letter}2", value))
        (row,) = dry_run(data).rows
        found = [(f, place) for f, place in row.placed() if f.rule == rule]
        assert len(found) == 1, row.findings
        finding, place = found[0]
        assert part in finding.zh
        assert (place.sheet, place.cell) == (MAIN_SHEET, f"{letter}2")
        assert row.outcome == "refused"

    def test_spaces_and_invisible_edges_are_no_change(self):
        data = spoiled(lambda _, sheet: sheet.__setitem__("E2", "  \u200b最低生活保障对象信息 \n"))
        (row,) = dry_run(data).rows
        assert (row.outcome, row.title.strip("\u200b")) == ("listed", "最低生活保障对象信息")

    def test_merged_cells_refuse_the_rows_they_leave_empty(self):
        def merge(_, sheet):
            for column, cell in enumerate(sheet[2], start=1):
                sheet.cell(3, column).value = cell.value
            sheet.merge_cells("E2:E3")

        first, second = dry_run(spoiled(merge)).rows
        assert [f.rule for f in first.findings if f.rule == "IM23"] == []
        (finding,) = [f for f in second.findings if f.rule == "IM23"]
        assert "政务信息目录!E3 在合并单元格 E2:E3 中" in finding.zh
        assert second.outcome == "refused"

    def test_hidden_and_filtered_rows_are_read_and_named(self):
        def hide(_, sheet):
            sheet.row_dimensions[2].hidden = True
            sheet.auto_filter.ref = "A1:E2"

        report = dry_run(spoiled(hide))
        assert [row.number for row in report.rows] == [2]
        assert [f.rule for f in report.findings] == ["IM09"]

    def test_drag_filled_titles_are_pointed_at(self):
        entries = [make_entry(title=f"低保信息{number}", identifier=None) for number in range(1, 6)]
        report = dry_run(made(*entries))
        marked = [row.number for row in report.rows if "IM14" in {f.rule for f in row.findings}]
        assert marked == [4, 5, 6]

    def test_a_detail_row_of_nobody_is_named_with_its_cell(self):
        data = spoiled(lambda book, _: book["信息项"].append(["9", "无主"]))
        first, orphan = dry_run(data).rows
        assert first.outcome == "listed"
        ((finding, place),) = orphan.placed()
        assert (finding.rule, place.sheet, place.cell) == ("IM18", "信息项", "A4")
