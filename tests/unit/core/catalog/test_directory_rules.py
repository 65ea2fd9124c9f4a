"""The rules of the directories: one table of faults, and references of every standing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.directories import directories, links
from ckanext.fjgov.core.catalog.rules import (
    RULES,
    Finding,
    Standing,
    Target,
    check_directory,
    draft_findings,
    normalise_record,
    still_named,
)
from ckanext.fjgov.core.catalog.rules.finding import Profile
from tests.factories import DIRECTORY_RECORDS, make_directory_record, make_facts

BASE = {"database_kind": "base", "base_database": "population", "lead_unit_code": None}
INDICATOR = {"name": "常住人口"}
# (type, changes, rule, field, severity in profile strict, in profile inventory)
FAULTS: list[tuple[str, dict[str, Any], str, str, str, str]] = [
    ("collection_item", {"title": None}, "R1", "title", "error", "error"),
    ("collection_item", {"title": "采集事项："}, "T1", "title", "warning", "warning"),
    ("collection_item", {"business_object": None}, "C0", "business_object", "error", "error"),
    ("collection_item", {"items": None}, "C0", "items", "error", "error"),
    ("collection_item", {"items": [{"id": "a"}]}, "R9", "items", "error", "warning"),
    ("collection_item", {"items": [{"name": "甲"}, {"name": "甲 "}]}, "R9", "items", "error",
     "warning"),
    ("collection_item", {"territory": ["999999"]}, "C1", "territory", "error", "error"),
    ("collection_item", {"legal_basis": [{"title": "甲", "number": "1号"}]}, "C0", "legal_basis",
     "error", "error"),
    ("collection_item", {"opened_on": "2026-13-01"}, "D1", "opened_on", "error", "error"),
    ("collection_item", {"notes": "机密★10年"}, "R15", "notes", "error", "error"),
    ("collection_item", {"line_of_business": "甲\x07"}, "L2", "line_of_business", "error", "error"),
    ("collection_item", {"lower_units": ["民" * 201]}, "L1", "lower_units", "error", "error"),
    ("collection_item", {"obtainable": ["1"]}, "F1", "obtainable", "error", "error"),
    ("gov_database", {"provider_code": "1"}, "R3", "provider_code", "error", "warning"),
    ("gov_database", {"database_kind": "other"}, "C1", "database_kind", "error", "error"),
    ("gov_database", {"stored_gb": "12 GB"}, "F1", "stored_gb", "error", "error"),
    ("gov_database", BASE, "B1", "lead_unit_code", "error", "warning"),
    ("gov_database", {**BASE, "base_database": None, "lead_unit_code": "113500000000000000"}, "B1",
     "base_database", "error", "warning"),
    ("gov_database", {"lead_unit_code": "1"}, "B1", "lead_unit_code", "error", "warning"),
    ("gov_database", {"indicators": [INDICATOR]}, "B2", "indicators", "warning", "warning"),
    ("gov_database", {"indicators": [{**INDICATOR, "lead_signed_on": "2026-01-05"}]}, "B2",
     "indicators", "warning", "warning"),
    ("app_system", {"cross_department": "1"}, "E1", "cross_department", "warning", "warning"),
    ("app_system", {"registration_number": None}, "C3", "registration_number", "warning",
     "warning"),
    ("app_system", {"identifier": "35100"}, "I1", "identifier", "error", "error"),
    ("permit_type", {"validity_months": None}, "C3", "validity_months", "warning", "warning"),
    ("permit_type", {"open_to_public": None}, "C0", "open_to_public", "error", "error"),
]  # fmt: skip
SIGNED = {**INDICATOR, "lead_signed_on": "2026-01-05", "office_signed_on": "2026-01-08"}
SOUND: list[tuple[str, dict[str, Any]]] = [
    ("gov_database", {"indicators": [SIGNED]}),
    ("gov_database", {"database_kind": "base", "base_database": "population",
                      "lead_unit_code": make_facts().unit_code}),
    ("app_system", {"system_status": "planned", "registration_number": None}),
    ("permit_type", {"validity_kind": "long_term", "validity_months": None}),
    ("collection_item", {"notes": None, "legal_basis": None, "opened_on": None}),
]  # fmt: skip
CODE = "35100/000001"
# (standing, of the right type) -> rule and severity, None for no finding.
STANDINGS: dict[tuple[Standing, bool], tuple[str, str] | None] = {
    (Standing.LISTED, True): None,
    (Standing.LISTED, False): ("X1", "error"),
    (Standing.DRAFT, True): ("X2", "error"),
    (Standing.DRAFT, False): ("X1", "error"),
    (Standing.WITHDRAWN, True): ("X1", "error"),
    (Standing.WITHDRAWN, False): ("X1", "error"),
    (Standing.ELSEWHERE, True): ("X3", "warning"),
    (Standing.ELSEWHERE, False): ("X3", "warning"),
    (Standing.MISSING, True): ("X1", "error"),
    (Standing.MISSING, False): ("X1", "error"),
}


def check(
    record_type: str,
    profile: Profile = "strict",
    targets: dict[str, Target] | None = None,
    **changes: Any,
) -> tuple[Finding, ...]:
    schema = directories()[record_type]
    record = make_directory_record(record_type, **changes)
    del record["type"]
    return check_directory(
        normalise_record(record, schema), schema, make_facts(), targets or {}, profile
    )


@pytest.mark.parametrize("profile", ["strict", "inventory"])
@pytest.mark.parametrize("record_type", DIRECTORY_RECORDS)
def test_the_unchanged_record_has_no_finding(record_type: str, profile: Profile) -> None:
    assert check(record_type, profile) == ()


@pytest.mark.parametrize(
    ("record_type", "changes", "rule", "field", "strict", "inventory"),
    FAULTS,
    ids=[f"{row[0]} {row[2]} {row[3]} {number}" for number, row in enumerate(FAULTS)],
)
def test_a_fault_has_one_finding_that_blames_its_field(
    record_type: str, changes: dict[str, Any], rule: str, field: str, strict: str, inventory: str
) -> None:
    for profile, severity in (("strict", strict), ("inventory", inventory)):
        found = check(record_type, profile, **changes)
        told = {(item.rule, item.field, item.severity) for item in found}
        assert (rule, field, severity) in told
        assert {item.rule for item in found} <= {rule, "C1"}


@pytest.mark.parametrize(("record_type", "changes"), SOUND)
def test_what_no_rule_asks_for_is_no_fault(record_type: str, changes: dict[str, Any]) -> None:
    assert check(record_type, **changes) == ()


@pytest.mark.parametrize("link", links(), ids=lambda link: f"{link.source}.{link.field.name}")
@pytest.mark.parametrize(("standing", "right"), list(itertools.product(Standing, (True, False))))
def test_a_reference_by_standing_and_type(link: Any, standing: Standing, right: bool) -> None:
    kind = link.reference.target if right else link.source
    found = check(link.source, targets={CODE: Target(standing, kind)}, **{link.field.name: [CODE]})
    expected = STANDINGS[standing, right]
    assert [(item.rule, item.severity) for item in found] == ([expected] if expected else [])
    assert all(CODE in item.zh and CODE in item.en for item in found)


@pytest.mark.parametrize("link", links(), ids=lambda link: f"{link.source}.{link.field.name}")
def test_what_a_copy_names_was_judged_at_its_home_node(link: Any) -> None:
    schema = directories()[link.source]
    record = make_directory_record(link.source, **{link.field.name: [CODE]})
    del record["type"]
    assert check_directory(normalise_record(record, schema), schema, make_facts(), None) == ()


def test_what_is_missing_is_told_as_one_list() -> None:
    codes = ["35100/000001", "35100/000002", "35100/000003"]
    targets = {codes[1]: Target(Standing.LISTED, "dataset")}
    [finding] = check("permit_type", targets=targets, entries=codes)
    assert codes[0] in finding.zh
    assert codes[1] not in finding.zh
    assert codes[2] in finding.zh


def test_a_draft_may_name_a_draft_but_nothing_that_is_missing() -> None:
    targets = {CODE: Target(Standing.DRAFT, "dataset")}
    found = check("permit_type", targets=targets, entries=[CODE, "35100/000002"])
    assert [item.rule for item in found] == ["X1", "X2"]
    assert [item.rule for item in draft_findings(found)] == ["X1"]


def test_what_others_name_is_told_with_their_list() -> None:
    assert still_named([]) is None
    finding = still_named([(CODE, "社会救助管理系统", "福州市民政局（示例）")])
    assert finding is not None
    assert (finding.rule, finding.field, finding.severity) == ("X4", "state", "error")
    assert CODE in finding.zh
    assert "社会救助管理系统" in finding.zh
    many = still_named([(f"35100/{number:06d}", "甲", "乙") for number in range(30)])
    assert many is not None
    assert "30" in many.zh
    assert "35100/000029" not in many.zh


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(record_type=st.sampled_from(sorted(DIRECTORY_RECORDS)), data=st.data())
def test_no_value_of_any_shape_breaks_the_rules(record_type: str, data: st.DataObject) -> None:
    schema = directories()[record_type]
    names = st.sampled_from(sorted(schema.by_name))
    record = data.draw(st.dictionaries(names, VALUES, max_size=6))
    found = check_directory(normalise_record(record, schema), schema, make_facts(), {})
    assert {item.rule for item in found} <= set(RULES)
