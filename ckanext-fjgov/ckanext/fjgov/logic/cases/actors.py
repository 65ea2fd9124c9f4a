"""Who acts in a case: the account of the call, its appointments, and how it was identified."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.records import Actor, Appointment, Level
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model import appointments
from ckanext.fjgov.model.case_reading import Seeker


def actor_in(connection: sa.Connection, context: Any) -> Actor:
    """Give who calls an action; `ignore_auth` and being a technician add nothing.

    Raises:
        NotAuthorized: nobody is signed in.
    """
    user = _user(context)
    return Actor(user.id, appointments_of(connection, user.id), request_level())


def appointments_of(connection: sa.Connection, user_id: str) -> tuple[Appointment, ...]:
    """Give the appointments of an account, ended ones too."""
    return tuple(
        Appointment(row["id"], row["unit"], row["role"], row["valid_from"], row["valid_until"])
        for row in appointments.with_codes(connection, user_id)
    )


def seeker_of(actor: Actor) -> Seeker:
    """Give the same person as one who looks at lists."""
    today = local_today()
    held = {(one.unit, one.role) for one in actor.appointments if one.is_current(today)}
    return Seeker(actor.user_id, frozenset(held))


def _user(context: Any) -> model.User:
    user = context.get("auth_user_obj")
    if user is None or getattr(user, "is_anonymous", False):
        user = model.User.get(context.get("user") or "")
    if user is None or user.state != "active":
        raise tk.NotAuthorized("请先登录 / sign in first")
    return user


def request_level() -> Level:
    """Tell how the person of the running request was identified (Art. 35)."""
    if not has_request_context():
        return Level.NONE
    names = (tk.config.get("apitoken_header_name") or "Authorization", "Authorization")
    return Level.TOKEN if any(request.headers.get(name) for name in names) else Level.PASSWORD
