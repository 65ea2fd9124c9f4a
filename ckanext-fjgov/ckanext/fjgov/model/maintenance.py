"""年度目录维护 (Art. 17): campaigns of units, the entries on their lists, and what was decided.

Decisions and confirmations are only added; the database refuses to change or remove one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Campaign:
    """The maintenance of one unit in one year; the last five are None until it is confirmed."""

    id: int
    unit_id: str
    year: int
    due_on: date
    opened_by: str
    opened_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    appointment: int | None
    document: str | None
    confirmation_note: str | None


def find(
    connection: sa.Connection, unit_id: str, year: int, *, lock: bool = False
) -> Campaign | None:
    """Give the campaign of a unit and year.

    Args:
        lock: keep others from deciding and confirming until the commit.
    """
    if lock:
        connection.execute(
            sa.text(
                "SELECT 1 FROM fjgov_maintenance WHERE unit_id = :unit AND year = :year FOR UPDATE"
            ),
            {"unit": unit_id, "year": year},
        )
    found = of_units(connection, {unit_id}, year)
    return found[0] if found else None


def of_units(connection: sa.Connection, units: Collection[str], year: int) -> list[Campaign]:
    """Give the campaigns of some units in a year."""
    rows = connection.execute(_CAMPAIGNS, {"units": sorted(units), "year": year})
    return [Campaign(*row) for row in rows]


def years_of(connection: sa.Connection, unit_id: str) -> list[int]:
    """Give the years in which a unit has a campaign, the latest first."""
    rows = connection.execute(
        sa.text("SELECT year FROM fjgov_maintenance WHERE unit_id = :unit ORDER BY year DESC"),
        {"unit": unit_id},
    )
    return [row.year for row in rows]


def start(
    connection: sa.Connection,
    *,
    unit_id: str,
    year: int,
    due_on: date,
    node: str,
    by: str,
    now: datetime,
) -> int | None:
    """Open a campaign over all entries of the unit that are listed now.

    Args:
        node: code of this node; copies of another node's entries are kept up there.

    Returns:
        The number of entries on its list, None when the unit has a campaign of the year.
    """
    number: int | None = connection.execute(
        sa.text(
            "INSERT INTO fjgov_maintenance (unit_id, year, due_on, opened_by, opened_at)"
            " VALUES (:unit, :year, :due, :by, :now) ON CONFLICT DO NOTHING RETURNING id"
        ),
        {"unit": unit_id, "year": year, "due": due_on, "by": by, "now": now},
    ).scalar_one_or_none()
    if number is None:
        return None
    listed = connection.execute(
        sa.text(
            "INSERT INTO fjgov_maintenance_entry"
            " (campaign, position, package_id, identifier, title, hash)"
            " SELECT :campaign, row_number() OVER (ORDER BY c.key), p.id, c.key, p.title, c.hash"
            " FROM package p JOIN fjgov_change c ON c.record_id = p.id AND c.op = 'put'"
            " WHERE p.owner_org = :unit AND c.kind = 'entry' AND c.node = :node"
        ),
        {"campaign": number, "unit": unit_id, "node": node},
    )
    return int(listed.rowcount)


def entries(connection: sa.Connection, campaigns: Collection[int]) -> list[dict[str, Any]]:
    """Give the entries on lists with the latest decision on each and its hash now.

    Returns:
        Dicts in order of campaign and position: campaign, position, package_id, identifier, title,
        name, was, now ("" when it is not listed), decision, merged_into, note, decided_by,
        role, decided_at (None without a decision).
    """
    rows = connection.execute(_ENTRIES, {"campaigns": sorted(campaigns)}).mappings()
    return [dict(row) for row in rows]


def decide(connection: sa.Connection, values: dict[str, Any]) -> None:
    """Add a decision: campaign, package_id, decision, merged_into, note, decided_by, role,
    appointment, decided_at.
    """
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_maintenance_decision (campaign, package_id, decision, merged_into,"
            " note, decided_by, role, appointment, decided_at) VALUES (:campaign, :package_id,"
            " :decision, :merged_into, :note, :decided_by, :role, :appointment, :decided_at)"
        ),
        values,
    )


def confirm(
    connection: sa.Connection, campaign: int, *, by: str, appointment: int, note: str, now: datetime
) -> None:
    """Close a campaign."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_maintenance_confirmation"
            " (campaign, note, confirmed_by, appointment, confirmed_at)"
            " VALUES (:campaign, :note, :by, :appointment, :now)"
        ),
        {"campaign": campaign, "note": note, "by": by, "appointment": appointment, "now": now},
    )


