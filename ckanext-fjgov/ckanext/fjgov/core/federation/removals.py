"""The list of records that a stopped run would take away, and what an approval of it covers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from .wire import json_bytes

Name = tuple[str, str]


def list_digest(names: Iterable[Name]) -> str:
    """Give what identifies a list of (kind, key), whatever its order: 64 hex digits."""
    return sha256(json_bytes([list(name) for name in sorted(set(names))])).hexdigest()


@dataclass(frozen=True, slots=True)
class Approval:
    """A person agreed to the withdrawal of exactly these records.

    Attributes:
        run_id: the stopped run whose list was decided on.
        names: its records as (kind, key).
    """

    run_id: str
    names: frozenset[Name]

    def covers(self, removed: Collection[Name]) -> bool:
        """Tell whether all records that would go now are on the list."""
        return self.names.issuperset(removed)
