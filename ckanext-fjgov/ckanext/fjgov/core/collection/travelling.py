"""A decided item as it travels from the province down to the cities, one row of a signed feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ckanext.fjgov.core.collection.content import InvalidContent, content_of, item_of
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.overall import Decision
from ckanext.fjgov.core.federation.wire import json_bytes

_RECORD = ("identifier", "name", "title", "unit_name")
_DECISION: Mapping[str, type] = {
    "number": int,
    "revision": str,
    "is_carried": bool,
    "reason": str,
    "decided_on": str,
}


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """One item with its decision, as all nodes know it.

    Attributes:
        item: as decided, also one that is decided to end.
        identifier, name, title: of the record that reports it.
        unit_name: of the responsible unit, which other nodes need not have registered.
        number, revision, is_carried, reason: of the decision; `revision` is the hash of the
            version that it is about.
        decided_on: day of the decision, YYYY-MM-DD.
    """

    item: CollectionItem
    identifier: str
    name: str
    title: str
    unit_name: str
    number: int
    revision: str
    is_carried: bool
    reason: str
    decided_on: str

    @property
    def key(self) -> str:
        """Give the key under which it travels."""
        return f"{self.item.node}/{self.item.item_id}"


def decided_item(
    item: CollectionItem, decision: Decision, record: Mapping[str, str], decided_on: str
) -> DecidedItem:
    """Put together what travels.

    Args:
        item: as decided.
        record: `identifier`, `name`, `title` and `unit_name`.
    """
    return DecidedItem(
        item=item,
        **{name: record[name] for name in _RECORD},
        number=decision.number,
        revision=decision.revision,
        is_carried=decision.is_carried,
        reason=decision.reason,
        decided_on=decided_on,
    )


def travelling_bytes(decided: DecidedItem) -> bytes:
    """Write what travels; the same bytes for the same values."""
    return json_bytes(
        {
            "item": content_of(decided.item),
            "record": {name: getattr(decided, name) for name in _RECORD},
            "decision": {name: getattr(decided, name) for name in _DECISION},
        }
    )


def travelling_hash(data: bytes) -> str:
    """Give the hash of what travels: 64 hex digits."""
    return sha256(data).hexdigest()


def arrived(fields: Mapping[str, Any]) -> DecidedItem:
    """Read what arrived.

    Raises:
        InvalidContent: a member is missing or has another form.
    """
    try:
        record, decision = fields["record"], fields["decision"]
        _require_types(record, dict.fromkeys(_RECORD, str))
        _require_types(decision, _DECISION)
        return DecidedItem(
            item=item_of(fields["item"]),
            **{name: record[name] for name in _RECORD},
            **{name: decision[name] for name in _DECISION},
        )
    except (KeyError, TypeError) as error:
        raise InvalidContent(
            "已确认采集项的内容不完整或格式不正确", f"this is no decided item: {error}"
        ) from error


def _require_types(values: Mapping[str, Any], types: Mapping[str, type]) -> None:
    # An exact type, because True is an int in Python.
    if any(type(values[name]) is not kind for name, kind in types.items()):
        raise TypeError("a member has another type")
