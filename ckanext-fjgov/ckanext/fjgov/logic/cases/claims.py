"""Claims that information of an entry cannot be published (不能发布, Art. 21).

A step and what it changes in the entry's exchange record are one transaction, on the connection of
the running request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.offices import office_on
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.publication import covers_all, rows_after
from ckanext.fjgov.core.cases.records import Actor, Case, Party
from ckanext.fjgov.core.cases.types.non_publication import NON_PUBLICATION, OFFICE, UNIT
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.deciding import case_about, known_facts, take_step
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.exchange import recording

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
    # Whoever waited for the case has read the entry before it was held.
    model.Session.expire_all()
    named = replace(request, payload=_named(request.payload, package))
    facts = known_facts(connection, **_facts(package))
    applied = take_step(connection, case, named, actor, facts)
    write_publication(connection, applied.case)
    return applied


def write_publication(connection: sa.Connection, case: Case) -> None:
    """Let the exchange record of an entry say what became of a claim of all its items.

    It is written past the rules of entries: a decision of the office stands, whatever else is
    wrong with the entry. A revision that is being made goes on from the new record.
    """
    package = model.Package.get(case.subject)
    if case.kind != NON_PUBLICATION.name or package is None or package.state == "deleted":
        return
    claim_made = case.last(frozenset({CLAIM}))
    claimed = [row["item"] for row in claim_made.payload["items"]] if claim_made else []
    if not covers_all(claimed, _facts(package)["items"]):
        return
    modes = load_vocabulary("exchange_modes", settings.data_folder()).concepts
    after = rows_after(recording.rows_of(package), case.state, modes, local_today().isoformat())
    recording.write(connection, package, after)


def facts_of(case: Case) -> dict[str, Any]:
    """Give what the guards ask about the entry of a claim; nothing when it is gone."""
    package = model.Package.get(case.subject)
    return _facts(package) if package is not None else {}


def unit_code(unit: Any) -> str:
    """Give the code by which a unit is a party: its credit code, or the web name without one."""
    return str((unit.extras or {}).get("uscc") or unit.name)


def _named(payload: Mapping[str, Any], package: model.Package) -> dict[str, Any]:
    """Give a payload whose rows hold the names of their items: an item may be renamed later."""
    rows = payload.get("items")
    items = json.loads((package.extras or {}).get("items") or "[]")
    names = {str(item.get("id")): str(item.get("name") or "") for item in items}
    if not isinstance(rows, list):
        return dict(payload)
    return {
        **payload,
        "items": [
            {**row, "name": names.get(str(row.get("item")), "")}
            if isinstance(row, Mapping)
            else row
            for row in rows
        ],
    }


def _facts(package: model.Package) -> dict[str, Any]:
    extras = package.extras or {}
    items = json.loads(extras.get("items") or "[]")
    return {
        "home_node": extras.get("home_node") or settings.node().code,
        "items": frozenset(str(item["id"]) for item in items if item.get("id")),
    }


def office_of(unit: Any) -> str:
    """Give the code of a unit's 同级数字办 today.

    Raises:
        ValidationError: none is registered.
    """
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
    return office


def _parties(unit: Any) -> tuple[Party, ...]:
    here = settings.node().code
    return (Party(UNIT, here, unit_code(unit)), Party(OFFICE, here, office_of(unit)))
