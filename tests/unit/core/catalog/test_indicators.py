"""Signatures of base indicators: both publish, and what is changed must be signed again."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.indicators import (
    SIGNATURE_COLUMNS,
    SIGNED_FIELDS,
    Side,
    is_published,
    refuse_signer,
    with_kept_signatures,
)

SIGNED = {
    "id": "1", "name": "人口总数", "definition": "年末户籍人口",
    "lead_signature": "示例函1号", "lead_signed_on": "2026-01-05",
    "office_signature": "示例函2号", "office_signed_on": "2026-01-08",
}  # fmt: skip
KEPT = {name: SIGNED[name] for name in SIGNATURE_COLUMNS}


@pytest.mark.parametrize(("lead", "office"), list(itertools.product((True, False), repeat=2)))
def test_both_signatures_publish(lead: bool, office: bool) -> None:
    row = {**SIGNED}
    if not lead:
        del row["lead_signed_on"]
    if not office:
        row["office_signed_on"] = ""
    assert is_published(row) is (lead and office)


def test_the_columns_are_those_of_the_schema_and_set_by_the_system() -> None:
    columns = {
        column.name: column.obligation
        for column in directories()["gov_database"].field("indicators").subfields
    }
    assert {name for name in columns if columns[name] == "S"} == {"id", *SIGNATURE_COLUMNS}
    assert set(SIGNED_FIELDS) <= set(columns)


SAME, UNKNOWN = "须为不同的人", "没有记录"
# (the other side has signed, who is on record for it) -> what is said to person A.
SECOND_SIGNATURES = {
    (False, None): None,
    (False, "a"): None,
    (False, "b"): None,
    (True, None): UNKNOWN,
    (True, "a"): SAME,
    (True, "b"): None,
}


@pytest.mark.parametrize("side", ["lead", "office"])
@pytest.mark.parametrize("own", [None, "a", "b"])
@pytest.mark.parametrize("case", list(SECOND_SIGNATURES), ids=str)
def test_two_people_sign(case: tuple[bool, str | None], own: str | None, side: Side) -> None:
    has_other, recorded = case
    other: Side = "office" if side == "lead" else "lead"
    row = {name: value for name, value in SIGNED.items() if not name.startswith(side)}
    if not has_other:
        row = {name: value for name, value in row.items() if not name.startswith(other)}
    known: dict[Side, str] = {other: recorded} if recorded else {}
    # Who signed for the own side before a change does not count.
    known |= {side: own} if own else {}
    told = refuse_signer(row, side, "a", known)
    expected = SECOND_SIGNATURES[case]
    if expected is None:
        assert told is None
    else:
        assert told is not None
        assert expected in told[0]
        assert "人口总数" in told[0]
        assert "人口总数" in told[1]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "1", "name": "人口总数", "definition": "年末户籍人口"}, KEPT),
        ({**SIGNED, "lead_signed_on": "2020-01-01"}, KEPT),
        ({"id": "1", "name": "人口总量", "definition": "年末户籍人口"}, {}),
        ({"id": "1", "name": "人口总数"}, {}),
        ({"id": "2", "name": "人口总数", "definition": "年末户籍人口"}, {}),
        ({**SIGNED, "id": "2"}, {}),
        ({**SIGNED, "id": None}, {}),
    ],
    ids=["same", "other date sent", "renamed", "redefined", "other id", "signed by hand", "no id"],
)
def test_a_row_keeps_the_signatures_of_what_was_signed(
    row: dict[str, Any], expected: dict[str, str]
) -> None:
    assert with_kept_signatures([row], [SIGNED]) == [expected]


def test_one_signature_is_kept_alone_and_rows_keep_their_order() -> None:
    before = [{**SIGNED, "office_signed_on": "", "office_signature": ""}]
    rows = [
        {"id": "9", "name": "新"},
        {"id": "1", "name": "人口总数", "definition": "年末户籍人口"},
    ]
    assert with_kept_signatures(rows, before) == [
        {},
        {"lead_signature": "示例函1号", "lead_signed_on": "2026-01-05"},
    ]
    assert with_kept_signatures([], before) == []
