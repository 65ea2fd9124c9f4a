"""Ask whether a person may use an entry now: what the decision of `core` needs, and no rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckanext.fjgov.core.access.decision import (
    Allowed,
    Asker,
    Denied,
    Use,
    decide_access,
    is_in_force,
)
from ckanext.fjgov.core.access.visibility import Reader, ShareClass, item_classes
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.readers import Person, facts_of, readers_of
from ckanext.fjgov.logic.sharing import systems
from ckanext.fjgov.model import grants, packages
from ckanext.fjgov.model.database import own_transaction, session_connection

SYSTEM = frozenset({"system"})


def decide_use(
    person: Person, package_id: str, entry: Mapping[str, Any], use: Use
) -> Allowed | Denied:
    """Decide about one use of an entry by a person, now.

    Args:
        entry: needs `share_type`, `open_to_public`, `state`, `private`, `owner_org` and, as they
            are stored, `items`.

    Cost: two statements.
    """
    return decide_for(_asker(person, entry.get("owner_org")), package_id, entry, use)


def decide_for(
    asker: Asker, package_id: str, entry: Mapping[str, Any], use: Use
) -> Allowed | Denied:
    """Decide about one use of an entry by a person or a system (`Caller.asker`), now.

    Args:
        entry: as for `decide_use`.

    Cost: one statement.
    """
    held = grants.of_entry(session_connection(), package_id, asker.units) if asker.units else []
    return decide_access(
        facts_of(entry),
        asker,
        use,
        held,
        utc_now(),
        settings.anonymous_scope(),
        stricter_items(entry),
    )


def stricter_items(entry: Mapping[str, Any]) -> dict[str, ShareClass | None]:
    """Give the classes of the items of an entry, as it is stored, that are stricter than it."""
    return item_classes(json.loads(entry.get("items") or "[]"), facts_of(entry))


def _asker(person: Person, owner: str | None) -> Asker:
    # A system uses what itself was granted, and nothing of what the people of its unit were.
    units = [unit_id for unit_id, roles in person.roles.items() if roles - SYSTEM]
    return Asker(
        readers=tuple(_readers(person, owner)),
        user=person.name,
        units=grants.codes_of_units(session_connection(), units),
    )


def _readers(person: Person, unit_id: str | None) -> list[Reader]:
    """Give the kinds of reader that a person is; a technician sees what units see, and uses none.

    Being a technician of the platform gives no right to any unit's data (Art. 3, 22).
    """
    kinds = readers_of(person, unit_id)
    if unit_id in person.working_units:
        return kinds
    return [one for one in kinds if one is not Reader.OWN_UNIT]


def still_holds(number: str, token: int | None = None) -> bool:
    """Tell whether what a use rests on gives it still; asked while data are on the way.

    Args:
        number: of the grant; "" where none is needed.
        token: of the system that uses; None for a person.
    """
    with own_transaction() as connection:
        if token is not None and not systems.still_stands(connection, token):
            return False
        if not number:
            return True
        grant = grants.deciding(connection, settings.node().code, number)
        found = packages.packages_by_reference(connection, [grant.entry]) if grant else {}
    if grant is None or grant.entry not in found:
        return False
    entry = found[grant.entry]
    facts = facts_of({**entry.extras, "state": entry.state, "private": entry.private})
    return is_in_force(grant, facts, utc_now())
