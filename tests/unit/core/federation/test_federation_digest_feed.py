"""Bodies by which two nodes compare catalogs, and the registry that joins the layers."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from ckanext.fjgov.core.federation.digest import buckets_of, digest_key, digest_of, roll_up
from ckanext.fjgov.core.federation.digest_feed import (
    Snapshot,
    bucket_digest,
    children_body,
    epoch_body,
    keys_body,
    parse_children,
    parse_epoch,
    parse_keys,
)
from ckanext.fjgov.core.federation.errors import FeedRefused
from ckanext.fjgov.core.federation.ports import Registry
from ckanext.fjgov.core.federation.signature import AnswerFacts
from ckanext.fjgov.core.federation.wire import json_bytes

HASH = sha256(b"x").hexdigest()
RECORDS = {("entry", f"35100/{number:06}"): HASH for number in range(50)}
NAMED = {digest_key(kind, key): record_hash for (kind, key), record_hash in RECORDS.items()}
BUCKETS = buckets_of(NAMED)
SNAPSHOT = Snapshot("350100", "e-1", 50, digest_of(NAMED).text())
BUCKET = min(BUCKETS)
IN_BUCKET = [
    (kind, key, record_hash)
    for (kind, key), record_hash in RECORDS.items()
    if sha256(digest_key(kind, key).encode()).hexdigest()[:3] == BUCKET
]
CHILDREN = children_body(SNAPSHOT, "", roll_up(BUCKETS, ""))
KEYS = keys_body(SNAPSHOT, BUCKET, IN_BUCKET)


def test_children_are_read_back() -> None:
    level = parse_children(CHILDREN, "350100", "")
    assert (level.prefix, level.epoch, level.head, level.digest.text()) == (
        "",
        "e-1",
        50,
        SNAPSHOT.digest,
    )
    assert level.children == roll_up(BUCKETS, "")


def test_keys_are_read_back_and_give_the_digest_of_their_bucket() -> None:
    listing = parse_keys(KEYS, "350100", BUCKET)
    assert listing.keys == {(kind, key): record_hash for kind, key, record_hash in IN_BUCKET}
    assert bucket_digest(listing) == BUCKETS[BUCKET]


def test_many_prefixes_are_read_back_in_one_answer() -> None:
    some = sorted({bucket[:2] for bucket in BUCKETS})
    children = roll_up(BUCKETS, *some)
    asked = ",".join(some)
    assert parse_children(children_body(SNAPSHOT, asked, children), "350100", asked).children == (
        children
    )
    every = [(kind, key, value) for (kind, key), value in RECORDS.items()]
    buckets = ",".join(sorted(BUCKETS))
    listing = parse_keys(keys_body(SNAPSHOT, buckets, every), "350100", buckets)
    assert listing.keys == RECORDS
    assert bucket_digest(listing).text() == SNAPSHOT.digest


def test_an_epoch_is_read_back_as_the_facts_that_are_signed() -> None:
    facts = AnswerFacts("e-1", 50, SNAPSHOT.digest, 0, 50, more=False)
    assert parse_epoch(epoch_body(SNAPSHOT), "350100") == facts == SNAPSHOT.facts()


def changed(body: bytes, **members: Any) -> bytes:
    return json_bytes({**json.loads(body), **members})


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (changed(CHILDREN, node="350200"), "node"),
        (changed(CHILDREN, prefix="a"), "prefix"),
        (changed(CHILDREN, feed="x"), "member"),
        (changed(CHILDREN, head=-1), "member"),
        (changed(CHILDREN, head=True), "member"),
        (changed(CHILDREN, epoch=1), "member"),
        (changed(CHILDREN, digest="x"), "digest"),
        (changed(CHILDREN, digest="0" * 64 + ":0"), "digest"),
        (changed(CHILDREN, children=[]), "member"),
        (changed(CHILDREN, children={"aa": SNAPSHOT.digest}), "member"),
        (changed(CHILDREN, children={"a": 1}), "digest"),
        (changed(CHILDREN, children={}), "digest"),
        (changed(CHILDREN, extra=1), "member"),
        (CHILDREN[:-1], "syntax"),
        (b"[" * 100_000, "depth"),
        (b"[]", "member"),
        (KEYS, "member"),
    ],
)
def test_broken_children_are_refused(body: bytes, rule: str) -> None:
    with pytest.raises(FeedRefused) as caught:
        parse_children(body, "350100", "")
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (changed(KEYS, prefix="000" if BUCKET != "000" else "001"), "prefix"),
        (changed(KEYS, keys={}), "member"),
        (changed(KEYS, keys=[1]), "member"),
        (changed(KEYS, keys=[["entry", "35100/1"]]), "member"),
        (changed(KEYS, keys=[["entry", IN_BUCKET[0][1], "x"]]), "member"),
        (changed(KEYS, keys=[list(IN_BUCKET[0]), list(IN_BUCKET[0])]), "duplicate"),
        (changed(KEYS, keys=[["unit", IN_BUCKET[0][1], HASH]]), "bucket"),
        (CHILDREN, "member"),
    ],
)
def test_broken_keys_are_refused(body: bytes, rule: str) -> None:
    with pytest.raises(FeedRefused) as caught:
        parse_keys(body, "350100", BUCKET)
    assert caught.value.rule == rule


def test_a_registry_names_what_it_knows() -> None:
    registry: Registry[int] = Registry("reader")
    registry.register("node", 1)
    registry.register("node", 2)
    assert registry.get("node") == 2
    with pytest.raises(LookupError, match=r"no reader named 'ckan'; registered: node"):
        registry.get("ckan")
