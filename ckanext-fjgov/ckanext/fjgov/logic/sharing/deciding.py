"""Steps of applications, and what they change beside their case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.cases import terms as rules
from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Actor, Case
from ckanext.fjgov.core.cases.types import application as kind
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.cases.deciding import take_step
from ckanext.fjgov.logic.sharing import granting
from ckanext.fjgov.logic.sharing.asking import application_case, named_terms
from ckanext.fjgov.logic.sharing.facts import facts_about, links_of, mapping
from ckanext.fjgov.logic.sharing.holders import check_holder
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.logic.sharing.targets import entry_items, entry_of, found
from ckanext.fjgov.model import applications

SUBMIT = "submit"


def decide(connection: sa.Connection, number: str, actor: Actor, request: Request) -> Applied:
    """Take any step of an application; a step that settles its terms and gives none keeps them.

    Raises:
        ObjectNotFound, NotAuthorized, ValidationError: nothing has changed.
    """
    case = application_case(connection, number)
    asked = _asked(connection, case, request)
    facts = facts_about(connection, case, asked)
    applied = take_step(connection, case, asked, actor, facts)
    if request.event == kind.CONFIGURE:
        granting.grant(connection, applied.case, actor, wanted_entries(applied.case))
    return applied


def wanted_entries(case: Case) -> list[dict[str, Any]]:
    """Give what is to be granted: `id`, `title`, `items`, `filter`, `share_class` of each entry."""
    terms, links = rules.settled(case) or {}, links_of(case)
    wanted = []
    for place, target in enumerate(terms.get("targets") or (), 1):
        if target["kind"] == rules.ENTRY:
            given = {name: target[name] for name in ("id", "title", "items")}
            given["filter"] = target.get("filter") or []
            package = model.Package.get(target["id"])
        else:
            package = model.Package.get(links[str(place)])
            items = list(entry_items(package))
            given = {"id": package.id, "title": package.title, "items": items}
        wanted.append({**given, "share_class": granting.class_of(package)})
    return wanted


def _asked(connection: sa.Connection, case: Case, request: Request) -> Request:
    """Give a request whose terms and entries are as they were found here."""
    payload = dict(request.payload)
    if request.event in kind.SETTLING:
        given = mapping(payload.get("terms"))
        if request.event == SUBMIT:
            draft = applications.find(connection, case.node, case.number)
            given = draft["terms"] if draft else {}
        applicant = case.party(kind.APPLICANT)
        unit = applicant.unit if applicant else ""
        terms = rules.settled(case)
        if given:
            terms = named_terms(connection, given, found(given.get("targets")), unit)
        check_holder(connection, terms or {}, unit)
        payload["terms"] = terms
    else:
        payload.pop("terms", None)
    if request.event == kind.PUBLISH:
        payload["entries"] = _linked(case, payload.get("entries"))
    return replace(request, payload=payload)


def _linked(case: Case, given: Any) -> dict[str, str]:
    """Give the entries that the provider names for what had none: place of the target -> id."""
    targets = (rules.settled(case) or {}).get("targets") or ()
    provider = case.party(kind.PROVIDER)
    links = {}
    for key, reference in mapping(given).items():
        place = int(key) if str(key).isascii() and str(key).isdigit() else 0
        if not 0 < place <= len(targets) or targets[place - 1]["kind"] == rules.ENTRY:
            refuse("entries", f"第 {key} 项无须指定目录", f"target {key} takes no entry")
        package = entry_of(reference, place)
        if provider is None or unit_code(model.Group.get(package.owner_org)) != provider.unit:
            refuse(
                "entries",
                f"第 {place} 项：目录不属于信息发布单位",
                f"target {place}: the entry is not the provider's",
            )
        links[str(place)] = package.id
    return links
