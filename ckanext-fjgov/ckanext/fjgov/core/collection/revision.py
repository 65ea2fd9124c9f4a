"""Two versions of a unit's collection catalog: what changed, and what waits for 确认 (Art. 6, 7).

Records nothing: the caller keeps versions, filings and decisions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256

from ckanext.fjgov.core.collection.item import CollectionItem, CollectionState
from ckanext.fjgov.core.collection.likeness import read_item
from ckanext.fjgov.core.collection.territory import Territory
from ckanext.fjgov.core.collection.words import WordBook
from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.federation.scope import ScopeRule

# Fields a reviewer compares, in the order of the page; the state is decided, not reported.
_LABELS: Mapping[str, tuple[str, str]] = {
    "unit": ("采集责任单位", "responsible unit"),
    "name": ("采集项名称", "item"),
    "business_object": ("业务对象", "business object"),
    "element": ("数据元代码", "data element code"),
    "line": ("业务条线", "line of business"),
    "territory": ("采集地域", "collection territory"),
    "is_object_key": ("是否对象标识项", "identifies the object"),
    "authoritative_item": ("权威来源信息项", "authoritative item"),
    "is_base": ("属于基础数据库", "in a base database"),
    "is_obtainable": ("可共享获得", "obtainable by sharing"),
    "basis": ("法律法规依据", "legal basis"),
}


class InvalidRevision(InvalidValue):
    """A revision gives no basis, or a version holds an item twice."""


class ChangeKind(str, Enum):
    """What became of an item between two versions."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


