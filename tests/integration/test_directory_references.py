"""References between the directories: what may be named, what that holds fast, and links."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from tests.integration.api import (
    ANONYMOUS,
    client,
    create_entry,
    create_listed,
    new_account,
    open_entry,
    other_unit,
    outcome,
    sql,
)
from tests.integration.directory_records import record_for, register
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
NOTHING_HERE = "35100/999999"
OTHER_NODE = "35200/999999"
NOBODYS = "99999/000001"
ENTRY_FIELDS = frozenset(load_schema(ENTRY_SCHEMA).by_name) - {"name", "home_modified"} | {"id"}


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
