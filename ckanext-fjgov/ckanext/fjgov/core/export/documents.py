"""The document of a record of any directory: one way in for pages, feeds and dumps.

Source: Measures Art. 45 (six directories); standards brief 8.1 and 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from rdflib import URIRef

from ckanext.fjgov.core.catalog.canonical import ENTRY, UNIT
from ckanext.fjgov.core.export.dcat import entry_triples
from ckanext.fjgov.core.export.directory_terms import directory_schema, forms, written
from ckanext.fjgov.core.export.directory_values import Place
from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    Entry,
    NoLabels,
    SiteFacts,
    Triples,
    dataset_uri,
    landing_page,
)
from ckanext.fjgov.core.export.namespaces import DCAT, DCT, FJGOV, FOAF, ORG, RDF
from ckanext.fjgov.core.export.record import registration_triples
from ckanext.fjgov.core.export.registered import registered_record, registered_triples
from ckanext.fjgov.core.export.statements import statements_of
from ckanext.fjgov.core.export.units import unit_code, unit_triples, unit_uri

# Kind of record -> classes of its node. The four directories are dcat:Resource, the class above
# dcat:Dataset: they describe no data that could be shared, which the shapes of a dataset ask for.
CLASSES: Final[Mapping[str, tuple[URIRef, ...]]] = MappingProxyType(
    {
        "collection_item": (DCAT.Resource, FJGOV.CollectionItem),
        "gov_database": (DCAT.Resource, FJGOV.GovernmentDatabase),
        "app_system": (DCAT.Resource, FJGOV.ApplicationSystem),
        "permit_type": (DCAT.Resource, FJGOV.LicenseType),
        UNIT: (FOAF.Organization, FOAF.Agent, ORG.Organization),
    }
)


def record_document(
    record: Entry,
    kind: str,
    facts: SiteFacts,
    labels: CodeLabels | None = None,
    *,
    audience: Audience = "public",
    subject: URIRef | None = None,
) -> Triples:
    """Yield the document of a record of any kind.

    Args:
        record: masked record as an action shows it, lists and rows as values.
        kind: one of `canonical.KINDS`.
        facts, labels: as in `entry_triples`.
        audience: `public` leaves out every field that the schema does not call public, and gives
            nothing at all of a directory without public titles; `officials` carries every
            catalogued field, so that `importing.rdf_reading` gives the same record again.
        subject: URI of the record when the caller has fixed it.

    Raises:
        KeyError: there is no such kind.

    Cost: as `entry_triples`; the officials' document reads its own statements once more.
    """
    names = labels or NoLabels()
    node = subject or record_subject(record, kind, facts)
    if kind == ENTRY:
        triples = entry_triples(record, facts, names, audience=audience, subject=node)
    else:
        triples = _directory(record, kind, facts, names, audience, node)
    if audience == "public":
        yield from triples
        return
    stated = list(triples)
    yield from stated
    unit = "" if kind == UNIT else unit_code(record, facts)
    yield from registered_triples(
        registered_record(record, kind, unit), node, statements_of(stated)
    )


def record_subject(record: Entry, kind: str, facts: SiteFacts) -> URIRef:
    """Name a record: a unit by its page at its home node, the others by their identifier."""
    if kind != UNIT:
        return dataset_uri(record, facts)
    named: dict[str, Any] = {**record, "organization": record, "provider_code": record.get("uscc")}
    return unit_uri(
        named, SiteFacts(facts.site_url, facts.node_code, node_sites=facts.node_sites)
    ) or dataset_uri(record, facts)


def _directory(
    record: Entry,
    kind: str,
    facts: SiteFacts,
    labels: CodeLabels,
    audience: Audience,
    subject: URIRef,
) -> Triples:
    """Yield a record of one of the five directories beside the entries."""
    if audience == "public" and not directory_schema(kind).field("title").public:
        return
    for one in CLASSES[kind]:
        yield subject, RDF.type, one
    yield from written(forms(kind), record, Place(subject, subject, "", facts, labels, audience))
    publisher = None
    if kind != UNIT:
        page = landing_page(record, facts)
        yield subject, DCAT.landingPage, page
        yield page, RDF.type, FOAF.Document
        publisher = unit_uri(record, facts)
    if publisher is not None:
        yield subject, DCT.publisher, publisher
        yield from unit_triples(record, facts, subject, publisher)
    yield from registration_triples(record, subject, publisher)
