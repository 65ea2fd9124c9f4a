"""Fill our fields from the cells of a remote record, by its mapping and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.importing.convert import convert_cell
from ckanext.fjgov.core.importing.mapping import FieldMap
from ckanext.fjgov.core.importing.problems import error
from ckanext.fjgov.core.importing.rows import Row

from .definition import SourceDefinition
from .record import Cells, RemoteRecord

SEVERAL = "F1"


@dataclass(frozen=True, slots=True)
class _Cell(Row):
    """One cell of a remote record in the form that `convert_cell` reads."""

    where: str = ""

    def place(self, column: str) -> tuple[str, str]:
        """Return where the cell is, in words of the source."""
        return f"{self.where}的「{column}」", f"{self.where}, field {column!r}"


@dataclass(slots=True)
class Filled:
    """What the mapping made of one record.

    Attributes:
        fields: our fields, only those that record or mapping state.
        resources: our fields of each resource.
        addresses: position of a resource -> its real address.
        resource_ids: what the source calls each resource, "" when it gives nothing.
        findings: what kept a value out.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)
    addresses: dict[int, str] = field(default_factory=dict)
    resource_ids: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def fill(record: RemoteRecord, source: SourceDefinition) -> Filled:
    """Apply the mapping of a source to one of its records. Cost: O(size of the record)."""
    done = Filled()
    done.fields = _fields(source.mapping.fields, record.cells, record.place, done.findings)
    for position, cells in enumerate(record.resources):
        place = f"{record.place} #{position + 1}"
        done.resources.append(_fields(source.resources.fields, cells, place, done.findings))
        done.resource_ids.append(next(iter(cells.get(source.resources.id, ())), ""))
        address = _first(cells, source.resources.address)
        if address:
            done.addresses[position] = address
    return done


def unmapped(record: RemoteRecord, source: SourceDefinition) -> list[str]:
    """Name the fields of a record that the source's file neither maps nor ignores."""
    unit = source.mapping.unit
    known = {spec.column for spec in source.mapping.fields}
    known |= {unit.column, unit.code_column, *source.reading.id}
    names = [name for name in record.cells if name not in known]
    of_resources = {spec.column for spec in source.resources.fields}
    of_resources |= {source.resources.id, *source.resources.address}
    seen = dict.fromkeys(name for cells in record.resources for name in cells)
    names += [f"resources.{name}" for name in seen if name not in of_resources]
    return [name for name in names if name not in source.mapping.ignore]


def _fields(
    specs: Iterable[FieldMap], cells: Cells, place: str, findings: list[Finding]
) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for spec in specs:
        value = _value(spec, cells, place, findings)
        if value is not None:
            filled[spec.target] = value
    return filled


def _value(spec: FieldMap, cells: Cells, place: str, findings: list[Finding]) -> Any:
    texts = cells.get(spec.column, ()) if spec.column else ()
    if len(texts) > 1 and not spec.multi:
        findings.append(
            error(
                SEVERAL,
                spec.target,
                f"{place}的「{spec.column}」有 {len(texts)} 个值，只能有一个；"
                "请在映射中改用多值字段或由来源更正",
                f"{place}: {spec.column!r} has {len(texts)} values where one is allowed; map it to "
                "a field with several values or have it corrected there",
            )
        )
        return None
    # Without a text the mapping's own constant or value for empty cells counts.
    results: list[str] = []
    for text in texts or ("",):
        value, problems = convert_cell(spec, _Cell(0, {spec.column: text}, where=place))
        findings += problems
        if value is not None and not isinstance(value, list):
            if not spec.multi:
                return value
            value = [value]
        results += [item for item in value or [] if item not in results]
    return results or None


def _first(cells: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> str:
    return next((cells[name][0] for name in names if cells.get(name)), "")
