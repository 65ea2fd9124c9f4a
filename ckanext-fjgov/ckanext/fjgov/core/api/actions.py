"""Actions as operations: `POST /api/3/action/<name>`, and `GET` where nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.api import docstring, schemas
from ckanext.fjgov.core.api.paging import PAGED
from ckanext.fjgov.core.api.table import Group, chinese_of, groups, table, type_of

JSON, MULTIPART = "application/json", "multipart/form-data"
PREFIX = "/api/3/action/"
_ANY_STATUS = ("400", "403", "429")
_TYPES: Mapping[str, Any] = {
    "file": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
}


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What the code says of an action.

    Attributes:
        doc: its docstring, cleaned.
        access: docstring of the function that decides who may call it, "" for CKAN's own.
        is_read: nothing is written, so that GET may call it.
        is_open: somebody without an account may call it; what is answered is decided inside.
    """

    name: str
    doc: str
    access: str
    is_read: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an action."""

    name: str
    zh: str
    en: str
    schema: Mapping[str, Any]
    is_required: bool
    is_file: bool = False

    @property
    def described(self) -> str:
        """Give the description in both languages."""
        return f"{self.zh} / {self.en}"


def parameters_of(facts: ActionFacts, group: Group) -> list[Parameter]:
    """Give the parameters of an action: those of its docstring, or of the table for CKAN's own.

    Raises:
        KeyError: the table has no type for a name of the docstring.
    """
    due = group.actions[facts.name][1]
    own = table("actions")["ckan"].get(facts.name)
    if own is not None:
        return [
            Parameter(name, zh, en, _schema(kind), name in due)
            for name, (kind, zh, en) in _named(own)
        ]
    told = docstring.read(facts.doc).parameters
    return [
        Parameter(
            name,
            chinese_of(name),
            text,
            _schema(type_of(facts.name, name)),
            name in due,
            is_file=type_of(facts.name, name) == "file",
        )
        for name, text in told.items()
    ]


def paths(
    known: Iterable[ActionFacts], examples: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Give the paths of all actions that are in the table, in its order.

    Args:
        examples: operation -> name -> example.
    """
    by_name = {facts.name: facts for facts in known}
    return {
        f"{PREFIX}{name}": _methods(by_name[name], group, examples)
        for group in groups()
        for name in group.actions
        if name in by_name
    }


def _methods(
    facts: ActionFacts, group: Group, examples: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    parameters = parameters_of(facts, group)
    own = examples.get(facts.name, {})
    found = {"post": _operation(facts, group) | _body(facts, parameters, own)}
    if facts.is_read:
        found["get"] = _operation(facts, group, ".get") | _query(parameters)
    return found


def _operation(facts: ActionFacts, group: Group, ending: str = "") -> dict[str, Any]:
    told = docstring.read(facts.doc)
    about = [told.summary, told.detail, f"返回 / returns: {told.answer}" if told.answer else ""]
    about.append(f"权限 / access: {facts.access}" if facts.access else "")
    found: dict[str, Any] = {
        "operationId": f"{facts.name}{ending}",
        "tags": [group.name],
        "summary": f"{group.actions[facts.name][0]} / {_short(told.summary)}",
        "description": "\n\n".join(part for part in about if part),
        "security": [{}, {"token": []}] if facts.is_open else [{"token": []}],
        "responses": _responses(facts),
    }
    purpose = table("actions")["purposes"].get(facts.name)
    if purpose and not ending:
        found["x-fjgov-purpose"] = purpose
    return found


def _short(summary: str) -> str:
    return summary.rstrip(".").replace("`", "")


def _responses(facts: ActionFacts) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": "办理结果 / the result",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Answer"}}},
    }
    if facts.name in PAGED and facts.is_read:
        answer["headers"] = {"Link": {"$ref": "#/components/headers/Link"}}
    links = table("links").get(facts.name)
    if links:
        answer["links"] = links
    found = {"200": answer}
    more = ("404", "409", *(("503",) if facts.name in table("routes")["unavailable"] else ()))
    for status in sorted({*_ANY_STATUS, *more}):
        found[status] = {"$ref": f"#/components/responses/E{status}"}
    return found


def _body(
    facts: ActionFacts, parameters: list[Parameter], examples: Mapping[str, Any]
) -> dict[str, Any]:
    schema = _object(parameters)
    extra = _record_of(facts.name)
    if extra:
        schema = {"allOf": [extra, schema]}
    media: dict[str, Any] = {"schema": schema}
    if examples:
        media["examples"] = examples
    content = {JSON: media}
    if any(one.is_file for one in parameters):
        content[MULTIPART] = {"schema": schema}
    found: dict[str, Any] = {"requestBody": {"required": False, "content": content}}
    if facts.name in table("routes")["idempotent"]:
        found["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
    return found


def _record_of(action: str) -> dict[str, Any] | None:
    body = (table("actions")["ckan"].get(action) or {}).get("body")
    if body == "entry":
        refs = [f"#/components/schemas/{name}" for name in schemas.record_names()]
        return {"anyOf": [{"$ref": ref} for ref in refs]}
    if body == "changes":
        return {"$ref": "#/components/schemas/EntryChanges"}
    return {"$ref": f"#/components/schemas/{body.title()}"} if body else None


def _object(parameters: list[Parameter]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": {
            one.name: {**one.schema, "description": one.described} for one in parameters
        },
    }
    due = [one.name for one in parameters if one.is_required]
    if due:
        found["required"] = due
    return found


def _query(parameters: list[Parameter]) -> dict[str, Any]:
    return {
        "parameters": [
            {
                "name": one.name,
                "in": "query",
                "required": one.is_required,
                "description": one.described,
                "schema": dict(one.schema),
            }
            for one in parameters
            if not one.is_file
        ]
    }


def _schema(kind: str) -> dict[str, Any]:
    if kind in _TYPES:
        return dict(_TYPES[kind])
    kinds = kind.split("|")
    found: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0]}
    if "array" in kinds:
        found["items"] = {}
    return found


def _named(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, told in own.items():
        if name != "body":
            yield name, told
    if own.get("body") in ("entry", "changes"):
        yield "dry_run", ["boolean", "只核查，不保存", "check only, store nothing"]
    if own.get("body") == "entry" and "id" not in own:
        yield "idempotency_key", ["string", "幂等键", "same as the header Idempotency-Key"]
