"""Workbooks of the directories beside the entries on a running site, where a review is required."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ckanext.fjgov.core.catalog.directories import directories
from tests.factories import DIRECTORY_RECORDS
from tests.integration.api import (
    client,
    create_entry,
    eventually,
    other_unit,
    outcome,
    unique_title,
)
from tests.integration.collecting import confirmed, pull, unique_item
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo
from tests.integration.uploading import checked, ids_of, imported
from tests.integration.workbooks import filled_directory, saved

NODE = "fuzhou"
KINDS = pytest.mark.parametrize("kind", directories())
# (directory, field, value that is wrong, rule that says so); a field of rows with its column.
WRONG = [
    ("collection_item", "business_object", "nobody", "C1"),
    ("collection_item", "items.name", "", "R9"),
    ("collection_item", "entries", "35100/999999", "X1"),
    ("gov_database", "database_kind", "base", "B1"),
    ("gov_database", "stored_gb", "12 GB", "F1"),
    ("gov_database", "entries_stored", "35100/999999", "X1"),
    ("app_system", "environment", "nowhere", "C1"),
    ("app_system", "environment", "政务 云", "IM03"),
    ("app_system", "databases", "35100/999999", "X1"),
    ("app_system", "launched_on", "2026年", "D1"),
    ("permit_type", "holder_object", "", "C0"),
    ("permit_type", "legal_basis.number", "", "C0"),
    ("permit_type", "entries", "not-a-code", "X1"),
]

pytestmark = pytest.mark.usefixtures("review_required")


def record_of(kind: str, **changes: Any) -> dict[str, Any]:
    """Give a record with a title of its own, as its unit states it."""
    record = {**DIRECTORY_RECORDS[kind], "title": unique_title(), "is_sample": "1", **changes}
    return {name: value for name, value in record.items() if name != "provider_code"}


def broken(kind: str, place: str, value: str) -> dict[str, Any]:
    """Give a record that is wrong in one place."""
    field, _, column = place.partition(".")
    if column:
        row = {"name": "示例", "title": "示例规定", "number": "示例1号", "clause": "第一条"}
        names = {one.name for one in directories()[kind].field(field).subfields}
        rows = [{name: row[name] for name in row if name in names} | {column: value}]
        rows[0]["description" if "description" in names else "statement"] = "示例说明"
        return record_of(kind, **{field: rows})
    return record_of(kind, **{field: value})


@KINDS
def test_a_workbook_goes_all_the_way_and_comes_back(stack: StackInfo, kind: str) -> None:
    registrar, reviewer = client(stack, NODE, "registrar"), client(stack, NODE, "reviewer")
    record, wrong = record_of(kind), record_of(kind)
    coded = next(f for f in directories()[kind].fields if f.kind == "code" and f.obligation == "M")
    wrong[coded.name] = "nothing"

    # A workbook with an error: one row could go in, the other is named with its cell.
    tried = checked(stack, registrar, filled_directory(stack, kind, [record, wrong]), kind)
    assert (tried["counts"]["listed"], tried["counts"]["refused"]) == (1, 1), tried["report"]
    [finding] = [one for one in tried["report"]["rows"][1]["findings"] if one["rule"] == "C1"]
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(tried["marked"])))
    cell = book[finding["sheet"]][finding["cell"]]
    assert (finding["sheet"], cell.value) == (directories()[kind].label_zh, "nothing")
    assert "C1" in cell.comment.text
    cell.value = DIRECTORY_RECORDS[kind][coded.name]

    ready = checked(stack, registrar, saved(book), kind)
    assert (ready["state"], ready["counts"]["listed"]) == ("checked", 2), ready["report"]
    assert (ready["directory"], ready["unit"]) == (kind, tried["unit"])
    done = imported(registrar, ready)
    assert (done["state"], done["counts"]["listed"]) == ("imported", 2), done["report"]
    one, two = ids_of(registrar, done)
    shown = registrar.action.package_show(id=one)
    assert (shown["type"], shown["state"]) == (kind, "draft")
    stated = {name: shown.get(name) for name in record if name not in ("owner_org", "items")}
    assert stated == {name: value for name, value in record.items() if name in stated}
    assert imported(registrar, ready)["counts"]["unchanged"] == 2

    # Reviewed and listed, exported, imported again: nothing changes.
    assert registrar.action.fjgov_entry_submit(ids=[one, two])["done"] == 2
    listed = reviewer.action.fjgov_entry_approve(ids=[one, two], list=True)
    assert [row["state"] for row in listed["results"]] == ["listed", "listed"]
    code = shown["identifier"]
    eventually(lambda: registrar.action.package_search(q=f'identifier:"{code}"')["count"])
    export = registrar.action.fjgov_entry_export(format="xlsx", directory=kind, unit=ready["unit"])
    data = base64.b64decode(export["content"])
    back = checked(stack, registrar, data, kind)
    assert back["counts"]["unchanged"] == export["count"] >= 2, back["report"]

    # A changed row of what is listed becomes its revision, and says the same the second time.
    rows = [{**record, "notes": "另一说明"}]
    changed = checked(stack, registrar, filled_directory(stack, kind, rows), kind)
    assert changed["report"]["rows"][0]["changed"] == ["notes"]
    assert imported(registrar, changed)["counts"]["changed"] == 1
    assert registrar.action.package_show(id=one).get("notes") == record.get("notes")
    revision = reviewer.action.fjgov_revision_show(id=one)
    assert [(row["field"], row["after"]) for row in revision["diff"]] == [("notes", "另一说明")]
    assert imported(registrar, changed)["counts"]["unchanged"] == 1
    registrar.action.fjgov_entry_submit(id=one)
    reviewer.action.fjgov_entry_approve(id=one, list=True)
    assert registrar.action.package_show(id=one)["notes"] == "另一说明"


@pytest.mark.parametrize(("kind", "place", "value", "rule"), WRONG)
def test_what_is_wrong_is_told_in_its_cell(
    stack: StackInfo, kind: str, place: str, value: str, rule: str
) -> None:
    registrar = client(stack, NODE, "registrar")
    data = filled_directory(stack, kind, [broken(kind, place, value)])
    told = registrar.action.fjgov_import_run(
        content=base64.b64encode(data).decode(), directory=kind, marked=True
    )
    assert told["totals"]["refused"] == 1, told["rows"]
    found = [one for one in told["rows"][0]["findings"] if one["severity"] == "error"]
    schema = directories()[kind]
    field, _, column = place.partition(".")
    sheet = schema.field(field).label_zh if column else schema.label_zh
    places = {(one["rule"], one["sheet"]) for one in found}
    assert (rule, sheet) in places, found
    [cell] = [one["cell"] for one in found if (one["rule"], one["sheet"]) == (rule, sheet)][:1]
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(told["marked"])))
    assert rule in book[sheet][cell].comment.text


def test_rows_of_another_unit_are_refused(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    book = openpyxl.load_workbook(
        io.BytesIO(filled_directory(stack, "app_system", [record_of("app_system")]))
    )
    schema = directories()["app_system"]
    other = registrar.action.organization_show(id=other_unit(stack, NODE))["title"]
    heads = [cell.value for cell in book[schema.label_zh][1]]
    unit = next(n for n, head in enumerate(heads, 1) if head.startswith("主管单位（"))
    book[schema.label_zh].cell(2, unit).value = other
    tried = checked(stack, registrar, saved(book), "app_system")
    assert tried["counts"]["refused"] == 1
    [row] = tried["report"]["rows"]
    assert [one["rule"] for one in row["findings"]] == ["IM21"]


def test_a_workbook_of_another_directory_is_not_taken(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    data = filled_directory(stack, "app_system", [record_of("app_system")])
    tried = checked(stack, registrar, data, "gov_database")
    assert tried["state"] == "refused"
    assert "政务应用系统目录的登记簿" in tried["problem"]
    for call in ("fjgov_import_run", "fjgov_upload_create"):
        more = {"unit": tried["unit"]} if call == "fjgov_upload_create" else {}
        content = base64.b64encode(data).decode()
        told = outcome(registrar, call, content=content, directory="group", **more)
        assert told == "ValidationError"
    assert outcome(registrar, "fjgov_template_show", directory="unit") == "ValidationError"


def test_a_draft_of_ones_own_is_named_once_it_is_listed(stack: StackInfo) -> None:
    registrar, reviewer = client(stack, NODE, "registrar"), client(stack, NODE, "reviewer")
    entry = create_entry(stack, NODE)
    book = filled_directory(stack, "permit_type", [
        record_of("permit_type", entries=[entry["identifier"]])
    ])  # fmt: skip
    tried = checked(stack, registrar, book, "permit_type")
    [row] = tried["report"]["rows"]
    assert [one["rule"] for one in row["findings"] if one["severity"] == "error"] == ["X2"]
    registrar.action.fjgov_entry_submit(id=entry["id"])
    reviewer.action.fjgov_entry_approve(id=entry["id"], list=True)
    done = imported(registrar, checked(stack, registrar, book, "permit_type"))
    [permit] = ids_of(registrar, done)
    links = registrar.action.fjgov_link_list(id=permit)["names"]
    assert [link["identifier"] for link in links] == [entry["identifier"]]


def test_the_commands_take_a_directory(stack: StackInfo, tmp_path: Path) -> None:
    empty, filled, table = (tmp_path / name for name in ("empty.xlsx", "filled.xlsx", "t.csv"))
    named = ("--directory", "permit_type")
    made = ckan(stack, "fjgov", "template", *named, "--out", str(empty), key=NODE)
    assert made.returncode == 0, made.stderr
    assert "证照目录" in openpyxl.load_workbook(empty).sheetnames
    wrong = record_of("permit_type", validity_kind="forever")
    filled.write_bytes(filled_directory(stack, "permit_type", [record_of("permit_type"), wrong]))
    tried = ckan(
        stack, "fjgov", "import", str(filled), *named, "--dry-run", "--problems", str(table),
        "--json", key=NODE,
    )  # fmt: skip
    assert tried.returncode == 1, tried.stderr
    totals = json.loads(tried.stdout)["totals"]
    assert (totals["listed"], totals["refused"]) == (1, 1)
    assert '"证照目录",' in table.read_text("utf-8")
    # A mapping file or XML speaks of entries, and a workbook of its own directory.
    refused = ckan(stack, "fjgov", "import", str(filled), "--dry-run", key=NODE)
    assert refused.returncode == 2, refused.stdout
    assert "证照目录的登记簿" in refused.stderr


def test_what_another_unit_holds_is_told_before_it_is_registered(stack: StackInfo) -> None:
    name = unique_item()
    held = confirmed(stack, [name])
    pull(stack, NODE)
    record = record_of("collection_item", business_object="vehicle", items=[{"name": name}])
    data = filled_directory(stack, "collection_item", [record])
    tried = checked(stack, client(stack, NODE, "registrar"), data, "collection_item")
    assert tried["counts"]["listed"] == 1
    [row] = tried["report"]["rows"]
    [told] = [one for one in row["findings"] if one["rule"] == "X5"]
    assert (told["severity"], told["sheet"]) == ("warning", "政务信息采集目录")
    assert held["identifier"] in told["zh"]


def test_what_officials_only_may_see_is_in_no_export_for_others(stack: StackInfo) -> None:
    for kind, schema in directories().items():
        count = client(stack, NODE).action.fjgov_entry_export(directory=kind)["count"]
        assert schema.audience == "open" or count == 0, kind
