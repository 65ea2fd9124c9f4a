"""Registration of the directories beside the entries: what may be written, and by whom."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import (
    client,
    create_entry,
    new_account,
    other_unit,
    outcome,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.directory_records import record_for, register
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
TYPES = sorted(DIRECTORY_RECORDS)


@pytest.mark.parametrize("record_type", TYPES)
def test_a_record_goes_from_draft_to_withdrawn_and_back(
    stack: StackInfo, registrar: RemoteCKAN, record_type: str
) -> None:
    draft = register(stack, record_type, state=None, id=str(uuid.uuid4()), identifier="35100/ZZZ1")
    assert (draft["type"], draft["state"], draft["home_node"]) == (record_type, "draft", "350100")
    prefix, number = draft["identifier"].split("/")
    assert (prefix, draft["name"]) == ("35100", f"35100-{number}")
    assert draft["provider_code"]
    listed = registrar.action.package_patch(id=draft["id"], state="active")
    assert listed["identifier"] == draft["identifier"]
    whole = registrar.action.package_update(**{**listed, "notes": "更正后的说明。"})
    assert whole["notes"] == "更正后的说明。"
    named = {"id", "name", "identifier", "state", "type"}
    assert {name: whole[name] for name in named} == {name: listed[name] for name in named}
    registrar.action.package_delete(id=draft["name"])
    with pytest.raises(NotAuthorized):
        client(stack, NODE, "staff").action.package_show(id=draft["id"])
    again = registrar.action.package_patch(id=draft["id"], state="active")
    assert (again["state"], again["identifier"]) == ("active", draft["identifier"])


def test_ids_of_items_stay_with_their_names(stack: StackInfo, registrar: RemoteCKAN) -> None:
    items = [{"name": "公民身份号码"}, {"name": "家庭月收入"}]
    record = register(stack, "collection_item", items=items)
    first = {row["name"]: row["id"] for row in record["items"]}
    changed = registrar.action.package_patch(
        id=record["id"], items=[{"name": "家庭月收入"}, {"name": "家庭住址"}]
    )
    second = {row["name"]: row["id"] for row in changed["items"]}
    assert second["家庭月收入"] == first["家庭月收入"]
    assert second["家庭住址"] not in first.values()


@pytest.mark.parametrize("state", ["confirmed", "adjusted"])
def test_a_unit_cannot_confirm_what_it_reports(
    stack: StackInfo, registrar: RemoteCKAN, state: str
) -> None:
    record = register(stack, "collection_item", collection_state=state)
    assert record["collection_state"] == "reported"
    patched = registrar.action.package_patch(id=record["id"], collection_state=state)
    assert patched["collection_state"] == "reported"
    technician = client(stack, NODE, "sysadmin")
    patched = technician.action.package_patch(id=record["id"], collection_state=state)
    assert patched["collection_state"] == "reported"


class TestWhoMayWrite:
    @pytest.mark.parametrize("record_type", TYPES)
    def test_only_a_current_registrar_of_the_unit(self, stack: StackInfo, record_type: str) -> None:
        unit = unit_of(stack, NODE)
        ended = new_account(stack, NODE, unit, ended=True)
        elsewhere = new_account(stack, NODE, other_unit(stack, NODE))
        record = register(stack, record_type)
        for site in (ended, elsewhere, client(stack, NODE, "staff"), client(stack, NODE)):
            data = record_for(stack, record_type)
            assert outcome(site, "package_create", **data) == "NotAuthorized"
            for action in ("package_patch", "package_delete"):
                assert outcome(site, action, id=record["id"], notes="改动") == "NotAuthorized"

    @pytest.mark.parametrize("role", ["registrar", "sysadmin"])
    def test_a_copy_of_another_node_is_changed_by_nobody(self, stack: StackInfo, role: str) -> None:
        record = register(stack, "app_system")
        moved = "UPDATE package SET extras = extras || jsonb_build_object('home_node', %s::text)"
        sql(stack, NODE, f"{moved} WHERE id = %s", "350200", record["id"])
        site = client(stack, NODE, role)
        assert outcome(site, "package_patch", id=record["id"], notes="改动") == "NotAuthorized"
        assert outcome(site, "package_delete", id=record["id"]) == "NotAuthorized"
        sql(stack, NODE, f"{moved} WHERE id = %s", "350100", record["id"])
        assert outcome(site, "package_delete", id=record["id"]) == "done"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "field", "told"),
        [
            ({"title": ""}, "title", "R1"),
            ({"system_status": "broken"}, "system_status", "C1"),
            ({"environment": None}, "environment", "C0"),
            ({"launched_on": "2026-02-30"}, "launched_on", "D1"),
            ({"notes": "机密★10年"}, "notes", "R15"),
            ({"share_type": "1"}, "share_type", "F1"),
            ({"resources": [{"name": "甲", "url": "http://10.0.0.1/x"}]}, "title", "F1 resources"),
            ({"tags": [{"name": "甲乙"}]}, "title", "F1 tags"),
            ({"url": "http://10.0.0.1/"}, "url", "F1 url"),
            ({"private": True}, "private", "F1"),
            ({"extras": [{"key": "其他", "value": "甲"}]}, "extras", "F1"),
            ({"databases": {"a": 1}}, "databases", "F1"),
        ],
        ids=str,
    )
    def test_by_rule_and_field(
        self, stack: StackInfo, changes: dict[str, Any], field: str, told: str
    ) -> None:
        with pytest.raises(ValidationError) as refused:
            register(stack, "app_system", **changes)
        assert told in str(refused.value.error_dict[field])

    def test_a_title_twice_in_one_directory_of_a_unit(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        title = unique_title("社会救助管理系统")
        first = register(stack, "app_system", title=title)
        with pytest.raises(ValidationError) as refused:
            register(stack, "app_system", title=f" {title}。")
        assert first["identifier"] in str(refused.value.error_dict["title"])
        assert register(stack, "gov_database", title=title)["title"] == title
        assert create_entry(stack, NODE, title=title)["title"] == title
        registrar.action.package_delete(id=first["id"])
        assert register(stack, "app_system", title=title)["title"] == title

    def test_a_type_that_is_no_directory(self, stack: StackInfo) -> None:
        data = {**record_for(stack, "app_system"), "type": "showcase"}
        assert outcome(client(stack, NODE, "registrar"), "package_create", **data) in (
            "ValidationError"
        )
