"""Write one page of changes: units, then what must vanish, then entries; one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.access.strictness import takes_away
from ckanext.fjgov.core.access.visibility import EntryFacts, entry_facts
from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    GROUP_COLUMNS,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    UNIT,
    stored_extras,
)
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.report import RunTally
from ckanext.fjgov.core.federation.scope import ScopeTable
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.entry_input import gateway_address
from ckanext.fjgov.logic.entry_rules import finding_row
from ckanext.fjgov.logic.sync.checks import (
    Checked,
    KnownUnit,
    check_entries,
    check_units,
    known_units,
)
from ckanext.fjgov.model import feed, findings, identifiers, merge, ownership, runs
from ckanext.fjgov.model.nodes import Node


@dataclass
class Applier:
    """Applies rows of one node inside transactions of the caller.

    Attributes:
        node: the sending node.
        scopes: which node owns which division.
        tally: counts and notes of the run.
    """

    node: Node
    scopes: ScopeTable
    tally: RunTally

    def apply(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> None:
        """Write rows; refused ones are kept as held, and the rest goes on.

        Rows whose hash this catalog has already are counted as unchanged and not written, so that
        a page applied twice does nothing the second time.
        """
        fresh = self._without_known(connection, rows)
        self._apply_units(connection, [row for row in fresh if row.type == UNIT])
        entries = [row for row in fresh if row.type == ENTRY]
        self._withdraw(connection, [row for row in entries if row.op == "del"])
        self._apply_entries(connection, [row for row in entries if row.op == "put"])
        self._close_units(
            connection, [row for row in fresh if row.type == UNIT and row.op == "del"]
        )

    def taking_away(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> list[FeedRow]:
        """Give the rows that withdraw an entry or make it stricter than it stands here."""
        entries = [row for row in rows if row.type == ENTRY]
        before = self._facts(connection, [row.key for row in entries])
        chosen = []
        for row in entries:
            if row.key not in before:
                continue
            if row.op == "del" or takes_away(before[row.key], _received_facts(row)):
                chosen.append(row)
        return chosen

    def withdrawals(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> int:
        """Count the listed records that the rows would take away."""
        number = 0
        for kind in (ENTRY, UNIT):
            keys = [row.key for row in rows if row.type == kind and row.op == "del"]
            number += len(feed.hashes(connection, self.node.code, kind, keys))
        return number

    def _without_known(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> list[FeedRow]:
        fresh: list[FeedRow] = []
        for kind in (UNIT, ENTRY):
            chosen = [row for row in rows if row.type == kind]
            known = feed.hashes(connection, self.node.code, kind, [row.key for row in chosen])
            for row in chosen:
                if row.op == "put" and known.get(row.key) == row.hash:
                    self.tally.count("unchanged")
                else:
                    fresh.append(row)
            runs.let_go(connection, self.node.code, kind, [row.key for row in chosen])
        return fresh

    def _apply_units(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> None:
        puts = [row for row in rows if row.op == "put"]
        if not puts:
            return
        today = local_today()
        checked = check_units(connection, puts, self.node, self.scopes, today)
        self._hold(connection, checked)
        before = feed.hashes(
            connection, self.node.code, UNIT, [row.key for row in checked.accepted]
        )
        merge.units(connection, [self._unit_row(row) for row in checked.accepted])
        self._count(checked, before)
        changed = [row.fields["id"] for row in checked.accepted if row.key in before and row.fields]
        if changed:
            packages = connection.execute(
                sa.text("SELECT id FROM package WHERE owner_org = ANY(:ids) AND state = 'active'"),
                {"ids": changed},
            )
            merge.queue_index(connection, [row.id for row in packages])

    def _close_units(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> None:
        ids = ownership.record_ids(connection, self.node.code, UNIT, [row.key for row in rows])
        merge.close_units(connection, list(ids.values()))
        self.tally.count("withdrawn", len(ids))

    def _withdraw(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> None:
        listed = feed.hashes(connection, self.node.code, ENTRY, [row.key for row in rows])
        ids = ownership.record_ids(connection, self.node.code, ENTRY, list(listed))
        merge.withdraw_entries(connection, list(ids.values()))
        merge.queue_index(connection, list(ids.values()))
        self.tally.count("withdrawn", len(ids))

    def _apply_entries(self, connection: sa.Connection, rows: Sequence[FeedRow]) -> None:
        if not rows:
            return
        units = known_units(connection, self.node.code)
        today = local_today()
        checked = check_entries(connection, rows, self.node, self.scopes, units, today)
        self._hold(connection, checked)
        before = feed.hashes(
            connection, self.node.code, ENTRY, [row.key for row in checked.accepted]
        )
        prepared = [self._entry_row(row, units) for row in checked.accepted]
        merge.entries(connection, prepared)
        for row, stored in zip(checked.accepted, prepared, strict=True):
            self._register(connection, row, stored["id"], checked)
        merge.queue_index(connection, [stored["id"] for stored in prepared])
        self._count(checked, before)

    def _register(
        self, connection: sa.Connection, row: FeedRow, package_id: str, checked: Checked
    ) -> None:
        identifiers.claim(connection, identifiers.RESOURCE, row.key, package_id)
        code = (row.fields or {}).get("fields", {}).get("guide_code")
        if code:
            identifiers.claim(connection, identifiers.GUIDE, code, package_id)
        warnings = checked.warnings.get(row.key, [])
        findings.replace(connection, package_id, [finding_row(item) for item in warnings])

    def _hold(self, connection: sa.Connection, checked: Checked) -> None:
        """Keep refused records as held; a copy that stands here from before is withdrawn."""
        for row, reasons in checked.refused:
            plain = [
                {"rule": item.rule, "field": item.field, "zh": item.zh, "en": item.en}
                for item in reasons
            ]
            runs.hold(connection, self.node.code, row.type, row.key, row.hash, plain)
            self.tally.note("refused", row.type, row.key, *reasons)
        stale = [row.key for row, _ in checked.refused if row.type == ENTRY]
        listed = feed.hashes(connection, self.node.code, ENTRY, stale)
        ids = ownership.record_ids(connection, self.node.code, ENTRY, list(listed))
        merge.withdraw_entries(connection, list(ids.values()))
        merge.queue_index(connection, list(ids.values()))

    def _count(self, checked: Checked, before: Any) -> None:
        changed = sum(1 for row in checked.accepted if row.key in before)
        self.tally.count("changed", changed)
        self.tally.count("added", len(checked.accepted) - changed)

    def _unit_row(self, row: FeedRow) -> dict[str, Any]:
        record = row.fields or {}
        _entry_shape, shape = settings.record_shapes()
        fields = record.get("fields", {})
        extras = stored_extras(fields, GROUP_COLUMNS, shape)
        extras.update(home_node=self.node.code, home_modified=row.at)
        return {
            "id": record["id"],
            "name": record["name"],
            **{column: fields.get(column) for column in GROUP_COLUMNS},
            "extras": extras,
        }

    def _entry_row(self, row: FeedRow, units: dict[str, KnownUnit]) -> dict[str, Any]:
        record = row.fields or {}
        shape, _unit_shape = settings.record_shapes()
        fields = record.get("fields", {})
        extras = stored_extras(fields, PACKAGE_COLUMNS, shape)
        extras.update(home_node=self.node.code, home_modified=row.at)
        return {
            "id": record["id"],
            "name": record["name"],
            "owner_org": units[record["unit"]].id,
            **{column: fields.get(column) for column in PACKAGE_COLUMNS},
            "extras": extras,
            "tags": record.get("tags", []),
            "resources": [
                _resource_row(resource, position)
                for position, resource in enumerate(record.get("resources", []))
            ],
        }

    def _facts(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, EntryFacts]:
        rows = connection.execute(
            sa.text(
                "SELECT c.key, p.state, p.private, p.extras FROM fjgov_change c"
                " JOIN package p ON p.id = c.record_id"
                " WHERE c.node = :node AND c.kind = 'entry' AND c.op = 'put' AND c.key = ANY(:keys)"
            ),
            {"node": self.node.code, "keys": list(keys)},
        )
        return {
            row.key: entry_facts({**(row.extras or {}), "state": row.state, "private": row.private})
            for row in rows
        }


def _resource_row(resource: dict[str, Any], position: int) -> dict[str, Any]:
    return {
        "id": resource["id"],
        "position": position,
        "url": gateway_address(resource["id"]),
        **{column: resource.get(column) for column in RESOURCE_COLUMNS},
        "extras": {
            name: value
            for name, value in resource.items()
            if name != "id" and name not in RESOURCE_COLUMNS
        },
    }


def _received_facts(row: FeedRow) -> EntryFacts:
    fields = (row.fields or {}).get("fields", {})
    return entry_facts({**fields, "state": "active", "private": False})
