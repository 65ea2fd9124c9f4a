"""信息资源提供方: the unit as publisher and contact point, and the contacts officials see.

Source: GB/T 21063.3-2007 elements 4 and 11; Measures Art. 14; standards brief 8.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import (
    Entry,
    SiteFacts,
    Triples,
    chinese,
    order,
    part_uri,
    rows,
    text,
)
from ckanext.fjgov.core.export.namespaces import DCAT, DCT, FOAF, LOCN, ORG, RDF, VCARD


def unit_uri(entry: Entry, facts: SiteFacts) -> URIRef | None:
    """Name the 信息发布单位 by its page at its home node, None when nothing identifies it."""
    slug = unit_value(entry, facts, "name")
    code = unit_code(entry, facts)
    if not slug and code:
        slug = f"u-{code.lower()}"
    if not slug:
        return None
    return URIRef(f"{facts.home_site(entry)}/organization/{quote(slug, safe='')}")


def unit_code(entry: Entry, facts: SiteFacts) -> str:
    """Return the 统一社会信用代码 of the unit, "" when unknown."""
    return text(facts.unit, "uscc") or text(entry, "provider_code")


def unit_value(entry: Entry, facts: SiteFacts, name: str) -> str:
    """Read one value of the unit, from the facts or from the entry's embedded organization."""
    embedded: Any = entry.get("organization")
    return text(facts.unit, name) or (text(embedded, name) if isinstance(embedded, Mapping) else "")


def unit_triples(entry: Entry, facts: SiteFacts, dataset: URIRef, unit: URIRef) -> Triples:
    """Yield 信息资源提供方 as foaf:Organization."""
    yield unit, RDF.type, FOAF.Organization
    yield unit, RDF.type, FOAF.Agent
    if title := unit_value(entry, facts, "title"):
        yield unit, FOAF.name, chinese(title)
    if code := unit_code(entry, facts):
        yield unit, DCT.identifier, Literal(code)
    if address := text(entry, "provider_address") or text(facts.unit, "address"):
        node = part_uri(dataset, "provider-address")
        yield unit, LOCN.address, node
        yield node, RDF.type, LOCN.Address
        yield node, LOCN.fullAddress, chinese(address)
    if parent := text(facts.unit, "parent_uscc"):
        site = facts.home_site(entry)
        above = URIRef(f"{site}/organization/u-{quote(parent.lower())}")
        yield unit, ORG.subOrganizationOf, above


def contact_point(entry: Entry, facts: SiteFacts, dataset: URIRef) -> Triples:
    """Yield the unit, never a person, as contact point: its name and 资源提供方地址."""
    title = unit_value(entry, facts, "title")
    if not title:
        return
    node = part_uri(dataset, "contact")
    yield dataset, DCAT.contactPoint, node
    yield node, RDF.type, VCARD.Organization
    yield node, VCARD.fn, chinese(title)
    if address := text(entry, "provider_address") or text(facts.unit, "address"):
        place = part_uri(dataset, "contact-address")
        yield node, VCARD.hasAddress, place
        yield place, RDF.type, VCARD.Address
        yield place, VCARD["street-address"], chinese(address)


def contact_triples(entry: Entry, dataset: URIRef) -> Triples:
    """Yield 联系方式 of an entry; for officials' documents only."""
    for number, person in enumerate(rows(entry, "contact"), start=1):
        node = part_uri(dataset, f"contact-{number}")
        yield dataset, DCAT.contactPoint, node
        yield node, RDF.type, VCARD.Kind
        yield from order(node, number)
        if name := text(person, "name"):
            yield node, VCARD.fn, chinese(name)
        if telephone := text(person, "telephone"):
            yield node, VCARD.hasTelephone, URIRef(f"tel:{quote(telephone, safe='+-')}")
        if email := text(person, "email"):
            yield node, VCARD.hasEmail, URIRef(f"mailto:{quote(email, safe='@')}")
        if address := text(person, "address"):
            place = part_uri(dataset, f"contact-{number}-address")
            yield node, VCARD.hasAddress, place
            yield place, RDF.type, VCARD.Address
            yield place, VCARD["street-address"], chinese(address)
