"""Tables of the directories (Art. 45): one line a record, columns in the words of the schema.

Unlike the workbook of registration (`core.importing.workbook`) such a table is made to be read:
it has every element that its reader may see, those that the system sets too, and no drop-downs,
stamps or sheets of rules; it is not read back. It shows what it is given: whoever calls it has
taken out what the reader may not see, and says whether columns for officials are there at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ckanext.fjgov.core.catalog.rules import keywords
from ckanext.fjgov.core.catalog.schema_model import FieldModel, SchemaModel
from ckanext.fjgov.core.export.facts import rows, text, texts
from ckanext.fjgov.core.importing.choices import Lists, choices_of
from ckanext.fjgov.core.importing.convert import join_cell
from ckanext.fjgov.core.importing.template import RESOURCE_SHEET, RESOURCES, SEPARATOR

# Whatever a directory calls its records, this column leads to them.
PAGE: Final = "page"
PAGE_TITLE: Final = "目录页地址"
GATEWAY: Final = "gateway"
GATEWAY_TITLE: Final = "共享网关地址"
# Web names say nothing beside the address of the page; a resource's address is its gateway's.
_LEFT_OUT: Final = frozenset({"name"})
_RESOURCE_LEFT_OUT: Final = frozenset({"url"})


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        name: of the field.
        title: 中文名称 of the field.
        field: None for what is built from the site.
        shown: code -> code with its label.
    """

    name: str
    title: str
    field: FieldModel | None
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Detail:
    """A repeating field: in CSV and Parquet one cell with JSON, in xlsx a sheet of its own."""

    name: str
    title: str
    columns: tuple[TableColumn, ...]


@dataclass(frozen=True, slots=True)
class TableForm:
    """How the table of one directory looks to a kind of reader.

    Attributes:
        title: name of the directory.
        columns: of the main table.
        details: repeating fields.
        key: name of the field by which lines of a sheet of details find their record.
        named: headers and keys are names of fields instead of their official names.
    """

    title: str
    columns: tuple[TableColumn, ...]
    details: tuple[Detail, ...]
    key: str
    named: bool

    def header(self, columns: Sequence[TableColumn | Detail]) -> list[str]:
        """Give the header of some columns."""
        return [one.name if self.named else one.title for one in columns]

    @property
    def flat_header(self) -> list[str]:
        """Give the header of the table in which details are cells."""
        return self.header([*self.columns, *self.details])


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where records and resources are: addresses before the web name, and before the id."""

    page: str
    gateway: str


def table_form(
    schema: SchemaModel,
    lists: Lists,
    *,
    title: str,
    is_staff: bool,
    named: bool = False,
    labelled: bool = True,
) -> TableForm:
    """Give the form of a table.

    Args:
        schema: of the directory.
        lists: the code lists of the node.
        title: name of the directory.
        is_staff: columns for officials are there.
        named: headers are names of fields.
        labelled: codes stand with their labels.

    Cost: O(fields and codes).
    """
    known: dict[str, Mapping[str, str]] = {}

    def column(field: FieldModel) -> TableColumn:
        codelist = field.codelist if labelled else None
        if codelist and codelist not in known:
            known[codelist] = choices_of(lists(codelist)).shown
        return TableColumn(field.name, field.label_zh, field, known.get(codelist or "", {}))

    def built(name: str, shown: str) -> TableColumn:
        return TableColumn(name, shown, None, {})

    # A directory for officials has no other columns; its header is no secret, its records are.
    is_whole = is_staff or not any(one.public for one in schema.fields)
    shown = [one for one in schema.fields if one.public or is_whole]
    fields = [one for one in shown if one.name not in _LEFT_OUT]
    plain = [one for one in fields if one.kind != "rows"]
    first = [one for one in plain if one.name in ("identifier", "uscc")]
    details = [
        Detail(
            one.name,
            one.label_zh,
            tuple(column(sub) for sub in one.subfields if sub.public or is_whole),
        )
        for one in fields
        if one.kind == "rows"
    ]
    if schema.resource_fields:
        own = [one for one in schema.resource_fields if one.name not in _RESOURCE_LEFT_OUT]
        columns = (*map(column, own), built(GATEWAY, GATEWAY_TITLE))
        details.append(Detail(RESOURCES, RESOURCE_SHEET, columns))
    ordered = [*first, *(one for one in plain if one not in first)]
    return TableForm(
        title=title,
        columns=(*map(column, ordered), built(PAGE, PAGE_TITLE)),
        details=tuple(details),
        key=first[0].name if first else ordered[0].name,
        named=named,
    )


def main_row(record: Mapping[str, Any], form: TableForm, where: Addresses) -> list[str]:
    """Give the cells of a record in the main table."""
    return [_cell(record, one, where) for one in form.columns]


def flat_row(record: Mapping[str, Any], form: TableForm, where: Addresses) -> list[str]:
    """Give the cells of a record in the table in which details are JSON."""
    told = []
    for detail in form.details:
        found = [
            {
                key: value
                for key, value in zip(form.header(detail.columns), row, strict=True)
                if value
            }
            for row in detail_rows(record, detail, where)
        ]
        told.append(json.dumps(found, ensure_ascii=False) if found else "")
    return [*main_row(record, form, where), *told]


def detail_rows(record: Mapping[str, Any], detail: Detail, where: Addresses) -> Iterator[list[str]]:
    """Give the lines of a repeating field of a record, without empty ones."""
    for row in rows(record, detail.name):
        cells = [_cell(row, one, where) for one in detail.columns]
        if any(cells):
            yield cells


def key_of(record: Mapping[str, Any], form: TableForm) -> str:
    """Give what names a record in the sheets of its details."""
    return text(record, form.key)


def _cell(record: Mapping[str, Any], column: TableColumn, where: Addresses) -> str:
    field = column.field
    if field is None:
        start, name = (where.page, "name") if column.name == PAGE else (where.gateway, "id")
        found = text(record, name)
        return f"{start}{found}" if found else ""
    if field.stored_as == "tags":
        return ",".join(keywords(record))
    if field.name == "owner_org":
        unit = record.get("organization")
        return text(unit, "title") if isinstance(unit, Mapping) else ""
    if field.is_list:
        return join_cell(
            [column.shown.get(one, one) for one in texts(record, field.name)], SEPARATOR
        )
    found = text(record, field.name)
    return column.shown.get(found, found)
