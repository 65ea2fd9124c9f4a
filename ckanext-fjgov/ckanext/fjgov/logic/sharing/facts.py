"""What guards and clocks of an application ask about the world: above all, what is published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.cases import terms as rules
from ckanext.fjgov.core.cases.guards import Facts, Request
from ckanext.fjgov.core.cases.publication import is_published
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.cases.types import application as kind
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.deciding import known_facts
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model import packages


def facts_about(connection: sa.Connection, case: Case, request: Request | None = None) -> Facts:
    """Give what the guards and clocks of an application ask about the world."""
    terms = mapping(request.payload.get("terms") if request else None) or rules.settled(case) or {}
    publishing = request is not None and request.event == kind.PUBLISH
    links = {**links_of(case), **(mapping(request.payload.get("entries")) if publishing else {})}
    unpublished = tuple(_unpublished(connection, terms, links))
    facts = known_facts(
        connection,
        home_node=settings.node().code,
        today=local_today(),
        unpublished=unpublished,
        standing=frozenset({kind.CONFIGURATION}) if unpublished else frozenset(),
    )
    if unpublished:
        return facts
    periods = {name: days for name, days in facts.periods.items() if name != kind.PUBLICATION}
    return replace(facts, periods=periods)


def links_of(case: Case) -> dict[str, str]:
    """Give the entries that the provider named for what had none: place of the target -> id."""
    links: dict[str, str] = {}
    for event in case.history:
        if event.name == kind.PUBLISH:
            links |= mapping(event.payload.get("entries"))
    return links


def mapping(value: Any) -> dict[str, Any]:
    """Give a copy of a mapping, and an empty one for anything else."""
    return dict(value) if isinstance(value, Mapping) else {}


def _unpublished(
    connection: sa.Connection, terms: Mapping[str, Any], links: Mapping[str, Any]
) -> list[str]:
    mode = str(terms.get("mode") or "")
    targets = list(enumerate(terms.get("targets") or (), 1))
    entries = {
        place: str(target["id"] if target["kind"] == rules.ENTRY else links.get(str(place), ""))
        for place, target in targets
    }
    exchange = packages.exchange_of(connection, list(entries.values()))
    return [
        str(target.get("title") or target["kind"])
        for place, target in targets
        if not is_published(json.loads(exchange.get(entries[place]) or "[]"), mode)
    ]
