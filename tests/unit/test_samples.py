"""The sample catalogs hold: every record passes the rules, and the set is varied enough to show."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from ckanext.fjgov.core.catalog.canonical import DIRECTORY_KINDS
from ckanext.fjgov.core.catalog.directories import directories, links, links_from
from ckanext.fjgov.core.catalog.rules import (
    Facts,
    check_directory,
    check_entry,
    check_unit,
    normalise_entry,
    normalise_record,
    normalise_unit,
)
from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.catalog.uscc import uscc_problems
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.exchange.checking import checked_rows
from ckanext.fjgov.core.exchange.faults import FaultLog
from ckanext.fjgov.core.exchange.matching import items_of, match
from deploy.samples import NODE_KEYS, Samples, load_samples
from deploy.samples.items import expand_items
from deploy.samples.tables import tables_of
from deploy.stack.settings import PROVINCE_OFFICE

TODAY = date(2026, 11, 22)
CITY_OF_NODE = {"province": "350000", "fuzhou": "350100", "xiamen": "350200"}
ROLES = {
    "digital_office",
    "platform_operator",
    "unit_lead",
    "registrar",
    "reviewer",
    "info_manager",
    "staff",
    "system",
    "sysadmin",
}
# On purpose: a few entries state no use requirement (R5) or hold data older than their cycle (R14).
WARNINGS = {("R5", "warning"), ("R14", "warning")}
# CKAN's own rule for a tag.
TAG = re.compile(r"[\w \-.]{2,100}")
# Four letters at the head of the body: registered codes start with eight digits, with one letter
# and seven digits, or with M and a second letter.
SYNTHETIC = re.compile(r"1[123]\d{6}EXMP\d{4}[0-9X][0-9A-Y]")


@pytest.fixture(scope="module", params=NODE_KEYS)
def node(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def samples(node: str) -> Samples:
    return load_samples(node, TODAY)


@pytest.fixture(scope="module")
def all_entries() -> list[dict[str, Any]]:
    return [entry for key in NODE_KEYS for entry in load_samples(key, TODAY).entries]


def findings(entry: dict[str, Any]) -> list[tuple[str, str]]:
    facts = Facts(today=TODAY, unit_code=entry["provider_code"])
    return [(f.rule, f.severity) for f in check_entry(normalise_entry(entry), facts)]


class TestEntriesOfANode:
    def test_at_least_forty(self, samples: Samples) -> None:
        assert len(samples.entries) >= 40

    def test_every_entry_passes_the_strict_rules(self, samples: Samples) -> None:
        wrong = {
            entry["sample_key"]: found
            for entry in samples.entries
            if (found := [f for f in findings(entry) if f not in WARNINGS])
        }
        assert wrong == {}

    def test_three_to_four_are_overdue(self, samples: Samples) -> None:
        overdue = [e for e in samples.entries if ("R14", "warning") in findings(e)]
        assert len(overdue) in (3, 4)

    def test_overdue_stays_overdue_and_fresh_stays_fresh_on_any_day_of_loading(
        self, node: str, samples: Samples
    ) -> None:
        later = load_samples(node, TODAY + timedelta(days=400)).entries
        for now, then in zip(samples.entries, later, strict=True):
            if "data_updated_at" in now:
                age = TODAY - date.fromisoformat(now["data_updated_at"])
                moved = TODAY + timedelta(days=400) - date.fromisoformat(then["data_updated_at"])
                assert age == moved

    def test_titles_are_unique_in_their_unit(self, samples: Samples) -> None:
        titles = [(e["provider_code"], normalise_title(e["title"])) for e in samples.entries]
        assert len(set(titles)) == len(titles)

    def test_titles_and_keys_are_unique_in_the_node(self, samples: Samples) -> None:
        for field in ("title", "sample_key"):
            values = [e[field] for e in samples.entries]
            assert len(set(values)) == len(values)

    def test_abstracts_are_distinct_and_of_readable_length(self, samples: Samples) -> None:
        abstracts = [e["notes"] for e in samples.entries]
        assert len(set(abstracts)) == len(abstracts)
        assert all(40 <= len(text) <= 200 for text in abstracts)

    def test_the_provider_is_a_unit_of_the_node_and_covers_its_division(
        self, samples: Samples
    ) -> None:
        units = {unit["name"]: unit for unit in samples.units}
        for entry in samples.entries:
            unit = units[entry["owner_org"]]
            assert entry["provider_code"] == unit["uscc"]
            assert entry["division"] == [unit["division"][:6]]

    def test_marked_as_samples_by_field_and_not_in_the_title(self, samples: Samples) -> None:
        assert {e["is_sample"] for e in samples.entries} == {"1"}
        assert [e["title"] for e in samples.entries if "示例" in e["title"]] == []

    def test_items_start_with_the_identifying_one_and_have_distinct_ids(
        self, samples: Samples
    ) -> None:
        ids = [item["id"] for e in samples.entries for item in e["items"]]
        assert len(set(ids)) == len(ids)
        assert {e["items"][0]["required"] for e in samples.entries} == {"1"}
        assert min(len(e["items"]) for e in samples.entries) >= 4

    def test_tags_are_what_ckan_takes(self, samples: Samples) -> None:
        names = [tag["name"] for e in samples.entries for tag in e["tags"]]
        assert [name for name in names if not TAG.fullmatch(name)] == []
        assert all(3 <= len(e["tags"]) <= 10 for e in samples.entries)

    def test_resources_stand_for_published_modes_only_and_use_the_reserved_domain(
        self, samples: Samples
    ) -> None:
        for entry in samples.entries:
            done = [row["mode"] for row in entry["exchange"] if row["status"] == "done"]
            resources = entry.get("resources", [])
            assert [r["mode"] for r in resources] == done
            for resource in resources:
                host = urlsplit(resource["url"]).hostname or ""
                assert host.endswith(".example")

    def test_nothing_but_claims_is_published_of_non_shared_entries(self, samples: Samples) -> None:
        states = {
            row["status"]
            for e in samples.entries
            if e["share_type"] == "3"
            for row in e["exchange"]
        }
        assert states <= {"claim", "claim_ok", "claim_no"}

    def test_contacts_name_posts_and_sample_numbers(self, samples: Samples) -> None:
        for entry in samples.entries:
            assert [set(row) for row in entry["contact"]] == [
                {"name", "telephone", "email", "address"}
            ]
            assert re.fullmatch(r"059[12]-0000\d{4}", entry["contact"][0]["telephone"])


class TestVarietyOverAllNodes:
    def test_share_classes(self, all_entries: list[dict[str, Any]]) -> None:
        counts = Counter(e["share_type"] for e in all_entries)
        assert set(counts) == {"1", "2", "3"}
        assert counts["2"] >= 40
        assert counts["3"] >= 6

    def test_opened_and_not(self, all_entries: list[dict[str, Any]]) -> None:
        counts = Counter(e["open_to_public"] for e in all_entries)
        assert min(counts["0"], counts["1"]) >= 40

    def test_every_cycle_of_the_guide(self, all_entries: list[dict[str, Any]]) -> None:
        assert {e["frequency"] for e in all_entries} == set("12345678")

    def test_about_a_third_is_not_mounted(self, all_entries: list[dict[str, Any]]) -> None:
        bare = [e for e in all_entries if {r["status"] for r in e["exchange"]} == {"none"}]
        assert 0.25 <= len(bare) / len(all_entries) <= 0.40

    def test_claims_in_every_state(self, all_entries: list[dict[str, Any]]) -> None:
        counts = Counter(row["status"] for e in all_entries for row in e["exchange"])
        assert counts["claim"] >= 2
        assert {"claim_ok", "claim_no"} <= set(counts)

    def test_three_modes_and_every_format_category(self, all_entries: list[dict[str, Any]]) -> None:
        modes = {row["mode"] for e in all_entries for row in e["exchange"]}
        categories = {code[0] for e in all_entries for code in e["data_format"]}
        assert modes == {"query", "direct", "custom"}
        assert categories == set("1234567")

    def test_all_base_databases_and_restriction_kinds(
        self, all_entries: list[dict[str, Any]]
    ) -> None:
        bases = {code for e in all_entries for code in e.get("base_database", [])}
        kinds = {e["restriction_kind"] for e in all_entries if "restriction_kind" in e}
        assert bases == set(load_vocabulary("base_databases").concepts)
        assert kinds == {"way", "target", "both"}

    def test_topics_of_most_classes(self, all_entries: list[dict[str, Any]]) -> None:
        assert len({code[:2] for e in all_entries for code in e["theme"]}) >= 17

    def test_some_items_are_stricter_than_their_entry(
        self, all_entries: list[dict[str, Any]]
    ) -> None:
        stricter = [i for e in all_entries for i in e["items"] if "share_type" in i]
        assert len(stricter) >= 3
        assert all(i["basis_title"] and i["basis_statement"] for i in stricter)

    def test_a_few_entries_lack_a_use_requirement(self, all_entries: list[dict[str, Any]]) -> None:
        assert 2 <= len([e for e in all_entries if ("R5", "warning") in findings(e)]) <= 4

    def test_an_authoritative_item_exists(self, all_entries: list[dict[str, Any]]) -> None:
        items = [item for e in all_entries for item in e["items"]]
        ids = {item["id"] for item in items}
        named = {i["authoritative_item"] for i in items if "authoritative_item" in i}
        assert len(named) == 4
        assert named <= ids


class TestUnits:
    def test_every_unit_passes_its_rules(self, samples: Samples) -> None:
        wrong = {
            unit["title"]: [f.message for f in found]
            for unit in samples.units
            if (found := check_unit(normalise_unit(unit), Facts(today=TODAY)))
        }
        assert wrong == {}

    def test_codes_hold_carry_the_division_and_are_synthetic(self, samples: Samples) -> None:
        for unit in samples.units:
            assert uscc_problems(unit["uscc"]) == ()
            assert unit["uscc"][2:8] == unit["division"][:6]
            assert SYNTHETIC.fullmatch(unit["uscc"])

    def test_references_are_units_of_the_node(self, samples: Samples) -> None:
        codes = {unit["uscc"] for unit in samples.units}
        for unit in samples.units:
            assert {row["uscc"] for row in unit["competent_office"]} <= codes
            assert unit["parent_uscc"] in codes | {""}

    def test_the_competent_office_stands_at_the_units_own_level(self, samples: Samples) -> None:
        divisions = {unit["uscc"]: unit["division"] for unit in samples.units}
        for unit in samples.units:
            office = unit["competent_office"][0]
            assert divisions[office["uscc"]] == unit["division"][:6]
            assert "数字" in office["name"]

    def test_two_county_or_town_units_in_each_city(self, node: str, samples: Samples) -> None:
        below = Counter(unit["level"] for unit in samples.units)
        if node == "province":
            assert set(below) == {"province"}
        else:
            assert below["county"] >= 2
            assert below["town"] >= 2

    def test_all_lie_in_the_scope_of_the_node(self, node: str, samples: Samples) -> None:
        prefix = CITY_OF_NODE[node][:4].rstrip("0")
        assert all(unit["division"].startswith(prefix) for unit in samples.units)


def test_codes_are_unique_over_all_nodes() -> None:
    codes = [unit["uscc"] for key in NODE_KEYS for unit in load_samples(key, TODAY).units]
    assert len(set(codes)) == len(codes)


class TestAccounts:
    def test_one_primary_account_for_each_role(self, samples: Samples) -> None:
        primary = Counter(a["role"] for a in samples.accounts if a["primary"])
        assert primary == dict.fromkeys(ROLES, 1)

    def test_units_exist_and_names_are_no_persons(self, samples: Samples) -> None:
        units = {unit["name"] for unit in samples.units}
        for account in samples.accounts:
            assert account["display"].startswith("示例")
            if account["role"] != "sysadmin":
                assert account["unit_name"] in units

    def test_registrar_and_reviewer_differ_and_share_a_unit(self, samples: Samples) -> None:
        by_role = {a["role"]: a for a in samples.accounts if a["primary"]}
        assert by_role["registrar"]["name"] != by_role["reviewer"]["name"]
        assert by_role["registrar"]["uscc"] == by_role["reviewer"]["uscc"]


def test_account_names_are_unique_over_all_nodes() -> None:
    names = [a["name"] for key in NODE_KEYS for a in load_samples(key, TODAY).accounts]
    assert len(set(names)) == len(names)


def test_an_unknown_node_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="putian"):
        load_samples("putian", TODAY)


def test_a_bad_item_line_is_named() -> None:
    with pytest.raises(ValueError, match="坏行"):
        expand_items(
            {"key": "k", "items": "坏行"},
            node="fuzhou",
            division="350100",
            laws={},
            objects={"key_items": {}, "sources": {}},
            new_id=str,
        )


class TestRecordsOfTheOtherDirectories:
    def test_keep_the_rules_but_for_indicators_that_wait_for_signatures(self, samples: Samples):
        found = set()
        for record in samples.records:
            schema = directories()[record["type"]]
            told = {n: v for n, v in record.items() if n not in ("type", "sample_key")}
            assert told.keys() <= schema.by_name.keys()
            facts = Facts(today=TODAY, unit_code=record["provider_code"])
            findings = check_directory(normalise_record(told, schema), schema, facts, None)
            found |= {(item.rule, item.severity) for item in findings}
        assert found <= {("B2", "warning")}

    def test_are_of_every_directory_and_are_samples_of_units_of_the_node(self, samples: Samples):
        assert {record["type"] for record in samples.records} == set(DIRECTORY_KINDS)
        assert {record["is_sample"] for record in samples.records} == {"1"}
        units = {unit["name"]: unit["uscc"] for unit in samples.units}
        for record in samples.records:
            assert units[record["owner_org"]] == record["provider_code"]

    def test_name_what_stands_before_them(self, samples: Samples):
        known = {entry["sample_key"]: "dataset" for entry in samples.entries}
        for record in samples.records:
            for link in links_from(record["type"]):
                for key in record.get(link.field.name, []):
                    assert known[key] == link.reference.target
            assert record["sample_key"] not in known
            known[record["sample_key"]] = record["type"]

    def test_titles_are_unique_in_unit_and_directory(self, samples: Samples):
        titles = Counter(
            (record["owner_org"], record["type"], normalise_title(record["title"]))
            for record in samples.records
        )
        assert set(titles.values()) == {1}

    def test_every_kind_of_link_is_shown_somewhere(self):
        shown = {
            (record["type"], link.field.name)
            for key in NODE_KEYS
            for record in load_samples(key, TODAY).records
            for link in links_from(record["type"])
            if record.get(link.field.name)
        }
        assert shown == {(link.source, link.field.name) for link in links()}


def test_the_province_office_of_the_stack_is_the_one_of_the_samples() -> None:
    samples = load_samples("province", TODAY)
    [unit] = [one["unit_name"] for one in samples.accounts if one["role"] == "digital_office"]
    [code] = [one["uscc"] for one in samples.units if one["name"] == unit]
    assert code == PROVINCE_OFFICE


def test_tables_keep_to_the_items_of_their_entries(samples: Samples, node: str) -> None:
    titles = {entry["title"]: entry for entry in samples.entries}
    appointed = {one["name"]: one["unit_name"] for one in samples.accounts}
    tables = tables_of(node, samples)
    assert len(tables) == {"province": 0, "fuzhou": 1, "xiamen": 2}[node]
    for table in tables:
        entry = titles[table["title"]]
        assert appointed[table["account"]] == entry["owner_org"]
        assert entry["share_type"] == "2"
        header, *rows = csv.reader(io.StringIO(table["csv"]))
        found = match(header, items_of(entry["items"]), {}, ())
        assert (found.faults, found.unknown) == ((), ())
        log = FaultLog()
        source = [(number, row, ()) for number, row in enumerate(rows, 2)]
        kept = checked_rows(
            source, len(header), found.placed, log, most=100, progress=lambda _done: None
        )
        assert len(list(kept)) == len(rows) >= 30
        assert log.found == []
