"""Routes that programs call as operations, from the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.api.table import table

_NAME = re.compile(r"\{(\w+)\}")
_SECURITY: Mapping[str, list[dict[str, list[str]]]] = {
    "open": [{}, {"token": []}],
    "token": [{"token": []}],
    "node": [{"node": []}],
}
_ALSO: Mapping[str, str] = {
    "206": "所请求的部分 / the part that was asked for",
    "302": "由所属节点提供，或请先登录 / at its home node, or sign in first",
    "304": "没有变化 / nothing new",
    "400": "参数不正确 / a parameter is wrong",
    "401": "没有签名或令牌 / no signature or token",
    "403": "无权取得，附条款 / not allowed; names the article",
    "404": "没有，或您无权查看 / there is none, or you may not see it",
    "409": "各页之间数据已更新 / changed between pages",
    "410": "已撤销 / withdrawn",
    "429": "过于频繁或配额用完，见 Retry-After / too often or a quota is used up",
    "502": "登记的地址不应答 / the registered address does not answer",
    "503": "暂不可用，见 Retry-After / not available now",
}
HEADERS: Mapping[str, Any] = {
    "RetryAfter": {
        "description": "多少秒后再试 / seconds to wait",
        "schema": {"type": "integer"},
    },
    "Link": {
        "description": '下一页 / next page: <…>; rel="next" (RFC 8288)',
        "schema": {"type": "string"},
    },
}


def paths(examples: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the paths of all routes of the table.

    Args:
        examples: operation -> name -> example.
    """
    found: dict[str, dict[str, Any]] = {}
    for route in table("routes")["routes"]:
        method = route.get("method", "get")
        found.setdefault(route["path"], {})[method] = _operation(route, examples)
    return found


def operation_id(route: Mapping[str, Any]) -> str:
    """Give the name of a route's operation; where a route gives many formats, with its ending."""
    endpoint = str(route["endpoint"])
    shared = [one for one in table("routes")["routes"] if one["endpoint"] == endpoint]
    return endpoint if len(shared) == 1 else f"{endpoint}.{route['path'].rpartition('.')[2]}"


def _operation(
    route: Mapping[str, Any], examples: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    name = operation_id(route)
    success: dict[str, Any] = {"description": f"{route['zh']} / {route['en']}"}
    status = route.get("success", "200")
    if status == "200":
        success["content"] = {route["media"]: {"schema": _content(route["media"])}}
    if route.get("paged"):
        success["headers"] = {"Link": {"$ref": "#/components/headers/Link"}}
    found: dict[str, Any] = {
        "operationId": name,
        "tags": [route["group"]],
        "summary": f"{route['zh']} / {route['en']}",
        "security": _SECURITY[route["access"]],
        "parameters": _parameters(route),
        "responses": {status: success, **{one: _refused(one) for one in route.get("also", ())}},
    }
    if route.get("purpose"):
        found["x-fjgov-purpose"] = route["purpose"]
    if examples.get(name):
        found["x-fjgov-examples"] = examples[name]
    return found


def _refused(status: str) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _ALSO[status]}
    if status in ("429", "503"):
        found["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    if status >= "400":
        schema = {"$ref": "#/components/schemas/Refusal"}
        found["content"] = {
            "application/json": {"schema": schema},
            "text/html": {"schema": {"type": "string"}},
        }
    return found


def _content(media: str) -> dict[str, Any]:
    if media == "application/json":
        return {"type": "object"}
    return {"type": "string"}


def _parameters(route: Mapping[str, Any]) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAME.findall(route["path"])
    ]
    return in_path + [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": f"{zh} / {en}",
            "schema": {"type": kind},
        }
        for name, (kind, zh, en) in route.get("parameters", {}).items()
    ]
