"""Rule R2: one live record of a unit for one normalised title, held by a unique index."""

from __future__ import annotations

import sqlalchemy as sa


def hold(connection: sa.Connection, package_id: str, owner_org: str, title: str) -> bool:
    """Take a title for a record; waits for a writer that is about to take the same one.

    Returns:
        False when another live record of the unit has the title; the caller then rolls back.
    """
    release(connection, package_id)
    taken = connection.execute(
        sa.text(
            "INSERT INTO fjgov_title (package_id, owner_org, title)"
            " VALUES (:package_id, :owner_org, :title)"
            " ON CONFLICT (owner_org, title) DO NOTHING RETURNING package_id"
        ),
        {"package_id": package_id, "owner_org": owner_org, "title": title},
    )
    return taken.scalar_one_or_none() is not None


def holder(connection: sa.Connection, owner_org: str, title: str) -> str | None:
    """Give the identifier of the live record of a unit that has a normalised title."""
    identifier: str | None = connection.execute(
        sa.text(
            "SELECT p.extras ->> 'identifier' FROM fjgov_title t JOIN package p"
            " ON p.id = t.package_id WHERE t.owner_org = :owner_org AND t.title = :title"
        ),
        {"owner_org": owner_org, "title": title},
    ).scalar_one_or_none()
    return identifier


def release(connection: sa.Connection, package_id: str) -> None:
    """Give a title free when its record is withdrawn."""
    connection.execute(
        sa.text("DELETE FROM fjgov_title WHERE package_id = :id"), {"id": package_id}
    )
