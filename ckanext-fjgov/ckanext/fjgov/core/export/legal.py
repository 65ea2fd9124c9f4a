"""Legal bases of restricted and non-shared information; only officials' documents carry them.

Source: Measures Art. 4(1), 21, 45(1); standards brief 8.1 (officials only), 8.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import Triples, chinese, text
from ckanext.fjgov.core.export.namespaces import DCATAP, DCT, ELI, FJGOV, RDF


def legal_basis_triples(
    basis: Mapping[str, Any], subject: URIRef, node: URIRef, kind: URIRef = FJGOV.LegalBasis
) -> Triples:
    """Yield one 法律法规依据: title, document number (文号), clause (条款) and statement (说明).

    Args:
        basis: {title, number, clause, statement}; nothing is yielded when all are empty.
        subject: the dataset or data item that rests on it.
        node: name of the basis.
        kind: class of the basis; ours stands for a basis with all four parts, as Art. 4 asks.
    """
    title, number = text(basis, "title"), text(basis, "number")
    clause, statement = text(basis, "clause"), text(basis, "statement")
    if not (title or number or clause or statement):
        return
    yield subject, FJGOV.legalBasis, node
    yield subject, DCATAP.applicableLegislation, node
    yield node, RDF.type, kind
    yield node, RDF.type, ELI.LegalResource
    if title:
        yield node, DCT.title, chinese(title)
    if number:
        yield node, DCT.identifier, Literal(number)
    if clause:
        yield node, FJGOV.clause, chinese(clause)
    if statement:
        yield node, DCT.description, chinese(statement)
