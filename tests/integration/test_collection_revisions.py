"""Changes of listed records of the 采集目录 where a review is required: compared when kept."""

from __future__ import annotations

from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, overridden
from tests.integration.collecting import (
    PROVINCE,
    confirmed,
    findings,
    items,
    other_registrar,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo


def test_a_revision_is_compared_when_it_is_kept(stack: StackInfo) -> None:
    name, late, free = unique_item(), unique_item(), unique_item()
    held = confirmed(stack, [name])
    unit, site = other_registrar(stack, PROVINCE)
    record = register(stack, PROVINCE, [free], site=site, owner_org=unit)
    assert findings(record) == []
    with overridden(stack, PROVINCE, {"fjgov.review.required": "true"}):
        # Told in the answer of the write, like that of a record that is registered.
        kept = site.action.package_patch(id=record["id"], items=items(free, name))
        assert kept["fjgov_revision"]["state"] == "revising"
        [told] = findings(kept)
        for words in ("重复采集提示", name, held["identifier"]):
            assert words in told
        # Told to whoever looks at the revision; what is listed has no part in it.
        assert [one["rule"] for one in _shown(site, record)] == ["X5"]
        listed = client(stack, PROVINCE, "reviewer").action.package_show(id=record["id"])
        assert (findings(listed), [row["name"] for row in listed["items"]]) == ([], [free])

        # A change that takes the item away again has nothing to tell.
        save = site.action.fjgov_revision_save
        assert save(id=record["id"], changes={"items": items(free)})["findings"] == []
        assert _shown(site, record) == []
        again = save(id=record["id"], changes={"items": items(free, name)})["findings"]
        assert [(one["rule"], one["severity"]) for one in again] == [("X5", "warning")]
        save(id=record["id"], changes={"items": items(free, late)})

    # What is decided meanwhile is told to whoever looks at the revision later.
    confirmed(stack, [late])
    assert [one["rule"] for one in _shown(site, record)] == ["X5"]


def test_revisions_of_other_directories_have_nothing_to_compare(stack: StackInfo) -> None:
    site = client(stack, PROVINCE, "registrar")
    record = site.action.package_create(
        type="permit_type",
        title=unique_item(),
        owner_org=stack.credentials[PROVINCE]["registrar"]["unit"],
        permit_code="示例-12",
        holder_object="legal_entity",
        validity_kind="fixed_term",
        validity_months="48",
        open_to_public="0",
        is_sample="1",
        state="active",
    )
    with overridden(stack, PROVINCE, {"fjgov.review.required": "true"}):
        kept = site.action.package_patch(id=record["id"], notes="示例说明")
        assert kept["fjgov_revision"]["state"] == "revising"
        assert findings({"fjgov_findings": [], **kept}) == []
        saved = site.action.fjgov_revision_save(id=record["id"], changes={"notes": "另一说明"})
        assert saved["findings"] == []


def _shown(site: RemoteCKAN, record: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what is told to somebody who looks at the revision of a record."""
    found: list[dict[str, Any]] = site.action.fjgov_revision_show(id=record["id"])["findings"]
    return found
