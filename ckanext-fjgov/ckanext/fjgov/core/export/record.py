"""Catalog records: the metadata about the metadata.

Source: GB/T 21063.3-2007 elements 10-12 (元数据标识符, 元数据维护方, 元数据更新日期);
standards brief 8.1 and 8.3.
"""

from __future__ import annotations

from typing import Final

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import (
    Entry,
    SiteFacts,
    Triples,
    iso_date,
    part_uri,
    text,
)
from ckanext.fjgov.core.export.namespaces import (
    ADMS,
    ADMS_STATUS,
    DCAT,
    DCAT_AP_PROFILE,
    DCT,
    FJGOV,
    FOAF,
    GB_CORE_PROFILE,
    PROV,
    RDF,
    SKOS,
    XSD,
)

# Workflow state (or CKAN's state where there is no workflow yet) -> ADMS status.
_STATUS: Final[dict[str, URIRef]] = {
    "draft": ADMS_STATUS.UnderDevelopment,
    "submitted": ADMS_STATUS.UnderDevelopment,
    "returned": ADMS_STATUS.UnderDevelopment,
    "approved": ADMS_STATUS.Completed,
    "published": ADMS_STATUS.Completed,
    "active": ADMS_STATUS.Completed,
    "revising": ADMS_STATUS.Completed,
    "overdue": ADMS_STATUS.Deprecated,
    "withdrawn": ADMS_STATUS.Withdrawn,
    "deleted": ADMS_STATUS.Withdrawn,
}

# Names that ADMS gives its status codes; our own names of the workflow stay with the node.
_STATUS_NAMES: Final[dict[URIRef, str]] = {
    ADMS_STATUS.UnderDevelopment: "under development",
    ADMS_STATUS.Completed: "completed",
    ADMS_STATUS.Deprecated: "deprecated",
    ADMS_STATUS.Withdrawn: "withdrawn",
}


def record_uri(dataset: URIRef) -> URIRef:
    """Return the URI of the catalog record of a dataset."""
    return part_uri(dataset, "record")


def record_triples(
    entry: Entry, facts: SiteFacts, dataset: URIRef, publisher: URIRef | None
) -> Triples:
    """Yield the dcat:CatalogRecord of one entry."""
    record = record_uri(dataset)
    yield record, RDF.type, DCAT.CatalogRecord
    yield record, FOAF.primaryTopic, dataset
    if md_id := text(entry, "md_id"):
        yield record, DCT.identifier, Literal(md_id)
    modified = iso_date(text(entry, "md_date_updated")) or iso_date(
        text(entry, "metadata_modified")[:10]
    )
    if modified is not None:
        yield record, DCT.modified, modified
    first_seen = iso_date(text(entry, "metadata_created")[:10])
    if first_seen is not None and facts.home_site(entry) == facts.site_url.rstrip("/"):
        yield record, DCT.issued, first_seen
    if publisher is not None:
        yield record, DCT.publisher, publisher
    for profile in (GB_CORE_PROFILE, DCAT_AP_PROFILE):
        yield record, DCT.conformsTo, profile
        yield profile, RDF.type, DCT.Standard
    if (status := status_of(entry)) is not None:
        yield from status_triples(record, status)
    if home := text(entry, "home_node"):
        yield record, FJGOV.homeNode, Literal(home)


def registration_triples(record: Entry, subject: URIRef, publisher: URIRef | None) -> Triples:
    """Yield the record of a registration in another directory.

    It is no dcat:CatalogRecord in the sense of our profile, which is about a dataset with the core
    metadata of GB/T 21063.3.
    """
    node = record_uri(subject)
    yield node, RDF.type, FJGOV.RegistrationRecord
    yield node, FOAF.primaryTopic, subject
    if (modified := iso_date(text(record, "md_date_updated"))) is not None:
        yield node, DCT.modified, modified
    if publisher is not None:
        yield node, DCT.publisher, publisher
    if (status := status_of(record)) is not None:
        yield from status_triples(node, status)
    if home := text(record, "home_node"):
        yield node, FJGOV.homeNode, Literal(home)


def status_of(entry: Entry) -> URIRef | None:
    """Return the ADMS status of an entry, None when it names no state."""
    return _STATUS.get(text(entry, "workflow_state")) or _STATUS.get(text(entry, "state"))


def status_triples(node: URIRef, status: URIRef) -> Triples:
    """Yield the status of a record, as a concept with its name (DCAT-AP 3: CatalogRecord)."""
    yield node, ADMS.status, status
    yield status, RDF.type, SKOS.Concept
    yield status, SKOS.prefLabel, Literal(_STATUS_NAMES[status], lang="en")


def tombstone_triples(name: URIRef, withdrawn_at: str, replaced_by: URIRef | None) -> Triples:
    """Yield what is left to say of a withdrawn record (撤销): when, and what stands for it now.

    Args:
        name: of the record.
        withdrawn_at: ISO time with zone, "" when it is not known.
        replaced_by: name of a record that the reader may see.
    """
    yield name, RDF.type, DCAT.Resource
    yield from status_triples(name, ADMS_STATUS.Withdrawn)
    if withdrawn_at:
        yield name, PROV.invalidatedAtTime, Literal(withdrawn_at, datatype=XSD.dateTime)
    if replaced_by is not None:
        yield name, DCT.isReplacedBy, replaced_by
