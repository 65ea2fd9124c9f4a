"""Fault list rows 29 to 33: what a caller of the API may send, and what the site answers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from ckanapi import ValidationError

from deploy.stack.settings import REPOSITORY
from tests.integration.api import client, create_entry, entry_for, unique_title, unit_of
from tests.integration.stack_env import StackInfo

CSS = Path("ckanext-fjgov/ckanext/fjgov/web/assets/fjgov.css")
# Far above what a refusal costs here (about a second) and far below CKAN's own minutes.
PROMPT_S = 20


def post(stack: StackInfo, body: bytes) -> tuple[int, dict[str, Any], float]:
    """Send bytes to `package_create`; gives status, error and seconds."""
    begin = time.monotonic()
    answer = requests.post(
        f"{stack.urls['fuzhou']}/api/3/action/package_create",
        data=body,
        headers={
            "Authorization": stack.credentials["fuzhou"]["registrar"]["token"],
            "Content-Type": "application/json",
        },
        timeout=120,
    )
    seconds = time.monotonic() - begin
    body_of_answer = answer.json()
    # CKAN answers a plain text when it cannot read the request at all.
    found = body_of_answer if isinstance(body_of_answer, dict) else {"error": {"": body_of_answer}}
    return answer.status_code, found.get("error") or {}, seconds


def entry_with(stack: StackInfo, **values: Any) -> bytes:
    return json.dumps(entry_for(unit_of(stack, "fuzhou"), **values)).encode()


def test_deep_nesting_is_a_bad_request_and_the_site_lives(stack: StackInfo) -> None:
    """Row 29, as JSON and as JSON text in a field."""
    depth = 100_000
    status, error, _seconds = post(stack, b'{"title":' + b"[" * depth + b"]" * depth + b"}")
    assert status == 400
    assert "嵌套" in error["message"]
    for name in ("items", "theme", "guide_class"):
        status, error, _seconds = post(stack, entry_with(stack, **{name: "[" * depth}))
        assert status == 409
        assert name in error
    assert client(stack, "fuzhou").action.status_show()["site_url"] == stack.urls["fuzhou"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "１２"])
def test_numbers_that_are_none_are_not_listed(stack: StackInfo, number: str) -> None:
    """Row 30."""
    with pytest.raises(ValidationError) as caught:
        create_entry(stack, state="active", census_total_gb=number)
    assert "census_total_gb" in caught.value.error_dict


@pytest.mark.parametrize(
    ("title", "word"),
    [("低保\\u0000对象信息", "U+0000"), ("低保\\ud800对象信息", "U+D800")],
    ids=["NUL", "lone surrogate"],
)
def test_characters_that_no_table_takes_are_refused_with_their_place(
    stack: StackInfo, title: str, word: str
) -> None:
    """Row 31: neither PostgreSQL nor the encoder ever meets them."""
    body = entry_with(stack, title="XX").replace(b'"XX"', f'"{title}"'.encode())
    status, error, _seconds = post(stack, body)
    assert status == 409
    assert word in error["title"][0]
    assert "第3个字符" in error["title"][0]


def test_bytes_of_another_encoding_are_refused(stack: StackInfo) -> None:
    """Row 31: GB 18030 under the label of UTF-8."""
    values = entry_for(unit_of(stack, "fuzhou"))
    status, _error, _seconds = post(stack, json.dumps(values, ensure_ascii=False).encode("gb18030"))
    assert status == 400


def test_marks_of_direction_stay_inside_a_title(stack: StackInfo) -> None:
    """Row 32: a title may hold them, and no other text of a page is turned round."""
    first = unique_title()
    entry = create_entry(stack, title=f"\u202e{first}")
    with pytest.raises(ValidationError):
        # They make no other title of it.
        create_entry(stack, title=first, state="active")
    style = (REPOSITORY / CSS).read_text(encoding="utf-8")
    assert "unicode-bidi: isolate" in style
    assert entry["title"].endswith(first)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("notes", {"notes": "x" * 50_000_000}),
        ("tag_string", {"tag_string": ",".join(f"词{n}" for n in range(100_000))}),
        ("tag_string", {"tags": [{"name": f"词{n}"} for n in range(100_000)]}),
        ("tag_string", {"tags": [{"name": f"词{n}"} for n in range(201)]}),
        (
            "resources",
            {
                "resources": [
                    {"name": f"r{n}", "url": f"https://x.example/{n}", "mode": "direct"}
                    for n in range(10_000)
                ]
            },
        ),
        ("items", {"items": [{"name": f"项{n}", "data_type": "C"} for n in range(10_000)]}),
    ],
    ids=[
        "50 MB",
        "100,000 tags in a text",
        "100,000 tags",
        "201 tags",
        "10,000 resources",
        "items",
    ],
)
def test_masses_are_refused_by_field_and_soon(
    stack: StackInfo, field: str, values: dict[str, Any]
) -> None:
    """Row 33."""
    status, error, seconds = post(stack, entry_with(stack, **values))
    assert status == 409
    assert error[field][0].lstrip("[").startswith("L1")
    assert seconds < PROMPT_S
