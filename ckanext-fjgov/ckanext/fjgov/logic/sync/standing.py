"""What an entry shows to whom, here and as it comes in: by that a stricter one is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from ckanext.fjgov.core.access.visibility import EntryFacts, entry_facts
from ckanext.fjgov.core.federation.feed import FeedRow


def facts(connection: sa.Connection, node: str, keys: Sequence[str]) -> dict[str, EntryFacts]:
    """Give what the listed entries of a node say about their visibility here, by key."""
    found = connection.execute(
        sa.text(
            "SELECT c.key, p.state, p.private, p.extras FROM fjgov_change c"
            " JOIN package p ON p.id = c.record_id"
            " WHERE c.node = :node AND c.kind = 'entry' AND c.op = 'put' AND c.key = ANY(:keys)"
        ),
        {"node": node, "keys": list(keys)},
    )
    return {
        row.key: entry_facts({**(row.extras or {}), "state": row.state, "private": row.private})
        for row in found
    }


def received_facts(row: FeedRow) -> EntryFacts:
    """Give what a received entry says about its visibility."""
    fields = (row.fields or {}).get("fields", {})
    plain = fields if isinstance(fields, Mapping) else {}
    return entry_facts({**plain, "state": "active", "private": False})
