"""The OpenAPI document of a running node: valid, every example executed, and enough to work by."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from tests.integration.api import eventually, unique_title, unit_of
from tests.integration.openapi_client import Client, Operation, filled, read_document
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"


@pytest.fixture(scope="module")
def document(stack: StackInfo) -> dict[str, Any]:
    return read_document(f"{stack.urls[NODE]}/fjgov/openapi.json")


def client_of(stack: StackInfo, document: Mapping[str, Any], role: str) -> Client:
    token = "" if role == "anonymous" else stack.credentials[NODE][role]["token"]
    return Client(document, token, stack.urls[NODE])


def known_variables(stack: StackInfo) -> dict[str, str]:
    return {
        "unit": unit_of(stack, NODE),
        "title": unique_title("接口示例信息"),
        "key": uuid.uuid4().hex,
    }


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def steps_of(document: Mapping[str, Any], sequence: str) -> list[tuple[Operation, dict[str, Any]]]:
    found = [
        (operation, example)
        for operation in Client(document).operations()
        for example in operation.examples.values()
        if example["x-fjgov-sequence"] == sequence
    ]
    return sorted(found, key=lambda one: one[1]["x-fjgov-step"])


def executed_example(
    site: Client, operation: Operation, example: Mapping[str, Any], variables: Mapping[str, Any]
) -> httpx.Response:
    """Execute an example; what only reads is asked again while the index is on its way."""
    values = filled(example["value"], variables)
    headers = filled(example.get("x-fjgov-headers", {}), variables)
    if not site.has(f"{operation.name}.get"):
        return site.call(operation, values, headers)
    return eventually(
        lambda: site.call(operation, values, headers),
        lambda answer: is_as_expected(answer, example, variables),
    )


def is_as_expected(
    answer: httpx.Response, example: Mapping[str, Any], variables: Mapping[str, Any]
) -> bool:
    expected = filled(example.get("x-fjgov-expect", {}), variables)
    body = answer.json()["result"] if expected and answer.is_success else {}
    return all(body.get(name) == value for name, value in expected.items())


def test_every_example_gives_what_it_says(stack: StackInfo, document: dict[str, Any]) -> None:
    executed = 0
    for sequence in document["x-fjgov-sequences"]:
        variables = known_variables(stack)
        assert set(sequence["variables"]) <= set(variables)
        for operation, example in steps_of(document, sequence["name"]):
            site = client_of(stack, document, example["x-fjgov-role"])
            answer = executed_example(site, operation, example, variables)
            told = f"{sequence['name']} {example['x-fjgov-step']} {operation.name}: {answer.text}"
            assert answer.status_code == example["x-fjgov-status"], told
            assert str(answer.status_code) in operation.told["responses"], told
            assert is_as_expected(answer, example, variables), told
            for name, place in example.get("x-fjgov-keep", {}).items():
                variables[name] = answer.json()["result"][place]
            executed += 1
    all_examples = [one for each in Client(document).operations() for one in each.examples]
    assert executed == len(all_examples)


def test_a_program_that_reads_only_the_document_registers_finds_exports_and_withdraws(
    stack: StackInfo, document: dict[str, Any]
) -> None:
    site = client_of(stack, document, "registrar")
    register = site.for_purpose("register")
    example = next(one for one in register.examples.values() if "x-fjgov-keep" in one)
    variables = known_variables(stack)
    made = site.call(register, filled(example["value"], variables))
    assert made.status_code == 200, made.text

    def found() -> list[str]:
        answer = site.follow(register, "find", made.json())
        return [one["title"] for one in answer.json()["result"]["results"]]

    assert eventually(found) == [variables["title"]]
    as_xml = site.follow(register, "export", made.json())
    assert variables["title"] in as_xml.text
    assert as_xml.headers["Content-Type"].startswith("application/xml")
    as_rdf = site.follow(register, "export_rdf", made.json())
    assert variables["title"] in as_rdf.text
    assert site.follow(register, "withdraw", made.json()).status_code == 200
    assert eventually(found, lambda titles: not titles) == []
