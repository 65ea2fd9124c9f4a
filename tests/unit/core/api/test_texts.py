"""Characters that no record can hold are found wherever they stand, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.api.texts import all_texts, is_text, json_holds_texts

NO_TEXT = ("\x00", "a\x00b", "\ud800", "a\udfffb", "\udc00\ud800")


@pytest.mark.parametrize("value", NO_TEXT)
@pytest.mark.parametrize("as_ascii", [True, False])
def test_what_is_no_text_is_found_in_every_place(value: str, as_ascii: bool) -> None:
    assert not is_text(value)
    assert not all_texts(("a", value))
    for document in ({"id": value}, {value: 1}, ["x", [{"a": [value]}]], value):
        body = json.dumps(document, ensure_ascii=as_ascii).encode("utf-8", "surrogatepass")
        # A half that is written as bytes is no UTF-8, which CKAN refuses as no JSON.
        is_readable = as_ascii or value.isprintable() or "\x00" in value
        assert json_holds_texts(body) is not is_readable


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"id": "\\u4fe1\\ud83d\\ude00"}', b'{"a": "\\\\u0000"}', b"\\u0000", b"1"]
)
def test_what_is_a_text_or_no_json_is_left_alone(body: bytes) -> None:
    assert json_holds_texts(body)


@given(st.text())
def test_every_text_that_can_be_written_is_one(value: str) -> None:
    assert is_text(value) is ("\x00" not in value)
    assert json_holds_texts(json.dumps({"a": value}).encode()) is ("\x00" not in value)
