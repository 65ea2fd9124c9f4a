"""`/share/<resource id>`: the gateway in front of every real address."""

from __future__ import annotations

import logging
import mimetypes
import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.errors import FetchError
from ckanext.fjgov.core.federation.ports import FETCHERS, FetchStream
from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.logic import gateway, settings
from ckanext.fjgov.logic.exchange import keeping, spending
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.logic.sharing.systems import TokenRefusedError
from ckanext.fjgov.model.kept_files import KeptFile
from ckanext.fjgov.web.callers import calling_system, unidentified
from ckanext.fjgov.web.refusals import refusal
from ckanext.fjgov.web.sending import PRIVATE, sent
from ckanext.fjgov.web.streaming import recorded, resting_on

log = logging.getLogger(__name__)

PASSED_HEADERS = ("content-type", "last-modified", "etag", "accept-ranges", "content-range")
# A part of a file, as a client goes on with a transfer; several parts at once are not passed on.
_PART = re.compile(r"bytes=(?:[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})")
ANSWERED = frozenset({200, 206, 416})

blueprint = Blueprint("fjgov_share", __name__)
blueprint.register_error_handler(TokenRefusedError, unidentified)


@blueprint.route("/share/<resource_id>")
def share(resource_id: str) -> Any:
    """Stream what the caller may have; redirect to the home node; or refuse and name the rule."""
    decision = gateway.decide(resource_id, getattr(tk.g, "userobj", None), calling_system())
    if isinstance(decision, gateway.Elsewhere):
        return redirect(decision.address, code=302)
    if isinstance(decision, gateway.Refused):
        return refusal(decision)
    return _kept(decision, decision.kept) if decision.kept else _stream(decision)


def _kept(decision: gateway.Serve, file: KeptFile) -> Response:
    return sent(
        keeping.path_of(file),
        sha256=file.sha256,
        name=file.name or decision.name,
        mimetype=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        begin=lambda: _begun(decision),
        holds=resting_on(decision.used.grant, token=decision.token),
        refuse=refusal,
    )


def _begun(decision: gateway.Serve) -> Sequence[UseEvent | None] | gateway.Refused:
    """Take the use off the quota of the grant and record it, or say why it must not be."""
    exhausted = spending.take(decision.grant, 0)
    if exhausted:
        return exhausted
    try:
        return [using.begin(decision.used)]
    except using.NotRecordedError:
        log.exception("a use of %s could not be recorded", decision.used.resource)
        return gateway.NOT_RECORDED


def _stream(decision: gateway.Serve) -> Response:
    fetch = FETCHERS.get("resource")(settings.words("fjgov.fetch.allow"), settings.own_ports())
    stack = ExitStack()
    try:
        source = stack.enter_context(
            fetch.stream(decision.address, _wanted_part(), expect=ANSWERED)
        )
    except FetchError as error:
        stack.close()
        return refusal(
            gateway.Refused(
                502,
                "",
                f"登记的地址暂不可用（{error.kind}），请联系信息发布单位",
                f"the registered address does not answer ({error.kind}); contact the provider",
            )
        )
    headers = _headers(source, decision)
    if request.method == "HEAD" or source.status == 416:
        stack.close()
        return Response(status=source.status, headers=headers)
    begun = _begun(decision)
    if isinstance(begun, gateway.Refused):
        stack.close()
        return refusal(begun)
    holds = resting_on(decision.used.grant, token=decision.token)
    pieces = recorded(source, begun, holds, stack.close)
    return Response(stream_with_context(pieces), status=source.status, headers=headers)


def _wanted_part() -> dict[str, str]:
    """Give the headers by which a client asks for a part of a file, for the source to answer."""
    if not _PART.fullmatch(request.headers.get("Range", "")):
        return {}
    names = ("Range", "If-Range")
    return {name: request.headers[name] for name in names if name in request.headers}


def _headers(source: FetchStream, decision: gateway.Serve) -> dict[str, str]:
    headers = {
        passed.title(): source.headers[passed]
        for passed in PASSED_HEADERS
        if passed in source.headers
    }
    headers.update(PRIVATE)
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(decision.name)}"
    if decision.digest.isascii() and decision.digest.isprintable() and decision.digest:
        headers["X-Fjgov-Registered-Digest"] = decision.digest
    return headers
