"""Read the file of a foreign source; see `definition` for its grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import yaml

from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, UNIT_SCHEMA, load_schema
from ckanext.fjgov.core.importing.declared import invalid, mapping_of, only_keys, text_of
from ckanext.fjgov.core.importing.mapping import ImportMapping
from ckanext.fjgov.core.importing.mapping_file import mapping_from

from .definition import KINDS, Consent, Kind, Reading, ResourceMap, SourceDefinition

_TOP = {
    "version", "source", "address", "allow", "scope", "prefix", "profile", "consent", "read",
    "unit", "fields", "resources", "ignore",
}  # fmt: skip
_READ: Mapping[str, frozenset[str]] = {
    "ckan": frozenset({"page_size", "query"}),
    "dcat": frozenset({"languages"}),
    "gbxml": frozenset(),
    "listing": frozenset({"format", "encoding", "id", "records", "total", "page", "page_size"}),
}
_RESOURCE_FIELDS = frozenset(
    {"name", "description", "format", "mimetype", "size", "hash", "resource_type", "mode"}
)
# Given by this node, whatever the source says.
_NEVER = frozenset({"identifier", "home_node", "home_modified", "name", "owner_org", "state"})
_PREFIX = re.compile(r"[0-9A-Z]{5,6}")
_LARGEST_PAGE = 1000
_RESOURCES = "resources"
_DEFAULT = Reading()


def parse_definition(text: str) -> SourceDefinition:
    """Read the file of a source.

    Args:
        text: YAML.

    Raises:
        ImportRefused: not YAML, an unknown or missing key, or a value of the wrong kind; the
            message names the key.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise invalid("", f"不是有效的 YAML（{problem}）", "not valid YAML") from problem
    top = mapping_of(raw, "（顶层）")
    only_keys(top, _TOP, "（顶层）")
    if top.get("version") != 1:
        raise invalid("version", "只支持版本 1", "only version 1 is supported")
    source = mapping_of(top.get("source"), "source")
    only_keys(source, {"code", "name", "kind", "level", "parent"}, "source")
    scope = mapping_of(top.get("scope"), "scope")
    only_keys(scope, {"include", "exclude"}, "scope")
    kind = _kind(source.get("kind"))
    mapping, known = _unit_and_fields(top)
    resources, fields = _resources(top.get(_RESOURCES, {}))
    return SourceDefinition(
        code=_code(source.get("code"), "source.code"),
        name=_text(source.get("name"), "source.name"),
        kind=kind,
        level=_text(source.get("level", "city"), "source.level"),
        parent=_code(source.get("parent"), "source.parent"),
        address=_text(top.get("address"), "address"),
        prefix=_prefix(top.get("prefix")),
        consent=_consent(mapping_of(top.get("consent"), "consent")),
        mapping=mapping,
        scope_include=_list(scope.get("include"), "scope.include"),
        scope_exclude=_list(scope.get("exclude", []), "scope.exclude"),
        allow=_list(top.get("allow", []), "allow"),
        reading=_reading(mapping_of(top.get("read", {}), "read"), kind),
        resources=replace(resources, fields=fields),
        known_units=known,
        text=text,
    )


def _unit_and_fields(
    top: Mapping[str, Any],
) -> tuple[ImportMapping, dict[str, dict[str, Any]]]:
    unit = dict(mapping_of(top.get("unit"), "unit"))
    known = {
        name: _unit_fields(mapping_of(fields, f"unit.known.{name}"), f"unit.known.{name}")
        for name, fields in mapping_of(unit.pop("known", {}), "unit.known").items()
    }
    mapping = mapping_from(
        {
            "version": 1,
            "name": mapping_of(top.get("source"), "source").get("name", ""),
            "profile": top.get("profile", "inventory"),
            "unit": unit,
            "fields": top.get("fields"),
            "ignore": top.get("ignore", {}),
        }
    )
    schema = load_schema(ENTRY_SCHEMA)
    for name in mapping.targets:
        field = schema.by_name.get(name)
        fits = name == "tags" or (field is not None and field.catalogued)
        if name in _NEVER or not fits:
            raise invalid(
                f"fields.{name}", "不是可由来源填写的元数据", "is no field that a source may fill"
            )
    _unit_fields(mapping.unit.constants, "unit.constants")
    return mapping, known


