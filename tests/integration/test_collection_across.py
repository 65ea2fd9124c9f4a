"""采集目录 across nodes: records come up by the sync, decisions go down with the decided items."""

from __future__ import annotations

from typing import Any

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, eventually, sql, unit_of
from tests.integration.collecting import (
    PROVINCE,
    bring_up,
    decide,
    findings,
    overall,
    pull,
    register,
    unique_item,
    unique_line,
)
from tests.integration.stack_env import StackInfo

CITIES = ("fuzhou", "xiamen")


def waiting_case(stack: StackInfo, record: dict[str, Any]) -> dict[str, Any]:
    """Give the case that the province has about a record of a city."""
    officer = client(stack, PROVINCE, "digital_office")
    found = officer.action.fjgov_collection_waiting_list(limit=200)["results"]
    [row] = [row for row in found if row["subject"] == record["id"]]
    return dict(officer.action.fjgov_case_show(number=row["number"]))


def confirmed_at(stack: StackInfo, node: str, names: list[str], **changes: Any) -> dict[str, Any]:
    """Register and report a record at a city, bring it up and have it confirmed."""
    record = register(stack, node, names, **changes)
    case = client(stack, node, "registrar").action.fjgov_collection_report(id=record["id"])
    bring_up(stack, node)
    decide(stack, waiting_case(stack, record)["number"])
    return {**record, "case": case["number"]}


def names_of(rows: dict[Any, Any], record: dict[str, Any]) -> set[str]:
    return {row["name"] for row in rows.values() if row["record"] == record["identifier"]}


def test_the_overall_catalog_equals_what_is_confirmed_of_all_nodes(stack: StackInfo) -> None:
    wanted: dict[tuple[str, str], set[str]] = {}
    for node in CITIES:
        names = [unique_item(), unique_item()]
        record = confirmed_at(stack, node, names)
        wanted[stack.nodes[node].code, record["identifier"]] = set(names)
        # One that nobody decided on stays out.
        register(stack, node, [unique_item()])
    bring_up(stack, *CITIES)
    everywhere = [overall(stack, PROVINCE)]
    for node in CITIES:
        pull(stack, node)
        everywhere.append(overall(stack, node))
    assert everywhere[0] == everywhere[1] == everywhere[2]
    found: dict[tuple[str, str], set[str]] = {}
    for (node_code, _item), row in everywhere[0].items():
        found.setdefault((node_code, row["record"]), set()).add(row["name"])
    assert {key: found.get(key) for key in wanted} == wanted
    # Of every node: exactly the items with a decision in force about a listed record.
    decided = sql(
        stack,
        PROVINCE,
        "SELECT DISTINCT d.node, d.item_id FROM fjgov_collection_decision d JOIN package p"
        " ON p.extras ->> 'identifier' = d.record AND p.state = 'active'"
        " WHERE d.adjustment IS NULL",
    )
    assert {key for key in decided if key[0] in {stack.nodes[n].code for n in CITIES}} == {
        key for key in everywhere[0] if key[0] in {stack.nodes[n].code for n in CITIES}
    }


