"""A file of this node as an answer: whole, in a part, or told to be the same (Range, ETag)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from flask import Response, request, stream_with_context
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.web.streaming import Holds, recorded

# Large enough that what a piece costs beside its bytes is little, and small enough for the cache
# of a processor, through which it is copied.
PIECE = 1 << 18
PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
}

Begin = Callable[[], Sequence[UseEvent | None] | Refused]


def sent(
    path: Path,
    *,
    sha256: str,
    name: str,
    mimetype: str,
    begin: Begin,
    holds: Holds | None,
    refuse: Callable[[Refused], Response],
    headers: Mapping[str, str] = {},
) -> Response:
    """Send a file, or the part of it that is asked for, with its checksum.

    Args:
        sha256: of the whole file; also its ETag, so that a transfer goes on with the same file.
        name: by which it is saved.
        begin: records the uses before the first byte, or says why nothing is given; not asked when
            no byte is sent.
        holds: see `recorded`.
        refuse: makes the answer to a refusal.

    Raises:
        FileNotFoundError: there is no such file; nothing was recorded.
    """
    file = path.open("rb")
    size = path.stat().st_size
    response = Response(content_type=mimetype, headers={**PRIVATE, **headers})
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["X-Fjgov-SHA256"] = sha256
    response.content_length = size
    response.set_etag(sha256)
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable as error:
        file.close()
        return error.get_response()
    if request.method == "HEAD" or response.status_code == 304:
        file.close()
        return response
    begun = begin()
    if isinstance(begun, Refused):
        file.close()
        return refuse(begun)
    part = response.content_range
    start, stop = (part.start or 0, part.stop or size) if part else (0, size)
    file.seek(start)
    pieces = recorded(_read(file, stop - start), begun, holds, file.close)
    response.response = stream_with_context(pieces)
    return response


def _read(file: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece
