"""Call actions as the site itself, which is who an operator at the command line is."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.cli.output import FAILED, fail


def site_context() -> dict[str, Any]:
    """Give the context of the site's own user."""
    name = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": name, "ignore_auth": True}


def call(action: str, data: dict[str, Any], *, code: int = FAILED) -> Any:
    """Call an action; its refusal ends the command with its message and an exit code."""
    try:
        return tk.get_action(action)(site_context(), data)
    except tk.ValidationError as error:
        words = [str(word) for found in error.error_dict.values() for word in found]
        zh, _, en = "；".join(words).partition(" / ")
        fail(zh, en or zh, code)
    except tk.ObjectNotFound as error:
        fail(str(error.message), "not found", code)
