"""Word what the quality checks found, for answers and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.quality import QUALITY_RULES
from ckanext.fjgov.core.quality.completeness import elements
from ckanext.fjgov.logic import settings

SHARE_PLACES = Decimal("0.0001")


def finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give one finding with its wording, what to do, and where to do it."""
    rule = QUALITY_RULES[row["rule"]]
    return {
        "rule": rule.id,
        "family": rule.family,
        "severity": rule.severity,
        "field": rule.field,
        "zh": f"{rule.zh}：{row['zh']}" if row["zh"] else rule.zh,
        "en": f"{rule.en}: {row['en']}" if row["en"] else rule.en,
        "do_zh": rule.do_zh,
        "do_en": rule.do_en,
        "node": row["node"],
        "identifier": row["key"],
        "id": row["package_id"],
        "name": row["name"],
        "title": row["title"],
        "unit": row["unit_name"],
        "unit_code": row["unit"],
        "unit_title": row["unit_title"],
        "link": _link(row, rule.field),
    }


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add kept figures up.

    Returns:
        `entries`, `completeness` (average share, None without entries), `rules`: list of rule,
        severity and number of entries, those of most entries first.
    """
    entries = sum(row["entries"] for row in rows if not row["rule"])
    total = sum((row["share"] for row in rows if not row["rule"]), Decimal(0))
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["rule"]:
            counts[row["rule"]] += row["entries"]
    return {
        "entries": entries,
        "completeness": float((total / entries).quantize(SHARE_PLACES)) if entries else None,
        "rules": [
            {"rule": rule, "severity": QUALITY_RULES[rule].severity, "entries": number}
            for rule, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ],
    }


def missing(names: Sequence[str]) -> list[dict[str, Any]]:
    """Give missing elements with their labels and weights."""
    known = {element.name: element for element in elements()}
    return [
        {
            "element": name,
            "zh": known[name].label_zh,
            "en": known[name].label_en,
            "weight": known[name].weight,
        }
        for name in names
        if name in known
    ]


def _link(row: Mapping[str, Any], field: str) -> str:
    """Give where the finding is put right: the form here, or the page of a copy."""
    if not row["name"]:
        return ""
    if row["node"] == settings.node().code:
        address = tk.h.url_for("fjgov_entries.edit", reference=row["name"])
        return f"{address}#f-{field}"
    return str(tk.h.url_for("fjgov_entries.read", reference=row["name"]))
