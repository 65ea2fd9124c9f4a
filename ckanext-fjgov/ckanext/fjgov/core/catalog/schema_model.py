"""Typed reading of schemas/*.yaml: each metadata element with its extra keys, declared once.

Form, checks, canonical record, import template, XML, RDF and documentation ask this model; it must
not hold a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import yaml

from ckanext.fjgov.core.errors import InvalidSchema

ENTRY_SCHEMA = "catalog_entry.yaml"
UNIT_SCHEMA = "unit.yaml"
# Type in CKAN of the records of the 政务信息目录.
ENTRY_TYPE = "dataset"

Kind = Literal["text", "code", "code_list", "text_list", "date", "number", "rows"]
Obligation = Literal["M", "C", "O", "S"]
Audience = Literal["officials", "open", "classes"]

LIST_KINDS = frozenset({"code_list", "text_list"})
_KINDS = frozenset({"text", "code", "date", "number", "rows"}) | LIST_KINDS
_OBLIGATIONS = frozenset("MCOS")
_AUDIENCES = frozenset({"officials", "open", "classes"})
_PACKAGE = "ckanext.fjgov.schemas"
# The C loader reads the files about eight times faster; not every build of PyYAML has it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class ReferenceModel:
    """A field that names records of another directory by their identifiers.

    Attributes:
        target: record type of what is named.
        inverse: name under which a named record shows who names it.
        label_zh, label_en: what pages call that inverse.
    """

    target: str
    inverse: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One metadata element.

    Attributes:
        name: field name in records and API calls.
        label_zh, label_en: what forms and messages call it.
        kind: how the value is shaped; `code` and `code_list` take codes of `codelist`.
        group: heading of the form it stands under, "" for sub-fields.
        gb: short name in GB/T 21063.3, None when the element is not in it.
        guide: number in the 2017 guide, None when the element is not in it.
        codelist: name of the vocabulary its codes come from.
        obligation: M always, C by a rule, O optional, S set by the system.
        rdf: main RDF term, None when it is not exported.
        catalogued: part of the canonical record.
        public: may be shown to an anonymous reader of a public entry.
        stored_as: CKAN's own key when it is another one (`tags`).
        category_standard: 分类方式 of GB/T 21063.3 for the fields of element tpCat.
        help_zh, help_en: help text of the form.
        subfields: columns when `kind` is `rows`.
        reference: what the field names, None for every other field.
    """

    name: str
    label_zh: str
    label_en: str
    kind: Kind
    group: str
    gb: str | None
    guide: str | None
    codelist: str | None
    obligation: Obligation
    rdf: str | None
    catalogued: bool
    public: bool
    stored_as: str | None
    category_standard: str | None
    help_zh: str
    help_en: str
    subfields: tuple[FieldModel, ...]
    reference: ReferenceModel | None = None

    @property
    def is_list(self) -> bool:
        """Tell whether the value is a list of texts."""
        return self.kind in LIST_KINDS

    @property
    def is_structured(self) -> bool:
        """Tell whether CKAN stores the value as JSON text."""
        return self.stored_as is None and (self.is_list or self.kind == "rows")

    def subfield(self, name: str) -> FieldModel:
        """Give a column by name.

        Raises:
            KeyError: there is no such column.
        """
        for column in self.subfields:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class GroupModel:
    """One heading of the form."""

    name: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class SchemaModel:
    """One schema file: fields in the order of the file, and those of its resources.

    Attributes:
        record_type: type of the records in CKAN, "" for the schema of units.
        label_zh, label_en: name of the directory, "" for the schema of units.
        audience: who sees a listed record: `officials` (also when nothing is said), `open` (and
            everybody where 是否向社会开放 is 1), or `classes` (by the visibility table).
    """

    name: str
    record_type: str
    label_zh: str
    label_en: str
    audience: Audience
    groups: tuple[GroupModel, ...]
    fields: tuple[FieldModel, ...]
    resource_fields: tuple[FieldModel, ...]
    by_name: Mapping[str, FieldModel]

    def field(self, name: str) -> FieldModel:
        """Give a field by name.

        Raises:
            KeyError: there is no such field.
        """
        return self.by_name[name]

    def walk(self) -> Iterator[tuple[FieldModel, FieldModel | None]]:
        """Yield every field and sub-field with its parent (None at the top), in file order."""
        for field in self.fields:
            yield field, None
            for column in field.subfields:
                yield column, field


