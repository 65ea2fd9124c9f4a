"""Each document in each syntax says the same to rdflib, pyoxigraph and, in XML, lxml."""

from __future__ import annotations

import pytest
from rdflib import BNode, Literal, URIRef

from ckanext.fjgov.core.export.document import add_all, new_graph, serialise
from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from ckanext.fjgov.core.export.namespaces import DCT, RDF
from tests.rdf_kinds import Made, every_document, graph_of
from tests.rdf_parsers import differing, read_by_all

# The other lists: tests/integration/test_code_lists_same_graph.py.
LISTS = {"code list with everything", "code list divisions"}
DOCUMENTS = {
    name: made
    for name, made in every_document().items()
    if made.shapes != "code_list" or name in LISTS
}


@pytest.mark.parametrize("ending", SYNTAXES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_says_the_same_to_every_reader(name: str, ending: str) -> None:
    triples = DOCUMENTS[name].triples
    document = b"".join(SYNTAXES[ending].document([fragment(triples)]))
    assert differing(document, ending, graph_of(triples)) == []


@pytest.mark.parametrize("ending", SYNTAXES)
def test_a_document_of_many_pieces_says_the_same(ending: str) -> None:
    many: list[Made] = [made for name, made in DOCUMENTS.items() if name not in LISTS]
    pieces = [fragment(made.triples) for made in many]
    wanted = graph_of(triple for made in many for triple in made.triples)
    document = b"".join(SYNTAXES[ending].document(pieces))
    assert differing(document, ending, wanted) == []


@pytest.mark.parametrize("ending", ["nt", "ttl", "jsonld", "rdf"])
@pytest.mark.parametrize("name", ["entry, public", "entry, officials", "unit, officials"])
def test_what_rdflib_writes_says_the_same(name: str, ending: str) -> None:
    """Documents of ckanext-dcat's addresses (`/dataset/<id>.<ending>`) are written by rdflib."""
    triples = DOCUMENTS[name].triples
    graph = new_graph()
    add_all(graph, triples)
    assert differing(serialise(graph, ending).encode(), ending, graph_of(triples)) == []


ODD = (
    Literal("甲 & 乙 <丙> ]]> \"丁\" 'x' \\ \t end", lang="zh"),
    Literal("两行\n第二行", lang="zh-Hans-CN"),
    Literal("  前后空格  "),
    Literal(""),
    Literal("3.50", datatype=URIRef("http://www.w3.org/2001/XMLSchema#decimal"), normalize=False),
    Literal('{"a":"\\u0000"}', datatype=URIRef("urn:cn:fjgov:ns:json")),
    Literal("\U0001f3db 𠮷"),
    URIRef("http://example.org/a?b=c&d=%20(x)'y"),
    BNode("b1"),
)


@pytest.mark.parametrize("ending", SYNTAXES)
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_values_say_the_same(value: Literal | URIRef | BNode, ending: str) -> None:
    triples = [(URIRef("http://example.org/1"), DCT.description, value)]
    if isinstance(value, BNode):
        triples += [(value, RDF.rest, RDF.nil), (value, RDF.first, Literal("甲"))]
    document = b"".join(SYNTAXES[ending].document([fragment(iter(triples))]))
    assert differing(document, ending, graph_of(triples)) == []


@pytest.mark.parametrize("ending", SYNTAXES)
def test_readers_tell_documents_apart(ending: str) -> None:
    made = DOCUMENTS["unit, officials"].triples
    document = b"".join(SYNTAXES[ending].document([fragment(made)]))
    readers = [name for name, _ in read_by_all(document, ending)]
    assert differing(document, ending, graph_of(made[1:])) == readers
