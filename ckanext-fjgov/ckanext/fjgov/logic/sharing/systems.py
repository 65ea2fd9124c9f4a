"""Application systems as callers (应用系统, Art. 35): their tokens, and who shows one.

A token is sent as `Authorization: Bearer fjs_…`. CKAN's own tokens are sent without a word before
them, so that neither is ever taken for the other; a system's token opens the exchange and nothing
else. Nobody but the system keeps it: here is its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access import systems as rules
from ckanext.fjgov.core.access.decision import Asker
from ckanext.fjgov.core.access.visibility import Reader
from ckanext.fjgov.core.cases.records import Actor
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.model import audit, systems
from ckanext.fjgov.model.database import own_transaction

SCHEME, MARK = "bearer", "fjs_"
# In records of use, before the number of the system that used.
PREFIX = "system:"
MANAGING = "info_manager"
_ENDING = 4


class TokenRefusedError(Exception):
    """Somebody showed a system's token that is worth nothing; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Caller:
    """An application system that showed its token.

    Attributes:
        number: its registration number.
        unit: code of the unit in charge.
        token: number of the token.
    """

    number: str
    unit: str
    token: int

    @property
    def user_id(self) -> str:
        """The system as records of use name it, where an account stands for a person."""
        return f"{PREFIX}{self.number}"

    @property
    def asker(self) -> Asker:
        """The system as the decision about a use asks for it."""
        return Asker((Reader.SYSTEM,), units=frozenset({self.unit}), system=self.number)


def caller_of(header: str | None) -> Caller | None:
    """Give the system that a request is made by, as its header `Authorization` says.

    Returns:
        None when the header shows no token of a system, so that a person or nobody is asking.

    Raises:
        TokenRefusedError: it shows one that is worth nothing. The request must be refused: it is
            never taken for one of somebody else.

    Cost: two statements, and a third once a minute.
    """
    text = _shown(header)
    if text is None:
        return None
    now = utc_now()
    with own_transaction() as connection:
        row = systems.token_of_digest(connection, _digest(text))
        if row is None:
            raise TokenRefusedError(*rules.UNKNOWN_TOKEN)
        refused = _why_refused(connection, row, now)
        if refused:
            raise TokenRefusedError(*refused)
        systems.note_use(connection, row["id"], now)
    return Caller(row["number"], row["unit"], row["id"])


def is_shown(header: str | None) -> bool:
    """Tell whether a header shows what claims to be a token of a system."""
    return _shown(header) is not None


def still_stands(connection: sa.Connection, token: int) -> bool:
    """Tell whether a token stands for its system still; asked while data are on the way."""
    row = systems.token(connection, token)
    return row is not None and _why_refused(connection, row, utc_now()) is None


def managed_system(connection: sa.Connection, actor: Actor, reference: str) -> systems.System:
    """Give a system whose tokens an actor manages.

    Raises:
        ObjectNotFound: there is no such system of this node.
        NotAuthorized: the actor is no 信息管理员 of the unit in charge today.
    """
    found = systems.find(connection, settings.node().code, reference)
    today = local_today()
    manages = found is not None and any(
        one.unit == found.facts.unit and one.role == MANAGING and one.is_current(today)
        for one in actor.appointments
    )
    # Of what is not listed, others do not even learn that it is there.
    if found is None or not (manages or found.facts.is_listed):
        raise tk.ObjectNotFound("没有该应用系统 / there is no such application system")
    if not manages:
        raise tk.NotAuthorized(
            "系统令牌由系统主管单位现任的信息管理员管理 / "
            "tokens are managed by an information administrator of the unit in charge"
        )
    return found


def create(
    connection: sa.Connection, actor: Actor, reference: str, name: str, days: int | None
) -> tuple[dict[str, Any], str]:
    """Make a token for a system.

    Args:
        days: until it expires; the most that the setting allows when None.

    Returns:
        The token as lists show it, and its text, which is shown this once.

    Raises:
        ObjectNotFound, NotAuthorized: as `managed_system`.
        ValidationError: the system is not registered or not in use, or something is missing.
    """
    system = managed_system(connection, actor, reference)
    refused = rules.why_no_token(system.facts)
    if refused:
        refuse("system", *refused)
    most = settings.system_token_days()
    lasting = most if days is None else days
    refused = rules.why_not_made(name, lasting, most)
    if refused:
        refuse("days" if name else "name", *refused)
    text, now = MARK + secrets.token_urlsafe(32), utc_now()
    number = systems.add_token(
        connection,
        record=system.id,
        number=system.facts.number,
        unit=system.facts.unit,
        name=name,
        digest=_digest(text),
        ending=text[-_ENDING:],
        created_by=actor.user_id,
        created_at=now,
        expires=rules.expiry(now, lasting),
    )
    made = systems.token(connection, number)
    if made is None:
        raise LookupError(number)
    return made, text


def revoke(connection: sa.Connection, actor: Actor, number: int, reason: str) -> dict[str, Any]:
    """Take a token back; what it has on the way breaks off.

    Raises:
        ObjectNotFound: there is no such token.
        NotAuthorized: as `managed_system`.
        ValidationError: there is no reason, or it was revoked before.
    """
    row = systems.token(connection, number)
    if row is None:
        raise tk.ObjectNotFound(f"没有系统令牌 {number} / there is no system token {number}")
    managed_system(connection, actor, row["record"])
    if not reason:
        refuse("reason", "请填写作废理由", "say why it is revoked")
    if not systems.revoke(connection, number, actor.user_id, reason, utc_now()):
        refuse("id", "该令牌已作废", "it was revoked before")
    return {**row, **(systems.token(connection, number) or {})}


def note_in_audit(event: str, row: dict[str, Any], user: str) -> None:
    """Write what became of a token into the audit (Art. 36); call it after the commit."""
    detail = {"token": row["id"], "record": row["record"], "number": row["number"]}
    audit.append(event, user, {**detail, "expires": row["expires"].isoformat()}, utc_now())


def _why_refused(
    connection: sa.Connection, row: dict[str, Any], now: datetime
) -> tuple[str, str] | None:
    system = systems.find(connection, settings.node().code, row["record"])
    return rules.why_refused(systems.facts_of_token(row), system.facts if system else None, now)


def _shown(header: str | None) -> str | None:
    """Give the token of a header; None when it names another way of saying who asks."""
    scheme, _space, text = (header or "").strip().partition(" ")
    return text.strip() if scheme.lower() == SCHEME else None


def _digest(text: str) -> str:
    # The token has 256 random bits, so that its digest needs no salt and no slow hash.
    return hashlib.sha256(text.encode()).hexdigest()
