"""Application systems as the directory has them, and the tokens that were made for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.access.systems import SystemFacts, TokenFacts

RECORD_TYPE = "app_system"
# The last use of a token is noted once in so long, so that not every use writes.
NOTED_EVERY = timedelta(minutes=1)

_UNIT = "coalesce(nullif(g.extras ->> 'uscc', ''), g.name)"
_LISTED = "p.state = 'active' AND NOT p.private AND coalesce(p.extras ->> 'home_node', '')"
# `:here` is the code of this node.
_IS_LISTED = f"({_LISTED} IN ('', :here))"
_SYSTEM = (
    "SELECT p.id, p.name, p.title, p.owner_org,"
    " coalesce(p.extras ->> 'registration_number', '') AS number,"
    f" coalesce(p.extras ->> 'system_status', '') AS status, {_UNIT} AS unit,"
    f" {_IS_LISTED} AS is_listed,"
    " NOT EXISTS (SELECT FROM package o WHERE o.type = p.type AND o.owner_org = p.owner_org"
    " AND o.id <> p.id AND o.state = 'active' AND NOT o.private"
    " AND o.extras ->> 'registration_number' = p.extras ->> 'registration_number') AS is_alone"
    ' FROM package p JOIN "group" g ON g.id = p.owner_org'
    f" WHERE p.type = '{RECORD_TYPE}' AND p.state <> 'deleted'"
)
_SHOWN = (
    "id, record, number, unit, name, ending, created_by, created_at, expires, used_at, revoked_at,"
    " revoked_by, reason"
)


@dataclass(frozen=True, slots=True)
class System:
    """A record of the 政务应用系统目录 as far as it decides.

    Attributes:
        id, name, title: of the record.
        unit_id: id of the group of the unit in charge.
    """

    id: str
    name: str
    title: str
    unit_id: str
    facts: SystemFacts


def find(connection: sa.Connection, here: str, reference: str) -> System | None:
    """Give a system by id or name of its record; None when there is none or it is withdrawn."""
    rows = connection.execute(
        sa.text(f"{_SYSTEM} AND :reference IN (p.id, p.name)"),
        {"here": here, "reference": reference},
    )
    return next((_system(row) for row in rows), None)


def of_unit(connection: sa.Connection, here: str, unit: str, reference: str) -> System | None:
    """Give a system of a unit by its number, or by id or name of its record; a listed one first.

    Args:
        unit: code.
    """
    rows = connection.execute(
        sa.text(
            f"{_SYSTEM} AND {_UNIT} = :unit AND :reference IN (p.id, p.name,"
            " coalesce(p.extras ->> 'registration_number', ''))"
            f" ORDER BY {_IS_LISTED} DESC, p.id LIMIT 1"
        ),
        {"here": here, "unit": unit, "reference": reference},
    )
    return next((_system(row) for row in rows), None)


def of_units(connection: sa.Connection, here: str, unit_ids: list[str]) -> list[System]:
    """Give the systems that are in the charge of these units (ids), by title."""
    rows = connection.execute(
        sa.text(f"{_SYSTEM} AND p.owner_org = ANY(:units) ORDER BY p.title, p.id LIMIT 500"),
        {"here": here, "units": unit_ids},
    )
    return [_system(row) for row in rows]


def add_token(connection: sa.Connection, **values: Any) -> int:
    """Store a token; gives its number. `digest` is all that is kept of what is shown once."""
    names = ("record", "number", "unit", "name", "digest", "ending", "created_by", "created_at",
             "expires")  # fmt: skip
    number: int = connection.execute(
        sa.text(
            f"INSERT INTO fjgov_system_token ({', '.join(names)})"
            f" VALUES ({', '.join(f':{name}' for name in names)}) RETURNING id"
        ),
        {name: values[name] for name in names},
    ).scalar_one()
    return number


def tokens_of(connection: sa.Connection, record: str) -> list[dict[str, Any]]:
    """Give the tokens of a system, the newest first, without what they are checked by."""
    rows = connection.execute(
        sa.text(f"SELECT {_SHOWN} FROM fjgov_system_token WHERE record = :record ORDER BY id DESC"),
        {"record": record},
    ).mappings()
    return [dict(row) for row in rows]


def token(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """Give one token by its number."""
    row = (
        connection.execute(
            sa.text(f"SELECT {_SHOWN} FROM fjgov_system_token WHERE id = :id"), {"id": number}
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def token_of_digest(connection: sa.Connection, digest: str) -> dict[str, Any] | None:
    """Give the token of which somebody showed the text."""
    row = (
        connection.execute(
            sa.text(f"SELECT {_SHOWN} FROM fjgov_system_token WHERE digest = :digest"),
            {"digest": digest},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def revoke(connection: sa.Connection, number: int, by: str, reason: str, now: datetime) -> bool:
    """Take a token back; False when that was done before."""
    done = connection.execute(
        sa.text(
            "UPDATE fjgov_system_token SET revoked_at = :now, revoked_by = :by, reason = :reason"
            " WHERE id = :id AND revoked_at IS NULL"
        ),
        {"id": number, "by": by, "reason": reason, "now": now},
    )
    return bool(done.rowcount)


def note_use(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that a token was used; one that was revoked meanwhile stays as it is."""
    connection.execute(
        sa.text(
            "UPDATE fjgov_system_token SET used_at = :now WHERE id = :id AND revoked_at IS NULL"
            " AND (used_at IS NULL OR used_at < :noted)"
        ),
        {"id": number, "now": now, "noted": now - NOTED_EVERY},
    )


def facts_of_token(row: dict[str, Any]) -> TokenFacts:
    """Give what decides about a token."""
    return TokenFacts(
        number=row["number"],
        unit=row["unit"],
        expires=row["expires"],
        is_revoked=row["revoked_at"] is not None,
    )


def _system(row: Any) -> System:
    facts = SystemFacts(
        number=row.number.strip(),
        status=row.status,
        unit=row.unit,
        is_listed=row.is_listed,
        is_alone=row.is_alone,
    )
    return System(row.id, row.name, row.title, row.owner_org, facts)
