"""The query service as an action (数据查询, Art. 22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
from ckan.lib.lazyjson import LazyJSONObject

from ckanext.fjgov.core.usage.events import Outcome
from ckanext.fjgov.logic.exchange import querying
from ckanext.fjgov.logic.gateway import Elsewhere, Refused
from ckanext.fjgov.logic.readers import user_in
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.logic.unavailable import refuse_for_now

# Statuses of what passes by itself.
FOR_NOW = (429, 503)


@tk.side_effect_free
def fjgov_data_query(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Query rows of a mounted table; the same as `/share/<resource_id>/rows`.

    :param resource_id: of the table
    :param fields: columns, a list or separated by commas (default all that may be used)
    :param sort: columns, `-` in front of one for descending (default the order of the table)
    :param limit: most rows wanted (default 100)
    :param offset, after, version: where to go on, as `next` says
    :param count: whether all rows are counted (default true)
    :param grant: number of the grant to be used (default any that fits)

    Any other parameter is a condition: `<column>`, or `<column>__` with ne, lt, le, gt, ge, starts,
    in (a list), between (two values) or is_null.

    :returns: `fields`, `rows`, `count`, `total`, `version`, `grant`, and `next`, the parameters of
        the next page or None
    """
    tk.check_access("fjgov_data_query", context, data_dict)
    resource_id = data_dict.get("resource_id")
    if not isinstance(resource_id, str):
        refuse("resource_id", "请指明资源", "say which resource")
    user = user_in(context)
    params = _params({name: one for name, one in data_dict.items() if name != "resource_id"})
    found = querying.answer(resource_id, user, params, getattr(user, "id", None) or "anonymous")
    if not isinstance(found, querying.Page):
        _raise(found)
    text = f"[{','.join(found.rows)}]"
    if found.begun is not None:
        using.end(found.begun, len(text.encode()), Outcome.DONE)
    service = found.service
    return {
        "fields": [
            {"name": one.name, "title": one.title, "type": one.kind} for one in found.columns
        ],
        # As CKAN's own datastore does: written out as PostgreSQL gave it, digit by digit.
        "rows": (LazyJSONObject(text) if "api_version" in context else _rows(text)),
        "count": len(found.rows),
        "total": found.total,
        "version": service.table.version,
        "grant": service.grant.number if service.grant else None,
        "next": found.following,
    }


def _rows(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)
    return rows


DATA_ACTIONS = {"fjgov_data_query": fjgov_data_query}


def _params(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give values as an address would have them."""
    return {
        str(name): [_text(name, one) for one in (value if isinstance(value, list) else [value])]
        for name, value in given.items()
        if value is not None
    }


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        refuse(name, "值须为文字、数值或其列表", "a value must be text, a number or a list of them")
    return str(value)


def _raise(found: Refused | Elsewhere) -> NoReturn:
    if isinstance(found, Elsewhere):
        refuse(
            "resource_id",
            f"由所属节点提供，请到 {found.address}/rows 查询",
            f"kept by its home node: {found.address}/rows",
        )
    if found.status in FOR_NOW:
        refuse_for_now("query", found)
    message = f"{found.zh}{f'（{found.article}）' if found.article else ''} / {found.en}"
    if found.status == 404:
        raise tk.ObjectNotFound(message)
    if found.status == 403:
        raise tk.NotAuthorized(message)
    raise tk.ValidationError({"query": [message]})
