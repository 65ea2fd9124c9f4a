"""A query service as OpenAPI 3.1: what one reader may ask of one table, with examples that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ckanext.fjgov.core.exchange import asking
from ckanext.fjgov.core.exchange.filter_words import OP_WORDS
from ckanext.fjgov.core.exchange.filters import IS_NULL, SEVERAL, ops_of
from ckanext.fjgov.core.exchange.tables import (
    DATE,
    DECIMAL,
    FLAG,
    INTEGER,
    MOMENT,
    TEXT,
    Column,
    MountedTable,
)

_TYPES: Mapping[str, Mapping[str, str]] = {
    TEXT: {"type": "string"},
    INTEGER: {"type": "integer", "format": "int64"},
    DECIMAL: {"type": "number"},
    DATE: {"type": "string", "format": "date"},
    MOMENT: {"type": "string", "format": "date-time"},
    FLAG: {"type": "boolean"},
}
_REFUSALS: Mapping[str, str] = {
    "400": "参数有误，指出不认识的参数和可用的列 / a parameter is wrong; says which are known",
    "403": "无权使用，附条款 / not allowed; names the article",
    "404": "没有该资源或未挂接 / no such resource, or it is not mounted",
    "409": "各页之间库表已更新，或授权的行无法执行 / the table was refreshed between pages",
    "429": "超过频率或配额，见 Retry-After / too many requests or quota used up, see Retry-After",
    "503": "暂不可用 / not available now",
}


def document(
    table: MountedTable, columns: Sequence[Column], *, title: str, server: str, most_rows: int
) -> dict[str, Any]:
    """Give the document of a service.

    Args:
        columns: that the reader may use.
        title: of the entry.
        server: address under which the service answers, without `/rows`.
        most_rows: of one answer.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": str(table.version),
            "description": (
                "按《福建省政务信息共享管理办法》第二十二条提供的数据查询，每次使用均有记录。"
                " / Query service (Art. 22); every use is recorded."
            ),
        },
        "servers": [{"url": server}],
        "security": [{"token": []}, {}],
        "paths": {
            "/rows": {"get": _rows(columns, most_rows)},
            "/table.csv": {"get": _table()},
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
            "schemas": {
                "Row": {
                    "type": "object",
                    "properties": {one.name: _schema(one) for one in columns},
                },
                "Refusal": {
                    "type": "object",
                    "properties": {
                        "error": {"type": "integer"},
                        "article": {"type": "string"},
                        "zh": {"type": "string"},
                        "en": {"type": "string"},
                    },
                },
            },
        },
    }


def examples(columns: Sequence[Column]) -> dict[str, dict[str, str]]:
    """Give queries that any table with these columns answers: name -> parameters."""
    first = columns[0].name
    return {
        "first_rows": {"limit": "5"},
        "some_columns": {"fields": ",".join(one.name for one in columns[:2]), "limit": "5"},
        "known_values": {_named(first, IS_NULL): "false", "sort": f"-{first}", "limit": "5"},
        "as_csv": {"format": asking.CSV, "limit": "5"},
    }


def _rows(columns: Sequence[Column], most_rows: int) -> dict[str, Any]:
    return {
        "operationId": "rows",
        "summary": "查询数据行 / query rows",
        "parameters": [
            *_parameters(columns, most_rows),
            *(parameter for column in columns for parameter in _comparisons(column)),
        ],
        "x-examples": examples(columns),
        "responses": {
            "200": {
                "description": "一页数据行 / a page of rows",
                "content": {
                    "application/json": {"schema": _page_schema()},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **_refusals(*_REFUSALS),
        },
    }


def _table() -> dict[str, Any]:
    return {
        "operationId": "table",
        "summary": "整表或增量下载，可断点续传 / the whole table, or what is new, resumable",
        "parameters": [
            _parameter(
                "since",
                {"type": "integer", "minimum": 0},
                "只取该版本之后新增或变化的行；版本见响应头 X-Fjgov-Version"
                " / only rows that are new or changed since a version (X-Fjgov-Version)",
            ),
            _parameter("grant", {"type": "string"}, "授权编号 / number of the grant"),
            _parameter("exact", {"type": "boolean"}, "不处理公式字符 / cells as they are"),
        ],
        "responses": {
            "200": {
                "description": "CSV；Repr-Digest 为 SHA-256 / CSV; Repr-Digest has the SHA-256",
                "content": {"text/csv": {"schema": {"type": "string"}}},
            },
            "206": {"description": "所请求的部分 / the part that was asked for"},
            **_refusals(*_REFUSALS),
        },
    }


def _parameters(columns: Sequence[Column], most_rows: int) -> Iterator[dict[str, Any]]:
    names = [one.name for one in columns]
    whole: dict[str, Any] = {"type": "integer", "minimum": 0}
    yield _parameter(
        "fields",
        {"type": "array", "items": {"enum": names}},
        "列，逗号分隔；缺省为可用的全部列 / columns; all that may be used when left out",
        explode=False,
    )
    yield _parameter(
        "sort",
        {"type": "array", "items": {"enum": [*names, *(f"-{one}" for one in names)]}},
        "排序，- 为降序；缺省按表内顺序 / order, - for descending; that of the table by default",
        explode=False,
    )
    yield _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": most_rows, "default": asking.DEFAULT_ROWS},
        "至多行数 / most rows",
    )
    yield _parameter("offset", whole, "跳过的行数 / rows to skip")
    yield _parameter("after", whole, "由 next 给出 / given by `next`")
    yield _parameter("version", whole, "由 next 给出 / given by `next`")
    yield _parameter("count", {"type": "boolean", "default": True}, "是否计总数 / count all rows")
    yield _parameter("format", {"enum": list(asking.FORMATS)}, "格式 / format")
    yield _parameter("grant", {"type": "string"}, "授权编号 / number of the grant")
    yield _parameter("exact", {"type": "boolean"}, "CSV 不处理公式字符 / cells as they are")


def _comparisons(column: Column) -> Iterator[dict[str, Any]]:
    for op in ops_of(column.kind):
        zh, en = OP_WORDS[op]
        schema: Mapping[str, Any] = _TYPES[column.kind]
        if op == IS_NULL:
            schema = {"type": "boolean"}
        elif op in SEVERAL:
            schema = {"type": "array", "items": dict(schema)}
        yield _parameter(
            _named(column.name, op), dict(schema), f"{column.title} {zh} / {column.title} {en}"
        )


def _named(name: str, op: str) -> str:
    """Give the name of a parameter; a column that has the name of one is asked by `__eq`."""
    return name if op == "eq" and name not in asking.NAMES else f"{name}__{op}"


def _parameter(name: str, schema: dict[str, Any], told: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": told, "schema": schema, **more}


def _schema(column: Column) -> dict[str, Any]:
    schema = dict(_TYPES[column.kind])
    return {**schema, "type": [schema["type"], "null"], "title": column.title}


def _page_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["fields", "rows", "count", "version", "next"],
        "properties": {
            "fields": {"type": "array", "items": {"type": "object"}},
            "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
            "count": {"type": "integer"},
            "total": {"type": ["integer", "null"]},
            "version": {"type": "integer"},
            "next": {"type": ["string", "null"], "format": "uri"},
        },
    }


def _refusals(*codes: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {
        code: {
            "description": _REFUSALS[code],
            "content": {"application/json": {"schema": schema}},
        }
        for code in codes
    }
