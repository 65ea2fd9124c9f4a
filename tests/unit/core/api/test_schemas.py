"""Schemas of records: a good entry passes, what breaks obligations or code lists does not."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ckanext.fjgov.core.api.schemas import record_schemas
from ckanext.fjgov.core.catalog.directories import directories
from tests.factories import make_entry


@pytest.fixture(scope="module")
def checked() -> Draft202012Validator:
    schemas = {"components": {"schemas": record_schemas(None)}}
    return Draft202012Validator({"$ref": "#/components/schemas/Entry", **schemas})


def faults(checked: Draft202012Validator, entry: dict[str, Any]) -> set[str]:
    return {error.json_path for error in checked.iter_errors(entry)}


def test_a_complete_entry_passes(checked: Draft202012Validator) -> None:
    assert faults(checked, make_entry(state="active")) == set()


def test_a_draft_needs_title_and_unit_only(checked: Draft202012Validator) -> None:
    assert faults(checked, {"title": "信息", "owner_org": "u"}) == set()
    assert faults(checked, {"title": "信息"}) == {"$"}


def test_a_listed_entry_needs_what_is_mandatory(checked: Draft202012Validator) -> None:
    entry = make_entry(state="active")
    del entry["notes"]
    assert faults(checked, entry) == {"$"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("share_type", "9"), ("division", ["000"]), ("title", "长" * 201), ("items", "x")],
)
def test_codes_lengths_and_kinds_are_held(
    checked: Draft202012Validator, name: str, value: Any
) -> None:
    assert any(
        path.startswith(f"$.{name}") for path in faults(checked, make_entry(**{name: value}))
    )


def test_every_directory_has_a_schema_with_labels_and_obligations() -> None:
    found = record_schemas(None)
    assert len(directories()) == 4
    for schema in found.values():
        for told in schema.get("properties", {}).values():
            assert "title" in told or "description" in told or "$ref" in told
    share = found["Entry"]["properties"]["share_type"]
    assert share["title"].startswith("共享类型 / ")
    assert share["x-fjgov-obligation"] == "M"
    assert found["Entry"]["properties"]["title"]["x-fjgov-gb"] == "resTitle"
