"""Import and export by action and command: who may, what is written, what comes back."""

from __future__ import annotations

import base64
import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.importing.template import template_mapping
from ckanext.fjgov.core.importing.writer import ExportEntry, write_csv
from tests.factories import make_entry
from tests.integration.api import (
    client,
    create_listed,
    entry_for,
    other_unit,
    unique_title,
    unit_of,
)
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
SCHEMA = load_schema("catalog_entry.yaml")
TEMPLATE = template_mapping(SCHEMA, "csv")


def unit(stack: StackInfo, name: str = "") -> dict[str, Any]:
    site = client(stack, NODE, "staff")
    return dict(site.action.organization_show(id=name or unit_of(stack, NODE)))


def sheet(owner: dict[str, Any], *entries: dict[str, Any], action: str = "") -> str:
    """Give a CSV in the form of the template; `action` fills the column 操作."""
    rows = [ExportEntry(owner["title"], owner["uscc"], entry) for entry in entries]
    text = "".join(write_csv(rows, TEMPLATE))
    if not action:
        return text
    lines = list(csv.reader(io.StringIO(text.removeprefix("﻿"))))
    out = io.StringIO()
    csv.writer(out).writerows([lines[0], *([*line[:-1], action] for line in lines[1:])])
    return out.getvalue()


def run(site: RemoteCKAN, text: str, *, dry_run: bool = True, **more: Any) -> dict[str, Any]:
    content = base64.b64encode(text.encode("utf-8")).decode("ascii")
    answer = site.action.fjgov_import_run(content=content, dry_run=dry_run, **more)
    return dict(answer)


def new_entry(**changes: Any) -> dict[str, Any]:
    # Identifier and date of listing are the node's to give.
    values = {"title": unique_title(), "provider_code": None, "identifier": None} | changes
    return make_entry(**values)


def messages(report: dict[str, Any], row: int = 0) -> list[str]:
    return [
        f"[{item['rule']}] {item['zh']} / {item['en']}"
        for item in report["rows"][row]["findings"]
        if item["severity"] == "error"
    ]


def test_the_operator_imports_changes_and_withdraws(stack: StackInfo) -> None:
    operator = client(stack, NODE, "platform_operator")
    owner, entry = unit(stack), new_entry()
    assert run(operator, sheet(owner, entry))["totals"]["listed"] == 1

    first = run(operator, sheet(owner, entry), dry_run=False)
    assert first["totals"] | {"listed": 1} == first["totals"], first["rows"]
    identifier = first["rows"][0]["identifier"]
    name = identifier.lower().replace("/", "-")
    shown = client(stack, NODE, "registrar").action.package_show(id=name)
    assert (shown["title"], shown["state"]) == (entry["title"], "active")
    assert shown["organization"]["name"] == owner["name"]
    assert sorted(tag["name"] for tag in shown["tags"]) == sorted(entry["tag_string"].split(","))
    assert [item["name"] for item in shown["items"]] == [item["name"] for item in entry["items"]]
    assert wait_for(operator, identifier) == 1

    again = run(operator, sheet(owner, {**entry, "identifier": identifier}), dry_run=False)
    assert again["totals"]["unchanged"] == 1, again["rows"]

    notes = entry["notes"] + "另有发放月份。"
    changed = {**entry, "identifier": identifier, "notes": notes, "tag_string": "低保"}
    second = run(operator, sheet(owner, changed), dry_run=False)
    assert second["rows"][0]["changed"] == ["notes", "tag_string"]
    after = client(stack, NODE, "registrar").action.package_show(id=name)
    assert after["notes"] == notes
    assert [tag["name"] for tag in after["tags"]] == ["低保"]
    assert [item["id"] for item in after["items"]] == [item["id"] for item in shown["items"]]

    third = run(operator, sheet(owner, changed, action="撤销"), dry_run=False)
    assert third["totals"]["removed"] == 1, third["rows"]
    with pytest.raises((NotFound, NotAuthorized)):
        client(stack, NODE).action.package_show(id=name)
    assert wait_for(operator, identifier, 0) == 0


