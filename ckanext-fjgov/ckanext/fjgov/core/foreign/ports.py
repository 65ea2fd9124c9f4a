"""What the reading of a foreign source needs from others, and where plugins put it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ckanext.fjgov.core.federation.digest import Digest
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.ports import Fetch, Registry

from .definition import SourceDefinition
from .mapper import SpoolRow
from .record import RemoteRecord


class SourceAdapter(Protocol):
    """One foreign catalog."""

    def records(self) -> Iterator[RemoteRecord]:
        """Give every record of the catalog, in its order.

        The iterator ends only when the listing is complete; whatever keeps it from that is raised.

        Raises:
            FetchError, SourceRefused, ImportRefused: the catalog cannot be read to its end.
        """
        ...


@dataclass(frozen=True, slots=True)
class SpoolHead:
    """Where the local log of a source stands."""

    epoch: str
    seq: int
    digest: str


class Spool(Protocol):
    """The local log of one source, kept in the database."""

    def begin(self) -> None:
        """Forget what an unfinished reading staged."""
        ...

    def bind(self, remote_ids: Sequence[str]) -> Mapping[str, str]:
        """Give the identifier of each remote id; one that is new gets the next free identifier."""
        ...

    def stage(self, rows: Sequence[SpoolRow]) -> None:
        """Keep rows of the present reading."""
        ...

    def commit(self, summary: Mapping[str, Any]) -> SpoolHead:
        """Make the staged rows the state of the source: one step, tombstones for what is gone."""
        ...

    def fail(self, summary: Mapping[str, Any]) -> None:
        """Drop what was staged and keep the last good state, with the reason."""
        ...

    def head(self) -> SpoolHead:
        """Give where the log stands."""
        ...

    def changes(self, since: int, limit: int) -> list[FeedRow]:
        """Give rows after a number, in order."""
        ...

    def records(self, keys: Sequence[tuple[str, str]]) -> list[FeedRow]:
        """Give listed records by (kind, key)."""
        ...

    def buckets(self) -> Mapping[str, Digest]:
        """Give the digests of the listed records by bucket."""
        ...

    def bucket_keys(self, buckets: Sequence[str]) -> Mapping[tuple[str, str], str]:
        """Give what buckets hold: (kind, key) -> hash."""
        ...


AdapterFactory = Callable[[SourceDefinition, Fetch], SourceAdapter]
# `ckan`, `dcat`, `gbxml` and `listing`.
ADAPTERS: Registry[AdapterFactory] = Registry("source adapter")
