"""What received records of every kind must look like before anything else is asked of them."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.catalog.canonical import (
    DIRECTORY_KINDS,
    KINDS,
    PACKAGE_KINDS,
    canonical_bytes,
    record_hash,
)
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic.sync import foreseeing, forms, rows

KEY = "35100/000001"


def record_of(kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "type": kind, "id": "a-1", "name": "35100-000001", "unit": "11350100MB900001XX",
        "fields": {"title": "示例", "identifier": KEY}, **changes,
    }  # fmt: skip


def row_of(kind: str, record: dict[str, Any] | None = None, *, op: str = "put") -> FeedRow:
    fields = record or record_of(kind)
    data = canonical_bytes(fields)
    return FeedRow(
        seq=1, op=op, type=kind, key=KEY, hash=record_hash(data), at="2026-11-20T01:02:03Z",
        reason=None, replaced_by=None, record=data, fields=fields,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_record_of_each_kind_is_well_formed(kind: str) -> None:
    row = row_of(kind)
    assert forms.well_formed([row]) == ([row], [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "entry"}, "type"),
        ({"id": "a b"}, "id"),
        ({"name": 1}, "fields"),
        ({"fields": []}, "fields"),
        ({"fields": {"title": ["甲"]}}, "title"),
        ({"unit": 1}, "unit"),
        ({"fields": {"landing_page": "http://10.0.0.1/"}}, "landing_page"),
        ({"tags": ["低保"]}, "tags"),
        ({"resources": [{"id": "r-1"}]}, "resources"),
        ({"resources": [{"id": "r-1", "url": "http://10.0.0.1/"}]}, "resources.url"),
    ],
)
@pytest.mark.parametrize("kind", DIRECTORY_KINDS)
def test_what_a_record_of_a_directory_may_not_hold(
    kind: str, changes: dict[str, Any], field: str
) -> None:
    good, refused = forms.well_formed([row_of(kind, record_of(kind, **changes))])
    assert good == []
    assert [why.field for _row, reasons in refused for why in reasons] == [field]


def test_an_entry_may_hold_keywords_and_resources() -> None:
    row = row_of("entry", record_of("entry", tags=["低保"], resources=[{"id": "r-1"}]))
    assert forms.well_formed([row]) == ([row], [])


@pytest.mark.parametrize("kind", PACKAGE_KINDS)
def test_what_is_stored_gives_the_bytes_that_came(kind: str) -> None:
    fields = {"title": "示例", "identifier": KEY, "is_sample": "1"}
    row = row_of(kind, record_of(kind, fields=fields))
    stored = rows.entry_row(row, "350100", "unit-1", "http://here.example")
    assert stored["extras"]["home_node"] == "350100"
    assert rows.entry_comes_back(row, stored) == row.record


def test_lists_are_stored_as_text_and_come_back() -> None:
    fields = {"title": "示例", "identifier": KEY, "entries": ["35100/000002", "35100/000003"]}
    row = row_of("permit_type", record_of("permit_type", fields=fields))
    stored = rows.entry_row(row, "350100", "unit-1", "http://here.example")
    assert stored["extras"]["entries"] == '["35100/000002","35100/000003"]'
    assert rows.entry_comes_back(row, stored) == row.record


def test_a_record_that_would_not_come_back_is_told() -> None:
    fields = {"title": "示例", "identifier": KEY, "entries": "35100/000002", "notes": ""}
    row = row_of("permit_type", record_of("permit_type", fields=fields))
    stored = rows.entry_row(row, "350100", "unit-1", "http://here.example")
    assert rows.entry_comes_back(row, stored) is None


def test_rows_are_parted_with_units_first_and_every_kind_there() -> None:
    received = [row_of(kind) for kind in reversed(KINDS)]
    parted = foreseeing.by_kind(received)
    assert tuple(parted) == KINDS
    assert {kind: [row.type for row in some] for kind, some in parted.items()} == {
        kind: [kind] for kind in KINDS
    }
    assert foreseeing.by_kind([]) == {kind: [] for kind in KINDS}