def note_replacement(connection: sa.Connection, package_id: str, identifier: str) -> None:
    """Say on an entry that is about to be withdrawn which one takes its place."""
    connection.execute(
        sa.text(
            "UPDATE package SET extras = coalesce(extras, '{}')"
            " || jsonb_build_object('replaced_by', CAST(:code AS text)) WHERE id = :id"
        ),
        {"id": package_id, "code": identifier},
    )


def unit_rows(
    connection: sa.Connection, units: Collection[str] | None, node: str
) -> list[dict[str, Any]]:
    """Give the live units of a node: id, name, title, level, opened_on ("" when none is registered)
    and the number of listed entries, by division and title.

    Args:
        units: ids, None for all.
    """
    rows = connection.execute(
        _UNITS, {"units": None if units is None else sorted(units), "node": node}
    ).mappings()
    return [dict(row) for row in rows]


_CAMPAIGNS = sa.text(
    "SELECT m.id, m.unit_id, m.year, m.due_on, m.opened_by, m.opened_at, c.confirmed_by,"
    " c.confirmed_at, c.appointment, a.document, c.note FROM fjgov_maintenance m"
    " LEFT JOIN fjgov_maintenance_confirmation c ON c.campaign = m.id"
    " LEFT JOIN fjgov_appointment a ON a.id = c.appointment"
    " WHERE m.unit_id = ANY(:units) AND m.year = :year"
)
# An entry that was just withdrawn may still stand in the log: its own row is asked too.
_ENTRIES = sa.text(
    "SELECT e.campaign, e.position, e.package_id, e.identifier,"
    " coalesce(p.title, e.title) AS title,"
    " p.name, e.hash AS was,"
    " CASE WHEN p.state = 'active' THEN coalesce(c.hash, '') ELSE '' END AS now,"
    " d.decision, d.merged_into, d.note, d.decided_by, d.role, d.decided_at"
    " FROM fjgov_maintenance_entry e"
    " LEFT JOIN package p ON p.id = e.package_id"
    " LEFT JOIN fjgov_change c ON c.record_id = e.package_id AND c.kind = 'entry' AND c.op = 'put'"
    " LEFT JOIN LATERAL (SELECT * FROM fjgov_maintenance_decision d WHERE d.campaign = e.campaign"
    " AND d.package_id = e.package_id ORDER BY d.id DESC LIMIT 1) AS d ON true"
    " WHERE e.campaign = ANY(:campaigns) ORDER BY e.campaign, e.position"
)
_UNITS = sa.text(
    "SELECT g.id, g.name, g.title, g.extras ->> 'level' AS level,"
    " coalesce(g.extras ->> 'directory_opened_on', '') AS opened_on,"
    " (SELECT count(*) FROM package p WHERE p.owner_org = g.id AND p.type = 'dataset'"
    " AND p.state = 'active' AND NOT p.private) AS listed"
    " FROM \"group\" g WHERE g.is_organization AND g.state = 'active'"
    " AND coalesce(nullif(g.extras ->> 'home_node', ''), :node) = :node"
    " AND (CAST(:units AS text[]) IS NULL OR g.id = ANY(:units))"
    " ORDER BY g.extras ->> 'division', g.title, g.id"
)
