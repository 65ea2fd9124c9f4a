"""How each kind of guard is taken away, for the time of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any
from unittest import mock

from tests.integration.mutation_walk import Item, is_ours, name_of

APPOINTMENTS = "ckanext.fjgov.model.appointments"
ALWAYS = date(2000, 1, 1)


@contextmanager
def lost(app: Any, item: Item, *, together: bool = False) -> Iterator[None]:
    """Take away the guard that an item is.

    Args:
        together: also what stands behind it: the roles that steps ask for.
    """
    with ExitStack() as stack:
        stack.enter_context(_LOST[item.kind](app, item))
        if together:
            stack.enter_context(everybody_is_everything())
        yield


@contextmanager
def _lost_auth(_app: Any, item: Item) -> Iterator[None]:
    """The auth function says yes to everybody."""
    from ckan import authz

    def yes(_context: Any, _data: Any = None) -> dict[str, bool]:
        return {"success": True}

    yes.auth_allow_anonymous_access = True  # type: ignore[attr-defined]
    with mock.patch.dict(authz._AuthFunctions._functions, {item.key: yes}):
        yield


@contextmanager
def _lost_action(_app: Any, item: Item) -> Iterator[None]:
    """The next action of the chain takes the place of a chained one; others ask for no right."""
    from ckan import logic

    wrapped = logic._actions[item.key]
    inner = wrapped.__wrapped__
    assert is_ours(inner), f"another plugin stands before {item.key}"
    replaced = inner.args[0] if item.is_chained else _unasked(inner)
    with mock.patch.dict(logic._actions, {item.key: _like(wrapped, replaced)}):
        yield


def _like(wrapped: Any, replaced: Callable[..., Any]) -> Any:
    """Give an action that the API calls as it calls the wrapped one."""
    from ckan import logic

    def action(context: Any = None, data_dict: Any = None) -> Any:
        context = logic._prepopulate_context(context)
        audited = list(context.get("__auth_audit") or [])
        try:
            return replaced(context, data_dict or {})
        finally:
            # What an action leaves unasked here is the point of it.
            context["__auth_audit"] = audited

    action.__doc__ = wrapped.__doc__
    if getattr(wrapped, "side_effect_free", False):
        action.side_effect_free = True  # type: ignore[attr-defined]
    return action


def _unasked(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Give an action in which nobody asks for a right."""

    def action(context: Any, data_dict: Any) -> Any:
        with unasked():
            return inner(context, data_dict)

    return action


@contextmanager
def unasked() -> Iterator[None]:
    """Let `check_access` of our own code pass."""
    import ckan.plugins.toolkit as tk

    with mock.patch.object(tk, "check_access", return_value=True):
        yield


@contextmanager
def _lost_view(app: Any, item: Item) -> Iterator[None]:
    """The view works for a technician who holds every office, or for any node, whoever asked."""
    view = app.view_functions[item.key]

    def unguarded(*arguments: Any, **named: Any) -> Any:
        import ckan.plugins.toolkit as tk
        from ckan import model

        from ckanext.fjgov.core.federation.signature import RequestClaims
        from ckanext.fjgov.logic import node_feed

        technician = (
            model.Session.query(model.User).filter_by(sysadmin=True, state="active").first()
        )
        claims = RequestClaims("350000", "350100", "nonce", 0, 2**40, "key")
        with (
            mock.patch.object(node_feed, "authenticate", return_value=claims),
            unasked(),
            everybody_is_everything(),
            mock.patch.multiple(tk.g, user=technician.name, userobj=technician, create=True),
        ):
            return view(*arguments, **named)

    with mock.patch.dict(app.view_functions, {item.key: unguarded}):
        yield


@contextmanager
def _lost_hook(app: Any, item: Item) -> Iterator[None]:
    """The hook is not called."""
    kept = []
    for hooks in (app.before_request_funcs, app.after_request_funcs):
        for functions in hooks.values():
            kept.append((functions, list(functions)))
            functions[:] = [one for one in functions if name_of(one) != item.key]
    try:
        yield
    finally:
        for functions, before in kept:
            functions[:] = before


@contextmanager
def _lost_label(_app: Any, item: Item) -> Iterator[None]:
    """Every record and every reader has every label."""
    from ckan import model

    from ckanext.fjgov.core.access.labels import OPEN, STAFF, WIDE, work_label
    from ckanext.fjgov.plugins.catalog import FjgovPlugin

    def everything(_plugin: Any, _of: Any) -> list[str]:
        units = model.Session.query(model.Group).filter_by(is_organization=True)
        return [OPEN, WIDE, STAFF, *(work_label(unit.id) for unit in units)]

    with mock.patch.object(FjgovPlugin, item.key, everything):
        yield


_LOST: dict[str, Callable[[Any, Item], Any]] = {
    "auth": _lost_auth,
    "action": _lost_action,
    "view": _lost_view,
    "hook": _lost_hook,
    "label": _lost_label,
}


@contextmanager
def everybody_is_everything() -> Iterator[None]:
    """Whoever asks holds every office in every unit, so that no step of a case refuses a person."""
    import sqlalchemy as sa

    from ckanext.fjgov.core.cases.roles import ROLES

    def units(connection: Any) -> list[Any]:
        return list(
            connection.execute(
                sa.text(
                    "SELECT id, coalesce(nullif(extras ->> 'uscc', ''), name) AS code"
                    ' FROM "group" WHERE is_organization'
                )
            )
        )

    def current_of_user(connection: Any, _user: str, _today: Any) -> dict[str, set[str]]:
        return {unit.id: set(ROLES) for unit in units(connection)}

    def with_codes(connection: Any, _user: str) -> list[dict[str, Any]]:
        return [
            {"id": 0, "unit": unit.code, "role": role, "valid_from": ALWAYS, "valid_until": None}
            for unit in units(connection)
            for role in ROLES
        ]

    def current_one(_connection: Any, _user: str, _unit: str, roles: Any, _today: Any) -> Any:
        return 0, roles[0]

    found = {
        "current_of_user": current_of_user,
        "with_codes": with_codes,
        "current_one": current_one,
    }
    with mock.patch.multiple(APPOINTMENTS, **found):
        yield
