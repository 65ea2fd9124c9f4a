"""Registration of the directories beside the entries: guards, references, and who sees what."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import (
    ANONYMOUS,
    client,
    create_entry,
    create_listed,
    eventually,
    new_account,
    open_entry,
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
NOTHING_HERE = "35100/999999"
OTHER_NODE = "35200/999999"
NOBODYS = "99999/000001"
ENTRY_FIELDS = frozenset(load_schema(ENTRY_SCHEMA).by_name) - {"name", "home_modified"} | {"id"}


@pytest.fixture
def registrar(stack: StackInfo) -> RemoteCKAN:
    return client(stack, NODE, "registrar")


def stack_command(stack: StackInfo, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the operators on the node."""
    program = str(Path(sys.executable).parent / "ckan")
    return subprocess.run(
        [program, "-c", str(stack.inis[NODE]), "fjgov", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def found_by(site: RemoteCKAN, record: dict[str, Any], **search: Any) -> bool:
    """Tell whether a search for the title finds a record."""
    answer = site.action.package_search(q=f'title:"{record["title"]}"', **search)
    return any(hit["id"] == record["id"] for hit in answer["results"])


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


class TestReferences:
    def test_what_does_not_exist_is_refused_with_its_list(self, stack: StackInfo) -> None:
        entry = create_listed(stack, NODE)
        named = [entry["identifier"], NOTHING_HERE, NOBODYS, "甲"]
        for state in ("draft", "active"):
            with pytest.raises(ValidationError) as refused:
                register(stack, "permit_type", entries=named, state=state)
            told = str(refused.value.error_dict["entries"])
            assert "X1" in told
            assert all(code in told for code in named[1:])
            assert entry["identifier"] not in told

    def test_what_another_node_keeps_is_a_warning(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        record = register(stack, "permit_type", entries=[OTHER_NODE])
        shown = registrar.action.package_show(id=record["id"])
        assert [(row["rule"], row["severity"]) for row in shown["fjgov_findings"]] == [
            ("X3", "warning")
        ]

    def test_a_record_of_another_directory_is_refused(self, stack: StackInfo) -> None:
        entry = create_listed(stack, NODE)
        with pytest.raises(ValidationError, match="X1"):
            register(stack, "app_system", databases=[entry["identifier"]])

    def test_a_draft_is_named_by_drafts_of_its_unit_only(self, stack: StackInfo) -> None:
        entry = create_entry(stack, NODE)
        draft = register(stack, "permit_type", entries=[entry["identifier"]], state="draft")
        assert draft["entries"] == [entry["identifier"]]
        with pytest.raises(ValidationError, match="X2"):
            register(stack, "permit_type", entries=[entry["identifier"]])
        unit = other_unit(stack, NODE)
        site = new_account(stack, NODE, unit)
        foreign = record_for(
            stack, "permit_type", entries=[entry["identifier"]], owner_org=unit, state="draft"
        )
        with pytest.raises(ValidationError, match="X1"):
            site.action.package_create(**foreign)

    @pytest.mark.parametrize("role", ["registrar", "sysadmin"])
    def test_what_others_name_is_not_removed(self, stack: StackInfo, role: str) -> None:
        entry = create_listed(stack, NODE)
        system = register(stack, "app_system", entries_used=[entry["identifier"]])
        permit = register(stack, "permit_type", entries=[entry["identifier"]])
        site = client(stack, NODE, role)
        calls: list[tuple[str, dict[str, Any]]] = [
            ("package_delete", {"id": entry["id"]}),
            ("package_delete", {"id": entry["name"]}),
            ("package_patch", {"id": entry["id"], "state": "deleted"}),
            ("package_patch", {"id": entry["id"], "state": "draft"}),
        ]
        if role == "sysadmin":
            calls.append(("dataset_purge", {"id": entry["id"]}))
            calls.append(
                ("bulk_update_delete", {"datasets": [entry["id"]], "org_id": entry["owner_org"]})
            )
        for action, arguments in calls:
            with pytest.raises(ValidationError) as refused:
                site.call_action(action, arguments)
            told = str(refused.value.error_dict["state"])
            assert "X4" in told
            assert system["identifier"] in told
            assert permit["identifier"] in told
        assert site.action.package_show(id=entry["id"])["state"] == "active"

    def test_a_batch_does_not_remove_it_either(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        entry = create_listed(stack, NODE)
        register(stack, "app_system", entries_used=[entry["identifier"]])
        data = {
            name: value
            for name, value in registrar.action.package_show(id=entry["id"]).items()
            if name in ENTRY_FIELDS
        }
        answer = registrar.action.fjgov_entry_register(entries=[{**data, "state": "draft"}])
        assert "X4" in str(answer)
        assert registrar.action.package_show(id=entry["id"])["state"] == "active"

    def test_once_nothing_names_it_it_may_go(self, stack: StackInfo, registrar: RemoteCKAN) -> None:
        database = register(stack, "gov_database")
        system = register(stack, "app_system", databases=[database["identifier"]])
        other = register(stack, "app_system", databases=[database["identifier"]], state="draft")
        assert outcome(registrar, "package_delete", id=database["id"]) == "ValidationError"
        registrar.action.package_patch(id=system["id"], databases=[])
        registrar.action.package_delete(id=database["id"])
        # The draft that still names it can no longer be listed, nor saved as it is.
        with pytest.raises(ValidationError, match="X1"):
            registrar.action.package_patch(id=other["id"], state="active")

    def test_the_side_table_follows_every_write(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        one, two = create_listed(stack, NODE), create_listed(stack, NODE)
        record = register(
            stack,
            "app_system",
            entries_used=[one["identifier"]],
            entries_produced=[one["identifier"], two["identifier"]],
        )
        rows = "SELECT field, target FROM fjgov_reference WHERE package_id = %s ORDER BY 1, 2"
        assert sql(stack, NODE, rows, record["id"]) == sorted(
            [
                ("entries_produced", one["identifier"]),
                ("entries_produced", two["identifier"]),
                ("entries_used", one["identifier"]),
            ]
        )
        registrar.action.package_patch(id=record["id"], entries_produced=[two["identifier"]])
        assert sql(stack, NODE, rows, record["id"]) == [
            ("entries_produced", two["identifier"]),
            ("entries_used", one["identifier"]),
        ]
        assert (
            outcome(registrar, "package_patch", id=record["id"], entries_produced=[NOTHING_HERE])
            == "ValidationError"
        )
        assert len(sql(stack, NODE, rows, record["id"])) == 2

    def test_naming_and_withdrawing_at_once_never_both_succeed(self, stack: StackInfo) -> None:
        for _round in range(4):
            entry = create_listed(stack, NODE)
            data = record_for(stack, "permit_type", entries=[entry["identifier"]])
            outcomes: dict[str, str] = {}
            start = threading.Barrier(2)

            def run(
                action: str,
                arguments: dict[str, Any],
                outcomes: dict[str, str] = outcomes,
                start: threading.Barrier = start,
            ) -> None:
                site = client(stack, NODE, "registrar")
                start.wait()
                outcomes[action] = outcome(site, action, **arguments)

            threads = [
                threading.Thread(target=run, args=("package_create", data)),
                threading.Thread(target=run, args=("package_delete", {"id": entry["id"]})),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(outcomes.values()) == ["ValidationError", "done"], outcomes


class TestWhoSees:
    @pytest.mark.parametrize("record_type", TYPES)
    def test_officials_only_when_they_ask_and_nobody_else(
        self, stack: StackInfo, record_type: str
    ) -> None:
        record = register(stack, record_type)
        asked = {"fq": f"dataset_type:{record_type}"}
        staff, anybody = client(stack, NODE, "staff"), client(stack, NODE, ANONYMOUS)
        assert eventually(lambda: found_by(staff, record, **asked))
        for site in (staff, anybody, client(stack, NODE, "sysadmin")):
            assert not found_by(site, record)
            assert not found_by(site, record, include_private=True)
        assert not found_by(anybody, record, **asked)
        assert not found_by(anybody, record, include_private=True, **asked)
        assert staff.action.package_show(id=record["id"])["title"] == record["title"]
        for reference in (record["id"], record["name"]):
            with pytest.raises((NotAuthorized, NotFound)):
                anybody.action.package_show(id=reference)
        names = anybody.action.package_list()
        assert record["name"] not in names
        suggested = anybody.action.package_autocomplete(q=record["title"])
        assert record["name"] not in [row["name"] for row in suggested]

    @pytest.mark.parametrize("record_type", TYPES)
    def test_what_is_said_to_be_open_is_so_in_an_open_directory_only(
        self, stack: StackInfo, record_type: str
    ) -> None:
        anybody = client(stack, NODE, ANONYMOUS)
        if record_type != "permit_type":
            with pytest.raises(ValidationError, match="open_to_public"):
                register(stack, record_type, open_to_public="1")
            return
        basis = [{"title": "示例条例", "number": "示例1号", "clause": "第一条"}]
        record = register(stack, record_type, open_to_public="1", legal_basis=basis)
        asked = {"fq": f"dataset_type:{record_type}"}
        assert eventually(lambda: found_by(anybody, record, **asked))
        assert not found_by(anybody, record)
        shown = anybody.action.package_show(id=record["id"])
        assert shown["permit_code"] == record["permit_code"]
        assert "legal_basis" not in shown
        [hit] = anybody.action.package_search(q=f'title:"{record["title"]}"', **asked)["results"]
        assert "legal_basis" not in hit

    def test_drafts_by_their_unit_only(self, stack: StackInfo, registrar: RemoteCKAN) -> None:
        draft = register(stack, "permit_type", open_to_public="1", state="draft")
        assert registrar.action.package_show(id=draft["id"])["title"] == draft["title"]
        elsewhere = new_account(stack, NODE, other_unit(stack, NODE))
        for site in (elsewhere, client(stack, NODE, "staff"), client(stack, NODE, ANONYMOUS)):
            with pytest.raises(NotAuthorized):
                site.action.package_show(id=draft["id"])

    def test_counts_of_units_and_pages_do_not_move(self, stack: StackInfo) -> None:
        anybody = client(stack, NODE, ANONYMOUS)
        unit = unit_of(stack, NODE)

        def counts() -> tuple[int, int, int]:
            whole = anybody.action.package_search(rows=0)["count"]
            of_unit = anybody.action.package_search(rows=0, fq=f"organization:{unit}")["count"]
            shown = anybody.action.organization_show(id=unit)["package_count"]
            return whole, of_unit, shown

        before = counts()
        staff = client(stack, NODE, "staff")
        record = register(stack, "collection_item")
        assert eventually(lambda: found_by(staff, record, fq="dataset_type:collection_item"))
        assert counts() == before

    def test_the_index_says_what_the_database_says(self, stack: StackInfo) -> None:
        register(stack, "collection_item")
        done = stack_command(stack, "index", "verify")
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("record_type", TYPES)
    @pytest.mark.parametrize("role", [ANONYMOUS, "registrar"])
    def test_pages_of_ckan_for_them_are_closed(
        self, stack: StackInfo, role: str, record_type: str
    ) -> None:
        record = register(stack, record_type)
        headers = {}
        if role != ANONYMOUS:
            headers["Authorization"] = stack.credentials[NODE][role]["token"]
        name = record["name"]
        for path in ("", "new", name, f"edit/{name}", f"delete/{name}", f"{name}/resource/new"):
            address = f"{stack.urls[NODE]}/{record_type}/{path}"
            assert requests.get(address, headers=headers, timeout=60).status_code == 404, path


class TestLinks:
    def test_both_ways_as_far_as_the_reader_may_see(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        entry = create_listed(stack, NODE, **open_entry())
        code = entry["identifier"]
        database = register(stack, "gov_database", entries_stored=[code])
        system = register(
            stack,
            "app_system",
            databases=[database["identifier"]],
            entries_used=[code],
            entries_produced=[code, OTHER_NODE],
        )
        item = register(stack, "collection_item", entries=[code])
        hidden = register(stack, "permit_type", entries=[code])
        shown = register(stack, "permit_type", entries=[code], open_to_public="1")
        register(stack, "permit_type", entries=[code], state="draft")

        def named_by(site: RemoteCKAN, record: dict[str, Any]) -> list[tuple[str, str]]:
            rows = site.action.fjgov_link_list(id=record["id"])["named_by"]
            return [(row["relation"], row["identifier"]) for row in rows]

        staff, anybody = client(stack, NODE, "staff"), client(stack, NODE, ANONYMOUS)
        assert named_by(staff, entry) == [
            ("collected_by", item["identifier"]),
            ("stored_in", database["identifier"]),
            ("produced_by", system["identifier"]),
            ("used_by", system["identifier"]),
            ("certified_with", hidden["identifier"]),
            ("certified_with", shown["identifier"]),
        ]
        assert named_by(anybody, entry) == [("certified_with", shown["identifier"])]
        assert named_by(staff, database) == [("used_by_systems", system["identifier"])]
        names = staff.action.fjgov_link_list(id=system["name"])["names"]
        assert [(row["relation"], row["identifier"], bool(row["title"])) for row in names] == [
            ("databases", database["identifier"], True),
            ("entries_produced", code, True),
            ("entries_produced", OTHER_NODE, False),
            ("entries_used", code, True),
        ]
        for action in ({"id": system["id"]}, {"id": database["name"]}):
            with pytest.raises(NotAuthorized):
                anybody.action.fjgov_link_list(**action)
        registrar.action.package_delete(id=system["id"])
        assert ("used_by", system["identifier"]) not in named_by(staff, entry)

    def test_what_is_closed_later_is_named_without_its_title(
        self, stack: StackInfo, registrar: RemoteCKAN
    ) -> None:
        entry = create_listed(stack, NODE, **open_entry())
        permit = register(stack, "permit_type", entries=[entry["identifier"]], open_to_public="1")
        anybody = client(stack, NODE, ANONYMOUS)
        [row] = anybody.action.fjgov_link_list(id=permit["id"])["names"]
        assert row["title"] == entry["title"]
        registrar.action.package_patch(
            id=entry["id"],
            share_type="3",
            open_to_public="0",
            legal_basis=[
                {"title": "示例条例", "number": "示例1号", "clause": "第一条", "statement": "示例"}
            ],
        )
        [row] = anybody.action.fjgov_link_list(id=permit["id"])["names"]
        assert (row["identifier"], row["title"], row["unit"]) == (entry["identifier"], None, None)


class TestPages:
    def text_of(self, stack: StackInfo, role: str, path: str) -> tuple[int, str]:
        headers = {}
        if role != ANONYMOUS:
            headers["Authorization"] = stack.credentials[NODE][role]["token"]
        answer = requests.get(f"{stack.urls[NODE]}{path}", headers=headers, timeout=60)
        return answer.status_code, answer.text

    @pytest.mark.parametrize("record_type", TYPES)
    def test_list_and_record_of_a_directory(self, stack: StackInfo, record_type: str) -> None:
        record = register(stack, record_type)
        staff = client(stack, NODE, "staff")
        assert eventually(lambda: found_by(staff, record, fq=f"dataset_type:{record_type}"))
        title, index = record["title"], f"/directory/{record_type}/"
        label = directories()[record_type].label_zh
        for path in (f"{index}?q={title}", f"{index}{record['name']}"):
            status, text = self.text_of(stack, "staff", path)
            assert status == 200
            assert title in text
            assert label in text
        status, text = self.text_of(stack, ANONYMOUS, f"{index}?q={title}")
        assert status == 200
        assert record["name"] not in text
        assert self.text_of(stack, ANONYMOUS, f"{index}{record['name']}")[0] == 404
        assert self.text_of(stack, "staff", "/directory/")[1].count(label) == 1

    def test_an_entry_shows_what_names_it_as_a_list_and_a_drawing(self, stack: StackInfo) -> None:
        entry = create_listed(stack, NODE, **open_entry())
        system = register(stack, "app_system", entries_produced=[entry["identifier"]])
        status, text = self.text_of(stack, "staff", f"/dataset/{entry['name']}")
        assert status == 200
        assert f"/directory/app_system/{system['name']}" in text
        assert "产生系统" in text
        assert '<svg class="fj-diagram"' in text
        status, text = self.text_of(stack, ANONYMOUS, f"/dataset/{entry['name']}")
        assert status == 200
        assert system["title"] not in text
        assert "fj-diagram" not in text

    @pytest.mark.parametrize("path", ["/directory/dataset/", "/directory/none/", "/directory/x/y"])
    def test_what_is_no_directory_is_not_found(self, stack: StackInfo, path: str) -> None:
        assert self.text_of(stack, "staff", path)[0] == 404
