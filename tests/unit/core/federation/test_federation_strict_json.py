"""Fault list rows 29 to 31: what Python's parser takes and PostgreSQL or others do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.errors import JsonRefused
from ckanext.fjgov.core.federation.strict_json import MAX_DEPTH, SAFE_INTEGER, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE_INTEGER, SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"NaN", "constant"),
        (b'{"a":Infinity}', "constant"),
        (b"[-Infinity]", "constant"),
        (b"1e999", "number"),
        (b"-1e999", "number"),
        (b"9007199254740992", "number"),
        (b"1" * 1000, "number"),
        (b"0." + b"1" * 1000, "number"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "duplicate_key"),
        (b"[" * 100_000, "depth"),
        (b"[" * 100_000 + b"]" * 100_000, "depth"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "depth"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "depth"),
        (b"\xef\xbb\xbf{}", "bom"),
        ("福建".encode("gb18030"), "encoding"),
        (b'"\xed\xa0\x80"', "encoding"),
        (b'"\xc0\x80"', "encoding"),
        (b'"\\ud800"', "character"),
        (b'{"\\uDC00":1}', "character"),
        (b'["a\\u0000b"]', "character"),
        (b'"\x00"', "syntax"),
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"{} {}", "syntax"),
        (b"{'a':1}", "syntax"),
        (b"[1,]", "syntax"),
        (b"01", "syntax"),
    ],
)
def test_refused_with_its_rule(data: bytes, rule: str) -> None:
    with pytest.raises(JsonRefused) as caught:
        loads(data)
    assert caught.value.rule == rule
    assert caught.value.zh
    assert caught.value.en


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        (b"[" + b",".join([b"{}"] * 200) + b"]", [{}] * 200),
        (b"9007199254740991", SAFE_INTEGER),
        (b"-9007199254740991", -SAFE_INTEGER),
        (b"1.5e3", 1500.0),
        (b'"[[[[[["', "[[[[[["),
    ],
)
def test_accepted(data: bytes, value: Any) -> None:
    assert loads(data) == value


@given(VALUES, st.booleans())
def test_what_python_writes_is_read_back(value: Any, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
