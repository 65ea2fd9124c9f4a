"""The text under which lists and rows stand in an extra."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.canonical import stored_text

TEXTS = st.text(max_size=8)
ROWS = st.lists(TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=4)


@given(ROWS)
def test_what_is_stored_is_read_again(rows: list[Any]) -> None:
    assert json.loads(stored_text(rows)) == rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "[]"),
        (["示例", "a b"], '["示例","a b"]'),
        ([{"name": "姓名", "length": "20"}], '[{"name":"姓名","length":"20"}]'),
        # PostgreSQL takes half a pair of surrogates as an escape only.
        (["\ud800"], '["\\ud800"]'),
    ],
)
def test_text_is_readable_and_short(value: Any, text: str) -> None:
    assert stored_text(value) == text
