"""Every chained auth function with its two attributes.

A chained function hides the attributes of the one behind it: CKAN reads them from the outermost
only. Without `auth_allow_anonymous_access` anonymous readers are turned away before any function
is asked; with `auth_sysadmins_check` technicians are asked like everybody else.
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from ckanext.fjgov.logic.auth import AUTH

ANONYMOUS, SYSADMINS = "auth_allow_anonymous_access", "auth_sysadmins_check"
# name -> (anonymous callers reach it, technicians are asked). Guards that hold for technicians
# stand in actions and transitions, never here, because `ignore_auth` passes these.
CHAINED = {
    "package_create": (True, False),
    "package_update": (True, False),
    "package_delete": (False, False),
    "package_show": (True, False),
    "user_autocomplete": (True, False),
    "user_list": (True, False),
    "user_show": (True, False),
}
# Where each stands in CKAN; functions that read are open there unless they say otherwise.
BEHIND = {
    "package_create": "create",
    "package_update": "update",
    "package_delete": "delete",
    "package_show": "get",
    "user_autocomplete": "get",
    "user_list": "get",
    "user_show": "get",
}


def is_chained(function: Any) -> bool:
    return bool(getattr(function, "chained_auth_function", False))


def attributes(function: Any, *, reads: bool = False) -> tuple[bool, bool]:
    """Give both attributes as CKAN reads them; `reads` for a function of its `auth.get`."""
    return bool(getattr(function, ANONYMOUS, reads)), bool(getattr(function, SYSADMINS, False))


def test_the_hand_written_table_lists_every_chained_function() -> None:
    found = {name: attributes(f) for name, f in AUTH.items() if is_chained(f)}
    assert found == CHAINED


@pytest.mark.parametrize("name", sorted(CHAINED))
def test_a_chained_function_has_the_attributes_of_the_one_behind_it(name: str) -> None:
    module = importlib.import_module(f"ckan.logic.auth.{BEHIND[name]}")
    behind = getattr(module, name)
    assert attributes(behind, reads=BEHIND[name] == "get") == CHAINED[name]


def test_functions_that_are_not_chained_replace_none_of_ckan() -> None:
    modules = ("get", "create", "update", "delete", "patch", "file")
    of_ckan = {
        name
        for module in modules
        for name in vars(importlib.import_module(f"ckan.logic.auth.{module}"))
    }
    assert {name for name, f in AUTH.items() if not is_chained(f)} & of_ckan == set()
