"""The mapping file: which column fills which field, through which value map, and what is declared.

These are the checked values; `mapping_file` reads them from YAML. Nothing here has a default that
would put a value into an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE

from .choices import Choices

Profile = Literal["strict", "inventory"]
CHINESE_DATE = "chinese"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one field is filled: from a column, or by a declared constant.

    Attributes:
        target: field name of the entry (or of a row of a repeating field).
        column: header in the source, empty for a constant.
        constant: declared value; text or a tuple of texts for a multi-valued field.
        reason: why the constant, the value for empty cells or the ignored column is right.
        multi: the field holds a list.
        split: separator of several values in one cell; implies `multi`.
        escape: `\\` protects the separator in a cell (own template only).
        values: source text -> codes; an empty tuple says "the source states nothing here".
        dates: accepted `strptime` formats, or `chinese` for 二〇二三年五月一日.
        number: the value must be a plain number; `thousands` names its group separator.
        when_empty: declared value for an empty cell, None when an empty cell stays empty.
        is_code: digits are a code, so that a numeric cell may have lost leading zeros.
        choices: the code list whose shown texts a cell may hold (own template only).
        is_day: a numeric cell holds the serial number of a day, which is never a value.
    """

    target: str
    column: str = ""
    constant: str | tuple[str, ...] | None = None
    reason: str = ""
    multi: bool = False
    split: str = ""
    escape: bool = False
    values: Mapping[str, tuple[str, ...]] | None = None
    dates: tuple[str, ...] = ()
    number: bool = False
    thousands: str = ""
    when_empty: str | tuple[str, ...] | None = None
    is_code: bool = False
    choices: Choices | None = None
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class RowsMap:
    """How a repeating field is filled: from a JSON cell, or from a detail sheet joined by `key`.

    `key` names columns that both sheets have; the rows of the detail sheet keep their order.
    """

    target: str
    columns: tuple[FieldMap, ...]
    json_column: str = ""
    sheet: str = ""
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitMap:
    """How the providing unit of a row is told.

    Attributes:
        column: header of the unit's full name.
        code_column: header of its unified social credit code, empty when the source has none.
        unlisted: `refuse` a row of an unknown unit, or `create` the unit from its source name.
        constants: declared fields of units created so, each value with the mapping's reason.
    """

    column: str
    code_column: str = ""
    unlisted: Literal["refuse", "create"] = "refuse"
    constants: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RemovalMap:
    """Which column and values ask to withdraw an entry (撤销); never implied by absence."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """One mapping file, checked.

    Attributes:
        is_template: derived from the schema, not written by hand.
        record_type: of the directory whose records the rows are.
    """

    name: str
    profile: Profile
    fields: tuple[FieldMap, ...]
    unit: UnitMap
    rows: tuple[RowsMap, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)
    removal: RemovalMap | None = None
    sheet: str = ""
    encoding: str = ""
    is_template: bool = False
    record_type: str = ENTRY_TYPE

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the entry fields this mapping may set, in file order."""
        return tuple(f.target for f in self.fields) + tuple(r.target for r in self.rows)

    @property
    def required_columns(self) -> frozenset[str]:
        """Return the headers of the main sheet that the mapping reads."""
        names = {f.column for f in self.fields} | {self.unit.column, self.unit.code_column}
        for rows in self.rows:
            names |= {rows.json_column, *rows.key}
        if self.removal:
            names.add(self.removal.column)
        return frozenset(names - {""})
