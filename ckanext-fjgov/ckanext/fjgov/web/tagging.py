"""Documents that a reader may keep: a tag that tells them apart, 304 for who has one (RFC 9110).

A document is made first, as its reader may see it, and only then compared.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from flask import Response, g, has_request_context, request

# Everybody asks again before a kept document is used; no shared cache keeps one (`guards`).
KEPT: Final = {"Cache-Control": "private, no-cache"}
BY_READER: Final = ("Authorization", "Cookie")
_PARTS: Final = "fjgov_made_of"
_DIGITS: Final = 32


def tagged(body: bytes, media: str) -> Response:
    """Answer with a document whose bytes are the same whenever what it says is the same."""
    response = Response(body, headers=KEPT, content_type=media)
    return compared(response, hashlib.sha256(body).hexdigest()[:_DIGITS])


def made_of(*parts: Any) -> None:
    """Note what the document of this request is made of: its tag, where its bytes are not the same.

    Args:
        parts: everything that its content depends on, as JSON has it.
    """
    if has_request_context():
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
        known = g.setdefault(_PARTS, hashlib.sha256())
        known.update(text.encode("utf-8", "surrogatepass"))


def by_what_it_is_made_of(response: Response) -> Response:
    """Give a document the weak tag of what it was noted to be made of."""
    noted = g.get(_PARTS)
    if noted is None or response.status_code != 200:
        return response
    response.headers.update(KEPT)
    return compared(response, noted.hexdigest()[:_DIGITS], is_weak=True)


def compared(response: Response, tag: str, *, is_weak: bool = False) -> Response:
    """Set the tag of an answer, and make it 304 for a reader who names that tag."""
    response.set_etag(tag, weak=is_weak)
    response.vary.update(BY_READER)
    response.make_conditional(request)
    return response
