"""What every page that writes a record needs: who may, in which state, in which context."""

from __future__ import annotations

from typing import Any

from flask import request

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.searching_pages import messages_of, reader_context

WRITERS = ("registrar", "reviewer")
DRAFT, LISTED = "draft", "active"


def units_of_writer() -> list[registers.Unit]:
    """Give the units for which the person may register records."""
    person = helpers.person()
    if person.is_sysadmin:
        return registers.own_units(settings.node().code)
    own = [unit for unit, roles in person.roles.items() if roles.intersection(WRITERS)]
    return registers.units_by_id(own) if own else []


def wanted_state() -> str:
    """Give the state that the pressed button of a form asks for."""
    return LISTED if request.form.get("act") == "list" else DRAFT


def write_context() -> dict[str, Any]:
    """Give the context of a write or edit: without `for_view`, so that values come unrendered."""
    context = reader_context()
    context.pop("for_view")
    return context


def attempted(action: str, wanted: dict[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    """Call an action that writes; gives its answer, or why it was refused."""
    try:
        return tk.get_action(action)(write_context(), wanted), []
    except tk.ValidationError as error:
        return None, messages_of(error.error_dict)
    except tk.NotAuthorized as error:
        return None, [str(error.message or "")]
