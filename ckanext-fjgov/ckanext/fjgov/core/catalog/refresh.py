"""What of a listed entry changes with its data alone (Art. 13): refreshing them is no revision.

The structure of what is mounted stays: the same resources in the same order, with the same names,
formats and addresses. The exempt fields are listed here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.difference import RESOURCES, differences

FIELDS = frozenset({"data_updated_at"})
# Rows by field: the column that tells them apart, and the columns that follow the data.
ROWS: Mapping[str, tuple[str, frozenset[str]]] = {
    RESOURCES: (
        "id",
        frozenset({"size", "hash", "last_modified", "datastore_active"}),
    ),
    "exchange": ("mode", frozenset({"last_sync_at"})),
}


@dataclass(frozen=True, slots=True)
class Refresh:
    """New facts about the data of an entry.

    Attributes:
        fields: field -> new value, None to take it away.
        rows: field -> key of a row -> column -> new value.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def applied(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Give an entry with these facts; a row that it does not have is left out."""
        done = {**entry, **self.fields}
        for name, by_key in self.rows.items():
            column = ROWS[name][0]
            done[name] = [
                {**row, **by_key.get(str(row.get(column)), {})} for row in entry.get(name) or []
            ]
        return done


def refresh_between(
    before: Mapping[str, Any], after: Mapping[str, Any], names: tuple[str, ...]
) -> Refresh | None:
    """Tell what was refreshed, None when anything else differs as well.

    Args:
        before, after: entries as `normalise_entry` gives them, values of resources as texts.
        names: all fields that count; what is in none of them may differ.

    Cost: O(size of the entry).
    """
    fields: dict[str, Any] = {}
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for row in differences(before, after, names):
        name = row["field"]
        if name in FIELDS:
            fields[name] = row["after"]
        elif name in ROWS:
            found = _rows_between(before.get(name), after.get(name), *ROWS[name])
            if found is None:
                return None
            rows[name] = found
        else:
            return None
    return Refresh(fields, rows)


def _rows_between(
    before: Any, after: Any, column: str, exempt: frozenset[str]
) -> dict[str, dict[str, Any]] | None:
    old, new = _keyed(before, column), _keyed(after, column)
    if old is None or new is None or list(old) != list(new):
        return None
    changed: dict[str, dict[str, Any]] = {}
    for key, row in new.items():
        names = tuple(dict.fromkeys([*old[key], *row]))
        for cell in differences(old[key], row, names):
            if cell["field"] not in exempt:
                return None
            changed.setdefault(key, {})[cell["field"]] = cell["after"]
    return changed


def _keyed(rows: Any, column: str) -> dict[str, Mapping[str, Any]] | None:
    """Give rows by their key, None when they cannot be told apart."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows or []:
        key = row.get(column) if isinstance(row, Mapping) else None
        if not isinstance(key, str) or key in found:
            return None
        found[key] = row
    return found
