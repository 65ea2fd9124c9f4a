"""The shape of an index document: only named fields, so that nothing is indexed by accident."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings

LIST_FIELDS = (
    "theme", "industry", "service_class", "form_class", "guide_class", "data_format", "division",
    "base_database", "related",
)  # fmt: skip
TEXT_FIELDS = (
    "share_type", "open_to_public", "frequency", "home_node", "issued", "data_updated_at",
    "identifier", "guide_code", "provider_code", "is_sample",
    "restriction_kind", "provider_dept", "md_id", "digitisation", "acquisition",
    "md_date_updated", "home_modified",
)  # fmt: skip
CKAN_FIELDS = (
    "id", "name", "title", "title_string", "notes", "tags", "groups", "organization", "capacity",
    "state", "type", "dataset_type", "entity_type", "site_id", "index_id", "private", "owner_org",
    "metadata_created", "metadata_modified", "data_dict", "validated_data_dict",
    "permission_labels", "license_id", "res_name", "res_description", "res_format",
    "creator_user_id",
)  # fmt: skip
EXCHANGE_ORDER = ("done", "claim", "claim_no", "claim_ok", "stopped", "none")


def document(prepared: dict[str, Any]) -> dict[str, Any]:
    """Shape one index document: only named fields, so that nothing is indexed by accident.

    Args:
        prepared: what CKAN would send to Solr.

    Returns:
        The document; other dataset types pass unchanged.
    """
    if prepared.get("dataset_type") != "dataset":
        return prepared
    entry = json.loads(prepared["validated_data_dict"])
    shaped = {name: prepared[name] for name in CKAN_FIELDS if prepared.get(name) is not None}
    for name in TEXT_FIELDS:
        if entry.get(name):
            shaped[name] = entry[name]
    for name in LIST_FIELDS:
        if entry.get(name):
            shaped[name] = entry[name]
    shaped.update(_derived(entry))
    return shaped


def _derived(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the fields that searches and facets need and no schema field holds as such."""
    provider = (entry.get("organization") or {}).get("title") or ""
    themes = entry.get("theme") or []
    return {
        "provider": provider,
        "provider_name": provider,
        "item_names": [row["name"] for row in entry.get("items") or [] if row.get("name")],
        "labels": _topic_names(themes),
        "theme_top": sorted({code[:2] for code in themes}),
        "guide_class_top": sorted({code[:1] for code in entry.get("guide_class") or []}),
        "data_format_top": sorted({code[:1] for code in entry.get("data_format") or []}),
        "exchange_status": _exchange_status(entry.get("exchange") or []),
        "exchange_mode": sorted(
            {row["mode"] for row in entry.get("exchange") or [] if row.get("mode")}
        ),
        "issued_year": (entry.get("issued") or "")[:4] or None,
    }


def _exchange_status(rows: list[dict[str, str]]) -> str:
    """Give one word for 信息发布 over all modes: what is furthest along counts."""
    found = {row.get("status") for row in rows}
    return next((word for word in EXCHANGE_ORDER if word in found), EXCHANGE_ORDER[-1])


def _topic_names(codes: Sequence[str]) -> list[str]:
    concepts = load_vocabulary("topics", settings.data_folder()).concepts
    names = []
    for code in codes:
        if code in concepts:
            names.append(concepts[code].zh)
            parent = concepts[code].parent
            if parent in concepts:
                names.append(concepts[parent].zh)
    return names
