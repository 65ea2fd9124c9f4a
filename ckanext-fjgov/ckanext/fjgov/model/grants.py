"""Grants as rows (授权): what each gives, with the state of its case."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.access.decision import IN_FORCE, Grant

_JOINED = " FROM fjgov_grant g JOIN fjgov_case c ON (c.node, c.number) = (g.node, g.number)"
# What the provider looked at last, else what it was when the grant was given.
_CLASS = (
    "coalesce((SELECT e.payload ->> 'share_class' FROM fjgov_case_event e WHERE"
    " (e.node, e.number, e.name) = (g.node, g.number, 'confirm') ORDER BY e.seq DESC LIMIT 1),"
    " g.share_class)"
)
# Made once: it is asked for with every use, and its plan is kept by the database.
_OF_ENTRY = sa.text("SELECT * FROM fjgov_grants_of(:entry, :units)")
_ONE = sa.text(
    "SELECT d.* FROM fjgov_grant g, fjgov_grants_of(g.entry, ARRAY[g.unit]) d"
    " WHERE (g.node, g.number) = (:node, :number) AND d.number = g.number"
)
_CODES = sa.text(
    "SELECT coalesce(nullif(extras ->> 'uscc', ''), name) FROM \"group\" WHERE id = ANY(:ids)"
)
_SHOWN = (
    "g.node, g.number, g.application, g.entry, g.title, g.items, g.mode, g.purpose, g.business,"
    " g.unit, g.users, g.system, g.starts, g.until, c.state, c.version, g.filter, g.quota,"
    " (SELECT y.unit FROM fjgov_case_party y WHERE (y.node, y.number) = (g.node, g.number)"
    " AND y.role = 'provider') AS provider"
)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant to be stored with its case, which has its node and number."""

    node: str
    number: str
    application: str
    entry: str
    title: str
    items: Sequence[str]
    mode: str
    purpose: str
    business: str
    unit: str
    users: Sequence[str]
    share_class: str
    starts: datetime
    until: datetime
    system: str = ""
    filter: Sequence[Mapping[str, Any]] = ()
    quota: Mapping[str, int] = field(default_factory=dict)


def add(connection: sa.Connection, grant: NewGrant) -> None:
    """Store what a grant gives; its case is stored already."""
    names = NewGrant.__dataclass_fields__
    values = {name: getattr(grant, name) for name in names}
    connection.execute(
        sa.text(
            f"INSERT INTO fjgov_grant ({', '.join(names)})"
            f" VALUES ({', '.join(f':{name}' for name in names)})"
        ),
        values
        | {"items": list(grant.items), "users": list(grant.users)}
        | {
            "filter": json.dumps(list(grant.filter), ensure_ascii=False),
            "quota": json.dumps(dict(grant.quota)),
        },
    )


def of_entry(connection: sa.Connection, entry: str, units: Collection[str]) -> list[Grant]:
    """Give the grants of an entry that these units hold, whatever became of them.

    Cost: one look-up by entry and unit.
    """
    rows = connection.execute(_OF_ENTRY, {"entry": entry, "units": sorted(units)})
    return [_grant(row) for row in rows]


def deciding(connection: sa.Connection, node: str, number: str) -> Grant | None:
    """Give one grant as far as it decides."""
    row = connection.execute(_ONE, {"node": node, "number": number}).one_or_none()
    return _grant(row) if row else None


def codes_of_units(connection: sa.Connection, ids: Collection[str]) -> frozenset[str]:
    """Give the codes by which units hold grants. Cost: one statement, none for no unit."""
    if not ids:
        return frozenset()
    return frozenset(connection.execute(_CODES, {"ids": list(ids)}).scalars())


def find(connection: sa.Connection, node: str, number: str) -> dict[str, Any] | None:
    """Give one grant as lists show it."""
    row = (
        connection.execute(
            sa.text(f"SELECT {_SHOWN}{_JOINED} WHERE g.node = :node AND g.number = :number"),
            {"node": node, "number": number},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def outgrown(connection: sa.Connection, limit: int) -> list[tuple[str, str]]:
    """Give node and number of grants in force whose entry got a stricter class.

    Cost: one pass over the grants in force.
    """
    rows = connection.execute(
        sa.text(
            f"SELECT g.node, g.number{_JOINED} JOIN package p ON p.id = g.entry"
            f" WHERE c.state = :state AND coalesce(p.extras ->> 'share_type', '') > {_CLASS}"
            " ORDER BY g.number LIMIT :limit"
        ),
        {"state": IN_FORCE, "limit": limit},
    )
    return [(row.node, row.number) for row in rows]


def past(connection: sa.Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Give node and number of open grants whose time is over, the earliest first."""
    rows = connection.execute(
        sa.text(
            f"SELECT g.node, g.number{_JOINED} WHERE c.is_open AND g.until <= :now"
            " ORDER BY g.until, g.number LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    )
    return [(row.node, row.number) for row in rows]


def ending(
    connection: sa.Connection, until: datetime, told: str, limit: int
) -> list[tuple[str, str]]:
    """Give node and number of grants in force that end by a moment and have no event `told`."""
    rows = connection.execute(
        sa.text(
            f"SELECT g.node, g.number{_JOINED} WHERE c.state = :state AND g.until <= :until"
            " AND NOT EXISTS (SELECT FROM fjgov_case_event e WHERE"
            " (e.node, e.number, e.name) = (g.node, g.number, :told))"
            " ORDER BY g.until, g.number LIMIT :limit"
        ),
        {"state": IN_FORCE, "until": until, "told": told, "limit": limit},
    )
    return [(row.node, row.number) for row in rows]


def page(
    connection: sa.Connection,
    units: Collection[str],
    *,
    side: str,
    entry: str = "",
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many grants there are to which units are party, and one page, the newest first.

    Args:
        units: codes.
        side: role of the units in the grant, such as `holder`; "" for any.
        entry: only of this entry; "" for any.
    """
    where = (
        " WHERE EXISTS (SELECT FROM fjgov_case_party y WHERE (y.node, y.number) ="
        " (g.node, g.number) AND y.party_node = g.node AND y.unit = ANY(:units)"
        " AND :side IN ('', y.role))"
        " AND :entry IN ('', g.entry)"
    )
    values = {"units": sorted(units), "side": side, "entry": entry}
    count = connection.execute(sa.text(f"SELECT count(*){_JOINED}{where}"), values).scalar_one()
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN}{_JOINED}{where} ORDER BY g.starts DESC, g.number DESC"
            " LIMIT :limit OFFSET :offset"
        ),
        values | {"limit": limit, "offset": offset},
    ).mappings()
    return count, [dict(row) for row in rows]


def _grant(row: Any) -> Grant:
    return Grant(
        number=row.number,
        entry=row.entry,
        items=frozenset(row.items),
        mode=row.mode,
        state=row.state,
        starts=row.starts,
        until=row.until,
        unit=row.unit,
        users=frozenset(row.users),
        system=row.system,
        share_class=row.share_class,
        filter=tuple(row.filter),
        quota=row.quota,
    )
