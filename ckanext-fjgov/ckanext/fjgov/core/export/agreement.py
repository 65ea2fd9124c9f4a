"""A grant (共享授权) as odrl:Agreement; for its parties and those who watch over it only.

Source: Measures Art. 23, 24, 30, 40; ODRL 2.2; standards brief 8.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rdflib import Literal, URIRef

from ckanext.fjgov.core.export.facts import Triples, chinese, part_uri
from ckanext.fjgov.core.export.namespaces import (
    DCT,
    FJGOV,
    FOAF,
    ODRL,
    RDF,
    SKOS,
    XSD,
    term,
)

# 共享模式 (Art. 22) -> what the holder may do with the data.
ACTIONS: Final[Mapping[str, tuple[URIRef, ...]]] = {
    "query": (ODRL.read,),
    "direct": (ODRL.reproduce,),
    "custom": (ODRL.read, ODRL.reproduce, ODRL.transform),
}
# Passing on needs the licence of the provider (Art. 40).
FORBIDDEN: Final = (ODRL.distribute, ODRL.transfer, ODRL.sell)


def agreement_triples(grant: Mapping[str, Any], address: str, entry: URIRef) -> Triples:
    """Yield the agreement of a grant.

    Args:
        grant: as `fjgov_agreement_show` gives it: `number`, `state`, `application`, `unit`,
            `provider` (codes) with `unit_name` and `provider_name`, `mode`, `purpose`, `business`,
            `items`, `starts`, `until` (ISO times with zone).
        address: of the page of the grant; the agreement is a part of it.
        entry: name of the entry that it is about.
    """
    agreement = URIRef(f"{address}#agreement")
    permission = part_uri(URIRef(address), "permission")
    yield agreement, RDF.type, ODRL.Agreement
    yield agreement, ODRL.uid, agreement
    yield agreement, DCT.identifier, Literal(str(grant["number"]))
    yield agreement, FJGOV.grantState, Literal(str(grant["state"]))
    yield agreement, DCT.source, Literal(str(grant["application"]))
    yield agreement, ODRL.permission, permission
    yield permission, RDF.type, ODRL.Permission
    yield from _parties(grant, address, permission)
    yield from _target(grant, address, entry)
    asset = part_uri(URIRef(address), "target")
    yield permission, ODRL.target, asset
    for action in ACTIONS.get(str(grant["mode"]), (ODRL.use,)):
        yield permission, ODRL.action, action
    yield from _constraints(grant, address, permission)
    yield from _duties(address, agreement, permission, asset)


def _parties(grant: Mapping[str, Any], address: str, permission: URIRef) -> Triples:
    """Yield the unit that gives, and the unit that is given."""
    for side, name in ((ODRL.assigner, "provider"), (ODRL.assignee, "unit")):
        party = part_uri(URIRef(address), name)
        yield permission, side, party
        yield party, RDF.type, ODRL.Party
        yield party, RDF.type, FOAF.Organization
        yield party, DCT.identifier, Literal(str(grant[name]))
        yield party, FOAF.name, chinese(str(grant.get(f"{name}_name") or grant[name]))


def _target(grant: Mapping[str, Any], address: str, entry: URIRef) -> Triples:
    """Yield the asset: the granted 信息项 of the entry."""
    asset = part_uri(URIRef(address), "target")
    yield asset, RDF.type, ODRL.AssetCollection
    yield asset, ODRL.partOf, entry
    for item in grant["items"]:
        yield asset, FJGOV.grantedItem, Literal(str(item))


def _constraints(grant: Mapping[str, Any], address: str, permission: URIRef) -> Triples:
    stated = (
        ("purpose", ODRL.purpose, ODRL.eq, chinese(str(grant["purpose"]))),
        ("business", FJGOV.business, ODRL.eq, chinese(str(grant["business"]))),
        ("from", ODRL.dateTime, ODRL.gteq, _moment(grant["starts"])),
        ("until", ODRL.dateTime, ODRL.lteq, _moment(grant["until"])),
        ("mode", ODRL.deliveryChannel, ODRL.eq, term("mode", str(grant["mode"]))),
    )
    for name, left, operator, right in stated:
        node = part_uri(URIRef(address), name)
        yield permission, ODRL.constraint, node
        yield node, RDF.type, ODRL.Constraint
        yield node, ODRL.leftOperand, left
        yield node, ODRL.operator, operator
        yield node, ODRL.rightOperand, right


def _moment(value: Any) -> Literal:
    return Literal(str(value), datatype=XSD.dateTime)


def _duties(address: str, agreement: URIRef, permission: URIRef, asset: URIRef) -> Triples:
    """Yield what holds for every grant: passing on is forbidden, uses are told (Art. 30)."""
    forbidden = part_uri(URIRef(address), "prohibition")
    yield agreement, ODRL.prohibition, forbidden
    yield forbidden, RDF.type, ODRL.Prohibition
    yield forbidden, ODRL.target, asset
    for action in FORBIDDEN:
        yield forbidden, ODRL.action, action
    duty = part_uri(URIRef(address), "duty")
    yield permission, ODRL.duty, duty
    yield duty, RDF.type, ODRL.Duty
    yield duty, ODRL.action, ODRL.inform
    yield duty, SKOS.note, chinese("使用情况记入使用记录，供发布单位查看（第三十条）")
