"""How one value of the five other directories is written: texts, dates, names of records and units.

Each writer takes a value, its predicate and its place; which field takes which writer follows from
its schema. See `directory_terms.py` for the forms that pair a writer with its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from rdflib import Literal, URIRef

from ckanext.fjgov.core.catalog.schema_model import FieldModel
from ckanext.fjgov.core.export.facts import (
    Audience,
    CodeLabels,
    SiteFacts,
    Triples,
    chinese,
    dataset_uri,
    decimal,
    iso_date,
    part_uri,
)
from ckanext.fjgov.core.export.namespaces import ADMS, DCT, LOCN, RDF, RDFS, SKOS, XSD

# Predicate whose object is a node -> (class of the node, predicate of the text at it).
_NODES: Final[Mapping[URIRef, tuple[URIRef, URIRef]]] = MappingProxyType(
    {
        ADMS.identifier: (ADMS.Identifier, SKOS.notation),
        DCT.audience: (DCT.AgentClass, RDFS.label),
        LOCN.address: (LOCN.Address, LOCN.fullAddress),
    }
)
# Fields that hold the code of a unit.
UNIT_CODES: Final = frozenset({"lead_unit_code", "parent_uscc", "successor_uscc"})
TELEPHONE: Final = "tel:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is written: everything a form needs beside the value.

    Attributes:
        record: the record itself, whose parts are named after it.
        subject: node that has the field: the record, or one of its rows.
        part: name of the part that stands for the value, when it needs one.
        facts, labels, audience: as in `entry_triples`.
    """

    record: URIRef
    subject: URIRef
    part: str
    facts: SiteFacts
    labels: CodeLabels
    audience: Audience


ValueWriter = Callable[[str, URIRef, Place], Triples]


def inside(place: Place, number: int, subject: URIRef | None = None) -> Place:
    """Give the place of one of several values, or of a row at a node of its own."""
    return Place(
        place.record,
        subject or place.subject,
        f"{place.part}-{number}",
        place.facts,
        place.labels,
        place.audience,
    )


def written_as(field: FieldModel, predicate: URIRef) -> tuple[ValueWriter, tuple[URIRef, ...]]:
    """Give how one value is written, and the path from its node to its text if it has one."""
    if field.reference is not None:
        return _write_record, (DCT.identifier,)
    if field.name in UNIT_CODES:
        return _write_unit, (DCT.identifier,)
    if predicate in _NODES:
        kind, said = _NODES[predicate]
        return _node_writer(kind, said), (said,)
    if field.name == "telephone":
        return _write_telephone, ()
    return _BY_KIND.get(field.kind, _write_text), ()


def _write_text(value: str, predicate: URIRef, place: Place) -> Triples:
    """Yield a text; codes and numbers in Latin letters carry no language."""
    yield place.subject, predicate, Literal(value) if value.isascii() else chinese(value)


def _write_date(value: str, predicate: URIRef, place: Place) -> Triples:
    if (day := iso_date(value)) is not None:
        yield place.subject, predicate, day


def _write_number(value: str, predicate: URIRef, place: Place) -> Triples:
    if (number := decimal(value)) is not None:
        yield place.subject, predicate, number


def write_flag(value: str, predicate: URIRef, place: Place) -> Triples:
    """Yield a code of 是/否 as a boolean."""
    if value in ("0", "1"):
        yield place.subject, predicate, Literal(value == "1", datatype=XSD.boolean)


def _write_telephone(value: str, predicate: URIRef, place: Place) -> Triples:
    yield place.subject, predicate, URIRef(TELEPHONE + quote(value, safe="+-"))


def _write_record(value: str, predicate: URIRef, place: Place) -> Triples:
    """Yield another record, named as its own document names it where this site holds it."""
    other = dataset_uri({"identifier": value, "id": value}, place.facts)
    yield place.subject, predicate, other
    yield other, DCT.identifier, Literal(value)


def _write_unit(value: str, predicate: URIRef, place: Place) -> Triples:
    """Yield another unit; what it is its own document says, with its name (DCAT-AP 3: Agent)."""
    site = place.facts.site_url.rstrip("/")
    unit = URIRef(f"{site}/organization/u-{quote(value.lower(), safe='')}")
    yield place.subject, predicate, unit
    yield unit, DCT.identifier, Literal(value)


_BY_KIND: Final[Mapping[str, ValueWriter]] = MappingProxyType(
    {"date": _write_date, "number": _write_number}
)


def _node_writer(kind: URIRef, said: URIRef) -> ValueWriter:
    def write(value: str, predicate: URIRef, place: Place) -> Triples:
        node = part_uri(place.record, place.part)
        yield place.subject, predicate, node
        yield node, RDF.type, kind
        yield node, said, Literal(value) if value.isascii() else chinese(value)

    return write