def test_the_decision_comes_back_to_the_case_of_the_city(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    name = unique_item()
    record = register(stack, "fuzhou", [name])
    case = registrar.action.fjgov_collection_report(id=record["id"])
    bring_up(stack, "fuzhou")
    at_province = waiting_case(stack, record)
    assert at_province["state"] == "reported"
    assert [step["event"] for step in at_province["timeline"]] == ["opened", "record_arrived"]
    unit = next(party for party in at_province["parties"] if party["role"] == "unit")
    assert unit["node"] == "350100"
    item = case["record"]["items"][0]["item"]
    payload = {"items": [{"item": item, "line": "示例条线"}]}
    decide(stack, at_province["number"], "adjust", payload=payload, reason="示例理由")
    # The copy at the province is as it came.
    [(line,)] = sql(
        stack,
        PROVINCE,
        "SELECT extras ->> 'line_of_business' FROM package WHERE id = %s",
        record["id"],
    )
    assert line == record["line_of_business"]
    assert pull(stack, "fuzhou")["cases"] == 1
    shown = registrar.action.fjgov_case_show(number=case["number"])
    assert shown["state"] == "adjusted"
    assert shown["timeline"][-1]["event"] == "adjustment_arrived"
    [row] = registrar.action.fjgov_collection_show(id=record["id"])["items"]
    assert (row["in_force"]["decided_line"], row["in_force"]["reason"]) == ("示例条线", "示例理由")
    assert pull(stack, "fuzhou")["cases"] == 0


def test_an_item_held_through_the_other_city_is_told_at_entry_time(stack: StackInfo) -> None:
    name = unique_item()
    held = confirmed_at(stack, "fuzhou", [name], territory=["350000"])
    pull(stack, "xiamen")
    record = register(stack, "xiamen", [name])
    [told] = findings(record, "X5")
    unit = client(stack, "fuzhou", "staff").action.organization_show(id=unit_of(stack, "fuzhou"))
    for words in (name, unit["title"], "350100", held["identifier"], "匹配度"):
        assert words in told
    shown = client(stack, "xiamen", "registrar").action.fjgov_collection_show(id=record["id"])
    [[match]] = [one["matches"] for one in shown["items"][0]["outcomes"]]
    assert match["apply"] == f"{stack.urls['fuzhou']}/directory/collection_item/{held['name']}"
    assert match["unit_name"] == unit["title"]
    # Nobody confirms it at the province either.
    client(stack, "xiamen", "registrar").action.fjgov_collection_report(id=record["id"])
    bring_up(stack, "xiamen")
    officer = client(stack, PROVINCE, "digital_office")
    number = waiting_case(stack, record)["number"]
    with pytest.raises(Exception, match="第8条"):
        officer.action.fjgov_case_decide(number=number, event="confirm")


def test_dibao_at_two_cities_is_no_conflict(stack: StackInfo) -> None:
    names, line = ["低保证号", "低保金额"], unique_line()
    about = {"business_object": "natural_person", "line_of_business": line}
    confirmed_at(stack, "fuzhou", names, territory=["350100"], **about)
    pull(stack, "xiamen")
    record = register(stack, "xiamen", names, territory=["350200"], **about)
    assert findings(record) == []


def test_a_revision_filed_at_the_city_is_in_force_at_the_province(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    name = unique_item()
    record = confirmed_at(stack, "fuzhou", [name], territory=["350100"])
    pull(stack, "fuzhou")
    registrar.action.package_patch(
        id=record["id"], territory=["350102"], revision_basis="示例职能调整文件"
    )
    case = registrar.action.fjgov_collection_report(id=record["id"])
    assert case["state"] == "revision_filed"
    bring_up(stack, "fuzhou")
    [row] = [row for row in overall(stack, PROVINCE).values() if row["name"] == name]
    assert (row["territory"], row["is_carried"]) == ("350102", True)


def test_one_without_a_basis_waits_at_the_province_and_what_was_confirmed_holds(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    name = unique_item()
    record = confirmed_at(stack, "fuzhou", [name], territory=["350100"])
    registrar.action.package_patch(id=record["id"], territory=["350102"])
    bring_up(stack, "fuzhou")
    [row] = [row for row in overall(stack, PROVINCE).values() if row["name"] == name]
    assert (row["territory"], row["is_carried"]) == ("3501", False)
    assert waiting_case(stack, record)["state"] == "revision_reported"
    decide(stack, waiting_case(stack, record)["number"])
    [row] = [row for row in overall(stack, PROVINCE).values() if row["name"] == name]
    assert row["territory"] == "350102"


def test_what_a_city_withdraws_leaves_the_overall_catalog(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    name = unique_item()
    record = confirmed_at(stack, "fuzhou", [name])
    assert names_of(overall(stack, PROVINCE), record) == {name}
    registrar.action.package_delete(id=record["id"])
    bring_up(stack, "fuzhou")
    assert names_of(overall(stack, PROVINCE), record) == set()
    # The city's scheduler follows what was written at its next look.
    shown = eventually(
        lambda: registrar.action.fjgov_case_show(number=record["case"]),
        lambda case: case["state"] == "ended",
        seconds=60,
    )
    assert shown["state"] == "ended"
