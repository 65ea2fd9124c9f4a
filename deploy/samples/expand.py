"""Expand the compact YAML of the sample catalogs to full units, entries and accounts.

Must not know CKAN: it gives plain dicts with the field names of `schemas/`, and takes the date as
an argument, because the age of the data is stated relative to the day of loading.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from deploy.samples.items import expand_items
from deploy.samples.publication import exchange_rows, is_mounted, resource_rows, service_rows
from deploy.samples.records import expand_record

FOLDER = Path(__file__).resolve().parent
NODE_KEYS = ("province", "fuzhou", "xiamen")

_NAMESPACE = uuid.UUID("6f1d6c1e-3b0f-5f0e-9d0a-350000350100")
_LEVELS = {6: "county", 9: "town", 12: "town"}


@dataclass(frozen=True, slots=True)
class Samples:
    """What one node is loaded with, in an order that satisfies references.

    Attributes:
        units: organizations; a parent and a competent office come before those who name them.
        entries: 政务信息目录 entries with `resources`, tags and repeating fields as lists of dicts.
            `sample_key` (`fuzhou/dibao`) names an entry across runs and is no metadata field.
        records: records of the other directories, databases before the systems that name them; what
            they name stands there by its `sample_key`.
        accounts: name, display, role, `unit_name` (organization name or None), `uscc`, `primary`.
    """

    units: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    records: list[dict[str, Any]] = field(default_factory=list)


def load_samples(node: str, today: date) -> Samples:
    """Read and expand the sample catalog of one node.

    Args:
        node: `province`, `fuzhou` or `xiamen`.
        today: the day of loading; `data_updated_at` and the exchange dates count back from it.

    Returns:
        Fresh dicts on every call.

    Raises:
        ValueError: the node is unknown, or an authored record breaks the compact form (the message
            names it).

    Cost: some 50 kB of YAML.
    """
    if node not in NODE_KEYS:
        raise ValueError(f"没有节点 {node} 的示例数据 / no samples for node {node}: {NODE_KEYS}")
    compact_units = {unit["key"]: unit for unit in _read(f"{node}/units.yaml")}
    units = {key: _unit(node, key, compact_units) for key in compact_units}
    entries = [_entry(node, entry, compact_units, units, today) for entry in _compact_entries(node)]
    accounts = [_account(account, units) for account in _read("accounts.yaml")[node]]
    records = [
        expand_record(row, node=node, units=units, laws=_read("laws.yaml"), new_id=_item_id)
        for row in _read(f"{node}/directories.yaml")
    ]
    return Samples(list(units.values()), entries, accounts, records)


def unit_name(uscc: str) -> str:
    """Give the organization name that belongs to a code."""
    return f"u-{uscc.lower()}"


@lru_cache(maxsize=32)
def _read(path: str) -> Any:
    return yaml.safe_load((FOLDER / path).read_text("utf-8"))


def _compact_entries(node: str) -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / node).glob("entries-*.yaml")):
        yield from _read(f"{node}/{path.name}")


def _unit(node: str, key: str, compact: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    place = _read("presets.yaml")["nodes"][node]
    unit = compact[key]
    division = unit.get("division", place["code"])
    number = list(compact).index(key) + 1
    level = place["level"] if division == place["code"] else _LEVELS[len(division)]
    parent = compact[unit["parent"]]["uscc"] if "parent" in unit else ""
    office = compact[unit["office"]]
    return {
        "title": unit["title"],
        "name": unit_name(unit["uscc"]),
        "uscc": unit["uscc"],
        "unit_type": unit["type"],
        "division": division,
        "level": level,
        "parent_uscc": parent,
        "competent_office": [
            {"uscc": office["uscc"], "name": office["title"], "valid_from": "2023-01-01"}
        ],
        "valid_from": "2023-01-01",
        "address": f"{place['city']}示例路{number}号",
        "telephone": f"{place['area']}-0000{number:04d}",
        "directory_opened_on": "2023-03-01",
        "is_sample": "1",
    }


def _entry(
    node: str,
    entry: Mapping[str, Any],
    compact_units: Mapping[str, Mapping[str, Any]],
    units: Mapping[str, dict[str, Any]],
    today: date,
) -> dict[str, Any]:
    presets = _read("presets.yaml")
    unit = units[entry["unit"]]
    deliveries = [_delivery(word, presets) for word in entry["how"].split()]
    frequency = presets["cycles"][entry["cycle"]]
    updated = _updated(entry, frequency, presets, today)
    exchange = exchange_rows(entry, deliveries, unit, updated)
    full: dict[str, Any] = {
        "sample_key": f"{node}/{entry['key']}",
        "type": "dataset",
        "title": entry["title"],
        "notes": entry["notes"],
        "owner_org": unit["name"],
        "provider_code": unit["uscc"],
        "provider_dept": entry.get("dept", ""),
        "provider_address": unit["address"],
        "tags": [{"name": str(tag)} for tag in entry["tags"]],
        "theme": list(entry["topic"]),
        "guide_class": list(entry["guide"]),
        "industry": list(entry.get("industry", [])),
        "service_class": ["F01", "F03"] if "open" in entry else ["F03"],
        "form_class": _distinct(delivery["form"] for delivery in deliveries),
        "data_format": _distinct(delivery["format"] for delivery in deliveries),
        "frequency": frequency,
        "issued": entry["issued"],
        "data_updated_at": updated.isoformat() if updated else "",
        "secrecy": "0",
        "language": "zh",
        "charset": "UTF-8",
        "division": [unit["division"][:6]],
        "digitisation": entry.get("digit", "digital"),
        "acquisition": "own",
        "base_database": list(entry.get("base", [])),
        "contact": [_contact(entry, compact_units[entry["unit"]], unit, node)],
        "exchange": exchange,
        "service_info": service_rows(exchange, presets),
        "items": expand_items(
            entry,
            node=node,
            division=unit["division"],
            laws=_read("laws.yaml"),
            objects=_read("objects.yaml"),
            new_id=_item_id,
        ),
        "is_sample": "1",
        "resources": resource_rows(node, entry, deliveries, exchange, presets),
        **_sharing(entry, deliveries, presets),
        **{f"census_{key}": value for key, value in entry.get("census", {}).items()},
    }
    # An element that says nothing is left out, as a careful client would.
    return {key: value for key, value in full.items() if value not in ("", [])}


def _delivery(word: str, presets: Mapping[str, Any]) -> dict[str, str]:
    name, _, kind = word.partition(":")
    preset = presets["deliveries"][name]
    return {**preset, "kind": kind or preset["default"], "format": _format(preset, kind)}


def _format(preset: Mapping[str, str], kind: str) -> str:
    return f"{preset['category']}/{kind or preset['default']}"


def _sharing(
    entry: Mapping[str, Any], deliveries: list[dict[str, str]], presets: Mapping[str, Any]
) -> dict[str, Any]:
    """Give share class, use, limits, bases, ways and opening."""
    share_type = str(entry["share"])
    sharing: dict[str, Any] = {
        "share_type": share_type,
        "open_to_public": "1" if "open" in entry else "0",
        "open_condition": entry.get("open", ""),
        "legal_basis": [_basis(*basis) for basis in entry.get("basis", [])],
    }
    if share_type == "3":
        return sharing
    sharing["share_way"] = _distinct(delivery["way"] for delivery in deliveries)
    if entry["use"] != "none":
        sharing["share_usage"] = "、".join(presets["usage"][word] for word in entry["use"].split())
    if share_type == "2":
        limit = presets["limits"][entry["limit"]]
        sharing["restriction_kind"] = limit["kind"]
        sharing["share_condition"] = limit["condition"]
        sharing["share_scope"] = entry["scope"]
    return sharing


def _basis(law: str, clause: str, statement: str) -> dict[str, str]:
    cited = _read("laws.yaml")[law]
    return {
        "title": cited["title"],
        "number": cited["number"],
        "clause": clause,
        "statement": statement,
    }


def _updated(
    entry: Mapping[str, Any], frequency: str, presets: Mapping[str, Any], today: date
) -> date | None:
    """Give the day the data last changed: as authored, else fresh if published, else unknown."""
    days = entry.get("updated")
    if days is None and is_mounted(entry):
        days = presets["fresh_days"][frequency]
    return None if days is None else today - timedelta(days=days)


def _contact(
    entry: Mapping[str, Any], compact: Mapping[str, Any], unit: Mapping[str, Any], node: str
) -> dict[str, str]:
    host = _read("presets.yaml")["nodes"][node]["host"]
    return {
        "name": entry.get("dept", unit["title"]),
        "telephone": unit["telephone"],
        "email": f"{compact['key']}@{host}.example",
        "address": unit["address"],
    }


def _account(account: Mapping[str, Any], units: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    unit = units[account["unit"]] if account["unit"] else None
    return {
        "name": account["name"],
        "display": account["display"],
        "role": account["role"],
        "unit_name": unit["name"] if unit else None,
        "uscc": unit["uscc"] if unit else None,
        "primary": account.get("primary", True),
    }


def _item_id(reference: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, reference))


def _distinct(values: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(values))
