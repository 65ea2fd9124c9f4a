"""The change feed: what is written is read back, and what breaks a rule is refused by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.canonical import KINDS
from ckanext.fjgov.core.federation.errors import FeedRefused
from ckanext.fjgov.core.federation.feed import (
    FeedHeader,
    feed_chunks,
    header_bytes,
    row_bytes,
    trailer_bytes,
)
from ckanext.fjgov.core.federation.feed_parser import FeedLimits, parse_feed
from ckanext.fjgov.core.federation.signature import AnswerFacts
from ckanext.fjgov.core.federation.wire import json_bytes

DIGEST = "0" * 64 + ":0"
AT = "2026-03-02T08:00:00.123456Z"
HEADER = FeedHeader("350100", "e-1", 5, 10)
RECORD = '{"fields":{"title":"福建省示例目录"},"id":"1","type":"entry"}'.encode()
HASH = sha256(RECORD).hexdigest()

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
RECORDS = st.dictionaries(TEXT, st.none() | TEXT | st.integers(-9, 9) | st.lists(TEXT), max_size=4)
KEYS = st.from_regex(r"[0-9]{5}/[0-9A-Z]{1,6}", fullmatch=True)


def put(seq: int, key: str, **changed: Any) -> bytes:
    members: dict[str, Any] = {
        "seq": seq,
        "op": "put",
        "type": "entry",
        "key": key,
        "hash": HASH,
        "at": AT,
        "record": RECORD,
    }
    return row_bytes(**{**members, **changed})


def facts(**changed: Any) -> AnswerFacts:
    members: dict[str, Any] = {
        "epoch": "e-1",
        "head": 9,
        "digest": DIGEST,
        "count": 2,
        "next": 9,
        "more": False,
    }
    return AnswerFacts(**{**members, **changed})


def page(*rows: bytes, header: FeedHeader = HEADER, **end: Any) -> bytes:
    end.setdefault("count", len(rows))
    return b"".join(feed_chunks(header, rows, facts(**end), None))


def refused(body: bytes, limits: FeedLimits | None = None) -> tuple[int, str]:
    with pytest.raises(FeedRefused) as caught:
        parse_feed(body, limits or FeedLimits())
    assert caught.value.zh.startswith(f"第 {caught.value.line} 行（{caught.value.rule}）：")
    assert caught.value.en
    return caught.value.line, caught.value.rule


GOOD = page(put(6, "35100/000001"), put(8, "35100/000002"))


class TestWriting:
    def test_the_format_is_fixed(self) -> None:
        gone = row_bytes(
            seq=7,
            op="del",
            type="unit",
            key="113500000035914425",
            hash="",
            at=AT,
            reason="机构撤销",
            replaced_by="113501000035914425",
        )
        signed: list[str] = []

        def sign(hash_of_body: str) -> str:
            signed.append(hash_of_body)
            return "a.b.c"

        chunks = list(feed_chunks(HEADER, [put(6, "35100/000001"), gone], facts(next=9), sign))
        header, first, second, trailer = b"".join(chunks).decode().splitlines()
        assert header == (
            '{"feed":"fjgov-changes/1","node":"350100","epoch":"e-1","since":5,"limit":10}'
        )
        assert first == (
            '{"seq":6,"op":"put","type":"entry","key":"35100/000001",'
            f'"hash":"{HASH}","at":"{AT}","reason":null,"replaced_by":null,'
            f'"record":{RECORD.decode()}}}'
        )
        assert second == (
            '{"seq":7,"op":"del","type":"unit","key":"113500000035914425","hash":"",'
            f'"at":"{AT}","reason":"机构撤销","replaced_by":"113501000035914425"}}'
        )
        assert trailer == (
            f'{{"end":{{"count":2,"next":9,"head":9,"more":false,"digest":"{DIGEST}",'
            '"epoch":"e-1"},"signature":"a.b.c"}'
        )
        assert signed == [sha256(b"".join(chunks[:-1])).hexdigest()]

    def test_a_put_needs_a_record_and_a_del_has_none(self) -> None:
        for op, record in (("put", None), ("del", b"{}")):
            with pytest.raises(ValueError, match="record"):
                put(1, "35100/1", op=op, record=record)


class TestReading:
    def test_a_page(self) -> None:
        parsed = parse_feed(GOOD)
        assert parsed.header == HEADER
        assert parsed.end == facts()
        assert parsed.signature is None
        assert parsed.body_hash == sha256(GOOD[: GOOD.rindex(b'{"end"')]).hexdigest()
        assert [(row.seq, row.op, row.key, row.record) for row in parsed.rows] == [
            (6, "put", "35100/000001", RECORD),
            (8, "put", "35100/000002", RECORD),
        ]
        assert parsed.rows[0].fields == json.loads(RECORD)

    def test_an_idle_page(self) -> None:
        assert parse_feed(page(next=9)).rows == ()

    @given(
        st.dictionaries(KEYS, st.tuples(st.none() | RECORDS, st.none() | TEXT), max_size=8),
        st.integers(0, 2**40),
    )
    def test_what_is_written_is_read_back(
        self, content: dict[str, tuple[dict[str, Any] | None, str | None]], since: int
    ) -> None:
        rows, expected = [], []
        for step, (key, (record, reason)) in enumerate(content.items(), start=1):
            data = None if record is None else json_bytes(record)
            digest = "" if data is None else sha256(data).hexdigest()
            op = "put" if data is not None else "del"
            values = (since + step, op, "entry", key, digest, AT, reason, None, data)
            names = ("seq", "op", "type", "key", "hash", "at", "reason", "replaced_by", "record")
            rows.append(row_bytes(**dict(zip(names, values, strict=True))))
            expected.append((*values, record))
        head = since + len(rows)
        body = page(
            *rows,
            header=FeedHeader("350100", "e-1", since, 8),
            count=len(rows),
            next=head,
            head=head,
        )
        parsed = parse_feed(body)
        assert [
            (
                row.seq,
                row.op,
                row.type,
                row.key,
                row.hash,
                row.at,
                row.reason,
                row.replaced_by,
                row.record,
                row.fields,
            )
            for row in parsed.rows
        ] == expected

    @given(st.binary(max_size=60), st.integers(0, len(GOOD)))
    def test_damage_is_refused_and_nothing_else_happens(self, noise: bytes, place: int) -> None:
        damaged = GOOD[:place] + noise + GOOD[place + 1 :]
        try:
            parse_feed(damaged)
        except FeedRefused:
            return
        # Whatever passes must differ in its hash or be the page itself with a changed trailer.
        assert damaged == GOOD or parse_feed(damaged) != parse_feed(GOOD)

    @given(st.integers(0, len(GOOD) - 1))
    def test_every_cut_is_noticed(self, place: int) -> None:
        with pytest.raises(FeedRefused):
            parse_feed(GOOD[:place])


def line(number: int, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Give the good page with one line changed as JSON."""
    lines = GOOD.split(b"\n")
    value = json.loads(lines[number - 1])
    change(value)
    lines[number - 1] = json_bytes(value)
    return b"\n".join(lines)


