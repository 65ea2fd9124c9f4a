"""Who may mount data of an entry, asked in the action and again when its job runs (Art. 18 to 20).

The providing unit publishes its own information; the operator of the platform keeps the exchange
running, so it may fetch anew what the unit has mounted, and nothing else.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.entry_guard import copy_refusal
from ckanext.fjgov.logic.readers import Person, person_of

MOUNTERS = ("registrar", "info_manager")
# Who else of the unit reads what was mounted and how it went.
READERS = (*MOUNTERS, "reviewer", "unit_lead")
OPERATOR = "platform_operator"


def may_mount(person: Person, package: Any) -> bool:
    """Tell whether a person mounts the data of an entry: appointed for it in the providing unit."""
    return person.holds(package.owner_org, *MOUNTERS)


def may_refresh(person: Person) -> bool:
    """Tell whether a person may fetch again what is mounted: the operator of the platform."""
    return any(OPERATOR in roles for roles in person.roles.values())


def may_read(person: Person, package: Any) -> bool:
    """Tell whether a person sees how the data of an entry were mounted."""
    return person.holds(package.owner_org, *READERS) or may_refresh(person)


def refuse_others(user: Any, package: Any, *, only_refresh: bool = False) -> Person:
    """Give the person behind an account that may mount data of an entry.

    Args:
        only_refresh: what is mounted already is fetched again, just as before.

    Raises:
        NotAuthorized: for everybody else, technicians included, and for the copy of another node.
    """
    refused = copy_refusal(package)
    if refused:
        raise tk.NotAuthorized(" / ".join(refused))
    person = person_of(user)
    if may_mount(person, package) or (only_refresh and may_refresh(person)):
        return person
    raise tk.NotAuthorized(
        "仅信息发布单位现任的目录登记人员、信息管理员可以挂接；平台运行单位可以按原方式刷新 / "
        "only registrars and information administrators of the providing unit may mount data;"
        " the platform operator may refresh them as they were mounted"
    )


def refuse_readers(person: Person, package: Any) -> None:
    """Stop who has no part in mounting.

    Raises:
        NotAuthorized: for others than people of the providing unit and the operator.
    """
    if not may_read(person, package):
        raise tk.NotAuthorized(
            "仅信息发布单位和平台运行单位可以查看挂接情况 / "
            "only the providing unit and the platform operator may see how data are mounted"
        )
