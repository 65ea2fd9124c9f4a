"""Ask what rows of a node would do here, before any of them is applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from ckanext.fjgov.core.access.strictness import takes_away
from ckanext.fjgov.core.catalog.canonical import KINDS, UNIT
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.logic.sync import checks, standing
from ckanext.fjgov.model import feed, runs

Name = tuple[str, str]


def by_kind(received: Iterable[FeedRow]) -> dict[str, list[FeedRow]]:
    """Part rows by their kind, in the order of `KINDS`; kinds without a row are there too."""
    found: dict[str, list[FeedRow]] = {kind: [] for kind in KINDS}
    for row in received:
        found[row.type].append(row)
    return found


def taking_away(connection: sa.Connection, node: str, received: Iterable[FeedRow]) -> list[FeedRow]:
    """Give the rows that withdraw a record or make it stricter than it stands here.

    Cost: one statement for each kind of record among the rows.
    """
    found: list[FeedRow] = []
    for kind, some in by_kind(received).items():
        if kind == UNIT or not some:
            continue
        before = standing.facts(connection, node, kind, [row.key for row in some])
        found += [
            row
            for row in some
            if row.key in before
            and (row.op == "del" or takes_away(before[row.key], standing.received_facts(row)))
        ]
    return found


def withdrawals(connection: sa.Connection, node: str, received: Iterable[FeedRow]) -> list[Name]:
    """Give the listed records that the rows would take away, as (kind, key)."""
    found: list[Name] = []
    for kind, some in by_kind(row for row in received if row.op == "del").items():
        if some:
            listed = feed.hashes(connection, node, kind, [row.key for row in some])
            found += [(kind, key) for key in listed]
    return found


def missing_units(connection: sa.Connection, node: str, received: Sequence[FeedRow]) -> list[str]:
    """Give the units that other records need and neither this catalog nor the rows have.

    A unit that was changed after its records has a later place in the log than they have.
    """
    wanted = {
        row.fields["unit"]
        for row in received
        if row.type != UNIT and row.fields and isinstance(row.fields.get("unit"), str)
    }
    wanted -= {row.key for row in received if row.type == UNIT}
    if not wanted:
        return []
    wanted -= checks.known_units(connection, node).keys()
    wanted -= {key for kind, key in runs.held(connection, node) if kind == UNIT}
    return sorted(wanted)
