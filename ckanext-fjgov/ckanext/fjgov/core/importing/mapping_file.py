"""Read a mapping file (YAML).

It is strict: an unknown key or a code that is not quoted text is refused, so that nothing reaches
the catalog that nobody declared.

    version: 1
    name: what the source is
    profile: strict | inventory
    source: {encoding: gb18030, sheet: 清单}      # both optional
    unit: {column: 单位, code_column: 代码, unlisted: refuse | create, constants: {…}, reason: …}
    fields:
      title: {column: 名称}
      theme: {column: 主题, split: '|', multi: true, values: {土地: ZCB00, 暂无: []}}
      issued: {column: 日期, date: ['%Y-%m-%d', chinese]}
      census_total_records: {column: 记录数, number: {thousands: ','}}
      frequency: {column: 周期, when_empty: '8', reason: …}
      division: {column: 区划, code: true}          # a numeric cell may have lost zeros
      secrecy: {constant: '0', reason: …}
    rows:                                         # repeating fields
      items: {sheet: 信息项, key: 序号, columns: {name: 名称, data_type: {column: 类型}}}
      legal_basis: {json: 依据, columns: {title: title, number: number}}
    ignore: {数据量: why the column is left out}
    remove: {column: 操作, values: [撤销]}          # the only way a row withdraws an entry
"""

from __future__ import annotations

from typing import Any

import yaml

from .declared import invalid, mapping_of, only_keys, text_of
from .mapping import FieldMap, ImportMapping, RemovalMap, RowsMap, UnitMap

_TOP = {"version", "name", "profile", "source", "unit", "fields", "rows", "ignore", "remove"}
_FIELD = {
    "column",
    "constant",
    "reason",
    "multi",
    "split",
    "escape",
    "values",
    "date",
    "number",
    "when_empty",
    "code",
}


