"""Decide what an import would do with each row, without doing it.

Matching is by identifier, else by unit and normalised title. A row is never taken as a withdrawal
because it is absent: only the mapping's explicit column withdraws an entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import Finding, title_taken
from ckanext.fjgov.core.catalog.title import normalise_title

from .apply import MappedRow
from .mapping import ImportMapping
from .merging import merge
from .problems import (
    AMBIGUOUS_MATCH,
    DRAG_FILLED,
    DUPLICATE_IN_FILE,
    NOT_FOUND,
    ORPHAN_ROW,
    error,
    is_blocking,
    warning,
)
from .units import UnitRef, UnitRegister

Action = Literal["create", "update", "unchanged", "remove", "refuse"]
_NUMBERED = re.compile(r"^(.*?\D)(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class ExistingRecord:
    """A live record of this node, as the planner needs it.

    Attributes:
        addresses: resource id -> real address, only to see that a file says what is stored.
    """

    identifier: str
    unit_key: str
    entry: Mapping[str, Any]
    addresses: Mapping[str, str] = field(default_factory=dict)


class Lookup(Protocol):
    """Where the planner finds existing records; implemented over the database by the caller."""

    def by_identifier(self, identifier: str) -> ExistingRecord | None:
        """Return the live record with this identifier."""

    def by_title(self, unit_key: str, key: str) -> ExistingRecord | None:
        """Return the live record of a unit with this normalised title."""


Check = Callable[[Mapping[str, Any], UnitRef], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What would happen to one row.

    Attributes:
        entry: the whole entry after the row is applied; empty when refused or removed.
        changed: fields that differ from the existing record, in mapping order.
        findings: of reader, mapping, planner and catalog rules, in that order.
    """

    row: MappedRow
    action: Action
    unit: UnitRef | None = None
    existing: ExistingRecord | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def plan_rows(
    rows: Iterable[MappedRow],
    mapping: ImportMapping,
    units: UnitRegister,
    lookup: Lookup,
    check: Check,
) -> Iterator[PlannedRow]:
    """Yield the plan of each row in order.

    Args:
        rows: mapped rows in file order.
        mapping: the mapping they came from; only its fields are compared and changed.
        units: register of units; units it drafts are in its `created`.
        lookup: existing live records.
        check: the catalog rules under the mapping's profile.

    Cost: O(rows) time and one small key per row in memory; two lookups a row.
    """
    planner = _Planner(mapping, units, lookup, check)
    for row in rows:
        yield planner.plan(row)


