"""Expand what a sample entry says about its exchange publication (信息发布, Art. 20 to 22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def is_mounted(entry: Mapping[str, Any]) -> bool:
    """Tell whether data of the entry are published in some mode (已挂接)."""
    return isinstance(entry.get("mount"), list)


def exchange_rows(
    entry: Mapping[str, Any],
    deliveries: list[dict[str, str]],
    unit: Mapping[str, Any],
    updated: date | None,
) -> list[dict[str, str]]:
    """Give one row per mode; an entry that publishes nothing has one row that says so."""
    if not is_mounted(entry):
        # `mount` is absent (none) or names the state of a non-publication claim.
        return [{"mode": deliveries[0]["mode"], "status": entry.get("mount", "none")}]
    synced = updated.isoformat() if updated else entry["issued"]
    return [
        {
            "mode": mode,
            "status": "done",
            "front_node": f"{unit['title']}前置交换节点",
            "published_at": entry["issued"],
            "last_sync_at": synced,
        }
        for mode in entry["mount"]
    ]


def service_rows(
    exchange: list[dict[str, str]], presets: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Give the kind of service behind each published mode."""
    return [
        {"service_type": presets["modes"][row["mode"]]["service_type"]}
        for row in exchange
        if row["status"] == "done"
    ]


def resource_rows(
    node: str,
    entry: Mapping[str, Any],
    deliveries: list[dict[str, str]],
    exchange: list[dict[str, str]],
    presets: Mapping[str, Any],
) -> list[dict[str, str]]:
    """Give one resource per published mode; its address lies in the reserved domain `.example`."""
    host = presets["nodes"][node]["host"]
    files = [delivery for delivery in deliveries if delivery["mode"] == "direct"]
    resources = []
    for row in exchange:
        if row["status"] != "done":
            continue
        kind = (files or [{"kind": "csv"}])[0]["kind"] if row["mode"] == "direct" else "json"
        resources.append(
            {
                "name": f"{entry['title']}{presets['modes'][row['mode']]['label']}",
                "mode": row["mode"],
                "format": kind.upper(),
                "url": f"https://{entry['unit']}.{host}.example/{row['mode']}/{entry['key']}.{kind}",
            }
        )
    return resources
