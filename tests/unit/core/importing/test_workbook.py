"""The generated workbook: what it shows, what it offers, and what becomes of an older one."""

import io
from dataclasses import replace

import openpyxl
import pytest

from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.stamp import Stamp, read_stamp, schema_digest
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.template import (
    MAIN_SHEET,
    fit_older_form,
    plain_header,
    template_mapping,
    without_missing_sheets,
)
from ckanext.fjgov.core.importing.workbook import WorkbookForm, write_workbook
from ckanext.fjgov.core.importing.writer import ExportEntry
from tests.factories import UNIT_CODE, make_entry

SCHEMA = load_schema(ENTRY_SCHEMA)
TEMPLATE = template_mapping(SCHEMA, "xlsx")
STAMP = Stamp(ENTRY_SCHEMA, schema_digest(SCHEMA), "2026-11-26", "350100")
SHEETS = [
    "填写说明",
    "政务信息目录",
    "联系方式",
    "信息项",
    "法律法规依据",
    "服务信息",
    "信息发布记录",
    "在线资源",
    "_代码表",
    "_fjgov",
]


def made(*entries, schema=SCHEMA, stamp=STAMP):
    form = WorkbookForm(template_mapping(schema, "xlsx"), schema, load_vocabulary, stamp)
    out = io.BytesIO()
    items = [ExportEntry("福州市示例民政局", UNIT_CODE, entry) for entry in entries]
    write_workbook(items, form, out)
    return out.getvalue()


def changed(data, change):
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def opened(data):
    return open_table(data, rename=plain_header)


EMPTY = made()


@pytest.fixture
def book():
    return openpyxl.load_workbook(io.BytesIO(EMPTY))


def headers(sheet):
    return {plain_header(cell.value): cell for cell in sheet[1]}


class TestTemplate:
    def test_sheets_and_what_is_hidden(self, book):
        assert book.sheetnames == SHEETS
        states = {sheet.title: sheet.sheet_state for sheet in book}
        assert {name for name, state in states.items() if state != "visible"} == set(SHEETS[-2:])
        assert all(book[name].freeze_panes == "B2" for name in SHEETS[1:8])

    def test_obligation_is_told_by_a_word_and_a_colour(self, book):
        cells = headers(book[MAIN_SHEET])
        for field in SCHEMA.fields:
            if field.kind == "rows" or field.label_zh not in cells:
                continue
            cell = cells[field.label_zh]
            word = {"M": "（必填）", "C": "（按规则填）"}.get(field.obligation, "")
            assert cell.value == field.label_zh + word
            colour = {"M": "F8CBAD", "C": "FFE699", "O": "DDEBF7", "S": "D9D9D9"}
            assert cell.fill.fgColor.rgb[2:] == colour[field.obligation]

    def test_every_column_is_text(self, book):
        for name in SHEETS[1:8]:
            sheet = book[name]
            for cell in sheet[1]:
                assert sheet.column_dimensions[cell.column_letter].number_format == "@"

    def test_every_code_column_offers_its_list_with_labels(self, book):
        lists = {cell.value: cell.column_letter for cell in book["_代码表"][1]}
        offered = {}
        for sheet in (book[name] for name in SHEETS[1:8]):
            by_letter = {cell.column_letter: plain_header(cell.value) for cell in sheet[1]}
            for rule in sheet.data_validations.dataValidation:
                letter = str(rule.sqref).partition("2")[0]
                offered[sheet.title, by_letter[letter]] = rule.formula1
        coded = [(MAIN_SHEET, f) for f in SCHEMA.fields if f.codelist]
        coded += [(f.label_zh, c) for f in SCHEMA.fields for c in f.subfields if c.codelist]
        coded += [("在线资源", f) for f in SCHEMA.resource_fields if f.codelist]
        for sheet, field in coded:
            vocabulary = load_vocabulary(field.codelist)
            letter = lists[vocabulary.title_zh]
            last = len(vocabulary.choices()) + 1
            assert offered.pop((sheet, field.label_zh)) == f"'_代码表'!${letter}$2:${letter}${last}"
        assert offered == {(MAIN_SHEET, "操作"): '"撤销"'}
        column = lists["共享类型"]
        shown = [book["_代码表"][f"{column}{row}"].value for row in range(2, 6)]
        assert shown == [
            "1 非受限共享（无条件共享）",
            "2 受限共享（有条件共享）",
            "3 非共享（不予共享）",
            None,
        ]

    def test_the_notes_name_every_column_with_its_list_example_and_rules(self, book):
        rows = {tuple(cell.value for cell in row[:2]): row for row in book["填写说明"].iter_rows()}
        for sheet in (book[name] for name in SHEETS[1:8]):
            assert all((sheet.title, column) in rows for column in headers(sheet))
        found = [cell.value for cell in rows[MAIN_SHEET, "共享类型"]]
        assert found[2:7] == [
            "必填",
            "代码，从下拉列表中选取",
            "共享类型",
            "1 非受限共享（无条件共享）",
            "C0、C1、L1、L2",
        ]
        assert "R6" in rows["法律法规依据", "条款"][6].value

    def test_the_stamp_is_in_a_sheet_and_in_the_properties(self, book):
        assert read_stamp(opened(EMPTY).stamp) == STAMP
        assert book.properties.version == STAMP.digest
        assert {p.name: p.value for p in book.custom_doc_props.props} == {
            f"fjgov-{name}": value for name, value in STAMP.pairs()
        }

    def test_an_empty_template_has_no_rows_and_nothing_to_say(self):
        found = opened(EMPTY)
        assert (list(map_book(found, TEMPLATE)), found.findings) == ([], ())


