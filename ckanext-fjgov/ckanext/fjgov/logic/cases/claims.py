"""Claims that information of an entry cannot be published (不能发布, Art. 21)."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.offices import office_on
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Actor, Case, Party
from ckanext.fjgov.core.cases.types.non_publication import NON_PUBLICATION, OFFICE, UNIT
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.deciding import case_about, known_facts, take_step
from ckanext.fjgov.logic.clock import local_today

CLAIM = "claim"


def claim(
    connection: sa.Connection, package: model.Package, actor: Actor, request: Request
) -> Applied:
    """Report a claim to the unit's 同级数字办, in one step with opening its case.

    Raises:
        ValidationError: no office is registered for the unit, or the claim is not whole.
        NotAuthorized: the actor is no registrar or reviewer of the unit.
    """
    unit = model.Group.get(package.owner_org)
    case = case_about(
        connection,
        NON_PUBLICATION.name,
        package.id,
        parties=_parties(unit),
        state="draft",
        actor=actor,
    )
    return take_step(connection, case, request, actor, known_facts(connection, **_facts(package)))


def facts_of(case: Case) -> dict[str, Any]:
    """Give what the guards ask about the entry of a claim; nothing when it is gone."""
    package = model.Package.get(case.subject)
    return _facts(package) if package is not None else {}


def unit_code(unit: Any) -> str:
    """Give the code by which a unit is a party: its credit code, or the web name without one."""
    return str((unit.extras or {}).get("uscc") or unit.name)


def _facts(package: model.Package) -> dict[str, Any]:
    extras = package.extras or {}
    items = json.loads(extras.get("items") or "[]")
    return {
        "home_node": extras.get("home_node") or settings.node().code,
        "items": frozenset(str(item["id"]) for item in items if item.get("id")),
    }


def _parties(unit: Any) -> tuple[Party, ...]:
    here = settings.node().code
    rows = json.loads((unit.extras or {}).get("competent_office") or "[]")
    office = office_on(rows, local_today())
    if office is None:
        raise tk.ValidationError(
            {
                "competent_office": [
                    (
                        f"单位 {unit.title} 未登记现任的同级数字办，请先在机关单位信息中登记 / "
                        f"no digital office is registered for unit {unit.title} today"
                    )
                ]
            }
        )
    return (Party(UNIT, here, unit_code(unit)), Party(OFFICE, here, office))
