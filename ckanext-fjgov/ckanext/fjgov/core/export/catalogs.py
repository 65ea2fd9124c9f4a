"""What a node's catalog is made up of: its directories, the catalogs of nodes below it, its units.

Source: Measures Art. 45 (six directories); DCAT 3, 6.3 (`dcat:catalog`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from urllib.parse import quote

from rdflib import Literal, URIRef

from ckanext.fjgov.core.catalog.canonical import ENTRY, KINDS, UNIT, kind_of
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.export.facts import (
    EN,
    Entry,
    SiteFacts,
    Triples,
    catalog_uri,
    chinese,
    dataset_uri,
    iso_date,
    part_uri,
)
from ckanext.fjgov.core.export.namespaces import (
    DCAT,
    DCAT_AP_PROFILE,
    DCT,
    EU_LANGUAGE,
    FJGOV,
    FOAF,
    GB_CORE_PROFILE,
    RDF,
    RDFS,
    SKOS,
)
from ckanext.fjgov.core.export.record import record_uri


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A unit of the register: `name` in its address, `title`, and the code of its home node."""

    name: str
    title: str
    home_node: str


@cache
def directory_titles() -> Mapping[str, tuple[str, str]]:
    """Give kind of record -> Chinese and English title of its directory, units first."""
    schemas = {kind_of(name): schema for name, schema in record_schemas().items()}
    titles = {kind: (schema.label_zh, schema.label_en) for kind, schema in schemas.items()}
    titles[UNIT] = ("政务用户目录", "Register of units")
    return MappingProxyType({kind: titles[kind] for kind in KINDS})


def directory_uri(kind: str, facts: SiteFacts) -> URIRef:
    """Name one directory of this node as a part of its catalog."""
    return part_uri(catalog_uri(facts), f"directory-{kind}")


def catalog_triples(
    facts: SiteFacts,
    *,
    title: str,
    description: str,
    modified: str = "",
    catalog: URIRef | None = None,
) -> Triples:
    """Yield this node's dcat:Catalog with the catalogs in it, without its members.

    Args:
        facts: `publisher` gives {name, url} of the office that publishes the catalog (Art. 3).
        title: name of the catalog, Chinese.
        description: what it holds, Chinese; DCAT-AP asks for one, so "" repeats the title.
        modified: ISO time of the last change the reader may know of, "" when there is none.
        catalog: URI of the catalog when the caller has fixed it; default `catalog_uri`.
    """
    catalog = catalog or catalog_uri(facts)
    site = facts.site_url.rstrip("/")
    yield catalog, RDF.type, DCAT.Catalog
    yield catalog, DCT.title, chinese(title)
    yield catalog, DCT.description, chinese(description or title)
    for predicate, value, kind in (
        (FOAF.homepage, URIRef(site + "/"), FOAF.Document),
        (DCT.language, EU_LANGUAGE.ZHO, DCT.LinguisticSystem),
        (DCT.conformsTo, GB_CORE_PROFILE, DCT.Standard),
        (DCT.conformsTo, DCAT_AP_PROFILE, DCT.Standard),
        (DCAT.themeTaxonomy, FJGOV.topic, SKOS.ConceptScheme),
    ):
        yield catalog, predicate, value
        yield value, RDF.type, kind
    yield FJGOV.topic, DCT.title, chinese("主题分类")
    yield catalog, RDFS.seeAlso, URIRef(site + "/fjgov/stream")
    publisher = URIRef(site + "/#publisher")
    yield catalog, DCT.publisher, publisher
    yield publisher, RDF.type, FOAF.Organization
    yield publisher, RDF.type, FOAF.Agent
    yield publisher, FOAF.name, chinese(str(facts.publisher.get("name") or title))
    if url := facts.publisher.get("url"):
        yield publisher, FOAF.homepage, URIRef(str(url))
    if (changed := iso_date(modified)) is not None:
        yield catalog, DCT.modified, changed
    yield from _parts(facts, publisher, catalog)


def _parts(facts: SiteFacts, publisher: URIRef, catalog: URIRef) -> Triples:
    site = facts.site_url.rstrip("/")
    for kind, (zh, en) in directory_titles().items():
        part = directory_uri(kind, facts)
        yield catalog, DCAT.catalog, part
        yield from _catalog(part, zh, publisher, f"{site}{_page(kind)}")
        yield part, DCT.title, Literal(en, lang=EN)
    for code, name in facts.nodes_below.items():
        if address := facts.node_sites.get(code):
            part, office = URIRef(address.rstrip("/")), URIRef(f"{address.rstrip('/')}/#publisher")
            yield catalog, DCAT.catalog, part
            yield from _catalog(part, name, office, f"{part}/")
            yield office, RDF.type, FOAF.Organization
            yield office, RDF.type, FOAF.Agent
            yield office, FOAF.name, chinese(name)


def _catalog(part: URIRef, title: str, publisher: URIRef, page: str) -> Triples:
    yield part, RDF.type, DCAT.Catalog
    yield part, DCT.title, chinese(title)
    yield part, DCT.description, chinese(title)
    yield part, DCT.publisher, publisher
    yield part, FOAF.homepage, URIRef(page)
    yield URIRef(page), RDF.type, FOAF.Document


def _page(kind: str) -> str:
    return {UNIT: "/organization/", ENTRY: "/dataset/"}.get(kind, f"/directory/{kind}/")


def units_triples(units: Iterable[ListedUnit], facts: SiteFacts) -> Triples:
    """Yield the units that the register holds, each with the address of its document here."""
    register, site = directory_uri(UNIT, facts), facts.site_url.rstrip("/")
    for one in units:
        path = f"/organization/{quote(one.name, safe='')}"
        unit = URIRef(f"{facts.home_site({'home_node': one.home_node})}{path}")
        yield register, RDFS.member, unit
        yield unit, RDF.type, FOAF.Organization
        yield unit, RDF.type, FOAF.Agent
        yield unit, FOAF.name, chinese(one.title)
        yield unit, RDFS.seeAlso, URIRef(f"{site}{path}.ttl")


def membership(
    record: Entry, facts: SiteFacts, node: URIRef | None = None, kind: str = ENTRY
) -> Triples:
    """Yield where a record belongs: to its directory, and an entry to this node's catalog as well.

    Args:
        node: URI of the record when the caller has fixed it.
    """
    subject = node or dataset_uri(record, facts)
    part = directory_uri(kind, facts)
    if kind != ENTRY:
        yield part, DCAT.resource, subject
        return
    for catalog in (catalog_uri(facts), part):
        yield catalog, DCAT.dataset, subject
        yield catalog, DCAT.record, record_uri(subject)
