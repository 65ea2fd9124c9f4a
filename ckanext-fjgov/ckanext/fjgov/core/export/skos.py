"""Code lists as SKOS: the concepts that exported records name, with stable names of their own.

Source: SKOS Reference (W3C 2009); standards brief 8; names of lists as in `vocabulary_labels`.
"""

from __future__ import annotations

from rdflib import Literal, URIRef

from ckanext.fjgov.core.catalog.vocabulary import Concept, Vocabulary
from ckanext.fjgov.core.export.facts import Triples, chinese, term_scheme
from ckanext.fjgov.core.export.namespaces import DCT, OWL, RDF, SKOS, XSD, term
from ckanext.fjgov.core.export.vocabulary_labels import SCHEMES


def scheme_of(name: str) -> str:
    """Give the short name of the scheme of a code list, e.g. `topic` for `topics`."""
    return SCHEMES.get(name) or name.replace("_", "-")


def vocabulary_triples(vocabulary: Vocabulary, page: str) -> Triples:
    """Yield a code list as skos:ConceptScheme with all of its codes, retired ones marked.

    Args:
        page: address where people read the list.
    """
    name = scheme_of(vocabulary.name)
    scheme = term_scheme(name)
    yield scheme, RDF.type, SKOS.ConceptScheme
    yield scheme, DCT.title, chinese(vocabulary.title_zh)
    yield scheme, DCT.title, Literal(vocabulary.title_en, lang="en")
    yield scheme, DCT.source, chinese(vocabulary.source_zh)
    yield scheme, DCT.source, Literal(vocabulary.source_en, lang="en")
    yield scheme, OWL.versionInfo, Literal(vocabulary.version)
    yield scheme, DCT.isReferencedBy, URIRef(page)
    for concept in vocabulary.concepts.values():
        yield from _concept(name, scheme, concept)
        if match := concept.extra.get("exact_match", ""):
            other = term(name, match) if match in vocabulary else URIRef(match)
            yield term(name, concept.code), SKOS.exactMatch, other


def _concept(name: str, scheme: URIRef, concept: Concept) -> Triples:
    node = term(name, concept.code)
    yield node, RDF.type, SKOS.Concept
    yield node, SKOS.inScheme, scheme
    yield node, SKOS.notation, Literal(concept.code)
    yield node, SKOS.prefLabel, chinese(concept.zh)
    if concept.en != concept.zh:
        yield node, SKOS.prefLabel, Literal(concept.en, lang="en")
    if concept.parent:
        yield node, SKOS.broader, term(name, concept.parent)
        yield term(name, concept.parent), SKOS.narrower, node
    else:
        yield scheme, SKOS.hasTopConcept, node
        yield node, SKOS.topConceptOf, scheme
    if concept.status == "retired":
        yield node, OWL.deprecated, Literal("true", datatype=XSD.boolean)
    if concept.replaced_by:
        yield node, DCT.isReplacedBy, term(name, concept.replaced_by)
