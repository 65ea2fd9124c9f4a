"""The reader of our own nodes against a node that signs, and against one that cheats."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ckanext.fjgov.core.federation import strict_json
from ckanext.fjgov.core.federation.digest import (
    bucket_of,
    buckets_of,
    children_of,
    digest_key,
    digest_of,
    prefixes_of,
    roll_up,
)
from ckanext.fjgov.core.federation.digest_feed import (
    Snapshot,
    bucket_digest,
    children_body,
    epoch_body,
    keys_body,
)
from ckanext.fjgov.core.federation.errors import (
    BadStatus,
    BlockedAddress,
    EpochChanged,
    FeedRefused,
    SignatureRefused,
)
from ckanext.fjgov.core.federation.feed import FeedHeader, feed_chunks, row_bytes
from ckanext.fjgov.core.federation.keys import key_from_seed
from ckanext.fjgov.core.federation.ports import Identity, NodeReader, Peer
from ckanext.fjgov.core.federation.signature import (
    AnswerFacts,
    body_hash,
    sign_answer,
    verify_request,
)
from ckanext.fjgov.core.usage.heads import SEEN_HEADER, TOLD_HEADER, Told, sign_told
from ckanext.fjgov.core.usage.sealing import Head
from ckanext.fjgov.harvesters.factories import node_fetcher, node_reader, resource_fetcher
from ckanext.fjgov.harvesters.node import SignedNodeReader

PROVINCE = Identity("350000", key_from_seed(b"p" * 32))
CITY_KEY = key_from_seed(b"c" * 32)
AT = "2026-03-02T08:00:00Z"
RECORDS = {f"35100/{number:06}": b'{"n":"%d"}' % number for number in range(1, 6)}
NAMED = {digest_key("entry", key): sha256(data).hexdigest() for key, data in RECORDS.items()}
SNAPSHOT = Snapshot("350100", "e-1", 5, digest_of(NAMED).text())
Serve = Callable[..., Any]


@dataclass
class City:
    """A node with five entries, answering as ours do; `cheat` changes an answer on its way."""

    cheat: Callable[[bytes], bytes] = bytes
    key: Any = CITY_KEY
    void: bool = False
    busy: int = 0
    usage: Callable[[str, str], str] | None = None
    nonces: list[str] = field(default_factory=list)
    seen: str = ""

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        raw = dict(line.split(": ", 1) for line in lines[1:])
        assert "x-fjgov-request" in headers
        claims = verify_request(
            raw["X-Fjgov-Request"],
            keys={"350000": [PROVINCE.key.verifying()]},
            audience="350100",
            method=method,
            path_query=target,
            body=body,
            now=datetime.now(timezone.utc),
        )
        assert claims.nonce not in self.nonces
        self.nonces.append(claims.nonce)
        if self.busy:
            self.busy -= 1
            connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            return
        self.seen = raw.get(SEEN_HEADER, "")
        connection.sendall(self.cheat(self.answer(target, body, claims.nonce)))

    def answer(self, target: str, body: bytes, nonce: str) -> bytes:
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        path = urlsplit(target).path.rpartition("/")[2]
        if path == "digest.json":
            return self.json(*self.digest(query.get("prefix", "")), nonce=nonce)
        if self.void:
            return self.json(epoch_body(SNAPSHOT), 0, nonce=nonce, status=409)
        keys = [key for _, key in strict_json.loads(body)] if body else list(RECORDS)
        since, limit = int(query.get("since", 0)), int(query.get("limit", len(keys)))
        chosen = [
            (seq, key) for seq, key in enumerate(RECORDS, start=1) if seq > since and key in keys
        ]
        rows = chosen[:limit]
        more = len(chosen) > limit
        facts = AnswerFacts("e-1", 5, SNAPSHOT.digest, len(rows), rows[-1][0] if more else 5, more)
        page = feed_chunks(
            FeedHeader("350100", "e-1", since, limit),
            [self.row(seq, key) for seq, key in rows],
            facts,
            lambda hash_of_body: self.sign(nonce, facts, hash_of_body),
        )
        return self.http(b"".join(page), "application/x-ndjson", *self.told(nonce))

    def told(self, nonce: str) -> list[str]:
        return [f"{TOLD_HEADER}: {self.usage(nonce, self.seen)}"] if self.usage else []

    def row(self, seq: int, key: str) -> bytes:
        data = RECORDS[key]
        return row_bytes(
            seq=seq,
            op="put",
            type="entry",
            key=key,
            hash=sha256(data).hexdigest(),
            at=AT,
            record=data,
        )

    def digest(self, prefix: str) -> tuple[bytes, int]:
        prefixes = prefixes_of(prefix)
        if len(prefixes[0]) < 3:
            children = roll_up(buckets_of(NAMED), *prefixes)
            return children_body(SNAPSHOT, prefix, children), len(children)
        keys = [
            ("entry", name.removeprefix("entry:"), record_hash)
            for name, record_hash in NAMED.items()
            if bucket_of(name) in prefixes
        ]
        return keys_body(SNAPSHOT, prefix, keys), len(keys)

    def json(self, body: bytes, count: int, *, nonce: str, status: int = 200) -> bytes:
        token = self.sign(nonce, SNAPSHOT.facts(count), body_hash(body))
        return self.http(body, "application/json", f"X-Fjgov-Answer: {token}", status=status)

    def sign(self, nonce: str, facts: AnswerFacts, hash_of_body: str) -> str:
        return sign_answer(
            self.key,
            sender="350100",
            audience="350000",
            nonce=nonce,
            facts=facts,
            hash_of_body=hash_of_body,
            now=datetime.now(timezone.utc),
        )

    @staticmethod
    def http(body: bytes, media_type: str, *headers: str, status: int = 200) -> bytes:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {media_type}", *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reader(server: Any, base: str = "", usage_seen: int = 0) -> NodeReader:
    peer = Peer(
        "350100",
        server.url(base).rstrip("/"),
        (CITY_KEY.verifying(),),
        (f"127.0.0.1:{server.port}",),
        usage_seen,
    )
    return SignedNodeReader(peer, PROVINCE, node_fetcher(peer.allow), pause=lambda failures: None)


@pytest.mark.parametrize("base", ["", "/", "/ckan"])
def test_pages_follow_each_other_to_the_head(serve: Serve, base: str) -> None:
    city = reader(serve(City()), base)
    since, keys = 0, []
    while True:
        page = city.changes(since, 2, "e-1", SNAPSHOT.digest)
        keys += [row.key for row in page.rows]
        since = page.end.next
        if not page.end.more:
            break
    assert keys == list(RECORDS)
    assert city.changes(since, 2, "e-1", SNAPSHOT.digest).rows == ()


@pytest.mark.parametrize("seen", [0, 7])
def test_the_newest_seal_of_the_log_of_uses_comes_beside_a_page(serve: Serve, seen: int) -> None:
    def tell(nonce: str, asked: str) -> str:
        told = Told(Head(8, "eight"), int(asked or 0), "seven" if asked else "")
        return sign_told(CITY_KEY, sender="350100", nonce=nonce, told=told)

    page = reader(serve(City(usage=tell)), usage_seen=seen).changes(0, 9, "", "")
    assert page.usage == Told(Head(8, "eight"), seen, "seven" if seen else "")
    assert len(page.rows) == 5
    assert reader(serve(City()), usage_seen=seen).changes(0, 9, "", "").usage is None


def test_a_seal_that_the_node_did_not_tell_now_is_refused(serve: Serve) -> None:
    def other_key(nonce: str, _asked: str) -> str:
        told = Told(Head(8, "eight"), 0, "")
        return sign_told(key_from_seed(b"x" * 32), sender="350100", nonce=nonce, told=told)

    def earlier(_nonce: str, _asked: str) -> str:
        return sign_told(CITY_KEY, sender="350100", nonce="n" * 22, told=Told(Head(1, "a"), 0, ""))

    for usage, kind in ((other_key, "bad_signature"), (earlier, "wrong_nonce")):
        with pytest.raises(SignatureRefused) as caught:
            reader(serve(City(usage=usage))).changes(0, 9, "", "")
        assert caught.value.kind == kind


def test_a_catalog_is_compared_and_repaired(serve: Serve) -> None:
    city = reader(serve(City()))
    top = city.digest_children("")
    assert top.digest == digest_of(NAMED)
    name = digest_key("entry", "35100/000003")
    bucket = bucket_of(name)
    middle = city.digest_children(bucket[:2]).children[bucket]
    listing = city.keys(bucket)
    assert bucket_digest(listing) == middle
    page = city.records(sorted(listing.keys))
    assert [(row.type, row.key) for row in page.rows] == sorted(listing.keys)


def test_many_prefixes_cost_one_request(serve: Serve) -> None:
    node = City()
    city = reader(serve(node))
    middle = city.many_children(children_of(""))
    assert middle.children == roll_up(buckets_of(NAMED), *children_of(""))
    listing = city.many_keys(sorted(buckets_of(NAMED)))
    assert bucket_digest(listing) == digest_of(NAMED)
    assert len(node.nonces) == 2


def test_a_restored_node_is_named(serve: Serve) -> None:
    with pytest.raises(EpochChanged) as caught:
        reader(serve(City(void=True))).changes(99, 2, "e-0", "")
    assert (caught.value.epoch, caught.value.head, caught.value.digest) == (
        "e-1",
        5,
        SNAPSHOT.digest,
    )


def test_every_attempt_has_a_nonce_of_its_own(serve: Serve) -> None:
    city = City(busy=2)
    assert len(reader(serve(city)).changes(0, 9, "", "").rows) == 5
    assert len(set(city.nonces)) == 3


def test_a_busy_node_is_given_up_after_three_attempts(serve: Serve) -> None:
    city = City(busy=9)
    with pytest.raises(BadStatus):
        reader(serve(city)).changes(0, 9, "", "")
    assert len(city.nonces) == 3


@pytest.mark.parametrize(
    ("cheat", "error"),
    [
        (lambda data: data.replace(b'"end":{"count":5', b'"end":{"count":4'), FeedRefused),
        (
            lambda data: data.replace(b'"head":5', b'"head":6').replace(b'"next":5', b'"next":6'),
            None,
        ),
        (lambda data: data.replace(b'"node":"350100"', b'"node":"350200"'), None),
        (lambda data: data.replace(AT.encode(), b"2026-03-02T09:00:00Z"), None),
        (lambda data: data.replace(b'"reason":null', b'"reason":"x"'), None),
        (lambda data: data[: data.rindex(b'"signature":')] + b'"signature":null}\n', None),
    ],
)
def test_altered_pages_are_refused(serve: Serve, cheat: Any, error: Any) -> None:
    with pytest.raises(error or SignatureRefused):
        reader(serve(City(cheat=cheat))).changes(0, 9, "", "")


def test_a_page_for_another_question_is_refused(serve: Serve) -> None:
    class Other(City):
        def answer(self, target: str, body: bytes, nonce: str) -> bytes:
            return super().answer(target.replace("since=0", "since=1"), body, nonce)

    with pytest.raises(FeedRefused, match="不是所请求的页"):
        reader(serve(Other())).changes(0, 9, "", "")


def test_a_record_that_was_not_asked_is_refused(serve: Serve) -> None:
    class Other(City):
        def answer(self, target: str, body: bytes, nonce: str) -> bytes:
            return super().answer(target, b"", nonce)

    with pytest.raises(FeedRefused, match="不是所请求的记录"):
        reader(serve(Other())).records([("entry", "35100/000001")])


@pytest.mark.parametrize("ask", ["digest", "keys", "epoch"])
def test_altered_bodies_are_refused(serve: Serve, ask: str) -> None:
    def cheat(data: bytes) -> bytes:
        return data.replace(b'"epoch":"e-1"', b'"epoch":"e-2"')

    city = reader(serve(City(cheat=cheat, void=True)))
    actions: dict[str, Callable[[], object]] = {
        "digest": lambda: city.digest_children(""),
        "keys": lambda: city.keys("000"),
        "epoch": lambda: city.changes(0, 9, "", ""),
    }
    with pytest.raises(SignatureRefused) as caught:
        actions[ask]()
    assert caught.value.kind == "altered_facts"


def test_an_unsigned_409_voids_no_cursor(serve: Serve) -> None:
    def cheat(data: bytes) -> bytes:
        return data.replace(b"X-Fjgov-Answer", b"X-Other")

    with pytest.raises(SignatureRefused) as caught:
        reader(serve(City(cheat=cheat, void=True))).changes(0, 9, "", "")
    assert caught.value.kind == "missing"


def test_an_answer_by_an_unknown_key_is_refused(serve: Serve) -> None:
    with pytest.raises(SignatureRefused) as caught:
        reader(serve(City(key=key_from_seed(b"x" * 32)))).changes(0, 9, "", "")
    assert caught.value.kind == "bad_signature"


def test_an_answer_to_an_earlier_request_is_refused(serve: Serve) -> None:
    kept: list[bytes] = []

    def cheat(data: bytes) -> bytes:
        kept.append(data)
        return kept[0]

    city = reader(serve(City(cheat=cheat)))
    city.changes(0, 9, "", "")
    with pytest.raises(SignatureRefused) as caught:
        city.changes(0, 9, "", "")
    assert caught.value.kind == "wrong_nonce"


def test_factories_follow_the_two_flavours(serve: Serve) -> None:
    server = serve(City())
    allow = (f"127.0.0.1:{server.port}",)
    peer = Peer("350100", server.url().rstrip("/"), (CITY_KEY.verifying(),), allow)
    assert len(node_reader(peer, PROVINCE).changes(0, 9, "", "").rows) == 5
    with pytest.raises(BlockedAddress):
        resource_fetcher(allow, []).get(server.url(), accept=("text/csv",))
    with pytest.raises(BlockedAddress):
        node_reader(Peer(peer.code, peer.base_url, peer.keys), PROVINCE).changes(0, 9, "", "")
