"""Rows of an import that speak of listed records, where a review is required (更新目录).

Such a row becomes the entry's revision, as the form makes one; the listed entry stays as it is.
"""

from __future__ import annotations

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.importing.plan import PlannedRow
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases import revising
from ckanext.fjgov.model import revisions
from ckanext.fjgov.model.database import own_transaction


def is_due(planned: PlannedRow) -> bool:
    """Tell whether a row changes a listed entry that only a review may change."""
    return (
        planned.action == "update"
        and planned.existing is not None
        and planned.existing.entry.get("state") == State.LISTED.value
        and settings.review_required()
    )


def save(planned: PlannedRow, user: str) -> bool:
    """Keep what a row changes as the revision of its entry.

    Returns:
        False when the revision that is being made says the same already.

    Raises:
        ValidationError, NotAuthorized: nothing has changed.
    """
    stored = planned.existing.entry if planned.existing else {}
    package_id = str(stored["id"])
    changes = {name: planned.entry.get(name) for name in planned.changed}
    with own_transaction() as connection:
        before = revisions.find(connection, package_id)
    if before is not None and not before.addresses:
        candidate = dict(before.candidate)
        if not revising.changed_fields(candidate, candidate | changes, str(stored["type"])):
            return False
    revising.save(package_id, changes, {"user": user})
    return True
