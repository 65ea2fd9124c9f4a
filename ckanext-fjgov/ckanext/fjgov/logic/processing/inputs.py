"""The tables of an order: found, and decided about for one person now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckan import model

from ckanext.fjgov.core.access.decision import CUSTOM, Denied, Grant, Use
from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.exchange.filters import Filter
from ckanext.fjgov.core.exchange.tables import MountedTable
from ckanext.fjgov.core.processing.spec import Table
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.logic.sharing.access import decide_use
from ckanext.fjgov.logic.sharing.targets import entry_items
from ckanext.fjgov.logic.sharing.using import Used
from ckanext.fjgov.model import mounts
from ckanext.fjgov.model.database import session_connection

_NOTHING = Denied(
    "第二十条",
    "没有该库表，或尚未挂接；请选择已授权并已挂接的资源",
    "there is no such table, or it is not mounted; choose one that is granted and mounted",
    is_hidden=True,
)
_ELSEWHERE = Denied(
    "第四十一条",
    "该信息由其他节点提供，请在其节点加工",
    "another node provides this information; have it processed there",
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A table that a person may have processed now.

    Attributes:
        table: columns that the grant gives; without one all that the person may download.
        row_filter: rows that the grant gives; empty for all.
        grant: None for what needs none: the own unit's, and what is open to society.
        unit: code of the unit that holds the grant; "" without one.
        must_be_recorded: as `using.Used` has it.
    """

    mounted: MountedTable
    table: Table
    row_filter: Filter
    grant: Grant | None
    unit: str
    provider: str

    def used(self, person: Person, level: str = "") -> Used:
        """Give what the record of a use says of it."""
        return Used(
            user=person.user_id or "",
            unit=self.grant.unit if self.grant else "",
            provider=self.provider,
            entry=self.mounted.entry,
            resource=self.mounted.resource,
            grant=self.grant.number if self.grant else "",
            mode=CUSTOM,
            # Processing brings tables together: without a record it is not done, whatever class.
            must_be_recorded=True,
            level=level,
        )


def decide(
    person: Person, resource: str, number: str, items: Sequence[str] = ()
) -> Granted | Denied:
    """Decide whether a person may have a table processed now.

    Args:
        number: of the grant; "" for any that the person's units hold.
        items: that are read; the grant must hold them all.

    Cost: what `decide_use` costs, and two look-ups.
    """
    mounted = mounts.find(session_connection(), resource)
    package = model.Package.get(mounted.entry) if mounted else None
    if mounted is None or package is None:
        return _NOTHING
    entry = {
        **(package.extras or {}),
        "state": package.state,
        "private": package.private,
        "owner_org": package.owner_org,
    }
    use = Use(Aspect.DOWNLOAD, frozenset(items), grant=number, mode=CUSTOM)
    decision = decide_use(person, package.id, entry, use)
    if isinstance(decision, Denied):
        return _NOTHING if decision.is_hidden else decision
    if entry.get("home_node") not in (None, "", settings.node().code):
        return _ELSEWHERE
    unit = model.Group.get(package.owner_org)
    provider = unit_code(unit) if unit else ""
    grant = decision.grant
    given = (grant.items if grant else frozenset(entry_items(package))) - decision.withheld
    return Granted(
        mounted=mounted,
        table=Table(package.title, mounted.columns_of(given)),
        row_filter=row_filter_of(grant),
        grant=grant,
        unit=grant.unit if grant else "",
        provider=provider,
    )


def row_filter_of(grant: Grant | None) -> Filter:
    """Give the rows that a grant gives; a grant without a filter gives all."""
    return grant.filter if grant else ()


def decide_all(person: Person, spec: Mapping[str, Any]) -> list[Granted] | Denied:
    """Decide about every table of an order; the first refusal is that of the whole."""
    found: list[Granted] = []
    for one in spec["inputs"]:
        decision = decide(person, one["resource"], one.get("grant") or "", _read(one))
        if isinstance(decision, Denied):
            return decision
        found.append(decision)
    return found


def _read(one: Mapping[str, Any]) -> list[str]:
    """Give the items that an input reads, those of its own conditions included."""
    return [*one["items"], *(str(row["item"]) for row in one.get("filter") or ())]
