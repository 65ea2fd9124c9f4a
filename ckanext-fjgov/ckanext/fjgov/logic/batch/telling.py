"""Tell those who listen to CKAN's actions of what a batch wrote, such as the activity plugin."""

from __future__ import annotations

from ckan import model
from ckan.lib import signals

from ckanext.fjgov.logic.batch.terms import Outcome, Terms

_ACTIONS = {"created": "package_create", "updated": "package_update"}


def tell(outcome: Outcome, terms: Terms) -> None:
    """Send the signal that the action would have sent, after the commit."""
    action = _ACTIONS.get(outcome.status)
    if action is None or not signals.action_succeeded.has_receivers_for(action):
        return
    signals.action_succeeded.send(
        action,
        context={
            "model": model,
            "session": model.Session,
            "user": terms.user,
            # The activity plugin asks this of an update.
            "changed_entities": {"packages": {outcome.id}},
        },
        data_dict={"id": outcome.id},
        result={"id": outcome.id},
    )
