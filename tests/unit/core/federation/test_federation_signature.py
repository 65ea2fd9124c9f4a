"""Replay, wrong audience, altered query and altered body are refused, each by its name."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.jws import encode
from ckanext.fjgov.core.federation.keys import SigningKey, key_from_seed
from ckanext.fjgov.core.federation.signature import (
    AnswerFacts,
    RequestClaims,
    body_hash,
    sign_answer,
    sign_request,
    verify_answer,
    verify_request,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
OLD = key_from_seed(b"o" * 32)
NEW = key_from_seed(b"n" * 32)
STRANGER = key_from_seed(b"s" * 32)
KEYS = {"350000": [OLD.verifying(), NEW.verifying()], "350200": [STRANGER.verifying()]}
NONCE = "abcdefghijklmnopqrstuv"
PATH = "/fjgov/changes.ndjson?since=0&limit=500&epoch=&digest="
REQUEST: dict[str, Any] = {
    "sender": "350000",
    "audience": "350100",
    "method": "GET",
    "path_query": PATH,
    "body": b"",
    "now": NOW,
    "nonce": NONCE,
}
RECEIVED: dict[str, Any] = {
    "keys": KEYS,
    "audience": "350100",
    "method": "GET",
    "path_query": PATH,
    "body": b"",
    "now": NOW,
}
FACTS = AnswerFacts("e1", 9, "0" * 64 + ":0", 2, 7, more=True)
ANSWER: dict[str, Any] = {
    "sender": "350100",
    "audience": "350000",
    "nonce": NONCE,
    "facts": FACTS,
    "hash_of_body": body_hash(b"rows"),
}


def refusal(check: Callable[[], object]) -> str:
    with pytest.raises(SignatureRefused) as caught:
        check()
    assert caught.value.zh
    assert caught.value.en
    return caught.value.kind


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


class TestRequest:
    @pytest.mark.parametrize("key", [OLD, NEW])
    def test_both_keys_hold_during_a_rotation(self, key: SigningKey) -> None:
        seconds = int(NOW.timestamp())
        assert verify_request(sign_request(key, **REQUEST), **RECEIVED) == RequestClaims(
            "350000", "350100", NONCE, seconds, seconds + 60, key.kid
        )

    @pytest.mark.parametrize(
        ("changed", "kind"),
        [
            ({"audience": "350200"}, "wrong_audience"),
            ({"method": "POST"}, "altered_method"),
            ({"path_query": PATH.replace("since=0", "since=1")}, "altered_query"),
            ({"path_query": PATH + "&x"}, "altered_query"),
            ({"path_query": PATH.replace("=", "%3D")}, "altered_query"),
            ({"body": b" "}, "altered_body"),
            ({"keys": {}}, "unknown_sender"),
            ({"keys": {"350000": []}}, "bad_signature"),
            ({"keys": {"350000": [STRANGER.verifying()]}}, "bad_signature"),
            ({"now": NOW - 31 * SECOND}, "not_yet"),
            ({"now": NOW + 91 * SECOND}, "expired"),
            ({"now": NOW + 61 * SECOND, "leeway_s": 0}, "expired"),
        ],
    )
    def test_what_was_not_signed_is_refused(self, changed: dict[str, Any], kind: str) -> None:
        token = sign_request(OLD, **REQUEST)
        assert refusal(lambda: verify_request(token, **{**RECEIVED, **changed})) == kind

    @pytest.mark.parametrize("offset", [-30, 0, 60, 90])
    def test_clocks_may_differ_a_little(self, offset: int) -> None:
        token = sign_request(OLD, **REQUEST)
        verify_request(token, **{**RECEIVED, "now": NOW + offset * SECOND})

    def test_a_key_of_another_node_does_not_sign_for_this_one(self) -> None:
        token = sign_request(STRANGER, **REQUEST)
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "bad_signature"

    @pytest.mark.parametrize("token", [None, ""])
    def test_a_missing_signature_is_named(self, token: str | None) -> None:
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "missing"

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": 61},
            {"exp": -1},
            {"iat": "0"},
            {"iat": True},
            {"iat": 1.5},
            {"jti": "short"},
            {"jti": "x" * 65},
            {"jti": "with blank 12345678901"},
            {"extra": 1},
            {"iss": None},
        ],
    )
    def test_claims_of_another_form_are_refused_even_when_signed(
        self, change: dict[str, Any]
    ) -> None:
        claims = claims_of(sign_request(OLD, **REQUEST))
        claims.update(change)
        if "exp" in change:
            claims["exp"] = claims["iat"] + change["exp"]
        token = encode(OLD, "fjgov-request", claims)
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "malformed"

    def test_an_answer_is_no_request(self) -> None:
        claims = claims_of(sign_request(OLD, **REQUEST))
        token = encode(OLD, "fjgov-answer", claims)
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "malformed"

    @pytest.mark.parametrize(
        "token",
        [
            "x",
            "a.b",
            "a.b.c",
            "...",
            "é.b.c",
            "x" * 9000,
            jwt.encode({"iss": "350000"}, "", algorithm="none"),
            jwt.encode({"iss": "350000"}, "k" * 64, algorithm="HS256", headers={"kid": OLD.kid}),
        ],
    )
    def test_other_tokens_and_algorithms_are_refused(self, token: str) -> None:
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "malformed"

    def test_an_embedded_key_is_refused(self) -> None:
        jws = jwt.PyJWS(algorithms=["EdDSA"])
        payload = json.dumps(claims_of(sign_request(OLD, **REQUEST))).encode()
        headers = {"kid": OLD.kid, "typ": "fjgov-request", "jwk": {"kty": "OKP"}}
        token = jws.encode(payload, STRANGER.private, algorithm="EdDSA", headers=headers)
        assert refusal(lambda: verify_request(token, **RECEIVED)) == "malformed"

    @given(st.integers(0, 10_000), st.sampled_from("ABCabc012-_."))
    def test_no_single_changed_character_passes(self, position: int, character: str) -> None:
        token = sign_request(OLD, **REQUEST)
        place = position % len(token)
        altered = token[:place] + character + token[place + 1 :]
        # The last character of base64 carries bits that no byte uses.
        if altered == token or place == len(token) - 1:
            return
        with pytest.raises(SignatureRefused):
            verify_request(altered, **RECEIVED)


class TestAnswer:
    def test_an_answer_holds(self) -> None:
        token = sign_answer(NEW, now=NOW, **ANSWER)
        verify_answer(token, keys=KEYS["350000"], **ANSWER)

    @pytest.mark.parametrize(
        ("changed", "kind"),
        [
            ({"sender": "350200"}, "unknown_sender"),
            ({"audience": "350200"}, "wrong_audience"),
            ({"nonce": NONCE[::-1]}, "wrong_nonce"),
            ({"hash_of_body": body_hash(b"other rows")}, "altered_body"),
            ({"facts": replace(FACTS, epoch="e2")}, "altered_facts"),
            ({"facts": replace(FACTS, head=8)}, "altered_facts"),
            ({"facts": replace(FACTS, digest="1" * 64 + ":0")}, "altered_facts"),
            ({"facts": replace(FACTS, count=1)}, "altered_facts"),
            ({"facts": replace(FACTS, next=8)}, "altered_facts"),
            ({"facts": replace(FACTS, more=False)}, "altered_facts"),
            ({"keys": [STRANGER.verifying()]}, "bad_signature"),
        ],
    )
    def test_what_was_not_signed_is_refused(self, changed: dict[str, Any], kind: str) -> None:
        token = sign_answer(NEW, now=NOW, **ANSWER)
        received = {"keys": KEYS["350000"], **ANSWER, **changed}
        assert refusal(lambda: verify_answer(token, **received)) == kind

    def test_a_missing_signature_is_named(self) -> None:
        received = {"keys": KEYS["350000"], **ANSWER}
        assert refusal(lambda: verify_answer(None, **received)) == "missing"

    def test_an_answer_needs_no_clock(self) -> None:
        token = sign_answer(NEW, now=NOW - timedelta(hours=1), **ANSWER)
        verify_answer(token, keys=KEYS["350000"], **ANSWER)
