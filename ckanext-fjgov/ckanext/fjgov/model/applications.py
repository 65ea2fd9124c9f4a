"""Drafts of applications (政务信息共享实施申请书) beside their cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa


def save(
    connection: sa.Connection,
    node: str,
    number: str,
    *,
    form: int,
    title: str,
    terms: Mapping[str, Any],
    author: str,
    at: datetime,
) -> None:
    """Store what is asked for, in place of what was.

    Args:
        form: version of the template.
        title: under which lists show it.
    """
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_application (node, number, form, title, terms, author, saved_at)"
            " VALUES (:node, :number, :form, :title, CAST(:terms AS jsonb), :author, :at)"
            " ON CONFLICT (node, number) DO UPDATE SET form = EXCLUDED.form,"
            " title = EXCLUDED.title, terms = EXCLUDED.terms, author = EXCLUDED.author,"
            " saved_at = EXCLUDED.saved_at"
        ),
        {
            "node": node,
            "number": number,
            "form": form,
            "title": title,
            "terms": json.dumps(dict(terms), ensure_ascii=False),
            "author": author,
            "at": at,
        },
    )


def find(connection: sa.Connection, node: str, number: str) -> dict[str, Any] | None:
    """Give `form`, `title`, `terms`, `author` and `saved_at` of an application."""
    row = (
        connection.execute(
            sa.text(
                "SELECT form, title, terms, author, saved_at FROM fjgov_application"
                " WHERE node = :node AND number = :number"
            ),
            {"node": node, "number": number},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None
