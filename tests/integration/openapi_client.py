"""A client that knows of a node only what its OpenAPI document says.

Operations are looked up by what they are for (`x-fjgov-purpose`) or by their id; requests are built
from paths, parameters and body schemas, and steps follow the links of the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

JSON = "application/json"
_VARIABLE = re.compile(r"\{(\w+)(?:/(\d+))?\}")
_EXPRESSION = re.compile(r"\$response\.body#(/[^}\"]*)")


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    path: str
    method: str
    told: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.told["operationId"])

    @property
    def examples(self) -> dict[str, Any]:
        content = self.told.get("requestBody", {}).get("content", {})
        in_body = content.get(JSON, {}).get("examples", {})
        return {**in_body, **self.told.get("x-fjgov-examples", {})}


class Client:
    """Calls operations of a node by its document alone."""

    def __init__(self, document: Mapping[str, Any], token: str = "", server: str = "") -> None:
        self.document = document
        self.server = server or str(document["servers"][0]["url"])
        self._token = token
        self._operations = {
            told["operationId"]: Operation(path, method, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        }

    def operations(self) -> list[Operation]:
        return list(self._operations.values())

    def has(self, name: str) -> bool:
        return name in self._operations

    def operation(self, name: str) -> Operation:
        return self._operations[name]

    def for_purpose(self, purpose: str) -> Operation:
        [found] = [one for one in self.operations() if one.told.get("x-fjgov-purpose") == purpose]
        return found

    def call(
        self,
        operation: Operation,
        values: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send values to where the document says each of them goes."""
        rest = dict(values)
        path, query = operation.path, {}
        for told in operation.told.get("parameters", ()):
            name = self._resolved(told)["name"]
            place = self._resolved(told)["in"]
            if place == "path":
                path = path.replace(f"{{{name}}}", quote(str(rest.pop(name))))
            elif place == "query" and name in rest:
                query[name] = rest.pop(name)
        sent = dict(headers or {})
        if self._token and any("token" in one for one in operation.told["security"]):
            scheme = self.document["components"]["securitySchemes"]["token"]
            sent[scheme["name"]] = self._token
        has_body = "requestBody" in operation.told
        assert has_body or not rest, f"{operation.name} does not take {sorted(rest)}"
        return httpx.request(
            operation.method,
            f"{self.server}{path}",
            params=query,
            json=rest if has_body else None,
            headers=sent,
            timeout=60,
        )

    def follow(self, operation: Operation, link: str, answer: Any) -> httpx.Response:
        """Do what a link of the document says may be done with an answer."""
        told = operation.told["responses"]["200"]["links"][link]
        values = {**told.get("parameters", {}), **told.get("requestBody", {})}
        return self.call(self.operation(told["operationId"]), _evaluated(values, answer))

    def _resolved(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = told.get("$ref")
        return _at(self.document, reference.removeprefix("#")) if reference else told


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """Put variables into an example."""
    if isinstance(value, Mapping):
        return {name: filled(one, variables) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, variables) for one in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda match: _variable(match, variables), value)


def _variable(match: re.Match[str], variables: Mapping[str, Any]) -> str:
    name, part = match.groups()
    found = str(variables[name])
    return found.split("/")[int(part)] if part else found


def _evaluated(values: Mapping[str, Any], answer: Any) -> dict[str, Any]:
    return {
        name: _EXPRESSION.sub(lambda match: str(_at(answer, match[1])), one)
        .replace("{", "")
        .replace("}", "")
        if isinstance(one, str)
        else one
        for name, one in values.items()
    }


def _at(document: Any, pointer: str) -> Any:
    found = document
    for name in pointer.strip("/").split("/"):
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def read_document(address: str) -> dict[str, Any]:
    """Fetch a document."""
    return dict(json.loads(httpx.get(address, timeout=60).raise_for_status().text))
