"""How answers of a city are spoilt on their way: cut, slow, malformed, or lying.

Some lies are told by somebody on the way, who cannot sign, and some under the city's own key.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

from ckanext.fjgov.core.federation.feed import FeedPage, FeedRow, feed_chunks, row_bytes
from ckanext.fjgov.core.federation.feed_parser import parse_feed
from ckanext.fjgov.core.federation.keys import SigningKey
from ckanext.fjgov.core.federation.signature import sign_answer

FEED = "changes.ndjson"


@dataclass
class Reply:
    """What goes back to the province; `cut` bytes of the announced ones stay away."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: int = 0
    pause_s: float = 0.0
    reset: bool = False


@dataclass
class Trick:
    """How answers are spoilt.

    Attributes:
        spoil: changes a reply; the share says where.
        path: only answers of this path.
        times: how many of them.
    """

    spoil: Callable[[Reply, float, Liar, str], Reply]
    path: str = FEED
    times: int = 99


@dataclass(frozen=True)
class Liar:
    """Whose name is signed: the city's, by someone who has its key."""

    code: str
    key: SigningKey
    reader: str

    def page(self, page: FeedPage, nonce: str) -> bytes:
        """Write a page and sign it; the count follows its rows."""
        facts = replace(page.end, count=len(page.rows))

        def sign(hash_of_body: str) -> str:
            return sign_answer(
                self.key, sender=self.code, audience=self.reader, nonce=nonce, facts=facts,
                hash_of_body=hash_of_body, now=datetime.now(timezone.utc),
            )  # fmt: skip

        rows = (_written(row) for row in page.rows)
        return b"".join(feed_chunks(page.header, rows, facts, sign))


def _written(row: FeedRow) -> bytes:
    return row_bytes(
        seq=row.seq, op=row.op, type=row.type, key=row.key, hash=row.hash, at=row.at,
        reason=row.reason, replaced_by=row.replaced_by, record=row.record,
    )  # fmt: skip


def _relied(change: Callable[[FeedPage, float], FeedPage]) -> Callable[..., Reply]:
    """Make a trick that changes a page and signs it anew."""

    def spoil(reply: Reply, share: float, liar: Liar, nonce: str) -> Reply:
        if reply.status != 200 or not nonce:
            return reply
        reply.body = liar.page(change(parse_feed(reply.body), share), nonce)
        return reply

    return spoil


def _some(page: FeedPage, share: float) -> int:
    return min(int(share * len(page.rows)), len(page.rows) - 1)


def _other_rows(page: FeedPage, rows: list[FeedRow]) -> FeedPage:
    return replace(page, rows=tuple(rows))


def _dropped(page: FeedPage, share: float) -> FeedPage:
    rows = list(page.rows)
    if rows:
        rows.pop(_some(page, share))
    return _other_rows(page, rows)


def _with_record(row: FeedRow, record: bytes, **changes: Any) -> FeedRow:
    return replace(row, op="put", record=record, hash=sha256(record).hexdigest(), **changes)


def _edited(page: FeedPage, share: float) -> FeedPage:
    """Another abstract under the right hash for it."""
    rows = list(page.rows)
    for place in range(_some(page, share), len(rows)):
        record = rows[place].record
        if record and "试验".encode() in record:
            rows[place] = _with_record(
                rows[place], record.replace("示例".encode(), "假造".encode())
            )
            break
    return _other_rows(page, rows)


def _foreign(page: FeedPage, share: float) -> FeedPage:
    """A record that belongs to the other city, under this city's signature."""
    rows = list(page.rows)
    for place in range(_some(page, share), len(rows)):
        row = rows[place]
        if row.record and row.type == "entry":
            key = row.key.replace("35100", "35200")
            record = row.record.replace(b"35100/", b"35200/").replace(b"35100-", b"35200-")
            rows[place] = _with_record(row, record, key=key)
            break
    return _other_rows(page, rows)


def _withdrawn(page: FeedPage, share: float) -> FeedPage:
    """A withdrawal that the city never made."""
    rows = list(page.rows)
    if rows:
        place = _some(page, share)
        rows[place] = replace(rows[place], op="del", record=None, reason="withdrawn")
    return _other_rows(page, rows)


def _other_digest(page: FeedPage, share: float) -> FeedPage:
    total, _, count = page.end.digest.partition(":")
    other = f"{int(share * 16):x}{total[1:]}"
    return replace(page, end=replace(page.end, digest=f"{other}:{count}"))


def _ends_early(page: FeedPage, _share: float) -> FeedPage:
    """The end of the log is claimed at the first page."""
    return replace(page, end=replace(page.end, more=False, next=page.end.head))


def _status(status: int) -> Callable[..., Reply]:
    def spoil(reply: Reply, _share: float, _liar: Liar, _nonce: str) -> Reply:
        return replace(reply, status=status)

    return spoil


def _body(make: Callable[[bytes, float], bytes]) -> Callable[..., Reply]:
    def spoil(reply: Reply, share: float, _liar: Liar, _nonce: str) -> Reply:
        return replace(reply, body=make(reply.body, share))

    return spoil


def _flipped(body: bytes, share: float) -> bytes:
    place = min(int(share * len(body)), len(body) - 1)
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _cut(reply: Reply, share: float, _liar: Liar, _nonce: str) -> Reply:
    return replace(reply, cut=max(1, int((1 - share) * len(reply.body))))


def _slow(reply: Reply, share: float, _liar: Liar, _nonce: str) -> Reply:
    return replace(reply, pause_s=0.2 + share)


def _stalled(reply: Reply, _share: float, _liar: Liar, _nonce: str) -> Reply:
    """Longer than the reader waits for the next bytes."""
    return replace(reply, pause_s=17.0)


def _reset(reply: Reply, _share: float, _liar: Liar, _nonce: str) -> Reply:
    return replace(reply, reset=True)


def _bomb(reply: Reply, _share: float, _liar: Liar, _nonce: str) -> Reply:
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, headers=headers, body=gzip.compress(bytes(300_000_000), 1))


def _page_of_login(reply: Reply, _share: float, _liar: Liar, _nonce: str) -> Reply:
    return replace(reply, headers={"Content-Type": "text/html"}, body=b"<html>login</html>")


# Truncated, slow and malformed answers, and lies: first unsigned, then under the city's own key.
TRICKS = {
    "truncated": Trick(_cut),
    "shortened": Trick(_body(lambda body, share: body[: int(share * len(body))])),
    "slow": Trick(_slow),
    "stalled": Trick(_stalled, times=1),
    "reset": Trick(_reset),
    "unavailable": Trick(_status(503)),
    "unavailable once": Trick(_status(503), times=1),
    "not found": Trick(_status(404)),
    "void": Trick(_status(409)),
    "empty": Trick(_body(lambda _body, _share: b"")),
    "login page": Trick(_page_of_login),
    "bomb": Trick(_bomb),
    "flipped bit": Trick(_body(_flipped)),
    "other name": Trick(_body(lambda body, _share: body.replace(b"35100/", b"35200/"))),
    "signed: dropped row": Trick(_relied(_dropped), times=1),
    "signed: edited row": Trick(_relied(_edited), times=1),
    "signed: foreign row": Trick(_relied(_foreign), times=1),
    "signed: false withdrawal": Trick(_relied(_withdrawn), times=1),
    "signed: other digest": Trick(_relied(_other_digest)),
    "signed: early end": Trick(_relied(_ends_early), times=1),
}  # fmt: skip
