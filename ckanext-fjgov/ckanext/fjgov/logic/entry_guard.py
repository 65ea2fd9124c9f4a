"""Guards that hold for everybody, technicians included: they stand in actions, not in auth.

CKAN lets a sysadmin and `ignore_auth` pass every auth function, so that a guard there is no guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.logic import settings


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
