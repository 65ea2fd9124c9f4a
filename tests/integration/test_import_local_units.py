"""A city with profile `inventory`: entries without an abstract, units without a credit code.

The city registers them by API, form and file alike, and the province takes them over.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from ckanapi import ValidationError

from ckanext.fjgov.core.catalog.unit_code import local_unit_code, unit_slug
from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.integration.api import client, entry_for
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import REVIEW, StackInfo
from tests.integration.test_import_actions import new_entry, run, sheet

CITY, PROVINCE = "fuzhou", "province"
PREFIX = "35100"


def set_profile(stack: StackInfo, profile: str) -> None:
    """Set the profile of the city, at the city and in its registration at the province."""
    lines = f"fjgov.node.profile = {profile}\n{REVIEW} = false\n"
    (stack.base / CITY / "override.ini").write_text(lines, encoding="utf-8")
    stack.stack.restart([CITY])
    with psycopg2.connect(stack.dsns[PROVINCE]) as link, link.cursor() as cursor:
        cursor.execute("UPDATE fjgov_node SET profile = %s WHERE code = '350100'", (profile,))
    link.close()


@pytest.fixture(scope="module")
def city(stack: StackInfo) -> Iterator[StackInfo]:
    set_profile(stack, "inventory")
    yield stack
    site = client(stack, CITY, "sysadmin")
    for name in [n for n in site.action.organization_list() if n.startswith(f"u-{PREFIX}-")]:
        found = site.action.package_search(fq=f"organization:{name}", rows=100)["results"]
        for entry in found:
            site.action.package_delete(id=entry["id"])
        site.action.organization_delete(id=name)
    sync(stack)
    set_profile(stack, "strict")


@pytest.fixture(scope="module")
def local_unit(city: StackInfo) -> dict[str, Any]:
    title = f"示例无代码单位{uuid.uuid4().hex[:8]}"
    site = client(city, CITY, "sysadmin")
    unit = site.action.organization_create(title=title, division="350100", name="any-name")
    assert unit["name"] == unit_slug(local_unit_code(PREFIX, title))
    assert not unit.get("uscc")
    return dict(unit)


def sync(stack: StackInfo) -> str:
    done = ckan(stack, "fjgov", "sync", "--node", "350100", key=PROVINCE)
    return done.stdout


def test_an_entry_without_abstract_is_saved_with_a_finding(
    city: StackInfo, local_unit: dict[str, Any]
) -> None:
    site = client(city, CITY, "sysadmin")
    data = entry_for(local_unit["name"], notes=None, state="active", items=None)
    made = site.action.package_create(**data)
    shown = site.action.package_show(id=made["id"])
    assert not shown.get("notes")
    found = {finding["rule"]: finding["severity"] for finding in shown["fjgov_findings"]}
    assert found | {"R1": "warning", "R3": "warning", "R9": "warning"} == found
    assert "error" not in found.values()


def test_an_import_saves_the_same_and_makes_the_unit(city: StackInfo) -> None:
    operator = client(city, CITY, "platform_operator")
    title = f"示例新单位{uuid.uuid4().hex[:8]}"
    mapping = (
        "version: 1\nname: t\nprofile: strict\n"
        "unit: {column: 单位, unlisted: create, constants: {division: '350100'}, reason: 试验}\n"
        "fields:\n  title: {column: 名称}\n"
        "  theme: {constant: [ZRB00], reason: 试验}\n"
        "  guide_class: {constant: ['307021'], reason: 试验}\n"
        "  data_format: {constant: ['2/csv'], reason: 试验}\n"
        "  division: {constant: ['350100'], reason: 试验}\n"
        "  share_type: {constant: '1', reason: 试验}\n"
        "  open_to_public: {constant: '1', reason: 试验}\n"
        "  open_condition: {constant: 无条件开放, reason: 试验}\n"
        "  frequency: {constant: '6', reason: 试验}\n"
        "  secrecy: {constant: '0', reason: 试验}\n"
    )
    text = f"名称,单位\n甲类示例信息{uuid.uuid4().hex[:6]},{title}\n"
    report = run(operator, text, dry_run=False, mapping=mapping)
    assert report["totals"]["listed"] == 1, report["rows"]
    name = unit_slug(local_unit_code(PREFIX, title))
    unit = client(city, CITY, "sysadmin").action.organization_show(id=name, include_users=True)
    assert (unit["title"], unit["division"]) == (title, "350100")
    members = {user["name"] for user in unit.get("users") or []}
    assert city.credentials[CITY]["platform_operator"]["user"] not in members
    assert run(operator, text, mapping=mapping)["totals"]["unchanged"] == 1


def test_the_province_takes_both_over_and_the_credit_code_that_comes_later(
    city: StackInfo, local_unit: dict[str, Any]
) -> None:
    name = local_unit["name"]
    report = sync(city)
    assert "350100: verified" in report, report
    province = client(city, PROVINCE, "staff")
    assert province.action.organization_show(id=name)["title"] == local_unit["title"]
    first = province.action.package_search(fq=f"organization:{name}")["results"]
    assert len(first) == 1

    site = client(city, CITY, "sysadmin")
    site.action.organization_patch(
        id=name, uscc=make_uscc("11", "350100", "MB9A0001"), unit_type="organ", level="city"
    )
    report = sync(city)
    assert "350100: verified" in report, report
    unit = province.action.organization_show(id=name)
    assert (unit["state"], unit["uscc"][:8]) == ("active", "11350100")
    again = province.action.package_search(fq=f"organization:{name}")["results"]
    assert [entry["id"] for entry in again] == [entry["id"] for entry in first]


def test_strict_refuses_what_inventory_kept(stack: StackInfo) -> None:
    site = client(stack, "xiamen", "sysadmin")
    with pytest.raises(ValidationError) as refused:
        site.action.organization_create(title="示例无代码单位", division="350200")
    fields = set(refused.value.error_dict) - {"__type"}
    assert fields == {"uscc", "unit_type", "level"}
    own = client(stack, "xiamen", "staff").action.organization_show(
        id=stack.credentials["xiamen"]["registrar"]["unit"]
    )
    operator = client(stack, "xiamen", "platform_operator")
    report = run(operator, sheet(own, new_entry(notes=None)))
    assert report["totals"]["refused"] == 1
