"""GB/T 21063.3 XML as rows of an import, with what this node knows of codes and units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from ckanext.fjgov.core.export.gbmetadata import CATEGORY_STANDARDS
from ckanext.fjgov.core.importing.apply import MappedRow
from ckanext.fjgov.core.importing.gbjudging import schema_findings
from ckanext.fjgov.core.importing.gbrows import (
    GbContext,
    gb_rows,
    parse_defaults,
    read_records,
)
from ckanext.fjgov.core.importing.mapping import Profile
from ckanext.fjgov.core.importing.units import UnitRef
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exporting import code_lists
from ckanext.fjgov.model import identifiers
from ckanext.fjgov.model.database import own_transaction


def read_gb(
    data: bytes, defaults: str, units: Iterable[UnitRef], profile: Profile = "strict"
) -> Iterator[MappedRow]:
    """Give the rows of a document.

    Args:
        data: XML with one record or a set of them.
        defaults: text of the file of defaults, may be empty.
        units: of this node.
        profile: by which the records are judged.

    Raises:
        ImportRefused: the document or the defaults cannot be used.

    Cost: the records in memory, and one statement.
    """
    records = read_records(data, "文件 / file")
    codes = sorted(set(chain.from_iterable(r.cells.get("resID", ()) for r in records)))
    with own_transaction() as connection:
        own = identifiers.existing(connection, identifiers.RESOURCE, codes) if codes else ()
    schema, _unit_schema = settings.schemas()
    lists = code_lists()
    context = GbContext(
        site_url=settings.node().site_url,
        service_codes={c.zh: c.code for c in lists("service_types").concepts.values()},
        topic_codes={
            standard: _by_name(schema.field(name).codelist or "")
            for standard, (name, _) in CATEGORY_STANDARDS.items()
        },
        own=frozenset(own),
        unit_addresses={unit.title: unit.address for unit in units if unit.address},
    )
    declared = parse_defaults(defaults)
    return gb_rows(records, declared, context, schema_findings(data, declared, profile))


def _by_name(codelist: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for concept in code_lists()(codelist).choices():
        found[concept.zh] = (*found.get(concept.zh, ()), concept.code)
    return found
