"""The signed feed of a real site: whatever is not exactly what was signed is refused by kind."""

from __future__ import annotations

import json
import os
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from ckanext.fjgov.core.federation.keys import SigningKey, key_from_seed, read_key_file
from ckanext.fjgov.core.federation.signature import ANSWER_HEADER, REQUEST_HEADER, sign_request
from tests.integration.api import client, outcome
from tests.integration.stack_env import StackInfo

PROVINCE, FUZHOU, XIAMEN = "350000", "350100", "350200"
CHANGES = "/fjgov/changes.ndjson?since=0&limit=5"
RECORDS = "/fjgov/records.ndjson"
BODY = b"[]"


def key_of(stack: StackInfo, node: str) -> SigningKey:
    """Read the signing key of a node, as its own site does."""
    line = next(
        row
        for row in stack.inis[node].read_text(encoding="utf-8").splitlines()
        if row.startswith("fjgov.node.key_file")
    )
    path = stack.inis[node].parent / line.partition("=")[2].strip()
    return read_key_file(path)


def token(stack: StackInfo, **change: Any) -> str:
    """Sign a request of the province to 福州, or one that differs in something."""
    values: dict[str, Any] = {
        "sender": PROVINCE,
        "audience": FUZHOU,
        "method": "GET",
        "path_query": CHANGES,
        "body": b"",
        "now": datetime.now(timezone.utc),
        "nonce": uuid.uuid4().hex,
    } | change
    key = values.pop("key", None) or key_of(stack, "province")
    return sign_request(key, **values)


def send(
    stack: StackInfo,
    signed: str | None,
    path: str = CHANGES,
    method: str = "GET",
    body: bytes = b"",
) -> requests.Response:
    """Send a request to 福州 with a signature that may be of another one."""
    headers = {REQUEST_HEADER: signed} if signed is not None else {}
    if body:
        headers["Content-Type"] = "application/json"
    return requests.request(
        method, stack.urls["fuzhou"] + path, headers=headers, data=body, timeout=60
    )


def kind(answer: requests.Response) -> tuple[int, str]:
    """Give status and kind of a refusal, which speaks both languages and no secret."""
    said = answer.json()
    assert not said["zh"].isascii()
    assert said["en"].isascii()
    assert ANSWER_HEADER not in answer.headers
    return answer.status_code, said["error"]


def test_a_signed_request_is_answered_and_signed(stack: StackInfo) -> None:
    answer = send(stack, token(stack))
    assert answer.status_code == 200
    assert answer.text.count("\n") >= 5
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]


def links(answer: requests.Response) -> dict[str, dict[str, str]]:
    """Give the links that an answer tells by their relation."""
    header = answer.headers.get("Link", "")
    return {link["rel"]: link for link in requests.utils.parse_header_links(header)}


def test_a_page_tells_the_next_and_where_the_catalog_is_as_rdf(stack: StackInfo) -> None:
    site, path, seen = stack.urls["fuzhou"], CHANGES, []
    while path:
        answer = send(stack, token(stack, path_query=path), path=path)
        assert answer.status_code == 200
        head, *rows, end = [json.loads(line) for line in answer.text.splitlines()]
        seen += [row["seq"] for row in rows]
        told = links(answer)
        assert told["alternate"] | {"url": ""} == {
            "url": "", "rel": "alternate", "type": "application/n-triples",
        }  # fmt: skip
        assert ("next" in told) is end["end"]["more"]
        path = told["next"]["url"].removeprefix(site) if "next" in told else ""
        assert not path or f"epoch={head['epoch']}" in path
        if len(seen) == 5:
            assert "&limit=5&" in path
            path = path.replace("limit=5", "limit=2000")
    assert seen == sorted(set(seen))
    assert len(seen) > 50
    rdf = requests.get(told["alternate"]["url"], timeout=60)
    assert rdf.headers["Content-Type"].startswith("application/n-triples")
    assert "Link" not in send(stack, None).headers


def test_without_a_signature(stack: StackInfo) -> None:
    assert kind(send(stack, None)) == (401, "missing")


@pytest.mark.parametrize("signed", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_signature(stack: StackInfo, signed: str) -> None:
    status, said = kind(send(stack, signed))
    assert (status, said) in ((401, "missing"), (403, "malformed"))


def test_a_replayed_request(stack: StackInfo) -> None:
    signed = token(stack)
    assert send(stack, signed).status_code == 200
    assert kind(send(stack, signed)) == (403, "replayed")


def test_a_request_for_another_node(stack: StackInfo) -> None:
    assert kind(send(stack, token(stack, audience=XIAMEN))) == (403, "wrong_audience")


def test_an_altered_query(stack: StackInfo) -> None:
    for path in (CHANGES + "0", CHANGES + "&epoch=x", "/fjgov/changes.ndjson"):
        assert kind(send(stack, token(stack), path=path)) == (403, "altered_query"), path


def test_an_altered_path(stack: StackInfo) -> None:
    answer = send(stack, token(stack), path="/fjgov/digest.json?since=0&limit=5")
    assert kind(answer) == (403, "altered_query")


def test_an_altered_body(stack: StackInfo) -> None:
    signed = token(stack, method="POST", path_query=RECORDS, body=BODY)
    answer = send(stack, signed, path=RECORDS, method="POST", body=b'[["entry","x"]]')
    assert kind(answer) == (403, "altered_body")


def test_an_altered_method(stack: StackInfo) -> None:
    signed = token(stack, method="GET", path_query=RECORDS, body=BODY)
    answer = send(stack, signed, path=RECORDS, method="POST", body=BODY)
    assert kind(answer) == (403, "altered_method")


def test_an_expired_request(stack: StackInfo) -> None:
    old = datetime.now(timezone.utc) - timedelta(minutes=10)
    assert kind(send(stack, token(stack, now=old))) == (403, "expired")


def test_a_request_from_the_future(stack: StackInfo) -> None:
    future = datetime.now(timezone.utc) + timedelta(minutes=10)
    assert kind(send(stack, token(stack, now=future))) == (403, "not_yet")


def test_an_unknown_sender(stack: StackInfo) -> None:
    answer = send(stack, token(stack, sender="359900", key=key_from_seed(os.urandom(32))))
    assert kind(answer) == (403, "unknown_sender")


def test_a_known_sender_with_another_key(stack: StackInfo) -> None:
    for key in (key_from_seed(os.urandom(32)), key_of(stack, "xiamen")):
        assert kind(send(stack, token(stack, key=key))) == (403, "bad_signature")


def test_the_action_is_closed_to_everybody_but_the_operator(stack: StackInfo) -> None:
    for role in ("anonymous", "staff", "registrar", "info_manager", "system"):
        site = client(stack, "fuzhou", role)
        assert outcome(site, "fjgov_change_list", since=0) == "NotAuthorized", role
    for role in ("platform_operator", "digital_office"):
        site = client(stack, "fuzhou", role)
        assert outcome(site, "fjgov_change_list", since=0) == "done", role
