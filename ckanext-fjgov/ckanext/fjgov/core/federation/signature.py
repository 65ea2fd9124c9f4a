"""Signed requests and answers between nodes (Ed25519, JWS compact form).

A request binds sender, receiver, method, path with query, body, time and a nonce. An answer binds
the nonce of its request, the facts that close it and its body, so that it needs no clock. The
receiver keeps the nonces it has seen (`ports.NonceStore`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from . import jws
from .errors import SignatureRefused
from .keys import SigningKey, VerifyingKey

REQUEST_HEADER = "X-Fjgov-Request"
ANSWER_HEADER = "X-Fjgov-Answer"
LIFETIME_S = 60
LEEWAY_S = 30

_REQUEST_TYPE = "fjgov-request"
_ANSWER_TYPE = "fjgov-answer"
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")
_REQUEST_CLAIMS = {
    "iss": str,
    "aud": str,
    "iat": int,
    "exp": int,
    "jti": str,
    "htm": str,
    "htu": str,
    "bh": str,
}
_ANSWER_CLAIMS = {
    "iss": str,
    "aud": str,
    "iat": int,
    "jti": str,
    "bh": str,
    "epoch": str,
    "head": int,
    "digest": str,
    "count": int,
    "next": int,
    "more": bool,
}


@dataclass(frozen=True, slots=True)
class RequestClaims:
    """What a verified request says; times are seconds since 1970."""

    sender: str
    audience: str
    nonce: str
    issued_at: int
    expires_at: int
    kid: str


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What closes an answer: one snapshot of the sender's log and what this page holds of it.

    Attributes:
        epoch: the sender's epoch.
        head: highest sequence number of its log.
        digest: text form of the digest of its own catalog at `head`.
        count: rows, children or keys in this answer.
        next: cursor for the next page.
        more: whether there is a next page.
    """

    epoch: str
    head: int
    digest: str
    count: int
    next: int
    more: bool


def body_hash(body: bytes) -> str:
    """Give SHA-256 of a body as 64 hex digits; the empty body has one too."""
    return sha256(body).hexdigest()


def sign_request(
    key: SigningKey,
    *,
    sender: str,
    audience: str,
    method: str,
    path_query: str,
    body: bytes,
    now: datetime,
    nonce: str,
) -> str:
    """Sign one request.

    Args:
        key: the sender's current key.
        sender, audience: node codes.
        method: in capitals.
        path_query: path with query exactly as sent, from the first `/`.
        body: as sent; b"" when there is none.
        now: aware time.
        nonce: 16 to 64 random characters of base64url, used once.

    Returns:
        Value of the header `X-Fjgov-Request`.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": sender,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFETIME_S,
        "jti": nonce,
        "htm": method,
        "htu": path_query,
        "bh": body_hash(body),
    }
    return jws.encode(key, _REQUEST_TYPE, claims)


def verify_request(
    token: str | None,
    *,
    keys: Mapping[str, Sequence[VerifyingKey]],
    audience: str,
    method: str,
    path_query: str,
    body: bytes,
    now: datetime,
    leeway_s: int = LEEWAY_S,
) -> RequestClaims:
    """Check a signed request in everything but its nonce, which the caller's store checks.

    Args:
        token: value of the header, or None.
        keys: node code -> its keys that are valid now.
        audience: this node's code.
        method, path_query, body: of the request as received.
        now: aware time.
        leeway_s: by how much the two clocks may differ.

    Raises:
        SignatureRefused: kind is `missing`, `malformed`, `unknown_sender`, `bad_signature`,
            `wrong_audience`, `expired`, `not_yet`, `altered_method`, `altered_query` or
            `altered_body`.
    """
    kid, claims = jws.unverified(token, _REQUEST_TYPE, _REQUEST_CLAIMS)
    if claims["iss"] not in keys:
        raise SignatureRefused("unknown_sender", claims["iss"][:40])
    jws.check_signature(token or "", kid, keys[claims["iss"]])
    if claims["aud"] != audience:
        raise SignatureRefused("wrong_audience", claims["aud"][:40])
    issued, expires, seconds = claims["iat"], claims["exp"], now.timestamp()
    if not 0 < expires - issued <= LIFETIME_S or _NONCE.fullmatch(claims["jti"]) is None:
        raise SignatureRefused("malformed")
    if issued > seconds + leeway_s:
        raise SignatureRefused("not_yet")
    if expires < seconds - leeway_s:
        raise SignatureRefused("expired")
    if claims["htm"] != method:
        raise SignatureRefused("altered_method")
    if claims["htu"] != path_query:
        raise SignatureRefused("altered_query")
    if not compare_digest(claims["bh"].encode(), body_hash(body).encode()):
        raise SignatureRefused("altered_body")
    return RequestClaims(claims["iss"], claims["aud"], claims["jti"], issued, expires, kid)


def sign_answer(
    key: SigningKey,
    *,
    sender: str,
    audience: str,
    nonce: str,
    facts: AnswerFacts,
    hash_of_body: str,
    now: datetime,
) -> str:
    """Sign one answer.

    Args:
        key: the answering node's current key.
        sender, audience: the answering and the asking node.
        nonce: of the verified request.
        facts: what closes the answer.
        hash_of_body: SHA-256 of the body; of a feed, of all bytes before the closing line.
        now: aware time, kept for the record only.
    """
    claims = {
        "iss": sender,
        "aud": audience,
        "iat": int(now.timestamp()),
        "jti": nonce,
        "bh": hash_of_body,
        "epoch": facts.epoch,
        "head": facts.head,
        "digest": facts.digest,
        "count": facts.count,
        "next": facts.next,
        "more": facts.more,
    }
    return jws.encode(key, _ANSWER_TYPE, claims)


def verify_answer(
    token: str | None,
    *,
    keys: Sequence[VerifyingKey],
    sender: str,
    audience: str,
    nonce: str,
    facts: AnswerFacts,
    hash_of_body: str,
) -> None:
    """Check that an answer is what the asked node said to this very request.

    Args:
        token: the signature, or None.
        keys: the asked node's keys that are valid now.
        sender, audience: the asked and the asking node.
        nonce: of the request.
        facts, hash_of_body: as received.

    Raises:
        SignatureRefused: kind is `missing`, `malformed`, `unknown_sender`, `bad_signature`,
            `wrong_audience`, `wrong_nonce`, `altered_facts` or `altered_body`.
    """
    kid, claims = jws.unverified(token, _ANSWER_TYPE, _ANSWER_CLAIMS)
    if claims["iss"] != sender:
        raise SignatureRefused("unknown_sender", claims["iss"][:40])
    jws.check_signature(token or "", kid, keys)
    if claims["aud"] != audience:
        raise SignatureRefused("wrong_audience", claims["aud"][:40])
    if claims["jti"] != nonce:
        raise SignatureRefused("wrong_nonce")
    signed = AnswerFacts(
        epoch=claims["epoch"],
        head=claims["head"],
        digest=claims["digest"],
        count=claims["count"],
        next=claims["next"],
        more=claims["more"],
    )
    if signed != facts:
        raise SignatureRefused("altered_facts")
    if not compare_digest(claims["bh"].encode(), hash_of_body.encode()):
        raise SignatureRefused("altered_body")
