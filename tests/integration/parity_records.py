"""Records that use every field of the schema, with values that are hard to carry unchanged.

Everything follows from a number, so that a failing record can be made again.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.catalog.schema_model import FieldModel, load_schema
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

SPACE = uuid.UUID("7d5c6e4a-1111-4000-8000-000000000000")
COLUMNS = frozenset({"title", "notes"})
SYSTEM = frozenset({"identifier", "guide_code", "md_id", "share_type", "open_to_public"})
TEXTS = (
    "普通文字", "引号 \" ' 反斜线 \\ 斜线 /", "<b>标签 &amp; 实体</b>", "📊🏛️ 图形",
    "𠮷野家 㐂 生僻字", "ＡＢＣ１２３ 全角", "Ünïcödé e\u0301", "\u202e反向\u202c",
    "零宽\u200b空格", "两行\n文字\t制表", "控制\x01\x0b\x7f字符", "非字符\ufffe", "  前后空格  ",
    "null", "[]", "{}", "0", "true",
    "行\u2028分隔", "长" * 3000, "a", "https://data.example/path?x=1&y=2", "NaN", "1e5",
    "-", "\u00a0",
)  # fmt: skip
TAGS = (
    "低保", "社会救助", "Open Data", "open data", "2026年", "a-b_c.d", "ＧＩＳ", "養老", "𠮷野",
    "é", "x" * 100, "  双空格", "null",
)  # fmt: skip
FORMATS = (
    "XLSX", "csv", "Csv", "", "pdf", "自定义格式", "application/json", "MySQL", "SHP ", None,
)  # fmt: skip
LICENSES = (None, None, None, "cc-by", "notspecified", "", "no-such-licence", "other-pd")


def records(count: int, unit_code: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Give canonical records of entries of one unit."""
    schema = load_schema("catalog_entry.yaml")
    fields = [
        field
        for field in schema.fields
        if field.catalogued and field.stored_as is None and field.name not in SYSTEM | COLUMNS
    ]
    for number in range(count):
        yield _record(number, random.Random(number), fields, unit_code, prefix)


