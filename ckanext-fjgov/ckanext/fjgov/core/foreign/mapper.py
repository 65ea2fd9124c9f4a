"""Turn the records of one reading into canonical ones; what is wrong with one travels with it.

A record that may not be listed still enters the log of its source, with its problems named, so
that it is counted, shown with its reasons, and part of the proof like every other.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    UNIT,
    RecordShape,
    canonical_bytes,
    entry_record,
    record_hash,
    stored_extras,
)
from ckanext.fjgov.core.catalog.identifier import is_identifier, parse_identifier, slug_of
from ckanext.fjgov.core.catalog.rules import Finding, normalise_entry
from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.importing.problems import error, is_blocking

from .convert import Filled, fill, unmapped
from .definition import SourceDefinition
from .record import RemoteRecord
from .units import ForeignUnit, UnitTable, local_id

PROBLEMS = "problems"
NO_ID, DUPLICATE, TITLE_TWICE = "key", "duplicate", "R2"
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class Mapped:
    """One remote record after mapping.

    Attributes:
        remote_id: what the source calls it, "" when it cannot be told from others.
        key: key of a record without identity (begins with `!`), "" of all others.
        unit: the providing unit, None when it could not be told.
        filled: our fields and resources.
        findings: what is wrong so far; with an error the record is not listed.
        unmapped: fields of the source that its file neither maps nor ignores.
    """

    remote_id: str
    key: str
    unit: ForeignUnit | None
    filled: Filled
    findings: tuple[Finding, ...]
    unmapped: tuple[str, ...]
    place: str

    @property
    def title(self) -> str:
        """Give the title, "" when there is none."""
        return str(self.filled.fields.get("title", ""))


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """One canonical record of a source, ready for its log.

    Attributes:
        kind: `entry` or `unit`; key: home key; record_id: id of the package or group.
        remote_id: what the source calls it, "" for a unit.
        hash, data: canonical bytes and their SHA-256.
        addresses: resource id -> real address; never part of `data`.
    """

    kind: str
    key: str
    record_id: str
    remote_id: str
    hash: str
    data: bytes
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Mapper:
    """Maps the records of one reading in their order.

    Attributes:
        source: the checked file of the source.
        shape: of entries.
        units: the units of the source.
        unmapped: fields nobody named -> records that carry them.
    """

    source: SourceDefinition
    shape: RecordShape
    units: UnitTable
    unmapped: Counter[str] = field(default_factory=Counter)
    _seen: dict[bytes, int] = field(default_factory=dict)
    _titles: set[bytes] = field(default_factory=set)

    def map(self, record: RemoteRecord) -> Mapped:
        """Map one record. Cost: O(size of the record); memory: 100 bytes of each one before."""
        place = record.place
        # Its id stays when other records come and go before it; what is said about it then stays,
        # too, and with it the hash.
        record = replace(record, place=record.remote_id[:80].replace("\x1f", " / ") or place)
        filled = fill(record, self.source)
        findings = list(filled.findings)
        names = unmapped(record, self.source)
        self.unmapped.update(names)
        unit = self._unit(record, findings)
        remote_id, key = self._identity(record, findings)
        if unit and not key:
            self._note_title(filled, unit, record.place, findings)
        return Mapped(remote_id, key, unit, filled, tuple(findings), tuple(names), place)

    def entry_row(self, mapped: Mapped, identifier: str) -> SpoolRow:
        """Build the canonical record of an entry.

        Args:
            mapped: from `map`.
            identifier: bound to its remote id; ignored for a record without identity.
        """
        key = mapped.key or identifier
        package_id = local_id(self.source.code, ENTRY, mapped.remote_id or key)
        fields = self._fields(mapped, key)
        tags = fields.pop("tags", [])
        ids = [
            local_id(self.source.code, package_id, name or f"#{position}")
            for position, name in enumerate(mapped.filled.resource_ids)
        ]
        record = entry_record(
            {
                "id": package_id,
                "name": slug_of(parse_identifier(key)) if is_identifier(key) else key,
                **{column: fields.get(column) for column in PACKAGE_COLUMNS},
                "extras": stored_extras(fields, PACKAGE_COLUMNS, self.shape),
            },
            [_resource(row, id_) for row, id_ in zip(mapped.filled.resources, ids, strict=True)],
            dict.fromkeys(tags if isinstance(tags, list) else [tags]),
            mapped.unit.key if mapped.unit else "",
            self.shape,
        )
        problems = [item for item in mapped.findings if is_blocking(item)]
        if problems:
            record[PROBLEMS] = [
                {"rule": item.rule, "field": item.field, "zh": item.zh, "en": item.en}
                for item in problems
            ]
        data = canonical_bytes(record)
        addresses = {ids[position]: text for position, text in mapped.filled.addresses.items()}
        return SpoolRow(
            ENTRY, key, package_id, mapped.remote_id, record_hash(data), data, addresses
        )

    def unit_rows(self) -> list[SpoolRow]:
        """Give the units that were met since the last call."""
        rows = []
        for unit in self.units.fresh:
            data = canonical_bytes(unit.record)
            rows.append(SpoolRow(UNIT, unit.key, unit.record["id"], "", record_hash(data), data))
        self.units.fresh.clear()
        return rows

    def _fields(self, mapped: Mapped, key: str) -> dict[str, Any]:
        fields = normalise_entry(mapped.filled.fields)
        fields["identifier"] = key
        if is_identifier(key):
            found = parse_identifier(key)
            fields.setdefault("md_id", f"{found.prefix}/md-{found.suffix}")
        if mapped.unit and mapped.unit.uscc:
            fields.setdefault("provider_code", mapped.unit.uscc)
        return fields

    def _unit(self, record: RemoteRecord, findings: list[Finding]) -> ForeignUnit | None:
        rules = self.source.mapping.unit
        name = next(iter(record.cells.get(rules.column, ())), "")
        code = next(iter(record.cells.get(rules.code_column, ())), "").upper()
        found = self.units.find(name, code, record.place)
        if isinstance(found, Finding):
            findings.append(found)
            return None
        return found

    def _identity(self, record: RemoteRecord, findings: list[Finding]) -> tuple[str, str]:
        """Give remote id and key of a record; one of them is empty."""
        remote_id = record.remote_id
        if not remote_id or len(remote_id) > _LONGEST_ID or "\0" in remote_id:
            findings.append(
                error(
                    NO_ID,
                    "identifier",
                    f"{record.place}没有可用的来源标识，无法长期对应；请由来源补充",
                    f"{record.place} has no id of its own that could be followed; have it added",
                )
            )
            content = json.dumps([record.cells, record.resources], sort_keys=True)
            return "", self._nameless(content)
        if self._count(remote_id) == 1:
            return remote_id, ""
        findings.append(
            error(
                DUPLICATE,
                "identifier",
                f"{record.place}与前面的记录使用同一来源标识「{remote_id[:120]}」，保留先到的一条",
                f"{record.place} repeats the id {remote_id[:120]!r} of an earlier record; the "
                "first one is kept",
            )
        )
        return "", self._nameless(f"duplicate {remote_id}")

    def _nameless(self, content: str) -> str:
        number = self._count(content)
        digest = hashlib.sha256(f"{number}\n{content}".encode("utf-8", "replace")).hexdigest()
        return f"!{digest[:24]}"

    def _count(self, text: str) -> int:
        name = hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]
        self._seen[name] = self._seen.get(name, 0) + 1
        return self._seen[name]

    def _note_title(
        self, filled: Filled, unit: ForeignUnit, place: str, findings: list[Finding]
    ) -> None:
        """Let a title stand once in a unit (R2); the record that comes first has it."""
        title = normalise_title(str(filled.fields.get("title", "")))
        if not title or any(is_blocking(item) for item in findings):
            return
        name = hashlib.sha256(f"{unit.key}\n{title}".encode()).digest()[:16]
        if name in self._titles:
            findings.append(
                error(
                    TITLE_TWICE,
                    "title",
                    f"{place}的名称「{filled.fields['title'][:80]}」在同一单位已有目录使用；"
                    "请由来源区分名称",
                    f"{place}: another record of the unit has this title; have them told apart",
                )
            )
        self._titles.add(name)


def _resource(fields: Mapping[str, Any], resource_id: str) -> dict[str, Any]:
    columns: dict[str, Any] = {name: fields.get(name) for name in RESOURCE_COLUMNS}
    size = columns["size"]
    columns["size"] = int(size) if isinstance(size, str) and size.isdecimal() else None
    extras = {name: value for name, value in fields.items() if name not in RESOURCE_COLUMNS}
    return {"id": resource_id, **columns, "extras": extras}


def problems_of(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give what a canonical record says is wrong with itself; [] for a sound one."""
    found = record.get(PROBLEMS)
    if not isinstance(found, list):
        return []
    names = ("rule", "field", "zh", "en")
    return [
        {name: str(item.get(name, "")) for name in names}
        for item in found
        if isinstance(item, Mapping)
    ]
