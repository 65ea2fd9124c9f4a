"""Say who is asking: a kind of reader, and the units where the person is appointed today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckan import model

from ckanext.fjgov.core.access.labels import labels_of_entry, labels_of_reader
from ckanext.fjgov.core.access.visibility import (
    Aspect,
    EntryFacts,
    Reader,
    directory_facts,
    entry_facts,
    visible_aspects,
)
from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model import appointments
from ckanext.fjgov.model.database import session_connection

# 单位负责人、目录登记人员、目录审核人员、信息管理员 (Art. 18, 24): who works on a catalog.
CATALOG_ROLES = frozenset({"unit_lead", "registrar", "reviewer", "info_manager"})


@dataclass(frozen=True, slots=True)
class Person:
    """One caller: roles by unit, and whether it is an identified official at all."""

    user_id: str | None
    name: str
    is_sysadmin: bool
    roles: dict[str, set[str]]

    @property
    def is_staff(self) -> bool:
        """An account without any current appointment is treated like an anonymous reader."""
        return self.is_sysadmin or bool(self.roles)

    @property
    def working_units(self) -> set[str]:
        """The units on whose catalog the person works; their other members see no drafts."""
        return {unit for unit, roles in self.roles.items() if roles & CATALOG_ROLES}

    def holds(self, unit_id: str | None, *roles: str) -> bool:
        """Say whether the person holds one of the roles in the unit today."""
        return bool(self.roles.get(unit_id or "", set()).intersection(roles))


def person_of(user: Any) -> Person:
    """Give the person behind a CKAN user object; anonymous for anything else.

    Cost: one statement.
    """
    if user is None or getattr(user, "is_anonymous", False) or not getattr(user, "id", None):
        return Person(None, "", is_sysadmin=False, roles={})
    today = local_today()
    roles = appointments.current_of_user(session_connection(), user.id, today)
    return Person(user.id, user.name, is_sysadmin=bool(user.sysadmin), roles=roles)


def person_in(context: Any) -> Person:
    """Give the person of an action's context."""
    return person_of(user_in(context))


def user_in(context: Any) -> Any:
    """Give the CKAN user object of an action's context; None for nobody."""
    user = context.get("auth_user_obj")
    if user is None and context.get("user"):
        user = model.User.get(context["user"])
    return user


def readers_of(person: Person, unit_id: str | None) -> list[Reader]:
    """Give all kinds of reader that a person is for the entries of one unit."""
    if not person.is_staff:
        return [Reader.ANONYMOUS]
    kinds = [Reader.STAFF]
    if unit_id in person.working_units or person.is_sysadmin:
        kinds.append(Reader.OWN_UNIT)
    held = set().union(*person.roles.values()) if person.roles else set()
    if "digital_office" in held:
        kinds.append(Reader.OFFICE)
    if "platform_operator" in held:
        kinds.append(Reader.OPERATOR)
    return kinds


def facts_of(record: Mapping[str, Any]) -> EntryFacts:
    """Give what decides about the visibility of a record, by its `type`."""
    schema = directories().get(record.get("type") or ENTRY_TYPE)
    return directory_facts(record, schema.audience) if schema else entry_facts(record)


def aspects_for(person: Person, entry: dict[str, Any]) -> frozenset[Aspect]:
    """Give what a person may see and use of an entry: the union over the kinds of reader."""
    facts = facts_of(entry)
    scope = settings.anonymous_scope()
    kinds = readers_of(person, entry.get("owner_org"))
    return frozenset().union(*(visible_aspects(facts, kind, scope) for kind in kinds))


def reader_labels(person: Person) -> list[str]:
    """Give the search labels that a person holds."""
    return labels_of_reader(
        is_staff=person.is_staff,
        appointed_units=person.working_units,
        scope=settings.anonymous_scope(),
    )


def package_labels(package: Any) -> list[str]:
    """Give the labels of a stored package; only the packages of this catalog get any."""
    extras = package.extras or {}
    facts = facts_of(
        {
            "type": package.type,
            "share_type": extras.get("share_type"),
            "open_to_public": extras.get("open_to_public"),
            "state": package.state,
            "private": package.private,
        }
    )
    return labels_of_entry(facts, package.owner_org)
