"""Distributions and services of an entry.

Must not read any address from the entry: `accessURL` and `endpointURL` are built here from the
resource id, so a real address that slipped into a dictionary cannot reach a document.

Source: Measures Art. 20-22; guide 5.2 rows 7-9, 5.4-5.6; standards brief 8.1 and 8.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    Entry,
    SiteFacts,
    Triples,
    chinese,
    concept,
    iso_date,
    landing_page,
    order,
    part_uri,
    rows,
    text,
    texts,
)
from ckanext.fjgov.core.export.items import table_schema
from ckanext.fjgov.core.export.namespaces import (
    DCAT,
    DCT,
    FJGOV,
    IANA_MEDIA_TYPE,
    RDF,
    SPDX,
    XSD,
    term,
)

SERVICE_MODES: Final = frozenset({"query", "custom"})


def access_triples(
    entry: Entry, facts: SiteFacts, labels: CodeLabels, dataset: URIRef, audience: Audience
) -> Triples:
    """Yield every way to the data: mounted resources, or the declared formats when none is."""
    schema = part_uri(dataset, "schema") if rows(entry, "items") else None
    if schema is not None:
        yield dataset, DCT.conformsTo, schema
        yield from table_schema(entry, labels, dataset, schema, audience)
    resources = rows(entry, "resources")
    for number, resource in enumerate(resources, start=1):
        yield from _resource(entry, resource, facts, labels, dataset, number)
    if not resources:
        yield from _declared(entry, facts, dataset)
    for code in texts(entry, "data_format"):
        yield dataset, FJGOV.dataFormat, term("data-format", code)
        yield from concept("data-format", code, labels)
    for way in texts(entry, "share_way"):
        yield dataset, FJGOV.shareWay, term("share-way", way)
        yield from concept("share-way", way, labels)
    for number, service in enumerate(rows(entry, "service_info"), start=1):
        if code := text(service, "service_type"):
            node = part_uri(dataset, f"service-info-{number}")
            yield from _declared_service(entry, code, facts, labels, node)
    for number, publication in enumerate(rows(entry, "exchange"), start=1):
        yield from _exchange(publication, labels, dataset, audience, number)


def gateway_url(resource_id: str, facts: SiteFacts) -> URIRef:
    """Return the gateway address of a resource at this node, the only address ever exported."""
    return URIRef(f"{facts.site_url.rstrip('/')}/share/{quote(resource_id, safe='')}")


def _resource(
    entry: Entry,
    resource: Mapping[str, Any],
    facts: SiteFacts,
    labels: CodeLabels,
    dataset: URIRef,
    number: int,
) -> Triples:
    """Yield one mounted resource as dcat:Distribution."""
    resource_id = text(resource, "id")
    if not resource_id:
        return
    node = part_uri(dataset, f"resource-{resource_id}")
    gateway = gateway_url(resource_id, facts)
    yield from _distribution_frame(entry, dataset, node)
    yield node, DCT.identifier, Literal(resource_id)
    yield from order(node, number)
    yield node, DCAT.accessURL, gateway
    title = text(resource, "name") or text(entry, "title")
    if title:
        yield node, DCT.title, chinese(title)
    if description := text(resource, "description"):
        yield node, DCT.description, chinese(description)
    yield from _resource_format(entry, resource, node)
    mode = text(resource, "mode")
    if mode:
        yield node, FJGOV.shareMode, term("mode", mode)
        yield from concept("mode", mode, labels)
    if mode in SERVICE_MODES:
        service = part_uri(dataset, f"service-{resource_id}")
        yield node, DCAT.accessService, service
        yield from _service(service, title, gateway, dataset)
        yield service, DCT.type, term("mode", mode)


def _resource_format(entry: Entry, resource: Mapping[str, Any], node: URIRef) -> Triples:
    """Yield format, media type, size and checksum of a mounted resource."""
    name = text(resource, "format")
    if name:
        yield node, DCT["format"], Literal(name)
    matches = [one for one in texts(entry, "data_format") if _format_name(one) == name.casefold()]
    if name and matches:
        yield from _format(matches[0], node)
    mimetype = text(resource, "mimetype")
    if "/" in mimetype:
        media_type = URIRef(IANA_MEDIA_TYPE + quote(mimetype, safe="/+-."))
        yield node, DCAT.mediaType, media_type
        yield media_type, RDF.type, DCT.MediaType
    size = text(resource, "size")
    if size.isascii() and size.isdecimal():
        yield node, DCAT.byteSize, Literal(size, datatype=XSD.nonNegativeInteger)
    algorithm, _, digest = text(resource, "hash").rpartition(":")
    if digest and not set(digest.lower()) - set("0123456789abcdef"):
        checksum = part_uri(node.defrag(), f"{node.fragment}-checksum")
        yield node, SPDX.checksum, checksum
        yield checksum, RDF.type, SPDX.Checksum
        yield checksum, SPDX.checksumValue, Literal(digest.lower(), datatype=XSD.hexBinary)
        if algorithm.isascii() and algorithm.isalnum():
            named = SPDX[f"checksumAlgorithm_{algorithm.lower()}"]
            yield checksum, SPDX.algorithm, named
            yield named, RDF.type, SPDX.ChecksumAlgorithm


def _declared(entry: Entry, facts: SiteFacts, dataset: URIRef) -> Triples:
    """Yield one distribution per declared format of an entry that is not mounted yet (未挂接).

    Its access address is the page of the entry, where the data can be applied for.
    """
    for code in texts(entry, "data_format"):
        node = part_uri(dataset, f"format-{code.replace('/', '-')}")
        yield from _distribution_frame(entry, dataset, node)
        yield node, DCAT.accessURL, landing_page(entry, facts)
        if title := text(entry, "title"):
            yield node, DCT.title, chinese(title)
        yield node, DCT["format"], Literal(_format_name(code).upper() or code)
        yield from _format(code, node)


def _distribution_frame(entry: Entry, dataset: URIRef, node: URIRef) -> Triples:
    """Yield what every distribution of an entry has in common."""
    yield dataset, DCAT.distribution, node
    yield node, RDF.type, DCAT.Distribution
    if rows(entry, "items"):
        yield node, DCT.conformsTo, part_uri(dataset, "schema")
    for way in texts(entry, "share_way"):
        yield node, FJGOV.shareWay, term("share-way", way)
    for number, service in enumerate(rows(entry, "service_info"), start=1):
        if text(service, "service_type"):
            yield node, DCAT.accessService, part_uri(dataset, f"service-info-{number}")
    if charset := text(entry, "charset"):
        yield node, FJGOV.characterSet, Literal(charset)


def _format(code: str, node: URIRef) -> Triples:
    """Yield 格式分类 and 格式类型 of the guide (5.4), e.g. `3/mysql`, as concepts.

    `dct:format` itself is a text: stock readers take an IRI there for the name of the format.
    """
    yield node, FJGOV.dataFormat, term("data-format", code)
    category = code.partition("/")[0]
    if category:
        yield node, DCT.type, term("data-format", category)


def _format_name(code: str) -> str:
    """Return the type part of a format code in lower case."""
    return code.partition("/")[2].casefold()


def _service(service: URIRef, title: str, endpoint: URIRef, dataset: URIRef) -> Triples:
    """Yield the frame of a dcat:DataService."""
    yield service, RDF.type, DCAT.DataService
    if title:
        yield service, DCT.title, chinese(title)
    yield service, DCAT.endpointURL, endpoint
    yield service, DCAT.servesDataset, dataset


def _declared_service(
    entry: Entry, code: str, facts: SiteFacts, labels: CodeLabels, service: URIRef
) -> Triples:
    """Yield 服务信息 (GB/T 21063.3 element 9); its own address is never part of an entry."""
    page = landing_page(entry, facts)
    yield from _service(service, text(entry, "title"), page, service.defrag())
    yield service, DCT.type, term("service-type", code)
    yield from concept("service-type", code, labels)


def _exchange(
    publication: Mapping[str, Any],
    labels: CodeLabels,
    dataset: URIRef,
    audience: Audience,
    number: int,
) -> Triples:
    """Yield 信息发布 (Art. 20-22) of one mode; the front node's name is for officials only."""
    mode, status = text(publication, "mode"), text(publication, "status")
    if not mode:
        return
    node = part_uri(dataset, f"exchange-{mode}")
    yield dataset, FJGOV.exchangePublication, node
    yield node, RDF.type, FJGOV.ExchangePublication
    yield from order(node, number)
    yield node, FJGOV.shareMode, term("mode", mode)
    yield from concept("mode", mode, labels)
    if status:
        yield node, FJGOV.exchangeStatus, term("exchange-status", status)
        yield from concept("exchange-status", status, labels)
    if (published := iso_date(text(publication, "published_at"))) is not None:
        yield node, DCT.issued, published
    if (synced := iso_date(text(publication, "last_sync_at"))) is not None:
        yield node, DCT.modified, synced
    if audience == "officials" and (front := text(publication, "front_node")):
        yield node, FJGOV.exchangeNode, Literal(front)
