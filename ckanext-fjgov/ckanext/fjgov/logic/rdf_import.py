"""Our own officials' RDF as rows of an import, with what this node knows of identifiers."""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.importing.apply import MappedRow
from ckanext.fjgov.core.importing.mapping import ImportMapping, Profile
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from ckanext.fjgov.core.importing.rdfrows import rows_of_records
from ckanext.fjgov.core.importing.template import template_mapping
from ckanext.fjgov.logic.exporting import code_lists
from ckanext.fjgov.model import identifiers
from ckanext.fjgov.model.database import own_transaction


def read_records(
    data: bytes, directory: str, profile: Profile
) -> tuple[ImportMapping, Iterator[MappedRow]]:
    """Give the mapping and the rows of a document.

    Args:
        data: Turtle, N-Triples, RDF/XML or JSON-LD, told apart by its first characters.
        directory: type of the records.
        profile: by which they are judged.

    Raises:
        ImportRefused: the document cannot be used.

    Cost: the records in memory, and one statement.
    """
    records = read_rdf(data)
    mapping = template_mapping(record_schemas()[directory], "csv", profile, code_lists())
    found = (record["fields"].get("identifier") for record in records)
    codes = sorted({code for code in found if code})
    with own_transaction() as connection:
        own = (
            identifiers.existing(connection, identifiers.RESOURCE, codes) if codes else frozenset()
        )
    return mapping, rows_of_records(records, mapping, own)
