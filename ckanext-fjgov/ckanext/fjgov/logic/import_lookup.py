"""What an import needs to know of the catalog: the node's units and its live records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.catalog.title import held_title, normalise_title
from ckanext.fjgov.core.importing.apply import MappedRow
from ckanext.fjgov.core.importing.plan import ExistingRecord
from ckanext.fjgov.core.importing.units import UnitRef
from ckanext.fjgov.logic.bulk_index import documents
from ckanext.fjgov.model import addresses
from ckanext.fjgov.model.database import own_transaction, session_connection

_LIVE = (
    'SELECT p.id, g.name AS unit, i.identifier FROM package p JOIN "group" g ON g.id = p.owner_org'
    " JOIN fjgov_identifier i ON i.record_id = p.id AND i.kind = 'resource'"
    " WHERE p.type = :type AND p.state <> 'deleted'"
)
_TITLED = (
    'SELECT p.id, g.name AS unit, t.title FROM package p JOIN "group" g ON g.id = p.owner_org'
    " JOIN fjgov_title t ON t.package_id = p.id AND t.owner_org = p.owner_org"
    " WHERE p.type = :type AND p.state <> 'deleted'"
)
PAGE = 500


def known_units(node: str) -> list[UnitRef]:
    """Give the live units of a node with their former names. Cost: one statement."""
    rows = session_connection().execute(
        sa.text(
            "SELECT name, title, extras FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND coalesce(extras ->> 'home_node', :node) = :node ORDER BY name"
        ),
        {"node": node},
    )
    units = []
    for row in rows:
        extras = row.extras or {}
        former = json.loads(extras.get("former_names") or "[]")
        units.append(
            UnitRef(
                key=row.name,
                title=row.title,
                uscc=extras.get("uscc") or "",
                aliases=tuple(item["name"] for item in former if item.get("name")),
                address=extras.get("address") or "",
            )
        )
    return units


class PagedLookup:
    """Live records of a directory by identifier or by unit and title, a page of rows at a time.

    Args:
        settle: writes what waits to be written; asked before an entry is looked at that a row of
            the same page has changed.
        record_type: of the directory.
    """

    def __init__(self, settle: Callable[[], None], record_type: str = ENTRY_TYPE) -> None:
        self._settle = settle
        self._type = record_type
        self._entries: dict[str, dict[str, Any]] = {}
        self._addresses: dict[str, str] = {}
        self._by_identifier: dict[str, str] = {}
        self._by_title: dict[tuple[str, str], str] = {}
        self._units: dict[str, str] = {}
        self._touched: set[str] = set()
        self._page: list[MappedRow] = []

    def over(self, rows: Iterable[MappedRow]) -> Iterator[MappedRow]:
        """Give rows, and before those of each page read what may be asked about them.

        Cost: about a dozen statements a page, and half a millisecond of CPU for an entry found.
        """
        rest = iter(rows)
        while page := list(islice(rest, PAGE)):
            # What was planned before is written, so that it is seen.
            self._settle()
            self._read(page)
            yield from page

    def touch(self, package_id: str) -> None:
        """Note that a row changes an entry: what was read of it is old."""
        self._touched.add(package_id)

    def by_identifier(self, identifier: str) -> ExistingRecord | None:
        """Return the live record with this identifier."""
        return self._fresh(lambda: self._by_identifier.get(identifier))

    def by_title(self, unit_key: str, key: str) -> ExistingRecord | None:
        """Return the live record of a unit with this normalised title."""
        return self._fresh(lambda: self._by_title.get((unit_key, held_title(self._type, key))))

    def _fresh(self, find: Callable[[], str | None]) -> ExistingRecord | None:
        found = find()
        if found in self._touched:
            self._settle()
            self._read(self._page)
            found = find()
        if found is None:
            return None
        entry = self._entries[found]
        return ExistingRecord(
            entry.get("identifier", ""), self._units[found], entry, self._addresses
        )

    def _read(self, page: list[MappedRow]) -> None:
        self._page = page
        self._touched = set()
        folded = (normalise_title(row.title) for row in page)
        titles = {held_title(self._type, key) for key in folded if key}
        codes = {code for row in page if isinstance(code := row.entry.get("identifier"), str)}
        with own_transaction() as connection:
            named = connection.execute(
                sa.text(f"{_LIVE} AND i.identifier = ANY(:codes)"),
                {"codes": list(codes), "type": self._type},
            ).all()
            titled = connection.execute(
                sa.text(f"{_TITLED} AND t.title = ANY(:titles)"),
                {"titles": list(titles), "type": self._type},
            ).all()
            self._by_identifier = {row.identifier: row.id for row in named}
            self._by_title = {(row.unit, row.title): row.id for row in titled}
            self._units = {row.id: row.unit for row in (*named, *titled)}
            self._entries = {
                doc["id"]: json.loads(doc["validated_data_dict"])
                for doc in documents(connection, list(self._units))
            }
            self._addresses = addresses.of_resources(connection, list(self._units))
