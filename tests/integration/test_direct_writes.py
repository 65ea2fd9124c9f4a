"""Direct writes to listed entries where a review is required: kept beside, shown as before."""

from __future__ import annotations

from collections.abc import Callable
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
    outcome,
    unique_title,
    unit_of,
)
from tests.integration.reviewing import (
    ADDRESS,
    NODE,
    ROWS,
    addresses,
    candidate,
    cases_of,
    list_revision,
    listed,
    names,
    state_of,
)
from tests.integration.stack_env import StackInfo

Call = Callable[[RemoteCKAN, dict[str, Any]], Any]

pytestmark = pytest.mark.usefixtures("review_required")

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
