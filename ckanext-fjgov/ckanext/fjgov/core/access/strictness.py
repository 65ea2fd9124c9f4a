"""Say when a change of an entry takes something away from somebody."""

from __future__ import annotations

from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    EntryFacts,
    Reader,
    visible_aspects,
)


def takes_away(before: EntryFacts, after: EntryFacts) -> bool:
    """Tell whether any reader, under any setting of the node, loses an aspect of the entry.

    Source: requirements, "A stricter class closes access at once".
    """
    return any(
        visible_aspects(before, reader, scope) - visible_aspects(after, reader, scope)
        for reader in Reader
        for scope in AnonymousScope
    )
