"""A mounted table as one file: within the grant, proved, resumed, only what is new, broken off."""

from __future__ import annotations

import csv
import hashlib
import io
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.api import eventually, open_entry
from tests.integration.sharing_cases import NODE, People, granted, step, uses_of
from tests.integration.stack_env import StackInfo
from tests.integration.table_cases import (
    COLUMNS,
    Mounted,
    ask,
    items_of,
    mounted,
    refreshed,
    some_rows,
)

NAMES = [name for name, *_rest in COLUMNS]
FILE = "table.csv"


@pytest.fixture(scope="module")
def table(stack: StackInfo) -> Mounted:
    return mounted(stack, some_rows(4000))


@pytest.fixture(scope="module")
def grant(people: People, table: Mounted) -> dict[str, Any]:
    return narrow(people, table)


def narrow(people: People, table: Mounted, **change: Any) -> dict[str, Any]:
    """Grant three columns and the rows of one area."""
    target = {
        "kind": "entry",
        "id": table.entry["id"],
        "items": items_of(table.entry, "xm", "rs", "rq"),
        "filter": [{"item": items_of(table.entry, "xzqh")[0], "op": "eq", "value": "350200"}],
    }
    [made] = granted(people, **({"targets": [target]} | change))
    return made


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode().removeprefix("\ufeff"), newline="")))


def test_it_holds_what_the_grant_gives(
    stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
) -> None:
    answer = ask(stack, table.resource, FILE, people.asking, {"exact": "true"})
    assert answer.status_code == 200, answer.text[:500]
    [head, *lines] = lines_of(answer.content)
    assert head == ["xm", "rs", "rq"]
    wanted = [row for row in table.rows if row[1] == "350200"]
    assert lines == [
        [row[0] or "", str(row[3]), row[4].isoformat() if row[4] else ""] for row in wanted
    ]
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["X-Fjgov-SHA256"] == sha256
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert answer.headers["X-Fjgov-Rows"] == answer.headers["X-Fjgov-Rows-Total"] == "2000"
    [use] = uses_of(people.providing, grant=grant["number"])
    assert (use["mode"], use["size"], use["outcome"]) == ("direct", len(answer.content), "done")


def test_a_transfer_is_resumed(
    stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
) -> None:
    whole = ask(stack, table.resource, FILE, people.asking)
    first = ask(stack, table.resource, FILE, people.asking, Range="bytes=0-9999")
    assert first.status_code == 206
    assert len(first.content) == 10_000
    rest = ask(
        stack, table.resource, FILE, people.asking,
        Range="bytes=10000-", **{"If-Range": first.headers["ETag"]},
    )  # fmt: skip
    assert rest.status_code == 206
    together = first.content + rest.content
    assert together == whole.content
    assert hashlib.sha256(together).hexdigest() == rest.headers["X-Fjgov-SHA256"]
    other = ask(
        stack, table.resource, FILE, people.asking,
        Range="bytes=10000-", **{"If-Range": '"another"'},
    )  # fmt: skip
    assert other.status_code == 200
    assert other.content == whole.content
    uses = len(uses_of(people.providing, grant=grant["number"]))
    beyond = ask(stack, table.resource, FILE, people.asking, Range="bytes=99999999-")
    assert beyond.status_code == 416
    same = ask(
        stack, table.resource, FILE, people.asking, **{"If-None-Match": whole.headers["ETag"]}
    )
    assert same.status_code == 304
    assert len(uses_of(people.providing, grant=grant["number"])) == uses


def test_only_what_is_new(stack: StackInfo, people: People) -> None:
    made = mounted(stack, some_rows(10), **open_entry())
    first = ask(stack, made.resource, FILE, params={"exact": "1"})
    mark = first.headers["X-Fjgov-Version"]
    assert len(lines_of(first.content)) == 11
    refreshed(stack, made, some_rows(3), 2)
    later = ask(stack, made.resource, FILE, params={"since": mark, "exact": "1"})
    assert later.headers["X-Fjgov-Version"] == "2"
    assert lines_of(later.content) == lines_of(first.content)[:4]
    assert later.headers["X-Fjgov-Rows"] == "3"
    assert later.headers["X-Fjgov-Rows-Total"] == "13"
    none = ask(stack, made.resource, FILE, params={"since": "2"})
    assert len(lines_of(none.content)) == 1
    for wrong in ({"since": "9"}, {"since": "x"}, {"since": ["1", "2"]}, {"sinse": "1"}):
        assert ask(stack, made.resource, FILE, params=wrong).status_code == 400, wrong


def test_nobody_else_gets_it(
    stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
) -> None:
    for site in (None, people.other, people.operator):
        assert ask(stack, table.resource, FILE, site).status_code == 403
    query = narrow(people, table, mode="query")
    params = {"grant": query["number"]}
    assert ask(stack, table.resource, FILE, people.asking, params).status_code == 403
    assert ask(stack, table.resource, "rows", people.asking, params).status_code == 200
    params = {"grant": grant["number"]}
    assert ask(stack, table.resource, "rows", people.asking, params).status_code == 403


def test_rows_of_a_quota_count_once_for_a_file(
    stack: StackInfo, people: People, table: Mounted
) -> None:
    made = narrow(people, table, quota={"rows_per_day": 2500, "uses_per_day": 4})
    params = {"grant": made["number"]}
    for part in ("bytes=0-9", "bytes=10-", "bytes=0-"):
        answer = ask(stack, table.resource, FILE, people.asking, params, Range=part)
        assert answer.status_code == 206
    other = ask(stack, table.resource, FILE, people.asking, {**params, "exact": "1"})
    assert other.status_code == 429
    assert "还可取得 500 行" in other.json()["zh"]


def test_a_grant_that_is_taken_back_ends_a_running_transfer(
    stack: StackInfo, people: People
) -> None:
    filler = "长" * 900
    big = mounted(stack, [(filler, "350200", *row[2:]) for row in some_rows(9000)])
    made = narrow(people, big)
    address = f"{stack.urls[NODE]}/share/{big.resource}/{FILE}"
    headers = {"Authorization": people.asking.apikey}
    with requests.get(address, headers=headers, stream=True, timeout=120) as answer:
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) > 20_000_000
        pieces = answer.iter_content(4096)
        assert next(pieces)
        step(people.providing, made["number"], "revoke")
        time.sleep(1.2)
        with pytest.raises(requests.exceptions.RequestException):
            list(pieces)
    assert ask(stack, big.resource, FILE, people.asking).status_code == 403
    [use] = eventually(
        lambda: uses_of(people.providing, grant=made["number"]),
        lambda found: bool(found[0]["outcome"]),
    )
    assert use["outcome"] == "grant_ended"


def test_many_who_ask_at_once_get_one_file(
    stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
) -> None:
    params = {"since": "0", "exact": "0", "grant": grant["number"]}
    answers: list[requests.Response] = []

    def one() -> None:
        answers.append(ask(stack, table.resource, FILE, people.asking, params))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_files_are_for_the_site_alone(stack: StackInfo, grant: dict[str, Any]) -> None:
    storage = next(
        line.partition("=")[2].strip()
        for line in stack.inis[NODE].read_text("utf-8").splitlines()
        if line.startswith("ckan.storage_path")
    )
    folder = Path(storage) / "fjgov" / "direct"
    assert folder.stat().st_mode & 0o077 == 0
    files = list(folder.glob("*.csv"))
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
