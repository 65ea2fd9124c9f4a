"""Who may hand in workbooks for a unit; asked in the action and again when its job runs."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.readers import Person, person_of

WRITERS = ("registrar", "reviewer")


def refuse_others(user: Any, unit_id: str) -> Person:
    """Give the person behind an account that is appointed to register entries of a unit.

    Raises:
        NotAuthorized: for everybody else, technicians included.
    """
    person = person_of(user)
    if not person.holds(unit_id, *WRITERS):
        raise tk.NotAuthorized(
            "仅本单位现任的目录登记人员、目录审核人员可以导入和查看 / "
            "only registrars and reviewers appointed in the unit may import and see this"
        )
    return person


def units_of(person: Person) -> list[str]:
    """Give the units whose entries a person may register today."""
    return [unit for unit in person.roles if person.holds(unit, *WRITERS)]
