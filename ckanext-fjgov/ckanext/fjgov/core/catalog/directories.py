"""The directories beside the 政务信息目录 (Art. 45), and which of their fields name other records.

A reference is declared and stored once, at the record that names; the named record shows the
inverse. Must not hold a rule: see `rules.directory`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from ckanext.fjgov.core.catalog.schema_model import (
    ENTRY_SCHEMA,
    FieldModel,
    ReferenceModel,
    SchemaModel,
    load_schema,
)

# 政务信息采集目录、政务数据库目录、政务应用系统目录、证照目录 (Art. 45); databases stand before the
# systems that name them.
DIRECTORY_SCHEMAS = (
    "collection_item.yaml",
    "gov_database.yaml",
    "app_system.yaml",
    "permit_type.yaml",
)


@dataclass(frozen=True, slots=True)
class Link:
    """One declared reference: the field `field` of records of `source` names others."""

    source: str
    field: FieldModel
    reference: ReferenceModel


@cache
def directories() -> Mapping[str, SchemaModel]:
    """Give record type -> schema of the four directories, in a fixed order."""
    schemas = (load_schema(name) for name in DIRECTORY_SCHEMAS)
    return MappingProxyType({schema.record_type: schema for schema in schemas})


@cache
def record_schemas() -> Mapping[str, SchemaModel]:
    """Give record type -> schema of all records that CKAN keeps as packages, entries first."""
    entry = load_schema(ENTRY_SCHEMA)
    return MappingProxyType({entry.record_type: entry, **directories()})


def facet_of(field: str) -> str:
    """Give the index field that holds the codes of a field of a directory."""
    return f"s_{field}"


@cache
def coded_facets() -> frozenset[str]:
    """Give the index fields of all codes of all directories."""
    return frozenset(
        facet_of(field.name)
        for schema in directories().values()
        for field in schema.fields
        if field.codelist is not None
    )


@cache
def links() -> tuple[Link, ...]:
    """Give every declared reference of every schema, in the order of the files."""
    return tuple(
        Link(kind, field, field.reference)
        for kind, schema in record_schemas().items()
        for field in schema.fields
        if field.reference is not None
    )


def links_from(record_type: str) -> tuple[Link, ...]:
    """Give the references that records of a type hold."""
    return tuple(link for link in links() if link.source == record_type)


def links_to(record_type: str) -> tuple[Link, ...]:
    """Give the references by which records of a type are named."""
    return tuple(link for link in links() if link.reference.target == record_type)
