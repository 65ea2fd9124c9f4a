"""Exported documents against our SHACL shapes: what conforms, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyshacl
import pytest
from rdflib import RDF, Graph, Literal, URIRef

from ckanext.fjgov.core.catalog.canonical import ENTRY
from ckanext.fjgov.core.export.catalogs import (
    ListedUnit,
    catalog_triples,
    membership,
    units_triples,
)
from ckanext.fjgov.core.export.document import add_all, entry_graph, new_graph
from ckanext.fjgov.core.export.documents import record_document
from ckanext.fjgov.core.export.namespaces import DCAT, DCATAP, DCT, EU_ACCESS_RIGHT, FJGOV, FOAF
from ckanext.fjgov.core.export.shapes import shapes_graph
from tests.factories import make_entry
from tests.rdf_kinds import every_document

DATASET = URIRef("https://fuzhou.example/id/35100/000001")
cached_shapes = cache(shapes_graph)
DOCUMENTS = every_document()

VALID = {
    "restricted": {},
    "restricted and open": {"open_to_public": "1", "open_condition": "署名"},
    "unrestricted": {"share_type": "1", "legal_basis": None, "restriction_kind": None},
    "open to society": {"share_type": "1", "open_to_public": "1", "legal_basis": None},
    "not shared": {"share_type": "3", "share_way": None},
    "not mounted": {"resources": []},
    "without items": {"items": None, "data_format": ["1/pdf"]},
    "bare": {
        **dict.fromkeys(
            ("related", "thesaurus", "tags", "service_info", "exchange", "census_total_gb", "unit")
        ),
        "resources": [],
    },
}


def document(record, facts, labels, audience: str) -> Graph:
    """Give the document of an entry that is registered."""
    graph = new_graph()
    add_all(graph, record_document(record, ENTRY, facts, labels, audience=audience))
    return graph


def validate(graph: Graph, audience: str) -> tuple[bool, str]:
    # pySHACL wants a store that knows contexts; documents are built in a quicker one.
    data = Graph()
    data += graph
    conforms, _, text = pyshacl.validate(data, shacl_graph=cached_shapes(audience))
    return conforms, text


@pytest.mark.parametrize("audience", ["public", "officials"])
@pytest.mark.parametrize("case", sorted(VALID))
def test_valid_entry_conforms(make_record, facts, labels, case, audience):
    graph = document(make_record(**VALID[case]), facts, labels, audience)
    assert validate(graph, audience) == (True, "Validation Report\nConforms: True\n")


@pytest.mark.parametrize("audience", ["public", "officials"])
@pytest.mark.parametrize(
    ("share_type", "is_open"), [("1", "0"), ("1", "1"), ("2", "0"), ("2", "1"), ("3", "0")]
)
def test_entry_that_breaks_no_rule_conforms(facts, labels, share_type, is_open, audience):
    record = make_entry(share_type=share_type, open_to_public=is_open)
    record |= {
        "id": "a",
        "name": "35100-000001",
        "state": "active",
        "identifier": "35100/000001",
        "md_id": "35100/md-000001",
        "md_date_updated": "2026-11-20",
        "home_node": "350100",
        "organization": {"name": record["owner_org"], "title": "福州市示例民政局"},
    }
    assert validate(document(record, facts, labels, audience), audience)[0]


def test_catalog_page_conforms(make_record, facts, labels):
    graph = new_graph()
    add_all(graph, catalog_triples(facts, title="示例目录", description="示例目录全部条目"))
    for number in (1, 2):
        record = make_record(identifier=f"35100/00000{number}")
        graph += entry_graph(record, facts, labels)
        add_all(graph, membership(record, facts))
    add_all(graph, units_triples([ListedUnit("u-1", "示例市示例局", "350100")], facts))
    assert validate(graph, "public")[0]


BROKEN_RECORDS = {
    "no title": {"title": None},
    "short abstract": {"notes": "太短"},
    "no identifier": {"identifier": None},
    "bad identifier": {"identifier": "35100/中文"},
    "no unit": {"organization": None, "provider_code": None},
    "unit without name": {"organization": {"name": "u-11350100003591037y"}},
    "bad unit code": {"provider_code": "11350100003591037I"},
    "no topic": {"theme": []},
    "unknown topic": {"theme": ["ZZZ99"]},
    "no guide class": {"guide_class": []},
    "no class": {"share_type": None},
    "unknown class": {"share_type": "4"},
    "not shared but open": {"share_type": "3", "open_to_public": "1"},
    "restricted without constraint": {
        **dict.fromkeys(("share_usage", "share_condition", "share_scope", "share_way"))
    },
    "openness missing": {"open_to_public": None},
    "no cycle": {"frequency": None},
    "no format": {"data_format": [], "resources": []},
    "no division": {"division": []},
    "no metadata identifier": {"md_id": None},
    "no metadata date": {"md_date_updated": None, "metadata_modified": None},
    "no state": {"state": None},
    "item without name": {"items": [{"id": "1", "data_type": "D"}]},
    "item without type": {"items": [{"id": "1", "name": "日期"}]},
    "item with unknown class": {
        "items": [{"id": "1", "name": "日期", "data_type": "D", "share_type": "7"}]
    },
}


@pytest.mark.parametrize("case", sorted(BROKEN_RECORDS))
def test_broken_entry_does_not_conform(make_record, facts, labels, case):
    graph = entry_graph(make_record(**BROKEN_RECORDS[case]), facts, labels)
    assert not validate(graph, "public")[0]


OFFICIALS_BROKEN = {
    "restricted without basis": {"legal_basis": []},
    "not shared without basis": {"share_type": "3", "legal_basis": None},
    "basis without clause": {
        "legal_basis": [{"title": "示例条例", "number": "1号", "statement": "说明"}]
    },
    "basis without number": {
        "legal_basis": [{"title": "示例条例", "clause": "第三条", "statement": "说明"}]
    },
}


@pytest.mark.parametrize("case", sorted(OFFICIALS_BROKEN))
def test_officials_document_needs_its_basis(make_record, facts, labels, case):
    record = make_record(**OFFICIALS_BROKEN[case])
    graph = document(record, facts, labels, "officials")
    assert not validate(graph, "officials")[0]
    assert validate(entry_graph(record, facts, labels), "public")[0]


def test_an_entry_in_a_document_of_officials_names_the_record(make_record, facts, labels):
    graph = entry_graph(make_record(), facts, labels, audience="officials")
    assert not validate(graph, "officials")[0]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_kind_of_document_conforms(name):
    made = DOCUMENTS[name]
    assert validate(made.graph(), made.shapes) == (True, "Validation Report\nConforms: True\n")


def test_officials_document_is_no_public_document(make_record, facts, labels):
    graph = document(make_record(), facts, labels, "officials")
    assert not validate(graph, "public")[0]


def _second_publisher(graph: Graph) -> None:
    other = URIRef("urn:example:other")
    graph.add((DATASET, DCT.publisher, other))
    graph.add((other, RDF.type, FOAF.Organization))
    graph.add((other, FOAF.name, Literal("示例")))


BROKEN_GRAPHS: dict[str, Callable[[Graph], object]] = {
    "real address": lambda g: (
        g.set((URIRef(f"{DATASET}#resource-x"), DCAT.accessURL, URIRef("http://10.1.2.3/data.csv")))
        and g.add((URIRef(f"{DATASET}#resource-x"), RDF.type, DCAT.Distribution))
    ),
    "download address": lambda g: g.add(
        (next(g.objects(DATASET, DCAT.distribution)), DCAT.downloadURL, URIRef("urn:example:x"))
    ),
    "real endpoint": lambda g: g.add(
        (next(g.subjects(RDF.type, DCAT.DataService)), DCAT.endpointURL, URIRef("urn:example:x"))
    ),
    "two publishers": _second_publisher,
    "two access rights": lambda g: g.add((DATASET, DCT.accessRights, EU_ACCESS_RIGHT.PUBLIC)),
    "public though restricted": lambda g: g.set(
        (DATASET, DCT.accessRights, EU_ACCESS_RIGHT.PUBLIC)
    ),
    "two identifiers": lambda g: g.add((DATASET, DCT.identifier, Literal("35100/000002"))),
    "two classes": lambda g: g.add((DATASET, FJGOV.shareType, FJGOV["share-1"])),
    "two titles": lambda g: g.add((DATASET, DCT.title, Literal("第二标题", lang="zh"))),
    "basis in public": lambda g: g.add((DATASET, FJGOV.legalBasis, URIRef("urn:example:law"))),
    "legislation in public": lambda g: g.add(
        (DATASET, DCATAP.applicableLegislation, URIRef("urn:example:law"))
    ),
    "record of nothing": lambda g: g.remove((None, FOAF.primaryTopic, None)),
}


@pytest.mark.parametrize("case", sorted(BROKEN_GRAPHS))
def test_broken_document_does_not_conform(make_record, facts, labels, case):
    graph = entry_graph(make_record(), facts, labels)
    BROKEN_GRAPHS[case](graph)
    assert not validate(graph, "public")[0]
