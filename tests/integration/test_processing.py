"""Processing to order (定制): from two grants to a result, and every way in which it ends early."""

from __future__ import annotations

import hashlib
import os
import signal
from typing import Any

import pytest

from tests.integration.api import eventually, outcome, overridden, refusal, sql
from tests.integration.processing_cases import (
    AMOUNT,
    NAME,
    PERSON,
    SECRET,
    Mounted,
    ended,
    fetched,
    held_up,
    line_of,
    lines_of,
    mount,
    mounted,
    order,
    source,
    work_horses,
)
from tests.integration.sharing_cases import (
    NODE,
    People,
    granted,
    published,
    restricted,
    step,
    uses_of,
)
from tests.integration.stack_env import StackInfo

ROWS = [
    (" 11010119900101123x", "甲", "10.50", "秘一"),
    ("350102199003070011", "乙", "20", "秘二"),
    ("350102199003070011", "乙", "21", "秘三"),
]


def test_one_table_is_filtered_and_given_as_a_file(stack: StackInfo, people: People) -> None:
    table = mounted(stack, people, ROWS, [PERSON, NAME, AMOUNT])
    number = order(
        people.asking,
        [source(table, PERSON, AMOUNT)],
        {"do": "filter", "filter": [{"item": AMOUNT, "op": "ge", "value": "20"}]},
        {"do": "select", "items": [AMOUNT]},
    )
    job = ended(people.asking, number)
    assert (job["state"], job["rows"]) == ("done", 2), job
    answer = fetched(stack, people.asking, number, "result.csv")
    assert answer.content.decode() == "缴存金额\n20\n21\n"
    assert answer.headers["X-Fjgov-SHA256"] == hashlib.sha256(answer.content).hexdigest()


COMPARED = (
    {"do": "clean", "items": [PERSON], "rules": ["id_number"]},
    {"do": "dedupe", "input": 2, "items": [PERSON]},
    {"do": "compare", "keys": [[PERSON, PERSON]], "items": [[NAME, NAME]]},
)


def show(people: People, number: str) -> dict[str, Any]:
    return dict(people.asking.action.fjgov_processing_show(number=number))


@pytest.fixture(scope="module")
def tables(stack: StackInfo, people: People) -> tuple[Mounted, Mounted]:
    """Two granted tables; of the first the remark is not granted."""
    others = [("11010119900101123X", "甲", None, None), ("350102199003070011", "丙", None, None)]
    return (
        mounted(stack, people, ROWS, [PERSON, NAME, AMOUNT]),
        mounted(stack, people, [*others, others[1], ("x", "丁", None, None)]),
    )


@pytest.fixture(scope="module")
def made(people: People, tables: tuple[Mounted, Mounted]) -> str:
    """Number of a comparison that is done."""
    inputs = [source(tables[0], PERSON, NAME, AMOUNT), source(tables[1], PERSON, NAME)]
    return order(people.asking, inputs, *COMPARED)


def test_two_granted_tables_are_cleaned_and_compared(
    stack: StackInfo, people: People, tables: tuple[Mounted, Mounted], made: str
) -> None:
    job = ended(people.asking, made)
    assert job["state"] == "done", job
    assert line_of(job, "cleaned", rule="id_number") == 1
    # One by the step, none is left for the comparison; the first table has one of its own.
    assert (line_of(job, "repeated", input=1), lines_of(job, "repeated", 2)) == (1, [1, 0])
    counts = {what: line_of(job, what) for what in ("same", "different", "first", "second")}
    assert counts == {"same": 1, "different": 1, "first": 0, "second": 1}
    answer = fetched(stack, people.asking, made, "rows?limit=2&offset=1").json()
    assert answer["total"] == 3
    assert [row["比对结果"] for row in answer["rows"]] == ["不一致", "仅在表二"]
    assert answer["rows"][0]["不一致的信息项"] == "姓名"
    assert answer["rows"][0]["缴存金额（表一）"] == "20"
    # The provider sees a use of each table for the work, and one for the rows that were given.
    for table in tables:
        uses = uses_of(people.providing, grant=table.grant)
        assert [(row["mode"], row["outcome"]) for row in uses] == [("custom", "done")] * 2
        assert all(row["size"] > 0 for row in uses)


