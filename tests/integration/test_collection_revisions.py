"""Revisions of the 采集目录: filed, reported, and compared when they are kept."""

from __future__ import annotations

from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, overridden, refusal
from tests.integration.collecting import (
    PROVINCE,
    confirmed,
    decide,
    decided_rows,
    findings,
    items,
    of_record,
    other_registrar,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo

NODE = PROVINCE


class TestRevisions:
    def test_one_that_filing_covers_is_in_force_at_once(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        name = unique_item()
        record = confirmed(stack, [name], territory=["350000"])
        registrar.action.package_patch(id=record["id"], territory=["350100"])
        # Until it is filed, what was confirmed holds.
        assert of_record(stack, record)[name]["territory"] == "35"
        case = registrar.action.fjgov_collection_report(id=record["id"], basis="示例职能调整文件")
        assert case["state"] == "revision_filed"
        found = of_record(stack, record)[name]
        assert (found["territory"], found["is_carried"]) == ("3501", True)
        assert [row[2] for row in decided_rows(stack, record)] == [False, True]
        timeline = registrar.action.fjgov_case_show(number=case["number"])["timeline"]
        assert timeline[-1]["payload"]["basis"] == "示例职能调整文件"
        assert timeline[-1]["article"] == "7"

    def test_one_with_something_new_waits_and_what_was_confirmed_holds(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        name, new = unique_item(), unique_item()
        record = confirmed(stack, [name], territory=["350100"])
        registrar.action.package_patch(
            id=record["id"], items=[*record["items"], {"name": new}], territory=["350000"]
        )
        case = registrar.action.fjgov_collection_report(id=record["id"], basis="示例文件")
        assert case["state"] == "revision_reported"
        effects = {one["item"]: one["effect"] for one in case["record"]["changes"]}
        assert set(effects.values()) == {"on_confirmation"}
        found = of_record(stack, record)
        assert {name: row["territory"] for name, row in found.items()} == {name: "3501"}
        decide(stack, case["number"])
        found = of_record(stack, record)
        assert {name: row["territory"] for name, row in found.items()} == {name: "35", new: "35"}

    def test_without_a_basis_nothing_is_filed(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()], territory=["350000"])
        registrar.action.package_patch(id=record["id"], territory=["350100"])
        number = record["case"]
        told = refusal(
            registrar.action.fjgov_case_decide, number=number, event="file_revision", payload={}
        )
        assert "修订依据" in told
        done = registrar.action.fjgov_case_decide(
            number=number, event="file_revision", payload={"basis": "示例文件"}
        )
        assert done["state"] == "revision_filed"

    def test_filing_does_not_pass_what_needs_a_confirmation(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = confirmed(stack, [unique_item()])
        registrar.action.package_patch(id=record["id"], items=items(unique_item()))
        told = refusal(
            registrar.action.fjgov_case_decide,
            number=record["case"],
            event="file_revision",
            payload={"basis": "示例文件"},
        )
        assert "须报送确认" in told

    def test_an_item_that_is_collected_no_more_leaves_at_once(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        one, two = unique_item(), unique_item()
        record = confirmed(stack, [one, two])
        kept = [row for row in record["items"] if row["name"] == one]
        registrar.action.package_patch(id=record["id"], items=kept)
        assert set(of_record(stack, record)) == {one}

    def test_a_record_that_changes_while_it_waits_must_be_looked_at_again(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = register(stack, PROVINCE, [unique_item()])
        case = registrar.action.fjgov_collection_report(id=record["id"])
        registrar.action.package_patch(id=record["id"], items=items(unique_item()))
        officer = client(stack, PROVINCE, "digital_office")
        told = refusal(
            officer.action.fjgov_case_decide,
            number=case["number"],
            event="confirm",
            version=case["version"],
        )
        assert "请刷新" in told
        shown = officer.action.fjgov_case_show(number=case["number"])
        assert shown["timeline"][-1]["event"] == "record_arrived"
        done = officer.action.fjgov_case_decide(
            number=case["number"], event="confirm", version=shown["version"]
        )
        assert done["state"] == "confirmed"


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
