"""The whole document: OpenAPI 3.1 of a node."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.api import actions, examples, routes, schemas
from ckanext.fjgov.core.api.actions import ActionFacts
from ckanext.fjgov.core.api.table import groups, table
from ckanext.fjgov.core.federation.signature import REQUEST_HEADER

_VERSION = "1"


def document(
    known: Iterable[ActionFacts], *, server: str, title: str, folder: Path | None = None
) -> dict[str, Any]:
    """Give the description of the interface of a node.

    Args:
        known: actions of this site; those that the tables do not have are left out.
        server: address of the site.
        title: name of the node.
        folder: with the node's own code lists.

    Cost: about 20 ms; the code lists are the greater part of the document.
    """
    by_operation = examples.by_operation()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{title} · 政务信息目录接口 / government information catalog API",
            "version": _VERSION,
            "description": _ABOUT,
        },
        "servers": [{"url": server}],
        "tags": _tags(),
        "security": [{}, {"token": []}],
        "paths": {
            **actions.paths(known, by_operation),
            **routes.paths(by_operation),
        },
        "components": {
            "securitySchemes": _SECURITY,
            "parameters": {"IdempotencyKey": _KEY},
            "headers": routes.HEADERS,
            "schemas": {
                "Answer": _ANSWER,
                "Failure": _FAILURE,
                "Refusal": _REFUSAL,
                **schemas.record_schemas(folder),
            },
            "responses": _responses(),
        },
        "x-fjgov-sequences": examples.sequences(),
        "x-fjgov-errors": table("errors"),
    }


_ABOUT = (
    "《福建省政务信息共享管理办法》目录、共享与交换的接口。动作接口以 JSON 提交，以统一外壳作答；"
    "错误说明为“中文 / English”。示例均在真实节点上执行过，"
    "次序见 x-fjgov-sequence 与 x-fjgov-step。"
    " / Catalog, sharing and exchange under the Measures. Actions take JSON and answer in one"
    " envelope. Every example is executed by the tests, in the order of its sequence; a name in"
    " braces such as `{unit}` is a variable, given beforehand or kept from an earlier answer;"
    " `{identifier/0}` is its part before the first slash."
)
_SECURITY = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "账号的 API 令牌；应用系统用 Bearer 令牌 / API token of an account",
    },
    "node": {
        "type": "apiKey",
        "in": "header",
        "name": REQUEST_HEADER,
        "description": "节点签名，见 docs/feed.md / signature of a registered node",
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "幂等键：同一账号以同一键重复提交，只登记一次 / repeated with the same key,"
    " a call registers once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_ANSWER = {
    "type": "object",
    "required": ["success", "result"],
    "properties": {
        "help": {"type": "string"},
        "success": {"const": True},
        "result": {"description": "动作的返回 / what the action returns"},
    },
}
_FAILURE = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "help": {"type": "string"},
        "success": {"const": False},
        "error": {
            "type": "object",
            "properties": {"__type": {"type": "string"}, "message": {"type": "string"}},
            "additionalProperties": {
                "description": "按字段列出：[规则编号] 字段（名称）：中文 / English"
                " — messages by field"
            },
        },
    },
}
_REFUSAL = {
    "type": "object",
    "properties": {
        "error": {"type": ["integer", "string"]},
        "article": {"type": "string"},
        "zh": {"type": "string"},
        "en": {"type": "string"},
    },
}


def _tags() -> list[dict[str, str]]:
    rows = [(one.name, one.zh, one.en) for one in groups()]
    rows += [(one["name"], one["zh"], one["en"]) for one in table("routes")["groups"]]
    return [{"name": name, "description": f"{zh} / {en}"} for name, zh, en in rows]


def _responses() -> dict[str, Any]:
    """Give one answer for each HTTP status of the error model."""
    by_status: dict[int, list[str]] = {}
    for row in table("errors"):
        by_status.setdefault(row["status"], []).append(f"{row['zh']} / {row['en']}")
    schema = {"$ref": "#/components/schemas/Failure"}
    found = {}
    for status, told in by_status.items():
        found[f"E{status}"] = {
            "description": "；".join(told),
            "content": {
                "application/json": {
                    "schema": schema if status != 400 else {"anyOf": [schema, {"type": "string"}]}
                }
            },
        }
        if status in (429, 503):
            found[f"E{status}"]["headers"] = {
                "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            }
    return found