@cache
def load_schema(name: str) -> SchemaModel:
    """Read one schema of the package with its presets applied.

    Args:
        name: file name such as `catalog_entry.yaml`.

    Returns:
        The model; the same object for the same name.

    Raises:
        InvalidSchema: the file is missing or a field lacks or misspells one of the extra keys.
    """
    presets = {
        preset["preset_name"]: preset["values"] for preset in _document("presets.yaml")["presets"]
    }
    document = _document(name)
    fields = _fields(document.get("dataset_fields", document.get("fields", [])), presets, name)
    audience = document.get("audience", "officials")
    if audience not in _AUDIENCES:
        raise InvalidSchema(f"{name}：audience 无效", f"{name}: audience is invalid")
    named = "title" in document
    label_zh, label_en = _labels({"label": document["title"]}, name, name) if named else ("", "")
    return SchemaModel(
        name=name,
        record_type=document.get("dataset_type", ""),
        label_zh=label_zh,
        label_en=label_en,
        audience=audience,
        groups=tuple(
            GroupModel(row["name"], *_labels(row, row["name"], name))
            for row in document.get("groups", [])
        ),
        fields=fields,
        resource_fields=_fields(document.get("resource_fields", []), presets, name),
        by_name=MappingProxyType({field.name: field for field in fields}),
    )


def _document(name: str) -> dict[str, Any]:
    source = files(_PACKAGE).joinpath(name)
    if not source.is_file():
        raise InvalidSchema(f"元数据方案 {name} 不存在", f"there is no schema {name}")
    text = source.read_text("utf-8")
    document = yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are safe ones
    if not isinstance(document, dict):
        raise InvalidSchema(f"元数据方案 {name} 不是映射", f"schema {name} is no mapping")
    return document


def _fields(
    rows: list[dict[str, Any]], presets: Mapping[str, dict[str, Any]], origin: str
) -> tuple[FieldModel, ...]:
    fields = tuple(_field(row, presets, origin) for row in rows)
    if len({field.name for field in fields}) != len(fields):
        raise InvalidSchema(f"{origin}：字段名重复", f"{origin}: a field name is used twice")
    return fields


def _field(row: dict[str, Any], presets: Mapping[str, dict[str, Any]], origin: str) -> FieldModel:
    name = row["field_name"]
    preset = row.get("preset", "")
    if preset and preset not in presets:
        raise InvalidSchema(
            f"{origin} 字段 {name}：预设 {preset} 不存在",
            f"{origin} field {name}: there is no preset {preset}",
        )
    values = {**presets.get(preset, {}), **row}
    kind, obligation = values.get("kind"), values.get("obligation")
    subfields = values.get("repeating_subfields", values.get("subfields", []))
    if kind is None and subfields:
        kind = "rows"
    if kind not in _KINDS or obligation not in _OBLIGATIONS or "codelist" not in values:
        raise InvalidSchema(
            f"{origin} 字段 {name}：kind、obligation 或 codelist 缺失或无效",
            f"{origin} field {name}: kind, obligation or codelist is missing or invalid",
        )
    label_zh, label_en = _labels(values, name, origin)
    help_text = values.get("help_text", {})
    return FieldModel(
        name=name,
        label_zh=label_zh,
        label_en=label_en,
        kind=kind,
        group=values.get("group", ""),
        gb=values.get("gb"),
        guide=values.get("guide"),
        codelist=values["codelist"],
        obligation=obligation,
        rdf=values.get("rdf"),
        catalogued=values.get("catalogued", True),
        public=values["public"],
        stored_as=values.get("stored_as"),
        category_standard=values.get("category_standard"),
        help_zh=help_text.get("zh_Hans_CN", ""),
        help_en=help_text.get("en", ""),
        subfields=_fields(subfields, presets, origin),
        reference=_reference(values.get("references"), name, origin),
    )


def _reference(told: Any, name: str, origin: str) -> ReferenceModel | None:
    if told is None:
        return None
    if not isinstance(told, dict) or set(told) != {"type", "inverse", "label"}:
        raise InvalidSchema(
            f"{origin} 字段 {name}：references 应有 type、inverse 和 label",
            f"{origin} field {name}: references needs type, inverse and label",
        )
    label_zh, label_en = _labels(told, name, origin)
    return ReferenceModel(told["type"], told["inverse"], label_zh, label_en)


def _labels(values: Mapping[str, Any], name: str, origin: str) -> tuple[str, str]:
    label = values.get("label")
    if not isinstance(label, dict) or set(label) != {"zh_Hans_CN", "en"}:
        raise InvalidSchema(
            f"{origin} 字段 {name}：label 应有 zh_Hans_CN 和 en",
            f"{origin} field {name}: label needs zh_Hans_CN and en",
        )
    return label["zh_Hans_CN"], label["en"]
