"""A mounted table as the exchange knows it (库表挂接, Art. 20)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

# Kinds of value that a column holds.
TEXT, INTEGER, DECIMAL, DATE, MOMENT, FLAG = (
    "text",
    "integer",
    "decimal",
    "date",
    "moment",
    "flag",
)
KINDS = (TEXT, INTEGER, DECIMAL, DATE, MOMENT, FLAG)
# Column of every mounted table: the version of the mount in which a row came or changed.
VERSION_COLUMN = "fjgov_version"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a mounted table.

    Attributes:
        name: in the table.
        item: id of the 信息项 that it carries; a column of no item is mounted for nobody.
        title: name of the item.
        kind: of its values, one of KINDS.
    """

    name: str
    item: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class MountedTable:
    """A table that a resource of an entry was mounted as.

    Attributes:
        resource: id of the resource, which is the name of the table in the datastore.
        entry: id of the entry.
        columns: in their order.
        rows: how many there are.
        version: counts the mounts of this resource, from 1; the mark of incremental reading.
        at: of the last mount.
    """

    resource: str
    entry: str
    columns: tuple[Column, ...]
    rows: int
    version: int
    at: datetime

    def columns_of(self, items: Collection[str]) -> tuple[Column, ...]:
        """Give the columns that carry some of the given items."""
        return tuple(one for one in self.columns if one.item in items)
