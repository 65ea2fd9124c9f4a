"""The import template, derived from the schema so that a field is declared once.

Headers are the Chinese labels of the fields. Lists stand in one cell, separated by `|`; repeating
fields stand in detail sheets of an xlsx, joined by 序号, and as JSON in one cell of a CSV. Codes
are written as codes. The template is an ordinary mapping: `map_book` reads it like any other.
"""

from __future__ import annotations

from typing import Literal

from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel
from ckanext.fjgov.core.errors import InvalidSchema

from .mapping import FieldMap, ImportMapping, Profile, RemovalMap, RowsMap, UnitMap

Form = Literal["csv", "xlsx"]
SEQUENCE = "序号"
ACTION = "操作"
WITHDRAW = "撤销"
MAIN_SHEET = "政务信息目录"
SEPARATOR = "|"
_NOT_A_COLUMN = frozenset({"owner_org", "provider_code"})
_SYSTEM_COLUMNS = frozenset({"identifier", "issued"})


def template_mapping(schema: SchemaModel, form: Form, profile: Profile = "strict") -> ImportMapping:
    """Return the template of one form as a mapping.

    Args:
        schema: model of `schemas/catalog_entry.yaml`.
        form: where the repeating fields go.
        profile: rules the import will run under.

    Raises:
        InvalidSchema: two fields share a label, so that headers would not be unique.
    """
    own = [field for field in schema.fields if _is_column(field)]
    labels = [field.label_zh for field in schema.fields]
    if len(set(labels)) != len(labels):
        raise InvalidSchema("字段标签重复，无法生成模板", "two fields of the schema share a label")
    fields = [_field(field) for field in own if field.kind != "rows"]
    fields.sort(key=lambda spec: spec.target != "identifier")
    return ImportMapping(
        name="template",
        profile=profile,
        fields=tuple(fields),
        unit=UnitMap(
            column=schema.field("owner_org").label_zh,
            code_column=schema.field("provider_code").label_zh,
        ),
        rows=tuple(_rows(field, form) for field in own if field.kind == "rows"),
        ignore={SEQUENCE: "只用于连接附表 / joins the detail sheets"},
        removal=RemovalMap(ACTION, frozenset({WITHDRAW})),
        sheet=MAIN_SHEET if form == "xlsx" else "",
    )


def header_of(template: ImportMapping) -> list[str]:
    """Return the headers of the main sheet in writing order."""
    first = [SEQUENCE] if any(rows.sheet for rows in template.rows) else []
    own = [spec.column for spec in template.fields]
    unit = [template.unit.column, template.unit.code_column]
    nested = [rows.json_column for rows in template.rows if rows.json_column]
    return [*first, *own[:1], *unit, *own[1:], *nested, ACTION]


def _is_column(field: FieldModel) -> bool:
    if field.name in _NOT_A_COLUMN:
        return False
    return field.obligation != "S" or field.name in _SYSTEM_COLUMNS


def _field(field: FieldModel) -> FieldMap:
    # CKAN takes keywords as one comma-separated text; it stays one text here.
    is_list = field.is_list and field.stored_as is None
    return FieldMap(
        target=field.name,
        column=field.label_zh,
        multi=is_list,
        split=SEPARATOR if is_list else "",
        escape=is_list,
        is_code=field.kind in ("code", "code_list"),
    )


def _rows(field: FieldModel, form: Form) -> RowsMap:
    # The id of a row is the system's: it is carried over by name when the entry is matched.
    columns = tuple(_field(column) for column in field.subfields if column.obligation != "S")
    if form == "csv":
        return RowsMap(target=field.name, columns=columns, json_column=field.label_zh)
    return RowsMap(target=field.name, columns=columns, sheet=field.label_zh, key=(SEQUENCE,))
