"""Records out of listings and datasets of plain sites: whole values, and no value lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.foreign.ckan_package import package_record
from ckanext.fjgov.core.foreign.definition import Reading
from ckanext.fjgov.core.foreign.listing import csv_records, json_page
from ckanext.fjgov.core.foreign.record import SourceRefused, flatten

CSV = "编号,名称,格式\n1,甲,csv|xlsx\n2,乙,\n"


def test_rows_of_a_csv_become_records() -> None:
    records = list(csv_records(CSV.encode(), Reading(id=("编号",))))
    assert [(record.remote_id, record.cells, record.place) for record in records] == [
        ("1", {"编号": ("1",), "名称": ("甲",), "格式": ("csv|xlsx",)}, "第 2 行"),
        ("2", {"编号": ("2",), "名称": ("乙",)}, "第 3 行"),
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [("编号,名称,格式\n1,甲", "truncated"), ("名称\n甲\n", "columns"),
     ("编号,名称\n1,甲,乙\n", "row")],
)  # fmt: skip
def test_a_csv_that_was_cut_off_is_refused(text: str, rule: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        list(csv_records(text.encode(), Reading(id=("编号",))))
    assert refused.value.rule == rule


def test_a_json_listing_is_read_where_its_file_says() -> None:
    body = {"data": {"total": "2", "rows": [{"id": 1, "t": "甲", "resources": [{"n": "表"}]}]}}
    reading = Reading(format="json", id=("id",), records="data.rows", total="data.total")
    [record], total = json_page(json.dumps(body).encode(), reading, 0)
    assert (record.remote_id, record.cells, record.resources, total) == (
        "1",
        {"id": ("1",), "t": ("甲",)},
        ({"n": ("表",)},),
        2,
    )
    for wrong in ({"data": []}, {"data": {"rows": [1]}}, {"data": {"rows": []}}):
        with pytest.raises(SourceRefused):
            json_page(json.dumps(wrong).encode(), reading, 0)


def test_a_ckan_dataset_keeps_every_field_that_says_something() -> None:
    package = {
        "id": "p-1",
        "name": "schools",
        "title": "学校名录",
        "num_tags": 1,
        "private": False,
        "organization": {"id": "o", "title": "教育局", "name": "jyj", "image_url": "x"},
        "tags": [{"name": "学校", "id": "t", "display_name": "学校"}],
        "extras": [{"key": "frequency", "value": "daily"}],
        "spatial": {"type": "Point"},
        "resources": [{"id": "r", "name": "表", "position": 0, "url": "https://a.example.org"}],
    }
    record = package_record(package, "站点")
    assert record.remote_id == "p-1"
    assert record.cells == {
        "title": ("学校名录",),
        "organization.title": ("教育局",),
        "organization.name": ("jyj",),
        "tags.name": ("学校",),
        "extras.frequency": ("daily",),
        "spatial.type": ("Point",),
    }
    assert record.resources == ({"id": ("r",), "name": ("表",), "url": ("https://a.example.org",)},)
    with pytest.raises(SourceRefused):
        package_record({"title": "x"}, "站点")


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return int(value is not None and str(value).strip() != "")


@settings(max_examples=60)
@given(st.dictionaries(st.text(min_size=1, max_size=3), JSON_VALUES, max_size=4))
def test_flattening_loses_no_value(value: dict[str, Any]) -> None:
    try:
        cells = flatten(value)
    except SourceRefused:
        # Nested too deeply: said, and nothing lost unseen.
        return
    assert sum(map(len, cells.values())) == leaves(value)
