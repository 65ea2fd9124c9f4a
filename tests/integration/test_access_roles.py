"""Who may write entries and who sees drafts: current appointments decide, memberships do not."""

from __future__ import annotations

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN

from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    entry_for,
    eventually,
    new_account,
    other_unit,
    outcome,
    sql,
    unit_of,
)
from tests.integration.stack_env import StackInfo


@pytest.fixture(scope="module")
def strangers(stack: StackInfo) -> dict[str, RemoteCKAN]:
    unit = unit_of(stack, "fuzhou")
    return {
        "anonymous": client(stack, "fuzhou"),
        "staff": client(stack, "fuzhou", "staff"),
        "information administrator": client(stack, "fuzhou", "info_manager"),
        "system": client(stack, "fuzhou", "system"),
        "account without appointment": new_account(stack, "fuzhou"),
        "registrar of another unit": new_account(stack, "fuzhou", other_unit(stack, "fuzhou")),
        "staff of the unit": new_account(stack, "fuzhou", unit, "staff"),
        "ended appointment": new_account(stack, "fuzhou", unit, ended=True),
    }


class TestWhoMayWrite:
    """Only a current appointment as registrar or reviewer of the unit writes."""

    def test_nobody_else_creates(self, stack: StackInfo, strangers: dict[str, RemoteCKAN]) -> None:
        unit = unit_of(stack, "fuzhou")
        found = {
            who: outcome(site, "package_create", **entry_for(unit))
            for who, site in strangers.items()
        }
        assert found == dict.fromkeys(strangers, "NotAuthorized")

    def test_nobody_else_changes_or_withdraws(
        self, stack: StackInfo, strangers: dict[str, RemoteCKAN]
    ) -> None:
        entry = create_listed(stack, resources=[{"name": "a", "url": "http://192.0.2.10/"}])
        resource = entry["resources"][0]["id"]
        for who, site in strangers.items():
            for call, arguments in (
                ("package_update", {**entry, "notes": "未经授权的更改，不应被保存。"}),
                ("package_patch", {"id": entry["id"], "notes": "未经授权的更改，不应被保存。"}),
                ("package_patch", {"id": entry["id"], "state": "draft"}),
                ("package_delete", {"id": entry["id"]}),
                ("resource_create", {"package_id": entry["id"], "name": "b"}),
                ("resource_update", {"id": resource, "name": "b"}),
                ("resource_patch", {"id": resource, "name": "b"}),
                ("resource_delete", {"id": resource}),
                (
                    "package_revise",
                    {"match": {"id": entry["id"]}, "update": {"notes": "未经授权的更改。"}},
                ),
            ):
                assert outcome(site, call, **arguments) == "NotAuthorized", (who, call)
        shown = client(stack, "fuzhou", "registrar").action.package_show(id=entry["id"])
        shown.pop("fjgov_findings")
        assert shown == entry

    def test_an_entry_is_not_given_to_a_foreign_unit(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        entry = create_entry(stack)
        with pytest.raises(NotAuthorized):
            registrar.action.package_patch(id=entry["id"], owner_org=other_unit(stack, "fuzhou"))
        with pytest.raises(NotAuthorized):
            registrar.action.package_create(**entry_for(other_unit(stack, "fuzhou")))

    def test_the_reason_names_what_to_do(self, stack: StackInfo) -> None:
        unit = unit_of(stack, "fuzhou")
        with pytest.raises(NotAuthorized) as caught:
            client(stack, "fuzhou", "staff").action.package_create(**entry_for(unit))
        assert "目录登记人员" in str(caught.value)
        assert "no current appointment" in str(caught.value)


class TestDrafts:
    """Drafts are seen by the people who work on the unit's catalog now, and by nobody else."""

    def test_who_sees_a_draft(self, stack: StackInfo) -> None:
        unit = unit_of(stack, "fuzhou")
        draft = create_entry(stack)
        sees: dict[str, bool] = {}
        readers = {
            role: client(stack, "fuzhou", role)
            for role in (*stack.credentials["fuzhou"], "anonymous")
        }
        readers["staff of the unit"] = new_account(stack, "fuzhou", unit, "staff")
        readers["system of the unit"] = new_account(stack, "fuzhou", unit, "system")
        readers["ended appointment"] = new_account(stack, "fuzhou", unit, ended=True)
        readers["other unit"] = new_account(stack, "fuzhou", other_unit(stack, "fuzhou"))
        for who, site in readers.items():
            try:
                sees[who] = site.action.package_show(id=draft["id"])["id"] == draft["id"]
            except (NotAuthorized, NotFound):
                sees[who] = False
        expected = {"registrar", "reviewer", "unit_lead", "info_manager", "sysadmin"}
        assert {who for who, seen in sees.items() if seen} == expected

    def test_searching_for_drafts_finds_the_own_unit_only(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        draft = create_entry(stack)
        asked = {"q": f'title:"{draft["title"]}"', "include_drafts": True, "fl": ["id"]}
        found = eventually(lambda: registrar.action.package_search(**asked)["results"])
        assert found == [{"id": draft["id"]}]
        for role in ("staff", "anonymous", "digital_office", "platform_operator"):
            site = client(stack, "fuzhou", role)
            assert site.action.package_search(**asked)["count"] == 0
            forced = {**asked, "fq": "+state:draft +capacity:(public OR private)"}
            assert site.action.package_search(**forced)["count"] == 0

    def test_the_appointment_counts_at_the_moment_of_the_request(self, stack: StackInfo) -> None:
        unit = unit_of(stack, "fuzhou")
        draft = create_entry(stack)
        site = new_account(stack, "fuzhou", unit)
        assert site.action.package_show(id=draft["id"])["state"] == "draft"
        name = site.action.user_show()["name"]
        sql(
            stack,
            "fuzhou",
            "UPDATE fjgov_appointment SET valid_from = '2020-01-01', valid_until = '2020-01-02'"
            ' WHERE user_id = (SELECT id FROM "user" WHERE name = %s)',
            name,
        )
        with pytest.raises(NotAuthorized):
            site.action.package_show(id=draft["id"])
        with pytest.raises(NotAuthorized):
            site.action.package_patch(id=draft["id"], frequency="5")
