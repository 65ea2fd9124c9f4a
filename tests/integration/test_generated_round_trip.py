"""2,000 generated entries and every sample, through all documents and back.

Needs no running site.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT, canonical_bytes, without_empty
from ckanext.fjgov.core.catalog.rules import normalise_record
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from ckanext.fjgov.core.export.gbelements import core_of
from ckanext.fjgov.core.export.gbmetadata import entry_from_gb, gb_from_entry
from ckanext.fjgov.core.export.gbschema import violations
from ckanext.fjgov.core.export.gbxml import parse_gbxml, write_gbxml
from ckanext.fjgov.core.export.registered import schema_of
from ckanext.fjgov.core.importing.rdf_reading import read_rdf
from tests.bench.corpus import entries, units
from tests.gb_documents import (
    cores_kept,
    generated_entries,
    imported,
    sample_entries,
    written_set,
)
from tests.rdf_documents import (
    LABELS,
    TODAY,
    again,
    expected,
    samples,
    shown_of,
    triples_of,
)

ENTRIES = 2000
# Their units are told by the code alone.
BARE = SiteFacts("https://city.example", "350100")
WITH_ADDRESS = SiteFacts("https://city.example", "350100", unit={"address": "示例市示例路3号"})


def generated() -> Iterator[tuple[bytes, bytes]]:
    """Give the piece of each entry and the canonical record that it has to give again."""
    for record in entries(ENTRIES, TODAY):
        stated = record_document(shown_of(record), ENTRY, BARE, LABELS, audience="officials")
        yield fragment(stated), canonical_bytes(without_empty(record))


def of_samples() -> Iterator[tuple[bytes, bytes]]:
    for kind, raw in samples():
        shown = normalise_record(raw, schema_of(kind))
        yield fragment(triples_of(shown, kind)), expected(shown, kind)


def of_units() -> Iterator[tuple[bytes, bytes]]:
    for record in units(TODAY):
        yield (
            fragment(triples_of(shown_of(record), UNIT)),
            canonical_bytes(without_empty(record)),
        )


@pytest.fixture(scope="module")
def pieces() -> dict[str, list[tuple[bytes, bytes]]]:
    made = {"generated": generated(), "samples": of_samples(), "units": of_units()}
    return {name: list(pairs) for name, pairs in made.items()}


@pytest.mark.parametrize("ending", SYNTAXES)
@pytest.mark.parametrize(
    ("source", "least"), [("generated", ENTRIES), ("samples", 120), ("units", 96)]
)
def test_each_document_gives_the_same_record(
    pieces: dict[str, Any], source: str, least: int, ending: str
) -> None:
    assert len(pieces[source]) >= least
    for piece, wanted in pieces[source]:
        assert again(b"".join(SYNTAXES[ending].document([piece])), ending) == wanted


@pytest.mark.parametrize("ending", SYNTAXES)
def test_one_document_of_many_gives_all_records(pieces: dict[str, Any], ending: str) -> None:
    many = pieces["generated"][:500]
    document = b"".join(SYNTAXES[ending].document(piece for piece, _ in many))
    found = sorted(map(canonical_bytes, read_rdf(document, SYNTAXES[ending].media)))
    assert found == sorted(wanted for _, wanted in many)


@pytest.mark.parametrize("source", ["generated", "samples"])
def test_gb_xml_gives_the_same_core(source: str) -> None:
    found = list(generated_entries(ENTRIES) if source == "generated" else sample_entries())
    data = written_set(found, WITH_ADDRESS, LABELS)
    assert list(violations(data)) == []
    cores = [core_of(entry) for entry in found]
    assert list(imported(data, cores, WITH_ADDRESS, LABELS)) == cores_kept(cores)


def test_gb_xml_of_each_entry_alone_gives_the_same_core() -> None:
    codes = LABELS.codes_by_name("service-type")
    for entry in (*sample_entries(), *generated_entries(ENTRIES)):
        read = entry_from_gb(parse_gbxml(write_gbxml(gb_from_entry(entry, BARE, LABELS))), codes)
        assert core_of({**read.fields, "organization": {"title": read.provider_name}}) == core_of(
            entry
        )
