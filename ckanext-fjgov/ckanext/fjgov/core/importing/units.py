"""Tell which unit a row belongs to, by code or by full name, and draft a unit that is not listed.

A source without unified social credit codes names its units only. Such a unit gets a local code
(`core.catalog.unit_code`); its missing credit code is then a finding of rule R3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.catalog.unit_code import local_unit_code, unit_name_key, unit_slug

from .mapping import UnitMap
from .problems import UNKNOWN_UNIT, error


@dataclass(frozen=True, slots=True)
class UnitRef:
    """One unit of the node, or one to be created.

    Attributes:
        key: how the caller knows it (organization name); for a new unit its slug.
        title: full name.
        uscc: unified social credit code, empty when unknown.
        aliases: former and short names that also mean this unit.
        address: its registered address.
        is_new: the unit does not exist yet.
        fields: declared fields of a new unit.
    """

    key: str
    title: str
    uscc: str = ""
    aliases: tuple[str, ...] = ()
    address: str = ""
    is_new: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


class UnitRegister:
    """The units an import may refer to; units drafted during the import are remembered."""

    def __init__(self, units: Iterable[UnitRef], prefix: str) -> None:
        self._prefix = prefix
        self._by_code: dict[str, UnitRef] = {}
        self._by_name: dict[str, list[UnitRef]] = {}
        self._by_key: dict[str, UnitRef] = {}
        self.created: list[UnitRef] = []
        for unit in units:
            self._add(unit)

    def _add(self, unit: UnitRef) -> None:
        self._by_key[unit.key] = unit
        if unit.uscc:
            self._by_code[unit.uscc] = unit
        for name in {unit_name_key(n) for n in (unit.title, *unit.aliases) if n}:
            self._by_name.setdefault(name, []).append(unit)

    def resolve(self, name: str, code: str, rules: UnitMap, number: int) -> UnitRef | Finding:
        """Return the unit of a row, or the finding that refuses it.

        Args:
            name, code: as the row tells them, either may be empty.
            rules: what the mapping says about units.
            number: row number for the message.
        """
        named = self._by_name.get(unit_name_key(name), []) if name else []
        coded = self._by_code.get(code) if code else None
        if coded is not None:
            return coded if not name or coded in named else _contradiction(number, name, coded)
        if code and named and all(unit.uscc for unit in named):
            return _contradiction(number, name, named[0], code)
        if len(named) == 1:
            return named[0]
        if len(named) > 1:
            return _several(number, name)
        if rules.unlisted == "create" and name:
            return self._draft(name, code, rules)
        return _unknown(number, name, code)

    def _draft(self, name: str, code: str, rules: UnitMap) -> UnitRef:
        local = local_unit_code(self._prefix, name)
        key = unit_slug(code or local)
        if key in self._by_key:
            raise ValueError(f"two unit names share the local code {local}")
        fields = {k: list(v) if isinstance(v, tuple) else v for k, v in rules.constants.items()}
        unit = UnitRef(key=key, title=name, uscc=code, is_new=True, fields=fields)
        self._add(unit)
        self.created.append(unit)
        return unit


def _contradiction(number: int, name: str, unit: UnitRef, code: str = "") -> Finding:
    given = f"代码 {code}" if code else f"名称「{name}」"
    return error(
        UNKNOWN_UNIT,
        "owner_org",
        f"第 {number} 行的单位{given}与登记的「{unit.title}」（{unit.uscc}）不一致；"
        "请核对单位名称和统一社会信用代码",
        f"row {number}: unit {code or name!r} contradicts the registered {unit.title!r} "
        f"({unit.uscc}); check name and code",
    )


def _several(number: int, name: str) -> Finding:
    return error(
        UNKNOWN_UNIT,
        "owner_org",
        f"第 {number} 行的单位「{name}」对应多个登记单位；请填写统一社会信用代码",
        f"row {number}: {name!r} fits several registered units; give the unified social "
        "credit code",
    )


def _unknown(number: int, name: str, code: str) -> Finding:
    shown = name or code or "（空）"
    return error(
        UNKNOWN_UNIT,
        "owner_org",
        f"第 {number} 行的单位「{shown}」未登记；请先登记单位，或在映射文件中声明 unlisted: create",
        f"row {number}: unit {name or code!r} is not registered; register it first "
        "or declare `unlisted: create` in the mapping",
    )
