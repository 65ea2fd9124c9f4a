"""What one drain will write: the rows that changed, and what they do to the digests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ckanext.fjgov.core.federation.digest import MODULUS, ZERO, Digest, bucket_of, digest_key
from ckanext.fjgov.model.change_rows import CurrentRecord
from ckanext.fjgov.model.copying import Value, copy_rows

PUT, DEL = "put", "del"
PURGED = "purged"


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """What the log holds about one record: the part that a drain compares and counts."""

    node: str
    kind: str
    key: str
    record_id: str | None
    op: str
    hash: str
    reason: str | None = None
    replaced_by: str | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """Give the primary key of the row."""
        return self.node, self.kind, self.key


class Plan:
    """Compares records with their log rows and collects what to write.

    A row that was planned counts as logged from then on, so that a key which one record leaves
    can be taken by another one in the same drain.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.rows: dict[tuple[str, str, str], LoggedRow] = {}
        self.data: dict[tuple[str, str, str], bytes] = {}
        self.digest: defaultdict[tuple[str, str], Digest] = defaultdict(lambda: ZERO)
        self._logged: dict[tuple[str, str, str], LoggedRow] = {}
        self._stored: set[tuple[str, str, str]] = set()

    def compare(
        self, kinds: Sequence[str], ids: Sequence[str], current: Mapping[str, CurrentRecord]
    ) -> None:
        """Plan a row for each record whose state differs from the logged one.

        Args:
            kinds: which the records may have: a package of another type is another record.
            ids: package or group ids that have a note.
            current: what the tables say now; ids that are gone are absent.

        Cost: one statement, and one for each kind that occurs.
        """
        by_record = self._load(kinds, ids, current.values())
        for record_id in ids:
            now, before = current.get(record_id), by_record.get(record_id)
            moved = now is None or (
                before is not None and before.place != (now.node, now.kind, now.key)
            )
            if before is not None and moved:
                self._end(before, replaced_by=now.key if now else None)
            if now is not None and now.data is None:
                self._unlist(now)
        # Keys that were left above are free by now.
        for record_id in ids:
            now = current.get(record_id)
            if now is not None and now.data is not None:
                self._list(now, now.data)

    def write(self, first: int, now: datetime) -> None:
        """Write the planned rows, numbered from `first`, and add up the digests."""
        new: list[Sequence[Value]] = []
        changed: list[Sequence[Value]] = []
        for number, (place, row) in enumerate(self.rows.items(), start=first):
            values = (
                row.node, row.kind, row.key, row.record_id, number, row.op, row.hash,
                self.data.get(place), bucket_of(digest_key(row.kind, row.key)), row.reason,
                row.replaced_by,
            )  # fmt: skip
            (changed if place in self._stored else new).append(values)
        copy_rows(
            self.connection,
            "fjgov_change",
            (*_COLUMNS, "changed_at"),
            ((*values, now.isoformat()) for values in new),
        )
        if changed:
            columns = dict(enumerate(zip(*changed, strict=True)))
            self.connection.execute(
                _UPDATE, {**{f"c{at}": list(of) for at, of in columns.items()}, "now": now}
            )
        # A tombstone with another reason changes no digest.
        if self.digest:
            nodes, buckets = zip(*self.digest, strict=True)
            self.connection.execute(
                _ADD_DIGEST,
                {
                    "nodes": list(nodes),
                    "buckets": list(buckets),
                    "totals": [str(delta.total) for delta in self.digest.values()],
                    "counts": [delta.count for delta in self.digest.values()],
                },
            )

    def digest_change(self, node: str) -> Digest:
        """Give what the plan adds to the digest of one node."""
        return sum((delta for (of, _), delta in self.digest.items() if of == node), start=ZERO)

    def _load(
        self, kinds: Sequence[str], ids: Sequence[str], current: Iterable[CurrentRecord]
    ) -> dict[str, LoggedRow]:
        """Read log rows by record and by key; of two rows of one record the listed one counts."""
        by_record: dict[str, LoggedRow] = {}
        for row in self._read("kind = ANY(:kinds) AND record_id = ANY(:ids)", kinds=kinds, ids=ids):
            self._keep(row)
            if row.record_id:
                by_record[row.record_id] = row
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for record in current:
            keys[record.kind].append(record.key)
        for kind, values in keys.items():
            for row in self._read("kind = :kind AND key = ANY(:keys)", kind=kind, keys=values):
                self._keep(row)
        return by_record

    def _keep(self, row: LoggedRow) -> None:
        self._logged.setdefault(row.place, row)
        self._stored.add(row.place)

    def _read(self, condition: str, **values: str | Sequence[str]) -> list[LoggedRow]:
        rows = self.connection.execute(
            sa.text(
                "SELECT node, kind, key, record_id, op, hash, reason, replaced_by"
                f" FROM fjgov_change WHERE {condition} ORDER BY op"
            ),
            {name: v if isinstance(v, str) else list(v) for name, v in values.items()},
        )
        return [LoggedRow(*row) for row in rows]

    def _end(self, before: LoggedRow, *, replaced_by: str | None) -> None:
        """The record is gone or has another key: its old key ends here."""
        if before.op == PUT:
            row = LoggedRow(*before.place, None, DEL, "", PURGED, replaced_by)
            self._put(before, row, None)

    def _unlist(self, now: CurrentRecord) -> None:
        before = self._logged.get((now.node, now.kind, now.key))
        if before is None or before.record_id != now.record_id:
            # Never listed under this key: a draft leaves no trace.
            return
        told = (before.reason, before.replaced_by)
        if before.op == DEL and told == (now.reason, now.replaced_by):
            return
        row = LoggedRow(*before.place, now.record_id, DEL, "", now.reason, now.replaced_by)
        self._put(before, row, None)

    def _list(self, now: CurrentRecord, data: bytes) -> None:
        place = (now.node, now.kind, now.key)
        before = self._logged.get(place)
        # A key that another live record holds stays there; `doctor` reports the one left out.
        if (
            before is not None
            and before.op == PUT
            and (before.record_id != now.record_id or before.hash == now.hash)
        ):
            return
        self._put(before, LoggedRow(*place, now.record_id, PUT, now.hash), data)

    def _put(self, before: LoggedRow | None, row: LoggedRow, data: bytes | None) -> None:
        name = digest_key(row.kind, row.key)
        spot = (row.node, bucket_of(name))
        if before is not None and before.op == PUT:
            self.digest[spot] = self.digest[spot].remove(name, before.hash)
        if data is not None:
            self.digest[spot] = self.digest[spot].add(name, row.hash)
            self.data[row.place] = data
        else:
            self.data.pop(row.place, None)
        self.rows[row.place] = self._logged[row.place] = row


