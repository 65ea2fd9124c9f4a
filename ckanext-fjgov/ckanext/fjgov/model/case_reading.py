"""Lists of cases and notices (待办事项, 消息通知) and what is shown beside a history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases.types import CASE_TYPES

_SHOWN = (
    "c.node, c.number, c.kind, c.subject, c.state, c.version, c.is_open, c.opened_at,"
    " c.changed_at, c.turn_unit, c.turn_roles,"
    " coalesce(p.title, a.title, g.title, '') AS title, coalesce(p.name, '') AS name,"
    " (SELECT min(k.due_at) FROM fjgov_case_clock k WHERE k.node = c.node"
    " AND k.number = c.number AND k.is_running) AS due_at,"
    " coalesce((SELECT bool_or(k.provisional) FROM fjgov_case_clock k WHERE k.node = c.node"
    " AND k.number = c.number AND k.is_running), false) AS provisional"
)
# What a case is about: a package, or what an application or a grant calls itself.
_SUBJECTS = (
    " LEFT JOIN package p ON p.id = c.subject"
    " LEFT JOIN fjgov_application a ON (a.node, a.number) = (c.node, c.number)"
    " LEFT JOIN fjgov_grant g ON (g.node, g.number) = (c.node, c.number)"
)
_FROM = f" FROM fjgov_case c{_SUBJECTS} WHERE "
# Types of which a party sees nothing before something was delivered to it, but for the opener.
_OPENERS = {kind.name: kind.opener for kind in CASE_TYPES.values() if kind.opener}


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who looks: an account, and the (unit code, role) pairs that it holds today."""

    user_id: str
    held: frozenset[tuple[str, str]]

    def bound(self) -> dict[str, Any]:
        """Give the parameters that the conditions below use."""
        pairs = sorted(self.held)
        return {
            "user": self.user_id,
            "units": [unit for unit, _role in pairs],
            "roles": [role for _unit, role in pairs],
            "opened": list(_OPENERS),
            "openers": list(_OPENERS.values()),
        }


_HELD = "unnest(CAST(:units AS text[]), CAST(:roles AS text[])) AS h (unit, role)"
_WAITS = (
    f"EXISTS (SELECT FROM {_HELD} WHERE h.unit = c.turn_unit AND h.role = ANY(c.turn_roles))"
    " AND c.turn_except <> :user"
)
_IS_PARTY = (
    "EXISTS (SELECT FROM fjgov_case_party y WHERE y.node = c.node AND y.number = c.number"
    " AND y.party_node = c.node AND y.unit = ANY(CAST(:units AS text[]))"
    " AND (c.kind <> ALL(:opened) OR y.role = ANY(:openers) OR EXISTS (SELECT FROM"
    " fjgov_case_delivery d WHERE (d.node, d.number, d.role) = (y.node, y.number, y.role))))"
)
_TOLD = (
    f"(n.user_id = :user OR (n.user_id = '' AND EXISTS (SELECT FROM {_HELD}"
    " WHERE h.unit = n.unit AND h.role = ANY(n.roles))))"
)


