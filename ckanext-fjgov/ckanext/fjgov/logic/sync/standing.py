"""What a record shows to whom, here and as it comes in: by that a stricter one is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ckanext.fjgov.core.access.visibility import EntryFacts
from ckanext.fjgov.core.catalog.canonical import type_of
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic.readers import facts_of


def facts(
    connection: sa.Connection, node: str, kind: str, keys: Sequence[str]
) -> dict[str, EntryFacts]:
    """Give what listed records of a node and kind say about their visibility here, by key."""
    found = connection.execute(
        sa.text(
            "SELECT c.key, p.state, p.private, p.extras FROM fjgov_change c"
            " JOIN package p ON p.id = c.record_id"
            " WHERE c.node = :node AND c.kind = :kind AND c.op = 'put' AND c.key = ANY(:keys)"
        ),
        {"node": node, "kind": kind, "keys": list(keys)},
    )
    here = {"type": type_of(kind)}
    return {
        row.key: facts_of(
            {**(row.extras or {}), "state": row.state, "private": row.private, **here}
        )
        for row in found
    }


def received_facts(row: FeedRow) -> EntryFacts:
    """Give what a received record says about its visibility."""
    fields = (row.fields or {}).get("fields", {})
    plain = fields if isinstance(fields, Mapping) else {}
    listed = {"type": type_of(row.type), "state": "active", "private": False}
    return facts_of({**plain, **listed})
