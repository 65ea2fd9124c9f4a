"""Compare what a unit would collect with what others hold, and say it (Art. 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ckanext.fjgov.core.catalog.identifier import is_identifier, parse_identifier, slug_of
from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.collection.checking import Outcome, OutcomeKind, check_entry
from ckanext.fjgov.core.collection.item import CollectionItem
from ckanext.fjgov.core.collection.reading import items_of_record, record_of
from ckanext.fjgov.core.collection.wording import tell_match, tell_outcome, tell_parts
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.collection.known import is_decided_here, known_items
from ckanext.fjgov.model import collection_items, nodes
from ckanext.fjgov.model.database import snapshot

# Findings of the record: 重复采集 and 待核.
DUPLICATE, PENDING = "X5", "X6"
MOST_MATCHES = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and how old the knowledge was; `age` is None before the first copy."""

    outcomes: tuple[Outcome, ...]
    age: timedelta | None
    is_too_old: bool


def has_catalog() -> bool:
    """Tell whether this node can know of an overall catalog: it is the province, or has one."""
    return is_decided_here() or bool(settings.node().parent)


def check_items(items: Sequence[CollectionItem], now: datetime, *, with_range: bool) -> Checked:
    """Check the items of one record or entry.

    Args:
        with_range: also what the unit may collect at all. A record of the 采集目录 is how a unit
            asks for it, so that only entries are asked.
    """
    with known_items(now) as known:
        found = check_entry(
            items,
            known.index,
            since=local_today(),
            copy_age=known.age,
            max_age=known.max_age,
            most_matches=MOST_MATCHES,
        )
        age, is_too_old = known.age, known.is_too_old
    if not with_range:
        found = tuple(one for one in found if not _is_about_range(one))
    return Checked(found, age, is_too_old)


def record_findings(record: Mapping[str, Any], home_node: str) -> list[Finding]:
    """Give what is found when a record of the 采集目录 is registered or changed."""
    items = items_of_record(record, home_node)
    if not items or not has_catalog():
        return []
    checked = check_items(items, utc_now(), with_range=False)
    names = unit_names(checked.outcomes)
    return [_finding(one, checked, names) for one in checked.outcomes]


def duplicate_texts(items: Sequence[CollectionItem], now: datetime) -> tuple[str, ...]:
    """Say which of some items other units hold, each `zh / en`, with the best match."""
    checked = check_items(items, now, with_range=False)
    names = unit_names(checked.outcomes)
    return tuple(_sentence(one, names)[0] for one in checked.outcomes)


def shown_outcome(outcome: Outcome, names: Mapping[str, str], addresses: Mapping[str, str]) -> Any:
    """Give one outcome as plain values, with who holds the item and where to apply for it."""
    told = tell_outcome(outcome)
    return {
        "kind": outcome.kind.value,
        "awaits": outcome.awaits.value if outcome.awaits else None,
        "item": outcome.item.item_id if outcome.item else None,
        "name": outcome.item.name if outcome.item else None,
        "zh": told.zh,
        "en": told.en,
        "total": outcome.total,
        "matches": [
            {
                "node": match.holder.node,
                "item": match.holder.item_id,
                "record": record_of(match.holder.item_id),
                "name": match.holder.name,
                "unit": match.holder.unit,
                "unit_name": names.get(match.holder.unit, match.holder.unit),
                "is_base": match.holder.is_base,
                "score": round(match.likeness.score, 4),
                "parts": [
                    {"part": part.part, "score": part.score, "zh": part.zh, "en": part.en}
                    for part in tell_parts(match.likeness)
                ],
                "apply": _address(match.holder, addresses),
            }
            for match in outcome.matches
        ],
    }


def unit_names(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Give the names of the units that hold matches, as they travel with the items."""
    codes = {match.holder.unit for one in outcomes for match in one.matches}
    if not codes:
        return {}
    with snapshot() as connection:
        return collection_items.unit_names(connection, codes)


def node_addresses() -> dict[str, str]:
    """Give the addresses of the sites of nodes: code -> address without a slash at its end."""
    with snapshot() as connection:
        known = {node.code: node.address.rstrip("/") for node in nodes.all_nodes(connection)}
    here = settings.node()
    return {**{code: at for code, at in known.items() if at}, here.code: here.site_url}


def _is_about_range(outcome: Outcome) -> bool:
    return OutcomeKind.OUT_OF_RANGE in (outcome.kind, outcome.awaits)


def _finding(outcome: Outcome, checked: Checked, names: Mapping[str, str]) -> Finding:
    rule = PENDING if outcome.kind is OutcomeKind.PENDING else DUPLICATE
    _message, zh, en = _sentence(outcome, names)
    if outcome.item is not None and not is_decided_here() and checked.age is not None:
        hours = int(checked.age.total_seconds() // 3600)
        zh += f"（本地副本已有 {hours} 小时）"
        en += f" (the local copy is {hours} hours old)"
    return Finding(rule, "items", "warning", zh, en)


def _sentence(outcome: Outcome, names: Mapping[str, str]) -> tuple[str, str, str]:
    told = tell_outcome(outcome)
    zh, en = told.zh, told.en
    if outcome.matches:
        match = tell_match(outcome.matches[0], lambda code: names.get(code, code))
        zh, en = f"{zh}。{match.zh}", f"{en}. {match.en}"
    return f"{zh} / {en}", zh, en


def _address(holder: CollectionItem, addresses: Mapping[str, str]) -> str:
    """Give the page of the record at its home node, where to apply; "" when it is not known."""
    site, identifier = addresses.get(holder.node), record_of(holder.item_id)
    if not site or not is_identifier(identifier):
        return ""
    return f"{site}/directory/collection_item/{slug_of(parse_identifier(identifier))}"
