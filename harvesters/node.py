"""Reader of our own nodes: signed requests, verified answers, strict pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from types import MappingProxyType
from urllib.parse import urlencode

from ckanext.fjgov.core.federation import digest_feed
from ckanext.fjgov.core.federation.address import check_url
from ckanext.fjgov.core.federation.errors import EpochChanged, FeedRefused
from ckanext.fjgov.core.federation.feed import MEDIA_TYPE as FEED_TYPE
from ckanext.fjgov.core.federation.feed import FeedHeader, FeedPage
from ckanext.fjgov.core.federation.feed_parser import DEFAULT_LIMITS, FeedLimits, parse_feed
from ckanext.fjgov.core.federation.ports import (
    OK,
    DigestLevel,
    Fetch,
    FetchResult,
    Identity,
    KeyListing,
    Peer,
)
from ckanext.fjgov.core.federation.signature import (
    ANSWER_HEADER,
    REQUEST_HEADER,
    AnswerFacts,
    body_hash,
    sign_request,
    verify_answer,
)
from ckanext.fjgov.core.federation.wire import json_bytes
from ckanext.fjgov.core.usage.heads import SEEN_HEADER, TOLD_HEADER, Told, read_told

from .retry import repeat

CHANGES = "/fjgov/changes.ndjson"
COLLECTION = "/fjgov/collection.ndjson"
DIGEST = "/fjgov/digest.json"
RECORDS = "/fjgov/records.ndjson"
JSON_TYPE = digest_feed.MEDIA_TYPE
EPOCH_STATUS = 409
ATTEMPTS = 3
UNCHANGED_STATUS = 304
_EXPECTED = OK | {EPOCH_STATUS}


def utc_now() -> datetime:
    """Give the present time."""
    return datetime.now(timezone.utc)


def new_nonce() -> str:
    """Draw 128 random bits as 22 characters."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class SignedNodeReader:
    """Reads one node (`ports.NodeReader`).

    Attributes:
        peer: the node asked.
        identity: the node asking.
        fetch: the way out, under a policy made from the peer's own allow rules.
        pause: called before another attempt with the number of the failed one, from 1.
        limits: of a page.
        path: of the log that `changes` reads.
        now, nonce: for tests.
    """

    peer: Peer
    identity: Identity
    fetch: Fetch
    pause: Callable[[int], None]
    limits: FeedLimits = DEFAULT_LIMITS
    path: str = CHANGES
    now: Callable[[], datetime] = utc_now
    nonce: Callable[[], str] = new_nonce

    def changes(self, since: int, limit: int, epoch: str, digest: str) -> FeedPage:
        """Read one page of changes; see `ports.NodeReader.changes`."""
        query = {"since": since, "limit": limit, "epoch": epoch, "digest": digest}
        seen = {"If-None-Match": f'"{epoch}-{since}"'} if epoch and digest else {}
        usage = {SEEN_HEADER: str(self.peer.usage_seen)} if self.peer.usage_seen else {}
        expect = _EXPECTED | ({UNCHANGED_STATUS} if seen else set())
        nonce, answer = self._get(
            f"{self.path}?{urlencode(query)}", (FEED_TYPE, JSON_TYPE), {**seen, **usage}, expect
        )
        told = self._told(answer, nonce)
        if answer.status == UNCHANGED_STATUS and seen:
            header = FeedHeader(self.peer.code, epoch, since, limit)
            return replace(self._unchanged(answer, nonce, header, digest), usage=told)
        if answer.status == EPOCH_STATUS:
            facts = digest_feed.parse_epoch(answer.body, self.peer.code)
            self._verify_body(answer, nonce, facts)
            raise EpochChanged(facts.epoch, facts.head, facts.digest)
        page = self._page(answer.body, nonce)
        if page.header.since != since or page.header.limit > limit:
            raise FeedRefused(1, "header", "不是所请求的页", "another page than asked")
        return replace(page, usage=told)

    def _told(self, answer: FetchResult, nonce: str) -> Told | None:
        """Read what the node tells about its log of uses; older ones tell nothing."""
        token = answer.headers.get(TOLD_HEADER.lower())
        if not token:
            return None
        return read_told(token, keys=self.peer.keys, sender=self.peer.code, nonce=nonce)

    def _unchanged(
        self, answer: FetchResult, nonce: str, header: FeedHeader, digest: str
    ) -> FeedPage:
        """Give the empty page that the node signed without sending it: all is as we told it."""
        at = header.since
        end = AnswerFacts(epoch=header.epoch, head=at, digest=digest, count=0, next=at, more=False)
        self._verify_body(answer, nonce, end)
        token = answer.headers.get(ANSWER_HEADER.lower())
        return FeedPage(header, (), end, token, body_hash(answer.body))

    def digest_children(self, prefix: str) -> DigestLevel:
        """Read the digests under a prefix; see `ports.NodeReader.digest_children`."""
        nonce, answer = self._get(f"{DIGEST}?{urlencode({'prefix': prefix})}", (JSON_TYPE,))
        level = digest_feed.parse_children(answer.body, self.peer.code, prefix)
        facts = digest_feed.facts_of(
            level.epoch, level.head, level.digest.text(), len(level.children)
        )
        self._verify_body(answer, nonce, facts)
        return level

    def keys(self, bucket: str) -> KeyListing:
        """Read what one bucket holds; see `ports.NodeReader.keys`."""
        nonce, answer = self._get(f"{DIGEST}?{urlencode({'prefix': bucket})}", (JSON_TYPE,))
        listing = digest_feed.parse_keys(answer.body, self.peer.code, bucket)
        facts = digest_feed.facts_of(
            listing.epoch, listing.head, listing.digest.text(), len(listing.keys)
        )
        self._verify_body(answer, nonce, facts)
        return listing

    def many_children(self, prefixes: Sequence[str]) -> DigestLevel:
        """Read the digests under many prefixes; see `ports.WideReader`."""
        return self.digest_children(",".join(prefixes))

    def many_keys(self, buckets: Sequence[str]) -> KeyListing:
        """Read what many buckets hold; see `ports.WideReader`."""
        return self.keys(",".join(buckets))

    def records(self, keys: Sequence[tuple[str, str]]) -> FeedPage:
        """Read named records; see `ports.NodeReader.records`."""
        body = json_bytes([list(key) for key in keys])
        nonce, headers, url = self._signed("POST", RECORDS, body)
        answer = self.fetch.post(url, body, headers, content_type=JSON_TYPE, accept=(FEED_TYPE,))
        page = self._page(answer.body, nonce)
        asked = set(keys)
        for number, row in enumerate(page.rows, start=2):
            if (row.type, row.key) not in asked:
                raise FeedRefused(number, "key", "不是所请求的记录", "a record that was not asked")
        return page

    def _get(
        self,
        path_query: str,
        accept: Sequence[str],
        more: Mapping[str, str] = MappingProxyType({}),
        expect: Collection[int] = _EXPECTED,
    ) -> tuple[str, FetchResult]:
        """Ask with a fresh signature for every attempt: a repeated nonce is a replay."""

        def ask() -> tuple[str, FetchResult]:
            nonce, headers, url = self._signed("GET", path_query, b"")
            answer = self.fetch.get(
                url,
                {**headers, **more},
                accept=accept,
                expect=expect,
                attempts=1,
                follow=False,
            )
            return nonce, answer

        return repeat(ask, ATTEMPTS, self._wait)

    def _wait(self, failures: int) -> bool:
        self.pause(failures)
        return True

    def _signed(self, method: str, path_query: str, body: bytes) -> tuple[str, dict[str, str], str]:
        nonce = self.nonce()
        url = self.peer.base_url.rstrip("/") + path_query
        # What is signed is what is sent, a path in front of the site included.
        sent = check_url(url).path_query
        token = sign_request(
            self.identity.key,
            sender=self.identity.code,
            audience=self.peer.code,
            method=method,
            path_query=sent,
            body=body,
            now=self.now(),
            nonce=nonce,
        )
        return nonce, {REQUEST_HEADER: token}, url

    def _page(self, body: bytes, nonce: str) -> FeedPage:
        page = parse_feed(body, self.limits)
        self._verify(page.signature, nonce, page.end, page.body_hash)
        if page.header.node != self.peer.code:
            raise FeedRefused(1, "header", "不是所问的节点", "another node than asked")
        return page

    def _verify_body(self, answer: FetchResult, nonce: str, facts: AnswerFacts) -> None:
        token = answer.headers.get(ANSWER_HEADER.lower())
        self._verify(token, nonce, facts, body_hash(answer.body))

    def _verify(self, token: str | None, nonce: str, facts: AnswerFacts, hash_of_body: str) -> None:
        verify_answer(
            token,
            keys=self.peer.keys,
            sender=self.peer.code,
            audience=self.identity.code,
            nonce=nonce,
            facts=facts,
            hash_of_body=hash_of_body,
        )
