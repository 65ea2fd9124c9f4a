"""Chained core actions of keywords and memberships: CKAN's own look into tables past every label.

A keyword that only entries bear which the caller may not find is not told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.action.finding import visible_ids

Action = Callable[[Any, Any], Any]
PAGING = ("limit", "offset")


@tk.chained_action
@tk.side_effect_free
def tag_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """List keywords of entries that the reader may find, as names or with all fields."""
    return _told(context, data_dict, next_action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def tag_search(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Search keywords; pages and their count are of what the reader may find."""
    answer = next_action(context, _whole(data_dict))
    told = _told(context, data_dict, answer["results"])
    return {**answer, "count": len(told), "results": _paged(told, data_dict)}


@tk.chained_action
@tk.side_effect_free
def tag_autocomplete(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Suggest keywords of entries that the reader may find."""
    return _paged(_told(context, data_dict, next_action(context, _whole(data_dict))), data_dict)


@tk.chained_action
@tk.side_effect_free
def tag_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show a keyword that some entry bears which the reader may find.

    Its entries, when asked for, are those of a search: CKAN's own way needs what the index of this
    catalog does not keep.
    """
    asked = tk.asbool(data_dict.get("include_datasets", False))
    shown = next_action(context, {**data_dict, "include_datasets": False})
    if not _told(context, data_dict, [shown]):
        raise tk.ObjectNotFound("没有该关键字 / there is no such keyword")
    if asked:
        wanted = {"fq_list": [f'tags:"{shown["name"]}"'], "rows": 1000}
        shown["packages"] = tk.get_action("package_search")(_of(context), wanted)["results"]
    return shown


@tk.chained_action
@tk.side_effect_free
def member_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """List what belongs to a unit or group; of its entries those that the reader may find."""
    rows = next_action(context, data_dict)
    if context.get("ignore_auth"):
        return rows
    # CKAN translates the words of the third column, never those of the second.
    visible = visible_ids(context, [row[0] for row in rows if row[1] == "package"])
    return [row for row in rows if row[1] != "package" or row[0] in visible]


def _told(context: Any, data_dict: dict[str, Any], rows: list[Any]) -> list[Any]:
    """Keep the keywords that the reader may know; code lists of CKAN's vocabularies are public."""
    if context.get("ignore_auth") or data_dict.get("vocabulary_id"):
        return rows
    asked = {
        "rows": 0,
        "facet.field": ["tags"],
        "facet.limit": -1,
        # Of every directory, and of the drafts on which the reader works.
        "fq_list": ["dataset_type:*"],
        "include_drafts": True,
    }
    known = tk.get_action("package_search")(_of(context), asked)["facets"]["tags"]
    return [row for row in rows if (row if isinstance(row, str) else row["name"]) in known]


def _of(context: Any) -> dict[str, Any]:
    return {name: context[name] for name in ("user", "auth_user_obj") if name in context}


def _whole(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Leave the pages out: cut before names are left out, they would be short."""
    return {name: value for name, value in data_dict.items() if name not in PAGING}


def _paged(rows: list[Any], data_dict: dict[str, Any]) -> list[Any]:
    start = int(data_dict.get("offset") or 0)
    limit = data_dict.get("limit")
    return rows[start : None if limit in (None, "") else start + int(limit)]


KEYWORD_ACTIONS = {
    "tag_list": tag_list,
    "tag_search": tag_search,
    "tag_autocomplete": tag_autocomplete,
    "tag_show": tag_show,
    "member_list": member_list,
}
