"""The newest seal of a node's log of uses, as that node tells it to its parent (Art. 30, 36).

It travels beside each answer of the change feed, signed with the node's key: the parent keeps
every one, so that a log which is cut together with the file outside its database is found out.
A node that knows nothing of this sends nothing, and one that asks nothing is told no less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.fjgov.core.federation import jws
from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.keys import SigningKey, VerifyingKey
from ckanext.fjgov.core.usage.sealing import Fault, Head

# Of the answer: the newest seal.  Of the request: the number of the newest one seen before.
TOLD_HEADER = "X-Fjgov-Usage"
SEEN_HEADER = "X-Fjgov-Usage-Seen"
ALARM = "usage_log"

_TYPE = "fjgov-usage-head"
_CLAIMS = {"iss": str, "jti": str, "number": int, "hash": str, "seen": int, "seen_hash": str}


@dataclass(frozen=True, slots=True)
class Told:
    """What a node says about its log.

    Attributes:
        head: its newest seal.
        seen: number of the seal that the asker had seen; 0 when it had seen none.
        seen_hash: hash of the node's seal of that number now; "" when there is none.
    """

    head: Head
    seen: int
    seen_hash: str


def sign_told(key: SigningKey, *, sender: str, nonce: str, told: Told) -> str:
    """Sign what a node tells in answer to one request."""
    claims = {
        "iss": sender,
        "jti": nonce,
        "number": told.head.number,
        "hash": told.head.hash,
        "seen": told.seen,
        "seen_hash": told.seen_hash,
    }
    return jws.encode(key, _TYPE, claims)


def read_told(token: str, *, keys: Sequence[VerifyingKey], sender: str, nonce: str) -> Told:
    """Read what a node told in answer to a request.

    Raises:
        SignatureRefused: it is not what this node said to this request.
    """
    kid, claims = jws.unverified(token, _TYPE, _CLAIMS)
    if claims["iss"] != sender:
        raise SignatureRefused("unknown_sender", claims["iss"][:40])
    jws.check_signature(token, kid, keys)
    if claims["jti"] != nonce:
        raise SignatureRefused("wrong_nonce")
    return Told(Head(claims["number"], claims["hash"]), claims["seen"], claims["seen_hash"])


def compare(seen: Head | None, told: Told) -> Fault | None:
    """Hold what a node tells against the newest seal that was seen of it; None when it fits."""
    if seen is None:
        return None
    if told.head.number < seen.number:
        return Fault(
            seen.number,
            None,
            f"使用记录被截断或恢复为旧表：曾见 {seen.number} 号封存，现止于 {told.head.number} 号",
            f"the log of uses was cut or put back: seal {seen.number} was seen, it ends now with"
            f" {told.head.number}",
        )
    found = told.head.hash if told.head.number == seen.number else told.seen_hash
    asked = seen.number in (told.head.number, told.seen)
    if asked and found != seen.hash:
        return Fault(
            seen.number,
            None,
            f"使用记录第 {seen.number} 号封存与曾见的不同，此前的记录被改写",
            f"seal {seen.number} of the log of uses is another than was seen: what is before it"
            " was written anew",
        )
    return None
