"""Guards of CKAN's activity plugin, which keeps whole records of the past with their old labels.

An entry that was open once and is restricted now must not be read there. Used only where the
plugin is on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.readers import package_labels, person_in, reader_labels
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.packages import packages_by_reference

Action = Callable[..., Any]
# Ends of the names of activities that are not about an entry; whatever else there is may be.
OTHER_ACTIVITY = (" user", " group", " organization")

LISTS = (
    "user_activity_list",
    "package_activity_list",
    "group_activity_list",
    "organization_activity_list",
    "recently_changed_packages_activity_list",
    "dashboard_activity_list",
)
SINGLE = ("activity_show", "activity_data_show", "activity_diff")


@tk.chained_action
@tk.side_effect_free
def activity_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Give officials the activities of entries that they may find today."""
    _officials_only(context)
    rows = next_action(context, data_dict)
    hidden = _hidden(context, [row["object_id"] for row in rows if _is_of_entry(row)])
    return [row for row in rows if not _is_of_entry(row) or row["object_id"] not in hidden]


@tk.chained_action
@tk.side_effect_free
def activity_single(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Give officials one activity of an entry that they may find today."""
    _officials_only(context)
    if not context.get("ignore_auth"):
        shown = tk.get_action("activity_show")(
            {"ignore_auth": True, "user": ""}, {"id": data_dict.get("id"), "include_data": False}
        )
        if _is_of_entry(shown) and _hidden(context, [shown["object_id"]]):
            _refuse()
    return next_action(context, data_dict)


def guards() -> dict[str, Action]:
    """Give the guarded actions by name."""
    return {**dict.fromkeys(LISTS, activity_list), **dict.fromkeys(SINGLE, activity_single)}


def _officials_only(context: Any) -> None:
    """Activities name persons and what the public never sees of an entry."""
    if not (context.get("ignore_auth") or person_in(context).is_staff):
        _refuse()


def _refuse() -> None:
    raise tk.NotAuthorized(
        "变更历史仅机关单位工作人员可见 / the history of changes is for officials only"
    )


def _is_of_entry(row: dict[str, Any]) -> bool:
    return not str(row.get("activity_type", "")).endswith(OTHER_ACTIVITY)


def _hidden(context: Any, package_ids: list[str]) -> set[str]:
    """Say which of the packages the caller may not find; one that is gone counts as hidden."""
    if context.get("ignore_auth"):
        return set()
    allowed = set(reader_labels(person_in(context)))
    found = packages_by_reference(session_connection(), package_ids)
    return {
        reference
        for reference in package_ids
        if reference not in found or not allowed.intersection(package_labels(found[reference]))
    }
