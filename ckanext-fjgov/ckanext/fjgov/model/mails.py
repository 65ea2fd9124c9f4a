"""The outbox of mails about notices: one row for one notice and person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

_UNIT = "coalesce(nullif(g.extras ->> 'uscc', ''), g.name)"
# `u` is somebody whom notice `n` is for still: an account in use that holds what it asks for.
_CONCERNS = (
    "u.state = 'active' AND coalesce(u.email, '') <> ''"
    " AND NOT EXISTS (SELECT FROM fjgov_mail_declined o WHERE o.user_id = u.id)"
    " AND (n.user_id = u.id OR (n.user_id = '' AND EXISTS (SELECT FROM fjgov_appointment a"
    ' JOIN "group" g ON g.id = a.unit_id WHERE a.user_id = u.id AND a.role = ANY(n.roles)'
    f" AND {_UNIT} = n.unit AND a.valid_from <= :today"
    " AND (a.valid_until IS NULL OR a.valid_until >= :today))))"
)
_AWAITED = (
    "c.turn_unit = n.unit AND c.turn_except <> u.id AND EXISTS (SELECT FROM fjgov_appointment a"
    ' JOIN "group" g ON g.id = a.unit_id WHERE a.user_id = u.id AND a.role = ANY(c.turn_roles)'
    f" AND {_UNIT} = c.turn_unit AND a.valid_from <= :today"
    " AND (a.valid_until IS NULL OR a.valid_until >= :today))"
)
# Of a stated need, the title is what somebody wrote into the application.
_TITLE = (
    "coalesce(p.title, CASE WHEN a.terms #>> '{targets,0,kind}' = 'need' THEN '' ELSE a.title END,"
    " q.title, '')"
)
# Clocks that the unit of the notice is to keep.
_CLOCKS = (
    " FROM fjgov_case_clock k JOIN fjgov_case_party y ON (y.node, y.number, y.role)"
    " = (k.node, k.number, k.owner) WHERE (k.node, k.number) = (n.node, n.number)"
    " AND k.is_running AND y.unit = n.unit ORDER BY k.due_at LIMIT 1"
)
_KEY = "notice_id = :notice AND user_id = :user"


def spread(
    connection: sa.Connection, now: datetime, today: date, since: datetime, limit: int
) -> int:
    """Write down who is mailed about notices that nobody looked at yet; gives how many rows.

    Whoever took the step is told nothing of it. Each notice is looked at once.

    Args:
        since: older notices are not mailed any more.

    Cost: one statement; nothing is read when nothing is new.
    """
    return connection.execute(
        sa.text(
            "WITH taken AS (UPDATE fjgov_notice SET mailed = :now WHERE id IN (SELECT id FROM"
            " fjgov_notice WHERE mailed IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)"
            " RETURNING *)"
            " INSERT INTO fjgov_mail (notice_id, user_id, made_at, next_at)"
            " SELECT n.id, u.id, :now, :now FROM taken n JOIN fjgov_case_event e"
            ' ON (e.node, e.number, e.seq) = (n.node, n.number, n.seq) JOIN "user" u'
            f" ON {_CONCERNS} AND u.id <> e.user_id WHERE n.at > :since ON CONFLICT DO NOTHING"
        ),
        {"now": now, "today": today, "since": since, "limit": limit},
    ).rowcount


def take(connection: sa.Connection, now: datetime) -> dict[str, Any] | None:
    """Take the mail that has waited longest; it counts as handed over from the commit on.

    Returns:
        `notice`, `user`, `tries` and `made_at`; None when nothing is due.
    """
    row = (
        connection.execute(
            sa.text(
                "UPDATE fjgov_mail SET state = 'sending', tries = tries + 1"
                " WHERE (notice_id, user_id) = (SELECT notice_id, user_id FROM fjgov_mail"
                " WHERE state = 'waiting' AND next_at <= :now ORDER BY next_at, notice_id, user_id"
                " LIMIT 1 FOR UPDATE SKIP LOCKED)"
                " RETURNING notice_id AS notice, user_id AS user, tries, made_at"
            ),
            {"now": now},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def is_due(connection: sa.Connection, now: datetime) -> bool:
    """Tell whether a mail waits to be sent."""
    return bool(
        connection.execute(
            sa.text(
                "SELECT EXISTS (SELECT FROM fjgov_mail WHERE state = 'waiting' AND next_at <= :now)"
            ),
            {"now": now},
        ).scalar_one()
    )


def content(
    connection: sa.Connection, notice: int, user: str, today: date
) -> dict[str, Any] | None:
    """Give what a mail is made of; None when the notice is not for the person any more.

    Returns:
        `email`, `name`, `account`, `number`, `title`, `kind`, `event`, `state`, `is_awaited`,
        `last_day` and `provisional`.
    """
    row = (
        connection.execute(
            sa.text(
                "SELECT u.email, coalesce(nullif(u.fullname, ''), u.name) AS name,"
                f" u.name AS account, n.number, {_TITLE} AS title, c.kind, e.name AS event,"
                f" e.after AS state, ({_AWAITED}) AS is_awaited,"
                f" (SELECT k.last_day{_CLOCKS}) AS last_day,"
                f" coalesce((SELECT k.provisional{_CLOCKS}), false) AS provisional"
                ' FROM fjgov_notice n JOIN "user" u ON u.id = :user'
                " JOIN fjgov_case_event e ON (e.node, e.number, e.seq) = (n.node, n.number, n.seq)"
                " JOIN fjgov_case c ON (c.node, c.number) = (n.node, n.number)"
                " LEFT JOIN package p ON p.id = c.subject"
                " LEFT JOIN fjgov_application a ON (a.node, a.number) = (c.node, c.number)"
                " LEFT JOIN fjgov_grant q ON (q.node, q.number) = (c.node, c.number)"
                f" WHERE n.id = :notice AND {_CONCERNS}"
            ),
            {"notice": notice, "user": user, "today": today},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def settle(connection: sa.Connection, notice: int, user: str, state: str, error: str = "") -> None:
    """Write down what became of a mail: `sent`, `failed` or `dropped`."""
    connection.execute(
        sa.text(f"UPDATE fjgov_mail SET state = :state, error = :error WHERE {_KEY}"),
        {"notice": notice, "user": user, "state": state, "error": error},
    )


def put_back(
    connection: sa.Connection, notice: int, user: str, next_at: datetime, error: str, *, tried: bool
) -> None:
    """Let a mail that was surely not sent wait again.

    Args:
        tried: it counts as a try of the mail.
    """
    connection.execute(
        sa.text(
            "UPDATE fjgov_mail SET state = 'waiting', next_at = :next, error = :error,"
            f" tries = tries - :less WHERE {_KEY}"
        ),
        {"notice": notice, "user": user, "next": next_at, "error": error, "less": int(not tried)},
    )


def give_up(connection: sa.Connection, before: datetime, error: str) -> int:
    """Give up mails that wait since before a moment; gives how many."""
    return connection.execute(
        sa.text(
            "UPDATE fjgov_mail SET state = 'failed', error = :error"
            " WHERE state = 'waiting' AND made_at < :before"
        ),
        {"before": before, "error": error},
    ).rowcount


def server(connection: sa.Connection) -> dict[str, Any] | None:
    """Give `failures`, `next_at` and `error` of a server that does not answer."""
    row = (
        connection.execute(sa.text("SELECT failures, next_at, error FROM fjgov_mail_server"))
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def note_server(
    connection: sa.Connection, failures: int, next_at: datetime | None, error: str
) -> None:
    """Note that the server does not answer and when it is asked again; None: it answers."""
    if next_at is None:
        connection.execute(sa.text("DELETE FROM fjgov_mail_server"))
        return
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_mail_server (failures, next_at, error)"
            " VALUES (:failures, :next, :error) ON CONFLICT (one) DO UPDATE"
            " SET failures = EXCLUDED.failures, next_at = EXCLUDED.next_at, error = EXCLUDED.error"
        ),
        {"failures": failures, "next": next_at, "error": error},
    )


def troubles(connection: sa.Connection, since: datetime, before: datetime) -> list[dict[str, Any]]:
    """Give mails that failed since a moment, or of which nobody knows whether they were sent.

    Args:
        before: a mail that began to be sent later may still be on its way.
    """
    rows = connection.execute(
        sa.text(
            "SELECT notice_id, state, error, count(*) AS count FROM fjgov_mail WHERE"
            " (state = 'failed' AND made_at > :since) OR (state = 'sending' AND next_at < :before)"
            " GROUP BY notice_id, state, error ORDER BY notice_id DESC LIMIT 20"
        ),
        {"since": since, "before": before},
    ).mappings()
    return [dict(row) for row in rows]


def is_declined(connection: sa.Connection, user: str) -> bool:
    """Tell whether a person wants no mail."""
    return bool(
        connection.execute(
            sa.text("SELECT EXISTS (SELECT FROM fjgov_mail_declined WHERE user_id = :user)"),
            {"user": user},
        ).scalar_one()
    )


def decline(connection: sa.Connection, user: str, now: datetime, *, declined: bool) -> None:
    """Note whether a person wants no mail."""
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_mail_declined (user_id, at) VALUES (:user, :now)"
            " ON CONFLICT DO NOTHING"
            if declined
            else "DELETE FROM fjgov_mail_declined WHERE user_id = :user"
        ),
        {"user": user, "now": now} if declined else {"user": user},
    )


def remove(connection: sa.Connection, before: datetime) -> int:
    """Delete rows of mails that are over; their notices are not mailed again."""
    return connection.execute(
        sa.text("DELETE FROM fjgov_mail WHERE state <> 'waiting' AND made_at < :before"),
        {"before": before},
    ).rowcount