def listing(
    connection: sa.Connection,
    seeker: Seeker,
    *,
    inbox: bool,
    limit: int,
    offset: int,
    kind: str = "",
    state: str = "",
    subject: str = "",
    subjects: Sequence[str] | None = None,
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many cases there are, and one page of them, the longest waiting first.

    Args:
        inbox: only what waits for the seeker; else all cases to which a unit of theirs is party.
        kind, state, subject: only these; "" for any.
        subjects: only about these; None for any.
    """
    conditions = [_WAITS if inbox else _IS_PARTY]
    filters = {"kind": kind, "state": state, "subject": subject}
    conditions += [f"c.{name} = :{name}" for name, value in filters.items() if value]
    if subjects is not None:
        conditions.append("c.subject = ANY(:subjects)")
    where = " AND ".join(conditions)
    values = {**seeker.bound(), **filters, "subjects": list(subjects or ())}
    count = connection.execute(sa.text(f"SELECT count(*){_FROM}{where}"), values).scalar_one()
    order = "c.changed_at" if inbox else "c.changed_at DESC"
    rows = connection.execute(
        sa.text(
            f"SELECT {_SHOWN}{_FROM}{where} ORDER BY {order}, c.number LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return count, [dict(row) for row in rows]


def deliveries(connection: sa.Connection, node: str, number: str) -> list[dict[str, Any]]:
    """Give the deliveries of a case in the order of sending."""
    rows = connection.execute(
        sa.text(
            "SELECT seq, role, party_node, unit, body, sent, received, proof"
            " FROM fjgov_case_delivery WHERE node = :node AND number = :number ORDER BY id"
        ),
        {"node": node, "number": number},
    ).mappings()
    return [dict(row) for row in rows]


def notices(
    connection: sa.Connection, seeker: Seeker, *, unread: bool, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Give how many notices there are for the seeker, and one page, the newest first.

    What the seeker has done is no news for the same person.
    """
    source = (
        " FROM fjgov_notice n"
        " JOIN fjgov_case_event e ON e.node = n.node AND e.number = n.number AND e.seq = n.seq"
        " JOIN fjgov_case c ON c.node = n.node AND c.number = n.number"
        f"{_SUBJECTS}"
        " LEFT JOIN fjgov_notice_read r ON r.notice_id = n.id AND r.user_id = :user"
        f" WHERE {_TOLD} AND e.user_id <> :user" + (" AND r.read_at IS NULL" if unread else "")
    )
    values = seeker.bound()
    count = connection.execute(sa.text("SELECT count(*)" + source), values).scalar_one()
    rows = connection.execute(
        sa.text(
            "SELECT n.id, n.node, n.number, n.at, r.read_at, c.kind, c.subject,"
            " e.name AS event, e.after AS state, e.reason,"
            " coalesce(p.title, a.title, g.title, '') AS title"
            f"{source} ORDER BY n.id DESC LIMIT :limit OFFSET :offset"
        ),
        {**values, "limit": limit, "offset": offset},
    ).mappings()
    return count, [dict(row) for row in rows]


def read(connection: sa.Connection, seeker: Seeker, ids: Sequence[int], now: datetime) -> list[int]:
    """Note that the seeker has read notices; gives those that are for the seeker at all."""
    rows = connection.execute(
        sa.text(
            f"SELECT n.id FROM fjgov_notice n WHERE n.id = ANY(:ids) AND {_TOLD} ORDER BY n.id"
        ),
        {**seeker.bound(), "ids": list(ids)},
    )
    found = list(rows.scalars())
    if found:
        connection.execute(
            sa.text(
                "INSERT INTO fjgov_notice_read (notice_id, user_id, read_at)"
                " SELECT id, :user, :now FROM unnest(CAST(:ids AS bigint[])) AS i (id)"
                " ON CONFLICT DO NOTHING"
            ),
            {"user": seeker.user_id, "now": now, "ids": found},
        )
    return found


def unit_names(connection: sa.Connection, codes: Iterable[str]) -> dict[str, str]:
    """Give the full names of units by their codes."""
    rows = connection.execute(
        sa.text(
            "SELECT coalesce(nullif(extras ->> 'uscc', ''), name) AS code, title FROM \"group\""
            " WHERE is_organization"
            " AND coalesce(nullif(extras ->> 'uscc', ''), name) = ANY(:codes)"
        ),
        {"codes": sorted(set(codes))},
    )
    return {row.code: row.title for row in rows}


def user_names(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Give the names of people by the ids of their accounts."""
    rows = connection.execute(
        sa.text(
            "SELECT id, coalesce(nullif(fullname, ''), name) AS name FROM \"user\""
            " WHERE id = ANY(:ids)"
        ),
        {"ids": sorted(set(ids))},
    )
    return {row.id: row.name for row in rows}


def open_states(connection: sa.Connection, kind: str, subjects: Collection[str]) -> dict[str, str]:
    """Give the state of the open case of a kind by subject; subjects without one are left out."""
    rows = connection.execute(
        sa.text(
            "SELECT subject, state FROM fjgov_case WHERE kind = :kind AND is_open"
            " AND subject = ANY(:subjects)"
        ),
        {"kind": kind, "subjects": list(subjects)},
    )
    return {row.subject: row.state for row in rows}
