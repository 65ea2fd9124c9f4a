"""A dry run written back into a copy of the workbook, and taken away by the next one."""

import io
import json

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from ckanext.fjgov.core.catalog.rules import check_entry, normalise_entry
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.marking import COLOURS, mark_workbook
from ckanext.fjgov.core.importing.places import Places
from ckanext.fjgov.core.importing.plan import plan_rows
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.report import ImportReport, as_dict, problems_csv, report_row
from ckanext.fjgov.core.importing.stamp import RESULT_SHEET
from ckanext.fjgov.core.importing.template import MAIN_SHEET
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister
from tests.data.rule_cases import RULE_CASES
from tests.factories import UNIT_CODE, make_entry, make_facts
from tests.unit.core.importing.test_workbook import TEMPLATE, changed, headers, made, opened

UNIT = UnitRef(key="u-1", title="福州市示例民政局", uscc=UNIT_CODE)


class Nothing:
    def by_identifier(self, identifier):
        return None

    def by_title(self, unit_key, key):
        return None


def check(entry, unit):
    whole = normalise_entry({**entry, "provider_code": UNIT_CODE})
    return check_entry(whole, make_facts(), "strict")


def dry_run(data):
    book = opened(data)
    units = UnitRegister([UNIT], "35100")
    plans = plan_rows(map_book(book, TEMPLATE), TEMPLATE, units, Nothing(), check)
    places = Places(TEMPLATE)
    return ImportReport(tuple(report_row(p, places=places) for p in plans), book.findings)


def entry(number=1, **changes):
    return make_entry(title=f"示例目录第{'一二三四五'[number]}号信息", identifier=None, **changes)


def letter(data, sheet, column):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return headers(book[sheet])[column].column_letter


@pytest.fixture(scope="module")
def broken():
    bad = entry(
        1,
        share_type="9",
        items=[{"name": "甲", "data_type": "C", "length": "1"}, {"name": "乙", "data_type": "Q"}],
    )
    return made(entry(0), bad)


