"""Write one page of changes: units, what must vanish, then all other records; one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import ENTRY, PACKAGE_KINDS, UNIT, type_of
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.report import RunTally
from ckanext.fjgov.core.federation.scope import ScopeTable
from ckanext.fjgov.core.foreign.definition import OWN_KIND
from ckanext.fjgov.core.foreign.outcome import outcome_of
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.directory_rules import named_by
from ckanext.fjgov.logic.sync import checks, forms, rows
from ckanext.fjgov.logic.sync.checks import Checked, reason
from ckanext.fjgov.logic.sync.foreseeing import Name, by_kind
from ckanext.fjgov.model import (
    feed,
    findings,
    held,
    identifiers,
    merge,
    ownership,
    references,
    runs,
)
from ckanext.fjgov.model.change_rows import CurrentRecord
from ckanext.fjgov.model.held import Refusal
from ckanext.fjgov.model.nodes import Node

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
        prepared: package id -> what was written for it, for the sequencer of the same transaction.
    """

    node: Node
    scopes: ScopeTable
    tally: RunTally
    guard: Callable[[Collection[Name]], None] = _nothing
    new_units: set[str] = field(default_factory=set)
    prepared: dict[str, CurrentRecord] = field(default_factory=dict)

    def apply(self, connection: sa.Connection, received: Sequence[FeedRow]) -> None:
        """Write rows; refused ones are kept as held, and the rest goes on.

        Rows whose hash this catalog has already are counted as unchanged and not written, so that
        a page applied twice does nothing the second time. Closings come first: a unit that gets
        another code is closed under the old one and goes on under the new one.
        """
        self.prepared = {}
        fresh = self._without_known(connection, received)
        gone = by_kind(row for row in fresh if row.op == "del")
        puts = by_kind(row for row in fresh if row.op == "put")
        self._close_units(connection, [row.key for row in gone[UNIT]])
        self._put_units(connection, self._readable(connection, UNIT, puts[UNIT]))
        for kind in PACKAGE_KINDS:
            self._withdraw(connection, kind, [row.key for row in gone[kind]])
        for kind in PACKAGE_KINDS:
            self._put_records(connection, kind, self._readable(connection, kind, puts[kind]))

    def _without_known(
        self, connection: sa.Connection, received: Sequence[FeedRow]
    ) -> list[FeedRow]:
        fresh: list[FeedRow] = []
        for kind, chosen in by_kind(received).items():
            if not chosen:
                continue
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
        self, connection: sa.Connection, kind: str, puts: Sequence[FeedRow]
    ) -> list[FeedRow]:
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
        if not keys:
            return
        listed = feed.hashes(connection, self.node.code, UNIT, keys)
        self.guard([(UNIT, key) for key in listed])
        ids = ownership.record_ids(connection, self.node.code, UNIT, list(listed))
        merge.close_units(connection, list(ids.values()))
        self.tally.count("withdrawn", len(ids))

    def _withdraw(self, connection: sa.Connection, kind: str, keys: Sequence[str]) -> None:
        """Withdraw what is listed of some records."""
        if not keys:
            return
        listed = feed.hashes(connection, self.node.code, kind, keys)
        self.guard([(kind, key) for key in listed])
        ids = list(ownership.record_ids(connection, self.node.code, kind, list(listed)).values())
        merge.withdraw_entries(connection, ids)
        merge.queue_index(connection, ids)
        self.tally.count("withdrawn", len(ids))

    def _put_records(self, connection: sa.Connection, kind: str, puts: Sequence[FeedRow]) -> None:
        if not puts:
            return
        node, site = self.node.code, settings.node().site_url
        units = checks.known_units(connection, node)
        checked = checks.check_records(
            connection, kind, puts, self.node, self.scopes, units, local_today()
        )
        stored = {
            row.key: rows.entry_row(row, node, units[(row.fields or {})["unit"]].id, site)
            for row in checked.accepted
        }
        known = feed.hashes(connection, node, kind, [row.key for row in checked.accepted])
        write = partial(merge.entries, record_type=type_of(kind))
        self._write(connection, kind, checked, stored, rows.entry_comes_back, write)
        self._register(connection, checked, stored)
        if kind != ENTRY:
            kept = [stored[row.key] for row in checked.accepted]
            named = {row["id"]: named_by(kind, row["extras"]) for row in kept}
            references.replace_all(connection, named)
        merge.queue_index(connection, [stored[row.key]["id"] for row in checked.accepted])
        self._count([row.key for row in checked.accepted], known)

    def _write(
        self,
        connection: sa.Connection,
        kind: str,
        checked: Checked,
        stored: Mapping[str, dict[str, Any]],
        comes_back: Callable[[FeedRow, Mapping[str, Any]], bytes | None],
        write: Callable[[sa.Connection, Sequence[dict[str, Any]]], None],
    ) -> None:
        """Merge the accepted rows; what the database or a second look refuses is moved out."""
        kept, twins = forms.without_twins(checked.accepted)
        data = {row.key: comes_back(row, stored[row.key]) for row in kept}
        good = [row for row in kept if data[row.key] is not None]
        faults = merge.carefully(connection, [(row, stored[row.key]) for row in good], write)
        bad = {row.key for row, _ in faults}
        checked.refused += [*twins]
        checked.refused += [(row, [NOT_AS_SENT]) for row in kept if data[row.key] is None]
        checked.refused += [(row, [reason("database", "", text, text)]) for row, text in faults]
        checked.accepted = [row for row in good if row.key not in bad]
        if kind != UNIT:
            self.prepared |= {
                stored[row.key]["id"]: _as_written(self.node.code, row, stored, data[row.key])
                for row in checked.accepted
            }
        self._hold(connection, kind, checked.refused)

    def _register(
        self, connection: sa.Connection, checked: Checked, stored: Mapping[str, dict[str, Any]]
    ) -> None:
        """Take the codes of the written entries and keep what the rules said of them."""
        claims: list[tuple[str, str, str]] = []
        found: dict[str, list[dict[str, str]]] = {}
        for row in checked.accepted:
            package_id = stored[row.key]["id"]
            claims.append((identifiers.RESOURCE, row.key, package_id))
            code = (row.fields or {}).get("fields", {}).get("guide_code")
            if code:
                claims.append((identifiers.GUIDE, code, package_id))
            found[package_id] = [item.row() for item in checked.warnings.get(row.key, [])]
        identifiers.claim_all(connection, claims)
        findings.replace_all(connection, found)

    def _hold(self, connection: sa.Connection, kind: str, refused: Sequence[forms.Refused]) -> None:
        """Keep refused records as held; a copy that stands here from before vanishes."""
        if not refused:
            return
        self._remember(
            connection, [(row.type, row.key, row.hash, reasons) for row, reasons in refused]
        )
        keys = [row.key for row, _ in refused]
        if kind == UNIT:
            self._shut_units(connection, keys)
        else:
            self._withdraw(connection, kind, keys)

    def _shut_units(self, connection: sa.Connection, keys: Sequence[str]) -> None:
        """A unit that is refused takes its records along: nobody would answer for them here."""
        listed = feed.hashes(connection, self.node.code, UNIT, keys)
        ids = ownership.record_ids(connection, self.node.code, UNIT, list(listed))
        if not ids:
            return
        found = ownership.records_of_units(connection, self.node.code, list(ids.values()))
        self._remember(connection, [(*name, value, [UNIT_SHUT]) for name, value in found.items()])
        for kind in PACKAGE_KINDS:
            self._withdraw(connection, kind, [key for of, key in found if of == kind])
        self._close_units(connection, list(listed))

    def _remember(
        self, connection: sa.Connection, refused: Sequence[tuple[str, str, str, Sequence[Any]]]
    ) -> None:
        """Keep refusals as (kind, key, hash, reasons), and tell the run of them."""
        held.hold_all(
            connection,
            self.node.code,
            [
                Refusal(kind, key, value, [asdict(item) for item in reasons])
                for kind, key, value, reasons in refused
            ],
        )
        for kind, key, _value, reasons in refused:
            rules = [item.rule for item in reasons]
            outcome = outcome_of(rules, foreign=self.node.kind != OWN_KIND)
            self.tally.note(outcome, kind, key, *reasons)

    def _count(self, taken: Sequence[str], before: Mapping[str, str]) -> None:
        changed = sum(1 for key in taken if key in before)
        self.tally.count("changed", changed)
        self.tally.count("added", len(taken) - changed)


def _as_written(
    node: str, row: FeedRow, stored: Mapping[str, dict[str, Any]], data: bytes | None
) -> CurrentRecord:
    """Give an accepted record as the sequencer knows records; its hash was proved for `data`."""
    return CurrentRecord(stored[row.key]["id"], node, row.type, row.key, data, row.hash, None, None)