def test_a_result_is_given_whole_in_ranges_and_to_its_unit_only(
    stack: StackInfo, people: People, made: str
) -> None:
    assert ended(people.asking, made)["state"] == "done"
    whole = fetched(stack, people.asking, made, "result.parquet")
    part = fetched(stack, people.asking, made, "result.parquet", Range="bytes=4-9")
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(whole.content)}"
    told = fetched(stack, people.asking, made, "report.json").json()
    assert told["files"]["parquet"]["sha256"] == hashlib.sha256(whole.content).hexdigest()
    assert "SELECT" not in str(told)
    # A colleague of the holding unit has the same grant; nobody else knows that there is a job.
    assert fetched(stack, people.manager, made, "result.csv").status_code == 200
    for site in (people.other, people.providing, people.operator):
        assert fetched(stack, site, made, "result.csv").status_code == 404
        assert "NotFound" in outcome(site, "fjgov_processing_show", number=made)
    folders = list((stack.base / NODE / "storage" / "fjgov" / "processing").iterdir())
    assert {one.stat().st_mode & 0o777 for one in folders} == {0o700}
    files = [file for one in folders for file in one.iterdir()]
    assert {file.name for file in files} == {"result.csv", "result.parquet"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_what_is_not_granted_is_refused_before_anything_is_read(
    stack: StackInfo, people: People, tables: tuple[Mounted, Mounted]
) -> None:
    def refused(table: Mounted, *items: str, **more: object) -> str:
        spec = {"inputs": [source(table, *items, **more)]}
        return refusal(people.asking.action.fjgov_processing_create, spec=spec)

    before = len(uses_of(people.providing, grant=tables[0].grant))
    assert "第二十二条" in refused(tables[0], PERSON, SECRET)
    # Nor may a condition tell what a column holds that is not given.
    hidden = [{"item": SECRET, "op": "eq", "value": "秘一"}]
    assert "第二十二条" in refused(tables[0], PERSON, filter=hidden)
    assert "第二十二条" in refused(tables[1], "no-such-item")
    spec = {"inputs": [source(tables[0], PERSON)]}
    assert outcome(people.other, "fjgov_processing_create", spec=spec) == "NotAuthorized"
    assert outcome(people.operator, "fjgov_processing_create", spec=spec) == "NotAuthorized"
    assert len(uses_of(people.providing, grant=tables[0].grant)) == before


def test_rows_that_a_grant_does_not_give_are_not_read_and_those_read_count_for_the_day(
    stack: StackInfo, people: People
) -> None:
    given = [{"item": NAME, "op": "eq", "value": "乙"}]
    quota = {"rows_per_day": 3}
    table = mounted(stack, people, ROWS, [PERSON, NAME], row_filter=given, quota=quota)
    job = ended(people.asking, order(people.asking, [source(table, PERSON)]))
    assert (job["state"], line_of(job, "read"), job["rows"]) == ("done", 2, 2), job
    text = fetched(stack, people.asking, job["number"], "result.csv").text
    assert text.splitlines()[1:] == ["350102199003070011"] * 2
    again = ended(people.asking, order(people.asking, [source(table, PERSON)]))
    assert (again["state"], again["files"]) == ("failed", {})
    assert "今日还可取得 1 行" in again["problem"]["zh"]


def test_a_grant_for_queries_processes_nothing(stack: StackInfo, people: People) -> None:
    shown = [{"id": PERSON, "name": "公民身份号码", "data_type": "C", "length": "50"}]
    entry = restricted(stack, items=shown, **published("query"))
    resource = mount(stack, entry, ROWS)
    [grant] = granted(people, entry, mode="query")
    table = Mounted(entry["id"], resource, grant["number"])
    spec = {"inputs": [source(table, PERSON)]}
    said = refusal(people.asking.action.fjgov_processing_create, spec=spec)
    assert "授权的共享模式不含此种使用" in said


class TestEndings:
    """A job that does not come to its end leaves a reason and nothing else."""

    def nothing_left(self, stack: StackInfo) -> set[str]:
        rows = sql(stack, NODE, "SELECT folder FROM fjgov_processing WHERE folder <> ''")
        root = stack.base / NODE / "storage" / "fjgov" / "processing"
        return {one.name for one in root.iterdir()} - {folder for (folder,) in rows}

    def test_a_grant_that_is_taken_back_ends_its_job_and_removes_its_results(
        self, stack: StackInfo, people: People
    ) -> None:
        table = mounted(stack, people, ROWS)
        done = order(people.asking, [source(table, PERSON)])
        assert ended(people.asking, done)["state"] == "done"
        with held_up(stack, table):
            running = order(people.asking, [source(table, PERSON)])
            eventually(lambda: show(people, running)["state"] == "running", seconds=60)
            step(people.providing, table.grant, "revoke")
            job = ended(people.asking, running)
        assert (job["state"], job["files"]) == ("failed", {})
        assert table.grant in job["problem"]["zh"]
        assert fetched(stack, people.asking, done, "result.csv").status_code in {403, 410}
        # The scheduler of the site removes it.
        assert eventually(lambda: show(people, done)["state"] == "expired", seconds=60)
        assert fetched(stack, people.asking, done, "result.csv").status_code == 410
        uses = uses_of(people.providing, grant=table.grant)
        assert [row["outcome"] for row in uses] == ["grant_ended", "done"]
        assert self.nothing_left(stack) == set()

    def test_a_job_is_cancelled_while_it_works(self, stack: StackInfo, people: People) -> None:
        table = mounted(stack, people, ROWS)
        with held_up(stack, table):
            number = order(people.asking, [source(table, PERSON)])
            eventually(lambda: show(people, number)["state"] == "running", seconds=60)
            people.asking.action.fjgov_processing_cancel(number=number)
            job = ended(people.asking, number)
        assert job["state"] == "cancelled"
        assert outcome(people.asking, "fjgov_processing_cancel", number=number) == "ValidationError"
        assert self.nothing_left(stack) == set()

    def test_a_killed_worker_leaves_a_job_that_is_taken_up_again(
        self, stack: StackInfo, people: People
    ) -> None:
        table = mounted(stack, people, ROWS)
        with held_up(stack, table):
            before = work_horses(stack)
            number = order(people.asking, [source(table, PERSON)])
            eventually(lambda: uses_of(people.providing, grant=table.grant), seconds=60)
            [horse] = work_horses(stack) - before
            os.kill(horse, signal.SIGKILL)
        sql(
            stack,
            NODE,
            "UPDATE fjgov_processing SET changed_at = now() - interval '1 minute'"
            " WHERE number = %s",
            number,
        )
        job = ended(people.asking, number)
        assert (job["state"], job["rows"]) == ("done", 3)
        assert self.nothing_left(stack) == set()
        uses = uses_of(people.providing, grant=table.grant)
        # The use that was cut off is seen as one without an end.
        assert sorted(row["outcome"] for row in uses) == ["", "done"]

    def test_limits_of_time_and_memory_are_told(self, stack: StackInfo, people: People) -> None:
        table = mounted(stack, people, ROWS)
        limits = {"fjgov.processing.seconds": "2", "fjgov.processing.memory_mb": "1"}
        with overridden(stack, NODE, limits):
            with held_up(stack, table):
                slow = order(people.asking, [source(table, PERSON)])
                job = ended(people.asking, slow, seconds=240)
            assert (job["state"], "2 秒的时限" in job["problem"]["zh"]) == ("failed", True), job
            large = ended(people.asking, order(people.asking, [source(table, PERSON)]), seconds=240)
            assert "64 MB 的限额" in large["problem"]["zh"], large
        assert self.nothing_left(stack) == set()
