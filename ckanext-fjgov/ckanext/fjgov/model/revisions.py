"""Revisions of listed entries: one row each, beside the entry, until it is listed or discarded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

Addresses = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Revision:
    """A whole entry as it is to be, without any real address.

    Attributes:
        base_hash: of the listed entry when the revision was begun.
        author: account that saved it last.
        addresses: real addresses that come with it: (record id, or "" for the entry; field).
    """

    package_id: str
    candidate: Mapping[str, Any]
    base_hash: str
    author: str
    saved_at: datetime
    addresses: Addresses


def find(connection: sa.Connection, package_id: str) -> Revision | None:
    """Give the revision of an entry."""
    row = connection.execute(
        sa.text(
            "SELECT package_id, candidate, base_hash, author, saved_at, addresses"
            " FROM fjgov_revision WHERE package_id = :id"
        ),
        {"id": package_id},
    ).one_or_none()
    if row is None:
        return None
    addresses = {(record, field): address for record, field, address in row.addresses}
    return Revision(
        row.package_id, row.candidate, row.base_hash, row.author, row.saved_at, addresses
    )


def holding_resource(connection: sa.Connection, resource_id: str) -> str | None:
    """Give the id of the entry whose revision has a resource. Cost: reads all revisions."""
    found: str | None = connection.execute(
        sa.text(
            "SELECT package_id FROM fjgov_revision WHERE candidate -> 'resources'"
            " @> jsonb_build_array(jsonb_build_object('id', CAST(:id AS text))) LIMIT 1"
        ),
        {"id": resource_id},
    ).scalar_one_or_none()
    return found


def put(connection: sa.Connection, revision: Revision) -> None:
    """Keep a revision in place of an earlier one."""
    rows = [[record, field, text] for (record, field), text in revision.addresses.items()]
    connection.execute(
        sa.text(
            "INSERT INTO fjgov_revision"
            " (package_id, candidate, base_hash, author, saved_at, addresses)"
            " VALUES (:id, :candidate, :base, :author, :at, :addresses)"
            " ON CONFLICT (package_id) DO UPDATE SET candidate = EXCLUDED.candidate,"
            " base_hash = EXCLUDED.base_hash, author = EXCLUDED.author,"
            " saved_at = EXCLUDED.saved_at, addresses = EXCLUDED.addresses"
        ),
        {
            "id": revision.package_id,
            "candidate": json.dumps(revision.candidate, ensure_ascii=False),
            "base": revision.base_hash,
            "author": revision.author,
            "at": revision.saved_at,
            "addresses": json.dumps(rows, ensure_ascii=False),
        },
    )


def remove(connection: sa.Connection, package_id: str) -> None:
    """Forget the revision of an entry."""
    connection.execute(
        sa.text("DELETE FROM fjgov_revision WHERE package_id = :id"), {"id": package_id}
    )
