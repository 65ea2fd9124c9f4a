"""Who signed a base indicator, for which side; what was signed is in the record."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa


def signers(connection: sa.Connection, package_id: str) -> dict[tuple[str, str], str]:
    """Give the accounts that signed last: (indicator, side) -> id of the account."""
    rows = connection.execute(
        sa.text(
            "SELECT indicator, side, user_id FROM fjgov_indicator_signature"
            " WHERE package_id = :package"
        ),
        {"package": package_id},
    )
    return {(row.indicator, row.side): row.user_id for row in rows}


def note(
    connection: sa.Connection,
    package_id: str,
    indicator: str,
    side: str,
    *,
    user_id: str,
    now: datetime,
) -> None:
    """Keep who signs, in the place of who signed for that side before."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_indicator_signature (package_id, indicator, side, user_id,"
            " signed_at) VALUES (:package, :indicator, :side, :user, :now)"
            " ON CONFLICT (package_id, indicator, side)"
            " DO UPDATE SET user_id = EXCLUDED.user_id, signed_at = EXCLUDED.signed_at"
        ),
        {
            "package": package_id,
            "indicator": indicator,
            "side": side,
            "user": user_id,
            "now": now,
        },
    )
