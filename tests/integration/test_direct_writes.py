"""Direct writes to listed entries where a review is required: kept beside, shown as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from ckanapi import RemoteCKAN

from tests.factories import make_directory_record
from tests.integration.api import (
    client,
    create_entry,
    eventually,
    logged,
    new_account,
    no_party,
    outcome,
    overridden,
    refusal,
    unique_title,
    unit_of,
)
from tests.integration.reviewing import (
    NODE,
    REQUIRED,
    cases_of,
    list_revision,
    listed,
    state_of,
)
from tests.integration.stack_env import StackInfo

ADDRESS = "http://192.0.2.31/rows"
ROWS = [
    {"name": "库表", "format": "CSV", "url": ADDRESS},
    {"name": "接口", "url": ADDRESS + "?api"},
]
Call = Callable[[RemoteCKAN, dict[str, Any]], Any]


@pytest.fixture(scope="module", autouse=True)
def _review_required(stack: StackInfo) -> Iterator[None]:
    with overridden(stack, NODE, REQUIRED):
        yield


@pytest.fixture
def registrar(stack: StackInfo) -> RemoteCKAN:
    return client(stack, NODE, "registrar")


def candidate(site: RemoteCKAN, entry: dict[str, Any]) -> dict[str, Any]:
    return dict(site.action.fjgov_revision_show(id=entry["id"])["candidate"])


def names(entry: dict[str, Any]) -> list[str]:
    return [row["name"] for row in entry["resources"]]


def addresses(site: RemoteCKAN, entry: dict[str, Any]) -> list[str]:
    rows = site.action.fjgov_address_show(id=entry["id"])["addresses"]
    return sorted(row["address"] for row in rows if row["field"] == "url")


# way -> the call, and what the candidate says then.
WAYS: dict[str, tuple[Call, Callable[[dict[str, Any]], Any], Any]] = {
    "patch": (
        lambda site, entry: site.action.package_patch(id=entry["id"], frequency="5"),
        lambda found: found["frequency"],
        "5",
    ),
    "update": (
        lambda site, entry: site.action.package_update(**{**entry, "frequency": "5"}),
        lambda found: found["frequency"],
        "5",
    ),
    "revise": (
        lambda site, entry: site.action.package_revise(
            match={"id": entry["id"], "title": entry["title"]}, update={"frequency": "5"}
        )["package"],
        lambda found: found["frequency"],
        "5",
    ),
    "resource_create": (
        lambda site, entry: site.action.resource_create(
            package_id=entry["id"], name="文件", url=ADDRESS + "?file"
        ),
        names,
        ["库表", "接口", "文件"],
    ),
    "resource_update": (
        lambda site, entry: site.action.resource_update(
            **{**entry["resources"][0], "name": "新名称"}
        ),
        names,
        ["新名称", "接口"],
    ),
    "resource_patch": (
        lambda site, entry: site.action.resource_patch(
            id=entry["resources"][1]["id"], name="新名称"
        ),
        names,
        ["库表", "新名称"],
    ),
    "resource_delete": (
        lambda site, entry: site.action.resource_delete(id=entry["resources"][0]["id"]),
        names,
        ["接口"],
    ),
    "resource_reorder": (
        lambda site, entry: site.action.package_resource_reorder(
            id=entry["id"], order=[entry["resources"][1]["id"]]
        ),
        names,
        ["接口", "库表"],
    ),
    "register": (
        lambda site, entry: site.action.fjgov_entry_register(entries=[{**entry, "frequency": "5"}]),
        lambda found: found["frequency"],
        "5",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_keeps_a_revision_and_the_entry_stays(
    stack: StackInfo, registrar: RemoteCKAN, way: str
) -> None:
    call, look, wanted = WAYS[way]
    entry = listed(stack, resources=ROWS)
    before = logged(stack, NODE, entry["identifier"])
    call(registrar, entry)
    assert look(candidate(registrar, entry)) == wanted
    assert state_of(stack, entry) == ("revising", "active")
    shown = registrar.action.package_show(id=entry["id"])
    assert {**shown, "fjgov_findings": None} == {**entry, "fjgov_findings": None}
    assert logged(stack, NODE, entry["identifier"]) == before
    assert addresses(registrar, entry) == sorted(row["url"] for row in ROWS)
    list_revision(stack, entry)
    assert look(registrar.action.package_show(id=entry["id"])) == wanted
    assert logged(stack, NODE, entry["identifier"]) != before
    assert state_of(stack, entry) == ("listed", "active")


def test_search_and_rdf_stay_until_the_revision_is_listed(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack)
    title = unique_title("修订后的示例信息")
    registrar.action.package_patch(id=entry["id"], title=title)

    def found(words: str) -> int:
        return int(registrar.action.package_search(q=f'title:"{words}"')["count"])

    def turtle() -> str:
        address = f"{stack.urls[NODE]}/dataset/{entry['name']}.ttl"
        answer = requests.get(address, headers={"Authorization": registrar.apikey}, timeout=60)
        return answer.content.decode("utf-8")

    assert eventually(lambda: found(entry["title"])) == 1
    assert found(title) == 0
    assert title not in turtle()
    list_revision(stack, entry)
    assert eventually(lambda: found(title)) == 1
    assert title in eventually(turtle, lambda text: title in text)


def test_the_answer_is_the_candidate_and_names_its_case(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack, resources=ROWS)
    answer = registrar.action.package_patch(id=entry["id"], frequency="5")
    assert answer["frequency"] == "5"
    assert (answer["id"], answer["title"], answer["state"]) == (
        entry["id"], entry["title"], "active",
    )  # fmt: skip
    case = answer["fjgov_revision"]
    shown = registrar.action.fjgov_case_show(number=case["number"])
    assert (shown["state"], shown["version"]) == (case["state"], case["version"])
    assert case["state"] == "revising"
    assert shown["timeline"][-1]["payload"] == {"fields": ["frequency"]}
    # The whole answer can be sent back.
    again = registrar.action.package_update(**{**answer, "notes": "修订后的示例摘要内容"})
    assert (again["frequency"], again["notes"]) == ("5", "修订后的示例摘要内容")
    row = registrar.action.resource_create(package_id=entry["id"], name="文件", url=ADDRESS)
    assert (row["name"], "share" in row["url"], ADDRESS in str(row)) == ("文件", True, False)
    answer = registrar.action.package_patch(id=entry["id"], frequency="4")
    assert names(answer) == ["库表", "接口", "文件"]


def test_calls_one_after_another_build_on_the_revision(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack, resources=ROWS)
    registrar.action.package_patch(id=entry["id"], frequency="5")
    registrar.action.package_patch(id=entry["id"], notes="修订后的示例摘要内容")
    new = registrar.action.resource_create(package_id=entry["id"], name="文件", url=ADDRESS + "?3")
    registrar.action.resource_patch(id=new["id"], name="压缩文件")
    registrar.action.resource_delete(id=entry["resources"][0]["id"])
    registrar.action.package_revise(
        match={"id": entry["id"], "frequency": "5"}, update={"frequency": "6"}
    )
    registrar.action.resource_update(id=entry["resources"][1]["id"], name="服务接口", url=ADDRESS)
    gone = outcome(registrar, "resource_patch", id=entry["resources"][0]["id"], name="x")
    assert gone == "NotFound"
    shown = registrar.action.fjgov_revision_show(id=entry["id"])
    assert {row["field"] for row in shown["diff"]} == {"frequency", "notes", "resources"}
    assert names(shown["candidate"]) == ["服务接口", "压缩文件"]
    registrar.action.resource_delete(id=new["id"])
    list_revision(stack, entry)
    after = registrar.action.package_show(id=entry["id"])
    assert (after["frequency"], after["notes"]) == ("6", "修订后的示例摘要内容")
    assert names(after) == ["服务接口"]
    assert addresses(registrar, entry) == [ADDRESS]


def test_what_changes_nothing_opens_no_case(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack, resources=ROWS)
    case = cases_of(stack, entry)
    organization = entry["owner_org"]
    registrar.action.package_patch(id=entry["id"], frequency=entry["frequency"])
    registrar.action.package_update(**entry)
    registrar.action.package_patch(id=entry["id"], state="active")
    # The address as it is registered is no change either.
    registrar.action.resource_patch(id=entry["resources"][0]["id"], url=ADDRESS)
    technician = client(stack, NODE, "sysadmin")
    technician.action.bulk_update_public(datasets=[entry["id"]], org_id=organization)
    assert cases_of(stack, entry) == case
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"


def test_what_update_leaves_out_is_taken_away(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack, resources=ROWS)
    sent = {
        name: value
        for name, value in entry.items()
        if name not in ("use_limitation", "statement", "data_updated_at", "resources", "tags")
    }
    registrar.action.package_update(**sent, tag_string="示例关键字")
    found = candidate(registrar, entry)
    assert "data_updated_at" not in found
    assert names(found) == ["库表", "接口"]
    answer = registrar.action.package_patch(id=entry["id"], frequency="5")
    assert [tag["name"] for tag in answer["tags"]] == ["示例关键字"]
    assert answer["issued"] == entry["issued"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "示例机密★10年"},
        {"no_such_field": "x"},
        {"private": True},
        {"extras": [{"key": "free", "value": "x"}]},
        {"resources": [{"name": "x", "upload": "file"}]},
        {"identifier": "35100/999998"},
        {"state": "draft"},
        {"state": "deleted"},
    ],
    ids=str,
)
def test_what_no_revision_may_hold_is_refused(
    stack: StackInfo, registrar: RemoteCKAN, changes: dict[str, Any]
) -> None:
    entry = listed(stack)
    assert outcome(registrar, "package_patch", id=entry["id"], **changes) == "ValidationError"
    assert state_of(stack, entry) == ("listed", "active")
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"


def test_only_registrars_of_the_unit_keep_a_revision(stack: StackInfo) -> None:
    entry = listed(stack)
    people = {
        "reviewer": client(stack, NODE, "reviewer"),
        "lead": client(stack, NODE, "unit_lead"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "other unit": new_account(stack, NODE, no_party(stack, NODE), "registrar"),
        "ended": new_account(stack, NODE, unit_of(stack, NODE), "registrar", ended=True),
        "anonymous": client(stack, NODE),
    }
    for who, site in people.items():
        told = outcome(site, "package_patch", id=entry["id"], frequency="5")
        assert told == "NotAuthorized", who
        told = outcome(site, "resource_create", package_id=entry["id"], name="x", url=ADDRESS)
        assert told == "NotAuthorized", who
    assert state_of(stack, entry) == ("listed", "active")


def test_nothing_of_a_revision_shows_to_who_may_not_change_the_entry(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack)
    registrar.action.package_patch(id=entry["id"], frequency="5")
    stranger = new_account(stack, NODE, no_party(stack, NODE), "registrar")
    # `package_revise` compares before it asks for rights.
    told = {
        value: refusal(
            stranger.action.package_revise, match={"id": entry["id"], "frequency": value}, update={}
        )
        for value in ("5", entry["frequency"])
    }
    assert "match" in told["5"]
    assert "match" not in told[entry["frequency"]]


def test_drafts_are_edited_directly(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = create_entry(stack, NODE)
    answer = registrar.action.package_patch(id=entry["id"], frequency="5")
    assert "fjgov_revision" not in answer
    registrar.action.resource_create(package_id=entry["id"], name="库表", url=ADDRESS)
    shown = registrar.action.package_show(id=entry["id"])
    assert (shown["frequency"], shown["state"], names(shown)) == ("5", "draft", ["库表"])
    assert cases_of(stack, entry) == []


def test_records_of_other_directories_go_through_the_same_review(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    values = {
        "title": unique_title("示例应用系统"),
        "owner_org": unit_of(stack, NODE),
        "provider_code": None,
        "is_sample": "1",
    }
    record = make_directory_record("app_system", **values)
    told = outcome(registrar, "package_create", **record, state="active")
    assert told == "ValidationError"
    draft = registrar.action.package_create(**record)
    list_revision(stack, draft)
    assert state_of(stack, draft) == ("listed", "active")
    title = unique_title("修订后的示例应用系统")
    answer = registrar.action.package_patch(id=draft["id"], title=title)
    assert answer["title"] == title
    shown = registrar.action.fjgov_revision_show(id=draft["id"])
    assert [row["field"] for row in shown["diff"]] == ["title"]
    assert registrar.action.package_show(id=draft["id"])["title"] == values["title"]
    list_revision(stack, draft)
    assert registrar.action.package_show(id=draft["id"])["title"] == title


@pytest.mark.parametrize(
    "change",
    [{"notes": "同时保存的示例摘要内容"}, {"data_updated_at": "2026-11-19"}],
    ids=["change", "refresh"],
)
def test_of_a_change_and_a_listing_at_once_each_ends_in_order(
    stack: StackInfo, registrar: RemoteCKAN, change: dict[str, Any]
) -> None:
    """Both lock the review and the row; in two orders they would wait for each other."""
    reviewer = client(stack, NODE, "reviewer")
    for _round in range(3):
        entry = listed(stack)
        registrar.action.package_patch(id=entry["id"], frequency="5")
        registrar.action.fjgov_entry_submit(id=entry["id"])
        approve = {"id": entry["id"], "list": True}
        with ThreadPoolExecutor(2) as pool:
            decided = pool.submit(outcome, reviewer, "fjgov_entry_approve", **approve)
            saved = pool.submit(outcome, registrar, "package_patch", id=entry["id"], **change)
            told = (decided.result(), saved.result())
        assert told[0] == "done"
        shown = registrar.action.package_show(id=entry["id"])
        assert (shown["frequency"], shown["state"]) == ("5", "active")
        if "notes" in change:
            # Before the listing it was refused, after it a new revision was begun.
            assert shown["notes"] == entry["notes"]
            after = "revising" if told[1] == "done" else "listed"
            assert state_of(stack, entry) == (after, "active")
        else:
            assert (told[1], shown["data_updated_at"]) == ("done", change["data_updated_at"])
            assert state_of(stack, entry) == ("listed", "active")


# --- refreshing data (Art. 13) ---------------------------------------------------------------


def test_refreshing_data_is_no_revision(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = listed(stack, resources=ROWS)
    before = logged(stack, NODE, entry["identifier"])
    first = entry["resources"][0]["id"]
    answer = registrar.action.package_patch(id=entry["id"], data_updated_at="2026-11-20")
    assert "fjgov_revision" not in answer
    registrar.action.resource_patch(id=first, size=2048, hash="示例校验值", url=ADDRESS)
    shown = registrar.action.package_show(id=entry["id"])
    assert shown["data_updated_at"] == "2026-11-20"
    row = shown["resources"][0]
    assert (row["size"], row["hash"], row["name"]) == (2048, "示例校验值", "库表")
    assert state_of(stack, entry) == ("listed", "active")
    assert logged(stack, NODE, entry["identifier"]) != before
    assert addresses(registrar, entry) == sorted(row["url"] for row in ROWS)


@pytest.mark.parametrize("stage", ["revising", "revision_submitted", "revision_approved"])
def test_a_refresh_reaches_entry_and_revision_and_moves_no_base(
    stack: StackInfo, registrar: RemoteCKAN, stage: str
) -> None:
    entry = listed(stack, resources=ROWS)
    reviewer = client(stack, NODE, "reviewer")
    title = unique_title("修订后的示例信息")
    registrar.action.package_patch(id=entry["id"], title=title)
    if stage != "revising":
        registrar.action.fjgov_entry_submit(id=entry["id"])
    if stage == "revision_approved":
        reviewer.action.fjgov_entry_approve(id=entry["id"])
    row = entry["resources"][0]["id"]
    registrar.action.resource_patch(id=row, size=4096)
    registrar.action.package_patch(id=entry["id"], data_updated_at="2026-11-21")
    assert state_of(stack, entry) == (stage, "active")
    shown = registrar.action.package_show(id=entry["id"])
    assert (shown["title"], shown["data_updated_at"]) == (entry["title"], "2026-11-21")
    assert shown["resources"][0]["size"] == 4096
    revision = reviewer.action.fjgov_revision_show(id=entry["id"])
    assert revision["base_moved"] is False
    assert [line["field"] for line in revision["diff"]] == ["title"]
    if stage == "revising":
        registrar.action.fjgov_entry_submit(id=entry["id"])
    if stage != "revision_approved":
        reviewer.action.fjgov_entry_approve(id=entry["id"])
    reviewer.action.fjgov_entry_list(id=entry["id"])
    after = registrar.action.package_show(id=entry["id"])
    assert (after["title"], after["data_updated_at"]) == (title, "2026-11-21")
    assert after["resources"][0]["size"] == 4096


def test_what_is_under_review_takes_a_refresh_and_no_change(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = listed(stack, resources=ROWS)
    registrar.action.package_patch(id=entry["id"], frequency="5")
    registrar.action.fjgov_entry_submit(id=entry["id"])
    row = entry["resources"][0]["id"]
    assert outcome(registrar, "resource_patch", id=row, name="新名称") == "ValidationError"
    assert (
        outcome(registrar, "package_patch", id=entry["id"], notes="另一摘要") == "ValidationError"
    )
    assert outcome(registrar, "resource_patch", id=row, size=1) == "done"
    told = registrar.action.fjgov_entry_register(entries=[{**entry, "notes": "另一摘要内容示例"}])
    assert [result["status"] for result in told["results"]] == ["refused"]


def test_a_refresh_by_who_may_not_write_is_refused(stack: StackInfo) -> None:
    entry = listed(stack, resources=ROWS)
    row = entry["resources"][0]["id"]
    stranger = new_account(stack, NODE, no_party(stack, NODE), "registrar")
    for site in (stranger, client(stack, NODE)):
        assert outcome(site, "resource_patch", id=row, size=1) == "NotAuthorized"
    change = {"id": entry["id"], "data_updated_at": "2026-11-21"}
    assert outcome(stranger, "package_patch", **change) == "NotAuthorized"


# --- batches ---------------------------------------------------------------------------------


def test_a_batch_says_which_entries_became_revisions(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry, draft = listed(stack), create_entry(stack, NODE)
    rows = [{**entry, "frequency": "5"}, {**draft, "frequency": "5"}]
    foretold = registrar.action.fjgov_entry_register(entries=rows, dry_run=True)
    assert [row["status"] for row in foretold["results"]] == ["revised", "updated"]
    assert outcome(registrar, "fjgov_revision_show", id=entry["id"]) == "NotFound"
    key = unique_title("key")
    told = registrar.action.fjgov_entry_register(entries=rows, idempotency_key=key)
    assert [row["status"] for row in told["results"]] == ["revised", "updated"]
    assert told["totals"]["revised"] == 1
    assert [one["rule"] for one in told["results"][0]["findings"]] == ["BR03"]
    assert candidate(registrar, entry)["frequency"] == "5"
    assert registrar.action.package_show(id=entry["id"])["frequency"] == entry["frequency"]
    again = registrar.action.fjgov_entry_register(entries=rows, idempotency_key=key)
    assert again["results"] == told["results"]
