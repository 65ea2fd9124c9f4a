"""A recorded catalog, answering the three requests of a node from memory, signed.

The answers are made by the same code of `core/federation` that a site uses; only the rows come
from a file instead of a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

from ckanext.fjgov.core.catalog.canonical import canonical_bytes, record_hash
from ckanext.fjgov.core.federation import digest_feed, strict_json
from ckanext.fjgov.core.federation.digest import (
    BUCKET_DIGITS,
    bucket_of,
    buckets_of,
    combine,
    digest_key,
    prefixes_of,
    roll_up,
)
from ckanext.fjgov.core.federation.feed import FeedHeader, feed_chunks, row_bytes
from ckanext.fjgov.core.federation.keys import SigningKey
from ckanext.fjgov.core.federation.signature import (
    AnswerFacts,
    RequestClaims,
    body_hash,
    sign_answer,
)

MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a recording."""

    kind: str
    key: str
    data: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        signature: for the answer header; "" when the body carries its own.
    """

    status: int
    body: bytes
    signature: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Read a recording: one JSON object a line, `{"type", "key", "record"}`.

    Raises:
        ValueError: a line is not of that form; the message names it.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            yield _row(line, f"{path.name}:{number}")


def _row(line: bytes, place: str) -> Row:
    try:
        value = json.loads(line)
        data = canonical_bytes(value["record"])
        return Row(value["type"], value["key"], data, record_hash(data))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{place} 不是录制的记录 / is no recorded record") from error


class RecordedNode:
    """A node whose catalog never changes.

    Its log numbers the rows from 1 in the order of the file; its epoch is that of the content, so
    that another recording under the same code is compared and not taken for a continuation.
    """

    def __init__(self, code: str, key: SigningKey, rows: Iterable[Row]) -> None:
        self.code = code
        self.signing_key = key
        self._rows = tuple(rows)
        self._at = "2026-01-01T00:00:00Z"
        names = {digest_key(row.kind, row.key): row.hash for row in self._rows}
        if len(names) != len(self._rows):
            raise ValueError(f"{code}: 录制中有重复的记录 / a record stands twice in the recording")
        self._buckets = buckets_of(names)
        self._digest = combine(self._buckets.values()).text()
        self._epoch = sha256(self._digest.encode()).hexdigest()[:32]

    def changes(self, claims: RequestClaims, query: Mapping[str, str]) -> Answer:
        """Answer `/fjgov/changes.ndjson`."""
        since, limit = int(query.get("since", "0")), int(query.get("limit", "500"))
        epoch, seen = query.get("epoch", ""), query.get("digest", "")
        head = len(self._rows)
        # Only the end of this log was ever told with a digest.
        known = not seen or since == 0 or (since == head and seen == self._digest)
        if since > head or (epoch and epoch != self._epoch) or not known:
            return self._signed(claims, 409, digest_feed.epoch_body(self._here()), 0)
        limit = max(1, min(limit, MAX_ROWS))
        chosen = self._rows[since : since + limit]
        last = since + len(chosen)
        return self._page(claims, since, limit, list(enumerate(chosen, since + 1)), last)

    def records(self, claims: RequestClaims, body: bytes) -> Answer:
        """Answer `/fjgov/records.ndjson`."""
        keys = {(kind, key) for kind, key in strict_json.loads(body)}
        chosen = [
            (seq, row) for seq, row in enumerate(self._rows, 1) if (row.kind, row.key) in keys
        ]
        return self._page(claims, 0, len(keys), chosen, len(self._rows))

    def digests(self, claims: RequestClaims, prefix: str) -> Answer:
        """Answer `/fjgov/digest.json`."""
        prefixes = prefixes_of(prefix)
        if len(prefixes[0]) < BUCKET_DIGITS:
            children = roll_up(self._buckets, *prefixes)
            body = digest_feed.children_body(self._here(), prefix, children)
            return self._signed(claims, 200, body, len(children))
        keys = [
            (row.kind, row.key, row.hash)
            for row in self._rows
            if bucket_of(digest_key(row.kind, row.key)) in prefixes
        ]
        return self._signed(
            claims, 200, digest_feed.keys_body(self._here(), prefix, keys), len(keys)
        )

    def _here(self) -> digest_feed.Snapshot:
        return digest_feed.Snapshot(self.code, self._epoch, len(self._rows), self._digest)

    def _page(
        self,
        claims: RequestClaims,
        since: int,
        limit: int,
        rows: Sequence[tuple[int, Row]],
        last: int,
    ) -> Answer:
        head = len(self._rows)
        facts = AnswerFacts(self._epoch, head, self._digest, len(rows), last, more=last < head)
        lines = (
            row_bytes(
                seq=seq,
                op="put",
                type=row.kind,
                key=row.key,
                hash=row.hash,
                at=self._at,
                record=row.data,
            )
            for seq, row in rows
        )
        chunks = feed_chunks(
            FeedHeader(self.code, self._epoch, since, limit),
            lines,
            facts,
            lambda hash_of_body: self._sign(claims, facts, hash_of_body),
        )
        return Answer(200, b"".join(chunks))

    def _signed(self, claims: RequestClaims, status: int, body: bytes, count: int) -> Answer:
        facts = self._here().facts(count)
        return Answer(status, body, self._sign(claims, facts, body_hash(body)))

    def _sign(self, claims: RequestClaims, facts: AnswerFacts, hash_of_body: str) -> str:
        return sign_answer(
            self.signing_key,
            sender=self.code,
            audience=claims.sender,
            nonce=claims.nonce,
            facts=facts,
            hash_of_body=hash_of_body,
            now=datetime.now(timezone.utc),
        )
