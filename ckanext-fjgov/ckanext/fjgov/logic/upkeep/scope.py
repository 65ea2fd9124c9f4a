"""Whose upkeep a person may see: the own units, those of the own office, or all (Art. 3, 44)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.model import offices

OFFICE, OPERATOR = "digital_office", "platform_operator"
PROVINCE = "province"


def units_in_sight(connection: sa.Connection, person: Person) -> set[str] | None:
    """Give the ids of the units whose upkeep a person may see, None for all of the node.

    省数字办 looks at the whole province (Art. 3); an office below it at the units that name it as
    their competent office today, which fixes level and division; the operator prepares figures.
    """
    held = set().union(*person.roles.values()) if person.roles else set()
    if person.is_sysadmin or OPERATOR in held:
        return None
    own = set(person.roles)
    of_office = [unit for unit, roles in person.roles.items() if OFFICE in roles]
    if not of_office:
        return own
    if settings.node().level == PROVINCE and any(map(_is_provincial, of_office)):
        return None
    return own | offices.units_of(connection, of_office, local_today())


def chosen_units(
    connection: sa.Connection, person: Person, data: dict[str, Any]
) -> set[str] | None:
    """Narrow what is in sight to the unit that a call names.

    Raises:
        ObjectNotFound: there is no such unit.
        NotAuthorized: it is not in sight.
    """
    seen = units_in_sight(connection, person)
    if not data.get("unit"):
        return seen
    unit = found_unit(data["unit"])
    if seen is not None and unit.id not in seen:
        raise tk.NotAuthorized(
            "仅本单位、其同级数字办和平台运行单位可以查看 / "
            "only the unit, its office and the platform operator may see this"
        )
    return {unit.id}


def found_unit(reference: Any) -> model.Group:
    """Give a unit by id or name.

    Raises:
        ObjectNotFound: there is no such unit.
    """
    unit = model.Group.get(str(reference))
    if unit is None or not unit.is_organization:
        raise tk.ObjectNotFound("没有该单位 / there is no such unit")
    return unit


def _is_provincial(unit_id: str) -> bool:
    unit = model.Group.get(unit_id)
    return unit is not None and (unit.extras or {}).get("level") == PROVINCE
