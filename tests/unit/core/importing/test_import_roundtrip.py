"""What is exported and imported again is the same, in CSV and in xlsx."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.rules import clean_text, normalise_entry
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.plan import ExistingRecord, plan_rows
from ckanext.fjgov.core.importing.problems import ExportRefused
from ckanext.fjgov.core.importing.stamp import Stamp, schema_digest
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.template import header_of, plain_header, template_mapping
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister
from ckanext.fjgov.core.importing.workbook import WorkbookForm, write_workbook
from ckanext.fjgov.core.importing.writer import ExportEntry, write_csv
from tests.unit.core.importing.values import field_value, texts

SCHEMA = load_schema(ENTRY_SCHEMA)
UNIT = UnitRef(key="u-1", title="示例市财政局", uscc="11350000003591037R")
STAMP = Stamp(ENTRY_SCHEMA, schema_digest(SCHEMA), "2026-11-26", "350100")


def export(entries, form):
    template = template_mapping(SCHEMA, form)
    items = [ExportEntry(UNIT.title, UNIT.uscc, entry) for entry in entries]
    if form == "csv":
        return template, "".join(write_csv(items, template)).encode("utf-8")
    out = io.BytesIO()
    form = WorkbookForm(template, SCHEMA, load_vocabulary, STAMP)
    assert write_workbook(items, form, out) == len(items)
    return template, out.getvalue()


def reimport(entries, form):
    template, data = export(entries, form)
    return template, list(map_book(open_table(data, rename=plain_header), template))


def entries_of(form):
    targets = template_mapping(SCHEMA, form).targets
    values = {name: field_value(SCHEMA.field(name)) for name in targets if name != "resources"}
    if form == "xlsx":
        stored = texts().map(clean_text).filter(bool)
        names = [f.name for f in SCHEMA.resource_fields if not f.codelist and f.name != "name"]
        row = st.fixed_dictionaries({"name": stored}, optional=dict.fromkeys(names, stored))
        values["resources"] = st.lists(row, min_size=1, max_size=2)
    return st.lists(
        st.fixed_dictionaries({}, optional=values).map(normalise_entry), min_size=1, max_size=2
    )


def assert_comes_back(entries, form):
    _, rows = reimport(entries, form)
    assert [normalise_entry(row.entry) for row in rows] == entries
    assert {(row.unit_name, row.unit_code) for row in rows} == {(UNIT.title, UNIT.uscc)}
    assert all(row.findings == () for row in rows)


@given(entries=entries_of("csv"))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_entries_come_back_from_csv(entries):
    assert_comes_back(entries, "csv")


@given(entries=entries_of("xlsx"))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_entries_come_back_from_a_workbook(entries):
    assert_comes_back(entries, "xlsx")


ENTRY = {
    "identifier": "35100/000001",
    "title": "=预算（2020）",
    "notes": "第一行\n第二行",
    "tag_string": "预算,决算",
    "theme": ["ZHB00"],
    "secrecy": "0",
    "items": [{"id": "i-1", "name": "科目", "data_type": "C"}, {"id": "i-2", "name": "金额"}],
    "legal_basis": [{"title": "统计法", "clause": "第九条"}],
}


class Records:
    def by_identifier(self, identifier):
        entry = {**ENTRY, "tags": [{"name": "预算"}, {"name": "决算"}]}
        del entry["tag_string"]
        return ExistingRecord(identifier, UNIT.key, entry)

    def by_title(self, unit_key, key):
        return self.by_identifier("35100/000001")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_importing_an_export_changes_nothing(form):
    template, rows = reimport([ENTRY], form)
    (planned,) = plan_rows(
        rows, template, UnitRegister([UNIT], "35100"), Records(), lambda e, u: ()
    )
    assert (planned.action, planned.changed, planned.findings) == ("unchanged", (), ())


def test_dangerous_cells_are_neutralised_in_csv_and_typed_as_text_in_xlsx():
    _, data = export([ENTRY], "csv")
    assert b"\"'=\xe9\xa2\x84\xe7\xae\x97" in data
    import openpyxl

    _, data = export([ENTRY], "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data))["政务信息目录"]
    header = [plain_header(cell.value) for cell in sheet[1]]
    cell = sheet[2][header.index("信息资源名称")]
    assert (cell.value, cell.data_type, cell.number_format) == ("=预算（2020）", "s", "@")


def test_what_xlsx_cannot_hold_is_refused():
    with pytest.raises(ExportRefused, match="控制字符"):
        export([{"title": "a\x07"}], "xlsx")
    with pytest.raises(ExportRefused, match="CSV"):
        export([{"title": "a", "notes": "x" * 40_000}], "xlsx")


def test_a_detail_row_without_an_entry_is_reported():
    import openpyxl

    template, data = export([ENTRY], "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["信息项"].append(["7", "无主"])
    out = io.BytesIO()
    book.save(out)
    rows = list(map_book(open_table(out.getvalue(), rename=plain_header), template))
    assert [[f.rule for f in row.findings] for row in rows] == [[], ["IM18"]]


def test_detail_rows_of_a_repeated_key_are_not_guessed():
    import openpyxl

    template, data = export([ENTRY, {"title": "决算"}], "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["政务信息目录"]["A3"] = "1"
    out = io.BytesIO()
    book.save(out)
    first, second = map_book(open_table(out.getvalue(), rename=plain_header), template)
    assert (first.findings, len(first.entry["items"])) == ((), 2)
    assert [f.rule for f in second.findings] == ["IM10", "IM10"]
    assert "items" not in second.entry


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_element_a_unit_may_state_has_a_column(form):
    template = template_mapping(SCHEMA, form)
    stated = {f.name for f in SCHEMA.fields if f.obligation != "S"} | {"identifier", "issued"}
    own = {"resources"} if form == "xlsx" else set()
    assert set(template.targets) == stated - {"owner_org"} | own
    header = header_of(template)
    assert len(set(header)) == len(header)
    assert template.required_columns | set(template.ignore) >= set(header)
