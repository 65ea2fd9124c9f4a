"""Collection items and adjustments as plain JSON: how they are stored, and how they travel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState, LegalBasis
from ckanext.fjgov.core.collection.overall import Adjustment
from ckanext.fjgov.core.collection.territory import Territory
from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.federation.scope import ScopeRule

_TEXTS = ("node", "item_id", "unit", "name", "business_object", "line", "element")
_FLAGS = ("is_object_key", "is_base", "is_obtainable")


class InvalidContent(InvalidValue):
    """JSON that is no collection item."""


def content_of(item: CollectionItem) -> dict[str, Any]:
    """Give an item as JSON; the inverse of `item_of`."""
    return {
        **{name: getattr(item, name) for name in _TEXTS},
        "territory": territory_content(item.territory),
        **{name: getattr(item, name) for name in _FLAGS},
        "authoritative_item": item.authoritative_item,
        "state": item.state.value,
        "basis": {"title": item.basis.title, "clause": item.basis.clause},
    }


def item_of(content: Mapping[str, Any]) -> CollectionItem:
    """Read an item, also from another node.

    Raises:
        InvalidContent: a member is missing or has another form.
    """
    try:
        for name in (*_TEXTS, "authoritative_item"):
            _require(content[name], str)
        for name in _FLAGS:
            _require(content[name], bool)
        basis = content["basis"]
        return CollectionItem(
            **{name: content[name] for name in (*_TEXTS, *_FLAGS, "authoritative_item")},
            territory=territory_from(content["territory"]),
            state=CollectionState(content["state"]),
            basis=LegalBasis(_require(basis["title"], str), _require(basis["clause"], str)),
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidValue) as error:
        raise InvalidContent(
            "采集项内容不完整或格式不正确", f"this is no collection item: {error}"
        ) from error


def territory_content(territory: Territory) -> dict[str, Any]:
    """Give a territory as JSON."""
    return {
        "parts": [_rule_content(rule) for rule in territory.parts],
        "without": [_rule_content(rule) for rule in territory.without],
    }


def territory_from(content: Mapping[str, Any]) -> Territory:
    """Read a territory; raises KeyError, TypeError or ValueError for anything else."""
    return Territory(
        tuple(_rule_from(rule) for rule in content["parts"]),
        tuple(_rule_from(rule) for rule in content["without"]),
    )


def adjustment_content(adjustment: Adjustment) -> dict[str, Any]:
    """Give what an adjustment changes as JSON, members that it leaves alone left out."""
    content: dict[str, Any] = {
        name: value
        for name in ("unit", "line", "is_obtainable")
        if (value := getattr(adjustment, name)) is not None
    }
    if adjustment.territory is not None:
        content["territory"] = territory_content(adjustment.territory)
    if adjustment.is_ended:
        content["is_ended"] = True
    return content


def adjustment_from(content: Mapping[str, Any]) -> Adjustment:
    """Read what `adjustment_content` wrote."""
    territory = content.get("territory")
    return Adjustment(
        unit=content.get("unit"),
        territory=None if territory is None else territory_from(territory),
        line=content.get("line"),
        is_obtainable=content.get("is_obtainable"),
        is_ended=bool(content.get("is_ended")),
    )


def _rule_content(rule: ScopeRule) -> list[str]:
    return [
        rule.prefix,
        rule.valid_from.isoformat() if rule.valid_from else "",
        rule.valid_until.isoformat() if rule.valid_until else "",
    ]


def _rule_from(row: Any) -> ScopeRule:
    prefix, first, last = row
    return ScopeRule(
        _require(prefix, str),
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
    )


def _require(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value