class TestFilled:
    def test_codes_are_shown_with_labels_and_read_as_codes(self):
        data = made(make_entry())
        sheet = openpyxl.load_workbook(io.BytesIO(data))[MAIN_SHEET]
        cells = headers(sheet)
        assert sheet.cell(2, cells["共享类型"].column).value == "2 受限共享（有条件共享）"
        (row,) = map_book(opened(data), TEMPLATE)
        assert (row.entry["share_type"], row.entry["theme"]) == ("2", ["ZRB00"])
        assert row.findings == ()

    @pytest.mark.parametrize(
        ("typed", "value", "finding"),
        [
            ("2 受限共享（有条件共享）", "2", None),
            ("2", "2", None),
            ("受限共享（有条件共享）", "2", None),
            (2, "2", None),
            ("２", None, "是否为「2 受限共享（有条件共享）」"),
            ("2  受限共享 (有条件共享)", None, None),
            ("2 非共享（不予共享）", None, "名称对应 3"),
            ("2 有条件", "2", "名称「有条件」与代码表不一致"),
            ("保密", "保密", None),
        ],
    )
    def test_what_a_code_cell_may_hold(self, typed, value, finding):
        def put(book):
            sheet = book[MAIN_SHEET]
            sheet.cell(2, headers(sheet)["共享类型"].column).value = typed

        (row,) = map_book(opened(changed(made(make_entry()), put)), TEMPLATE)
        if typed == "2  受限共享 (有条件共享)":
            value, finding = "2", "与代码表不一致"
        assert row.entry.get("share_type") == value
        texts = [found.zh for found in row.findings]
        assert (finding is None and not texts) or (len(texts) == 1 and finding in texts[0])

    @pytest.mark.parametrize(
        ("column", "typed", "rule", "part"),
        [
            ("行业分类", 94, None, ""),
            ("主题分类", "ｚｒb00", "IM03", "是否为「ZRB00 民政」"),
            ("信息更新时间", 46327, "IM04", "是否为 2026-11-01"),
            ("信息资源名称", 20260101, "IM08", "前导零可能丢失"),
            ("信息资源提供方代码", 11350100, "IM08", "18位统一社会信用代码"),
        ],
    )
    def test_numbers_where_texts_belong_name_the_cell(self, column, typed, rule, part):
        letter = ""

        def put(book):
            nonlocal letter
            sheet = book[MAIN_SHEET]
            letter = headers(sheet)[column].column_letter
            sheet[f"{letter}2"].value = typed

        (row,) = map_book(opened(changed(made(make_entry()), put)), TEMPLATE)
        assert [found.rule for found in row.findings] == [rule] * bool(rule)
        for found in row.findings:
            assert part in found.zh
            assert f"{MAIN_SHEET}!{letter}2" in found.zh

    def test_a_lost_zero_is_suggested(self):
        def put(book):
            sheet = book["服务信息"]
            sheet.append(["1", 2])

        (row,) = map_book(opened(changed(made(make_entry()), put)), TEMPLATE)
        assert [found.rule for found in row.findings] == ["IM03"]
        assert "服务信息!B2" in row.findings[0].zh
        assert "「02 " in row.findings[0].zh


class TestOlderForm:
    def older(self):
        fields = tuple(
            replace(field, label_zh="旧名称") if field.name == "thesaurus" else field
            for field in SCHEMA.fields
            if field.name != "charset"
        )
        return replace(SCHEMA, fields=fields, by_name={field.name: field for field in fields})

    def test_what_fits_is_read_and_the_rest_is_named(self):
        old = self.older()
        stamp = Stamp(ENTRY_SCHEMA, schema_digest(old), "2025-01-02", "350100")
        assert stamp.digest != STAMP.digest
        book = opened(made(make_entry(), schema=old, stamp=stamp))
        with pytest.raises(ImportRefused, match="旧名称"):
            list(map_book(book, TEMPLATE))
        mapping, findings = fit_older_form(TEMPLATE, book)
        assert [(f.rule, f.severity) for f in findings] == [("IM24", "warning")] * 3
        told = "".join(f.zh for f in findings)
        assert all(f"「{name}」" in told for name in ("字符集", "词典名称", "旧名称"))
        assert {"charset", "thesaurus"}.isdisjoint(mapping.targets)
        (row,) = map_book(book, mapping)
        assert row.entry["title"] == make_entry()["title"]
        assert len(row.entry["items"]) == 2

    def test_a_missing_detail_sheet_leaves_its_field_alone(self):
        def drop(book):
            del book["信息项"]

        book = opened(changed(made(make_entry()), drop))
        with pytest.raises(ImportRefused, match="信息项"):
            list(map_book(book, TEMPLATE))
        mapping, findings = without_missing_sheets(TEMPLATE, book)
        assert ("items" in mapping.targets, [f.rule for f in findings]) == (False, ["IM24"])
