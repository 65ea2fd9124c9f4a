"""信息项 of an entry as a table schema (CSVW).

Source: guide 5.2 row 8 and 5.5; Measures Art. 14 (one item, one source).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rdflib import BNode, Literal, URIRef

from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    Entry,
    Triples,
    chinese,
    concept,
    part_uri,
    rows,
    text,
)
from ckanext.fjgov.core.export.legal import legal_basis_triples
from ckanext.fjgov.core.export.namespaces import CSVW, DCT, FJGOV, PROV, RDF, XSD, term

# 数据长度: `20`, or `12,2` with the number of decimals.
_LENGTH: Final = re.compile(r"(\d+)(?:,(\d+))?", re.ASCII)

# 数据类型 of the guide (5.5) -> XML Schema datatype of a csvw:Column.
ITEM_DATATYPES: Final[dict[str, URIRef]] = {
    "C": XSD.string,
    "N": XSD.decimal,
    "Y": XSD.decimal,
    "D": XSD.date,
    "T": XSD.dateTime,
    "L": XSD.boolean,
    "M": XSD.string,
    "G": XSD.base64Binary,
    "B": XSD.double,
    "I": XSD.integer,
    "F": XSD.float,
}


def table_schema(
    entry: Entry,
    labels: CodeLabels,
    dataset: URIRef,
    schema: URIRef,
    audience: Audience,
    kind: URIRef = CSVW.Column,
) -> Triples:
    """Yield 信息项 as csvw:Schema with its columns (of class `kind`) in the order of the entry."""
    yield schema, RDF.type, CSVW.Schema
    yield schema, RDF.type, DCT.Standard
    columns: list[URIRef] = []
    for number, item in enumerate(rows(entry, "items"), start=1):
        column = part_uri(dataset, f"item-{text(item, 'id') or number}")
        columns.append(column)
        yield column, RDF.type, kind
        yield from _column(item, labels, column, audience)
    yield from _ordered(schema, columns)


def _ordered(schema: URIRef, columns: Sequence[URIRef]) -> Triples:
    """Yield an RDF list whose blank nodes have the same labels in every run.

    Fixed labels let fragments of different entries be joined without renaming.
    """
    seed = hashlib.sha256(schema.encode()).hexdigest()[:16]
    nodes = [BNode(f"c{seed}n{number}") for number in range(len(columns))]
    yield schema, CSVW.column, nodes[0] if nodes else RDF.nil
    for number, column in enumerate(columns):
        yield nodes[number], RDF.first, column
        following = nodes[number + 1] if number + 1 < len(nodes) else RDF.nil
        yield nodes[number], RDF.rest, following


def _column(
    item: Mapping[str, Any], labels: CodeLabels, column: URIRef, audience: Audience
) -> Triples:
    """Yield one 信息项."""
    if item_id := text(item, "id"):
        yield column, DCT.identifier, Literal(item_id)
    if name := text(item, "name"):
        yield column, CSVW.titles, chinese(name)
    if english := text(item, "name_en"):
        yield column, CSVW.name, Literal(english)
    data_type = text(item, "data_type")
    if data_type in ITEM_DATATYPES:
        yield column, CSVW.datatype, ITEM_DATATYPES[data_type]
        yield column, FJGOV.itemDataType, term("item-data-type", data_type)
        yield from concept("item-data-type", data_type, labels)
    if (length := _LENGTH.fullmatch(text(item, "length"))) is not None:
        yield column, FJGOV.length, Literal(length[1], datatype=XSD.nonNegativeInteger)
        if length[2]:
            yield column, FJGOV.decimals, Literal(length[2], datatype=XSD.nonNegativeInteger)
    if description := text(item, "description"):
        yield column, DCT.description, chinese(description)
    yield from _item_properties(item, labels, column)
    if audience == "officials":
        basis = {
            field: text(item, f"basis_{field}")
            for field in ("title", "number", "clause", "statement")
        }
        base, name = column.defrag(), f"{column.fragment}-basis"
        yield from legal_basis_triples(basis, column, part_uri(base, name))


def _item_properties(item: Mapping[str, Any], labels: CodeLabels, column: URIRef) -> Triples:
    """Yield flags, stricter class (R13), business object and source of one 信息项."""
    for field, predicate in (
        ("required", CSVW.required),
        ("is_object_key", FJGOV.isObjectKey),
    ):
        if text(item, field) in {"0", "1"}:
            yield column, predicate, Literal(text(item, field) == "1", datatype=XSD.boolean)
    for field, predicate, scheme in (
        ("share_type", FJGOV.shareType, "share"),
        ("business_object", FJGOV.businessObject, "business-object"),
        ("territory", DCT.spatial, "division"),
    ):
        if code := text(item, field):
            yield column, predicate, term(scheme, code)
            yield from concept(scheme, code, labels)
    if source := text(item, "authoritative_item"):
        origin = term("item", source)
        yield column, PROV.wasDerivedFrom, origin
        yield origin, DCT.identifier, Literal(source)
    if business := text(item, "line_of_business"):
        yield column, FJGOV.lineOfBusiness, chinese(business)
