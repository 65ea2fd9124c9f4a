"""Where the terms of an exported 政务信息目录 entry are read from: the inverse of `dcat.py`.

A field without a reader has no statement from which it could be told again; such fields, and values
that a statement says in other words, are stated a second time (see `registered.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ckanext.fjgov.core.export.dcat import (
    CENSUS,
    CODED_EXTENSIONS,
    FREQUENCIES,
    LANGUAGES,
    THEME_SCHEMES,
)
from ckanext.fjgov.core.export.namespaces import (
    ADMS,
    CSVW,
    DCAT,
    DCT,
    FJGOV,
    FOAF,
    IANA_MEDIA_TYPE,
    ODRL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    VCARD,
)
from ckanext.fjgov.core.export.policy import STATEMENTS
from ckanext.fjgov.core.export.reading_terms import (
    Columns,
    Reader,
    after,
    code,
    codes,
    column,
    flag,
    listed_rows,
    literal,
    literals,
    measured,
    named,
    rows,
    single_list,
)
from ckanext.fjgov.core.export.statements import Statements

LEGAL_BASIS: Final[Columns] = {
    "title": literal(DCT.title),
    "number": literal(DCT.identifier),
    "clause": literal(FJGOV.clause),
    "statement": literal(DCT.description),
}
BASES: Final = rows(FJGOV.legalBasis, LEGAL_BASIS)


def item_length(said: Statements, node: str) -> str:
    """Read 数据长度 as `20` or `12,2`."""
    length = said.text(node, str(FJGOV.length))
    decimals = said.text(node, str(FJGOV.decimals))
    return f"{length},{decimals}" if decimals else length


ITEM: Final[Columns] = {
    "id": literal(DCT.identifier),
    "name": literal(CSVW.titles),
    "name_en": literal(CSVW.name),
    "data_type": code(FJGOV.itemDataType, scheme="item-data-type"),
    "length": item_length,
    "description": literal(DCT.description),
    "required": flag(CSVW.required),
    "is_object_key": flag(FJGOV.isObjectKey),
    "share_type": code(FJGOV.shareType, scheme="share"),
    "business_object": code(FJGOV.businessObject, scheme="business-object"),
    "territory": code(DCT.spatial, scheme="division"),
    "authoritative_item": literal(PROV.wasDerivedFrom, DCT.identifier),
    "line_of_business": literal(FJGOV.lineOfBusiness),
    **{f"basis_{name}": column(FJGOV.legalBasis, reader) for name, reader in LEGAL_BASIS.items()},
}
ITEMS: Final = listed_rows(DCT.conformsTo, CSVW.column, columns=ITEM)

_CONTACT: Final[Columns] = {
    "name": literal(VCARD.fn),
    "telephone": after(VCARD.hasTelephone, start="tel:"),
    "email": after(VCARD.hasEmail, start="mailto:"),
    "address": literal(VCARD.hasAddress, VCARD["street-address"]),
}
_EXCHANGE: Final[Columns] = {
    "mode": code(FJGOV.shareMode, scheme="mode"),
    "status": code(FJGOV.exchangeStatus, scheme="exchange-status"),
    "front_node": literal(FJGOV.exchangeNode),
    "published_at": literal(DCT.issued),
    "last_sync_at": literal(DCT.modified),
}


def _size(said: Statements, node: str) -> int | None:
    text = said.text(node, str(DCAT.byteSize))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _hash(said: Statements, node: str) -> str:
    value = said.text(node, str(SPDX.checksumValue))
    start = str(SPDX["checksumAlgorithm_"])
    names = [iri.removeprefix(start) for iri in said.nodes(node, str(SPDX.algorithm))]
    return f"{names[0]}:{value}" if names and value else value


_RESOURCE: Final[Columns] = {
    "id": literal(DCT.identifier),
    "name": literal(DCT.title),
    "description": literal(DCT.description),
    "format": literal(DCT["format"]),
    "mode": code(FJGOV.shareMode, scheme="mode"),
    "mimetype": after(DCAT.mediaType, start=IANA_MEDIA_TYPE),
    "size": _size,
    "hash": column(SPDX.checksum, _hash),
}


def _mounted(said: Statements, subject: str) -> list[dict[str, object]]:
    """Read the mounted resources; a declared format has no identifier and is none."""
    found = rows(DCAT.distribution, _RESOURCE)(said, subject)
    return [row for row in found if "id" in row]


def _statement(kind: str) -> Reader:
    """Read one of the 权利 statements by its kind."""
    words = literal(RDFS.label)

    def read(said: Statements, subject: str) -> str | None:
        for node in said.nodes(subject, str(DCT.rights)):
            if kind in said.nodes(node, str(DCT.type)):
                found: str | None = words(said, node)
                return found
        return None

    return read


# Columns of the catalog and of the record itself that every package has.
SHARED_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "title": literal(DCT.title),
        "notes": literal(DCT.description),
        "identifier": literal(DCT.identifier),
        "provider_code": literal(DCT.publisher, DCT.identifier),
        "unit": literal(DCT.publisher, DCT.identifier),
    }
)

ENTRY_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        **SHARED_READERS,
        "tags": literals(DCAT.keyword),
        "thesaurus": literal(DCT.subject, SKOS.inScheme, DCT.title),
        "language": named(DCT.language, LANGUAGES),
        "frequency": named(DCT.accrualPeriodicity, FREQUENCIES),
        "issued": literal(DCT.issued),
        "data_updated_at": literal(DCT.modified),
        "guide_code": literal(ADMS.identifier, SKOS.notation, datatype=FJGOV.guideCode),
        "related": single_list(rows(DCT.relation, {"code": literal(DCT.identifier)})),
        "division": codes(DCT.spatial, scheme="division"),
        "provider_dept": literal(FJGOV.providerDepartment),
        "data_format": codes(FJGOV.dataFormat, scheme="data-format"),
        "share_way": codes(FJGOV.shareWay, scheme="share-way"),
        "share_type": code(FJGOV.shareType, scheme="share"),
        "share_way_reason": literal(FJGOV.shareWayReason),
        "restriction_kind": code(
            ODRL.hasPolicy, ODRL.permission, FJGOV.restrictionKind, scheme="restriction-kind"
        ),
        "open_to_public": flag(FJGOV.openToPublic),
        "items": ITEMS,
        "exchange": rows(FJGOV.exchangePublication, _EXCHANGE),
        "resources": _mounted,
        "legal_basis": BASES,
        "contact": rows(DCAT.contactPoint, _CONTACT, kind=VCARD.Kind),
        "source_system": literal(PROV.wasGeneratedBy, RDFS.label),
        "acquisition_licence": literal(DCT.license, RDFS.label),
        "is_sample": flag(FJGOV.isSample),
        **{name: codes(DCAT.theme, scheme=scheme) for name, scheme in THEME_SCHEMES.items()},
        **{name: measured(metric) for name, metric in CENSUS.items()},
        **{name: _statement(str(kind)) for name, (kind, _) in STATEMENTS.items()},
        **{
            name: codes(predicate, scheme=scheme)
            if name == "base_database"
            else code(predicate, scheme=scheme)
            for name, (predicate, scheme) in CODED_EXTENSIONS.items()
        },
    }
)

# What the catalog record says, read at its node.
RECORD_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {"md_id": literal(DCT.identifier), "md_date_updated": literal(DCT.modified)}
)
TOPIC: Final = str(FOAF.primaryTopic)
TYPE: Final = str(RDF.type)
