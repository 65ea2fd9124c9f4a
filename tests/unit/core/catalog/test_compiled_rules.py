"""The fast way of the rules says what the rules say, and the fast proof proves nothing wrong."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.canonical import (
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    RecordShape,
    canonical_bytes,
    entry_record,
    stored_extras,
)
from ckanext.fjgov.core.catalog.plain_record import (
    comes_back,
    has_no_empty,
    is_canonical_plain,
    is_plain,
)
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    check_canonical,
    check_entry,
    normalise_entry,
)
from ckanext.fjgov.core.catalog.rules.compiled import is_regular
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from tests.bench import corpus

TODAY = date(2026, 11, 20)
RECORDS = list(corpus.entries(60, TODAY))
SCHEMA = load_schema(ENTRY_SCHEMA)
SHAPE = RecordShape(
    json_fields=frozenset(field.name for field in SCHEMA.fields if field.is_structured),
    local_fields=frozenset(field.name for field in SCHEMA.fields if not field.catalogued),
)
# Values that one rule or another has something to say about, or that only look so.
ODD_TEXTS = [
    "", " ", "x", "机密★", "商业秘密", "a\u200bb", "带 空格 ", " 前有空格", "行\n行", "\u3000全角",
    "\ufffd", "999999", "350182", "350100001", "307", "307021", "3/mysql", "3/nothing", "9/none",
    "1", "2", "3", "2026-11-21", "2026-02-30", "2020-01-01", "1.5", "-1", "35100/B0000001",
    "\x7f", "a\\b", '引"号', "长" * 41, "长" * 201, "长" * 4001, "[1]", "{}", "null",
]  # fmt: skip
ODD_VALUES = [
    *ODD_TEXTS, [], {}, None, 1, 1.5, True, ["1", "1"], ["307021"], ["x" * 41], [{}], [{"a": "b"}],
    [{"name": "名"}], [["x"]], [1], ["350100", ""], [{"name": 1}],
]  # fmt: skip


def facts(record: dict[str, Any]) -> Facts:
    return Facts(today=TODAY, unit_code=record["unit"], known_codes=frozenset({"307021/000001"}))


def slowly(record: dict[str, Any], profile: Any = "strict") -> Any:
    # Findings follow the order of the members, which is that of the canonical form.
    record = json.loads(canonical_bytes(record))
    view = {
        **record["fields"],
        "tags": record.get("tags", []),
        "resources": record.get("resources", []),
        "owner_org": record["unit"],
    }
    return check_entry(normalise_entry(view), facts(record), profile)


def quickly(record: dict[str, Any], profile: Any = "strict") -> Any:
    data = canonical_bytes(record)
    parsed = json.loads(data)
    proved = data if is_canonical_plain(parsed, data) else None
    return check_canonical(parsed, proved, facts(record), profile)


def spoiled(chance: Random, record: dict[str, Any]) -> dict[str, Any]:
    """Change one to three values of a record, deep or at the top, to odd ones."""
    changed = copy.deepcopy(record)
    for _ in range(chance.randint(1, 3)):
        fields = changed["fields"]
        place = chance.choice(["field", "item", "basis", "tag", "resource", "drop", "new"])
        if place == "item":
            row = chance.choice(fields["items"]) if fields.get("items") else {}
            if isinstance(row, dict):
                row[chance.choice([*row, "share_type", "unknown"])] = chance.choice(ODD_VALUES)
        elif place == "basis" and isinstance(fields.get("legal_basis"), list):
            fields["legal_basis"] = chance.choice(
                [[], [{"title": "x"}], fields["legal_basis"] * 60]
            )
        elif place == "tag":
            changed["tags"] = [*changed["tags"], chance.choice(ODD_TEXTS)]
        elif place == "resource":
            changed["resources"][0][chance.choice(["mode", "name", "size"])] = chance.choice(
                ODD_VALUES
            )
        elif place == "drop":
            fields.pop(chance.choice(list(fields)), None)
        elif place == "new":
            name = chance.choice(
                ["unknown", "related", "contact", "share_way_reason", "tag_string"]
            )
            fields[name] = chance.choice(ODD_VALUES)
        else:
            fields[chance.choice(list(fields))] = chance.choice(ODD_VALUES)
    return changed


def test_the_corpus_breaks_no_rule_and_takes_the_fast_way() -> None:
    for record in RECORDS:
        data = canonical_bytes(record)
        assert is_canonical_plain(record, data)
        view = {**record["fields"], "tags": record["tags"], "resources": record["resources"]}
        assert is_regular({**view, "owner_org": record["unit"]}, data)
        assert quickly(record) == slowly(record) == ()


@pytest.mark.parametrize("profile", ["strict", "inventory"])
def test_both_ways_say_the_same_of_spoiled_records(profile: str) -> None:
    chance = Random(20261120)
    broken = fast = 0
    for number in range(400):
        record = spoiled(chance, RECORDS[number % len(RECORDS)])
        found = slowly(record, profile)
        assert quickly(record, profile) == found, record["fields"]
        broken += bool(found)
        data = canonical_bytes(record)
        fast += is_canonical_plain(record, data)
    # The comparison means something only when both kinds are there.
    assert broken > 130
    assert fast > 130


def test_a_code_that_is_good_once_is_not_good_elsewhere() -> None:
    """What is remembered of codes belongs to one place of the record."""
    record = copy.deepcopy(RECORDS[0])
    assert quickly(record) == ()
    record["fields"]["frequency"] = record["fields"]["language"]
    assert quickly(record) == slowly(record) != ()


def test_days_are_judged_by_the_day_of_the_check() -> None:
    record = next(one for one in RECORDS if one["fields"]["frequency"] == "4")
    later = Facts(today=TODAY + timedelta(days=4000), unit_code=record["unit"])
    data = canonical_bytes(record)
    assert [item.rule for item in check_canonical(record, data, later)] == ["R14"]


def read_again(record: dict[str, Any]) -> bytes:
    """Store a record as the merge does and read it as the sequencer does."""
    fields = record.get("fields", {})
    package = {column: fields.get(column) for column in PACKAGE_COLUMNS} | {
        "id": record["id"],
        "name": record["name"],
        "extras": stored_extras(fields, PACKAGE_COLUMNS, SHAPE),
    }
    resources = [
        {column: resource.get(column) for column in RESOURCE_COLUMNS}
        | {
            "id": resource["id"],
            "extras": {k: v for k, v in resource.items() if k not in ("id", *RESOURCE_COLUMNS)},
        }
        for resource in record.get("resources", [])
    ]
    return canonical_bytes(
        entry_record(package, resources, set(record.get("tags", [])), record["unit"], SHAPE)
    )


def test_what_is_said_to_come_back_does() -> None:
    chance = Random(7)
    proved = 0
    for number in range(400):
        record = spoiled(chance, RECORDS[number % len(RECORDS)])
        if number % 3 == 0:
            chance.shuffle(record["tags"])
        if number % 7 == 0:
            record["fields"][chance.choice(["home_node", "home_modified", "contact"])] = "x"
        data = canonical_bytes(record)
        if is_canonical_plain(record, data) and comes_back(record, data, PACKAGE_COLUMNS, SHAPE):
            proved += 1
            assert read_again(record) == data
    assert proved > 60


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.fixed_dictionaries(
    {"fields": st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=3), max_size=5)},
    optional={"name": TEXTS, "tags": st.lists(TEXTS, max_size=3)},
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.recursive(
    # JSON has neither infinity nor NaN: the canonical form refuses both before this is asked.
    st.none() | st.booleans() | st.integers() | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(PLAIN)
def test_plain_records_are_proved_by_their_own_bytes(record: dict[str, Any]) -> None:
    data = canonical_bytes(record)
    assert is_plain(record)
    assert is_canonical_plain(record, data) == (b"\\" not in data)


def holds_empty(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value in ("", [], {}) or any(map(holds_empty, parts))


@settings(max_examples=300)
@given(PLAIN)
@example({"fields": {"x": "[]"}, "name": "{}", "tags": ["a,[]"]})
@example({"fields": {"x": ["a", ""]}})
@example({"fields": {"x": [{"y": ""}]}})
@example({"fields": {"": "x"}})
def test_empty_values_are_seen_in_the_bytes(record: dict[str, Any]) -> None:
    data = canonical_bytes(record)
    if b"\\" not in data:
        assert has_no_empty(record, data) == (not holds_empty(record))


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["fields", "tags", "resources", "id", "x"]), ANY), ANY)
def test_nothing_else_is_proved(record: dict[str, Any], other: Any) -> None:
    data = canonical_bytes(record)
    if is_canonical_plain(record, data):
        assert json.loads(data) == record
    spaced = json.dumps(record, ensure_ascii=False, sort_keys=True).encode()
    assert spaced == data or not is_canonical_plain(record, spaced)
    assert not is_canonical_plain({"fields": {"x": other}}, b"{}")
