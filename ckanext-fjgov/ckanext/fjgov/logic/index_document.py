"""The shape of an index document: only named fields, so that nothing is indexed by accident."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ckanext.fjgov.core.catalog.directories import directories, facet_of
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
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
    "metadata_created", "metadata_modified", "license_id", "res_name", "res_description",
    "res_format", "creator_user_id",
)  # fmt: skip
UNHASHED = frozenset({"content_hash", "permission_labels", "validated_data_dict"})
EXCHANGE_ORDER = ("done", "claim", "claim_no", "claim_ok", "stopped", "none")


def document(prepared: dict[str, Any]) -> dict[str, Any]:
    """Shape the document of a single write.

    Args:
        prepared: what CKAN would send to Solr.

    Returns:
        The document; types that are no directory of this catalog pass unchanged.
    """
    record_type = prepared.get("dataset_type")
    if record_type in directories():
        return _of_directory(prepared, json.loads(prepared["validated_data_dict"]))
    if record_type != ENTRY_TYPE:
        return prepared
    return shape(prepared, json.loads(prepared["validated_data_dict"]))


def _of_directory(fields: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Shape the document of a record of another directory: codes of its schema, title and unit.

    It is marked as private, so that whatever counts or searches without naming a type, CKAN's own
    pages included, knows entries only; who may find it is said by its labels.
    """
    shaped = {name: fields[name] for name in CKAN_FIELDS if fields.get(name) is not None}
    shaped["capacity"] = "private"
    schema = directories()[str(record["type"])]
    for field in schema.fields:
        value = record.get(field.name)
        if value and field.name in TEXT_FIELDS:
            shaped[field.name] = value
        elif value and field.codelist is not None:
            shaped[facet_of(field.name)] = value
    provider = (record.get("organization") or {}).get("title") or ""
    shaped["provider"] = shaped["provider_name"] = provider
    shaped["item_names"] = [row["name"] for row in record.get("items") or [] if row.get("name")]
    shaped["validated_data_dict"] = _bytes(record).decode("utf-8", "surrogatepass")
    shaped["content_hash"] = content_hash(shaped, record)
    return shaped


def shape(fields: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Shape one index document: only named fields, so that nothing is indexed by accident.

    Documents are kept small, because adding them bounds how fast a catalog loads: the entry is
    stored once, as `package_show` gives it. CKAN's second copy of it (`data_dict`) is left out;
    `logic.action.catalog` answers from the database where it would be read.

    Args:
        fields: CKAN's own fields of the document.
        entry: the entry as `package_show` gives it.

    Returns:
        The document without permission labels.
    """
    shaped = {name: fields[name] for name in CKAN_FIELDS if fields.get(name) is not None}
    for name in (*TEXT_FIELDS, *LIST_FIELDS):
        if entry.get(name):
            shaped[name] = entry[name]
    shaped.update(_derived(entry))
    shaped["validated_data_dict"] = _bytes(entry).decode("utf-8", "surrogatepass")
    shaped["content_hash"] = content_hash(shaped, entry)
    return shaped


def content_hash(shaped: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """Give 32 hex digits over all of a document but its labels and its hash.

    The name of the licence is left out as well: CKAN gives it in the language of whoever writes.
    """
    said = {
        name: value
        for name, value in shaped.items()
        if name not in UNHASHED and value is not None and value != ""
    }
    said["entry"] = {name: value for name, value in entry.items() if name != "license_title"}
    return hashlib.blake2b(_bytes(said), digest_size=16).hexdigest()


def _bytes(value: Any) -> bytes:
    """Give the one JSON text of a value: sorted keys, no spaces, escapes only where needed."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Half a pair of surrogates, or a number beyond 64 bits: the same text by the slower way.
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def _derived(entry: Mapping[str, Any]) -> dict[str, Any]:
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
            if parent is not None and parent in concepts:
                names.append(concepts[parent].zh)
    return names