_COLUMNS = (
    "node", "kind", "key", "record_id", "seq", "op", "hash", "bytes", "bucket", "reason",
    "replaced_by",
)  # fmt: skip

_UPDATE = sa.text(
    "UPDATE fjgov_change c SET record_id = u.record_id, seq = u.seq, op = u.op, hash = u.hash,"
    " bytes = u.bytes, reason = u.reason, replaced_by = u.replaced_by,"
    " changed_at = CAST(:now AS timestamptz)"
    " FROM unnest(CAST(:c0 AS text[]), CAST(:c1 AS text[]), CAST(:c2 AS text[]),"
    " CAST(:c3 AS text[]), CAST(:c4 AS bigint[]), CAST(:c5 AS text[]), CAST(:c6 AS text[]),"
    " CAST(:c7 AS bytea[]), CAST(:c8 AS text[]), CAST(:c9 AS text[]), CAST(:c10 AS text[]))"
    f" AS u ({', '.join(_COLUMNS)})"
    " WHERE c.node = u.node AND c.kind = u.kind AND c.key = u.key"
)

_ADD_DIGEST = sa.text(
    "INSERT INTO fjgov_digest AS d (node, bucket, total, count)"
    " SELECT * FROM unnest(CAST(:nodes AS text[]), CAST(:buckets AS text[]),"
    " CAST(:totals AS numeric[]), CAST(:counts AS bigint[]))"
    " ON CONFLICT (node, bucket) DO UPDATE SET"
    f" total = (d.total + EXCLUDED.total) % {MODULUS}::numeric, count = d.count + EXCLUDED.count"
)
