"""Turn one (masked) record into labelled rows for a page; decides nothing about visibility."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers

# Shown in another place of the entry page than in the groups of the schema.
ELSEWHERE = frozenset({"title", "name", "notes"})
# Lists whose codes people know from the standards; other codes are ours and would only confuse.
CODED = frozenset(
    {"topics", "guide_classes", "formats", "divisions", "industries", "service_classes"}
    | {"form_classes", "share_ways"}
)


def entry_groups(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the groups of the entry schema with the fields that have a value."""
    return groups_of(settings.schemas()[0], entry, ELSEWHERE)


def unit_groups(unit: Mapping[str, Any], *, is_staff: bool) -> list[dict[str, Any]]:
    """Give the groups of the unit schema with the fields that have values for the reader."""
    schema = settings.schemas()[1]
    hidden = set() if is_staff else {field.name for field in schema.fields if not field.public}
    return groups_of(schema, unit, ELSEWHERE | hidden)


def groups_of(
    schema: SchemaModel, record: Mapping[str, Any], left_out: frozenset[str] | set[str]
) -> list[dict[str, Any]]:
    """Give groups `{name, label, fields, tables}` in schema order, without empty ones."""
    groups = []
    for group in schema.groups:
        fields = [f for f in schema.fields if f.group == group.name and f.name not in left_out]
        shown = [row for field in fields if field.kind != "rows" and (row := _row(field, record))]
        tables = [
            table for field in fields if field.kind == "rows" and (table := _table(field, record))
        ]
        if shown or tables:
            groups.append(
                {
                    "name": group.name,
                    "label": helpers.say(group.label_zh, group.label_en),
                    "fields": shown,
                    "tables": tables,
                }
            )
    return groups


def label(field: FieldModel) -> str:
    """Give what pages call a field."""
    return helpers.say(field.label_zh, field.label_en)


def values(field: FieldModel, raw: Any) -> list[dict[str, str]]:
    """Give each value as `{code, label}`; `code` is "" for free text."""
    items = raw if isinstance(raw, list) else [raw]
    shown = []
    for item in items:
        text = str(item)
        if field.codelist and field.kind != "number":
            name = _code_name(field.codelist, text)
            code = text if name != text and field.codelist in CODED else ""
            shown.append({"code": code, "label": name})
        elif field.name == "home_node":
            shown.append({"code": text, "label": helpers.node_name(text)})
        elif field.name == "home_modified":
            shown.append({"code": "", "label": helpers.moment(text)})
        else:
            shown.append({"code": "", "label": text})
    return shown


def _code_name(vocabulary: str, code: str) -> str:
    """Give the label of a code, or of the known front of a longer path (目, 9-digit division)."""
    name = helpers.code_label(vocabulary, code)
    if name != code:
        return name
    fronts = {"guide_classes": 3, "divisions": 6}
    front = code[: fronts.get(vocabulary, 0)]
    known = helpers.code_label(vocabulary, front) if front else front
    return f"{known}" if front and known != front else code


def _row(field: FieldModel, record: Mapping[str, Any]) -> dict[str, Any] | None:
    if field.stored_as == "tags":
        raw: Any = [tag["display_name"] for tag in record.get("tags") or []]
    elif field.name == "owner_org":
        raw = (record.get("organization") or {}).get("title")
    else:
        raw = record.get(field.name)
    if raw in (None, "", []):
        return None
    return {
        "name": field.name,
        "label": label(field),
        "gb": field.gb,
        "guide": field.guide,
        "values": values(field, raw),
    }


def _table(field: FieldModel, record: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = [row for row in record.get(field.name) or [] if isinstance(row, Mapping)]
    if not rows:
        return None
    columns = [
        column
        for column in field.subfields
        if column.name != "id" and any(row.get(column.name) for row in rows)
    ]
    return {
        "name": field.name,
        "label": label(field),
        "guide": field.guide,
        "columns": [label(column) for column in columns],
        "rows": [
            [
                values(column, row[column.name])[0]["label"] if row.get(column.name) else ""
                for column in columns
            ]
            for row in rows
        ],
    }
