"""Try a source before it is enabled: a preview of its first records, or a dry run over all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ckanext.fjgov.core.catalog.rules import Finding, normalise_entry
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.scope import NodeScope, ScopeRule, ScopeTable
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.mapper import Mapped, Mapper, SpoolRow
from ckanext.fjgov.core.foreign.outcome import outcome_of
from ckanext.fjgov.core.foreign.ports import SourceAdapter
from ckanext.fjgov.core.foreign.units import ForeignUnit, UnitTable
from ckanext.fjgov.core.importing.problems import error, is_blocking
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.entry_rules import check_stored
from ckanext.fjgov.logic.sources.reading import adapter_of, fetch_of, shapes
from ckanext.fjgov.logic.sync import forms, peers
from ckanext.fjgov.logic.unit_rules import findings_of_unit
from ckanext.fjgov.model import nodes, sources
from ckanext.fjgov.model.database import own_transaction, snapshot

PREVIEWED = 20
BATCH = 500
KEPT_ROWS = 200
# Stands for the identifier that a new record will get; it is never stored.
_NEW = "PREVIEW"


@dataclass
class Trial:
    """What a reading without storing found."""

    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    rows: list[dict[str, Any]] = field(default_factory=list)


def preview(source: SourceDefinition) -> dict[str, Any]:
    """Read the first 20 records, with what was found about each; nothing is stored.

    Raises:
        FetchError, SourceRefused, ImportRefused: the source cannot be read so far.
    """
    adapter = adapter_of(source, fetch_of(source))
    trial = _try(source, adapter, limit=PREVIEWED, keep=PREVIEWED)
    return {**_told(source, trial), "complete": False, "limit": PREVIEWED}


def dry_run(source: SourceDefinition) -> dict[str, Any]:
    """Read all records and say what a sync would do; nothing is stored.

    Raises:
        FetchError, SourceRefused, ImportRefused: the source cannot be read to its end.

    Cost: one reading of the source and one check a record.
    """
    adapter = adapter_of(source, fetch_of(source))
    trial = _try(source, adapter, limit=None, keep=KEPT_ROWS)
    with snapshot() as connection:
        listed = sources.listed_count(connection, source.code)
    met = trial.changes["changed"] + trial.changes["unchanged"]
    trial.changes["gone"] = max(0, listed - met)
    return {**_told(source, trial), "complete": True}


def _try(
    source: SourceDefinition, adapter: SourceAdapter, *, limit: int | None, keep: int
) -> Trial:
    trial = Trial()
    mapper = Mapper(source, shapes().entry, UnitTable(source, shapes().unit))
    judge = _Judge(source, scopes_with(source))

    def mapped() -> Iterator[Mapped]:
        for record in islice(adapter.records(), limit):
            trial.seen.update(record.cells.keys())
            trial.seen.update(f"resources.{name}" for cells in record.resources for name in cells)
            yield mapper.map(record)

    stream = mapped()
    while batch := list(islice(stream, BATCH)):
        _note_batch(source, mapper, judge, trial, batch, keep)
    trial.unmapped = mapper.unmapped
    return trial


def _note_batch(
    source: SourceDefinition,
    mapper: Mapper,
    judge: _Judge,
    trial: Trial,
    batch: list[Mapped],
    keep: int,
) -> None:
    ids = [item.remote_id for item in batch if item.remote_id]
    with snapshot() as connection:
        known = sources.bound(connection, source.code, ids)
        hashes = sources.hashes(connection, source.code, list(known.values()))
    for item in batch:
        identifier = known.get(item.remote_id, "")
        row = mapper.entry_row(item, identifier or f"{source.prefix}/{_NEW}")
        findings = judge.findings(item, row)
        blocking = [finding for finding in findings if is_blocking(finding)]
        outcome = outcome_of([one.rule for one in blocking], foreign=True) if blocking else "listed"
        trial.records += 1
        trial.counts[outcome] += 1
        trial.reasons.update({finding.rule for finding in blocking})
        before = hashes.get(row.key)
        trial.changes[
            "new" if before is None else "unchanged" if before == row.hash else "changed"
        ] += 1
        # Sound records are shown up to the limit of a preview, others as long as there is room.
        if len(trial.rows) < (keep if blocking else min(keep, PREVIEWED)):
            trial.rows.append(_shown(item, identifier, outcome, findings))


@dataclass
class _Judge:
    """Judges records as the sync will: form, unit with its scope, and the rules of the catalog."""

    source: SourceDefinition
    scopes: ScopeTable
    _units: dict[str, list[Finding]] = field(default_factory=dict)

    def findings(self, item: Mapped, row: SpoolRow) -> list[Finding]:
        """Give everything that is found about one record."""
        found = list(item.findings)
        if any(map(is_blocking, found)) or item.unit is None:
            return found
        found += self._of_unit(item.unit)
        found += _of_form(row)
        fields = normalise_entry(
            {"provider_code": item.unit.uscc, **item.filled.fields, "owner_org": item.unit.key}
        )
        fields["resources"] = item.filled.resources
        return found + check_stored(
            fields, unit_code=item.unit.uscc or None, profile=self.source.profile
        )

    def _of_unit(self, unit: ForeignUnit) -> list[Finding]:
        if unit.key not in self._units:
            found = findings_of_unit(dict(unit.fields), self.source.profile)
            self._units[unit.key] = [item for item in found if is_blocking(item)]
            division = str(unit.fields.get("division", ""))
            owner = self.scopes.owner_of(division, local_today()) if division else None
            if owner != self.source.code:
                self._units[unit.key].append(
                    error(
                        "scope",
                        "division",
                        f"单位「{unit.fields.get('title')}」的行政区划 {division or '（空）'} "
                        f"不在节点 {self.source.code} 的范围内（第四十一条）",
                        f"division {division or '(none)'} of the unit is outside the scope of node "
                        f"{self.source.code} (Art. 41)",
                    )
                )
        return self._units[unit.key]


def scopes_with(source: SourceDefinition) -> ScopeTable:
    """Give which node owns which division once the source is registered.

    Raises:
        ScopeConflict: another node includes the same prefix.
    """
    with own_transaction() as connection:
        others = [node for node in nodes.all_nodes(connection) if node.code != source.code]
    own = NodeScope(
        source.code,
        tuple(map(ScopeRule, source.scope_include)),
        tuple(map(ScopeRule, source.scope_exclude)),
    )
    return ScopeTable((*peers.scope_table(others).nodes, own))


def _of_form(row: SpoolRow) -> list[Finding]:
    """Give what the sync would say about the form of a record."""
    sent = FeedRow(
        seq=0,
        op="put",
        type=row.kind,
        key=row.key,
        hash=row.hash,
        at="",
        reason=None,
        replaced_by=None,
        record=row.data,
        fields=json.loads(row.data),
    )
    _good, refused = forms.well_formed([sent])
    return [
        error(why.rule, why.field, why.zh, why.en) for _row, reasons in refused for why in reasons
    ]


def _shown(item: Mapped, identifier: str, outcome: str, findings: list[Finding]) -> dict[str, Any]:
    return {
        "remote_id": item.remote_id,
        "place": item.place,
        "identifier": identifier,
        "title": item.title,
        "unit": str(item.unit.fields.get("title", "")) if item.unit else "",
        "outcome": outcome,
        "fields": item.filled.fields,
        "resources": len(item.filled.resources),
        "unmapped": list(item.unmapped),
        "findings": [finding.row() for finding in findings],
    }


def _told(source: SourceDefinition, trial: Trial) -> dict[str, Any]:
    ignored = [name for name in trial.seen if name in source.mapping.ignore]
    return {
        "code": source.code,
        "name": source.name,
        "kind": source.kind,
        "profile": source.profile,
        "records": trial.records,
        "counts": {name: trial.counts[name] for name in ("listed", "incomplete", "refused")},
        "reasons": dict(sorted(trial.reasons.items())),
        "changes": {name: trial.changes[name] for name in ("new", "changed", "unchanged", "gone")},
        "fields": {
            "mapped": sorted(set(trial.seen) - set(ignored) - set(trial.unmapped)),
            "ignored": {name: source.mapping.ignore[name] for name in sorted(ignored)},
            "unmapped": dict(trial.unmapped.most_common()),
        },
        "rows": trial.rows,
    }
