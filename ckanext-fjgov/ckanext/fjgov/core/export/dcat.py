"""One entry as DCAT 3 / DCAT-AP 3 with the terms of GB/T 21063.3 and the 2017 guide.

Pure: an entry, facts of the site and code labels in, triples out. Must not widen what it is given:
readers pass the dictionary that `core/access` has already masked, and the public document leaves
out legal bases and contact persons even when they are present.

Source: standards brief 8.1-8.4; Measures Art. 15 (目录 follows GB/T 21063).
"""

from __future__ import annotations

from typing import Final

from rdflib import Literal, URIRef

from ckanext.fjgov.core.catalog.rules import keywords
from ckanext.fjgov.core.export.distribution import access_triples
from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    Entry,
    NoLabels,
    SiteFacts,
    Triples,
    chinese,
    concept,
    dataset_uri,
    decimal,
    iso_date,
    landing_page,
    order,
    part_uri,
    rows,
    text,
    texts,
    xml_text,
)
from ckanext.fjgov.core.export.legal import legal_basis_triples
from ckanext.fjgov.core.export.namespaces import (
    ADMS,
    DCAT,
    DCT,
    DQV,
    EU_FREQUENCY,
    EU_LANGUAGE,
    FJGOV,
    FOAF,
    PROV,
    RDF,
    RDFS,
    SKOS,
    term,
)
from ckanext.fjgov.core.export.policy import rights_triples
from ckanext.fjgov.core.export.record import record_triples
from ckanext.fjgov.core.export.units import (
    contact_point,
    contact_triples,
    unit_triples,
    unit_uri,
)

# Classification facets: field -> scheme of the concepts under dcat:theme (21063.4 and guide 5.1).
THEME_SCHEMES: Final[dict[str, str]] = {
    "theme": "topic",
    "guide_class": "guide2017",
    "industry": "industry",
    "service_class": "service-class",
    "form_class": "form-class",
}

# 更新周期 of the guide (5.7) -> EU frequency.
FREQUENCIES: Final[dict[str, URIRef]] = {
    "1": EU_FREQUENCY.UPDATE_CONT,
    "2": EU_FREQUENCY.DAILY,
    "3": EU_FREQUENCY.WEEKLY,
    "4": EU_FREQUENCY.MONTHLY,
    "5": EU_FREQUENCY.QUARTERLY,
    "6": EU_FREQUENCY.ANNUAL,
    "7": EU_FREQUENCY.ANNUAL_2,
    "8": EU_FREQUENCY.IRREG,
    "9": EU_FREQUENCY.OTHER,
}

LANGUAGES: Final[dict[str, URIRef]] = {
    "zh": EU_LANGUAGE.ZHO,
    "zho": EU_LANGUAGE.ZHO,
    "chi": EU_LANGUAGE.ZHO,
    "en": EU_LANGUAGE.ENG,
    "eng": EU_LANGUAGE.ENG,
}

# 信息资源大普查 (guide E2): field of the entry -> metric.
CENSUS: Final[dict[str, URIRef]] = {
    f"census_{scope}_{unit}": FJGOV[f"metric-census-{scope}-{unit}"]
    for scope in ("total", "shared", "open")
    for unit in ("gb", "records")
}

# Coded extensions, the guide's E3 among them: field -> (predicate, scheme).
CODED_EXTENSIONS: Final[dict[str, tuple[URIRef, str]]] = {
    "base_database": (DCT.isPartOf, "base-database"),
    "generation_way": (FJGOV.generationWay, "generation"),
    "management_way": (FJGOV.managementWay, "management"),
    "ownership": (FJGOV.ownership, "ownership-kind"),
    "digitisation": (FJGOV.digitisation, "digitisation-state"),
    "acquisition": (FJGOV.acquisition, "acquisition-way"),
}


def entry_triples(
    entry: Entry,
    facts: SiteFacts,
    labels: CodeLabels | None = None,
    *,
    audience: Audience = "public",
    subject: URIRef | None = None,
) -> Triples:
    """Yield the triples of one 政务信息目录 entry.

    Args:
        entry: masked entry; scalars are texts, repeating fields lists of mappings.
        facts: site, unit and registered nodes.
        labels: names of codes; without them concepts carry their notation only.
        audience: `officials` adds legal bases, contacts and front nodes.
        subject: URI of the dataset when the caller has fixed it; default `dataset_uri`.

    Returns:
        Triples in no particular order, some of them repeated; a graph drops repeats.

    Cost: about 150 triples an entry with ten data items; no I/O.
    Source: standards brief 8.1.
    """
    names = labels or NoLabels()
    dataset = subject or dataset_uri(entry, facts)
    publisher = unit_uri(entry, facts)
    yield dataset, RDF.type, DCAT.Dataset
    yield from _description(entry, facts, dataset)
    yield from _identifiers(entry, facts, dataset)
    yield from _classification(entry, names, dataset)
    yield from _coverage(entry, names, dataset)
    yield from _extensions(entry, names, dataset)
    if publisher is not None:
        yield dataset, DCT.publisher, publisher
        yield from unit_triples(entry, facts, dataset, publisher)
        yield from contact_point(entry, facts, dataset)
    yield from rights_triples(entry, facts, names, dataset, publisher)
    yield from access_triples(entry, facts, names, dataset, audience)
    yield from record_triples(entry, facts, dataset, publisher)
    if audience == "officials":
        yield from _officials_only(entry, dataset)


