"""Write one page of changes: units, then what must vanish, then entries; one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.access.strictness import takes_away
from ckanext.fjgov.core.access.visibility import EntryFacts, entry_facts
from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.report import RunTally
from ckanext.fjgov.core.federation.scope import ScopeTable
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.sync import checks, forms, rows
from ckanext.fjgov.logic.sync.checks import Checked, reason
from ckanext.fjgov.model import feed, findings, identifiers, merge, ownership, runs
from ckanext.fjgov.model.nodes import Node

Name = tuple[str, str]
NOT_AS_SENT = reason(
    "form", "", "记录不是规范写法，存入后与原文不一致", "not canonical: it would not come back"
)
UNIT_SHUT = reason(
    "unit", "owner_org", "提供单位未获接收，目录随之停止展示", "the unit was refused, so is this"
)


def _nothing(_names: Collection[Name]) -> None:
    return None


@dataclass
class Applier:
    """Applies rows of one node inside transactions of the caller.

    Attributes:
        node: the sending node.
        scopes: which node owns which division.
        tally: counts and notes of the run.
        guard: told the listed records that are about to vanish; raises to stop the run.
        new_units: keys of the units that were written.
    """

    node: Node
    scopes: ScopeTable
    tally: RunTally
    guard: Callable[[Collection[Name]], None] = _nothing
    new_units: set[str] = field(default_factory=set)

    def apply(self, connection: sa.Connection, received: Sequence[FeedRow]) -> None:
        """Write rows; refused ones are kept as held, and the rest goes on.

        Rows whose hash this catalog has already are counted as unchanged and not written, so that
        a page applied twice does nothing the second time. Closings come first: a unit that gets
        another code is closed under the old one and goes on under the new one.
        """
        fresh = self._without_known(connection, received)
        gone = [row for row in fresh if row.op == "del"]
        self._close_units(connection, [row.key for row in gone if row.type == UNIT])
        self._put_units(connection, self._readable(connection, fresh, UNIT))
        self._withdraw(connection, [row.key for row in gone if row.type == ENTRY])
        self._put_entries(connection, self._readable(connection, fresh, ENTRY))

    def taking_away(self, connection: sa.Connection, received: Sequence[FeedRow]) -> list[FeedRow]:
        """Give the rows that withdraw an entry or make it stricter than it stands here."""
        entries = [row for row in received if row.type == ENTRY]
        before = self._facts(connection, [row.key for row in entries])
        return [
            row
            for row in entries
            if row.key in before
            and (row.op == "del" or takes_away(before[row.key], _received_facts(row)))
        ]

    def withdrawals(self, connection: sa.Connection, received: Sequence[FeedRow]) -> list[Name]:
        """Give the listed records that the rows would take away."""
        found: list[Name] = []
        for kind in (ENTRY, UNIT):
            keys = [row.key for row in received if row.type == kind and row.op == "del"]
            listed = feed.hashes(connection, self.node.code, kind, keys)
            found += [(kind, key) for key in listed]
        return found

    def missing_units(self, connection: sa.Connection, received: Sequence[FeedRow]) -> list[str]:
        """Give the units that entries need and neither this catalog nor the rows have.

        A unit that was changed after its entries has a later place in the log than they have.
        """
        wanted = {
            row.fields["unit"]
            for row in received
            if row.type == ENTRY and row.fields and isinstance(row.fields.get("unit"), str)
        }
        wanted -= {row.key for row in received if row.type == UNIT}
        if not wanted:
            return []
        wanted -= checks.known_units(connection, self.node.code).keys()
        wanted -= {key for kind, key in runs.held(connection, self.node.code) if kind == UNIT}
        return sorted(wanted)

    def _without_known(
        self, connection: sa.Connection, received: Sequence[FeedRow]
    ) -> list[FeedRow]:
        fresh: list[FeedRow] = []
        for kind in (UNIT, ENTRY):
            chosen = [row for row in received if row.type == kind]
            keys = [row.key for row in chosen]
            known = feed.hashes(connection, self.node.code, kind, keys)
            for row in chosen:
                if row.op == "put" and known.get(row.key) == row.hash:
                    self.tally.count("unchanged")
                else:
                    fresh.append(row)
            runs.let_go(connection, self.node.code, kind, keys)
        return fresh

    def _readable(
        self, connection: sa.Connection, fresh: Sequence[FeedRow], kind: str
    ) -> list[FeedRow]:
        puts = [row for row in fresh if row.type == kind and row.op == "put"]
        good, refused = forms.well_formed(puts)
        self._hold(connection, kind, refused)
        return good

    def _put_units(self, connection: sa.Connection, puts: Sequence[FeedRow]) -> None:
        if not puts:
            return
        checked = checks.check_units(connection, puts, self.node, self.scopes, local_today())
        node = self.node.code
        prepared = {row.key: rows.unit_row(row, node) for row in checked.accepted}
        self._write(connection, UNIT, checked, prepared, rows.unit_comes_back, merge.units)
        taken = [row.key for row in checked.accepted]
        before = feed.hashes(connection, node, UNIT, taken)
        self._count(taken, before)
        self.new_units.update(taken)
        changed = [prepared[key]["id"] for key in taken if key in before]
        if changed:
            packages = connection.execute(
                sa.text("SELECT id FROM package WHERE owner_org = ANY(:ids) AND state = 'active'"),
                {"ids": changed},
            )
            merge.queue_index(connection, [row.id for row in packages])

    def _close_units(self, connection: sa.Connection, keys: Sequence[str]) -> None:
        listed = feed.hashes(connection, self.node.code, UNIT, keys)
        self.guard([(UNIT, key) for key in listed])
        ids = ownership.record_ids(connection, self.node.code, UNIT, list(listed))
        merge.close_units(connection, list(ids.values()))
        self.tally.count("withdrawn", len(ids))

    def _withdraw(self, connection: sa.Connection, keys: Sequence[str]) -> int:
        """Withdraw what is listed of some entries; gives how many."""
        listed = feed.hashes(connection, self.node.code, ENTRY, keys)
        self.guard([(ENTRY, key) for key in listed])
        ids = list(ownership.record_ids(connection, self.node.code, ENTRY, list(listed)).values())
        merge.withdraw_entries(connection, ids)
        merge.queue_index(connection, ids)
        self.tally.count("withdrawn", len(ids))
        return len(ids)

    def _put_entries(self, connection: sa.Connection, puts: Sequence[FeedRow]) -> None:
        if not puts:
            return
        node = self.node.code
        units = checks.known_units(connection, node)
        checked = checks.check_entries(
            connection, puts, self.node, self.scopes, units, local_today()
        )
        prepared = {
            row.key: rows.entry_row(row, node, units[(row.fields or {})["unit"]].id)
            for row in checked.accepted
        }
        self._write(connection, ENTRY, checked, prepared, rows.entry_comes_back, merge.entries)
        taken = [row.key for row in checked.accepted]
        for row in checked.accepted:
            self._register(connection, row, prepared[row.key]["id"], checked)
        merge.queue_index(connection, [prepared[key]["id"] for key in taken])
        self._count(taken, feed.hashes(connection, node, ENTRY, taken))

    def _write(
        self,
        connection: sa.Connection,
        kind: str,
        checked: Checked,
        prepared: Mapping[str, dict[str, Any]],
        comes_back: Callable[[FeedRow, Mapping[str, Any]], bool],
        write: Callable[[sa.Connection, Sequence[dict[str, Any]]], None],
    ) -> None:
        """Merge the accepted rows; what the database or a second look refuses is moved out."""
        kept, twins = forms.without_twins(checked.accepted)
        odd = [row for row in kept if not comes_back(row, prepared[row.key])]
        good = [row for row in kept if comes_back(row, prepared[row.key])] if odd else kept
        faults = merge.carefully(connection, [(row, prepared[row.key]) for row in good], write)
        bad = {row.key for row, _ in faults}
        checked.refused += [*twins, *((row, [NOT_AS_SENT]) for row in odd)]
        checked.refused += [(row, [reason("database", "", text, text)]) for row, text in faults]
        checked.accepted = [row for row in good if row.key not in bad]
        self._hold(connection, kind, checked.refused)

    def _register(
        self, connection: sa.Connection, row: FeedRow, package_id: str, checked: Checked
    ) -> None:
        identifiers.claim(connection, identifiers.RESOURCE, row.key, package_id)
        code = (row.fields or {}).get("fields", {}).get("guide_code")
        if code:
            identifiers.claim(connection, identifiers.GUIDE, code, package_id)
        warnings = checked.warnings.get(row.key, [])
        findings.replace(connection, package_id, [item.row() for item in warnings])

    def _hold(self, connection: sa.Connection, kind: str, refused: Sequence[forms.Refused]) -> None:
        """Keep refused records as held; a copy that stands here from before vanishes."""
        if not refused:
            return
        for row, reasons in refused:
            self._remember(connection, row.type, row.key, row.hash, reasons)
        keys = [row.key for row, _ in refused]
        if kind == UNIT:
            self._shut_units(connection, keys)
        else:
            self._withdraw(connection, keys)

    def _shut_units(self, connection: sa.Connection, keys: Sequence[str]) -> None:
        """A unit that is refused takes its entries along: nobody would answer for them here."""
        listed = feed.hashes(connection, self.node.code, UNIT, keys)
        ids = ownership.record_ids(connection, self.node.code, UNIT, list(listed))
        if not ids:
            return
        entries = ownership.entries_of_units(connection, self.node.code, list(ids.values()))
        for key, value in entries.items():
            self._remember(connection, ENTRY, key, value, [UNIT_SHUT])
        self._withdraw(connection, list(entries))
        self._close_units(connection, list(listed))

    def _remember(
        self, connection: sa.Connection, kind: str, key: str, value: str, reasons: Sequence[Any]
    ) -> None:
        plain = [
            {"rule": item.rule, "field": item.field, "zh": item.zh, "en": item.en}
            for item in reasons
        ]
        runs.hold(connection, self.node.code, kind, key, value, plain)
        self.tally.note("refused", kind, key, *reasons)

    def _count(self, taken: Sequence[str], before: Mapping[str, str]) -> None:
        changed = sum(1 for key in taken if key in before)
        self.tally.count("changed", changed)
        self.tally.count("added", len(taken) - changed)

    def _facts(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, EntryFacts]:
        found = connection.execute(
            sa.text(
                "SELECT c.key, p.state, p.private, p.extras FROM fjgov_change c"
                " JOIN package p ON p.id = c.record_id"
                " WHERE c.node = :node AND c.kind = 'entry' AND c.op = 'put' AND c.key = ANY(:keys)"
            ),
            {"node": self.node.code, "keys": list(keys)},
        )
        return {
            row.key: entry_facts({**(row.extras or {}), "state": row.state, "private": row.private})
            for row in found
        }


def _received_facts(row: FeedRow) -> EntryFacts:
    fields = (row.fields or {}).get("fields", {})
    plain = fields if isinstance(fields, Mapping) else {}
    return entry_facts({**plain, "state": "active", "private": False})
