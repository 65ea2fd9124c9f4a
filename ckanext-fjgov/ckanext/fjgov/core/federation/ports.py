"""What `logic/` and `web/` need from `harvesters/`, and where plugins put it.

The inner layers must not import the readers. `plugins/` registers factories here at start; the
engine and the gateway ask for them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar, runtime_checkable

from .digest import Digest
from .feed import FeedPage
from .keys import SigningKey, VerifyingKey

OK = frozenset({200})


@dataclass(frozen=True, slots=True)
class FetchResult:
    """One complete answer.

    Attributes:
        status: HTTP status.
        headers: names in lower case; repeated ones joined by ", ".
        body: decoded bytes.
        received_bytes: size of the body on the wire.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_bytes: int


class FetchStream(Protocol):
    """An answer that is read piece by piece."""

    status: int
    headers: Mapping[str, str]

    def __iter__(self) -> Iterator[bytes]:
        """Give decoded pieces; raises `FetchError` when a limit is passed on the way."""
        ...


class Fetch(Protocol):
    """The one way out of this site. Every method raises `errors.FetchError`."""

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        accept: Sequence[str],
        max_bytes: int | None = None,
        expect: Collection[int] = OK,
        attempts: int | None = None,
        follow: bool = True,
    ) -> FetchResult:
        """Read a whole answer of one of the accepted media types and expected statuses."""
        ...

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        content_type: str,
        accept: Sequence[str],
        max_bytes: int | None = None,
        expect: Collection[int] = OK,
    ) -> FetchResult:
        """Send a body once: neither repeated nor redirected."""
        ...

    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, expect: Collection[int] = OK
    ) -> AbstractContextManager[FetchStream]:
        """Open an answer of any media type for reading piece by piece."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """A registered node as seen from here.

    Attributes:
        code: its division code.
        base_url: address of its site without trailing slash.
        keys: its public keys that are valid now.
        allow: rules `host-or-network:port` for addresses of this node that are not public.
        usage_seen: number of the newest seal of its log of uses that was seen here.
    """

    code: str
    base_url: str
    keys: tuple[VerifyingKey, ...]
    allow: tuple[str, ...] = ()
    usage_seen: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """This node: its code and its private key."""

    code: str
    key: SigningKey


@dataclass(frozen=True, slots=True)
class DigestLevel:
    """Digests of the children of a prefix, or of several joined by commas, in one snapshot."""

    prefix: str
    epoch: str
    head: int
    digest: Digest
    children: Mapping[str, Digest]


@dataclass(frozen=True, slots=True)
class KeyListing:
    """Live records of a bucket, or of several joined by commas: (type, key) -> hash."""

    bucket: str
    epoch: str
    head: int
    digest: Digest
    keys: Mapping[tuple[str, str], str]


class NodeReader(Protocol):
    """Another node, read through signed requests.

    Every method raises `errors.FetchError`, `errors.SignatureRefused` or `errors.FeedRefused`.
    """

    def changes(self, since: int, limit: int, epoch: str, digest: str) -> FeedPage:
        """Read one page of changes; raises `errors.EpochChanged` when the cursor is void.

        Args:
            since: last sequence number applied; 0 at the first time.
            limit: most rows wanted.
            epoch: the epoch in which `since` was given, or "".
            digest: the node's digest as it was told with `since`, or "".
        """
        ...

    def digest_children(self, prefix: str) -> DigestLevel:
        """Read the digests under a prefix of 0 to 2 hex digits."""
        ...

    def keys(self, bucket: str) -> KeyListing:
        """Read what one bucket (3 hex digits) holds."""
        ...

    def records(self, keys: Sequence[tuple[str, str]]) -> FeedPage:
        """Read named records by (type, key); those the node does not have are left out."""
        ...


@runtime_checkable
class WideReader(Protocol):
    """A reader that can ask for many prefixes in one request, as our own nodes allow it."""

    def many_children(self, prefixes: Sequence[str]) -> DigestLevel:
        """Read the digests under up to 256 prefixes of one length, in rising order."""
        ...

    def many_keys(self, buckets: Sequence[str]) -> KeyListing:
        """Read what up to 256 buckets hold, in rising order."""
        ...


class NonceStore(Protocol):
    """Nonces of signed requests, each accepted once."""

    def claim(self, sender: str, nonce: str, expires_at: datetime) -> bool:
        """Keep a nonce until a time; False when it is there already (a replay)."""
        ...


ReaderFactory = Callable[[Peer, Identity], NodeReader]
FetchFactory = Callable[[Sequence[str], Sequence[int]], Fetch]
Factory = TypeVar("Factory")


@dataclass(frozen=True, slots=True)
class Registry(Generic[Factory]):
    """Factories by name, filled by plugins."""

    title: str
    _factories: dict[str, Factory] = field(default_factory=dict)

    def register(self, name: str, factory: Factory) -> None:
        """Put a factory under a name; a later one replaces it."""
        self._factories[name] = factory

    def get(self, name: str) -> Factory:
        """Give the factory of a name.

        Raises:
            LookupError: nothing is registered under it; names what is.
        """
        if name not in self._factories:
            known = ", ".join(sorted(self._factories)) or "-"
            raise LookupError(f"no {self.title} named {name!r}; registered: {known}")
        return self._factories[name]


# `node` reads our own nodes, `collection` the decided collection items of the province.
READERS: Registry[ReaderFactory] = Registry("reader")
# `node` and `resource`, after the two policies in `address`.
FETCHERS: Registry[FetchFactory] = Registry("fetcher")
