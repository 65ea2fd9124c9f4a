"""Guards that hold for everybody, technicians included: they stand in actions, not in auth.

CKAN lets a sysadmin and `ignore_auth` pass every auth function, so that a guard there is no guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, UNDER_REVIEW
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import cases
from ckanext.fjgov.model.database import session_connection

WORKFLOW = "fjgov_workflow"
# Told by identity: no value that somebody sends can be this one.
_REVIEWED = object()
NOT_REVIEWED = (
    "本节点的目录须经登记、审核后发布；请用“提交审核”，已发布的目录请用“更新目录”或“撤销目录”",
    "entries of this node are listed after a review: submit, revise or withdraw by its workflow",
)
BEING_REVIEWED = (
    "该目录正在审核，不能修改；请先撤回，或由目录审核人员退回",
    "the entry is being reviewed: recall it first, or have it returned",
)


def copy_refusal(record: Any) -> tuple[str, str] | None:
    """Say in both languages why an entry or unit may not be changed here; None when it may.

    Args:
        record: a package or an organization with its extras.
    """
    home = (record.extras or {}).get("home_node")
    if not home or home == settings.node().code:
        return None
    return (
        f"该记录由节点 {home} 维护，请到该节点修改",
        f"this record is kept by node {home}; change it there",
    )


def refuse_copy(record: Any) -> None:
    """Stop a write to the copy of another node's record.

    Raises:
        NotAuthorized: for everybody, since the next sync would undo the change.
    """
    refused = copy_refusal(record)
    if refused:
        raise tk.NotAuthorized(" / ".join(refused))


def refuse_unreviewed(context: Any, package: Any, data: Mapping[str, Any]) -> None:
    """Stop a write that goes past the review, and any write to what is being reviewed.

    Submissions wait for this transaction, so that nothing is changed after it was looked at.

    Args:
        package: as stored; None for a new entry.
        data: what a caller sends.

    Raises:
        ValidationError: for everybody, a technician and `ignore_auth` included.
    """
    if context.get(WORKFLOW) is _REVIEWED:
        return
    if package is not None:
        connection = session_connection()
        cases.lock_subject(connection, ENTRY_REVIEW.name, package.id)
        if cases.in_states(connection, ENTRY_REVIEW.name, [package.id], UNDER_REVIEW):
            raise tk.ValidationError({"state": [" / ".join(BEING_REVIEWED)]})
    if settings.review_required() and touches_listing(package, data.get("state")):
        raise tk.ValidationError({"state": [" / ".join(NOT_REVIEWED)]})


def touches_listing(package: Any, state: Any) -> bool:
    """Tell whether a write changes a listed entry, or lists one.

    Args:
        package: as stored; None for a new entry.
        state: that the caller asks for.
    """
    return state == State.LISTED.value or getattr(package, "state", "") == State.LISTED.value


def reviewed() -> dict[str, Any]:
    """Give what the workflow puts into the context of its own writes."""
    return {WORKFLOW: _REVIEWED}


def state_errors(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Say what of an entry's state is not one of 草稿, 目录已发布 and 已撤销.

    Args:
        data: what a caller sends; a missing state is no error.

    Returns:
        Messages by field, empty when nothing is wrong.
    """
    errors: dict[str, list[str]] = {}
    if data.get("state") not in {None, *(state.value for state in State)}:
        errors["state"] = [
            (
                "F1 state（目录状态）：须为 draft（草稿）、active（目录已发布）或 deleted（已撤销）"
                " / the state is draft, active or deleted"
            )
        ]
    if data.get("private") not in (None, False, "", "False", "false"):
        errors["private"] = [
            (
                "F1 private：本目录没有“私有”标志，未发布的目录请保存为草稿（state=draft）"
                " / entries cannot be private; save a draft instead (state=draft)"
            )
        ]
    return errors
