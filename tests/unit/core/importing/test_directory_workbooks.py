"""The workbooks of the directories beside the entries: what they offer, and that they come back."""

import io

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.directories import directories, record_schemas
from ckanext.fjgov.core.catalog.rules import RULES, Finding, normalise_record
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.importing.apply import map_book
from ckanext.fjgov.core.importing.places import Places
from ckanext.fjgov.core.importing.plan import ExistingRecord, plan_rows
from ckanext.fjgov.core.importing.rule_notes import rules_by_field
from ckanext.fjgov.core.importing.stamp import Stamp, read_stamp, schema_digest
from ckanext.fjgov.core.importing.table import open_table
from ckanext.fjgov.core.importing.template import (
    header_of,
    plain_header,
    template_mapping,
)
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister
from ckanext.fjgov.core.importing.workbook import WorkbookForm, write_workbook
from ckanext.fjgov.core.importing.writer import ExportEntry, write_csv
from tests.factories import UNIT_CODE, make_directory_record
from tests.unit.core.importing.values import field_value

UNIT = UnitRef(key="sample-unit", title="福州市示例民政局", uscc=UNIT_CODE)
IDENTIFIER = "35100/000007"
# What of each directory the sheets beside the main one hold.
DETAILS = {
    "collection_item": ["采集信息项", "采集依据"],
    "gov_database": ["基础指标"],
    "app_system": [],
    "permit_type": ["颁发依据"],
}
# Rows with everything that a unit may state of them, and what only the system keeps.
ROWS = {
    "items": [
        {"id": "item-1", "name": "公民身份号码", "is_object_key": "1", "name_en": "id_no"},
        {"id": "item-2", "name": "家庭月收入", "description": "=合计|各项"},
    ],
    "indicators": [
        {"id": "ind-1", "name": "常住人口", "definition": "半年以上", "lead_signature": "示例1号"}
    ],
    "legal_basis": [{"title": "示例规定", "number": "示例1号", "clause": "第一条"}],
}
NAMED = {
    field.name: ["35100/000001", "35100/000002"]
    for schema in directories().values()
    for field in schema.fields
    if field.reference is not None
}
KINDS = pytest.mark.parametrize("kind", directories())
FORMS = pytest.mark.parametrize("form", ["csv", "xlsx"])


def record_of(kind):
    """Give a stored record of a directory with rows and references, as the catalog shows it."""
    schema = directories()[kind]
    more = {name: value for name, value in {**ROWS, **NAMED}.items() if name in schema.by_name}
    record = make_directory_record(kind, identifier=IDENTIFIER, **more)
    return {**normalise_record(record, schema), "tags": [], "owner_org": "an-id"}


def book_of(kind, *records, form="xlsx"):
    schema = directories()[kind]
    template = template_mapping(schema, form)
    items = [ExportEntry(UNIT.title, UNIT.uscc, record) for record in records]
    if form == "csv":
        return template, "".join(write_csv(items, template)).encode("utf-8")
    out = io.BytesIO()
    stamp = Stamp(schema.name, schema_digest(schema), "2026-11-26", "350100")
    write_workbook(items, WorkbookForm(template, schema, load_vocabulary, stamp), out)
    return template, out.getvalue()


class Stored:
    def __init__(self, record):
        self.record = ExistingRecord(IDENTIFIER, UNIT.key, record)

    def by_identifier(self, identifier):
        return self.record if identifier == IDENTIFIER else None

    def by_title(self, unit_key, key):
        return self.record


def planned(kind, stored, rows, template):
    units = UnitRegister([UNIT], "35100")
    return list(plan_rows(rows, template, units, Stored(stored), lambda entry, unit: ()))


@KINDS
def test_each_directory_has_its_sheets_its_name_and_its_stamp(kind):
    schema = directories()[kind]
    _, data = book_of(kind)
    book = openpyxl.load_workbook(io.BytesIO(data))
    expected = ["填写说明", schema.label_zh, *DETAILS[kind], "_代码表", "_fjgov"]
    assert book.sheetnames == expected
    assert book.properties.title == f"{schema.label_zh}登记簿"
    found = open_table(data, rename=plain_header)
    assert read_stamp(found.stamp).schema == schema.name
    for name in expected[1:-2]:
        sheet = book[name]
        for cell in sheet[1]:
            assert sheet.column_dimensions[cell.column_letter].number_format == "@"


@KINDS
def test_every_code_column_offers_its_list(kind):
    schema = directories()[kind]
    book = openpyxl.load_workbook(io.BytesIO(book_of(kind)[1]))
    coded = {(schema.label_zh, f.label_zh) for f in schema.fields if f.codelist}
    coded |= {(f.label_zh, c.label_zh) for f in schema.fields for c in f.subfields if c.codelist}
    offered = set()
    for name in (schema.label_zh, *DETAILS[kind]):
        heads = {cell.column_letter: plain_header(cell.value) for cell in book[name][1]}
        for rule in book[name].data_validations.dataValidation:
            offered.add((name, heads[str(rule.sqref).partition("2")[0]]))
    system = {(schema.label_zh, f.label_zh) for f in schema.fields if f.obligation == "S"}
    assert offered == coded - system | {(schema.label_zh, "操作")}


@KINDS
@FORMS
def test_every_element_a_unit_may_state_has_a_column(kind, form):
    schema = directories()[kind]
    template = template_mapping(schema, form)
    stated = {f.name for f in schema.fields if f.obligation != "S"} | {"identifier"}
    assert set(template.targets) == stated - {"owner_org"}
    header = header_of(template)
    assert len(set(header)) == len(header)


