"""Examples that succeed are what their operation says that it takes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ckanext.fjgov.core.api.document import document
from ckanext.fjgov.logic.action import ACTIONS
from ckanext.fjgov.logic.api_facts import facts_of
from ckanext.fjgov.logic.auth import AUTH
from tests.integration.openapi_client import filled


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(facts_of(ACTIONS, AUTH), server="http://site.example", title="福州市")


def examples_of(described: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for methods in described["paths"].values():
        for told in methods.values():
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                yield told["operationId"], content["schema"], example


def test_bodies_of_examples_that_succeed_fit_their_schema(described: dict[str, Any]) -> None:
    components = {"components": described["components"]}
    variables = dict.fromkeys(("unit", "title", "key", "id", "identifier", "number"), "x/y")
    checked = 0
    for name, schema, example in examples_of(described):
        if example["x-fjgov-status"] == 200:
            value = filled(example["value"], variables)
            faults = list(Draft202012Validator({**schema, **components}).iter_errors(value))
            assert faults == [], name
            checked += 1
    assert checked > 40


def test_examples_name_only_parameters_of_their_operation(described: dict[str, Any]) -> None:
    for name, schema, example in examples_of(described):
        if "allOf" not in schema:
            assert set(example["value"]) <= set(schema["properties"]), name


def test_every_docstring_of_an_action_of_ours_has_an_english_summary() -> None:
    for name, action in ACTIONS.items():
        assert (inspect.getdoc(action) or "").strip(), name
