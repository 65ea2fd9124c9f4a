"""The overall collection catalog as rows, with the head of its log: made here, or a copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.federation.digest import Digest, digest_key

KIND = "collection"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the overall catalog, or the mark that it left it.

    Attributes:
        op: `put`, or `del` once it left.
        hash: SHA-256 of `data`, 64 hex digits; of a `del` the last one.
        data: JSON as `core.collection.travelling` writes it; None for a `del`.
        title: of the record that reports it.
    """

    node: str
    item_id: str
    record: str
    seq: int
    op: str
    hash: str
    data: bytes | None
    changed_at: datetime
    state: str = ""
    unit: str = ""
    unit_name: str = ""
    name: str = ""
    title: str = ""
    business_object: str = ""

    @property
    def key(self) -> str:
        """Give the key under which it travels."""
        return f"{self.node}/{self.item_id}"


@dataclass(frozen=True, slots=True)
class CatalogHead:
    """Where the catalog stands; `epoch` and times are those of a copy.

    Attributes:
        generation: counts up with each copy that was made from the beginning.
        verified_at: when the copy was last proved equal to its source.
        tried_at: when that was last tried.
    """

    epoch: str
    seq: int
    digest: str
    generation: int
    verified_at: datetime | None
    tried_at: datetime | None
    error_zh: str
    error_en: str


_COLUMNS = (
    "node, item_id, record, seq, op, hash, bytes AS data, changed_at, state, unit, unit_name,"
    " name, title, business_object"
)
_HEAD = "epoch, seq, digest, generation, verified_at, tried_at, error_zh, error_en"


def head(connection: sa.Connection) -> CatalogHead:
    """Give the head."""
    row = connection.execute(sa.text(f"SELECT {_HEAD} FROM fjgov_collection_head")).one()
    return CatalogHead(*row)


def move_head(connection: sa.Connection, **values: Any) -> None:
    """Change members of the head."""
    changes = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(sa.text(f"UPDATE fjgov_collection_head SET {changes}"), values)


def of_records(connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> list[ItemRow]:
    """Give the rows of some records, each (node, identifier)."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_collection_item WHERE (node, record) IN"
            " (SELECT * FROM unnest(CAST(:nodes AS text[]), CAST(:records AS text[])))"
            " ORDER BY node, item_id"
        ),
        {"nodes": [node for node, _ in keys], "records": [record for _, record in keys]},
    )
    return [_row(row) for row in rows]


def since(connection: sa.Connection, seq: int, limit: int | None = None) -> list[ItemRow]:
    """Give rows after a number in its order. Cost: one index range."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} FROM fjgov_collection_item WHERE seq > :seq ORDER BY seq"
            + ("" if limit is None else " LIMIT :limit")
        ),
        {"seq": seq, "limit": limit},
    )
    return [_row(row) for row in rows]


def put(connection: sa.Connection, rows: Sequence[ItemRow], generation: int) -> None:
    """Store rows in place of earlier ones of the same key."""
    if not rows:
        return
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_collection_item (node, item_id, record, seq, generation, op, hash,"
            " bytes, changed_at, state, unit, unit_name, name, title, business_object) VALUES"
            " (:node, :item_id, :record, :seq, :generation, :op, :hash, :data, :changed_at,"
            " :state, :unit, :unit_name, :name, :title, :business_object)"
            " ON CONFLICT (node, item_id) DO UPDATE SET record = EXCLUDED.record,"
            " seq = EXCLUDED.seq, generation = EXCLUDED.generation, op = EXCLUDED.op,"
            " hash = EXCLUDED.hash, bytes = EXCLUDED.bytes, changed_at = EXCLUDED.changed_at,"
            " state = EXCLUDED.state, unit = EXCLUDED.unit, unit_name = EXCLUDED.unit_name,"
            " name = EXCLUDED.name, title = EXCLUDED.title,"
            " business_object = EXCLUDED.business_object"
        ),
        [
            {name: getattr(row, name) for name in row.__slots__} | {"generation": generation}
            for row in rows
        ],
    )


def drop_older(connection: sa.Connection, generation: int) -> None:
    """Forget rows that a copy from the beginning did not bring."""
    connection.execute(
        sa.text("DELETE FROM fjgov_collection_item WHERE generation < :generation"),
        {"generation": generation},
    )


def whole_digest(connection: sa.Connection) -> Digest:
    """Count the digest of all live rows anew. Cost: one hash a row."""
    rows = connection.execute(
        sa.text("SELECT node, item_id, hash FROM fjgov_collection_item WHERE op = 'put'")
    )
    total = Digest()
    for row in rows:
        total = total.add(digest_key(KIND, f"{row.node}/{row.item_id}"), row.hash)
    return total


def moved_digest(digest: str, before: Iterable[ItemRow], after: Iterable[ItemRow]) -> str:
    """Give the digest after some rows took the place of others."""
    total = Digest.parse(digest)
    for row in before:
        if row.op == "put":
            total = total.remove(digest_key(KIND, row.key), row.hash)
    for row in after:
        if row.op == "put":
            total = total.add(digest_key(KIND, row.key), row.hash)
    return total.text()


def listing(
    connection: sa.Connection,
    *,
    words: str = "",
    unit: str = "",
    node: str = "",
    business_object: str = "",
    limit: int,
    offset: int,
) -> tuple[int, list[ItemRow]]:
    """Give how many decided items there are, and one page of them by unit, record and item.

    Args:
        words: parts of the names of item, record or unit; all must be there.
        unit, node, business_object: only these; "" for any.
    """
    conditions = ["op = 'put'", "state IN ('confirmed', 'adjusted')"]
    values: dict[str, Any] = {"unit": unit, "node": node, "business_object": business_object}
    conditions += [f"{name} = :{name}" for name, value in values.items() if value]
    for place, word in enumerate(words.split()[:10]):
        conditions.append(f"position(:word{place} IN name || ' ' || title || ' ' || unit_name) > 0")
        values[f"word{place}"] = word
    source = f"FROM fjgov_collection_item WHERE {' AND '.join(conditions)}"
    count = connection.execute(sa.text(f"SELECT count(*) {source}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            f"SELECT {_COLUMNS} {source} ORDER BY node, unit, record, item_id"
            " LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    )
    return count, [_row(row) for row in rows]


def unit_names(connection: sa.Connection, codes: Iterable[str]) -> dict[str, str]:
    """Give the names of responsible units as they travel with their items: code -> name."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (unit) unit, unit_name FROM fjgov_collection_item"
            " WHERE op = 'put' AND unit = ANY(:codes) ORDER BY unit, seq DESC"
        ),
        {"codes": sorted(set(codes))},
    )
    return {row.unit: row.unit_name for row in rows}


def _row(row: Any) -> ItemRow:
    values = row._asdict()
    data = values.pop("data")
    return ItemRow(**values, data=None if data is None else bytes(data))
