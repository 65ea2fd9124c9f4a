"""Take out of an answer what the visibility table does not give to the reader."""

from __future__ import annotations

from functools import cache
from typing import Any

from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.readers import Person, aspects_for

ALWAYS_HIDDEN = ("creator_user_id", "plugin_data")
# CKAN's own columns for persons, which a foreign source may fill.
PERSON_COLUMNS = ("author", "author_email", "maintainer", "maintainer_email")


@cache
def internal_fields(
    record_type: str = ENTRY_TYPE,
) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Give the fields, and the sub-fields by field, that a schema marks as not public."""
    schema = record_schemas()[record_type]
    whole = frozenset(field.name for field in schema.fields if not field.public)
    parts = {
        field.name: frozenset(sub.name for sub in field.subfields if not sub.public)
        for field in schema.fields
        if field.public and any(not sub.public for sub in field.subfields)
    }
    return whole, parts


def masked_entry(entry: dict[str, Any], person: Person) -> dict[str, Any]:
    """Give a copy of an entry without what the person may not see; never changes the original."""
    aspects = aspects_for(person, entry)
    copy = dict(entry)
    if not person.is_staff:
        for name in ALWAYS_HIDDEN:
            copy.pop(name, None)
    if Aspect.INTERNAL not in aspects:
        record_type = entry.get("type")
        whole, parts = internal_fields(
            record_type if record_type in record_schemas() else ENTRY_TYPE
        )
        for name in (*whole, *PERSON_COLUMNS):
            copy.pop(name, None)
        for name, hidden in parts.items():
            if isinstance(copy.get(name), list):
                copy[name] = [
                    {key: value for key, value in row.items() if key not in hidden}
                    for row in copy[name]
                    if isinstance(row, dict)
                ]
        copy["extras"] = [
            extra
            for extra in copy.get("extras") or []
            if extra.get("key") not in whole and extra.get("key") not in parts
        ]
    if Aspect.ITEM_NAMES not in aspects:
        copy.pop("items", None)
    return copy


@cache
def internal_unit_fields() -> frozenset[str]:
    """Give the fields of a unit that the schema marks as not public."""
    _entry_schema, unit_schema = settings.schemas()
    return frozenset(field.name for field in unit_schema.fields if not field.public)


def masked_unit(unit: dict[str, Any], person: Person) -> dict[str, Any]:
    """Give a copy of a unit without accounts and internal fields, unless for an official."""
    if person.is_staff:
        return unit
    hidden = internal_unit_fields()
    copy = {name: value for name, value in unit.items() if name not in hidden and name != "users"}
    if "extras" in copy:
        copy["extras"] = [extra for extra in copy["extras"] if extra.get("key") not in hidden]
    if copy.get("packages"):
        copy["packages"] = [masked_entry(entry, person) for entry in copy["packages"]]
    return copy
