"""Field-level difference of two forms of an entry, in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RESOURCES = "resources"


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str]
) -> list[dict[str, Any]]:
    """Give what differs, one row a field; empty values and missing fields are one thing.

    Args:
        before, after: entries as `normalise_entry` gives them.
        fields: names in the order in which they are shown.

    Returns:
        Rows with `field`, `before` and `after`; None stands for nothing.
    """
    rows = ((name, _given(before.get(name)), _given(after.get(name))) for name in fields)
    return [{"field": name, "before": old, "after": new} for name, old, new in rows if old != new]


def _given(value: Any) -> Any:
    """Take away what says nothing, inside rows too."""
    if isinstance(value, Mapping):
        kept = {name: _given(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None} or None
    if isinstance(value, list | tuple):
        return [inner for inner in map(_given, value) if inner is not None] or None
    return None if value in ("", None) else value
