"""Answer other nodes: the change feed, digests and named records, each from one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from ckanext.fjgov.core.federation import digest_feed
from ckanext.fjgov.core.federation.digest import BUCKET_DIGITS, combine, prefixes_of, roll_up
from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.feed import FeedHeader, feed_chunks, row_bytes
from ckanext.fjgov.core.federation.signature import (
    AnswerFacts,
    RequestClaims,
    body_hash,
    sign_answer,
    verify_request,
)
from ckanext.fjgov.logic import catalog_log, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sync import peers
from ckanext.fjgov.model import feed, nodes
from ckanext.fjgov.model.database import own_transaction, snapshot

MAX_LIMIT = 1000
MAX_PAGE_ROWS = 2000
MAX_PAGE_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer of this node.

    Attributes:
        chunks: pieces of the body.
        signature: for the answer header; None when the body carries its own.
        status: HTTP status.
        tag: entity tag of the moment: epoch and head.
        following: epoch and cursor of the next page; None on the last.
    """

    chunks: Iterator[bytes] | Sequence[bytes]
    signature: str | None
    status: int = 200
    tag: str = ""
    following: tuple[str, int] | None = None


def authenticate(token: str | None, method: str, path_query: str, body: bytes) -> RequestClaims:
    """Check a signed request of another node; a nonce is good for one request.

    Raises:
        SignatureRefused: with the kind of the fault.
    """
    now = utc_now()
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
    claims = verify_request(
        token,
        keys=peers.all_keys(known, now),
        audience=settings.node().code,
        method=method,
        path_query=path_query,
        body=body,
        now=now,
    )
    with own_transaction() as connection:
        if not nodes.claim_nonce(connection, claims.sender, claims.nonce):
            raise SignatureRefused("replayed")
    return claims


def changes(
    claims: RequestClaims,
    *,
    since: int,
    limit: int,
    epoch: str,
    digest_seen: str = "",
    tags_seen: Container[str] = (),
) -> Answer:
    """Give one page of this node's own records after a cursor.

    A cursor of another epoch, beyond the head, or with another digest than this log had there is
    void: the answer is 409 with where the log stands, and the reader compares the catalogs. A
    reader that names the tag of this moment and its digest is told 304, signed over what it knows.

    Cost: one range of an index; a page ends early when it would be longer than 24 MiB.
    """
    catalog_log.drain()
    code = settings.node().code
    with snapshot() as connection:
        head = feed.head(connection)
        digest = feed.own_digest(connection, code, head).text()
        void = since > head.seq or (epoch and epoch != head.epoch)
        if void or not feed.cursor_holds(connection, since, digest_seen):
            return void_cursor(claims, head, digest)
        if since == head.seq and digest_seen == digest and tag_of(head) in tags_seen:
            return unchanged(claims, head, digest)
        rows, more = feed.page(connection, code, since, limit, MAX_PAGE_BYTES)
    facts = AnswerFacts(
        epoch=head.epoch,
        head=head.seq,
        digest=digest,
        count=len(rows),
        next=rows[-1].seq if more else head.seq,
        more=more,
    )
    return page_answer(claims, FeedHeader(code, head.epoch, since, limit), rows, facts)


def records(claims: RequestClaims, keys: Sequence[tuple[str, str]]) -> Answer:
    """Give named records as they stand now; those that are not listed are left out."""
    catalog_log.drain()
    code = settings.node().code
    with snapshot() as connection:
        head = feed.head(connection)
        digest = feed.digest(connection, code).text()
        rows = feed.live_records(connection, code, keys)
    facts = AnswerFacts(
        epoch=head.epoch, head=head.seq, digest=digest, count=len(rows), next=head.seq, more=False
    )
    return page_answer(claims, FeedHeader(code, head.epoch, 0, len(keys)), rows, facts)


def digests(claims: RequestClaims, prefix: str) -> Answer:
    """Give the digests under prefixes of 0 to 2 hex digits, or what buckets of 3 hold.

    Args:
        prefix: one, or up to 256 of one length joined by commas.

    Raises:
        ValueError: not such prefixes.
    """
    prefixes = prefixes_of(prefix)
    catalog_log.drain()
    code = settings.node().code
    with snapshot() as connection:
        head = feed.head(connection)
        buckets = feed.buckets(connection, code)
        here = digest_feed.Snapshot(code, head.epoch, head.seq, combine(buckets.values()).text())
        if len(prefixes[0]) == BUCKET_DIGITS:
            found = feed.bucket_keys(connection, code, prefixes)
            body = digest_feed.keys_body(
                here, prefix, [(kind, key, value) for (kind, key), value in found.items()]
            )
            count = len(found)
        else:
            children = roll_up(buckets, *prefixes)
            body = digest_feed.children_body(here, prefix, children)
            count = len(children)
    return _signed_body(claims, body, here.facts(count))


def void_cursor(claims: RequestClaims, head: feed.Head, digest: str) -> Answer:
    """Say that a cursor is void, and where the log stands."""
    here = digest_feed.Snapshot(settings.node().code, head.epoch, head.seq, digest)
    answer = _signed_body(claims, digest_feed.epoch_body(here), here.facts())
    return Answer(answer.chunks, answer.signature, status=409)


def page_answer(
    claims: RequestClaims, header: FeedHeader, rows: Sequence[feed.LogRow], facts: AnswerFacts
) -> Answer:
    """Give one signed page of rows."""
    zone = utc_now().tzinfo
    lines = (
        row_bytes(
            seq=row.seq,
            op=row.op,
            type=row.kind,
            key=row.key,
            hash=row.hash,
            at=row.changed_at.astimezone(zone).isoformat().replace("+00:00", "Z"),
            reason=row.reason,
            replaced_by=row.replaced_by,
            record=row.data,
        )
        for row in rows
    )
    return Answer(
        feed_chunks(header, lines, facts, _signer(claims, facts)),
        None,
        tag=tag_of(feed.Head(facts.epoch, facts.head)),
        following=(facts.epoch, facts.next) if facts.more else None,
    )


def tag_of(head: feed.Head) -> str:
    """Give the entity tag of a moment."""
    return f"{head.epoch}-{head.seq}"


def unchanged(claims: RequestClaims, head: feed.Head, digest: str) -> Answer:
    """Say, signed over what the reader knows, that nothing has changed."""
    facts = AnswerFacts(
        epoch=head.epoch, head=head.seq, digest=digest, count=0, next=head.seq, more=False
    )
    answer = _signed_body(claims, b"", facts)
    return Answer(answer.chunks, answer.signature, status=304, tag=tag_of(head))


def _signer(claims: RequestClaims, facts: AnswerFacts) -> Callable[[str], str]:
    own = settings.identity()

    def sign(hash_of_body: str) -> str:
        return sign_answer(
            own.key,
            sender=own.code,
            audience=claims.sender,
            nonce=claims.nonce,
            facts=facts,
            hash_of_body=hash_of_body,
            now=utc_now(),
        )

    return sign


def _signed_body(claims: RequestClaims, body: bytes, facts: AnswerFacts) -> Answer:
    return Answer([body], _signer(claims, facts)(body_hash(body)))