class _Planner:
    def __init__(
        self, mapping: ImportMapping, units: UnitRegister, lookup: Lookup, check: Check
    ) -> None:
        self._mapping = mapping
        self._targets = mapping.targets
        self._schema = record_schemas()[mapping.record_type]
        self._units = units
        self._lookup = lookup
        self._check = check
        self._titles: dict[tuple[str, str], int] = {}
        self._identifiers: dict[str, int] = {}
        self._run: tuple[str, int, int, int] | None = None
        self._columns = {
            rows.target: frozenset(spec.target for spec in rows.columns) for rows in mapping.rows
        }

    def plan(self, row: MappedRow) -> PlannedRow:
        """Plan one row; the order of the checks is the order of the messages."""
        if any(finding.rule == ORPHAN_ROW for finding in row.findings):
            return PlannedRow(row, "refuse", findings=row.findings)
        findings = [*row.findings, *self._drag_filled(row)]
        unit = self._units.resolve(row.unit_name, row.unit_code, self._mapping.unit, row.number)
        if isinstance(unit, Finding):
            return PlannedRow(row, "refuse", findings=(*findings, unit))
        findings.extend(self._repeated(row, unit))
        existing, problems = self._match(row, unit)
        findings.extend(problems)
        if row.remove:
            return self._removal(row, unit, existing, findings)
        targets = self._targets if row.targets is None else row.targets
        stored = existing.entry if existing else None
        real = existing.addresses if existing else {}
        entry, changed = merge(row.entry, stored, targets, self._columns, self._schema, real)
        entry.setdefault("owner_org", unit.key)
        if not row.is_refused:
            # A value that could not be read is missing from the entry; the rules would blame that.
            findings.extend(self._check(entry, unit))
        if any(map(is_blocking, findings)):
            return PlannedRow(row, "refuse", unit, existing, findings=tuple(findings))
        action: Action = "create" if existing is None else "update" if changed else "unchanged"
        return PlannedRow(row, action, unit, existing, entry, changed, tuple(findings))

    def _removal(
        self,
        row: MappedRow,
        unit: UnitRef,
        existing: ExistingRecord | None,
        findings: list[Finding],
    ) -> PlannedRow:
        if any(map(is_blocking, findings)):
            return PlannedRow(row, "refuse", unit, existing, findings=tuple(findings))
        if existing is not None:
            return PlannedRow(row, "remove", unit, existing, findings=tuple(findings))
        problem = error(
            NOT_FOUND,
            "identifier",
            f"第 {row.number} 行要撤销的「{row.title}」不存在或已撤销；请核对标识符和名称",
            f"row {row.number}: {row.title!r} to withdraw does not exist; check identifier "
            "and title",
        )
        return PlannedRow(row, "refuse", unit, findings=(*findings, problem))

    def _repeated(self, row: MappedRow, unit: UnitRef) -> list[Finding]:
        found = []
        identifier = _text(row.entry.get("identifier"))
        first = self._identifiers.setdefault(identifier, row.number) if identifier else row.number
        if first != row.number:
            label = self._schema.field("identifier").label_zh
            found.append(_repeated_identifier(row, first, label))
        key = (unit.key, normalise_title(row.title))
        first = self._titles.setdefault(key, row.number) if key[1] else row.number
        if first != row.number:
            holder = f"第 {first} 行 / row {first}"
            found.append(self._title_taken(row, holder))
        return found

    def _match(self, row: MappedRow, unit: UnitRef) -> tuple[ExistingRecord | None, list[Finding]]:
        identifier = _text(row.entry.get("identifier"))
        titled = None
        if row.title and not unit.is_new:
            titled = self._lookup.by_title(unit.key, normalise_title(row.title))
        if not identifier:
            return titled, []
        named = self._lookup.by_identifier(identifier)
        if named is None:
            return None, [
                error(
                    NOT_FOUND,
                    "identifier",
                    f"第 {row.number} 行的标识符 {identifier} 在本节点不存在；新登记请留空，"
                    "由系统分配",
                    f"row {row.number}: identifier {identifier} does not exist here; "
                    "leave it empty for a new entry, the node allocates it",
                )
            ]
        if named.unit_key != unit.key:
            return named, [_foreign_identifier(row, identifier)]
        if titled is not None and titled.identifier != identifier:
            return named, [self._title_taken(row, titled.identifier)]
        return named, []

    def _title_taken(self, row: MappedRow, holder: str) -> Finding:
        label = self._schema.field("title")
        called = (label.label_zh, label.label_en)
        return title_taken(row.title, holder, self._mapping.profile, label=called)

    def _drag_filled(self, row: MappedRow) -> list[Finding]:
        match = _NUMBERED.match(row.title)
        if match is None:
            self._run = None
            return []
        stem, value = match.group(1), int(match.group(2))
        last = self._run
        if last is None or (last[0], last[1] + 1) != (stem, value):
            self._run = (stem, value, row.number, 1)
            return []
        self._run = (stem, value, last[2], last[3] + 1)
        if self._run[3] < 3:
            return []
        return [
            warning(
                DRAG_FILLED,
                "title",
                f"第 {last[2]} 行至第 {row.number} 行的名称仅末尾数字递增（「{row.title}」），"
                "疑似拖动填充；请核对",
                f"titles of rows {last[2]} to {row.number} differ only by a rising number at "
                "the end "
                f"({row.title!r}), maybe filled by dragging; please check",
            )
        ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _repeated_identifier(row: MappedRow, first: int, label: str) -> Finding:
    return error(
        DUPLICATE_IN_FILE,
        "identifier",
        f"第 {row.number} 行的{label}与第 {first} 行相同；请核对后合并或删去一行",
        f"row {row.number}: same identifier as row {first}; merge the rows or delete one",
    )


def _foreign_identifier(row: MappedRow, identifier: str) -> Finding:
    return error(
        AMBIGUOUS_MATCH,
        "identifier",
        f"第 {row.number} 行的标识符 {identifier} 属于其他单位的目录；请核对标识符和单位",
        f"row {row.number}: {identifier} is a record of another unit; check identifier and unit",
    )
