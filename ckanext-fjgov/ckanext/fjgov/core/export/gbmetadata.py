"""GB/T 21063.3-2007 core metadata of one entry as values, and its two ways to our fields.

Must not carry a real address: what leaves the catalog names its page and its gateway only.

Source: GB/T 21063.3-2007, twelve elements; standards brief 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from ckanext.fjgov.core.catalog.rules import keywords
from ckanext.fjgov.core.export.distribution import SERVICE_MODES, gateway_url
from ckanext.fjgov.core.export.facts import (
    CodeLabels,
    Entry,
    SiteFacts,
    landing_page,
    rows,
    text,
    texts,
    xml_text,
)
from ckanext.fjgov.core.export.units import unit_value

# 分类方式 (cateStd) <-> field and scheme of its codes.
CATEGORY_STANDARDS: Final[dict[str, tuple[str, str]]] = {
    "主题分类": ("theme", "topic"),
    "行业分类": ("industry", "industry"),
    "服务分类": ("service_class", "service-class"),
    "资源形态分类": ("form_class", "form-class"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """信息资源提供方 (idPoC) or 元数据维护方 (mdContact): name and address of a unit."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Keywords:
    """关键字说明 (descKeys): words and the thesaurus they come from."""

    words: tuple[str, ...]
    thesaurus: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """信息资源分类 (tpCat): 分类方式, 类目名称, 类目编码."""

    standard: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Service:
    """服务信息 (servInfo): address and type (name of the code list)."""

    url: str
    type: str


@dataclass(frozen=True, slots=True)
class GbMetadata:
    """The twelve elements; texts are trimmed, "" and () mean absent, dates are CCYY-MM-DD."""

    md_id: str = ""
    title: str = ""
    published: str = ""
    abstract: str = ""
    providers: tuple[Contact, ...] = ()
    keywords: tuple[Keywords, ...] = ()
    categories: tuple[Category, ...] = ()
    online: tuple[str, ...] = ()
    identifier: str = ""
    service: Service | None = None
    maintainers: tuple[Contact, ...] = ()
    md_updated: str = ""


@dataclass(frozen=True, slots=True)
class ForeignEntry:
    """A parsed record in our field names.

    Attributes:
        fields: field name -> value, only what the document states.
        provider_name: name of the providing unit, for the unit mapping of the source.
        addresses: real addresses of the source; they belong in the address table only.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    provider_name: str = ""
    addresses: tuple[str, ...] = ()


def gb_from_entry(entry: Entry, facts: SiteFacts, labels: CodeLabels) -> GbMetadata:
    """Read the core metadata of a masked entry.

    Args:
        entry: masked entry as for `entry_triples`.
        facts: site and unit.
        labels: names of codes; a category without a name has an empty one.
    """
    provider = Contact(
        unit_value(entry, facts, "title"),
        text(entry, "provider_address") or text(facts.unit, "address"),
    )
    words = keywords_of(entry)
    known = (provider,) if provider.name else ()
    return GbMetadata(
        md_id=text(entry, "md_id"),
        title=text(entry, "title"),
        published=written_day(text(entry, "issued")),
        abstract=text(entry, "notes"),
        providers=known,
        keywords=(Keywords(words, text(entry, "thesaurus")),) if words else (),
        categories=tuple(_categories(entry, labels)),
        online=_addresses(entry, facts),
        identifier=text(entry, "identifier"),
        service=_service(entry, facts, labels),
        maintainers=known,
        md_updated=written_day(text(entry, "md_date_updated")),
    )


def keywords_of(entry: Entry) -> tuple[str, ...]:
    """Return the keywords of an entry that a document can carry."""
    words = (xml_text(word) for word in keywords(entry))
    return tuple(dict.fromkeys(word for word in words if word))


def written_day(value: str) -> str:
    """Return a day as a document may state it, "" for what is none (days are optional)."""
    day = value[: len("2010-11-12")]
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        return ""


def _categories(entry: Entry, labels: CodeLabels) -> list[Category]:
    """Return every classification of an entry, 主题分类 first."""
    return [
        Category(standard, (labels.label(scheme, code) or ("", ""))[0], code)
        for standard, (name, scheme) in CATEGORY_STANDARDS.items()
        for code in texts(entry, name)
    ]


def _addresses(entry: Entry, facts: SiteFacts) -> tuple[str, ...]:
    """Return 在线资源链接地址: the page of the entry and the gateway of each resource."""
    if not (text(entry, "name") or text(entry, "id")):
        return ()
    gateways = [
        str(gateway_url(text(resource, "id"), facts))
        for resource in rows(entry, "resources")
        if text(resource, "id")
    ]
    return (str(landing_page(entry, facts)), *gateways)


def _service(entry: Entry, facts: SiteFacts, labels: CodeLabels) -> Service | None:
    """Return 服务信息 with the gateway of the first service, else the page to apply at."""
    codes = [text(row, "service_type") for row in rows(entry, "service_info")]
    codes = [code for code in codes if code]
    if not codes:
        return None
    gateways = [
        str(gateway_url(text(resource, "id"), facts))
        for resource in rows(entry, "resources")
        if text(resource, "id") and text(resource, "mode") in SERVICE_MODES
    ]
    named = labels.label("service-type", codes[0])
    address = gateways[0] if gateways else str(landing_page(entry, facts))
    return Service(address, named[0] if named else codes[0])


def entry_from_gb(
    metadata: GbMetadata, service_codes: Mapping[str, str] | None = None
) -> ForeignEntry:
    """Translate core metadata of a foreign catalog into our fields.

    Nothing is added: an element the document lacks stays absent, and checks report it.

    Args:
        metadata: what `parse_gbxml` gave.
        service_codes: 服务类型 name -> code; an unknown name is kept as it is.
    """
    scalars = {
        "md_id": metadata.md_id,
        "title": metadata.title,
        "issued": metadata.published,
        "notes": metadata.abstract,
        "identifier": metadata.identifier,
        "md_date_updated": metadata.md_updated,
        "thesaurus": next((one.thesaurus for one in metadata.keywords if one.thesaurus), ""),
        "provider_address": metadata.providers[0].address if metadata.providers else "",
    }
    fields: dict[str, Any] = {name: value for name, value in scalars.items() if value}
    words = dict.fromkeys(word for group in metadata.keywords for word in group.words)
    if words:
        fields["tags"] = [{"name": word} for word in words]
    for standard, (name, _) in CATEGORY_STANDARDS.items():
        codes = [one.code for one in metadata.categories if one.standard == standard and one.code]
        if codes:
            fields[name] = list(dict.fromkeys(codes))
    addresses = list(metadata.online)
    if metadata.service is not None:
        kind = metadata.service.type
        fields["service_info"] = [{"service_type": (service_codes or {}).get(kind, kind)}]
        addresses.append(metadata.service.url)
    return ForeignEntry(
        fields=fields,
        provider_name=metadata.providers[0].name if metadata.providers else "",
        addresses=tuple(dict.fromkeys(one for one in addresses if one)),
    )
