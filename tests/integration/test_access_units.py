"""What the public learns of a unit: its register, and nobody's account or telephone."""

from __future__ import annotations

from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, outcome, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


def shown(site: RemoteCKAN, unit: str) -> dict[str, Any]:
    return dict(site.action.organization_show(id=unit))


def test_public_sees_the_register_without_accounts_and_telephone(stack: StackInfo) -> None:
    unit = unit_of(stack, NODE)
    public = shown(client(stack, NODE), unit)
    staff = shown(client(stack, NODE, "staff"), unit)
    assert staff["telephone"]
    assert {"users", "telephone"} & public.keys() == set()
    assert public["uscc"] == staff["uscc"]


def test_listing_of_all_fields_is_masked_too(stack: StackInfo) -> None:
    rows = client(stack, NODE).action.organization_list(all_fields=True, include_extras=True)
    assert len(rows) > 20
    assert [row["name"] for row in rows if "telephone" in row or row.get("users")] == []


def test_accounts_of_a_unit_are_refused_to_the_public(stack: StackInfo) -> None:
    arguments = {"id": unit_of(stack, NODE), "include_users": True}
    assert outcome(client(stack, NODE), "organization_show", **arguments) == "NotAuthorized"


def test_members_are_not_listed_for_the_public(stack: StackInfo) -> None:
    arguments = {"id": unit_of(stack, NODE), "object_type": "user"}
    assert outcome(client(stack, NODE), "member_list", **arguments) == "NotAuthorized"


def test_findings_are_for_officials(stack: StackInfo) -> None:
    found = client(stack, NODE).action.package_search(rows=1)["results"][0]
    assert "fjgov_findings" not in client(stack, NODE).action.package_show(id=found["id"])
    assert "fjgov_findings" in client(stack, NODE, "staff").action.package_show(id=found["id"])
