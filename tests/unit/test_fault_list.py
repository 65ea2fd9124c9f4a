"""Every row of the list of faults is proved by tests that exist, and the page shows the list."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.data.fault_list import FAULTS, PAGE, REPOSITORY, Fault, page

# Rows of the parts Remote fetch, Completeness and Parsers; the list leaves some numbers out.
ROWS = [*range(1, 14), *range(15, 22), *range(23, 34), 35]


@cache
def known_tests(path: str) -> frozenset[str]:
    """Give the names of a file's tests as `test` or `Class::test`."""
    names = set()
    for node in ast.parse((REPOSITORY / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}::{item.name}"
                for item in node.body
                if isinstance(item, ast.FunctionDef)
            }
    return frozenset(names)


def test_every_row_is_in_the_list_once_and_in_order() -> None:
    assert [fault.row for fault in FAULTS] == ROWS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"row {fault.row}")
def test_the_tests_of_a_row_exist(fault: Fault) -> None:
    assert fault.tests
    for name in fault.tests:
        path, _, test = name.partition("::")
        assert test in known_tests(path), f"{name} does not exist"


def test_the_page_of_the_documentation_shows_the_list() -> None:
    """Write it anew by `python -m tests.data.fault_list`."""
    assert PAGE.read_text(encoding="utf-8") == page()
