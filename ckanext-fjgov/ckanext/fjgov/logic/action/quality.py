"""Actions of the quality checks (M15): findings by entry, unit and node, and figures."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.unit_code import unit_key
from ckanext.fjgov.core.quality import QUALITY_RULES
from ckanext.fjgov.logic.action.operations import MAX_LIMIT, whole
from ckanext.fjgov.logic.quality import telling
from ckanext.fjgov.model import quality_lists
from ckanext.fjgov.model.database import own_transaction

ALIKE = 10


@tk.side_effect_free
def fjgov_quality_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List findings of listed entries, local and harvested.

    :param id: only of this entry (id or name); adds `completeness`, `missing` and `alike`
    :param unit: only of this unit (id or name)
    :param node: only of this node (code)
    :param rule: only of this check, such as `Q32`
    :param severity: `warning` or `notice`
    :param limit: most rows wanted (default 50, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_quality_list", context, data_dict)
    wanted, package = _wanted(data_dict)
    with own_transaction() as connection:
        count, rows = quality_lists.page(
            connection,
            wanted,
            limit=min(whole(data_dict, "limit", 50), MAX_LIMIT),
            offset=whole(data_dict, "offset", 0),
        )
        result = quality_lists.entry(connection, package.id) if package else None
        alike = (
            quality_lists.alike(connection, result["node"], result["key"], ALIKE) if result else []
        )
    answer: dict[str, Any] = {"count": count, "findings": [telling.finding(row) for row in rows]}
    if package is not None:
        answer["completeness"] = float(result["share"]) if result else None
        answer["missing"] = telling.missing(result["missing"]) if result else []
        answer["alike"] = [
            {
                "by": row["kind"],
                "identifier": row["key"],
                "node": row["node"],
                "name": row["name"],
                "title": row["title"],
                "unit_title": row["unit_title"],
                "same_unit": row["near"],
            }
            for row in alike
        ]
    return answer


@tk.side_effect_free
def fjgov_quality_summary(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give kept figures: entries, average completeness and entries by check.

    :param unit: only of this unit (id or name)
    :param node: only of this node (code)
    :param by: `unit` or `node` adds `parts` with the same figures of each
    """
    tk.check_access("fjgov_quality_summary", context, data_dict)
    by = data_dict.get("by") or ""
    if by not in ("", "unit", "node"):
        raise tk.ValidationError({"by": ["by 须为 unit 或 node / by is unit or node"]})
    unit = _unit_code(data_dict)
    with own_transaction() as connection:
        rows = quality_lists.figures(connection, node=str(data_dict.get("node") or ""), unit=unit)
        names = (
            quality_lists.unit_names(connection, sorted({row["unit"] for row in rows}))
            if by == "unit"
            else {}
        )
    answer = telling.summary(rows)
    if by:
        parts: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            place = (row["node"], row["unit"]) if by == "unit" else (row["node"],)
            parts[place].append(row)
        answer["parts"] = [
            {"node": place[0], **_named(place, names), **telling.summary(part)}
            for place, part in parts.items()
        ]
    return answer


def _named(place: tuple[str, ...], names: dict[str, tuple[str, str]]) -> dict[str, str]:
    if len(place) == 1:
        return {}
    name, title = names.get(place[1], ("", place[1]))
    return {"unit_code": place[1], "unit": name, "unit_title": title}


def _wanted(data: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Read the filters; gives them and the entry, if one is named."""
    wanted: dict[str, Any] = {}
    package = None
    if data.get("id"):
        package = model.Package.get(data["id"])
        if package is None or package.state != "active":
            raise tk.ObjectNotFound("没有该目录 / there is no such entry")
        wanted["package_id"] = package.id
    unit = _unit_code(data)
    if unit:
        wanted["unit"] = unit
    if data.get("node"):
        wanted["node"] = str(data["node"])
    if data.get("rule"):
        if data["rule"] not in QUALITY_RULES:
            raise tk.ValidationError({"rule": ["没有该检查项 / there is no such check"]})
        wanted["rule"] = data["rule"]
    if data.get("severity"):
        wanted["rules"] = [
            rule.id for rule in QUALITY_RULES.values() if rule.severity == data["severity"]
        ]
        if not wanted["rules"]:
            raise tk.ValidationError(
                {"severity": ["须为 warning 或 notice / the severity is warning or notice"]}
            )
    return wanted, package


def _unit_code(data: dict[str, Any]) -> str:
    if not data.get("unit"):
        return ""
    unit = model.Group.get(data["unit"])
    if unit is None or not unit.is_organization:
        raise tk.ObjectNotFound("没有该单位 / there is no such unit")
    return unit_key(unit.name, (unit.extras or {}).get("uscc") or "") or unit.name


QUALITY_ACTIONS = {
    "fjgov_quality_list": fjgov_quality_list,
    "fjgov_quality_summary": fjgov_quality_summary,
}
