"""The collection catalog as answers: plain values, with the official words beside the codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from ckanext.fjgov.core.collection.checking import Outcome
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.revision import (
    InvalidRevision,
    PlannedChange,
    field_text,
    revision_hash,
    territory_text,
)
from ckanext.fjgov.core.collection.travelling import DecidedItem, arrived
from ckanext.fjgov.core.collection.wording import tell_outcome
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection import checking
from ckanext.fjgov.logic.collection.checking import Checked
from ckanext.fjgov.logic.collection.known import is_decided_here
from ckanext.fjgov.logic.collection.standing import Standing, planned
from ckanext.fjgov.model import collection_items
from ckanext.fjgov.model.collection_entries import OwnEntry
from ckanext.fjgov.model.collection_items import ItemRow
from ckanext.fjgov.model.database import snapshot

WAITING_STATE = "waiting"
RANGE_ARTICLE = "8"
_SHOWN = ("unit", "name", "business_object", "line", "element", "is_base", "is_obtainable")


def shown_standing(standing: Standing, checked: Checked | None) -> dict[str, Any]:
    """Give a record with its items, what is decided of each, and who else holds it.

    Args:
        checked: what comparing its items found; None when there is nothing to compare with.
    """
    outcomes = checked.outcomes if checked else ()
    by_item: dict[str, list[Any]] = {}
    for one in shown_outcomes(outcomes):
        by_item.setdefault(one["item"] or "", []).append(one)
    record = standing.record
    return {
        "id": record.package_id,
        "name": record.name,
        "identifier": record.identifier,
        "node": record.node,
        "title": record.title,
        "unit": record.unit_code,
        "unit_name": record.unit_name,
        "items": [
            {
                **shown_item(item),
                "revision": revision_hash(item),
                "is_waiting": not standing.is_decided(item),
                "in_force": _shown_decided(standing.in_force.get(item.item_id)),
                "outcomes": by_item.get(item.item_id, []),
            }
            for item in standing.items
        ],
        "changes": [_shown_change(one) for one in _plan(standing)],
        "notes": by_item.get("", []),
        "copy": shown_copy(),
    }


def shown_outcomes(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Give outcomes with who holds the items and where to apply. Cost: two statements."""
    found = tuple(outcomes)
    names = checking.unit_names(found)
    addresses = checking.node_addresses() if any(one.matches for one in found) else {}
    return [checking.shown_outcome(one, names, addresses) for one in found]


def shown_beyond(entry: OwnEntry, outcome: Outcome) -> dict[str, Any]:
    """Give one finding out of range with the entry that it is about."""
    told = tell_outcome(outcome)
    return {
        "kind": outcome.kind.value,
        "article": RANGE_ARTICLE,
        "zh": told.zh,
        "en": told.en,
        "id": entry.package_id,
        "name": entry.name,
        "identifier": entry.identifier,
        "title": entry.title,
        "node": entry.node,
        "item": outcome.item.item_id if outcome.item else None,
        "item_name": outcome.item.name if outcome.item else None,
    }


def shown_item(item: CollectionItem) -> dict[str, Any]:
    """Give what a unit reports of one item."""
    return {
        "node": item.node,
        "item": item.item_id,
        **{name: getattr(item, name) for name in _SHOWN},
        "territory": territory_text(item.territory),
        "basis": field_text(item, "basis"),
    }


def shown_row(row: ItemRow) -> dict[str, Any]:
    """Give one row of the overall catalog."""
    decided = arrived(orjson.loads(row.data or b"{}"))
    return {
        **shown_item(decided.item),
        **(_shown_decided(decided) or {}),
        "record": decided.identifier,
        "record_name": decided.name,
        "title": decided.title,
        "unit_name": decided.unit_name,
    }


def shown_copy() -> dict[str, Any]:
    """Say how old the knowledge of this node is."""
    with snapshot() as connection:
        head = collection_items.head(connection)
    here = is_decided_here()
    age = None if head.verified_at is None else utc_now() - head.verified_at
    hours = 0 if here else None if age is None else int(age.total_seconds() // 3600)
    return {
        "is_decided_here": here,
        "source": "" if here else settings.node().parent,
        "seq": head.seq,
        "digest": head.digest,
        "verified_at": _moment(head.verified_at),
        "tried_at": _moment(head.tried_at),
        "age_hours": hours,
        "is_too_old": not here and (age is None or age > settings.collection_max_age()),
        "error_zh": head.error_zh,
        "error_en": head.error_en,
    }


def _shown_decided(decided: DecidedItem | None) -> dict[str, Any] | None:
    if decided is None:
        return None
    return {
        "state": decided.item.state.value,
        "number": decided.number,
        "decided_revision": decided.revision,
        "is_carried": decided.is_carried,
        "reason": decided.reason,
        "decided_on": decided.decided_on,
        "decided_unit": decided.item.unit,
        "decided_unit_name": decided.unit_name,
        "decided_territory": territory_text(decided.item.territory),
        "decided_line": decided.item.line,
        "decided_obtainable": decided.item.is_obtainable,
    }


def _plan(standing: Standing) -> tuple[PlannedChange, ...]:
    """Give the changes since the decisions, when there are decisions at all."""
    if not standing.in_force:
        return ()
    try:
        # What is not stated yet does not matter for what would come of it.
        return planned(standing, str(standing.record.fields.get("revision_basis") or "-"))
    except InvalidRevision:
        return ()


def _shown_change(one: PlannedChange) -> Mapping[str, Any]:
    return {
        "kind": one.change.kind.value,
        "item": one.change.key[1],
        "effect": one.effect.value,
        "zh": one.zh,
        "en": one.en,
        "fields": [
            {
                "field": change.field,
                "label": {"zh": change.zh, "en": change.en},
                "before": change.before,
                "after": change.after,
            }
            for change in one.change.fields
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