def _unit_fields(fields: Mapping[str, Any], where: str) -> dict[str, Any]:
    schema = load_schema(UNIT_SCHEMA)
    for name, value in fields.items():
        field = schema.by_name.get(name)
        if field is None or not field.catalogued:
            raise invalid(f"{where}.{name}", "不是单位的元数据", "is no field of a unit")
        if not isinstance(value, (str, tuple)):
            raise invalid(f"{where}.{name}", "应为带引号的文本", "must be quoted text")
    return dict(fields)


def _resources(raw: Any) -> tuple[ResourceMap, tuple[Any, ...]]:
    spec = mapping_of(raw, _RESOURCES)
    only_keys(spec, {"id", "address", "fields"}, _RESOURCES)
    columns = mapping_of(spec.get("fields", {}), "resources.fields")
    only_keys(columns, set(_RESOURCE_FIELDS), "resources.fields")
    # The grammar of a field is that of the import mapping; its rows are read the same way.
    parsed = mapping_from(
        {
            "version": 1,
            "unit": {"column": "-"},
            "fields": {},
            "rows": {_RESOURCES: {"json": "-", "columns": dict(columns)}},
        }
    )
    found = ResourceMap(
        id=_text(spec.get("id", ""), "resources.id", needed=False),
        address=_list(spec.get("address", []), "resources.address"),
    )
    return found, parsed.rows[0].columns


def _reading(spec: Mapping[str, Any], kind: Kind) -> Reading:
    only_keys(spec, set(_READ[kind]), "read")
    size = spec.get("page_size", _DEFAULT.page_size)
    if not isinstance(size, int) or not 1 <= size <= _LARGEST_PAGE:
        raise invalid("read.page_size", "应为 1 至 1000 的整数", "must be a number from 1 to 1000")
    page = mapping_of(spec.get("page", {}), "read.page")
    only_keys(page, {"number", "size"}, "read.page")
    found = Reading(
        page_size=size,
        query=_text(spec.get("query", ""), "read.query", needed=False),
        languages=_list(spec.get("languages", list(_DEFAULT.languages)), "read.languages"),
        format=_text(spec.get("format", "csv"), "read.format"),
        encoding=_text(spec.get("encoding", ""), "read.encoding", needed=False),
        id=_list(spec.get("id", []), "read.id"),
        records=_text(spec.get("records", ""), "read.records", needed=False),
        total=_text(spec.get("total", ""), "read.total", needed=False),
        page=(
            _text(page.get("number", ""), "read.page.number", needed=False),
            _text(page.get("size", ""), "read.page.size", needed=False),
        ),
    )
    if found.format not in ("csv", "json"):
        raise invalid("read.format", "应为 csv 或 json", "must be csv or json")
    if kind == "listing" and not found.id:
        raise invalid(
            "read.id", "须指明唯一确定一条记录的列", "name the columns that tell records apart"
        )
    if found.page[0] and not found.total:
        raise invalid("read.total", "分页清单须给出总数的位置", "a paged listing needs its total")
    return found


def _consent(spec: Mapping[str, Any]) -> Consent:
    only_keys(spec, {"document", "office", "from", "until"}, "consent")
    return Consent(
        document=_text(spec.get("document"), "consent.document"),
        office=_text(spec.get("office"), "consent.office"),
        valid_from=_day(spec.get("from"), "consent.from"),
        valid_until=_day(spec.get("until"), "consent.until"),
    )


def _kind(raw: Any) -> Kind:
    for kind in KINDS:
        if raw == kind:
            return kind
    raise invalid("source.kind", f"应为 {'、'.join(KINDS)}", f"must be one of {', '.join(KINDS)}")


def _code(raw: Any, where: str) -> str:
    text = _text(raw, where)
    if not (text.isascii() and text.isdigit() and len(text) == 6):
        raise invalid(where, "应为六位行政区划代码", "must be a division code of six digits")
    return text


def _prefix(raw: Any) -> str:
    text = _text(raw, "prefix")
    if _PREFIX.fullmatch(text) is None:
        raise invalid("prefix", "应为 5 至 6 位前段码", "must be a prefix of 5 or 6 characters")
    return text


def _day(raw: Any, where: str) -> date:
    if type(raw) is date:
        return raw
    try:
        return date.fromisoformat(_text(raw, where))
    except ValueError as problem:
        raise invalid(where, "应为 2026-12-31 形式的日期", "must be a day like 2026-12-31") from (
            problem
        )


def _text(raw: Any, where: str, *, needed: bool = True) -> str:
    if raw is None or (needed and raw == ""):
        raise invalid(where, "必须填写", "is required")
    return text_of(raw, where)


def _list(raw: Any, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise invalid(where, "应为文本列表", "must be a list of texts")
    return tuple(raw)
