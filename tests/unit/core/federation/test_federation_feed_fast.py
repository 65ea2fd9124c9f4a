"""The fast way of reading rows takes exactly what the strict way takes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from ckanext.fjgov.core.catalog.canonical import canonical_bytes, record_hash
from ckanext.fjgov.core.federation import feed_parser
from ckanext.fjgov.core.federation.errors import FeedRefused
from ckanext.fjgov.core.federation.feed import row_bytes
from ckanext.fjgov.core.federation.feed_parser import DEFAULT_LIMITS
from tests.bench import corpus

RECORDS = list(corpus.entries(20, date(2026, 11, 20)))
PIECES = [
    b'"', b"{", b"}", b",", b":", b" ", b"\\", b"\\u0000", b"1", b"1.0", b"NaN", b"null", b"true",
    b'"seq":1,', b'"x":"y",', b"\xff", b"\xef\xbb\xbf", "密".encode(), b"9007199254740993", b"[]",
]  # fmt: skip


def line_of(number: int) -> bytes:
    data = canonical_bytes(RECORDS[number % len(RECORDS)])
    key = RECORDS[number % len(RECORDS)]["fields"]["identifier"]
    return row_bytes(
        seq=number + 1,
        op="put",
        type="entry",
        key=key,
        hash=record_hash(data),
        at="2026-11-20T01:02:03Z",
        record=data,
    )[:-1]


@pytest.mark.parametrize("number", range(len(RECORDS)))
def test_a_row_of_the_corpus_is_read_the_fast_way(number: int) -> None:
    line = line_of(number)
    fast = feed_parser._plain_row(2, line, DEFAULT_LIMITS)
    assert fast is not None
    assert fast.plain
    assert replace(fast, plain=False) == feed_parser._strict_row(2, line, DEFAULT_LIMITS)


def damaged(chance: Random, line: bytes) -> bytes:
    """Insert, remove or replace a few bytes, and make the hash right again half of the time."""
    changed = bytearray(line)
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(changed))
        piece = chance.choice(PIECES)
        changed[at : at + chance.choice([0, 1, len(piece)])] = piece
    start = changed.find(b',"record":')
    if start > 0 and chance.random() < 0.5:
        record = bytes(changed[start + 10 : -1])
        old = line[line.find(b'"hash":"') + 8 :][:64]
        return bytes(changed).replace(old, record_hash(record).encode(), 1)
    return bytes(changed)


def test_what_the_fast_way_takes_the_strict_way_takes_too() -> None:
    chance = Random(20261120)
    taken = refused = 0
    for number in range(3000):
        line = damaged(chance, line_of(number))
        try:
            fast = feed_parser._plain_row(2, line, DEFAULT_LIMITS)
        except FeedRefused as error:
            with pytest.raises(FeedRefused, match=re.escape(str(error))):
                feed_parser._strict_row(2, line, DEFAULT_LIMITS)
            continue
        if fast is None:
            refused += 1
            continue
        taken += 1
        assert replace(fast, plain=False) == feed_parser._strict_row(2, line, DEFAULT_LIMITS)
    assert taken > 20
    assert refused > 1000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"seq":', b'{"seq":7,"seq":'),
        (b'"type":"entry","unit"', b'"type":"entry","type":"entry","unit"'),
        (b'"size":', b'"size":9007199254740993,"sizf":'),
        (b'"size":', b'"size":1.0,"sizf":'),
    ],
)
def test_what_a_lenient_parser_would_take_is_left_to_the_strict_one(old: bytes, new: bytes) -> None:
    line = line_of(3)
    assert old in line
    changed = line.replace(old, new, 1)
    record = changed[changed.find(b',"record":') + 10 : -1]
    known = line[line.find(b'"hash":"') + 8 :][:64]
    changed = changed.replace(known, record_hash(record).encode(), 1)
    assert feed_parser._plain_row(2, changed, DEFAULT_LIMITS) is None
