"""Where the review meets other ways: first loads, the yearly maintenance, overtaken cases."""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    entry_for,
    list_entry,
    logged,
    new_account,
    outcome,
    overridden,
    sql,
    unit_of,
)
from tests.integration.reviewing import (
    NODE,
    REQUIRED,
    cases_of,
    last_event,
    state_of,
)
from tests.integration.stack_env import StackInfo
from tests.integration.test_import_actions import new_entry, run, sheet, unit

YEAR = date.today().year


@pytest.fixture(scope="module")
def required(stack: StackInfo) -> Iterator[StackInfo]:
    with overridden(stack, NODE, REQUIRED):
        yield stack


# --- cases that are overtaken while no review is required -------------------------------------


@pytest.mark.parametrize("stage", ["draft", "returned"])
def test_listing_past_an_open_review_ends_its_case(stack: StackInfo, stage: str) -> None:
    entry = create_entry(stack, NODE)
    registrar, reviewer = (client(stack, NODE, role) for role in ("registrar", "reviewer"))
    case = registrar.action.fjgov_entry_submit(id=entry["id"])
    if stage == "draft":
        registrar.action.fjgov_entry_recall(id=entry["id"])
    else:
        reviewer.action.fjgov_entry_return(id=entry["id"], reason="示例：请补充")
    assert state_of(stack, entry) == (stage, "draft")
    list_entry(registrar, entry["id"])
    assert state_of(stack, entry) == ("overtaken", "active")
    name, user, reason = last_event(stack, entry)
    who = stack.credentials[NODE]["registrar"]["user"]
    assert (name, user) == ("overtake", "system")
    assert who in reason
    assert "直接发布" in reason
    shown = registrar.action.fjgov_case_show(number=case["number"])
    assert (shown["steps"], shown["timeline"][-1]["reason"]) == ([], reason)
    rows = registrar.action.fjgov_notice_list(limit=100)["results"]
    assert any(row["number"] == case["number"] and row["event"] == "overtake" for row in rows)
    # The next revision begins where the entry stands, with a case of its own.
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    assert cases_of(stack, entry) == [("overtaken", "active"), ("revising", "active")]


@pytest.mark.parametrize("way", ["withdrawn", "unlisted", "batch"])
def test_a_revision_of_an_entry_that_leaves_the_catalog_ends_with_it(
    stack: StackInfo, way: str
) -> None:
    entry = create_listed(stack, NODE)
    registrar = client(stack, NODE, "registrar")
    registrar.action.fjgov_revision_save(id=entry["id"], changes={"frequency": "5"})
    if way == "withdrawn":
        registrar.action.package_delete(id=entry["id"])
    elif way == "unlisted":
        registrar.action.package_patch(id=entry["id"], state="draft")
    else:
        told = registrar.action.fjgov_entry_register(entries=[{**entry, "state": "draft"}])
        assert [row["status"] for row in told["results"]] == ["updated"]
    after = "deleted" if way == "withdrawn" else "draft"
    assert state_of(stack, entry) == ("overtaken", after)
    assert sql(stack, NODE, "SELECT 1 FROM fjgov_revision WHERE package_id = %s", entry["id"]) == []


def test_a_change_that_leaves_the_state_ends_no_case(stack: StackInfo) -> None:
    entry = create_entry(stack, NODE)
    registrar = client(stack, NODE, "registrar")
    registrar.action.fjgov_entry_submit(id=entry["id"])
    registrar.action.fjgov_entry_recall(id=entry["id"])
    registrar.action.package_patch(id=entry["id"], frequency="5")
    assert state_of(stack, entry) == ("draft", "draft")


def test_a_purge_ends_the_case_of_a_draft(stack: StackInfo) -> None:
    entry = create_entry(stack, NODE)
    registrar = client(stack, NODE, "registrar")
    registrar.action.fjgov_entry_submit(id=entry["id"])
    registrar.action.fjgov_entry_recall(id=entry["id"])
    client(stack, NODE, "sysadmin").action.dataset_purge(id=entry["id"])
    assert cases_of(stack, entry) == [("overtaken", None)]


# --- first loads -----------------------------------------------------------------------------


def audited(stack: StackInfo, event: str) -> int:
    [row] = sql(stack, NODE, "SELECT count(*) FROM fjgov_audit WHERE event = %s", event)
    return int(row[0])


