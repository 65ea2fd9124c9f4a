"""What the actions of this site say of themselves, for the description of the interface."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ckanext.fjgov.core.api.actions import ActionFacts

OPEN = "auth_allow_anonymous_access"
READ = "side_effect_free"


def facts_of(
    actions: Mapping[str, Callable[..., Any]], auth: Mapping[str, Callable[..., Any]]
) -> list[ActionFacts]:
    """Give the facts of actions by name.

    Args:
        actions: as the plugin registers them.
        auth: functions that decide who may call, by action; what has none here is decided by CKAN.
    """
    return [_facts(name, action, auth.get(name)) for name, action in actions.items()]


def _facts(name: str, action: Callable[..., Any], access: Callable[..., Any] | None) -> ActionFacts:
    is_read = bool(getattr(action, READ, False))
    return ActionFacts(
        name=name,
        doc=inspect.getdoc(action) or "",
        access=(inspect.getdoc(access) or "").partition("\n")[0] if access else "",
        is_read=is_read,
        # CKAN lets anybody ask to read, unless the function that decides wants an account.
        is_open=bool(getattr(access, OPEN, False)) if access else is_read,
    )
