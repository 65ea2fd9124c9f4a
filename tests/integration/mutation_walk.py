"""What this extension registers with CKAN: found by walking CKAN's registries, never listed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

OURS = "ckanext.fjgov"


@dataclass(frozen=True)
class Item:
    """One thing that may guard something.

    Attributes:
        kind: `action`, `auth`, `view`, `hook` or `label`.
        key: by which its registry knows it.
    """

    kind: str
    key: str
    is_chained: bool = False

    @property
    def name(self) -> str:
        """Kind and key, as the table of probes calls it."""
        return f"{self.kind}:{self.key}"


def items_of(app: Any) -> list[Item]:
    """Walk the registries of a site with our plugins loaded."""
    import ckan.plugins as p
    from ckan import authz, logic
    from ckan.plugins.interfaces import IPermissionLabels

    with app.test_request_context():
        logic.get_action("status_show")
        authz.auth_functions_list()
    found: list[Item] = []
    for interface, kind, getter, chained in (
        (p.IActions, "action", "get_actions", "chained_action"),
        (p.IAuthFunctions, "auth", "get_auth_functions", "chained_auth_function"),
    ):
        for plugin in _ours(p.PluginImplementations(interface)):
            found += [
                Item(kind, name, bool(getattr(function, chained, False)))
                for name, function in getattr(plugin, getter)().items()
            ]
    endpoints = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_ours(app.view_functions[rule.endpoint])
    }
    found += [Item("view", endpoint) for endpoint in endpoints]
    for hooks in (app.before_request_funcs, app.after_request_funcs):
        for functions in hooks.values():
            found += [Item("hook", name_of(one)) for one in functions if is_ours(one)]
    for _plugin in _ours(p.PluginImplementations(IPermissionLabels)):
        found += [
            Item("label", name)
            for name, value in vars(IPermissionLabels).items()
            if callable(value) and not name.startswith("_")
        ]
    return sorted(set(found), key=lambda item: item.name)


def _ours(plugins: Any) -> list[Any]:
    return [plugin for plugin in plugins if type(plugin).__module__.startswith(OURS)]


def _plain(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def is_ours(function: Any) -> bool:
    """Tell whether a function, or the outermost one of a chain, is of this extension."""
    return str(_plain(function).__module__).startswith(OURS)


def name_of(function: Any) -> str:
    """Give module and name of a function."""
    plain = _plain(function)
    return f"{plain.__module__.removeprefix(OURS + '.')}.{plain.__name__}"
