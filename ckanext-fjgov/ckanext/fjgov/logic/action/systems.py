"""Actions of application systems (应用系统, Art. 35): their tokens for the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.systems import why_no_token
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.action.cases import read_anew
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import plain, reason_of, text_of
from ckanext.fjgov.logic.cases import actors
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing import systems as tokens
from ckanext.fjgov.model import case_reading, systems
from ckanext.fjgov.model.database import snapshot


def fjgov_system_token_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a token (系统令牌) with which an application system uses what it was granted.

    Only while the system has its registration number (Art. 35) and is in use. `token` of the
    answer is shown this once; send it as `Authorization: Bearer <token>` to `/share/<id>`.

    :param system: id or name of the record of the system
    :param name: what the token is for
    :param days: until it expires, at most and by default `fjgov.system_token.max_days`
    """
    tk.check_access("fjgov_system_token_create", context, data_dict)
    reference = plain(tk.get_or_bust(data_dict, "system"), "system")
    given = data_dict.get("days")
    days = None if given in (None, "") else whole(data_dict, "days", 0)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        made, text = tokens.create(connection, actor, reference, text_of(data_dict, "name"), days)
    tokens.note_in_audit("system_token_created", made, str(context.get("user") or ""))
    return {**_shown(made, {}), "token": text}


@tk.side_effect_free
def fjgov_system_token_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the tokens of an application system, the newest first, revoked ones too.

    :param system: id or name of the record of the system
    """
    tk.check_access("fjgov_system_token_list", context, data_dict)
    reference = plain(tk.get_or_bust(data_dict, "system"), "system")
    with snapshot() as connection:
        actor = actors.actor_in(connection, context)
        system = tokens.managed_system(connection, actor, reference)
        rows = systems.tokens_of(connection, system.id)
        people = case_reading.user_names(
            connection, (row[side] for row in rows for side in ("created_by", "revoked_by"))
        )
    refused = why_no_token(system.facts)
    return {
        "system": {
            "id": system.id,
            "name": system.name,
            "title": system.title,
            "number": system.facts.number,
        },
        "max_days": settings.system_token_days(),
        "why_none": {"zh": refused[0], "en": refused[1]} if refused else None,
        "results": [_shown(row, people) for row in rows],
    }


def fjgov_system_token_revoke(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Revoke a token at once (作废); what it has on the way breaks off.

    :param id: number of the token
    :param reason: why
    """
    tk.check_access("fjgov_system_token_revoke", context, data_dict)
    tk.get_or_bust(data_dict, "id")
    number = whole(data_dict, "id", 0)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        row = tokens.revoke(connection, actor, number, reason_of(data_dict))
    tokens.note_in_audit("system_token_revoked", row, str(context.get("user") or ""))
    return _shown(row, {})


SYSTEM_ACTIONS = {
    "fjgov_system_token_create": fjgov_system_token_create,
    "fjgov_system_token_list": fjgov_system_token_list,
    "fjgov_system_token_revoke": fjgov_system_token_revoke,
}


def _shown(row: Mapping[str, Any], people: Mapping[str, str]) -> dict[str, Any]:
    moments = ("created_at", "expires", "used_at", "revoked_at")
    state = "revoked" if row["revoked_at"] else "active"
    return {
        **{name: row[name] for name in ("id", "record", "number", "name", "ending", "reason")},
        **{name: row[name].isoformat() if row[name] else None for name in moments},
        "created_by": people.get(row["created_by"], ""),
        "revoked_by": people.get(row["revoked_by"], ""),
        "state": "expired" if state == "active" and row["expires"] <= utc_now() else state,
    }
