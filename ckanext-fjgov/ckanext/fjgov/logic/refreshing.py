"""Refreshing the data of a listed entry (Art. 13): written at once, and into its revision too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.refresh import Refresh
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import revisions
from ckanext.fjgov.model.change_rows import current_entries
from ckanext.fjgov.model.revisions import Revision

# Key of a context: what is being refreshed.
REFRESHING = "fjgov_refreshing"


@dataclass(frozen=True, slots=True)
class Refreshing:
    """A refresh on its way.

    Attributes:
        data: the listed record with the new facts, for `package_update`.
        base_hash: of the listed record before it, "" when no revision has to follow.
    """

    data: dict[str, Any]
    refresh: Refresh
    base_hash: str = ""


def of_listed(
    connection: sa.Connection, package: model.Package, revision: Revision | None, refresh: Refresh
) -> Refreshing:
    """Give what a refresh makes of the listed record."""
    context = {"ignore_auth": True, "use_cache": False, "user": ""}
    listed = tk.get_action("package_show")(context, {"id": package.id})
    data = refresh.applied(listed)
    data.pop("metadata_modified", None)
    was = record_hash(connection, package.id) if revision else ""
    return Refreshing(data, refresh, was)


def follow(connection: sa.Connection, package_id: str, refreshing: Refreshing) -> None:
    """Bring a revision to what was refreshed, in the transaction that wrote the listed record."""
    if refreshing.base_hash:
        carry_over(connection, package_id, refreshing.base_hash, refreshing.refresh.applied)


def carry_over(
    connection: sa.Connection,
    package_id: str,
    was: str,
    applied: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> None:
    """Bring a revision to what was just written into its listed record.

    The revision rests on the listed record as before: a base that had moved stays moved.

    Args:
        was: hash of the listed record before it was written.
        applied: gives a record with what was written.
    """
    revision = revisions.find(connection, package_id)
    if revision is None:
        return
    is_whole = revision.base_hash == was
    base = record_hash(connection, package_id) if is_whole else revision.base_hash
    candidate = applied(revision.candidate)
    revisions.put(connection, replace(revision, candidate=candidate, base_hash=base))


def record_hash(connection: sa.Connection, package_id: str) -> str:
    """Give the hash of a record as it is catalogued now."""
    return current_entries(connection, [package_id], settings.shapes())[package_id].hash
