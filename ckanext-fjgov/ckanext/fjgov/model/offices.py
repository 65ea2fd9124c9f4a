"""Which units an office (数字办) is competent for: a dated reference on the unit (Art. 3, 44)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa


def units_of(connection: sa.Connection, offices: Sequence[str], today: date) -> set[str]:
    """Give the ids of live units whose competent office today is one of those.

    Args:
        offices: ids of the offices, which are units themselves.

    Cost: one pass over the register of units.
    """
    rows = connection.execute(_UNITS, {"offices": list(offices), "today": today.isoformat()})
    return {row.id for row in rows}


def is_competent(
    connection: sa.Connection, offices: Sequence[str], codes: Sequence[str], today: date
) -> bool:
    """Tell whether one of the offices is competent today for a unit of one of these codes."""
    found = connection.execute(
        sa.text(
            "SELECT id FROM \"group\" WHERE is_organization AND extras ->> 'uscc' = ANY(:codes)"
        ),
        {"codes": list(codes)},
    )
    return not units_of(connection, offices, today).isdisjoint(row.id for row in found)


# An open first or last day counts as open; days are texts that sort as they pass.
_UNITS = sa.text(
    'SELECT DISTINCT g.id FROM "group" g CROSS JOIN LATERAL jsonb_array_elements('
    "CAST(CASE WHEN g.extras ->> 'competent_office' LIKE '[%'"
    " THEN g.extras ->> 'competent_office' ELSE '[]' END AS jsonb)) AS o"
    " WHERE g.is_organization AND g.state = 'active'"
    " AND o ->> 'uscc' IN (SELECT extras ->> 'uscc' FROM \"group\" WHERE id = ANY(:offices))"
    " AND coalesce(o ->> 'valid_from', '') <= :today"
    " AND coalesce(nullif(o ->> 'valid_until', ''), '9999') >= :today"
)