def setting(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update(members)


def end(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value["end"].update(members)


class TestRules:
    @pytest.mark.parametrize(
        ("body", "place"),
        [
            (b"", (0, "trailer")),
            (b"\n", (1, "trailer")),
            (GOOD[:-1], (0, "trailer")),
            (GOOD[: GOOD.rindex(b'{"end"')], (3, "trailer")),
            (GOOD + GOOD[GOOD.rindex(b'{"end"') :], (4, "member")),
            (GOOD + b"\n", (4, "member")),
            (b"\n" + GOOD, (1, "syntax")),
            (GOOD[GOOD.index(b"\n") + 1 :], (1, "header")),
            (GOOD.replace(b"\n", b"\r\n"), (2, "member")),
            (b"\xef\xbb\xbf" + GOOD, (1, "bom")),
            (GOOD.decode().encode("gb18030"), (2, "encoding")),
            (GOOD.replace('"福建'.encode(), b'"\\u0000'), (2, "character")),
            (GOOD.replace('"福建'.encode(), b'"\\ud800'), (2, "character")),
            (GOOD.replace('"福建'.encode(), b'"\x00'), (2, "syntax")),
            (GOOD.replace(b'"id":"1"', b'"id":NaN'), (2, "constant")),
            (GOOD.replace(b'"id":"1"', b'"id":1e999'), (2, "number")),
            (GOOD.replace(b'"id":"1"', b'"id":' + b"9" * 1000), (2, "number")),
            (GOOD.replace(b'"id":"1"', b'"id":"1","id":"1"'), (2, "duplicate_key")),
            (GOOD.replace(b'"id":"1"', b'"id":' + b"[" * 100_000), (2, "depth")),
            (GOOD.replace(b'"id":"1"', b'"id":"2"'), (2, "hash")),
            (GOOD.replace(b'"id":"1"', b'"id": "1"'), (2, "hash")),
            (GOOD.replace(b'"seq":6,', b'"seq": 6,'), (2, "member")),
            (GOOD.replace(b'{"seq":6,', b'{"seq":6,"seq":6,'), (2, "duplicate_key")),
            (GOOD.replace(b"35100/000002", b"35100/000001"), (3, "duplicate")),
            (line(1, setting(feed="fjgov-changes/2")), (1, "header")),
            (line(1, setting(node="3501")), (1, "header")),
            (line(1, setting(epoch="")), (1, "epoch")),
            (line(1, setting(epoch="e-2")), (4, "epoch")),
            (line(1, setting(since=-1)), (1, "header")),
            (line(1, setting(since=True)), (1, "header")),
            (line(1, setting(since=6)), (2, "order")),
            (line(1, setting(limit=1)), (4, "count")),
            (line(1, setting(extra=1)), (1, "header")),
            (line(2, setting(seq=0)), (2, "member")),
            (line(2, setting(seq="6")), (2, "member")),
            (line(2, setting(seq=5)), (2, "order")),
            (line(3, setting(seq=6)), (3, "order")),
            (line(2, setting(op="del")), (2, "member")),
            (line(2, setting(op="patch")), (2, "member")),
            (line(2, setting(op=["put"])), (2, "member")),
            (line(2, setting(type="user")), (2, "type")),
            (line(2, setting(type=1)), (2, "member")),
            (line(2, setting(key="a b")), (2, "key")),
            (line(2, setting(key="a\tb")), (2, "key")),
            (line(2, setting(key="a\u200bb")), (2, "key")),
            (line(2, setting(key="")), (2, "key")),
            (line(2, setting(key="a\u202eb")), (2, "key")),
            (line(2, setting(key="３５１００")), (2, "key")),
            (line(2, setting(key="a" * 201)), (2, "key")),
            (line(2, setting(hash="")), (2, "hash")),
            (line(2, setting(hash="0" * 64)), (2, "hash")),
            (line(2, setting(hash=HASH.upper())), (2, "hash")),
            (line(2, setting(at="2026-03-02T08:00:00+08:00")), (2, "time")),
            (line(2, setting(at="2026-03-02")), (2, "time")),
            (line(2, setting(reason=1)), (2, "member")),
            (line(2, setting(reason="x" * 2001)), (2, "member")),
            (line(2, setting(record=[])), (2, "member")),
            (line(2, setting(record=None)), (2, "member")),
            (line(2, setting(extra=1)), (2, "member")),
            (line(2, lambda value: value.pop("record")), (2, "member")),
            (line(4, setting(extra=1)), (4, "trailer")),
            (line(4, setting(end=[])), (4, "trailer")),
            (line(4, setting(signature=1)), (4, "trailer")),
            (line(4, setting(signature="x" * 9000)), (4, "trailer")),
            (line(4, end(count=1)), (4, "count")),
            (line(4, end(count=3)), (4, "count")),
            (line(4, end(count=-2)), (4, "trailer")),
            (line(4, end(more=1)), (4, "trailer")),
            (line(4, end(digest="x")), (4, "digest")),
            (line(4, end(next=7)), (4, "cursor")),
            (line(4, end(next=8)), (4, "cursor")),
            (line(4, end(head=7)), (4, "cursor")),
            (line(4, end(head=10)), (4, "cursor")),
            (line(4, end(more=True)), (4, "cursor")),
            (page(more=True, head=9, next=8), (2, "cursor")),
            (b"[]\n[]\n", (1, "header")),
            (b"1\n{}\n", (1, "member")),
        ],
    )
    def test_a_broken_rule_is_named_with_its_line(
        self, body: bytes, place: tuple[int, str]
    ) -> None:
        if body == b"[]\n[]\n":
            place = (1, "member")
        assert refused(body) == place

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_of_the_log_is_taken(self, kind: str) -> None:
        parsed = parse_feed(page(put(6, "35100/000001", type=kind)))
        assert [row.type for row in parsed.rows] == [kind]

    @pytest.mark.parametrize("kind", ["dataset", "permit", "organization", ""])
    def test_any_other_kind_is_refused(self, kind: str) -> None:
        assert refused(page(put(6, "35100/000001", type=kind))) == (2, "type")

    def test_limits(self) -> None:
        assert refused(GOOD, FeedLimits(max_line_bytes=100)) == (2, "line_length")
        assert refused(GOOD, FeedLimits(max_rows=1)) == (0, "rows")
        assert refused(GOOD, FeedLimits(max_depth=1)) == (2, "depth")
        assert refused(GOOD, FeedLimits(types=frozenset({"unit"}))) == (2, "type")

    @pytest.mark.parametrize("key", ["35100/000001", "11350000003591442X", "桂/A-1_b.c#2", "~"])
    def test_foreign_keys_are_taken(self, key: str) -> None:
        assert parse_feed(page(put(6, key))).rows[0].key == key

    def test_a_further_page_must_move_the_cursor(self) -> None:
        assert parse_feed(page(put(6, "35100/1"), more=True, head=9, next=6)).end.more

    def test_the_smallest_page(self) -> None:
        body = header_bytes(HEADER) + trailer_bytes(facts(count=0), None)
        assert parse_feed(body).end.count == 0
