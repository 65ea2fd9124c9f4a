"""The six directories as tables for a reader: which records, which columns, where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.rules import normalise_record, normalise_unit
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.export.table_files import Records
from ckanext.fjgov.core.export.tables import Addresses, TableForm, table_form
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exporting import code_lists
from ckanext.fjgov.logic.walking import Walk
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.asking import search_of
from ckanext.fjgov.web.searching_pages import reader_context

UNITS = "unit"
UNIT_FILTERS = ("q", "level", "home_node")


@dataclass(frozen=True, slots=True)
class Found:
    """A table to be written."""

    form: TableForm
    records: Records
    count: int
    where: Addresses


def titles() -> dict[str, tuple[str, str]]:
    """Give the six directories: name in addresses -> name in both languages."""
    kept = {kind: (one.label_zh, one.label_en) for kind, one in record_schemas().items()}
    return {UNITS: ("政务用户目录", "Register of units"), **kept}


def found(directory: str, arguments: Any) -> Found:
    """Find the records of a directory as its page does, for the reader of this request.

    Args:
        directory: one of `titles`.
        arguments: of the request; beside the filters `header` and `codes`.

    Raises:
        ckan.logic.ValidationError: the search may not be asked or cannot be read.
    """
    is_staff = helpers.person().is_staff
    schema = settings.schemas()[1] if directory == UNITS else record_schemas()[directory]
    form = table_form(
        schema,
        code_lists(),
        title=titles()[directory][0],
        is_staff=is_staff,
        named=arguments.get("header") == "names",
        labelled=arguments.get("codes") != "bare",
    )
    site = settings.node().site_url
    gateway = f"{site}/share/"
    if directory == UNITS:
        asked = {name: arguments.get(name, "").strip() for name in UNIT_FILTERS}
        count, units = registers.all_units(
            words=asked["q"], level=asked["level"], home_node=asked["home_node"]
        )
        return Found(form, _units(units), count, Addresses(f"{site}/organization/", gateway))
    walk = Walk(reader_context(), *search_of(arguments, directory))
    folder = "/dataset/" if directory == ENTRY_TYPE else f"/directory/{directory}/"
    records = (normalise_record(record, schema) for record in walk)
    return Found(form, records, walk.count, Addresses(f"{site}{folder}", gateway))


def _units(units: Iterator[registers.Unit]) -> Iterator[Mapping[str, Any]]:
    for unit in units:
        yield normalise_unit({**unit.extras, "title": unit.title, "name": unit.name})
