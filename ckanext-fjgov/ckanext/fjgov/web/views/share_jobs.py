"""`/share/jobs/<number>/…`: results of processing to order, by download or by query (Art. 22)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.exchange import cells
from ckanext.fjgov.core.usage.events import Outcome, UseEvent
from ckanext.fjgov.logic import gateway, settings
from ckanext.fjgov.logic.processing import delivering, files
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.web.refusals import refusal
from ckanext.fjgov.web.sending import PRIVATE, sent
from ckanext.fjgov.web.streaming import resting_on

log = logging.getLogger(__name__)

TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
MOST_ROWS = 10_000

blueprint = Blueprint("fjgov_share_jobs", __name__)


@blueprint.route("/share/jobs/<number>/result.<code>")
def result(number: str, code: str) -> Any:
    """Give the file of a result, or a range of it, with its checksum."""
    if code not in files.FORMATS:
        return refusal(delivering.NOT_FOUND)
    return _given(number, lambda ready: _file(ready, code))


@blueprint.route("/share/jobs/<number>/report.json")
def report(number: str) -> Any:
    """Give the report of a job: what was read, changed, left out and found."""
    return _given(number, _report)


@blueprint.route("/share/jobs/<number>/rows")
def rows(number: str) -> Any:
    """Give some rows of a result, as JSON or CSV; `exact` for texts of CSV as they are."""
    return _given(number, _rows)


def _given(number: str, give: Callable[[delivering.Ready], Any]) -> Any:
    decision = delivering.decide(number, getattr(tk.g, "userobj", None))
    if isinstance(decision, gateway.Refused):
        return refusal(decision)
    return give(decision)


def _file(ready: delivering.Ready, code: str) -> Response:
    try:
        return sent(
            delivering.path_of(ready, code),
            sha256=ready.report["files"][code]["sha256"],
            name=f"{ready.number}.{code}",
            mimetype=TYPES[code],
            begin=lambda: _begin(ready) or gateway.NOT_RECORDED,
            holds=resting_on(*ready.grants),
            refuse=refusal,
        )
    except FileNotFoundError:
        return refusal(delivering.NOT_FOUND)


def _report(ready: delivering.Ready) -> Response:
    told = {name: ready.report[name] for name in ("lines", "columns", "rows", "files")}
    response = jsonify({"number": ready.number, **told})
    return _recorded(ready, response)


def _rows(ready: delivering.Ready) -> Response:
    form = request.args.get("format", "json")
    limit, offset = _whole("limit", 100), _whole("offset", 0)
    if form not in ("json", "csv") or limit is None or offset is None or limit > MOST_ROWS:
        return refusal(
            gateway.Refused(
                400,
                "",
                f"limit 须为 0 至 {MOST_ROWS} 的整数，offset 须为整数，format 须为 json 或 csv",
                f"limit is 0 to {MOST_ROWS}, offset a whole number, format json or csv",
            )
        )
    path = delivering.path_of(ready, "parquet")
    if not path.exists():
        return refusal(delivering.NOT_FOUND)
    names, found = delivering.rows_of(path, limit, offset)
    total = ready.report["rows"]
    if form == "csv":
        plain = ([_plain(value) for value in row] for row in found)
        exact = request.args.get("exact") == "true"
        pieces = cells.csv_lines(names, plain, exact=exact, mark=False)
        response = Response(b"".join(pieces), content_type=TYPES["csv"])
        response.headers["X-Total-Count"] = str(total)
    else:
        response = jsonify(
            {
                "total": total,
                "limit": limit,
                "offset": offset,
                "columns": ready.report["columns"],
                "rows": [dict(zip(names, map(_plain, row), strict=True)) for row in found],
            }
        )
    if found and offset + len(found) < total:
        more = urlencode({**request.args, "offset": offset + len(found)})
        address = f"{settings.node().site_url}{request.path}?{more}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return _recorded(ready, response)


def _recorded(ready: delivering.Ready, response: Response) -> Response:
    """Give an answer that is whole already, between the two records of its use."""
    response.headers.update(PRIVATE)
    if request.method == "HEAD":
        return response
    begun = _begin(ready)
    if begun is None:
        return refusal(gateway.NOT_RECORDED)
    for event in begun:
        using.end(event, len(response.get_data()), Outcome.DONE)
    return response


def _begin(ready: delivering.Ready) -> list[UseEvent] | None:
    """Record a use of every table that the result was made of; None when that is not possible."""
    begun: list[UseEvent] = []
    try:
        for used in ready.uses:
            event = using.begin(used)
            if event is None:
                return None
            begun.append(event)
    except using.NotRecordedError:
        log.exception("a use of the result of %s could not be recorded", ready.number)
        for event in begun:
            using.end(event, 0, Outcome.BROKEN)
        return None
    return begun


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _whole(name: str, default: int) -> int | None:
    text = request.args.get(name, str(default))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
