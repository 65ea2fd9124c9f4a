"""Compact JSON web signatures with one algorithm and a fixed header (RFC 7515, RFC 8037)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from . import strict_json
from .errors import JsonRefused, SignatureRefused
from .keys import SigningKey, VerifyingKey
from .wire import json_bytes

ALGORITHM = "EdDSA"
MAX_TOKEN_CHARS = 8192
_JWS = jwt.PyJWS(algorithms=[ALGORITHM])


def encode(key: SigningKey, token_type: str, claims: Mapping[str, Any]) -> str:
    """Sign claims.

    Args:
        key: whose `kid` goes into the header.
        token_type: what the token is for, so that one kind never passes for another.
        claims: JSON values.
    """
    headers = {"kid": key.kid, "typ": token_type}
    return _JWS.encode(json_bytes(claims), key.private, algorithm=ALGORITHM, headers=headers)


def unverified(
    token: str | None, token_type: str, expected: Mapping[str, type]
) -> tuple[str, dict[str, Any]]:
    """Read key name and claims; nothing of it may be believed before `check_signature`.

    Args:
        token: as received, or None.
        token_type: the only type accepted.
        expected: the exact claims with their types.

    Raises:
        SignatureRefused: kind is `missing` or `malformed`.
    """
    if not token:
        raise SignatureRefused("missing")
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise SignatureRefused("malformed")
    try:
        decoded = _JWS.decode_complete(token, options={"verify_signature": False})
        claims = strict_json.loads(decoded["payload"])
    except (jwt.InvalidTokenError, JsonRefused, RecursionError, ValueError) as error:
        raise SignatureRefused("malformed") from error
    header = decoded["header"]
    # A fixed header leaves no room for other algorithms, embedded keys or extensions.
    if set(header) != {"alg", "kid", "typ"} or header["typ"] != token_type:
        raise SignatureRefused("malformed")
    if header["alg"] != ALGORITHM or not isinstance(header["kid"], str):
        raise SignatureRefused("malformed")
    if not isinstance(claims, dict) or claims.keys() != expected.keys():
        raise SignatureRefused("malformed")
    if any(type(claims[name]) is not kind for name, kind in expected.items()):
        raise SignatureRefused("malformed")
    return header["kid"], claims


def check_signature(token: str, kid: str, keys: Sequence[VerifyingKey]) -> None:
    """Check a token against the named one of a sender's valid keys.

    Raises:
        SignatureRefused: kind is `bad_signature`.
    """
    for key in keys:
        if key.kid == kid:
            try:
                _JWS.decode_complete(token, key.public, algorithms=[ALGORITHM])
            except jwt.InvalidTokenError as error:
                raise SignatureRefused("bad_signature") from error
            return
    raise SignatureRefused("bad_signature", kid[:20])
