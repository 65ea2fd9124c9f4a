"""Who listens to CKAN's actions is not told of a call that wrote nothing.

CKAN tells of every call that succeeded, and the activity plugin then looks for the new record: a
dry run has none, and a call that is answered a second time has told of it before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
from ckan.lib import signals

# Key of a context: the call wrote nothing.
NOT_WRITTEN = "fjgov_not_written"
ACTION = "package_create"


def spare_of_tries() -> None:
    """Put a guard before everybody who listens to `package_create`; once, when all plugins are."""
    for plugin in p.PluginImplementations(p.ISignal):
        for told in plugin.get_signal_subscriptions().get(signals.action_succeeded, ()):
            if isinstance(told, dict) and told.get("sender") == ACTION:
                receiver = told["receiver"]
                signals.action_succeeded.disconnect(receiver, sender=ACTION)
                signals.action_succeeded.connect(_guarded(receiver), sender=ACTION, weak=False)


def _guarded(receiver: Callable[..., Any]) -> Callable[..., Any]:
    def told(sender: Any, **values: Any) -> Any:
        if values.get("context", {}).get(NOT_WRITTEN):
            return None
        return receiver(sender, **values)

    return told
