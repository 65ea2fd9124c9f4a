"""The registration form: fields from a schema, values from a record, and a record from a post."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, FieldModel, SchemaModel
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.entry_input import gateway_address
from ckanext.fjgov.web import helpers

RESOURCES = "resources"
# What the node sets itself; a person does not type it.
NOT_TYPED = frozenset({"name", "provider_code"})
# The columns of 信息项 that fit on the first line; the others fold away.
FIRST_COLUMNS = {"items": ("name", "name_en", "data_type", "length", "required", "share_type")}
# Columns kept through the form without being shown.
HIDDEN_COLUMNS = frozenset({"id"})
LONG_TEXTS = frozenset(
    {"notes", "share_condition", "open_condition", "use_limitation", "statement", "description"}
)
RESOURCE_COLUMNS = ("name", "mode", "format", "url", "description", "size")
# Lists whose values may go on behind the listed codes (目 and 细目, self-described formats).
OPEN_LISTS = frozenset({"guide_class", "data_format", "related"})
_SEPARATORS = re.compile(r"[,，;；、\s]+")
_ROW = re.compile(r"(?P<field>[a-z_]+)-(?P<index>[0-9]{1,4})-(?P<column>[a-z_]+)")


def groups(schema: SchemaModel | None = None) -> list[dict[str, Any]]:
    """Give the groups of the form with their fields, ready for the template.

    Args:
        schema: of a directory; that of entries when it is left out, here and below.
    """
    schema = schema or settings.schemas()[0]
    typed = set(typed_fields(schema))
    shown = []
    for group in schema.groups:
        fields = [f for f in schema.fields if f.group == group.name and f.name in typed]
        if fields:
            title = helpers.say(group.label_zh, group.label_en)
            shown.append(
                {"name": group.name, "label": title, "fields": [field_facts(f) for f in fields]}
            )
    return shown


def _is_typed(field: FieldModel, schema: SchemaModel) -> bool:
    if field.group == "system" or field.name in NOT_TYPED:
        return False
    # The day of listing of an entry may be typed as well (元数据 of a source with dates).
    return field.obligation != "S" or schema.record_type == ENTRY_TYPE


def field_facts(field: FieldModel) -> dict[str, Any]:
    """Give what a template needs to draw one field."""
    first = FIRST_COLUMNS.get(field.name)
    columns = [
        field_facts(column)
        for column in field.subfields
        if column.obligation != "S" or column.name in HIDDEN_COLUMNS
    ]
    return {
        "name": field.name,
        "label": helpers.say(field.label_zh, field.label_en),
        "help": helpers.say(field.help_zh, field.help_en),
        "kind": field.kind,
        "required": field.obligation == "M",
        "long": field.name in LONG_TEXTS,
        "options": _options(field),
        "open": field.name in OPEN_LISTS,
        "first": [c for c in columns if first is None or c["name"] in first],
        "more": [c for c in columns if first is not None and c["name"] not in first],
        "hidden": field.name in HIDDEN_COLUMNS,
        "reference": field.reference.target if field.reference else "",
    }


def resource_columns() -> list[dict[str, Any]]:
    """Give the columns of a resource (挂接资源) in the form."""
    known = {field.name: field for field in settings.schemas()[0].resource_fields}
    return [field_facts(known[name]) for name in RESOURCE_COLUMNS]


def _options(field: FieldModel) -> list[dict[str, str]]:
    if not field.codelist:
        return []
    vocabulary = load_vocabulary(field.codelist, settings.data_folder())
    parents = vocabulary.concepts
    return [
        {
            "code": concept.code,
            "label": helpers.say(concept.zh, concept.en or concept.zh),
            "parent": helpers.say(parents[concept.parent].zh, parents[concept.parent].en)
            if concept.parent in parents
            else "",
        }
        for concept in vocabulary.choices()
    ]


def values_of_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Give the form's values of a stored entry."""
    values = dict(entry)
    values["tag_string"] = ", ".join(tag["display_name"] for tag in entry.get("tags") or [])
    values[RESOURCES] = [{**row, "url": ""} for row in entry.get(RESOURCES) or []]
    return values