class Effect(str, Enum):
    """When a change counts (Art. 7, read with Art. 6; our reading).

    Attributes:
        ON_FILING: 修订已报备, in force at once.
        ON_CONFIRMATION: waits for 省数字办.
    """

    ON_FILING = "on_filing"
    ON_CONFIRMATION = "on_confirmation"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs; texts are "" where there was or is nothing."""

    field: str
    zh: str
    en: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item that differs between two versions; `fields` is set for changed ones."""

    kind: ChangeKind
    key: tuple[str, str]
    before: CollectionItem | None
    after: CollectionItem | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change with when it counts and why."""

    change: ItemChange
    effect: Effect
    zh: str
    en: str


def revision_hash(item: CollectionItem) -> str:
    """Give the hash of what a unit reports of an item: 64 hex digits, its state left out."""
    content: dict[str, object] = {name: field_text(item, name) for name in _LABELS}
    # Two texts in a row would let title and clause be cut elsewhere under the same hash.
    content |= {"node": item.node, "item_id": item.item_id}
    content |= {"basis": [item.basis.title, item.basis.clause]}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8")).hexdigest()


def diff_catalogs(
    before: Iterable[CollectionItem], after: Iterable[CollectionItem]
) -> tuple[ItemChange, ...]:
    """Compare two versions of one unit's collection catalog.

    Args:
        before, after: items in any order, each key at most once; ended ones count as absent.

    Returns:
        Changes sorted by key; nothing for items that are the same but for their state.

    Raises:
        InvalidRevision: a version holds a key twice.
    """
    old, new = _by_key(before), _by_key(after)
    changes = (_change(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()))
    return tuple(change for change in changes if change is not None)


def plan_revision(
    before: Iterable[CollectionItem],
    after: Iterable[CollectionItem],
    overall: Mapping[tuple[str, str], CollectionItem],
    *,
    basis: str,
    words: WordBook,
    since: date,
) -> tuple[PlannedChange, ...]:
    """Decide for each change of a revision whether filing is enough (报备) or 确认 is needed.

    Args:
        before, after: see `diff_catalogs`.
        overall: the effective overall catalog, by key.
        basis: the change of duties the revision rests on (职能调整).
        words: see `load_word_book`.
        since: day of the filing.

    Returns:
        One plan a change. An item waits when it is new to the overall catalog, when it says
        another item, object, line or a wider territory than the confirmed one of the same id, when
        it becomes one of a base database, or when the responsible unit changes. Ending one and all
        other changes are in force on filing.

    Raises:
        InvalidRevision: there are changes and no basis.

    Source: Art. 6, 7; duty M7.
    """
    changes = diff_catalogs(before, after)
    if changes and not basis.strip():
        raise InvalidRevision(
            "修订采集目录须写明职能调整的依据（第七条），请填写后再报备",
            "a revision states the change of duties it rests on (Art. 7): give it and file again",
        )
    return tuple(_plan(change, overall.get(change.key), words, since) for change in changes)


def field_text(item: CollectionItem, name: str) -> str:
    """Give one field of an item as a text, for comparison and for people."""
    if name == "territory":
        return territory_text(item.territory)
    if name == "basis":
        return " / ".join(text for text in (item.basis.title, item.basis.clause) if text)
    value = getattr(item, name)
    return ("1" if value else "0") if isinstance(value, bool) else str(value)


def territory_text(territory: Territory) -> str:
    """Give a territory as one text that is the same for every order of its parts."""
    parts = sorted(_rule_text(rule) for rule in territory.parts)
    return " ".join(parts + sorted(f"-{_rule_text(rule)}" for rule in territory.without))


def _value(item: CollectionItem, name: str) -> object:
    return territory_text(item.territory) if name == "territory" else getattr(item, name)


def _rule_text(rule: ScopeRule) -> str:
    if rule.valid_from is None and rule.valid_until is None:
        return rule.prefix
    return f"{rule.prefix}({rule.valid_from or ''}..{rule.valid_until or ''})"


def _by_key(items: Iterable[CollectionItem]) -> dict[tuple[str, str], CollectionItem]:
    found: dict[tuple[str, str], CollectionItem] = {}
    for item in items:
        if item.key in found:
            raise InvalidRevision(
                f"采集项 {item.item_id}（节点 {item.node}）重复，请只保留一条",
                f"item {item.item_id} of node {item.node} stands twice: keep one",
            )
        found[item.key] = item
    return {key: item for key, item in found.items() if item.state is not CollectionState.ENDED}


def _change(
    key: tuple[str, str], old: CollectionItem | None, new: CollectionItem | None
) -> ItemChange | None:
    if old is None or new is None:
        kind = ChangeKind.ADDED if old is None else ChangeKind.ENDED
        return ItemChange(kind, key, old, new)
    fields = tuple(
        FieldChange(name, zh, en, field_text(old, name), field_text(new, name))
        for name, (zh, en) in _LABELS.items()
        if _value(old, name) != _value(new, name)
    )
    return ItemChange(ChangeKind.CHANGED, key, old, new, fields) if fields else None


def _plan(
    change: ItemChange, confirmed: CollectionItem | None, words: WordBook, since: date
) -> PlannedChange:
    new = change.after
    if new is None:
        return PlannedChange(
            change,
            Effect.ON_FILING,
            "不再采集，报备后生效",
            "no longer collected: in force on filing",
        )
    if confirmed is None or not _is_within(new, confirmed, words, since):
        return PlannedChange(
            change,
            Effect.ON_CONFIRMATION,
            "总体目录中的新采集项，待省数字办确认后生效",
            "new to the overall catalog: waits for 省数字办",
        )
    if new.unit != confirmed.unit:
        return PlannedChange(
            change,
            Effect.ON_CONFIRMATION,
            "变更采集责任单位，待省数字办确认后生效",
            "the responsible unit changes: waits for 省数字办",
        )
    return PlannedChange(change, Effect.ON_FILING, "报备后生效", "in force on filing")


def _is_within(
    new: CollectionItem, confirmed: CollectionItem, words: WordBook, since: date
) -> bool:
    """Tell whether an item stays inside what was confirmed under its id.

    Otherwise an id once confirmed would let a unit collect anything by revision.
    """
    one, other = read_item(new, words), read_item(confirmed, words)
    return (
        (one.word.word, one.word.role, one.word.digits)
        == (other.word.word, other.word.role, other.word.digits)
        and one.business_object == other.business_object
        and one.line == other.line
        and (confirmed.is_base or not new.is_base)
        and confirmed.territory.holds(new.territory, since)
    )
