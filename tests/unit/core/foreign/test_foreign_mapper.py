"""Remote records become canonical ones: whole records, bound ids, and problems that travel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.canonical import RecordShape, canonical_bytes, record_hash
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, UNIT_SCHEMA, load_schema
from ckanext.fjgov.core.foreign.convert import unmapped
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.core.foreign.mapper import Mapped, Mapper, SpoolRow, problems_of
from ckanext.fjgov.core.foreign.outcome import outcome_of
from ckanext.fjgov.core.foreign.record import RemoteRecord
from ckanext.fjgov.core.foreign.units import UnitTable

FOLDER = Path(__file__).resolve().parents[4] / "harvesters" / "sources"
SOURCE = parse_definition((FOLDER / "example-listing.yaml").read_text(encoding="utf-8"))
CKAN = parse_definition((FOLDER / "example-ckan.yaml").read_text(encoding="utf-8"))


def shape(name: str) -> RecordShape:
    fields = load_schema(name).fields
    return RecordShape(
        frozenset(field.name for field in fields if field.is_structured),
        frozenset(field.name for field in fields if not field.catalogued),
    )


def mapper(source: Any = SOURCE) -> Mapper:
    return Mapper(source, shape(ENTRY_SCHEMA), UnitTable(source, shape(UNIT_SCHEMA)))


def remote(number: str = "1", **changes: str) -> RemoteRecord:
    cells = {
        "编号": number,
        "名称": f"学校名录 {number}",
        "摘要": "说明内容和来源的摘要。",
        "关键字": "学校|教育",
        "主题": "教育",
        "提供单位": "漳州市教育局（示例）",
        "发布日期": "2024-03-01",
        "更新周期": "每月",
        "共享类型": "无条件共享",
        "格式": "csv|xlsx",
        "数据量": "1,024",
    } | changes
    return RemoteRecord(
        cells["编号"], {name: (text,) for name, text in cells.items() if text}, (), "第 2 行"
    )


def rules(mapped: Mapped) -> list[str]:
    return [finding.rule for finding in mapped.findings]


def record_of(row: SpoolRow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row.data)
    assert row.hash == record_hash(row.data)
    assert row.data == canonical_bytes(found)
    return found


def test_a_record_becomes_a_whole_canonical_entry_and_its_unit() -> None:
    one = mapper()
    mapped = one.map(remote())
    assert rules(mapped) == []
    record = record_of(one.entry_row(mapped, "35600/000007"))
    assert mapped.unit
    assert record == {
        "type": "entry",
        "id": record["id"],
        "name": "35600-000007",
        "unit": mapped.unit.key,
        "tags": ["学校", "教育"],
        "fields": {
            "identifier": "35600/000007",
            "md_id": "35600/md-000007",
            "title": "学校名录 1",
            "notes": "说明内容和来源的摘要。",
            "issued": "2024-03-01",
            "theme": ["ZNF00"],
            "frequency": "4",
            "share_type": "1",
            "open_to_public": "1",
            "open_condition": "无条件开放",
            "guide_class": ["307"],
            "secrecy": "0",
            "data_format": ["2/csv", "2/xlsx"],
            "division": ["350600"],
        },
    }
    [unit] = one.unit_rows()
    assert record_of(unit)["fields"] == {
        "title": "漳州市教育局（示例）",
        "unit_type": "organ",
        "level": "city",
        "division": "350600",
    }
    assert unit.key.startswith("35600-")
    assert one.unit_rows() == []


def test_ids_are_the_same_in_every_reading_and_differ_between_sources() -> None:
    first, second = mapper(), mapper()
    rows = [one.entry_row(one.map(remote()), "35600/000007") for one in (first, second)]
    assert rows[0] == rows[1]
    other = mapper(replace(SOURCE, code="350900"))
    assert other.entry_row(other.map(remote()), "35600/000007").record_id != rows[0].record_id


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"主题": "宇航"}, ["IM03"]),
        ({"发布日期": "昨天"}, ["IM04"]),
        ({"提供单位": ""}, ["unit"]),
        ({"编号": ""}, ["key"]),
    ],
)
def test_what_is_wrong_with_a_record_travels_with_it(
    change: dict[str, str], expected: list[str]
) -> None:
    one = mapper()
    mapped = one.map(remote(**change))
    assert rules(mapped) == expected
    record = record_of(one.entry_row(mapped, "35600/000007"))
    assert [told["rule"] for told in problems_of(record)] == expected
    assert all(told["zh"] and told["en"] for told in problems_of(record))


def test_the_second_of_an_id_and_of_a_title_are_told_and_keep_their_keys() -> None:
    keys = []
    for _reading in range(2):
        one = mapper()
        mapped = [
            one.map(remote()),
            one.map(remote()),
            one.map(remote()),
            one.map(remote("2", 名称="学校 名录  1")),
            one.map(remote("", 名称="x")),
        ]
        assert [rules(item) for item in mapped] == [
            [], ["duplicate"], ["duplicate"], ["R2"], ["key"],
        ]  # fmt: skip
        keys.append([one.entry_row(item, "35600/000001").key for item in mapped])
    assert keys[0] == keys[1]
    assert len({key for key in keys[0] if key.startswith("!")}) == 3


def test_what_is_said_about_a_record_does_not_depend_on_its_place() -> None:
    bad = [remote(主题="宇航"), remote(), remote()]
    rows = []
    for place in ("第 2 行", "第 9 行"):
        one = mapper()
        mapped = [one.map(replace(record, place=place)) for record in bad]
        assert mapped[0].place == place
        rows.append([one.entry_row(item, "35600/000001") for item in mapped])
    assert rows[0] == rows[1]


def test_units_of_the_table_are_found_and_others_refused() -> None:
    one = mapper(CKAN)
    known = one.units.find("莆田市教育局（示例）", "", "x")
    assert one.units.find("莆田市 教育局（示例）", "", "x") is known
    assert getattr(one.units.find("别的单位", "", "x"), "rule", "") == "unit"
    assert [row.kind for row in one.unit_rows()] == ["unit"]


def test_a_field_with_several_values_where_one_is_allowed_is_told() -> None:
    one = mapper(CKAN)
    cells = {"title": ("甲", "乙"), "organization.title": ("莆田市教育局（示例）",)}
    mapped = one.map(RemoteRecord("1", cells, (), "站点"))
    assert rules(mapped) == ["F1"]
    assert "title" not in mapped.filled.fields


def test_resources_keep_their_ids_and_addresses_stay_out_of_the_record() -> None:
    one = mapper(CKAN)
    files = (
        {"id": ("a",), "name": ("表",), "size": ("120",), "url": ("https://a.example.org/1",)},
        {"id": ("b",), "name": ("图",)},
    )
    cells = {"title": ("甲",), "organization.title": ("莆田市教育局（示例）",)}
    mapped = one.map(RemoteRecord("1", cells, files, "站点"))
    row = one.entry_row(mapped, "35300/000001")
    record = record_of(row)
    assert [(file["name"], file.get("size")) for file in record["resources"]] == [
        ("表", 120), ("图", None),
    ]  # fmt: skip
    assert row.addresses == {record["resources"][0]["id"]: "https://a.example.org/1"}
    assert b"example.org" not in row.data
    turned = mapper(CKAN)
    again = turned.entry_row(
        turned.map(RemoteRecord("1", cells, files[::-1], "站点")), "35300/000001"
    )
    assert again.addresses == row.addresses


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([*SOURCE.mapping.required_columns, "数据量", "预算", "人数"]),
        st.lists(st.text(max_size=6), min_size=1, max_size=2).map(tuple),
    )
)
def test_every_cell_is_mapped_ignored_or_reported(cells: dict[str, tuple[str, ...]]) -> None:
    one = mapper()
    record = RemoteRecord(next(iter(cells.get("编号", ("",)))), cells, (), "x")
    mapped = one.map(record)
    known = {spec.column for spec in SOURCE.mapping.fields} | {"提供单位", "单位代码", "编号"}
    assert set(unmapped(record, SOURCE)) == set(cells) - known - {"数据量"}
    record_of(one.entry_row(mapped, "35600/000001"))


@pytest.mark.parametrize(
    ("broken", "foreign", "expected"),
    [
        (["C0"], True, "incomplete"),
        (["R1", "IM03", "F1"], True, "incomplete"),
        (["C0", "scope"], True, "refused"),
        (["R15"], True, "refused"),
        (["duplicate"], True, "refused"),
        ([], True, "refused"),
        (["C0"], False, "refused"),
    ],
)
def test_incomplete_is_told_from_refused(broken: list[str], foreign: bool, expected: str) -> None:
    assert outcome_of(broken, foreign=foreign) == expected
