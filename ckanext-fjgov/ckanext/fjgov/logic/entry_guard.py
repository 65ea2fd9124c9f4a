"""Guards that hold for everybody, technicians included: they stand in actions, not in auth.

CKAN lets a sysadmin and `ignore_auth` pass every auth function, so that a guard there is no guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, UNDER_REVIEW
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import cases
from ckanext.fjgov.model.database import session_connection

WORKFLOW = "fjgov_workflow"
# Told by identity: no value that somebody sends can be this one.
_REVIEWED = object()
_FIRST_LOAD = object()
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
    if is_reviewed(context):
        return
    if package is not None:
        lock_review(package)
        if is_under_review(package.id):
            refuse_while_reviewed()
    if _is_first_load(context, package):
        return
    if settings.review_required() and touches_listing(package, data.get("state")):
        raise tk.ValidationError({"state": [" / ".join(NOT_REVIEWED)]})


def goes_beside(context: Any, package: Any, data: Mapping[str, Any]) -> bool:
    """Tell whether a change of a listed record is to be kept beside it, for a review.

    A caller that asks for another state than listed is left to `refuse_unreviewed`. Submissions
    wait for this transaction from here on.
    """
    listed = State.LISTED.value
    asks = data.get("state") in (None, listed) and package.state == listed
    if not asks or is_reviewed(context):
        return False
    lock_review(package)
    if package.state != listed:
        return False
    return settings.review_required() or is_under_review(package.id)


def lock_review(package: Any) -> None:
    """Keep submissions and decisions out until the transaction ends, and read the record anew.

    Whoever waited for the lock has read the record before it was held.
    """
    cases.lock_subject(session_connection(), ENTRY_REVIEW.name, package.id)
    model.Session.refresh(package)


def is_under_review(package_id: str) -> bool:
    """Tell whether somebody looks at what was submitted."""
    states = cases.in_states(session_connection(), ENTRY_REVIEW.name, [package_id], UNDER_REVIEW)
    return bool(states)


def refuse_while_reviewed() -> NoReturn:
    """Say that what is being reviewed does not change.

    Raises:
        ValidationError: always.
    """
    raise tk.ValidationError({"state": [" / ".join(BEING_REVIEWED)]})


def refuse_keyword(name: str) -> None:
    """Stop a keyword from being taken out of listed entries without their review.

    Raises:
        ValidationError: a listed entry has it; for everybody.
    """
    tag = model.Tag.get(name)
    listed = State.LISTED.value
    if tag is None or not settings.review_required():
        return
    if any(package.state == listed for package in tag.packages):
        raise tk.ValidationError({"id": [" / ".join(NOT_REVIEWED)]})


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


def first_load() -> dict[str, Any]:
    """Give what an operator's first load (建库导入) puts into the context of its writes.

    It lists what is not listed yet, by a decision of the operator that the audit names; it changes
    nothing that is listed. Only programs of the site have it (decision 0018).
    """
    return {WORKFLOW: _FIRST_LOAD}


def is_reviewed(context: Any) -> bool:
    """Tell whether a write is one of the workflow's own."""
    return context.get(WORKFLOW) is _REVIEWED


def _is_first_load(context: Any, package: Any) -> bool:
    is_listed = package is not None and package.state == State.LISTED.value
    return context.get(WORKFLOW) is _FIRST_LOAD and not is_listed


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
