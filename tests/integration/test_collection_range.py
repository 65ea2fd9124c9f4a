"""超范围采集提示 by unit: what is listed, when it leaves the list, and who sees it (Art. 8)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN

from tests.integration.api import (
    ANONYMOUS,
    client,
    create_listed,
    entry_for,
    list_entry,
    name_of_office,
    new_account,
    outcome,
    sql,
    sync_up,
    unit_of,
)
from tests.integration.collecting import (
    PROVINCE,
    confirmed,
    other_registrar,
    overall,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo

NODE = PROVINCE
CITY = "fuzhou"


def own_entry(
    stack: StackInfo, *names: str, node: str = PROVINCE, site: RemoteCKAN | None = None, **more: Any
) -> dict[str, Any]:
    """List an entry that its unit collects itself."""
    rows = [
        {"name": name, "business_object": "vehicle", "data_type": "C", "length": "20"}
        for name in names
    ]
    values = {"acquisition": "own", "division": ["350100"], "items": rows, **more}
    if site is None:
        return create_listed(stack, node, **values)
    draft = site.action.package_create(**entry_for(values.pop("owner_org"), **values))
    return list_entry(site, draft["id"])


def listed(site: RemoteCKAN, unit: str) -> list[dict[str, Any]]:
    """Give the whole list of a unit, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = site.action.fjgov_collection_range_list(unit=unit, limit=50, offset=len(rows))
        rows += answer["findings"]
        if len(rows) >= answer["count"]:
            return rows


def about(rows: list[dict[str, Any]], entry: dict[str, Any]) -> list[str | None]:
    return [row["item_name"] for row in rows if row["id"] == entry["id"]]


def test_what_is_out_of_range_is_listed_until_it_is_confirmed_or_a_law_is_cited(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    unit = unit_of(stack, PROVINCE)
    inside, later, cited = unique_item(), unique_item(), unique_item()
    confirmed(stack, [inside])
    entry = own_entry(stack, inside, later, cited)
    rows = listed(registrar, unit)
    assert about(rows, entry) == [later, cited]
    [row] = [row for row in rows if row["item_name"] == later]
    assert (row["kind"], row["article"], row["identifier"], row["node"]) == (
        "out_of_range", "8", entry["identifier"], stack.nodes[PROVINCE].code,
    )  # fmt: skip
    assert later in row["zh"]
    assert later in row["en"]
    # The same that the page of the entry says.
    told = registrar.action.fjgov_collection_check(id=entry["id"])["outcomes"]
    assert [one["zh"] for one in told if one["kind"] == "out_of_range"] == [
        one["zh"] for one in rows if one["id"] == entry["id"]
    ]
    confirmed(stack, [later])
    assert about(listed(registrar, unit), entry) == [cited]
    basis = [{"title": "示例法", "number": "示例〔2026〕1号", "clause": "第一条"}]
    register(stack, PROVINCE, [cited], legal_basis=basis)
    assert about(listed(registrar, unit), entry) == []
    answer = registrar.action.fjgov_collection_range_list(unit=unit, limit=1)
    assert (len(answer["findings"]) <= 1, answer["entries"] >= 1) == (True, True)
    shared = own_entry(stack, unique_item(), acquisition="shared")
    assert about(listed(registrar, unit), shared) == []


def test_a_unit_without_any_confirmed_item_has_one_row_an_entry(stack: StackInfo) -> None:
    holders = {row["decided_unit"] for row in overall(stack, PROVINCE).values()}
    codes = sql(stack, PROVINCE, "SELECT name, extras ->> 'uscc' FROM \"group\" ORDER BY name")
    here = client(stack, PROVINCE, "sysadmin").action.organization_list(all_fields=True)
    local = {unit["name"] for unit in here}
    unit = next(name for name, code in codes if name in local and code and code not in holders)
    site = new_account(stack, PROVINCE, unit)
    entry = own_entry(stack, unique_item(), unique_item(), site=site, owner_org=unit)
    [row] = [row for row in listed(site, unit) if row["id"] == entry["id"]]
    assert (row["item"], row["item_name"]) == (None, None)
    assert "没有已确认的采集项" in row["zh"]


def test_unit_its_office_and_the_province_see_it_and_nobody_else(stack: StackInfo) -> None:
    unit, office = unit_of(stack, PROVINCE), name_of_office(stack, PROVINCE)
    other, _site = other_registrar(stack, PROVINCE)
    own_entry(stack, unique_item())
    for site in (
        client(stack, PROVINCE, "registrar"),
        client(stack, PROVINCE, "digital_office"),
        client(stack, PROVINCE, "platform_operator"),
        new_account(stack, PROVINCE, office, "digital_office"),
    ):
        assert site.action.fjgov_collection_range_list(unit=unit)["unit"] == unit
        units = site.action.fjgov_collection_range_list(limit=200)["units"]
        assert unit in [row["unit"] for row in units]
    stranger = new_account(stack, PROVINCE, other, "registrar")
    for site in (stranger, new_account(stack, PROVINCE), client(stack, PROVINCE, ANONYMOUS)):
        assert outcome(site, "fjgov_collection_range_list", unit=unit) == "NotAuthorized"
    units = stranger.action.fjgov_collection_range_list(limit=200)["units"]
    assert unit not in [row["unit"] for row in units]
    missing = f"no-{uuid.uuid4().hex[:8]}"
    assert outcome(stranger, "fjgov_collection_range_list", unit=missing) == "NotFound"
    assert outcome(stranger, "fjgov_collection_range_list", limit="x") == "ValidationError"


def test_the_province_lists_units_of_a_city_by_their_copies(stack: StackInfo) -> None:
    unit, name = unit_of(stack, CITY), unique_item()
    entry = own_entry(stack, name, node=CITY)
    office = client(stack, CITY, "digital_office")
    with_office = office.action.fjgov_collection_range_list(unit=unit)
    assert with_office["entries"] >= 1
    sync_up(stack)
    province = client(stack, PROVINCE, "digital_office")
    found = [row for row in listed(province, unit) if row["identifier"] == entry["identifier"]]
    assert [row["node"] for row in found] == [stack.nodes[CITY].code]
    with pytest.raises((NotAuthorized, NotFound)):
        client(stack, PROVINCE, "registrar").action.fjgov_collection_range_list(unit=unit)
