"""Terms of the five directories beside the 政务信息目录, derived from their schemas.

The schema names the predicate of a field (`rdf`); its kind, code list and reference say which form
the value takes. The one table here holds the fields whose predicate asks for a node in between.
Every form can write a value and read it back, so a field is described once.

Source: Measures Art. 45; standards brief 8.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rdflib import URIRef

from ckanext.fjgov.core.catalog.canonical import UNIT
from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.schema_model import (
    UNIT_SCHEMA,
    FieldModel,
    SchemaModel,
    load_schema,
)
from ckanext.fjgov.core.export import reading_terms as reading
from ckanext.fjgov.core.export.directory_values import (
    TELEPHONE,
    Place,
    ValueWriter,
    inside,
    write_flag,
    written_as,
)
from ckanext.fjgov.core.export.entry_terms import BASES, ITEMS, SHARED_READERS
from ckanext.fjgov.core.export.facts import (
    Entry,
    Triple,
    Triples,
    concept,
    decimal,
    order,
    part_uri,
    rows,
    text,
    texts,
)
from ckanext.fjgov.core.export.items import table_schema
from ckanext.fjgov.core.export.legal import legal_basis_triples
from ckanext.fjgov.core.export.namespaces import (
    DCT,
    DQV,
    ELI,
    FJGOV,
    PREFIXES,
    RDF,
    RDFS,
    term,
)
from ckanext.fjgov.core.export.vocabulary_labels import SCHEMES

# Said of the publisher and of the catalog record, not of the record itself.
_ELSEWHERE: Final = frozenset({"provider_code", "md_date_updated"})


Writer = Callable[[Entry, Place], Triples]


@dataclass(frozen=True, slots=True)
class Form:
    """How one field is written and read."""

    field: FieldModel
    write: Writer
    read: reading.Reader


@cache
def directory_readers(kind: str) -> Mapping[str, reading.Reader]:
    """Give field -> reader of the standard terms of a directory or of the units."""
    shared = {} if kind == UNIT else dict(SHARED_READERS)
    return MappingProxyType({**shared, **{form.field.name: form.read for form in forms(kind)}})


@cache
def forms(kind: str) -> tuple[Form, ...]:
    """Give the forms of all catalogued fields of a directory that have a term.

    Raises:
        KeyError: `kind` is no directory, or a field names a prefix that is not ours.
    """
    return tuple(
        form_of(field)
        for field in directory_schema(kind).fields
        if field.catalogued and field.rdf and field.name not in _ELSEWHERE
    )


def directory_schema(kind: str) -> SchemaModel:
    """Give the schema of a directory or of the units."""
    return load_schema(UNIT_SCHEMA) if kind == UNIT else directories()[kind]


def form_of(field: FieldModel) -> Form:
    """Choose the form of one field by its shape."""
    predicate = expanded(field.rdf or "")
    if field.name == "items":
        return _items(field)
    if field.name == "legal_basis":
        return _bases(field)
    if field.kind == "rows":
        return _rows(field, predicate)
    if field.codelist == "yes_no":
        return _one(field, predicate, write_flag, reading.flag(predicate))
    if field.codelist is not None:
        return _coded(field, predicate, SCHEMES[field.codelist])
    return _uncoded(field, predicate)


def expanded(curie: str) -> URIRef:
    """Give the IRI of `dct:title`.

    Raises:
        KeyError: the prefix is not ours.
    """
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix][name]


def _uncoded(field: FieldModel, predicate: URIRef) -> Form:
    """Give the form of a text, a name of another record or unit, a date or a number."""
    if predicate == DQV.hasQualityMeasurement:
        return _measured(field, predicate)
    write, value = written_as(field, predicate)
    if field.is_list:
        return _several(field, predicate, write, reading.literals(predicate, *value))
    if field.name == "telephone":
        return _one(field, predicate, write, reading.after(predicate, start=TELEPHONE))
    read = reading.number if field.kind == "number" else reading.literal
    return _one(field, predicate, write, read(predicate, *value))


def _one(field: FieldModel, predicate: URIRef, write: ValueWriter, read: reading.Reader) -> Form:
    def triples(record: Entry, place: Place) -> Triples:
        if value := text(record, field.name):
            yield from write(value, predicate, place)

    return Form(field, triples, read)


def _several(
    field: FieldModel, predicate: URIRef, write: ValueWriter, read: reading.Reader
) -> Form:
    def triples(record: Entry, place: Place) -> Triples:
        for number, value in enumerate(texts(record, field.name), start=1):
            yield from write(value, predicate, inside(place, number))

    return Form(field, triples, read)


def _coded(field: FieldModel, predicate: URIRef, scheme: str) -> Form:
    def write(value: str, said: URIRef, place: Place) -> Triples:
        kind = DCT.Location if scheme == "division" else None
        yield place.subject, said, term(scheme, value)
        yield from concept(scheme, value, place.labels, kind=kind)

    if field.is_list:
        return _several(field, predicate, write, reading.codes(predicate, scheme=scheme))
    return _one(field, predicate, write, reading.code(predicate, scheme=scheme))


def _measured(field: FieldModel, predicate: URIRef) -> Form:
    """Give the form of a measured number: its metric tells it from the others."""
    metric = FJGOV[f"metric-{field.name.replace('_', '-')}"]

    def write(value: str, said: URIRef, place: Place) -> Triples:
        if (number := decimal(value)) is not None:
            node = part_uri(place.record, place.part)
            yield place.subject, said, node
            yield node, RDF.type, DQV.QualityMeasurement
            yield node, DQV.isMeasurementOf, metric
            yield node, DQV.value, number

    return _one(field, predicate, write, reading.measured(metric))


def _rows(field: FieldModel, predicate: URIRef) -> Form:
    """Give the form of rows: one ordered node a row, with its columns as fields of their own."""
    columns = tuple(form_of(column) for column in field.subfields if column.rdf)

    def write(record: Entry, place: Place) -> Triples:
        for number, row in enumerate(rows(record, field.name), start=1):
            node = part_uri(place.record, f"{place.part}-{number}")
            yield place.subject, predicate, node
            yield node, RDF.type, RDFS.Resource
            yield from order(node, number)
            inner = inside(place, number, node)
            yield from written(columns, row, inner)

    return Form(
        field, write, reading.rows(predicate, {one.field.name: one.read for one in columns})
    )


def written(chosen: tuple[Form, ...], record: Entry, place: Place) -> Iterator[Triple]:
    """Yield the fields of a record or of a row that its audience may read."""
    for form in chosen:
        if place.audience == "officials" or form.field.public:
            part = f"{place.part}-{form.field.name}" if place.part else form.field.name
            here = Place(
                place.record, place.subject, part, place.facts, place.labels, place.audience
            )
            yield from form.write(record, here)


def _items(field: FieldModel) -> Form:
    """Give the form of 采集信息项: a table schema as in an entry, its columns without data type."""

    def write(record: Entry, place: Place) -> Triples:
        if rows(record, field.name):
            schema = part_uri(place.record, "schema")
            yield place.subject, DCT.conformsTo, schema
            yield from table_schema(
                record, place.labels, place.record, schema, place.audience, FJGOV.CollectedItem
            )

    return Form(field, write, ITEMS)


def _bases(field: FieldModel) -> Form:
    """Give the form of 依据, as in an entry, where 说明 may be missing; it is not public."""

    def write(record: Entry, place: Place) -> Triples:
        for number, basis in enumerate(rows(record, field.name), start=1):
            node = part_uri(place.record, f"legal-basis-{number}")
            yield from legal_basis_triples(basis, place.subject, node, ELI.LegalResource)
            yield from order(node, number)

    return Form(field, write, BASES)
