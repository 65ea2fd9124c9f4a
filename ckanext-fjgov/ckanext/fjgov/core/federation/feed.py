"""The change feed of a node, format `fjgov-changes/1`: newline-delimited JSON.

The first line names node, epoch and cursor; each row is one record's latest state or a tombstone;
the last line closes the page and carries the signature over everything before it. Rows are built
around stored canonical bytes, which are never parsed or written anew on the way out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from ckanext.fjgov.core.usage.heads import Told

from .signature import AnswerFacts
from .wire import json_bytes

FORMAT = "fjgov-changes/1"
MEDIA_TYPE = "application/x-ndjson"
PUT: Literal["put"] = "put"
DEL: Literal["del"] = "del"
_RECORD = b',"record":'


@dataclass(frozen=True, slots=True)
class FeedHeader:
    """First line: whose log this is and from where it is read.

    Attributes:
        node: code of the answering node.
        epoch: its epoch.
        since: rows have a higher sequence number than this.
        limit: most rows in this page.
    """

    node: str
    epoch: str
    since: int
    limit: int


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One record's latest state.

    Attributes:
        seq: sequence number in the sender's log.
        op: `put`, or `del` for a tombstone (撤销).
        type: kind of record, such as `entry` or `unit`.
        key: home key: identifier of an entry, USCC of a unit.
        hash: SHA-256 of `record` as 64 hex digits; of a tombstone the last hash or "".
        at: time of the change at home, ISO 8601 in UTC with `Z`.
        reason, replaced_by: of a tombstone, else None.
        record: canonical bytes exactly as sent; None for a tombstone.
        fields: the parsed record; None for a tombstone.
        plain: `record` is proved to be the canonical form of `fields`, values plain
            (`catalog.plain_record`), and `hash` to be its hash.
    """

    seq: int
    op: Literal["put", "del"]
    type: str
    key: str
    hash: str
    at: str
    reason: str | None
    replaced_by: str | None
    record: bytes | None
    fields: Mapping[str, Any] | None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One parsed page.

    Attributes:
        header: first line.
        rows: in order of `seq`.
        end: closing facts.
        signature: of the answer, or None when unsigned.
        body_hash: SHA-256 of every byte before the last line, 64 hex digits.
        usage: what the node told beside the page about its log of uses; None when nothing.
    """

    header: FeedHeader
    rows: tuple[FeedRow, ...]
    end: AnswerFacts
    signature: str | None
    body_hash: str
    usage: Told | None = None


def header_bytes(header: FeedHeader) -> bytes:
    """Write the first line with its line feed."""
    return (
        json_bytes(
            {
                "feed": FORMAT,
                "node": header.node,
                "epoch": header.epoch,
                "since": header.since,
                "limit": header.limit,
            }
        )
        + b"\n"
    )


def row_bytes(
    *,
    seq: int,
    op: str,
    type: str,  # noqa: A002 - the name of the member in the feed
    key: str,
    hash: str,  # noqa: A002 - the name of the member in the feed
    at: str,
    reason: str | None = None,
    replaced_by: str | None = None,
    record: bytes | None = None,
) -> bytes:
    """Write one row with its line feed around the stored bytes of a record.

    Args:
        seq, op, type, key, hash, at, reason, replaced_by: as in `FeedRow`.
        record: canonical bytes as stored; None for a tombstone.

    Raises:
        ValueError: a `put` without record or a `del` with one.

    Cost: one small JSON text; the record is copied, not parsed.
    """
    if (op == PUT) != (record is not None):
        raise ValueError("a put carries a record and a del carries none")
    envelope = envelope_bytes(
        seq=seq, op=op, type=type, key=key, hash=hash, at=at, reason=reason, replaced_by=replaced_by
    )
    return envelope + (b"}\n" if record is None else _RECORD + record + b"}\n")


def envelope_bytes(**members: Any) -> bytes:
    """Write the members of a row before its record, without the closing brace."""
    return json_bytes(members)[:-1]


def split_record(line: bytes, envelope: bytes) -> bytes | None:
    """Give the record's bytes of a row line, or None when the line is not built around them.

    Args:
        line: a row without its line feed.
        envelope: the members before the record as `envelope_bytes` writes them.
    """
    start = envelope + _RECORD
    if line.startswith(start) and line.endswith(b"}"):
        return line[len(start) : -1]
    return None


def trailer_bytes(facts: AnswerFacts, signature: str | None) -> bytes:
    """Write the last line with its line feed."""
    end = {
        "count": facts.count,
        "next": facts.next,
        "head": facts.head,
        "more": facts.more,
        "digest": facts.digest,
        "epoch": facts.epoch,
    }
    return json_bytes({"end": end, "signature": signature}) + b"\n"


def feed_chunks(
    header: FeedHeader,
    rows: Iterable[bytes],
    facts: AnswerFacts,
    sign: Callable[[str], str] | None,
) -> Iterator[bytes]:
    """Stream a page: header, rows as they come, and the signed closing line.

    Args:
        header: first line.
        rows: from `row_bytes`, as many as `facts.count` says.
        facts: closing facts from the same snapshot as the rows.
        sign: body hash -> signature; None for a page that is not signed.

    Cost: constant memory.
    """
    running = sha256()
    first = header_bytes(header)
    running.update(first)
    yield first
    for row in rows:
        running.update(row)
        yield row
    yield trailer_bytes(facts, sign(running.hexdigest()) if sign else None)