def _record(
    number: int, draw: random.Random, fields: list[FieldModel], unit_code: str, prefix: str
) -> dict[str, Any]:
    suffix = f"P{number:07d}"
    values: dict[str, Any] = {
        "title": f"{_text(draw)}{number}" if draw.random() < 0.9 else f" {_text(draw)} {number}",
        "identifier": f"{prefix}/{suffix}",
        "md_id": f"{prefix}/md-{suffix}",
        "guide_code": f"307021/{number:07d}",
        "share_type": "123"[number % 3],
        "open_to_public": "01"[number // 3 % 2],
    }
    if draw.random() < 0.95:
        values["notes"] = _text(draw)
    if draw.random() < 0.2:
        values |= {"version": "1.0", "author": _text(draw), "maintainer_email": "a@b.example"}
    if license_id := draw.choice(LICENSES):
        values["license_id"] = license_id
    for field in fields:
        if draw.random() < 0.7:
            values[field.name] = value_of(field, draw)
    return {
        "type": ENTRY,
        "id": str(uuid.uuid5(SPACE, f"{prefix} entry {number}")),
        "name": f"{prefix}-{suffix.lower()}",
        "unit": unit_code,
        "fields": values,
        "tags": sorted(set(draw.sample(TAGS, draw.randrange(7)))),
        "resources": [_resource(prefix, number, place, draw) for place in range(number % 6)],
    }


def value_of(field: FieldModel, draw: random.Random) -> Any:
    """Give a value of a field's kind; codes come from its list, or are unknown now and then."""
    if field.kind == "rows":
        return [_row(field, draw) for _ in range(draw.randint(1, 4))]
    if field.is_list:
        return list(dict.fromkeys(_one(field, draw) for _ in range(draw.randint(1, 3))))
    return _one(field, draw)


def _row(field: FieldModel, draw: random.Random) -> dict[str, str]:
    chosen = [column for column in field.subfields if draw.random() < 0.6]
    return {column.name: _one(column, draw) for column in chosen or field.subfields[:1]}


def _one(field: FieldModel, draw: random.Random) -> str:
    if field.codelist and draw.random() < 0.9:
        return draw.choice(_codes(field.codelist))
    if field.kind == "date":
        return (date(2020, 1, 1) + timedelta(draw.randrange(2500))).isoformat()
    if field.kind == "number":
        return draw.choice(("0", "1", "2.5", "1000000000000", "0.000001"))
    return _text(draw)


_CODES: dict[str, list[str]] = {}


def _codes(name: str) -> list[str]:
    if name not in _CODES:
        _CODES[name] = [concept.code for concept in load_vocabulary(name).choices()]
    return _CODES[name]


def _text(draw: random.Random) -> str:
    return draw.choice(TEXTS)


def _resource(prefix: str, number: int, place: int, draw: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": _text(draw),
        "description": _text(draw),
        "format": draw.choice(FORMATS),
        "mimetype": draw.choice((None, "text/csv", "application/pdf")),
        "size": draw.choice((None, 0, 1, 2**40)),
        "hash": draw.choice((None, "sha256:00ff")),
        "mode": draw.choice(("query", "direct", "custom")),
    }
    values = {name: value for name, value in values.items() if draw.random() < 0.8}
    return {"id": str(uuid.uuid5(SPACE, f"{prefix} resource {number} {place}")), **values}


def unusual_states(rows: list[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give statements that bring rows into states which only other ways of writing leave."""
    ids = [row["id"] for row in rows]
    yield "UPDATE package SET state = 'draft' WHERE id = ANY(:ids)", {"ids": ids[5::31]}
    yield "UPDATE package SET private = true WHERE id = ANY(:ids)", {"ids": ids[6::37]}
    yield "UPDATE package SET state = 'deleted' WHERE id = ANY(:ids)", {"ids": ids[7::41]}
    yield "UPDATE package SET title = '' WHERE id = ANY(:ids)", {"ids": ids[8::53]}
    yield "UPDATE package SET notes = '' WHERE id = ANY(:ids)", {"ids": ids[9::59]}
    yield "UPDATE package SET owner_org = NULL WHERE id = ANY(:ids)", {"ids": ids[10::61]}
    yield "UPDATE package SET url = NULL WHERE id = ANY(:ids)", {"ids": ids[11::7]}
    for place, extra in enumerate(
        ({"frequency": ""}, {"theme": "[]"}, {"theme": ""}, {"items": "[]"}, {"not_declared": "x"},
         {"not_declared": ""}, {"theme": "not json"}, {"items": '[{"name": null, "odd": "1"}]'},
         {"items": '[{}, {"name": "空行之后"}]'}, {"contact": '[{"name": 5}]'})
    ):  # fmt: skip
        yield (
            "UPDATE package SET extras = extras || CAST(:extra AS jsonb) WHERE id = ANY(:ids)",
            {"extra": json.dumps(extra), "ids": ids[12 + place :: 67]},
        )
    only_items = "extras = jsonb_build_object('items', extras->'items')"
    yield (
        f"UPDATE package SET {only_items} WHERE id = ANY(:ids) AND extras ? 'items'",
        {"ids": ids[23::71]},
    )
    yield (
        "UPDATE resource SET state = 'deleted' WHERE package_id = ANY(:ids) AND position = 0",
        {"ids": ids[24::29]},
    )
    yield (
        "UPDATE resource SET url_type = 'upload' WHERE package_id = ANY(:ids) AND position = 1",
        {"ids": ids[25::73]},
    )
    yield (
        "UPDATE package_tag SET state = 'deleted' WHERE package_id = ANY(:ids)",
        {"ids": ids[26::43]},
    )
