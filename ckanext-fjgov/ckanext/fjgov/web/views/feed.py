"""`/fjgov/{changes,collection,records}.ndjson` and `/fjgov/digest.json` for other nodes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation import strict_json
from ckanext.fjgov.core.federation.digest_feed import MEDIA_TYPE as JSON_TYPE
from ckanext.fjgov.core.federation.errors import FederationError, SignatureRefused
from ckanext.fjgov.core.federation.feed import MEDIA_TYPE as NDJSON_TYPE
from ckanext.fjgov.core.federation.signature import (
    ANSWER_HEADER,
    REQUEST_HEADER,
    RequestClaims,
)
from ckanext.fjgov.core.usage.heads import SEEN_HEADER, TOLD_HEADER
from ckanext.fjgov.logic import node_feed, settings
from ckanext.fjgov.logic.collection import feeding
from ckanext.fjgov.logic.sharing import heads
from ckanext.fjgov.web.signed import path_query, refusal_of_node, refused_signature

MAX_BODY_BYTES = 1_000_000
COMPRESS_FROM_BYTES = 1400
# Pieces in which a long answer goes out: a row each would be a system call each.
BLOCK_BYTES = 64 * 1024
# The window of zlib that writes the frame of gzip, and its fastest level: it takes half the time
# of the middle ones for a third more bytes.
GZIP_WINDOW, FASTEST = 31, 1

# The same catalog as RDF, as it stands now.
_AS_RDF = "/fjgov/dump.nt"
_ALTERNATE = 'rel="alternate"; type="application/n-triples"'

# Beside these answers the newest seal of the log of uses is told.
TELLING = (200, 304)

blueprint = Blueprint("fjgov_feed", __name__)


def _answer(work: Callable[[RequestClaims], node_feed.Answer], media_type: str) -> Response:
    body = request.get_data(cache=True)
    if len(body) > MAX_BODY_BYTES:
        return refusal_of_node(
            413, "too_large", "请求体过大，请分批", "the body is too large; send batches"
        )
    try:
        claims = node_feed.authenticate(
            request.headers.get(REQUEST_HEADER), request.method, path_query(), body
        )
    except SignatureRefused as error:
        return refused_signature(error)
    try:
        answer = work(claims)
    except (FederationError, FjgovError) as error:
        return refusal_of_node(400, "bad_request", error.zh, error.en)
    except ValueError as error:
        return refusal_of_node(
            400, "bad_request", f"参数不正确：{error}", f"bad parameter: {error}"
        )
    return _response(answer, media_type if answer.status == 200 else JSON_TYPE)


def _response(answer: node_feed.Answer, media_type: str) -> Response:
    """Send an answer: a short one whole, a long one in blocks as it is read and packed."""
    headers: dict[str, Any] = {"Cache-Control": "private, no-store", "Vary": "Accept-Encoding"}
    if answer.signature:
        headers[ANSWER_HEADER] = answer.signature
    if answer.tag:
        headers["ETag"] = f'"{answer.tag}"'
    if answer.following:
        headers["Link"] = f'<{_next_page(*answer.following)}>; rel="next"'
    blocks = _blocks(answer.chunks)
    first = next(blocks, b"")
    content: bytes | Iterator[bytes] = first
    if len(first) >= COMPRESS_FROM_BYTES:
        content = chain((first,), blocks)
        if "gzip" in request.accept_encodings:
            content = _packed(content)
            headers["Content-Encoding"] = "gzip"
    return Response(content, status=answer.status, content_type=media_type, headers=headers)


def _next_page(epoch: str, since: int) -> str:
    asked = {name: value for name, value in request.args.items() if name == "limit"}
    query = urlencode({"since": since, **asked, "epoch": epoch})
    return f"{settings.node().site_url}{request.path}?{query}"


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces to blocks; only the last block is shorter than `BLOCK_BYTES`."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= BLOCK_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Pack blocks with gzip one by one."""
    packer = zlib.compressobj(FASTEST, zlib.DEFLATED, GZIP_WINDOW)
    for block in blocks:
        if packed := packer.compress(block):
            yield packed
    yield packer.flush()


def _number(name: str, default: int, highest: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"{name}={text[:40]}")
    return min(int(text), highest)


@blueprint.route("/fjgov/changes.ndjson")
def changes() -> Response:
    """Serve one page of changes after a cursor."""
    asked: list[RequestClaims] = []

    def work(claims: RequestClaims) -> node_feed.Answer:
        asked.append(claims)
        return node_feed.changes(claims, **_cursor())

    response = _answer(work, NDJSON_TYPE)
    if response.status_code == 200:
        response.headers.add("Link", f"<{settings.node().site_url}{_AS_RDF}>; {_ALTERNATE}")
    if response.status_code in TELLING:
        token = heads.told(asked[0].nonce, request.headers.get(SEEN_HEADER, ""))
        if token:
            response.headers[TOLD_HEADER] = token
    return response


@blueprint.route("/fjgov/collection.ndjson")
def collection() -> Response:
    """Serve one page of the decided collection items after a cursor."""
    return _answer(lambda claims: feeding.changes(claims, **_cursor()), NDJSON_TYPE)


def _cursor() -> dict[str, Any]:
    return {
        "since": _number("since", 0, 10**18),
        "limit": max(1, _number("limit", 500, node_feed.MAX_PAGE_ROWS)),
        "epoch": request.args.get("epoch", ""),
        "digest_seen": request.args.get("digest", ""),
        "tags_seen": request.if_none_match,
    }


@blueprint.route("/fjgov/digest.json")
def digest() -> Response:
    """Serve the digests under a prefix."""
    return _answer(
        lambda claims: node_feed.digests(claims, request.args.get("prefix", "")), JSON_TYPE
    )


@blueprint.route("/fjgov/records.ndjson", methods=["POST"])
def records() -> Response:
    """Serve named records."""
    return _answer(lambda claims: node_feed.records(claims, _keys()), NDJSON_TYPE)


def _keys() -> list[tuple[str, str]]:
    value = strict_json.loads(request.get_data(cache=True))
    if not isinstance(value, list) or len(value) > node_feed.MAX_LIMIT:
        raise ValueError("keys")
    keys = []
    for row in value:
        if not (isinstance(row, list) and len(row) == 2 and all(isinstance(x, str) for x in row)):
            raise ValueError("keys")
        keys.append((row[0], row[1]))
    return keys
