"""The field-level difference of two forms of an entry."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.catalog.difference import differences

FIELDS = ("title", "items", "theme")


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({"title": "一"}, {"title": "一"}, []),
        ({"title": "一"}, {"title": "二"}, [("title", "一", "二")]),
        ({"title": "一"}, {}, [("title", "一", None)]),
        ({}, {"theme": ["A"]}, [("theme", None, ["A"])]),
        # Nothing is written in several ways.
        ({"title": ""}, {"title": None}, []),
        ({"theme": []}, {}, []),
        ({"items": [{"name": "甲", "unit": ""}]}, {"items": [{"name": "甲"}]}, []),
        ({"items": [{}]}, {"items": []}, []),
        # Order of fields is that of the schema; rows are compared whole.
        (
            {"theme": ["A"], "title": "一"},
            {"theme": ["B"], "title": "二"},
            [("title", "一", "二"), ("theme", ["A"], ["B"])],
        ),
        ({"theme": ["A", "B"]}, {"theme": ["B", "A"]}, [("theme", ["A", "B"], ["B", "A"])]),
        # What is not named is not compared.
        ({"other": "1"}, {"other": "2"}, []),
    ],
)
def test_rows(
    before: dict[str, Any], after: dict[str, Any], changed: list[tuple[str, Any, Any]]
) -> None:
    found = differences(before, after, FIELDS)
    assert [(row["field"], row["before"], row["after"]) for row in found] == changed
