"""What officials' documents add so that a record can be told again exactly from its statements.

The record is first read back from the standard terms by the same readers that the import uses.
Only what they do not give again as it is registered is stated a second time at the catalog record:
the order of a list that is not in the order of its codes, a field without a term, a value that the
term says in other words. So no field can be forgotten, and no table must be kept in step by hand.

    <…#record> fjgov:recordKind "entry" ; fjgov:recordId "…" ; fjgov:recordName "35100-000001" ;
        fjgov:field-secrecy "0" ; fjgov:field-theme <…#field-theme-1>, <…#field-theme-2> .
    <…#field-theme-1> fjgov:order 1 ; rdf:value "ZRB00" .
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rdflib import Literal, URIRef

from ckanext.fjgov.core.catalog.canonical import (
    ENTRY,
    GROUP_COLUMNS,
    PACKAGE_COLUMNS,
    RESOURCE_COLUMNS,
    UNIT,
    without_empty,
)
from ckanext.fjgov.core.catalog.directories import directories
from ckanext.fjgov.core.catalog.rules import keywords
from ckanext.fjgov.core.catalog.schema_model import (
    ENTRY_SCHEMA,
    UNIT_SCHEMA,
    SchemaModel,
    load_schema,
)
from ckanext.fjgov.core.export.directory_terms import directory_readers
from ckanext.fjgov.core.export.entry_terms import ENTRY_READERS, RECORD_READERS
from ckanext.fjgov.core.export.facts import Triples, order, part_uri
from ckanext.fjgov.core.export.namespaces import FJGOV, RDF
from ckanext.fjgov.core.export.reading_terms import Reader, ordered
from ckanext.fjgov.core.export.record import record_uri
from ckanext.fjgov.core.export.statements import Statements, Term

KIND: Final = FJGOV.recordKind
# Text of JSON: a value that is no text, or a text that XML cannot carry unchanged.
JSON: Final = FJGOV.json
_ID, _NAME, _WITHOUT = FJGOV.recordId, FJGOV.recordName, FJGOV.withoutField
_FIELD: Final = str(FJGOV["field-"])
_VALUE: Final = str(RDF.value)
# Parts of a record beside its fields.
_BESIDE: Final = ("unit", "tags", "resources")
_CARRIED: Final = re.compile("[\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_COLUMN: Final = re.compile(r"[A-Za-z0-9_-]+")


def schema_of(kind: str) -> SchemaModel:
    """Give the schema of a kind of record.

    Raises:
        KeyError: there is no such kind.
    """
    if kind == UNIT:
        return load_schema(UNIT_SCHEMA)
    return load_schema(ENTRY_SCHEMA) if kind == ENTRY else directories()[kind]


def readers_of(kind: str) -> Mapping[str, Reader]:
    """Give field -> reader at the node of the record itself, for the standard terms."""
    return ENTRY_READERS if kind == ENTRY else directory_readers(kind)


def registered_record(shown: Mapping[str, Any], kind: str, unit: str = "") -> dict[str, Any]:
    """Give the canonical record (`catalog.canonical`) of what an action shows.

    Args:
        shown: the dict of `package_show` or `organization_show`, lists and rows as values.
        kind: one of `canonical.KINDS`.
        unit: USCC of the providing unit.

    Returns:
        The record of the change log, without fields that belong to one node.
    """
    schema = schema_of(kind)
    columns = GROUP_COLUMNS if kind == UNIT else PACKAGE_COLUMNS
    own = [field.name for field in schema.fields if field.catalogued and not field.stored_as]
    record: dict[str, Any] = {
        "type": kind,
        "id": shown.get("id"),
        "name": shown.get("name"),
        "fields": {name: shown.get(name) for name in (*columns, *own)},
    }
    if kind != UNIT:
        held = [field.name for field in schema.resource_fields if field.catalogued]
        resources = shown.get("resources")
        record |= {
            "unit": unit,
            "tags": sorted(keywords(shown)),
            "resources": [
                {name: row.get(name) for name in ("id", *RESOURCE_COLUMNS, *held)}
                for row in (resources if isinstance(resources, list) else [])
                if isinstance(row, Mapping)
            ],
        }
    return without_empty(record)


def registered_triples(record: Mapping[str, Any], subject: URIRef, said: Statements) -> Triples:
    """Yield kind, id and name of a record, and what its standard terms do not tell exactly.

    Args:
        record: as `registered_record` gives it.
        subject: node of the record.
        said: what the document says of it so far.

    Cost: one reading of the statements.
    """
    node = record_uri(subject)
    for predicate, value in ((KIND, "type"), (_ID, "id"), (_NAME, "name")):
        if text := record.get(value):
            yield node, predicate, _literal(text)
    told = _told(said, subject, str(record["type"]))
    flat = _flat(record)
    for name in sorted(told.keys() | flat.keys()):
        if name not in flat:
            yield node, _WITHOUT, Literal(name)
        elif name not in told or not _same(told[name], flat[name]):
            yield from _field(subject, node, name, flat[name])


def read_record(said: Statements, node: str, subject: str) -> dict[str, Any]:
    """Read the record that a catalog record is about.

    Args:
        said: of one document.
        node: name of the catalog record, which has a `fjgov:recordKind`.
        subject: name of the record itself.

    Returns:
        The canonical record.

    Raises:
        KeyError: the kind is none of `canonical.KINDS`.
        ValueError: a literal of `fjgov:json` is no JSON.
    """
    kind = said.text(node, str(KIND))
    flat = _told(said, URIRef(subject), kind, node)
    for name in said.texts(node, str(_WITHOUT)):
        flat.pop(name, None)
    for predicate in said.predicates(node):
        if predicate.startswith(_FIELD):
            flat[predicate.removeprefix(_FIELD)] = _stated(said, node, predicate)
    record: dict[str, Any] = {"type": kind, "fields": {}}
    for name, predicate in (("id", _ID), ("name", _NAME)):
        record[name] = next((_plain(one) for one in said.objects(node, str(predicate))), None)
    for name, value in flat.items():
        (record if name in _BESIDE else record["fields"])[name] = value
    return without_empty(record)


def _told(said: Statements, subject: str, kind: str, node: str = "") -> dict[str, Any]:
    """Read what the standard terms tell of a record."""
    node = node or str(record_uri(URIRef(subject)))
    known = schema_of(kind).by_name
    values = {name: read(said, str(subject)) for name, read in readers_of(kind).items()}
    values |= {name: read(said, node) for name, read in RECORD_READERS.items() if name in known}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    beside = {name: record[name] for name in _BESIDE if name in record}
    return {**record.get("fields", {}), **beside}


def _field(subject: URIRef, node: URIRef, name: str, value: Any) -> Triples:
    """Yield one field as it is registered."""
    predicate = URIRef(_FIELD + name)
    if not isinstance(value, list) or not all(map(_is_row_of_known_columns, value)):
        yield node, predicate, _literal(value)
        return
    for number, one in enumerate(value, start=1):
        part = part_uri(subject, f"field-{name}-{number}")
        yield node, predicate, part
        yield from order(part, number)
        if not isinstance(one, Mapping):
            yield part, RDF.value, _literal(one)
            continue
        for key, cell in one.items():
            yield part, URIRef(_FIELD + key), _literal(cell)


def _is_row_of_known_columns(one: Any) -> bool:
    """Tell whether a member of a list is no row, or one whose columns can be names in XML."""
    return not isinstance(one, Mapping) or all(map(_COLUMN.fullmatch, one))


def _stated(said: Statements, node: str, predicate: str) -> Any:
    objects = said.objects(node, predicate)
    plain = [term for term in objects if not term.is_node]
    if plain:
        return _plain(plain[0])
    return list(_parts(said, ordered(said, [term.text for term in objects])))


def _parts(said: Statements, nodes: list[str]) -> Iterator[Any]:
    for part in nodes:
        values = said.objects(part, _VALUE)
        if values:
            yield _plain(values[0])
            continue
        yield {
            predicate.removeprefix(_FIELD): _plain(said.objects(part, predicate)[0])
            for predicate in said.predicates(part)
            if predicate.startswith(_FIELD)
        }


def _literal(value: Any) -> Literal:
    if isinstance(value, str) and _CARRIED.fullmatch(value):
        return Literal(value)
    return Literal(json.dumps(value, sort_keys=True, separators=(",", ":")), datatype=JSON)


def _plain(term: Term) -> Any:
    return json.loads(term.text) if term.datatype == str(JSON) else term.text


def _same(told: Any, registered: Any) -> bool:
    """Tell whether two values are equal, with texts, numbers and booleans told apart."""
    if isinstance(told, str):
        return bool(told == registered)
    return json.dumps(told, sort_keys=True) == json.dumps(registered, sort_keys=True)