def command(stack: StackInfo, *words: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "ckan")
    return subprocess.run(
        [program, "-c", str(stack.inis[NODE]), "fjgov", *words],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def entry_called(stack: StackInfo, title: str) -> tuple[str, str]:
    [row] = sql(stack, NODE, "SELECT id, state FROM package WHERE title = %s", title)
    return row[0], row[1]


def test_samples_were_listed_as_a_first_load_that_the_audit_names(stack: StackInfo) -> None:
    assert audited(stack, "first_load") >= 1


def test_an_import_makes_drafts_and_a_first_load_lists_by_a_decision_in_the_audit(
    required: StackInfo, tmp_path: Path
) -> None:
    owner, path = unit(required), tmp_path / "rows.csv"
    plain, loaded = new_entry(), new_entry()
    for entry, flags in ((plain, ()), (loaded, ("--first-load",))):
        path.write_text(sheet(owner, entry), encoding="utf-8")
        before = audited(required, "first_load")
        done = command(required, "import", str(path), *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        assert audited(required, "first_load") == before + len(flags)
    assert entry_called(required, plain["title"])[1] == "draft"
    entry_id, state = entry_called(required, loaded["title"])
    assert state == "active"
    # What is listed is changed by its review only, by a first load neither.
    path.write_text(sheet(owner, {**loaded, "notes": "第二次导入的示例摘要内容"}), encoding="utf-8")
    done = command(required, "import", str(path), "--first-load")
    assert done.returncode == 1
    site = client(required, NODE, "registrar")
    assert site.action.package_show(id=entry_id)["notes"] == loaded["notes"]
    assert cases_of(required, {"id": entry_id}) == []


@pytest.mark.parametrize("role", ["platform_operator", "registrar", "digital_office", "anonymous"])
def test_a_first_load_by_the_interface_is_for_technicians(required: StackInfo, role: str) -> None:
    content = base64.b64encode(sheet(unit(required), new_entry()).encode()).decode("ascii")
    wanted = {"content": content, "dry_run": False, "first_load": True}
    told = outcome(client(required, NODE, role), "fjgov_import_run", **wanted)
    assert told == "NotAuthorized"


# --- the yearly maintenance ------------------------------------------------------------------


def new_unit(stack: StackInfo) -> str:
    """Give the name of a fresh unit of the city under its digital office."""
    site = client(stack, NODE, "sysadmin")
    digits = "".join(str(int(digit, 16) % 10) for digit in uuid.uuid4().hex[:4])
    code = make_uscc("11", "350100", f"MC8{digits}2")
    office = site.action.organization_show(id=unit_of(stack, NODE, "digital_office"))
    row = {"uscc": office["uscc"], "name": office["title"], "valid_from": "2020-01-01"}
    unit = site.action.organization_create(
        title=f"福州市示例单位{uuid.uuid4().hex[:6]}",
        name=f"u-{code.lower()}",
        uscc=code,
        unit_type="organ",
        division="350100",
        level="city",
        competent_office=[row],
    )
    return str(unit["name"])


def opened(stack: StackInfo, number: int) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Open the year's maintenance of a unit of its own over some listed entries."""
    name = new_unit(stack)
    roles = ("registrar", "reviewer", "unit_lead")
    people = {role: new_account(stack, NODE, name, role) for role in roles}
    entries = []
    for _ in range(number):
        entry = people["registrar"].action.package_create(**entry_for(name))
        people["registrar"].action.fjgov_entry_submit(id=entry["id"])
        people["reviewer"].action.fjgov_entry_approve(id=entry["id"], list=True)
        entries.append(people["registrar"].action.package_show(id=entry["id"]))
    people["registrar"].action.fjgov_maintenance_open(unit=name)
    return name, people, entries


def test_the_maintenance_withdraws_by_the_step_of_the_case(required: StackInfo) -> None:
    name, people, (keep, drop, merge) = opened(required, 3)

    def decide(role: str, entry: dict[str, Any], decision: str, **more: str) -> dict[str, Any]:
        told = people[role].action.fjgov_maintenance_decide(
            unit=name, decisions=[{"id": entry["id"], "decision": decision, **more}]
        )
        return dict(told["results"][0])

    refused = decide("registrar", drop, "withdraw", note="业务取消")
    assert not refused["done"]
    assert "目录审核人员" in str(refused["errors"])
    assert state_of(required, drop) == ("listed", "active")
    shown = people["unit_lead"].action.fjgov_maintenance_show(unit=name)
    assert {row["state"] for row in shown["entries"] if row["id"] == drop["id"]} == {"pending"}

    done = decide("reviewer", drop, "withdraw", note="业务取消")
    assert (done["done"], done["state"]) == (True, "withdrawn")
    assert state_of(required, drop) == ("withdrawn", "deleted")
    event, _user, reason = last_event(required, drop)
    assert (event, reason) == ("withdraw", f"{YEAR}年度目录维护：撤销；业务取消")

    done = decide("reviewer", merge, "merge", merged_into=keep["identifier"])
    assert (done["done"], done["state"]) == (True, "merged")
    assert state_of(required, merge) == ("withdrawn", "deleted")
    assert keep["identifier"] in last_event(required, merge)[2]
    logged(required, NODE, merge["identifier"])
    row = sql(
        required, NODE, "SELECT op, replaced_by FROM fjgov_change WHERE key = %s",
        merge["identifier"],
    )  # fmt: skip
    assert row == [("del", keep["identifier"])]


def test_a_first_load_leaves_alone_what_is_being_reviewed(required: StackInfo) -> None:
    entry = create_entry(required, NODE)
    client(required, NODE, "registrar").action.fjgov_entry_submit(id=entry["id"])
    text = sheet(unit(required), {**entry, "notes": "建库导入的另一示例摘要内容"})
    technician = client(required, NODE, "sysadmin")
    report = run(technician, text, dry_run=False, first_load=True)
    assert [row["outcome"] for row in report["rows"]] == ["refused"]
    assert state_of(required, entry) == ("submitted", "draft")