def _description(entry: Entry, facts: SiteFacts, dataset: URIRef) -> Triples:
    """Yield title, abstract, dates, language, keywords and the page."""
    if title := text(entry, "title"):
        yield dataset, DCT.title, chinese(title)
    if abstract := text(entry, "notes"):
        yield dataset, DCT.description, chinese(abstract)
    if (issued := iso_date(text(entry, "issued"))) is not None:
        yield dataset, DCT.issued, issued
    if (modified := iso_date(text(entry, "data_updated_at"))) is not None:
        yield dataset, DCT.modified, modified
    if (language := LANGUAGES.get(text(entry, "language"))) is not None:
        yield dataset, DCT.language, language
        yield language, RDF.type, DCT.LinguisticSystem
    if (frequency := FREQUENCIES.get(text(entry, "frequency"))) is not None:
        yield dataset, DCT.accrualPeriodicity, frequency
        yield frequency, RDF.type, DCT.Frequency
    if text(entry, "name") or text(entry, "id"):
        page = landing_page(entry, facts)
        yield dataset, DCAT.landingPage, page
        yield page, RDF.type, FOAF.Document
    yield from _keywords(entry, dataset)


def _keywords(entry: Entry, dataset: URIRef) -> Triples:
    """Yield 关键字; with 词典名称 each is also a concept of that thesaurus."""
    thesaurus = text(entry, "thesaurus")
    scheme = part_uri(dataset, "thesaurus")
    words = [word for word in map(xml_text, keywords(entry)) if word]
    if thesaurus and words:
        yield scheme, RDF.type, SKOS.ConceptScheme
        yield scheme, DCT.title, chinese(thesaurus)
    for number, word in enumerate(words, start=1):
        yield dataset, DCAT.keyword, chinese(word)
        if thesaurus:
            node = part_uri(dataset, f"keyword-{number}")
            yield dataset, DCT.subject, node
            yield node, RDF.type, SKOS.Concept
            yield node, SKOS.prefLabel, chinese(word)
            yield node, SKOS.inScheme, scheme


def _identifiers(entry: Entry, facts: SiteFacts, dataset: URIRef) -> Triples:
    """Yield 信息资源标识符, 信息资源代码 and the codes of related resources."""
    if identifier := text(entry, "identifier"):
        node = part_uri(dataset, "identifier")
        yield dataset, DCT.identifier, Literal(identifier)
        yield dataset, ADMS.identifier, node
        yield node, RDF.type, ADMS.Identifier
        yield node, SKOS.notation, Literal(identifier, datatype=FJGOV.resourceIdentifier)
        if agency := str(facts.publisher.get("name") or ""):
            yield node, ADMS.schemaAgency, chinese(agency)
        if (issued := iso_date(text(entry, "issued"))) is not None:
            yield node, DCT.issued, issued
    if code := text(entry, "guide_code"):
        node = part_uri(dataset, "guide-code")
        yield dataset, ADMS.identifier, node
        yield node, RDF.type, ADMS.Identifier
        yield node, SKOS.notation, Literal(code, datatype=FJGOV.guideCode)
    for number, code in enumerate(texts(entry, "related"), start=1):
        node = part_uri(dataset, f"related-{number}")
        yield dataset, DCT.relation, node
        yield from order(node, number)
        yield node, RDF.type, RDFS.Resource
        yield node, DCT.identifier, Literal(code, datatype=FJGOV.guideCode)


def _classification(entry: Entry, labels: CodeLabels, dataset: URIRef) -> Triples:
    """Yield every classification as a concept under dcat:theme."""
    for field, scheme in THEME_SCHEMES.items():
        for code in texts(entry, field):
            yield dataset, DCAT.theme, term(scheme, code)
            yield from concept(scheme, code, labels)


def _coverage(entry: Entry, labels: CodeLabels, dataset: URIRef) -> Triples:
    """Yield 行政区划 (GB/T 2260) as dct:spatial."""
    for code in texts(entry, "division"):
        yield dataset, DCT.spatial, term("division", code)
        yield from concept("division", code, labels, kind=DCT.Location)


def _extensions(entry: Entry, labels: CodeLabels, dataset: URIRef) -> Triples:
    """Yield the local elements: census, system, ownership, digitisation and the sample mark."""
    for field, metric in CENSUS.items():
        if (value := decimal(text(entry, field))) is not None:
            node = part_uri(dataset, field)
            yield dataset, DQV.hasQualityMeasurement, node
            yield node, RDF.type, DQV.QualityMeasurement
            yield node, DQV.isMeasurementOf, metric
            yield node, DQV.value, value
    if department := text(entry, "provider_dept"):
        yield dataset, FJGOV.providerDepartment, chinese(department)
    for field, (predicate, scheme) in CODED_EXTENSIONS.items():
        for code in texts(entry, field):
            yield dataset, predicate, term(scheme, code)
            yield from concept(scheme, code, labels)
    if text(entry, "is_sample") in {"1", "true"}:
        yield dataset, FJGOV.isSample, Literal(lexical_or_value=True)


def _officials_only(entry: Entry, dataset: URIRef) -> Triples:
    """Yield what only officials may read: legal bases (Art. 4), contacts, system and licence."""
    for number, basis in enumerate(rows(entry, "legal_basis"), start=1):
        node = part_uri(dataset, f"legal-basis-{number}")
        yield from legal_basis_triples(basis, dataset, node)
        yield from order(node, number)
    yield from contact_triples(entry, dataset)
    if system := text(entry, "source_system"):
        node = part_uri(dataset, "source-system")
        yield dataset, PROV.wasGeneratedBy, node
        yield node, RDF.type, PROV.Activity
        yield node, RDFS.label, chinese(system)
    if licence := text(entry, "acquisition_licence"):
        node = part_uri(dataset, "acquisition-licence")
        yield dataset, DCT.license, node
        yield node, RDF.type, DCT.LicenseDocument
        yield node, RDFS.label, chinese(licence)