def parse_mapping(text: str) -> ImportMapping:
    """Read a mapping file.

    Args:
        text: YAML.

    Raises:
        ImportRefused: not YAML, an unknown key, a missing key, or a value of the wrong kind.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise invalid("", f"不是有效的 YAML（{problem}）", "not valid YAML") from problem
    return mapping_from(raw)


def mapping_from(raw: Any) -> ImportMapping:
    """Build the mapping from parsed YAML; see `parse_mapping`."""
    top = mapping_of(raw, "（顶层）")
    only_keys(top, _TOP, "（顶层）")
    if top.get("version") != 1:
        raise invalid("version", "只支持版本 1", "only version 1 is supported")
    profile = top.get("profile", "strict")
    if profile not in ("strict", "inventory"):
        raise invalid("profile", "应为 strict 或 inventory", "must be strict or inventory")
    source = mapping_of(top.get("source", {}), "source")
    only_keys(source, {"sheet", "encoding"}, "source")
    fields = mapping_of(top.get("fields"), "fields")
    rows = mapping_of(top.get("rows", {}), "rows")
    return ImportMapping(
        name=text_of(top.get("name", ""), "name"),
        profile=profile,
        fields=tuple(_field(name, value, f"fields.{name}") for name, value in fields.items()),
        unit=_unit(mapping_of(top.get("unit"), "unit")),
        rows=tuple(_rows(name, mapping_of(value, f"rows.{name}")) for name, value in rows.items()),
        ignore=_texts(top.get("ignore", {}), "ignore"),
        removal=_removal(top.get("remove")),
        sheet=text_of(source.get("sheet", ""), "source.sheet"),
        encoding=text_of(source.get("encoding", ""), "source.encoding"),
    )


def _field(target: str, raw: Any, where: str) -> FieldMap:
    spec = mapping_of(raw, where)
    only_keys(spec, _FIELD, where)
    constant = _value(spec.get("constant"), f"{where}.constant")
    column = text_of(spec.get("column", ""), f"{where}.column")
    if (constant is None) == (not column):
        raise invalid(where, "应有 column 或 constant 之一", "needs either column or constant")
    when_empty = _value(spec.get("when_empty"), f"{where}.when_empty")
    reason = text_of(spec.get("reason", ""), f"{where}.reason")
    if (constant is not None or when_empty is not None) and not reason:
        raise invalid(where, "声明的固定值须写明理由 reason", "a declared value needs a reason")
    number = spec.get("number", False)
    thousands = ""
    if isinstance(number, dict):
        only_keys(number, {"thousands"}, f"{where}.number")
        thousands = text_of(number.get("thousands", ""), f"{where}.number.thousands")
        number = True
    split = text_of(spec.get("split", ""), f"{where}.split")
    dates = spec.get("date", [])
    if not isinstance(dates, list):
        raise invalid(f"{where}.date", "应为格式列表", "must be a list of formats")
    return FieldMap(
        target=target,
        column=column,
        constant=constant,
        reason=reason,
        multi=_flag(spec.get("multi", False), f"{where}.multi") or bool(split),
        split=split,
        escape=_flag(spec.get("escape", False), f"{where}.escape"),
        values=_value_map(spec["values"], f"{where}.values") if "values" in spec else None,
        dates=tuple(text_of(d, f"{where}.date") for d in dates),
        number=_flag(number, f"{where}.number"),
        thousands=thousands,
        when_empty=when_empty,
        is_code=_flag(spec.get("code", False), f"{where}.code"),
    )


def _rows(target: str, spec: dict[str, Any]) -> RowsMap:
    where = f"rows.{target}"
    only_keys(spec, {"json", "sheet", "key", "columns"}, where)
    json_column = text_of(spec.get("json", ""), f"{where}.json")
    sheet = text_of(spec.get("sheet", ""), f"{where}.sheet")
    raw_key = spec.get("key", [])
    key = tuple(
        text_of(k, f"{where}.key") for k in (raw_key if isinstance(raw_key, list) else [raw_key])
    )
    if bool(json_column) == bool(sheet) or bool(sheet) != bool(key):
        raise invalid(where, "应为 json，或 sheet 加 key", "needs json, or sheet together with key")
    columns = mapping_of(spec.get("columns"), f"{where}.columns")
    return RowsMap(
        target=target,
        columns=tuple(
            _field(name, {"column": value} if isinstance(value, str) else value, f"{where}.{name}")
            for name, value in columns.items()
        ),
        json_column=json_column,
        sheet=sheet,
        key=key,
    )


def _unit(spec: dict[str, Any]) -> UnitMap:
    only_keys(spec, {"column", "code_column", "unlisted", "constants", "reason"}, "unit")
    unlisted = spec.get("unlisted", "refuse")
    if unlisted not in ("refuse", "create"):
        raise invalid("unit.unlisted", "应为 refuse 或 create", "must be refuse or create")
    constants: dict[str, str | tuple[str, ...]] = {}
    for name, raw in mapping_of(spec.get("constants", {}), "unit.constants").items():
        value = _value(raw, f"unit.constants.{name}")
        if value is not None:
            constants[name] = value
    reason = text_of(spec.get("reason", ""), "unit.reason")
    if (constants or unlisted == "create") and not reason:
        raise invalid("unit", "声明新建单位或固定值须写明理由 reason", "needs a reason")
    column = text_of(spec.get("column", ""), "unit.column")
    if not column:
        raise invalid("unit.column", "必须指明单位名称所在的列", "is required")
    return UnitMap(
        column=column,
        code_column=text_of(spec.get("code_column", ""), "unit.code_column"),
        unlisted=unlisted,
        constants=constants,
        reason=reason,
    )


def _removal(raw: Any) -> RemovalMap | None:
    if raw is None:
        return None
    spec = mapping_of(raw, "remove")
    only_keys(spec, {"column", "values"}, "remove")
    values = spec.get("values")
    if not isinstance(values, list) or not values:
        raise invalid("remove.values", "应为非空列表", "must be a list with at least one value")
    column = text_of(spec.get("column", ""), "remove.column")
    return RemovalMap(column, frozenset(text_of(v, "remove.values") for v in values))


def _value_map(raw: Any, where: str) -> dict[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for source, value in mapping_of(raw, where).items():
        codes = _value(value, f"{where}.{source}")
        result[source] = codes if isinstance(codes, tuple) else (codes,) if codes else ()
    return result


def _value(raw: Any, where: str) -> str | tuple[str, ...] | None:
    if raw is None:
        return None
    if isinstance(raw, list):
        return tuple(text_of(item, where) for item in raw)
    return text_of(raw, where)


def _texts(raw: Any, where: str) -> dict[str, str]:
    return {key: text_of(value, f"{where}.{key}") for key, value in mapping_of(raw, where).items()}


def _flag(raw: Any, where: str) -> bool:
    if not isinstance(raw, bool):
        raise invalid(where, "应为 true 或 false", "must be true or false")
    return raw