def typed_fields(schema: SchemaModel | None = None) -> list[str]:
    """Give the fields that a posted form speaks of, be it by leaving them empty."""
    schema = schema or settings.schemas()[0]
    return [field.name for field in schema.fields if _is_typed(field, schema)]


def record_of_form(form: Any, schema: SchemaModel) -> dict[str, Any]:
    """Give the fields of a record of any directory that a posted form means; empty ones left out.

    Args:
        form: the posted multi-dict.
        schema: of the directory.
    """
    record: dict[str, Any] = {}
    rows = _rows(form)
    for field in schema.fields:
        if not _is_typed(field, schema):
            continue
        value = rows.get(field.name, []) if field.kind == "rows" else _value(field, form)
        if value:
            record[field.name] = value
    return record


def entry_of_form(form: Any, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the argument of `package_create` or `package_update` that a posted form means.

    Args:
        form: the posted multi-dict.
        stored: the entry as the person may see it, None for a new one. Resources keep what the
            form does not show, and their address when none is typed.
    """
    entry = record_of_form(form, settings.schemas()[0])
    rows = _rows(form)
    known = {row["id"]: row for row in (stored or {}).get(RESOURCES) or []}
    entry[RESOURCES] = [_resource(row, known) for row in rows.get(RESOURCES, [])]
    return entry


def _value(field: FieldModel, form: Any) -> Any:
    if not field.is_list or field.name == "tag_string":
        return form.get(field.name, "").strip()
    listed = [text.strip() for text in form.getlist(field.name)]
    typed = _SEPARATORS.split(form.get(f"{field.name}--more", ""))
    return [text for text in dict.fromkeys([*listed, *typed]) if text]


def _rows(form: Any) -> dict[str, list[dict[str, str]]]:
    """Give the rows of all repeating fields; a row with nothing typed is left out."""
    found: dict[str, dict[int, dict[str, str]]] = {}
    for name, value in form.items():
        match = _ROW.fullmatch(name)
        if match and value.strip():
            row = found.setdefault(match["field"], {}).setdefault(int(match["index"]), {})
            row[match["column"]] = value.strip()
    return {
        field: [
            row for _index, row in sorted(rows.items()) if not set(row) <= {*HIDDEN_COLUMNS, "drop"}
        ]
        for field, rows in found.items()
    }


def _resource(row: dict[str, str], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give one resource: the stored one with what was typed; no address typed means unchanged."""
    before = known.get(row.get("id", ""), {})
    kept = {key: before[key] for key in ("id", "hash", "mimetype") if before.get(key)}
    typed = {key: value for key, value in row.items() if key not in ("id", "drop")}
    if before and "url" not in typed:
        typed["url"] = "" if row.get("drop") else gateway_address(str(before["id"]))
    return {**kept, **typed}


def errors_of(error_dict: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give messages by field from the errors of an action, nested ones flattened."""
    return {
        name: messages
        for name, value in error_dict.items()
        if (messages := list(dict.fromkeys(_flat(value))))
    }


def _flat(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _flat(inner)]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in _flat(inner)]
    return [str(value)] if value else []


def error_list(
    errors: Mapping[str, list[str]], schema: SchemaModel | None = None
) -> list[dict[str, str]]:
    """Give the error summary in the order of the form, each with the field to go to."""
    fields = (schema or settings.schemas()[0]).by_name
    aliases = {"tags": "tag_string"}
    order = list(fields)
    listed = []
    for name, messages in errors.items():
        known = fields.get(aliases.get(name, name))
        title = helpers.say(known.label_zh, known.label_en) if known else _other_title(name)
        target = known.name if known else name
        listed += [{"field": target, "label": title, "message": text} for text in messages]
    return sorted(
        listed, key=lambda row: order.index(row["field"]) if row["field"] in order else -1
    )


def _other_title(name: str) -> str:
    return helpers.say("挂接资源", "Resources") if name == RESOURCES else name
