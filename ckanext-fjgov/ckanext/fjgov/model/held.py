"""Records that another node lists and this one does not take, written in bulk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.federation.digest import bucket_of, digest_key


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that is not taken: its key, its hash at home and the reasons as plain rows."""

    kind: str
    key: str
    hash: str
    reasons: list[dict[str, Any]]


def hold_all(connection: sa.Connection, node: str, refusals: Sequence[Refusal]) -> None:
    """Keep which records of a node are refused here and why. Cost: one statement."""
    # One statement must not touch a row twice: of two refusals of one record the later one holds.
    chosen = {(item.kind, item.key): item for item in refusals}
    if not chosen:
        return
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_held (node, kind, key, hash, bucket, reasons)"
            " SELECT :node, kind, key, hash, bucket, CAST(reasons AS jsonb) FROM unnest("
            " CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:hashes AS text[]),"
            " CAST(:buckets AS text[]), CAST(:reasons AS text[]))"
            " AS r (kind, key, hash, bucket, reasons)"
            " ON CONFLICT (node, kind, key) DO UPDATE SET hash = EXCLUDED.hash,"
            " reasons = EXCLUDED.reasons, held_at = clock_timestamp()"
        ),
        {
            "node": node,
            "kinds": [item.kind for item in chosen.values()],
            "keys": [item.key for item in chosen.values()],
            "hashes": [item.hash for item in chosen.values()],
            "buckets": [bucket_of(digest_key(kind, key)) for kind, key in chosen],
            "reasons": [json.dumps(item.reasons, ensure_ascii=False) for item in chosen.values()],
        },
    )
