"""The JSON bodies by which two nodes compare catalogs, written and read in one place.

`fjgov-digest/1` answers `/fjgov/digest.json?prefix=`; `fjgov-epoch/1` is the body of a 409. Both
are signed in the header `X-Fjgov-Answer` over the facts that `facts_of` gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import strict_json
from .digest import (
    BUCKET_DIGITS,
    Digest,
    bucket_of,
    children_of,
    combine,
    digest_key,
    digest_of,
    prefixes_of,
)
from .errors import FeedRefused, JsonRefused
from .ports import DigestLevel, KeyListing
from .signature import AnswerFacts
from .wire import json_bytes

DIGEST_FORMAT = "fjgov-digest/1"
EPOCH_FORMAT = "fjgov-epoch/1"
MEDIA_TYPE = "application/json"
_HASH = re.compile(r"[0-9a-f]{64}")
_SNAPSHOT = ("feed", "node", "epoch", "head", "digest")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a node's log.

    Attributes:
        node: its code.
        epoch: its epoch.
        head: highest sequence number.
        digest: text form of the digest of its own catalog.
    """

    node: str
    epoch: str
    head: int
    digest: str

    def facts(self, count: int = 0) -> AnswerFacts:
        """Give what the signature of a body covers; `count` is its children or keys."""
        return facts_of(self.epoch, self.head, self.digest, count)


def facts_of(epoch: str, head: int, digest: str, count: int = 0) -> AnswerFacts:
    """Give the facts under which such a body is signed.

    Args:
        epoch, head, digest: as in the body.
        count: number of children or keys; 0 for a 409.
    """
    return AnswerFacts(epoch, head, digest, count, head, more=False)


def children_body(snapshot: Snapshot, prefix: str, children: Mapping[str, Digest]) -> bytes:
    """Write the digests under a prefix of 0 to 2 digits, or under several joined by commas.

    Empty children may be left out.
    """
    return json_bytes(
        {
            **_opening(DIGEST_FORMAT, snapshot),
            "prefix": prefix,
            "children": {child: children[child].text() for child in sorted(children)},
        }
    )


def keys_body(snapshot: Snapshot, bucket: str, keys: Iterable[tuple[str, str, str]]) -> bytes:
    """Write what a bucket, or several joined by commas, holds, as (type, key, hash)."""
    return json_bytes(
        {
            **_opening(DIGEST_FORMAT, snapshot),
            "prefix": bucket,
            "keys": [list(row) for row in sorted(keys)],
        }
    )


def epoch_body(snapshot: Snapshot) -> bytes:
    """Write the body of a 409: the cursor is void, this is where the node stands."""
    return json_bytes(_opening(EPOCH_FORMAT, snapshot))


def parse_children(body: bytes, node: str, prefix: str) -> DigestLevel:
    """Read what `children_body` wrote.

    Args:
        body: as received.
        node, prefix: what was asked.

    Raises:
        FeedRefused: rule is `member`, `node`, `prefix`, `digest` or one of `strict_json`.
    """
    value = _load(body, DIGEST_FORMAT, node, (*_SNAPSHOT, "prefix", "children"))
    _expect(value["prefix"] == prefix, "prefix", "不是所问的前缀", "another prefix than asked")
    raw = value["children"]
    _expect(
        isinstance(raw, dict)
        and raw.keys() <= {child for one in prefixes_of(prefix) for child in children_of(one)},
        "member",
        "下级前缀不正确",
        "the child prefixes are wrong",
    )
    children = {child: _digest(text) for child, text in raw.items()}
    whole = _digest(value["digest"])
    if prefix == "":
        _expect(
            combine(children.values()) == whole,
            "digest",
            "各分桶之和与目录摘要不符",
            "the buckets do not add up to the digest",
        )
    return DigestLevel(prefix, value["epoch"], value["head"], whole, children)


def parse_keys(body: bytes, node: str, bucket: str) -> KeyListing:
    """Read what `keys_body` wrote.

    Raises:
        FeedRefused: rule is `member`, `node`, `prefix`, `bucket`, `duplicate` or one of
            `strict_json`.
    """
    value = _load(body, DIGEST_FORMAT, node, (*_SNAPSHOT, "prefix", "keys"))
    _expect(
        value["prefix"] == bucket and len(bucket) >= BUCKET_DIGITS,
        "prefix",
        "不是所问的分桶",
        "another bucket than asked",
    )
    _expect(isinstance(value["keys"], list), "member", "keys 不是列表", "keys is not a list")
    asked = frozenset(prefixes_of(bucket))
    keys: dict[tuple[str, str], str] = {}
    for row in value["keys"]:
        _expect(
            isinstance(row, list)
            and len(row) == 3
            and all(isinstance(item, str) for item in row)
            and _HASH.fullmatch(row[2]) is not None,
            "member",
            "每项应为类型、编码、摘要",
            "each item must be type, key and hash",
        )
        kind, key, record_hash = row
        _expect((kind, key) not in keys, "duplicate", f"重复：{key}", f"listed twice: {key}")
        _expect(
            bucket_of(digest_key(kind, key)) in asked,
            "bucket",
            f"{key} 不属于该分桶",
            f"{key} does not belong to the bucket",
        )
        keys[kind, key] = record_hash
    return KeyListing(bucket, value["epoch"], value["head"], _digest(value["digest"]), keys)


def parse_epoch(body: bytes, node: str) -> AnswerFacts:
    """Read what `epoch_body` wrote, as the facts that its signature must cover.

    Raises:
        FeedRefused: the body is not of that form.
    """
    value = _load(body, EPOCH_FORMAT, node, _SNAPSHOT)
    return facts_of(value["epoch"], value["head"], value["digest"])


def bucket_digest(listing: KeyListing) -> Digest:
    """Give the digest of a listed bucket, to hold it against the one told for its prefix."""
    return digest_of(
        {digest_key(kind, key): record_hash for (kind, key), record_hash in listing.keys.items()}
    )


def _opening(form: str, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "feed": form,
        "node": snapshot.node,
        "epoch": snapshot.epoch,
        "head": snapshot.head,
        "digest": snapshot.digest,
    }


def _load(body: bytes, form: str, node: str, members: tuple[str, ...]) -> dict[str, Any]:
    try:
        value = strict_json.loads(body)
    except JsonRefused as error:
        raise FeedRefused(1, error.rule, error.zh, error.en) from error
    if not isinstance(value, dict) or tuple(value) != members or value["feed"] != form:
        raise FeedRefused(1, "member", f"不是 {form} 格式", f"not in format {form}")
    _expect(value["node"] == node, "node", "不是所问的节点", "another node than asked")
    head = value["head"]
    _expect(
        isinstance(value["epoch"], str) and type(head) is int and head >= 0,
        "member",
        "epoch 或 head 的值不正确",
        "epoch or head has a wrong value",
    )
    _digest(value["digest"])
    return value


def _digest(text: object) -> Digest:
    try:
        return Digest.parse(text if isinstance(text, str) else "")
    except ValueError as error:
        raise FeedRefused(1, "digest", "摘要格式不正确", "a digest has a wrong form") from error


def _expect(condition: bool, rule: str, zh: str, en: str) -> None:  # noqa: FBT001 - an assertion
    if not condition:
        raise FeedRefused(1, rule, zh, en)
