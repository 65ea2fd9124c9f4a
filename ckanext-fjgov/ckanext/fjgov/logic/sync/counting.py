"""A reader that counts what it asks for, so that a report can say what a run cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ckanext.fjgov.core.federation.feed import FeedPage
from ckanext.fjgov.core.federation.ports import DigestLevel, KeyListing, NodeReader, WideReader
from ckanext.fjgov.core.usage.heads import Told


@dataclass
class CountedReader:
    """Passes every request on (`ports.NodeReader`).

    Attributes:
        requests: answered or not.
        fetched: records that came with the answers.
        usage: what the node told last about its log of uses.
    """

    reader: NodeReader
    requests: int = 0
    fetched: int = 0
    usage: Told | None = None

    @property
    def received(self) -> int:
        """Give the bytes on the wire, as far as the reader's way out counts them."""
        return int(getattr(getattr(self.reader, "fetch", None), "received", 0))

    def changes(self, since: int, limit: int, epoch: str, digest: str) -> FeedPage:
        """Read one page of changes."""
        self.requests += 1
        page = self._counted(self.reader.changes(since, limit, epoch, digest))
        self.usage = page.usage or self.usage
        return page

    def digest_children(self, prefix: str) -> DigestLevel:
        """Read the digests under a prefix."""
        self.requests += 1
        return self.reader.digest_children(prefix)

    def keys(self, bucket: str) -> KeyListing:
        """Read what one bucket holds."""
        self.requests += 1
        return self.reader.keys(bucket)

    def many_children(self, prefixes: Sequence[str]) -> DigestLevel:
        """Read the digests under many prefixes, at once where the reader can."""
        if isinstance(self.reader, WideReader):
            self.requests += 1
            return self.reader.many_children(prefixes)
        levels = [self.digest_children(prefix) for prefix in prefixes]
        children = {child: value for level in levels for child, value in level.children.items()}
        return replace(levels[-1], prefix=",".join(prefixes), children=children)

    def many_keys(self, buckets: Sequence[str]) -> KeyListing:
        """Read what many buckets hold, at once where the reader can."""
        if isinstance(self.reader, WideReader):
            self.requests += 1
            return self.reader.many_keys(buckets)
        listings = [self.keys(bucket) for bucket in buckets]
        keys = {key: value for listing in listings for key, value in listing.keys.items()}
        return replace(listings[-1], bucket=",".join(buckets), keys=keys)

    def records(self, keys: Sequence[tuple[str, str]]) -> FeedPage:
        """Read named records."""
        self.requests += 1
        return self._counted(self.reader.records(keys))

    def _counted(self, page: FeedPage) -> FeedPage:
        self.fetched += len(page.rows)
        return page
