"""Chained core actions that find records: what an outside caller may ask and gets to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchError

from ckanext.fjgov.core.access.search_fields import asks_for_type, check_search
from ckanext.fjgov.logic import default_schema, searching
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import package_labels, person_in, reader_labels
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.packages import packages_by_reference

Action = Callable[[Any, Any], Any]


@tk.chained_action
@tk.side_effect_free
def package_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search within the fields that an outside caller may name."""
    if context.get("ignore_auth"):
        return default_schema.search(next_action, context, data_dict)
    person = person_in(context)
    refusals = []
    if not person.is_sysadmin:
        refusals = check_search(data_dict, is_staff=person.is_staff, user_id=person.user_id)
    if refusals:
        errors: dict[str, list[str]] = {}
        for refusal in refusals:
            errors.setdefault(refusal.parameter, []).append(refusal.message)
        searching.refuse(errors)
    answer = _search(next_action, context, _with_directories(data_dict))
    answer["results"] = [
        masked_entry(entry, person) if "owner_org" in entry and "resources" in entry else entry
        for entry in answer["results"]
    ]
    return answer


@tk.chained_action
@tk.side_effect_free
def resource_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search resources of the entries that the reader may find."""
    answer = next_action(context, data_dict)
    return {**answer, **_visible_rows(context, answer["results"], "package_id")}


@tk.chained_action
@tk.side_effect_free
def package_autocomplete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Suggest names of entries that the reader may find."""
    rows = next_action(context, data_dict)
    return _visible_rows(context, rows, "name")["results"]


@tk.chained_action
@tk.side_effect_free
def package_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """List names of entries that the reader may find, in pages of what is left of them.

    Pages cut before names are left out would be short or empty, and clients end at an empty one.
    Cost: reads all entries, whatever the page.
    """
    paging = {name: data_dict[name] for name in ("limit", "offset") if data_dict.get(name)}
    whole = {name: value for name, value in data_dict.items() if name not in paging}
    names = next_action(context, whole)
    if paging:
        # CKAN checks the numbers, on a page of its own.
        next_action(context, {**whole, **paging, "limit": 1})
    rows = [{"name": name} if isinstance(name, str) else name for name in names]
    visible = {row["name"] for row in _visible_rows(context, rows, "name")["results"]}
    found = [name for name in names if (name if isinstance(name, str) else name["name"]) in visible]
    start = int(paging.get("offset", 0))
    return found[start : start + int(paging.get("limit", len(found)))]


@tk.chained_action
@tk.side_effect_free
def current_package_list_with_resources(
    _next_action: Action, context: Any, data_dict: dict[str, Any]
) -> Any:
    """List the newest entries that the reader may find, by way of the guarded search."""
    tk.check_access("current_package_list_with_resources", context, data_dict)
    limit = min(int(data_dict.get("limit") or 100), 1000)
    start = int(data_dict.get("offset") or 0)
    found = tk.get_action("package_search")(
        dict(context), {"q": "", "rows": limit, "start": start, "sort": "metadata_modified desc"}
    )
    return found["results"]


def _search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search; what the index says about a query it cannot read names its inner fields and labels.

    Raises:
        ValidationError: the query breaks the grammar of the index.
    """
    try:
        return default_schema.search(next_action, context, data_dict)
    except SearchError:
        searching.refuse({"q": ["检索式不正确，请检查字段、引号和括号 / the query cannot be read"]})


def _with_directories(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a search its part of the other directories, which stock clients do not know.

    Their documents are marked as private (`index_document`): a search that names no type never
    finds them, whoever asks; one that does is held by the labels of its reader as ever.
    """
    if asks_for_type(data_dict):
        return {**data_dict, "include_private": True}
    return {**data_dict, "include_private": False} if "include_private" in data_dict else data_dict


def _visible_rows(context: Any, rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Keep the rows whose entry the caller may find; `key` holds the entry's id or name."""
    visible = visible_ids(context, [row[key] for row in rows])
    kept = [row for row in rows if row[key] in visible]
    return {"count": len(kept), "results": kept}


def visible_ids(context: Any, references: list[str]) -> set[str]:
    """Give those of many ids or names of records that the caller may find. Cost: a statement."""
    allowed = set(reader_labels(person_in(context)))
    found = packages_by_reference(session_connection(), references)
    return {
        reference
        for reference in references
        if reference in found and allowed.intersection(package_labels(found[reference]))
    }