@KINDS
@FORMS
def test_importing_an_export_changes_nothing(kind, form):
    record = record_of(kind)
    template, data = book_of(kind, record, form=form)
    rows = list(map_book(open_table(data, rename=plain_header), template))
    (plan,) = planned(kind, record, rows, template)
    assert (plan.action, plan.changed, plan.findings) == ("unchanged", (), ())


@KINDS
def test_a_changed_row_keeps_what_only_the_system_fills(kind):
    record = record_of(kind)
    template, data = book_of(kind, {**record, "notes": "另一说明"})
    rows = list(map_book(open_table(data, rename=plain_header), template))
    (plan,) = planned(kind, record, rows, template)
    assert (plan.action, plan.changed) == ("update", ("notes",))
    kept = {name: plan.entry[name] for name in ROWS if name in record}
    assert kept == {name: record[name] for name in ROWS if name in record}


@KINDS
def test_a_title_twice_is_told_in_the_words_of_the_directory(kind):
    record = record_of(kind)
    template, data = book_of(kind, record, {**record, "identifier": ""})
    rows = list(map_book(open_table(data, rename=plain_header), template))
    _, second = planned(kind, record, rows, template)
    assert [finding.rule for finding in second.findings] == ["R2"]
    assert second.findings[0].zh.startswith(directories()[kind].field("title").label_zh)


@KINDS
def test_the_notes_name_every_column_and_only_rules_that_may_blame_one(kind):
    schema = directories()[kind]
    book = openpyxl.load_workbook(io.BytesIO(book_of(kind)[1]))
    lines = [[cell.value for cell in row] for row in book["填写说明"].iter_rows()]
    told = {(line[0], line[1]): line for line in lines}
    for name in (schema.label_zh, *DETAILS[kind]):
        assert all((name, plain_header(cell.value)) in told for cell in book[name][1])
    assert ((schema.label_zh, "序号") in told) == bool(DETAILS[kind])
    listed = {line[0] for line in lines if line[0] in RULES}
    blamed = {rule for rules in rules_by_field(kind).values() for rule in rules}
    assert listed == blamed | {"R2"}
    assert {"C0", "C1", "R3"} <= listed


@st.composite
def records_of(draw, kind):
    """Give one or two records of a directory with any text in any field that a unit may state."""
    schema = directories()[kind]
    targets = template_mapping(schema, "xlsx").targets
    values = {name: field_value(schema.field(name)) for name in targets}
    rows = st.lists(st.fixed_dictionaries({}, optional=values), min_size=1, max_size=2)
    return [normalise_record(record, schema) for record in draw(rows)]


@KINDS
@FORMS
@given(data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_any_records_come_back(kind, form, data):
    schema = directories()[kind]
    records = data.draw(records_of(kind))
    template, file = book_of(kind, *records, form=form)
    rows = list(map_book(open_table(file, rename=plain_header), template))
    assert [normalise_record(row.entry, schema) for row in rows] == records
    assert all(row.findings == () for row in rows)


@KINDS
@pytest.mark.parametrize(
    ("name", "code"),
    [("无此单位", UNIT_CODE), ("无此单位", ""), (UNIT.title, "11350000003591037R")],
)
def test_a_wrong_unit_is_told_in_its_cell(kind, name, code):
    schema = directories()[kind]
    template = template_mapping(schema, "xlsx")
    out = io.BytesIO()
    stamp = Stamp(schema.name, schema_digest(schema), "2026-11-26", "350100")
    record = {**record_of(kind), "identifier": ""}
    form = WorkbookForm(template, schema, load_vocabulary, stamp)
    write_workbook([ExportEntry(name, code, record)], form, out)
    rows = list(map_book(open_table(out.getvalue(), rename=plain_header), template))
    (plan,) = planned(kind, record, rows, template)
    assert (plan.action, [finding.rule for finding in plan.findings]) == ("refuse", ["IM12"])
    place = Places(template).of(plan.row, plan.findings[0])
    assert (place.sheet, place.column) == (schema.label_zh, schema.field("owner_org").label_zh)


def test_an_article_of_the_law_is_no_row_of_the_items():
    items = [{"name": f"示例{number}"} for number in range(1, 10)]
    template, data = book_of("collection_item", {**record_of("collection_item"), "items": items})
    [row] = map_book(open_table(data, rename=plain_header), template)
    told = {
        "采集信息项：第8项的名称与前面的重复": ("采集信息项", 9),
        "重复采集提示：依《办法》第8条，不得重复采集": ("政务信息采集目录", 2),
    }
    for zh, expected in told.items():
        place = Places(template).of(row, Finding("X5", "items", "warning", zh, zh))
        assert (place.sheet, place.row) == expected


# (directory, field, rule that must be named beside its column).
BLAMED = [
    ("gov_database", "base_database", "B1"),
    ("gov_database", "lead_unit_code", "B1"),
    ("gov_database", "indicators", "B2"),
    ("gov_database", "stored_gb", "F1"),
    ("gov_database", "entries_stored", "X1"),
    ("app_system", "cross_department", "E1"),
    ("app_system", "registration_number", "C3"),
    ("app_system", "databases", "X2"),
    ("app_system", "launched_on", "D1"),
    ("permit_type", "validity_months", "C3"),
    ("permit_type", "legal_basis", "C0"),
    ("permit_type", "entries", "X3"),
    ("collection_item", "items", "R9"),
    ("collection_item", "territory", "C1"),
    ("collection_item", "legal_basis", "C0"),
]


@pytest.mark.parametrize(("kind", "field", "rule"), BLAMED)
def test_the_rules_that_blame_a_column_stand_beside_it(kind, field, rule):
    found = rules_by_field(kind)
    assert rule in found[field] or any(
        rule in rules for name, rules in found.items() if name.startswith(f"{field}[")
    )


def test_no_two_directories_share_a_main_sheet():
    names = [schema.label_zh for schema in record_schemas().values()]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 for name in names)
