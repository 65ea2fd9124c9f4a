"""docs/mapping.md says what the schema says, and no catalogued field is left out silently."""

from __future__ import annotations

from pathlib import Path

from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.export.directory_terms import directory_schema
from ckanext.fjgov.core.export.documents import CLASSES
from ckanext.fjgov.core.export.mapping_doc import NOT_EXPORTED, mapping_document
from ckanext.fjgov.core.export.namespaces import PREFIXES
from ckanext.fjgov.core.export.vocabulary_labels import VOCABULARIES, VocabularyLabels

DOCUMENT = Path(__file__).parents[4] / "ckanext-fjgov" / "docs" / "mapping.md"


def test_file_is_current():
    assert DOCUMENT.read_text(encoding="utf-8") == mapping_document()


def test_every_field_has_a_term_or_a_reason_but_not_both():
    schemas = [load_schema(ENTRY_SCHEMA), *map(directory_schema, CLASSES)]
    named = [
        (f"{parent.name}.{field.name}" if parent else field.name, field)
        for schema in schemas
        for field, parent in schema.walk()
    ]
    named += [(field.name, field) for schema in schemas for field in schema.resource_fields]
    without = {name for name, field in named if not field.rdf}
    assert without == set(NOT_EXPORTED)
    prefixes = {field.rdf.partition(":")[0] for _, field in named if field.rdf}
    assert prefixes <= set(PREFIXES)


def test_every_scheme_has_its_code_list():
    labels = VocabularyLabels()
    assert all(labels.codes_by_name(scheme) for scheme in VOCABULARIES)
