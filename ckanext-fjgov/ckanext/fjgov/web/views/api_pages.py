"""`/fjgov/openapi.json` and its page `/fjgov/api`: the interface described from the code itself."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from flask import Blueprint, Response

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.api.document import document
from ckanext.fjgov.core.api.schemas import OBLIGATIONS, RESOURCE, UNIT, record_names
from ckanext.fjgov.core.api.table import known_actions, table
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.api_facts import facts_of
from ckanext.fjgov.logic.auth import AUTH
from ckanext.fjgov.web import helpers
from ckanext.fjgov.web.views.pages import page

PLUGIN = "fjgov"

blueprint = Blueprint("fjgov_api", __name__)


@blueprint.route("/fjgov/openapi.json")
def openapi() -> Response:
    """The whole interface as OpenAPI 3.1; the same for everybody, since it holds no record."""
    text, tag = _text()
    response = Response(text, content_type="application/json; charset=utf-8")
    response.set_etag(tag)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response.make_conditional(tk.request)


@blueprint.route("/fjgov/api")
def overview() -> Any:
    """The same for people: operations by group with their parameters."""
    found = _document()
    groups = [(tag, _operations(found, tag["name"])) for tag in found["tags"]]
    known = found["components"]["schemas"]
    return page(
        "fjgov/api.html",
        groups=groups,
        errors=table("errors"),
        number=sum(len(operations) for _tag, operations in groups),
        records=[(name, known[name]) for name in (*record_names(), UNIT, RESOURCE)],
        obligations={name: helpers.say(*words) for name, words in OBLIGATIONS.items()},
    )


@cache
def _document() -> dict[str, Any]:
    """Describe this site once for a process: nothing in it changes before a restart."""
    node = settings.node()
    own = p.get_plugin(PLUGIN).get_actions()
    # What a site without the activity plugin does not have is left out.
    others = {name: _core(name) for name in known_actions() if name not in own}
    known = {**own, **{name: action for name, action in others.items() if action}}
    return document(
        facts_of(known, AUTH),
        server=node.site_url,
        title=node.name,
        folder=settings.data_folder(),
    )


def _core(name: str) -> Any:
    """Give an action of CKAN that this extension does not chain; None when there is none."""
    try:
        return tk.get_action(name)
    except KeyError:
        return None


@cache
def _text() -> tuple[bytes, str]:
    text = json.dumps(_document(), ensure_ascii=False, indent=1).encode()
    return text, hashlib.sha256(text).hexdigest()[:32]


def _operations(found: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """Give the operations of a group, those that only repeat another by GET left out."""
    return [
        {
            **operation,
            "method": method.upper(),
            "path": path,
            "shown": _shown(operation),
            "told": _paragraphs(operation),
        }
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
        if group in operation["tags"] and not (method == "get" and "post" in methods)
    ]


def _paragraphs(operation: dict[str, Any]) -> list[str]:
    """Give what is said of an operation without the marks of its code."""
    return operation.get("description", "").replace("`", "").split("\n\n")


def _shown(operation: dict[str, Any]) -> list[tuple[str, bool, str]]:
    """Give the parameters of an operation: name, whether it must be given, description."""
    rows = [
        (one["name"], one["required"], one.get("description", ""))
        for one in operation.get("parameters", ())
        if "name" in one
    ]
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    for part in schema.get("allOf", [schema]):
        due = part.get("required", ())
        rows += [
            (name, name in due, told.get("description", ""))
            for name, told in part.get("properties", {}).items()
        ]
    return rows
