"""A foreign source as a node: read once a run into its local log, then asked like any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.canonical import RecordShape
from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.digest import Digest, combine, roll_up
from ckanext.fjgov.core.federation.errors import EpochChanged, FederationError
from ckanext.fjgov.core.federation.feed import FeedHeader, FeedPage, FeedRow
from ckanext.fjgov.core.federation.ports import DigestLevel, Fetch, KeyListing
from ckanext.fjgov.core.federation.signature import AnswerFacts
from ckanext.fjgov.core.importing.problems import is_blocking

from .definition import SourceDefinition
from .mapper import Mapped, Mapper
from .ports import SourceAdapter, Spool
from .units import UnitTable

BATCH = 500
_SHOWN_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Shapes:
    """How records of entries and units are shaped."""

    entry: RecordShape
    unit: RecordShape


@dataclass
class ForeignReader:
    """Reads one foreign source (`ports.NodeReader` and `WideReader`).

    Attributes:
        source: its checked file.
        adapter: the way to its records.
        spool: its local log.
        shapes: of canonical records.
        fetch: the adapter's way out, for counting what came in.
        was_read: the source was read in this run; its log answers everything else.
    """

    source: SourceDefinition
    adapter: SourceAdapter
    spool: Spool
    shapes: Shapes
    fetch: Fetch | None = None
    was_read: bool = False

    def changes(self, since: int, limit: int, epoch: str, digest: str) -> FeedPage:  # noqa: ARG002 - the port's
        """Read the source at the first call, then give one page of its log.

        Raises:
            FetchError, SourceRefused, ImportRefused: the source could not be read to its end; its
                log is as before.
            EpochChanged: the cursor is of another life of this source.
        """
        if not self.was_read:
            self._read()
            self.was_read = True
        head = self.spool.head()
        if since and (epoch != head.epoch or since > head.seq):
            raise EpochChanged(head.epoch, head.seq, head.digest)
        rows = self.spool.changes(since, limit + 1)
        more = len(rows) > limit
        return self._page(rows[:limit], since, limit, more=more)

    def digest_children(self, prefix: str) -> DigestLevel:
        """Give the digests under a prefix."""
        return self.many_children((prefix,))

    def many_children(self, prefixes: Sequence[str]) -> DigestLevel:
        """Give the digests under prefixes of one length."""
        head, buckets = self.spool.head(), self.spool.buckets()
        return DigestLevel(
            prefix=",".join(prefixes),
            epoch=head.epoch,
            head=head.seq,
            digest=combine(buckets.values()),
            children=roll_up(buckets, *prefixes),
        )

    def keys(self, bucket: str) -> KeyListing:
        """Give what one bucket holds."""
        return self.many_keys((bucket,))

    def many_keys(self, buckets: Sequence[str]) -> KeyListing:
        """Give what buckets hold."""
        head = self.spool.head()
        return KeyListing(
            bucket=",".join(buckets),
            epoch=head.epoch,
            head=head.seq,
            digest=Digest.parse(head.digest),
            keys=self.spool.bucket_keys(buckets),
        )

    def records(self, keys: Sequence[tuple[str, str]]) -> FeedPage:
        """Give named records."""
        return self._page(self.spool.records(keys), 0, len(keys), more=False)

    def _page(self, rows: Sequence[FeedRow], since: int, limit: int, *, more: bool) -> FeedPage:
        head = self.spool.head()
        following = rows[-1].seq if more else head.seq
        end = AnswerFacts(head.epoch, head.seq, head.digest, len(rows), following, more)
        header = FeedHeader(self.source.code, head.epoch, since, limit)
        return FeedPage(header, tuple(rows), end, None, "")

    def _read(self) -> None:
        """Read the whole source; its log changes in one step or not at all."""
        mapper = Mapper(self.source, self.shapes.entry, UnitTable(self.source, self.shapes.unit))
        counts: Counter[str] = Counter()
        self.spool.begin()
        try:
            batch: list[Mapped] = []
            for record in self.adapter.records():
                batch.append(mapper.map(record))
                if len(batch) == BATCH:
                    self._stage(mapper, batch, counts)
                    batch = []
            self._stage(mapper, batch, counts)
        except (FederationError, FjgovError) as error:
            self.spool.fail({**_summary(mapper, counts), "zh": error.zh, "en": error.en})
            raise
        self.spool.commit(_summary(mapper, counts))

    def _stage(self, mapper: Mapper, batch: list[Mapped], counts: Counter[str]) -> None:
        bound = self.spool.bind([item.remote_id for item in batch if item.remote_id])
        rows = [mapper.entry_row(item, bound.get(item.remote_id, "")) for item in batch]
        self.spool.stage([*mapper.unit_rows(), *rows])
        counts["records"] += len(batch)
        counts["with_problems"] += sum(any(map(is_blocking, item.findings)) for item in batch)


def _summary(mapper: Mapper, counts: Counter[str]) -> dict[str, Any]:
    unmapped = dict(mapper.unmapped.most_common(_SHOWN_FIELDS))
    return {
        "records": counts["records"],
        "with_problems": counts["with_problems"],
        "unmapped": unmapped,
    }
