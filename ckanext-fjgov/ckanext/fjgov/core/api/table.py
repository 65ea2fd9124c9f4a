"""The tables beside the code: what they say of actions, routes, examples and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_PACKAGE = "ckanext.fjgov.core.api"


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that belong together.

    Attributes:
        actions: name -> Chinese name and the parameters that must be given.
    """

    name: str
    zh: str
    en: str
    actions: Mapping[str, tuple[str, tuple[str, ...]]]


@cache
def table(name: str) -> Any:
    """Read one table, once for a process; nobody changes it."""
    return yaml.safe_load(files(_PACKAGE).joinpath(f"{name}.yaml").read_text("utf-8"))


@cache
def groups() -> tuple[Group, ...]:
    """Give the groups of actions, in the order of the document."""
    return tuple(
        Group(
            row["name"],
            row["zh"],
            row["en"],
            {name: (told[0], tuple(told[1:])) for name, told in row["actions"].items()},
        )
        for row in table("actions")["groups"]
    )


def known_actions() -> dict[str, Group]:
    """Give the group of each action that the document has."""
    return {name: group for group in groups() for name in group.actions}


def type_of(action: str, parameter: str) -> str:
    """Give the type of a parameter.

    Raises:
        KeyError: the table does not know it.
    """
    rows = table("actions")
    special = rows["special"].get(action, {})
    return str(special.get(parameter) or rows["parameters"][parameter][0])


def chinese_of(parameter: str) -> str:
    """Give what a parameter is called in Chinese."""
    return str(table("actions")["parameters"][parameter][1])
