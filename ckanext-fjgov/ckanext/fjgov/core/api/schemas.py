"""JSON schemas (2020-12) of records, from schemas/*.yaml and the code lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.rules.presence import MAX_ABSTRACT, MAX_TITLE, MIN_ABSTRACT
from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel, load_schema
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

ENTRY, UNIT, RESOURCE = "Entry", "Unit", "Resource"
# So many labels are told with their codes; longer lists have a page of their own.
MOST_LABELS = 60
_LENGTHS = {
    "title": {"minLength": 1, "maxLength": MAX_TITLE},
    "notes": {"minLength": MIN_ABSTRACT, "maxLength": MAX_ABSTRACT},
}
OBLIGATIONS = {
    "M": ("必备", "mandatory"),
    "C": ("条件必备", "conditional"),
    "O": ("可选", "optional"),
    "S": ("系统填写", "set by the system"),
}
STATE = {
    "type": "string",
    "enum": ["draft", "active", "deleted"],
    "description": "目录状态：草稿、目录已发布、已撤销 / draft, listed, withdrawn",
}


def record_schemas(folder: Path | None) -> dict[str, Any]:
    """Give the components of all records and of the code lists that they use.

    Args:
        folder: with the node's own code lists.
    """
    entry, unit = load_schema("catalog_entry.yaml"), load_schema("unit.yaml")
    found = {ENTRY: _record(entry, "dataset"), UNIT: _unit(unit)}
    found[RESOURCE] = _resource(entry)
    found["EntryChanges"] = {**found[ENTRY], "description": "只含要修改的元数据项 / what changes"}
    for name in ("required", "if", "then"):
        found["EntryChanges"].pop(name, None)
    for kind, schema in directories().items():
        found[component(kind)] = _record(schema, kind)
    lists = sorted({name for one in (entry, unit, *directories().values()) for name in _lists(one)})
    for name in lists:
        found[_code(name)] = _codes(name, folder)
    return found


def component(kind: str) -> str:
    """Give the name of the component of a record type."""
    return "".join(part.title() for part in kind.split("_"))


def record_names() -> list[str]:
    """Give the components that `package_create` takes."""
    return [ENTRY, *(component(kind) for kind in directories())]


def _record(schema: SchemaModel, kind: str) -> dict[str, Any]:
    given = [one for one in schema.fields if one.obligation != "S"]
    properties = {one.name: _field(one) for one in given}
    properties["owner_org"] = {
        "type": "string",
        "description": "信息提供单位的标识或名称 / id or name of the providing unit",
    }
    properties["type"] = {"const": kind, "description": "目录种类 / kind of record"}
    properties["state"] = STATE
    if kind == "dataset":
        properties["resources"] = {
            "type": "array",
            "title": "资源 / resources",
            "items": {"$ref": "#/components/schemas/Resource"},
        }
    due = [one.name for one in given if one.obligation == "M"]
    found: dict[str, Any] = {
        "type": "object",
        "title": f"{schema.label_zh} / {schema.label_en}",
        "description": "不认识的元数据项会被退回 / unknown elements are refused (F1)",
        "properties": properties,
        "required": ["owner_org", "title"],
        # A draft may lack anything but its title; a listed record nothing that is mandatory.
        "if": {"properties": {"state": {"const": "active"}}, "required": ["state"]},
        "then": {"required": sorted({*due, "owner_org", "title"})},
    }
    if kind != "dataset":
        found["required"] = ["owner_org", "title", "type"]
    return found


def _unit(schema: SchemaModel) -> dict[str, Any]:
    return {
        "type": "object",
        "title": "政务部门 / unit",
        "properties": {one.name: _field(one) for one in schema.fields if one.obligation != "S"},
    }


def _resource(schema: SchemaModel) -> dict[str, Any]:
    properties = {one.name: _field(one) for one in schema.resource_fields}
    properties["url"] = {
        "type": "string",
        "description": "登记的地址，只存于目录之外，对外给出网关地址"
        " / the registered address; it is kept apart, answers give the gateway's",
    }
    return {"type": "object", "title": "资源 / resource", "properties": properties}


def _field(field: FieldModel) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": f"{field.label_zh} / {field.label_en}",
        "description": "；".join(part for part in _described(field) if part),
        **_shape(field),
        **_LENGTHS.get(field.name, {}),
    }
    told["x-fjgov-obligation"] = field.obligation
    for name, value in (
        ("gb", field.gb),
        ("guide", field.guide),
        ("rdf", field.rdf),
        ("codelist", field.codelist),
    ):
        if value:
            told[f"x-fjgov-{name}"] = value
    return told


def _described(field: FieldModel) -> Iterator[str]:
    yield f"{field.help_zh} / {field.help_en}" if field.help_zh else ""
    yield " / ".join(OBLIGATIONS[field.obligation])
    yield f"GB/T 21063.3 {field.gb}" if field.gb else ""


def _shape(field: FieldModel) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    if field.codelist and field.kind in ("code", "code_list"):
        one = {"$ref": f"#/components/schemas/{_code(field.codelist)}"}
    if field.kind == "rows":
        return {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {column.name: _field(column) for column in field.subfields},
                "required": [c.name for c in field.subfields if c.obligation == "M"],
            },
        }
    if field.is_list and field.stored_as:
        # CKAN's own key for a list is one text, with commas between.
        return {"type": "string"}
    if field.is_list:
        return {"type": "array", "items": one}
    if field.kind == "date":
        return {"type": "string", "format": "date"}
    if field.kind == "number":
        return {"type": ["string", "number"]}
    return one


def _lists(schema: SchemaModel) -> Iterator[str]:
    resources = ((field, None) for field in schema.resource_fields)
    for field, _parent in (*schema.walk(), *resources):
        if field.codelist and field.kind in ("code", "code_list"):
            yield field.codelist


def _code(name: str) -> str:
    return f"Code_{name}"


def _codes(name: str, folder: Path | None) -> dict[str, Any]:
    """Give a code list; every code that a record may carry, with labels where they are few."""
    vocabulary = load_vocabulary(name, folder)
    choices = vocabulary.choices()
    found: dict[str, Any] = {
        "type": "string",
        "title": f"{vocabulary.title_zh} / {vocabulary.title_en}",
        "description": f"{vocabulary.source_zh} {vocabulary.version}；/fjgov/standards/{name}",
        "enum": [concept.code for concept in choices],
    }
    if len(choices) <= MOST_LABELS:
        found["x-fjgov-labels"] = {one.code: f"{one.zh} / {one.en}" for one in choices}
    return found
