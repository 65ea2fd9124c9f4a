"""A city whose answers break off or lie, that is changed while it is read, or whose clock jumps.

The rows are those of the list of faults (tests/data/fault_list.py).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import pytest
from ckanapi import ValidationError

from tests.federation.meddling import Answer, meddled
from tests.federation.planting import Planter, planting
from tests.federation.syncing import Syncer, assert_province_equals, listed_names
from tests.integration.api import client, create_listed, sql, unique_title
from tests.integration.stack_env import StackInfo

CHANGES = "/fjgov/changes.ndjson"


@pytest.fixture
def plant(stack: StackInfo, syncer: Syncer) -> Iterator[Planter]:
    with planting(stack, syncer) as planter:
        yield planter


def changed(body: bytes) -> Callable[[int, str, Answer], Answer]:
    """Give a meddler that puts another body into every page of changes."""

    def meddle(_number: int, path: str, answer: Answer) -> Answer:
        if path.startswith(CHANGES):
            # An unchanged city answers without a body, which leaves nothing to meddle with.
            answer.status = 200
            answer.headers = {"Content-Type": "application/x-ndjson"}
            answer.body = body
        return answer

    return meddle


def test_a_reset_on_a_later_page_loses_and_doubles_nothing(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """Row 15: pages have seven rows here, the connection is reset in the middle of the third."""
    keys = [plant.entry() for _ in range(30)]
    pages = 0

    def reset(_number: int, path: str, answer: Answer) -> Answer:
        nonlocal pages
        pages += path.startswith(CHANGES)
        if pages >= 3:
            answer.broken_after = len(answer.body) // 2
        return answer

    with meddled(stack, reset):
        outcome = syncer.sync()
    assert (outcome.state, outcome.report["error"]) == ("failed", "connection")
    running = sql(stack, "province", "SELECT count(*) FROM fjgov_sync_run WHERE state = 'running'")
    assert running == [(0,)]
    back = syncer.sync()
    assert back.state == "verified"
    assert outcome.counts.get("added", 0) + back.counts["added"] == len(keys)
    assert_province_equals(stack, "fuzhou", [])


LYING: dict[str, tuple[Callable[[Answer], None], str]] = {
    "row 10: more is promised than sent": (
        lambda answer: setattr(answer, "promised", 10 * 2**30),
        "too_large",
    ),
    "row 11: a bomb": (
        lambda answer: (
            answer.headers.update({"Content-Encoding": "gzip"}),
            setattr(answer, "body", gzip.compress(b"0" * 60_000_000)),
        )[0],
        "ratio",
    ),
    "row 11: packed twice": (
        lambda answer: (
            answer.headers.update({"Content-Encoding": "gzip, gzip"}),
            setattr(answer, "body", gzip.compress(gzip.compress(b"{}"))),
        )[0],
        "bad_content",
    ),
}


@pytest.mark.parametrize("kind", LYING)
def test_an_answer_that_lies_about_its_size_takes_nothing_away(
    stack: StackInfo, syncer: Syncer, kind: str
) -> None:
    change, error = LYING[kind]
    before = listed_names(stack, "province", "fuzhou")
    create_listed(stack)

    def meddle(_number: int, _path: str, answer: Answer) -> Answer:
        change(answer)
        return answer

    with meddled(stack, meddle):
        outcome = syncer.sync()
    assert (outcome.state, outcome.report["error"]) == ("failed", error)
    assert listed_names(stack, "province", "fuzhou") == before
    assert syncer.sync().counts == {"added": 1}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"[" * 100_000, "嵌套"),
        (b'{"feed":NaN}', "NaN"),
        (b'{"feed":"a","feed":"b"}', "feed"),
        (b'{"feed":"\\ud800"}', "U+D800"),
        ('{"feed":"福建"}'.encode("gb18030"), "UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
    ids=["row 29", "row 30 NaN", "row 30 twice", "row 31 surrogate", "row 31 GBK", "row 31 BOM"],
)
def test_a_page_that_is_no_clean_json_fails_the_run_and_not_the_process(
    stack: StackInfo, syncer: Syncer, body: bytes, word: str
) -> None:
    """Rows 29 to 31: the same process verifies in the next run."""
    before = listed_names(stack, "province", "fuzhou")
    with meddled(stack, changed(body + b"\n{}\n")):
        outcome = syncer.sync()
    assert outcome.state == "failed"
    assert word in outcome.report["zh"]
    assert listed_names(stack, "province", "fuzhou") == before
    assert syncer.sync().state == "verified"


def test_what_changes_while_pages_are_read_is_neither_missed_nor_doubled(
    stack: StackInfo, syncer: Syncer, plant: Planter
) -> None:
    """Row 19: entries come and go between the first page and the last."""
    for _ in range(20):
        plant.entry()
    office = client(stack, "fuzhou", "registrar")
    withdrawn, edited = create_listed(stack), create_listed(stack)
    with syncer.stopped_at("fetched"):
        office.action.package_delete(id=withdrawn["id"])
        office.action.package_patch(id=edited["id"], title=unique_title("读取中改名"))
        added = create_listed(stack)
    outcome = syncer.sync()
    assert outcome.state == "verified"
    names = listed_names(stack, "province", "fuzhou")
    assert withdrawn["name"] not in names
    assert {edited["name"], added["name"]} <= set(names)
    assert len(names) == len(set(names))
    assert_province_equals(stack, "fuzhou", [edited["name"], added["name"]])


def test_dates_of_the_city_have_no_effect(stack: StackInfo, syncer: Syncer, plant: Planter) -> None:
    """Row 20: changes are followed by number, whatever a slow, fast or jumping clock wrote."""
    keys = [plant.entry() for _ in range(3)]
    assert syncer.sync().counts == {"added": 3}
    moments = ("1970-01-02 00:00:00", "2099-12-31 23:59:59", "2026-10-25 02:30:00")
    for key, moment in zip(keys, moments, strict=True):
        sql(
            stack,
            "fuzhou",
            "UPDATE package SET metadata_modified = %s, metadata_created = %s,"
            " title = title || '改' WHERE extras ->> 'identifier' = %s",
            moment,
            moment,
            key,
        )
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts) == ("verified", {"changed": 3})


def test_an_address_with_credentials_is_not_registered(stack: StackInfo) -> None:
    """Row 8: lists and reports show addresses, so none may hold a password."""
    site = client(stack, "province", "sysadmin")
    with pytest.raises(ValidationError) as caught:
        site.action.fjgov_node_register(
            code="350900",
            name="示例市",
            address="https://user:secret@node.example/",
            prefixes=["35900"],
        )
    assert "address" in caught.value.error_dict
    assert "secret" not in str(caught.value.error_dict)
    codes = {node["code"] for node in site.action.fjgov_node_list()}
    assert "350900" not in codes
