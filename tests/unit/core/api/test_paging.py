"""Lists say where they go on, and end."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.fjgov.core.api.paging import PAGED, following
from ckanext.fjgov.core.api.table import known_actions


def rows(number: int) -> list[int]:
    return list(range(number))


@pytest.mark.parametrize(
    ("action", "asked", "answer", "more"),
    [
        ("package_search", {"q": "x"}, {"count": 25, "results": rows(10)}, {"start": "10"}),
        ("package_search", {"start": "20"}, {"count": 25, "results": rows(5)}, None),
        ("package_search", {"rows": "0"}, {"count": 25, "results": []}, None),
        ("fjgov_sync_list", {}, rows(20), {"offset": "20"}),
        ("fjgov_sync_list", {}, rows(19), None),
        ("fjgov_sync_list", {"limit": "5", "offset": "5"}, rows(5), {"offset": "10"}),
        ("organization_list", {}, rows(300), None),
        ("organization_list", {"limit": "300"}, rows(300), {"offset": "300"}),
        ("fjgov_use_list", {"before": "9"}, {"count": None, "results": rows(20)}, {"offset": "20"}),
        (
            "fjgov_quality_list",
            {"offset": "x"},
            {"count": 51, "findings": rows(50)},
            {"offset": "50"},
        ),
        ("fjgov_node_list", {}, rows(20), None),
    ],
)
def test_the_next_page(action: str, asked: Any, answer: Any, more: Any) -> None:
    assert following(action, asked, answer) == (None if more is None else {**asked, **more})


def test_only_actions_of_the_document_page() -> None:
    assert set(PAGED) <= set(known_actions())
