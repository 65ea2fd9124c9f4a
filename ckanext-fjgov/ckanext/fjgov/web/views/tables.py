"""`/share/<resource id>/rows` and beside it: mounted tables queried, downloaded and described."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.exchange import asking, cells, openapi
from ckanext.fjgov.core.usage.events import Outcome, UseEvent
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exchange import querying, whole
from ckanext.fjgov.logic.gateway import Elsewhere, Refused
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.logic.sharing.systems import Caller, TokenRefusedError
from ckanext.fjgov.web import table_services
from ckanext.fjgov.web.callers import calling_system, unidentified
from ckanext.fjgov.web.refusals import refusal, wants_page
from ckanext.fjgov.web.sending import PRIVATE, sent
from ckanext.fjgov.web.streaming import Holds, recorded, resting_on
from ckanext.fjgov.web.views.pages import page

# So many rows go out together.
_BATCH = 200
PREVIEW_ROWS = 20

blueprint = Blueprint("fjgov_tables", __name__)
blueprint.register_error_handler(TokenRefusedError, unidentified)


@blueprint.route("/share/<resource_id>/rows")
def rows(resource_id: str) -> Any:
    """数据查询: rows of a mounted table, as JSON or CSV."""
    if request.method == "HEAD":
        return Response(status=405, headers={"Allow": "GET"})
    system = calling_system()
    found = querying.answer(resource_id, _user(), _params(), _who(system), system)
    if not isinstance(found, querying.Page):
        return _other(found, "rows")
    is_csv = found.asked.format == asking.CSV
    pieces = _csv(found) if is_csv else _json(found)
    headers = {**PRIVATE, **_marks(found.service)}
    if is_csv:
        name = quote(f"{found.service.granted.name}.csv")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    if found.following:
        headers["Link"] = f'<{_next(found)}>; rel="next"'
    return Response(
        stream_with_context(recorded(pieces, [found.begun], _holds(found.service), lambda: None)),
        headers=headers,
        content_type="text/csv; charset=utf-8" if is_csv else "application/json; charset=utf-8",
    )


@blueprint.route("/share/<resource_id>/table.csv")
def table(resource_id: str) -> Any:
    """直接交换: all that a grant gives of a mounted table as one file, whole or in parts."""
    system = calling_system()
    found = whole.prepare(resource_id, _user(), _params(), _who(system), system)
    if not isinstance(found, whole.Whole):
        return _other(found, "table.csv")
    return sent(
        found.path,
        sha256=found.sha256,
        name=f"{found.service.granted.name}.csv",
        mimetype="text/csv; charset=utf-8",
        begin=lambda: _begun(found),
        holds=_holds(found.service),
        refuse=lambda refused: refusal(refused, as_json=not wants_page()),
        headers={
            **_marks(found.service),
            "X-Fjgov-Rows": str(found.rows),
            "X-Fjgov-Rows-Total": str(found.total),
        },
    )


def _begun(found: whole.Whole) -> Sequence[UseEvent | None] | Refused:
    begun = querying.begin(found.service, found.rows, found.key)
    return begun if isinstance(begun, Refused) else [begun]


@blueprint.route("/share/<resource_id>/openapi.json")
def description(resource_id: str) -> Any:
    """The query service of a table as OpenAPI, with the columns that the reader may use."""
    found = querying.service_of(resource_id, _user(), system=calling_system())
    if not isinstance(found, querying.Service):
        return _other(found, "openapi.json")
    document = openapi.document(
        found.table,
        found.columns,
        title=found.granted.package.title,
        server=table_services.address(resource_id),
        most_rows=settings.query_max_rows(),
    )
    return Response(
        json.dumps(document, ensure_ascii=False, indent=1),
        content_type="application/json; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )


@blueprint.route("/share/<resource_id>/preview")
def preview(resource_id: str) -> Any:
    """数据预览: the first rows as a page; a use like any other."""
    params = {"limit": [str(PREVIEW_ROWS)]}
    if request.args.get("grant"):
        params["grant"] = [request.args["grant"]]
    found = querying.answer(resource_id, _user(), params, _who(None))
    if isinstance(found, Elsewhere):
        return redirect(f"{found.address}/preview", code=302)
    if isinstance(found, Refused):
        return refusal(found, as_json=False)
    shown = page(
        "fjgov/table_preview.html",
        found=found,
        rows=[json.loads(one, parse_float=Decimal) for one in found.rows],
        openapi=tk.url_for("fjgov_tables.description", resource_id=resource_id),
        example=table_services.example(resource_id, request.args.get("grant", "")),
    )
    if found.begun is not None:
        using.end(found.begun, sum(len(one.encode()) for one in found.rows), Outcome.DONE)
    return shown


def head_of(found: querying.Page) -> dict[str, Any]:
    """Give what an answer says beside its rows."""
    service = found.service
    return {
        "resource": service.table.resource,
        "title": service.granted.package.title,
        "version": service.table.version,
        "mounted_at": service.table.at.isoformat(),
        "grant": service.grant.number if service.grant else None,
        "fields": [
            {"name": one.name, "title": one.title, "type": one.kind} for one in found.columns
        ],
        "count": len(found.rows),
        "total": found.total,
        "next": _next(found),
    }


def _json(found: querying.Page) -> Iterator[bytes]:
    head = json.dumps(head_of(found), ensure_ascii=False)
    yield f'{head[:-1]}, "rows": ['.encode()
    for start in range(0, len(found.rows), _BATCH):
        text = ",\n".join(found.rows[start : start + _BATCH])
        yield f"{',' if start else ''}\n{text}".encode()
    yield b"]}\n"


def _csv(found: querying.Page) -> Iterator[bytes]:
    return cells.lines(found.columns, found.rows, exact=found.asked.exact)


def _other(found: Refused | Elsewhere, tail: str) -> Any:
    """Refuse, or send to the home node with all that was asked."""
    if isinstance(found, Elsewhere):
        more = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(f"{found.address}/{tail}{more}", code=302)
    return refusal(found, as_json=not wants_page())


def _next(found: querying.Page) -> str | None:
    if not found.following:
        return None
    address = table_services.address(found.service.table.resource)
    return f"{address}/rows?{urlencode(found.following, doseq=True)}"


def _marks(service: querying.Service) -> dict[str, str]:
    return {"X-Fjgov-Version": str(service.table.version)}


def _params() -> dict[str, list[str]]:
    return {name: list(values) for name, values in request.args.lists()}


def _user() -> Any:
    return getattr(tk.g, "userobj", None)


def _holds(service: querying.Service) -> Holds | None:
    granted = service.granted
    return resting_on(granted.used.grant, token=granted.token)


def _who(system: Caller | None) -> str:
    """Give whose requests are counted."""
    if system:
        return system.user_id
    user = _user()
    return getattr(user, "id", None) or request.remote_addr or ""
