"""A reader that counts what it asks for, so that a report can say what a run cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.fjgov.core.federation.feed import FeedPage
from ckanext.fjgov.core.federation.ports import DigestLevel, KeyListing, NodeReader


@dataclass
class CountedReader:
    """Passes every request on (`ports.NodeReader`).

    Attributes:
        requests: answered or not.
        fetched: records that came with the answers.
    """

    reader: NodeReader
    requests: int = 0
    fetched: int = 0

    def changes(self, since: int, limit: int, epoch: str, digest: str) -> FeedPage:
        """Read one page of changes."""
        self.requests += 1
        return self._counted(self.reader.changes(since, limit, epoch, digest))

    def digest_children(self, prefix: str) -> DigestLevel:
        """Read the digests under a prefix."""
        self.requests += 1
        return self.reader.digest_children(prefix)

    def keys(self, bucket: str) -> KeyListing:
        """Read what one bucket holds."""
        self.requests += 1
        return self.reader.keys(bucket)

    def records(self, keys: Sequence[tuple[str, str]]) -> FeedPage:
        """Read named records."""
        self.requests += 1
        return self._counted(self.reader.records(keys))

    def _counted(self, page: FeedPage) -> FeedPage:
        self.fetched += len(page.rows)
        return page
