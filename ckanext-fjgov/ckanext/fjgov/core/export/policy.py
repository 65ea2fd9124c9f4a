"""Sharing class of an entry as access rights and an ODRL policy.

Must not decide who may read what: `core/access` does that; this only states the class in RDF.
无条件共享 means shared between 机关单位, so only class 1 that is open to society is PUBLIC.

Source: Measures Art. 4(1), 22, 45(1); guide 5.6; mapping table of the standards brief 8.2.
"""

from __future__ import annotations

from typing import Final

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import (
    CodeLabels,
    Entry,
    SiteFacts,
    Triples,
    chinese,
    concept,
    part_uri,
    text,
    texts,
)
from ckanext.fjgov.core.export.namespaces import (
    DCT,
    EU_ACCESS_RIGHT,
    FJGOV,
    ODRL,
    RDF,
    RDFS,
    SKOS,
    XSD,
    term,
)

SHARE_TYPES: Final = frozenset({"1", "2", "3"})
GOVERNMENT_UNITS: Final = FJGOV["government-units"]

# Free texts about rights: field -> (kind of statement, ODRL left operand of a class 2 constraint).
STATEMENTS: Final[dict[str, tuple[URIRef, URIRef | None]]] = {
    "share_usage": (FJGOV["rights-usage"], ODRL.purpose),
    "share_condition": (FJGOV["rights-condition"], FJGOV.shareCondition),
    "share_scope": (FJGOV["rights-scope"], ODRL.recipient),
    "open_condition": (FJGOV["rights-open"], None),
    "use_limitation": (FJGOV["rights-limitation"], None),
}


def access_right(entry: Entry) -> URIRef:
    """Return the EU access right of an entry.

    An unknown class gives NON_PUBLIC: the document is then wrong on the safe side.
    """
    share_type = text(entry, "share_type")
    if share_type == "1" and text(entry, "open_to_public") == "1":
        return EU_ACCESS_RIGHT.PUBLIC
    if share_type in {"1", "2"}:
        return EU_ACCESS_RIGHT.RESTRICTED
    return EU_ACCESS_RIGHT.NON_PUBLIC


def rights_triples(
    entry: Entry, facts: SiteFacts, labels: CodeLabels, dataset: URIRef, publisher: URIRef | None
) -> Triples:
    """Yield class, access right, openness, statements and policy of one entry."""
    del facts
    share_type = text(entry, "share_type")
    yield dataset, DCT.accessRights, access_right(entry)
    yield access_right(entry), RDF.type, DCT.RightsStatement
    if share_type in SHARE_TYPES:
        yield dataset, FJGOV.shareType, term("share", share_type)
        yield from concept("share", share_type, labels)
        yield from _policy(entry, labels, dataset, publisher)
    if text(entry, "open_to_public") in {"0", "1"}:
        is_open = text(entry, "open_to_public") == "1"
        yield dataset, FJGOV.openToPublic, Literal(is_open, datatype=XSD.boolean)
    for field, (kind, _) in STATEMENTS.items():
        if wording := text(entry, field):
            statement = part_uri(dataset, f"rights-{field}")
            yield dataset, DCT.rights, statement
            yield statement, RDF.type, DCT.RightsStatement
            yield statement, DCT.type, kind
            yield statement, RDFS.label, chinese(wording)
    if reason := text(entry, "share_way_reason"):
        yield dataset, FJGOV.shareWayReason, chinese(reason)


def _policy(entry: Entry, labels: CodeLabels, dataset: URIRef, publisher: URIRef | None) -> Triples:
    """Yield the odrl:Offer of classes 1 and 2, the prohibiting odrl:Set of class 3."""
    share_type = text(entry, "share_type")
    policy = part_uri(dataset, "policy")
    rule = part_uri(dataset, "policy-rule")
    yield dataset, ODRL.hasPolicy, policy
    yield policy, ODRL.uid, policy
    yield rule, ODRL.target, dataset
    if publisher is not None:
        yield rule, ODRL.assigner, publisher
    if share_type == "3":
        yield policy, RDF.type, ODRL.Set
        yield policy, ODRL.prohibition, rule
        yield rule, RDF.type, ODRL.Prohibition
        yield rule, ODRL.action, ODRL.distribute
        return
    yield policy, RDF.type, ODRL.Offer
    yield policy, ODRL.permission, rule
    yield rule, RDF.type, ODRL.Permission
    yield rule, ODRL.action, ODRL.use
    if share_type == "2" or text(entry, "open_to_public") != "1":
        yield rule, ODRL.assignee, GOVERNMENT_UNITS
        yield GOVERNMENT_UNITS, RDF.type, ODRL.PartyCollection
        yield GOVERNMENT_UNITS, SKOS.prefLabel, chinese("机关单位")
    if share_type == "2":
        yield from _constraints(entry, labels, dataset, rule)


def _constraints(entry: Entry, labels: CodeLabels, dataset: URIRef, rule: URIRef) -> Triples:
    """Yield what 受限共享 (Art. 4) asks for: purpose, condition, scope, kind and sharing ways."""
    for field, (_, operand) in STATEMENTS.items():
        wording = text(entry, field)
        if operand is None or not wording:
            continue
        yield from _constraint(dataset, rule, field, operand)
        yield part_uri(dataset, f"policy-{field}"), ODRL.rightOperand, chinese(wording)
    if kind := text(entry, "restriction_kind"):
        yield rule, FJGOV.restrictionKind, term("restriction-kind", kind)
        yield from concept("restriction-kind", kind, labels)
    if ways := texts(entry, "share_way"):
        yield from _constraint(dataset, rule, "share_way", ODRL.deliveryChannel)
        for way in ways:
            channel = term("share-way", way)
            yield part_uri(dataset, "policy-share_way"), ODRL.rightOperand, channel


def _constraint(dataset: URIRef, rule: URIRef, name: str, operand: URIRef) -> Triples:
    """Yield the frame of one constraint; the caller adds its right operands."""
    node = part_uri(dataset, f"policy-{name}")
    several = name == "share_way"
    yield rule, ODRL.constraint, node
    yield node, RDF.type, ODRL.Constraint
    yield node, ODRL.leftOperand, operand
    yield node, ODRL.operator, ODRL.isAnyOf if several else ODRL.eq
