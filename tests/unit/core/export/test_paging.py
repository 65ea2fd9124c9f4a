"""Continuations: what is given out is read back, and nothing else is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.export.paging import (
    Continuation,
    InvalidPage,
    continuation_after,
    read_page,
)


@pytest.mark.parametrize(
    ("value", "page"),
    [(None, 1), ("", 1), (0, 1), ("1", 1), (3, 3), (" 12 ", 12), ("999999", 999999)],
)
def test_numbers(value, page):
    assert read_page(value) == page


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "1.5", "１", "1000000", "x", "2010-12-02T08:00:00.000Z_", "2010-12-02_id",
     '2010-12-02T08:00:00.000Z_a" OR *:*'],
)  # fmt: skip
def test_anything_else_is_refused_in_two_languages(value):
    with pytest.raises(InvalidPage) as caught:
        read_page(value)
    assert "page" in caught.value.zh
    assert "page" in caught.value.en


@given(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.from_regex(r"[0-9A-Za-z_-]{1,100}", fullmatch=True),
)
def test_given_out_and_read_back(modified, record_id):
    after = continuation_after({"metadata_modified": modified, "id": record_id})
    assert read_page(after.token) == after
    assert after.record_id == record_id
    assert modified[:19] == after.modified[:19]


@pytest.mark.parametrize(
    ("modified", "expected"),
    [
        ("2010-12-02T08:00:00.123999", "2010-12-02T08:00:00.123Z"),
        ("2010-12-02T08:00:00.1", "2010-12-02T08:00:00.100Z"),
        ("2010-12-02T08:00:00", "2010-12-02T08:00:00.000Z"),
        ("2010-12-02T08:00:00.000001Z", "2010-12-02T08:00:00.000Z"),
    ],
)
def test_time_is_cut_to_milliseconds(modified, expected):
    after = continuation_after({"metadata_modified": modified, "id": "a"})
    assert after == Continuation(expected, "a")


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"id": "a"},
        {"metadata_modified": "2010-12-02T08:00:00"},
        {"id": "a", "metadata_modified": "x"},
    ],
)
def test_entry_without_place_is_refused(entry):
    with pytest.raises(InvalidPage):
        continuation_after(entry)


def test_filter_query():
    after = Continuation("2010-12-02T08:00:00.000Z", "a-1")
    assert after.filter_query == (
        'metadata_modified:{"2010-12-02T08:00:00.000Z" TO *] OR '
        '(metadata_modified:"2010-12-02T08:00:00.000Z" AND id:{"a-1" TO *])'
    )


def test_nothing_is_missed_while_entries_change_between_pages():
    chance = random.Random(1)
    modified = {f"id{number:03}": number // 10 for number in range(100)}
    clock, seen, place = 100, set(), (-1, "")
    while True:
        rows = sorted((time, key) for key, time in modified.items() if (time, key) > place)[:7]
        if not rows:
            break
        seen |= {key for _, key in rows}
        place = rows[-1]
        if clock < 130:
            modified[chance.choice(sorted(modified))] = clock
            clock += 1
    assert seen == set(modified)