class TestMarks:
    def test_each_finding_is_a_comment_a_colour_and_a_line_with_a_link(self, broken):
        report = dry_run(broken)
        assert report.totals == {
            "listed": 1, "changed": 0, "unchanged": 0, "removed": 0, "refused": 1,
        }  # fmt: skip
        marked = openpyxl.load_workbook(io.BytesIO(mark_workbook(broken, report)))
        share = marked[MAIN_SHEET][f"{letter(broken, MAIN_SHEET, '共享类型')}3"]
        assert share.fill.fgColor.rgb == COLOURS["error"]
        assert "【错误 / error】C1" in share.comment.text
        assert "is not in the code list" in share.comment.text
        kind = marked["信息项"][f"{letter(broken, '信息项', '数据类型')}5"]
        assert (kind.value, kind.fill.fgColor.rgb) == ("Q", COLOURS["error"])
        assert "R9" in kind.comment.text
        result = marked[RESULT_SHEET]
        lines = {(r[0].value, r[1].value): r for r in result.iter_rows(min_row=4)}
        link = lines["信息项", kind.coordinate][1].hyperlink.location
        assert link == f"'信息项'!{kind.coordinate}"
        assert [c.value for c in result[3]][:6] == [
            "工作表", "单元格", "行号", "列", "严重程度", "规则",
        ]  # fmt: skip
        assert marked.active.title == RESULT_SHEET
        untouched = marked[MAIN_SHEET]["B2"]
        assert (untouched.comment, untouched.fill.fill_type) == (None, None)

    def test_marking_again_after_correction_takes_the_marks_away(self, broken):
        first = mark_workbook(broken, dry_run(broken))
        share = letter(broken, MAIN_SHEET, "共享类型")
        kind = letter(broken, "信息项", "数据类型")

        def correct(book):
            book[MAIN_SHEET][f"{share}3"].value = "2 受限共享（有条件共享）"
            book["信息项"][f"{kind}5"].value = "C 字符型"

        second = changed(first, correct)
        report = dry_run(second)
        codes = {f.rule for row in report.rows for f in row.findings}
        assert "C1" not in codes
        marked = openpyxl.load_workbook(io.BytesIO(mark_workbook(second, report)))
        cell = marked[MAIN_SHEET][f"{share}3"]
        assert (cell.comment, cell.fill.fill_type) == (None, None)
        assert marked.sheetnames.count(RESULT_SHEET) == 1

    def test_what_is_the_users_own_survives(self, broken):
        share = letter(broken, MAIN_SHEET, "共享类型")

        def own(book):
            cell = book[MAIN_SHEET][f"{share}3"]
            cell.fill = PatternFill("solid", fgColor="FF00FF00")
            cell.comment = Comment("我的批注", "示例")
            sheet = book.create_sheet("草稿")
            sheet["A1"], sheet["B1"] = "小计", "=SUM(C1:C9)"
            sheet.merge_cells("A3:B3")
            sheet.column_dimensions["A"].width = 33

        data = changed(broken, own)
        marked = mark_workbook(data, dry_run(data))
        book = openpyxl.load_workbook(io.BytesIO(marked))
        assert book["草稿"]["B1"].value == "=SUM(C1:C9)"
        assert book["草稿"].column_dimensions["A"].width == 33
        assert [str(area) for area in book["草稿"].merged_cells.ranges] == ["A3:B3"]
        cell = book[MAIN_SHEET][f"{share}3"]
        assert cell.comment.text.startswith("我的批注\n—— 核对")
        assert cell.fill.fgColor.rgb == COLOURS["error"]
        rules = book[MAIN_SHEET].data_validations.dataValidation
        assert len(rules) == len(
            openpyxl.load_workbook(io.BytesIO(data))[MAIN_SHEET].data_validations.dataValidation
        )

        def correct(book):
            book[MAIN_SHEET][f"{share}3"].value = "2"

        again = changed(marked, correct)
        cell = openpyxl.load_workbook(io.BytesIO(mark_workbook(again, dry_run(again))))[MAIN_SHEET][
            f"{share}3"
        ]
        assert (cell.comment.text, cell.fill.fgColor.rgb) == ("我的批注", "FF00FF00")

    def test_a_marked_copy_is_imported_like_the_workbook_itself(self, broken):
        report = dry_run(broken)
        again = dry_run(mark_workbook(broken, report))
        assert [row.findings for row in again.rows] == [row.findings for row in report.rows]
        assert again.findings == ()

    def test_a_title_that_looks_like_a_formula_stays_a_text(self):
        data = made(entry(1, notes=None) | {"title": "=cmd()"})
        marked = openpyxl.load_workbook(io.BytesIO(mark_workbook(data, dry_run(data))))
        titles = [row[8] for row in marked[RESULT_SHEET].iter_rows(min_row=4)]
        assert ("=cmd()", "s") in {(cell.value, cell.data_type) for cell in titles}

    def test_what_openpyxl_drops_is_named(self, broken):
        from tests.unit.core.importing.test_import_table import rezip

        data = rezip(broken, {"xl/media/image1.png": b"x"})
        marked = openpyxl.load_workbook(io.BytesIO(mark_workbook(data, dry_run(data))))
        assert "图片 / pictures" in marked[RESULT_SHEET]["A3"].value

    def test_a_workbook_with_macros_is_not_marked(self, broken):
        from tests.unit.core.importing.test_import_table import rezip

        with pytest.raises(ImportRefused):
            mark_workbook(rezip(broken, {"xl/vbaProject.bin": b"x"}), dry_run(broken))


class TestPlaces:
    def test_the_same_findings_are_a_table_with_cells(self, broken):
        report = dry_run(broken)
        rows = as_dict(report)["rows"]
        cells = {(f["rule"], f["sheet"], f["cell"]) for f in rows[1]["findings"]}
        assert ("R9", "信息项", f"{letter(broken, '信息项', '数据类型')}5") in cells
        assert f'"信息项","{letter(broken, "信息项", "数据类型")}5","5","数据类型"' in (
            problems_csv(report)
        )

    def test_every_rule_finds_a_cell(self):
        cases = [case for case in RULE_CASES if fits_a_workbook(case)]
        data = made(*(normalise_entry(make_entry(**case.change)) for case in cases))
        report = dry_run(data)
        assert len(report.rows) == len(cases)
        found = {f.rule for row in report.rows for f in row.findings}
        assert {f"R{number}" for number in (1, 5, 6, 7, 8, 9, 10, 11, 13, 14)} <= found
        placed = [pair for row in report.rows for pair in row.placed()]
        assert [finding for finding, place in placed if not place.cell] == []
        details = {place.sheet for _, place in placed} - {MAIN_SHEET}
        assert {"信息项", "法律法规依据"} <= details


def fits_a_workbook(case):
    """Tell whether a case is about an entry that a workbook can hold."""
    texts = json.dumps(case.change, ensure_ascii=False)
    return (
        case.by_caller
        and not case.facts
        and "resources" not in case.change
        and "\\u00" not in texts
        and len(texts) < 30_000
        and case.rule != "F1"
    )
