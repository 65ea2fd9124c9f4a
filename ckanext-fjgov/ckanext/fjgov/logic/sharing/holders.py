"""Who is to use information (使用对象, Art. 24): the unit's people, named ones, or a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.access.systems import why_no_holder
from ckanext.fjgov.core.cases import terms as rules
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases import actors
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import systems


def named_holder(connection: sa.Connection, given: Any, unit: str) -> dict[str, Any]:
    """Give a holder as it is written into terms, and nothing that nobody asked about.

    A system is written with its registration number (`system`) and the title of that moment; one
    that is not found stays as it was given, until `check_holder` refuses it.

    Args:
        unit: code of the applying unit.
    """
    holder = given if isinstance(given, Mapping) else {}
    kept = {name: holder[name] for name in ("kind", "users", "system") if holder.get(name)}
    if kept.get("kind") != rules.SYSTEM:
        return {name: value for name, value in kept.items() if name != "system"}
    found = _system(connection, kept.get("system"), unit)
    if found is None or not found.facts.number:
        return {name: value for name, value in kept.items() if name != "users"}
    return {"kind": rules.SYSTEM, "system": found.facts.number, "system_title": found.title}


def check_holder(connection: sa.Connection, terms: Mapping[str, Any], unit: str) -> None:
    """See that those who are to use the information are people or a system of the applying unit.

    Raises:
        ValidationError: an account is not appointed there today; a system is not the unit's, not
            listed, without a registration number, or out of use.
    """
    holder = terms.get("holder") or {}
    if holder.get("kind") == rules.SYSTEM:
        if holder.get("system"):
            _check_system(connection, holder["system"], unit)
        return
    users = holder.get("users")
    for name in users if isinstance(users, list) else ():
        user = model.User.get(name) if isinstance(name, str) else None
        held = actors.appointments_of(connection, user.id) if user else ()
        if not any(one.unit == unit and one.is_current(local_today()) for one in held):
            refuse(
                "holder",
                f"使用人员 {name} 不是本单位现任人员",
                f"{name} holds no current appointment in the unit",
            )


def _check_system(connection: sa.Connection, reference: Any, unit: str) -> None:
    found = _system(connection, reference, unit)
    if found is None:
        refuse(
            "holder",
            f"{reference} 不是申请单位的应用系统，请从政务应用系统目录中选择",
            f"{reference} is no application system of the applying unit; choose one of its own",
        )
    refused = why_no_holder(found.facts)
    if refused:
        refuse("holder", *refused)


def _system(connection: sa.Connection, reference: Any, unit: str) -> systems.System | None:
    if not isinstance(reference, str):
        return None
    return systems.of_unit(connection, settings.node().code, unit, reference.strip())
