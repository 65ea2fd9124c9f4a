"""An official's day by API, where a review is required: workbook, review, revision, withdrawal."""

from __future__ import annotations

import base64
import io
from typing import Any

import openpyxl
import pytest

from ckanext.fjgov.core.importing.template import MAIN_SHEET
from tests.integration.api import (
    client,
    eventually,
    outcome,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo
from tests.integration.uploading import checked, ended, ids_of, imported
from tests.integration.workbooks import NOTES, filled_with, saved

NODE = "fuzhou"

pytestmark = pytest.mark.usefixtures("review_required")


def corrected(upload: dict[str, Any], wrong: str, right: str) -> bytes:
    """Put a value right in the marked copy, in the cell that the finding names."""
    [finding] = [
        one
        for row in upload["report"]["rows"]
        for one in row["findings"]
        if one["severity"] == "error"
    ]
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(upload["marked"])))
    cell = book[finding["sheet"]][finding["cell"]]
    assert (finding["sheet"], cell.value) == (MAIN_SHEET, wrong)
    cell.value = right
    return saved(book)


def test_the_day(stack: StackInfo) -> None:
    registrar, reviewer = client(stack, NODE, "registrar"), client(stack, NODE, "reviewer")
    public = client(stack, NODE, "staff")
    titles = [unique_title() for _ in range(3)]
    rows = [{"信息资源名称": title} for title in titles]
    rows[1]["信息资源摘要"] = "短"

    # A workbook with an error: two rows could go in, the third is named with its cell.
    tried = checked(stack, registrar, filled_with(stack, rows))
    assert (tried["counts"]["listed"], tried["counts"]["refused"]) == (2, 1)
    ready = checked(stack, registrar, corrected(tried, "短", NOTES))
    assert (ready["state"], ready["counts"]["listed"]) == ("checked", 3)
    done = imported(registrar, ready)
    assert (done["state"], done["counts"]["listed"]) == ("imported", 3)
    entries = ids_of(registrar, done)
    assert {registrar.action.package_show(id=one)["state"] for one in entries} == {"draft"}
    assert outcome(public, "package_show", id=entries[0]) != "done"

    # One is returned with an opinion, the others are approved and listed.
    assert registrar.action.fjgov_entry_submit(ids=entries)["done"] == 3
    assert reviewer.action.fjgov_entry_return(id=entries[0], reason="示例意见")["state"] == (
        "returned"
    )
    listed = reviewer.action.fjgov_entry_approve(ids=entries[1:], list=True)
    assert [row["state"] for row in listed["results"]] == ["listed", "listed"]
    waiting = registrar.action.fjgov_case_list(kind="entry_review", subject=entries[0])
    assert [row["state"] for row in waiting["results"]] == ["returned"]
    registrar.action.package_patch(id=entries[0], notes=NOTES + "另有发放月份。")
    registrar.action.fjgov_entry_submit(id=entries[0])
    reviewer.action.fjgov_entry_approve(id=entries[0], list=True)
    assert public.action.package_show(id=entries[0])["notes"] == NOTES + "另有发放月份。"

    # The workbook once more: what it says of a listed entry becomes its revision.
    again = imported(registrar, ready)
    assert (again["counts"]["changed"], again["counts"]["unchanged"]) == (1, 2)
    assert public.action.package_show(id=entries[0])["notes"] == NOTES + "另有发放月份。"
    shown = reviewer.action.fjgov_revision_show(id=entries[0])
    assert [(row["field"], row["after"]) for row in shown["diff"]] == [("notes", NOTES)]
    assert imported(registrar, ready)["counts"]["unchanged"] == 3
    registrar.action.fjgov_entry_submit(id=entries[0])
    assert public.action.package_show(id=entries[0])["notes"] == NOTES + "另有发放月份。"
    reviewer.action.fjgov_entry_approve(id=entries[0], list=True)
    assert public.action.package_show(id=entries[0])["notes"] == NOTES

    reviewer.action.fjgov_entry_withdraw(id=entries[2], reason="示例理由")
    assert outcome(public, "package_show", id=entries[2]) != "done"
    found = eventually(
        lambda: [
            title for title in titles if public.action.package_search(q=f'title:"{title}"')["count"]
        ],
        lambda titles_found: len(titles_found) == 2,
    )
    assert found == titles[:2]


def test_an_upload_cannot_go_past_the_review(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    content = base64.b64encode(filled_with(stack, [{"信息资源名称": unique_title()}])).decode()
    told = outcome(
        registrar,
        "fjgov_upload_create",
        unit=unit_of(stack, NODE),
        content=content,
        target="active",
    )
    assert told == "ValidationError"


def test_what_is_under_review_is_left_as_it_is(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    title = unique_title()
    first = imported(
        registrar, checked(stack, registrar, filled_with(stack, [{"信息资源名称": title}]))
    )
    [entry] = ids_of(registrar, first)
    registrar.action.fjgov_entry_submit(id=entry)
    changed = {"信息资源名称": title, "信息资源摘要": NOTES + "另有发放月份。"}
    second = imported(registrar, checked(stack, registrar, filled_with(stack, [changed])))
    assert second["counts"]["refused"] == 1
    [row] = second["report"]["rows"]
    assert "正在审核" in row["findings"][-1]["zh"]
    assert registrar.action.package_show(id=entry)["notes"] == NOTES


def test_of_two_who_import_at_once_one_is_told_so(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    ready = checked(stack, registrar, filled_with(stack, [{"信息资源名称": unique_title()}]))
    told = [outcome(registrar, "fjgov_upload_import", id=ready["id"]) for _ in range(2)]
    assert told[0] == "done"
    # The second is refused while the first goes on; once it has ended it may be imported again.
    assert told[1] in ("ValidationError", "done")
    assert ended(registrar, ready["id"])["state"] == "imported"
    [row] = ended(registrar, ready["id"])["report"]["rows"]
    assert row["outcome"] in ("listed", "unchanged")
