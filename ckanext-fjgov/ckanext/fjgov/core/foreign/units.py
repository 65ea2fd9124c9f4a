"""Tell which unit (机关单位) a remote record belongs to, by the table of the source's file."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.canonical import (
    GROUP_COLUMNS,
    RecordShape,
    stored_extras,
    unit_record,
)
from ckanext.fjgov.core.catalog.rules import Finding, normalise_unit
from ckanext.fjgov.core.catalog.unit_code import (
    local_unit_code,
    unit_key,
    unit_name_key,
    unit_slug,
)
from ckanext.fjgov.core.importing.problems import error

from .definition import SourceDefinition

UNIT_RULE = "unit"
_IDS = uuid.UUID("0c8a3c1e-6a57-5e0e-9c3f-5d1a4d1f0b35")


def local_id(source: str, kind: str, remote_id: str) -> str:
    """Give the id of a row made from a remote record: the same for ever, no other's."""
    return str(uuid.uuid5(_IDS, f"{source}\n{kind}\n{remote_id}"))


@dataclass(frozen=True, slots=True)
class ForeignUnit:
    """A unit of a source: its key in the log, its canonical record, and facts for the rules."""

    key: str
    record: Mapping[str, Any]
    fields: Mapping[str, Any]

    @property
    def uscc(self) -> str:
        """Give its credit code, "" when it has none."""
        return str(self.fields.get("uscc", ""))


@dataclass
class UnitTable:
    """The units of one source; those that records name for the first time are remembered.

    Units of the file's table are there whether a record names them or not; others only as long as
    a record names them.
    """

    source: SourceDefinition
    shape: RecordShape
    _by_name: dict[str, ForeignUnit] = field(default_factory=dict)
    _by_code: dict[str, ForeignUnit] = field(default_factory=dict)
    fresh: list[ForeignUnit] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, fields in self.source.known_units.items():
            self._add(name, fields)

    def find(self, name: str, code: str, place: str) -> ForeignUnit | Finding:
        """Give the unit of a record, or the finding that refuses it.

        Args:
            name, code: as the record tells them, either may be empty.
            place: where the record stands, for the message.
        """
        named = self._by_name.get(unit_name_key(name)) if name else None
        coded = self._by_code.get(code) if code else None
        if named and coded and named is not coded:
            return self._refused(name, f"{name}（{code}）", place)
        found = coded or named
        if found:
            return found
        rules = self.source.mapping.unit
        if rules.unlisted != "create" or not name:
            return self._refused(name, name or code or "（空）", place)
        constants = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in rules.constants.items()
        }
        return self._add(name, {**constants, **({"uscc": code} if code else {})})

    def _add(self, name: str, fields: Mapping[str, Any]) -> ForeignUnit:
        whole = normalise_unit({"title": name, **fields})
        uscc = str(whole.get("uscc", ""))
        slug = unit_slug(uscc or local_unit_code(self.source.prefix, name))
        key = unit_key(slug, uscc)
        row = {
            "id": local_id(self.source.code, "unit", key),
            "name": slug,
            **{column: whole.get(column) for column in GROUP_COLUMNS},
            "extras": stored_extras(whole, GROUP_COLUMNS, self.shape),
        }
        unit = self._by_code.get(uscc) if uscc else None
        if unit is None:
            unit = ForeignUnit(key, unit_record(row, self.shape), whole)
            self.fresh.append(unit)
        self._by_name[unit_name_key(name)] = unit
        if uscc:
            self._by_code[uscc] = unit
        return unit

    def _refused(self, name: str, shown: str, place: str) -> Finding:
        return error(
            UNIT_RULE,
            "owner_org",
            f"{place}的单位「{shown}」不在来源文件的单位对照表中；请在 unit.known 中补充",
            f"{place}: unit {name or shown!r} is not in the source's table of units; add it to "
            "unit.known",
        )
