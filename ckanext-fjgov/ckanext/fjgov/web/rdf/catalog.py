"""The catalog in pages: chained actions in place of ckanext-dcat's newest-first offset paging.

Addresses, formats and names stay those of ckanext-dcat (`/catalog.ttl`, `dcat_catalog_show`), so
that stock RDF harvesters follow `hydra:next` as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk

from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.utils import rdflib_to_url_format

from ckanext.fjgov.core.export.facts import catalog_uri
from ckanext.fjgov.core.export.paging import (
    SORT,
    Continuation,
    InvalidPage,
    continuation_after,
    read_page,
)
from ckanext.fjgov.logic.dumping import version
from ckanext.fjgov.web.rdf.context import listed_units, site_facts
from ckanext.fjgov.web.rdf.profile import ENTRY_TYPE, last_change
from ckanext.fjgov.web.tagging import made_of

Action = Callable[[Any, Any], Any]


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Return one page of the catalog as RDF text; see `catalog_page`."""
    del next_action
    tk.check_access("dcat_catalog_show", context, data_dict)
    return catalog_page(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Return one page of a search as RDF text; see `catalog_page`."""
    del next_action
    tk.check_access("dcat_catalog_search", context, data_dict)
    return catalog_page(context, data_dict)


@tk.chained_action
def dcat_dataset_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Return one record as RDF text; what it is made of is the tag of the document."""
    del next_action
    tk.check_access("dcat_dataset_show", context, data_dict)
    record = tk.get_action("package_show")(context, data_dict)
    asked = [data_dict.get("format"), data_dict.get("profiles")]
    made_of(version(), asked, record)
    serializer = RDFSerializer(profiles=data_dict.get("profiles"))
    return serializer.serialize_dataset(record, _format=data_dict.get("format"))


def catalog_page(context: Any, data_dict: dict[str, Any]) -> Any:
    """Read and serialise one page.

    Args:
        context: of the reader; `package_search` applies labels and masks.
        data_dict: `format`, `page` (number or continuation), `modified_since`, `q`, `fq`,
            `profiles`, as ckanext-dcat passes them.

    Raises:
        ckan.logic.ValidationError: page or date cannot be read.

    Cost: one search; about 5 ms an entry for the graph, 3 to 15 ms for the text.
    """
    rows = int(tk.config.get("ckanext.dcat.datasets_per_page") or 100)
    try:
        page = read_page(data_dict.get("page"))
    except InvalidPage as error:
        raise tk.ValidationError({"page": [str(error)]}) from error
    found = tk.get_action("package_search")(
        {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")},
        _search(data_dict, page, rows),
    )
    about = {"modified": last_change(), "units": listed_units() if _is_root(data_dict) else []}
    pagination = _pagination(data_dict, page, rows, found)
    made_of(version(), data_dict, _names(), about, pagination, found["results"])
    serializer = RDFSerializer(profiles=data_dict.get("profiles"))
    return serializer.serialize_catalog(
        about,
        found["results"],
        _format=data_dict.get("format"),
        pagination_info=pagination,
    )


def _is_root(data_dict: dict[str, Any]) -> bool:
    """Tell whether this is the document of the catalog itself: its first page, not of a search."""
    is_searched = any(data_dict.get(name) for name in ("q", "fq", "modified_since"))
    return str(data_dict.get("page") or "1") == "1" and not is_searched


def _names() -> list[Any]:
    return [tk.config.get(f"ckan.site_{name}") for name in ("title", "description")]


def _search(data_dict: dict[str, Any], page: Continuation | int, rows: int) -> dict[str, Any]:
    """Return the search for one page."""
    filters = [f"dataset_type:{ENTRY_TYPE}"]
    if data_dict.get("modified_since"):
        filters.append(f'metadata_modified:["{_since(data_dict["modified_since"])}" TO *]')
    if isinstance(page, Continuation):
        filters.append(page.filter_query)
    search = {
        "q": data_dict.get("q") or "*:*",
        "fq_list": filters,
        "rows": rows,
        "sort": SORT,
        "start": 0 if isinstance(page, Continuation) else (page - 1) * rows,
    }
    if data_dict.get("fq"):
        search["fq"] = data_dict["fq"]
    return search


def _since(value: str) -> str:
    """Return `modified_since` as UTC time for the index; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        message = "modified_since 应为 ISO 8601 时间 / modified_since must be an ISO 8601 time"
        raise tk.ValidationError({"modified_since": [message]}) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _pagination(
    data_dict: dict[str, Any], page: Continuation | int, rows: int, found: dict[str, Any]
) -> dict[str, Any]:
    """Return the hydra values; the total is known on numbered pages only."""
    start = 0 if isinstance(page, Continuation) else (page - 1) * rows
    asked = page.token if isinstance(page, Continuation) else str(page)
    info: dict[str, Any] = {
        "items_per_page": rows,
        "current": _page_url(data_dict, asked),
        "first": _page_url(data_dict, "1"),
    }
    if not isinstance(page, Continuation):
        info["count"] = found["count"]
    if found["results"] and found["count"] > start + rows:
        following = continuation_after(found["results"][-1])
        info["next"] = _page_url(data_dict, following.token)
    return info


def _page_url(data_dict: dict[str, Any], page: str) -> str:
    """Return the address of a page; built from configuration, never from the request's host."""
    kept = {name: data_dict.get(name) for name in ("modified_since", "q", "fq")}
    kept["profiles"] = ",".join(data_dict.get("profiles") or [])
    query = urlencode({**{name: value for name, value in kept.items() if value}, "page": page})
    endpoint = tk.config.get("ckanext.dcat.catalog_endpoint") or "/catalog.{_format}"
    ending = rdflib_to_url_format(data_dict.get("format") or "rdf")
    return f"{catalog_uri(site_facts())}{endpoint.replace('{_format}', ending)}?{query}"


RDF_ACTIONS = {
    "dcat_dataset_show": dcat_dataset_show,
    "dcat_catalog_show": dcat_catalog_show,
    "dcat_catalog_search": dcat_catalog_search,
}
