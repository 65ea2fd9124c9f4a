"""What an application asks for: found, named, and told whether it is published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from ckan import model

from ckanext.fjgov.core.access.visibility import ShareClass, State
from ckanext.fjgov.core.cases.terms import COLLECTION_ITEM, ENTRY, MOST_TARGETS, NEED, TARGETS
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.readers import facts_of
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import mounts
from ckanext.fjgov.model.collection_records import RECORD_TYPE
from ckanext.fjgov.model.database import session_connection

_NOT_LISTED = ("没有该目录，或目录未发布", "there is no such entry, or it is not listed")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is asked for.

    Attributes:
        named: as it is written into the application, with titles and names of items.
        provider: unit that is asked, a CKAN group.
        package: entry or collection record; None for a need.
    """

    named: Mapping[str, Any]
    provider: Any
    package: Any


def found(targets: Any) -> list[Target]:
    """Find what is asked for; what is malformed beyond finding is left to the rules of terms.

    Raises:
        ValidationError: there is no such thing here, it is kept at another node, or it is not
            shared at all; each with its place.
    """
    rows = targets if isinstance(targets, list) else []
    if not rows or len(rows) > MOST_TARGETS:
        refuse(
            "targets",
            f"请选择 1 至 {MOST_TARGETS} 项所需信息",
            f"targets must name 1 to {MOST_TARGETS}",
        )
    return [_found(place, row) for place, row in enumerate(rows, 1)]


def entry_items(package: Any) -> dict[str, str]:
    """Give the items of an entry: id -> name."""
    rows = json.loads((package.extras or {}).get("items") or "[]")
    return {str(row["id"]): str(row.get("name") or "") for row in rows if row.get("id")}


def entry_of(reference: Any, place: int) -> Any:
    """Give a listed entry of this node that may be applied for.

    Raises:
        ValidationError: it is not there, not listed, kept elsewhere, or not shared (Art. 4, 21).
    """
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or package.type != ENTRY_TYPE:
        _refuse(place, *_NOT_LISTED)
    _require_home(package, place)
    facts = facts_of({**package.extras, "state": package.state, "private": package.private})
    if facts.state is not State.LISTED:
        _refuse(place, *_NOT_LISTED)
    if facts.share_class not in (ShareClass.UNRESTRICTED, ShareClass.RESTRICTED):
        _refuse(
            place,
            "依《办法》第四条、第二十一条，非共享信息不能申请",
            "Art. 4, 21: information of this class is not shared",
        )
    return package


def _found(place: int, row: Any) -> Target:
    kind = row.get("kind") if isinstance(row, Mapping) else None
    if kind not in TARGETS:
        _refuse(place, "所需信息的类型不明", "unknown kind")
    return _FINDERS[kind](place, row)


def _entry(place: int, row: Mapping[str, Any]) -> Target:
    package = entry_of(row.get("id"), place)
    names = entry_items(package)
    wanted = row.get("items") or list(names)
    if not isinstance(wanted, list):
        _refuse(place, "信息项须为列表", "items must be a list")
    unknown = sorted(str(one) for one in wanted if one not in list(names))
    if unknown:
        _refuse(
            place,
            f"目录中没有信息项 {'、'.join(unknown)}",
            f"the entry has no item {', '.join(unknown)}",
        )
    named = {
        "kind": ENTRY,
        "id": package.id,
        "identifier": (package.extras or {}).get("identifier") or package.name,
        "title": package.title,
        # In the order of the entry, whatever the order in which they were asked for.
        "items": [one for one in names if one in wanted],
        "item_names": [name for one, name in names.items() if one in wanted],
    }
    if row.get("filter"):
        named["filter"] = _filter(place, row["filter"], package.id, names)
    return Target(named, model.Group.get(package.owner_org), package)


def _filter(place: int, data: Any, entry: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give a filter of rows with the names of its items, of which the entry has each.

    Where a table is mounted already, the values must be of the kinds of its columns.
    """
    tables = mounts.of_entry(session_connection(), entry)
    kinds = {column.item: column.kind for table in tables for column in table.columns}
    for zh, en in filters.faults(data, names, kinds):
        _refuse(place, zh, en)
    return [
        {
            **{name: one[name] for name in ("item", "op", "value", "values") if name in one},
            "name": names[one["item"]],
        }
        for one in data
    ]


def _collection_item(place: int, row: Mapping[str, Any]) -> Target:
    reference = row.get("id")
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or package.type != RECORD_TYPE or package.state != "active":
        _refuse(
            place,
            "没有该采集项",
            "there is no such collection item",
        )
    _require_home(package, place)
    named = {"kind": COLLECTION_ITEM, "id": package.id, "title": package.title}
    return Target(named, model.Group.get(package.owner_org), package)


def _need(place: int, row: Mapping[str, Any]) -> Target:
    reference, text = row.get("unit"), row.get("text")
    unit = model.Group.get(reference) if isinstance(reference, str) else None
    if unit is None or not unit.is_organization or unit.state != "active":
        _refuse(place, "请选择所需信息的单位", "unit is not known")
    named = {"kind": NEED, "unit": unit.id, "text": text}
    return Target({**named, "title": str(text or "")[:60]}, unit, None)


_FINDERS = {ENTRY: _entry, COLLECTION_ITEM: _collection_item, NEED: _need}


def _require_home(package: Any, place: int) -> None:
    home = (package.extras or {}).get("home_node")
    if home not in (None, "", settings.node().code):
        _refuse(
            place,
            f"由节点 {home} 维护，请到该节点申请",
            f"it is kept by node {home}; apply there",
        )


def _refuse(place: int, zh: str, en: str) -> NoReturn:
    refuse("targets", f"第 {place} 项：{zh}", f"target {place}: {en}")


def by_provider(targets: Sequence[Target]) -> Iterator[tuple[Any, list[Target]]]:
    """Give what is asked of each unit, in the order in which the units come first."""
    units: dict[str, Any] = {one.provider.id: one.provider for one in targets}
    for unit_id, unit in units.items():
        yield unit, [one for one in targets if one.provider.id == unit_id]
