"""Where the entries of an upload stand now: draft, under review, listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckan import model

from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.core.catalog.identifier import parse_identifier, slug_of
from ckanext.fjgov.model import case_reading
from ckanext.fjgov.model.database import session_connection

# States of the review from which the registrar submits; None where it has not begun.
SUBMITTABLE = frozenset({None, "draft", "returned", "revising"})


def of_entries(identifiers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give what is known of entries by identifier.

    Returns:
        For each that is registered: `name`, `id`, `type`, `state` of the entry, `review` (state
        of its review with its words, None before the first step) and `may_submit`.

    Cost: two statements.
    """
    names = {slug_of(parse_identifier(code)): code for code in identifiers if code}
    rows = (
        model.Session.query(
            model.Package.id, model.Package.name, model.Package.type, model.Package.state
        )
        .filter(model.Package.name.in_(list(names)))
        .all()
    )
    reviews = case_reading.open_states(
        session_connection(), ENTRY_REVIEW.name, [row.id for row in rows]
    )
    return {names[row.name]: _shown(row, reviews.get(row.id)) for row in rows}


def _shown(row: Any, review: str | None) -> dict[str, Any]:
    words = ENTRY_REVIEW.states.get(review or "")
    is_waiting = row.state == "draft" or review == "revising"
    return {
        "id": row.id,
        "name": row.name,
        "type": row.type,
        "state": row.state,
        "review": {"code": review, "zh": words[0], "en": words[1]} if words else None,
        "may_submit": is_waiting and review in SUBMITTABLE,
    }