def test_a_refused_row_leaves_the_others(stack: StackInfo) -> None:
    operator = client(stack, NODE, "platform_operator")
    good, bad = new_entry(), new_entry(notes=None)
    report = run(operator, sheet(unit(stack), good, bad), dry_run=False)
    assert [row["outcome"] for row in report["rows"]] == ["listed", "refused"]
    with pytest.raises(ValidationError) as refused:
        client(stack, NODE, "registrar").action.package_create(
            **entry_for(unit_of(stack, NODE), notes=None, state="active")
        )
    assert messages(report, 1) == refused.value.error_dict["notes"]


def test_a_registrar_tries_a_file_of_the_own_unit_only(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    own, other = unit(stack), unit(stack, other_unit(stack, NODE))
    assert run(registrar, sheet(own, new_entry()))["totals"]["listed"] == 1
    report = run(registrar, sheet(other, new_entry()))
    assert [finding["rule"] for finding in report["rows"][0]["findings"]] == ["IM21"]
    with pytest.raises(NotAuthorized):
        run(registrar, sheet(own, new_entry()), dry_run=False)


@pytest.mark.parametrize("role", ["anonymous", "staff", "info_manager"])
def test_nobody_else_may_import_or_try(stack: StackInfo, role: str) -> None:
    with pytest.raises(NotAuthorized):
        run(client(stack, NODE, role), sheet(unit(stack), new_entry()))


def test_a_file_that_cannot_be_used_is_refused_as_a_whole(stack: StackInfo) -> None:
    operator = client(stack, NODE, "platform_operator")
    for text in ("", "名称,未知列\n甲,乙\n", "%PDF-1.4"):
        with pytest.raises(ValidationError):
            run(operator, text, dry_run=False)
    with pytest.raises(ValidationError):
        operator.action.fjgov_import_run(content="***", dry_run=True)


def test_a_saved_import_uses_the_profile_of_the_node(stack: StackInfo) -> None:
    operator = client(stack, NODE, "platform_operator")
    text = sheet(unit(stack), new_entry(notes=None))
    assert run(operator, text, profile="inventory")["totals"]["listed"] == 1
    assert run(operator, text, profile="inventory", dry_run=False)["totals"]["refused"] == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_read_back_without_a_change(
    stack: StackInfo, tmp_path: Path, form: str
) -> None:
    operator = client(stack, NODE, "platform_operator")
    path = tmp_path / f"export.{form}"
    assert (
        ckan(stack, "fjgov", "export", "--format", form, "--out", str(path), key=NODE).returncode
        == 0
    )
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    report = operator.action.fjgov_import_run(content=content, dry_run=True)
    assert len(report["rows"]) >= 40
    assert report["totals"]["refused"] == report["totals"]["listed"] == 0
    differing = [(row["title"], row["changed"]) for row in report["rows"] if row["changed"]]
    assert differing == []


def test_an_export_shows_what_the_reader_may_see(stack: StackInfo) -> None:
    secret = f"只限内部{time.time_ns()}"
    entry = create_listed(
        stack,
        NODE,
        contact=[{"name": secret, "telephone": "0591-00000000"}],
        resources=[{"name": "接口", "url": f"https://data.example/{time.time_ns()}"}],
    )
    wait_for(client(stack, NODE, "registrar"), entry["identifier"])
    texts = {
        role: client(stack, NODE, role).action.fjgov_entry_export()["content"]
        for role in ("anonymous", "staff", "registrar")
    }
    assert secret in texts["registrar"]
    assert secret not in texts["anonymous"]
    assert "data.example" not in "".join(texts.values())
    assert entry["identifier"] in texts["staff"]


def test_drafts_are_not_exported(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    draft = registrar.action.package_create(**entry_for(unit_of(stack, NODE)))
    time.sleep(2)
    exported = registrar.action.fjgov_entry_export(unit=unit_of(stack, NODE))
    assert draft["identifier"] not in exported["content"]
    assert exported["count"] > 0


def wait_for(site: RemoteCKAN, identifier: str, wanted: int = 1) -> int:
    """Poll the index, which follows within two seconds; give the number of entries found."""
    for _ in range(30):
        count = int(site.action.package_search(q=f'identifier:"{identifier}"')["count"])
        if count == wanted:
            break
        time.sleep(0.1)
    return count
