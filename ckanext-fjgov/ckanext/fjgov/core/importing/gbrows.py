"""GB/T 21063.3 XML as rows of an import: the core elements, and defaults for what the core lacks.

The document speaks first; a default fills only what it leaves open, and only in a new entry. What
has no place in an entry is named in a warning. It must not invent a value.

Source: GB/T 21063.3-2007, twelve elements; standards brief 1.1 and 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.export.gbmetadata import (
    CATEGORY_STANDARDS,
    Category,
    Contact,
    GbMetadata,
    Keywords,
    Service,
    entry_from_gb,
)
from ckanext.fjgov.core.export.gbxml import InvalidGbXml
from ckanext.fjgov.core.foreign.gbset import gb_records
from ckanext.fjgov.core.foreign.record import RemoteRecord, SourceRefused

from .apply import MappedRow
from .declared import invalid, mapping_of, only_keys, text_of
from .mapping import ImportMapping, Profile, UnitMap
from .problems import LEFT_OUT, ImportRefused, error, warning
from .rows import Row

UNIT_COLUMN, CODE_COLUMN = "rpOrgName", "uscc"
# What the document decides when it names an existing entry. It cannot say more of services than
# one, and of addresses nothing that is stored here, so that these belong to new entries only.
CORE_FIELDS = (
    "title",
    "notes",
    "issued",
    "tag_string",
    "thesaurus",
    "provider_address",
    *(name for name, _ in CATEGORY_STANDARDS.values()),
)
_SINGLE = ("mdId", "resTitle", "pubDate", "abstract", "resID", "mdDateUpd", "servInfo.servURL",
           "servInfo.servType")  # fmt: skip
_MANY = ("idPoC.rpOrgName", "idPoC.cntAdd", "descKeys.keyword", "descKeys.thesaName", "onLineSrc",
         "mdContact.rpOrgName", "mdContact.cntAdd")  # fmt: skip
_XML = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?:\?xml\s|(?:\w+:)?metadata[\s>])", re.IGNORECASE)
_OWN_TO_THE_NODE = frozenset({"md_id", "md_date_updated"})


@dataclass(frozen=True, slots=True)
class GbDefaults:
    """What a person declares for the elements that the core metadata lack.

    Attributes:
        fields: field -> declared value: a text, a list of texts, or rows of texts.
        unit_name, unit_code: the unit that registers, empty to take the document's provider.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    unit_name: str = ""
    unit_code: str = ""


def parse_defaults(text: str) -> GbDefaults:
    """Read the file of defaults (YAML).

        version: 1
        reason: who declared these values and why
        unit: {name: 福州市民政局, code: 1135…}      # optional
        fields: {share_type: '1', guide_class: ['307'], legal_basis: [{title: …, number: …}]}

    Raises:
        ImportRefused: not YAML, an unknown key, no reason, or a value that is not quoted text.
    """
    if not text.strip():
        return GbDefaults()
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise invalid("", f"不是有效的 YAML（{problem}）", "not valid YAML") from problem
    top = mapping_of(raw, "（顶层）")
    only_keys(top, {"version", "reason", "unit", "fields"}, "（顶层）")
    if top.get("version") != 1:
        raise invalid("version", "只支持版本 1", "only version 1 is supported")
    fields = {
        name: _value(value, f"fields.{name}")
        for name, value in mapping_of(top.get("fields", {}), "fields").items()
    }
    if fields and not text_of(top.get("reason", ""), "reason"):
        raise invalid("reason", "声明的值须写明理由 reason", "declared values need a reason")
    unit = mapping_of(top.get("unit", {}), "unit")
    only_keys(unit, {"name", "code"}, "unit")
    return GbDefaults(
        fields=fields,
        unit_name=text_of(unit.get("name", ""), "unit.name"),
        unit_code=text_of(unit.get("code", ""), "unit.code").upper(),
    )


def _value(raw: Any, where: str) -> Any:
    if isinstance(raw, list):
        return [_value(item, where) for item in raw]
    if isinstance(raw, dict):
        return {key: text_of(value, f"{where}.{key}") for key, value in raw.items()}
    return text_of(raw, where)


def gb_mapping(profile: Profile) -> ImportMapping:
    """Return the mapping of such rows, for planning: they state their fields themselves."""
    return ImportMapping("gbxml", profile, (), UnitMap(UNIT_COLUMN, CODE_COLUMN))


@dataclass(frozen=True, slots=True)
class GbContext:
    """What the node knows of the records that come in.

    Attributes:
        site_url: addresses below it are our own pages and gateways.
        service_codes: 服务类型 name -> code.
        topic_codes: 分类方式 -> name of a class -> its codes, for documents that give names only.
        own: identifiers among the documents' that this node has given.
        unit_addresses: name of a unit -> its registered address, which exports fall back to.
    """

    site_url: str
    service_codes: Mapping[str, str] = field(default_factory=dict)
    topic_codes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    unit_addresses: Mapping[str, str] = field(default_factory=dict)


def is_gb_xml(data: bytes) -> bool:
    """Tell whether a file claims to be XML; whether of the standard, its reader says."""
    return _XML.match(data[:512]) is not None


def read_records(data: bytes, place: str) -> list[RemoteRecord]:
    """Read a document with one record or a set of them.

    Raises:
        ImportRefused: no acceptable XML of the standard.
    """
    try:
        return list(gb_records(data, place))
    except (SourceRefused, InvalidGbXml) as problem:
        raise ImportRefused("gbxml-refused", problem.zh, problem.en) from problem


def gb_rows(
    records: list[RemoteRecord],
    defaults: GbDefaults,
    context: GbContext,
    judged: Mapping[int, tuple[Finding, ...]] = MappingProxyType({}),
) -> Iterator[MappedRow]:
    """Yield the row of each record; its number is the record's place in the document, from 1.

    Args:
        judged: what the XML schema says of the records, by number (`gbjudging`).
    """
    for number, record in enumerate(records, start=1):
        yield _row(number, record, defaults, context, judged.get(number, ()))


def _row(
    number: int,
    record: RemoteRecord,
    defaults: GbDefaults,
    context: GbContext,
    judged: tuple[Finding, ...],
) -> MappedRow:
    findings: list[Finding] = list(judged)
    metadata = _metadata(number, record, context, findings)
    foreign = entry_from_gb(metadata, context.service_codes)
    entry = {name: v for name, v in foreign.fields.items() if name not in _OWN_TO_THE_NODE}
    entry["tag_string"] = ",".join(tag["name"] for tag in entry.pop("tags", []))
    unit = defaults.unit_name or foreign.provider_name
    if entry.get("provider_address") == context.unit_addresses.get(unit):
        # An export falls back to the unit's own address.
        entry.pop("provider_address", None)
    identifier = entry.get("identifier", "")
    is_known = identifier in context.own
    if identifier and not is_known:
        entry.pop("identifier")
        findings.append(_other_identifier(number, identifier))
    if not is_known:
        entry |= {"resources": _resources(foreign.addresses, context.site_url)}
        entry |= {k: v for k, v in _contacts(metadata, unit).items() if v}
        entry = {**defaults.fields, **{name: v for name, v in entry.items() if v}}
    cells = {UNIT_COLUMN: unit, CODE_COLUMN: defaults.unit_code, "resTitle": metadata.title}
    return MappedRow(
        number=number,
        unit_name=unit,
        unit_code=defaults.unit_code,
        entry=entry,
        findings=tuple(findings),
        source=Row(number, cells),
        targets=tuple(name for name in CORE_FIELDS if name != "provider_address" or name in entry),
    )


def _metadata(
    number: int, record: RemoteRecord, context: GbContext, findings: list[Finding]
) -> GbMetadata:
    cells = dict(record.cells)
    one = {name: _single(number, name, cells.pop(name, ()), findings) for name in _SINGLE}
    many = {name: cells.pop(name, ()) for name in _MANY}
    categories = tuple(_categories(number, cells, context, findings))
    findings += [_unread(number, name, texts) for name, texts in cells.items()]
    words, names = many["descKeys.keyword"], many["descKeys.thesaName"]
    service = Service(one["servInfo.servURL"], one["servInfo.servType"])
    # An entry has one provider and one thesaurus.
    for name in ("idPoC.rpOrgName", "descKeys.thesaName"):
        surplus = tuple(text for text in dict.fromkeys(many[name]) if text != many[name][0])
        findings += [_unread(number, name, surplus)] if surplus else []
    return GbMetadata(
        md_id=one["mdId"],
        title=one["resTitle"],
        published=one["pubDate"],
        abstract=one["abstract"],
        providers=_pairs(many["idPoC.rpOrgName"], many["idPoC.cntAdd"]),
        keywords=(Keywords(words, names[0] if names else ""),) if words or names else (),
        categories=categories,
        online=many["onLineSrc"] if service.type else (*many["onLineSrc"], service.url),
        identifier=one["resID"],
        service=service if service.type else None,
        maintainers=_pairs(many["mdContact.rpOrgName"], many["mdContact.cntAdd"]),
        md_updated=one["mdDateUpd"],
    )


def _single(number: int, name: str, texts: tuple[str, ...], findings: list[Finding]) -> str:
    if len(texts) > 1:
        findings.append(
            error(
                LEFT_OUT,
                "",
                f"第 {number} 条记录的元素 {name} 出现 {len(texts)} 次，标准只允许一次；请保留一个",
                f"record {number}: element {name} occurs {len(texts)} times, once is allowed; "
                "keep one",
            )
        )
    return texts[0] if texts else ""


def _pairs(names: tuple[str, ...], addresses: tuple[str, ...]) -> tuple[Contact, ...]:
    count = max(len(names), 1 if addresses else 0)
    return tuple(
        Contact(names[i] if i < len(names) else "", addresses[i] if i < len(addresses) else "")
        for i in range(count)
    )


def _categories(
    number: int,
    cells: dict[str, tuple[str, ...]],
    context: GbContext,
    findings: list[Finding],
) -> Iterator[Category]:
    for standard in CATEGORY_STANDARDS:
        codes = cells.pop(f"tpCat.{standard}", ())
        names = cells.pop(f"tpCat.{standard}.cateName", ())
        if not codes:
            known = context.topic_codes.get(standard, {})
            found = [known.get(name, ()) for name in names]
            findings += [
                _unread(number, f"tpCat（{standard}）", (name,))
                for name, code in zip(names, found, strict=True)
                if len(code) != 1
            ]
            codes = tuple(code[0] for code in found if len(code) == 1)
        for code in codes:
            yield Category(standard, "", code)


def _resources(addresses: tuple[str, ...], site_url: str) -> list[dict[str, str]]:
    own = site_url.rstrip("/") + "/"
    return [{"url": address} for address in addresses if not address.startswith(own)]


def _contacts(metadata: GbMetadata, unit: str) -> dict[str, list[dict[str, str]]]:
    """Return the maintainers that are not simply the providing unit as contacts."""
    known = {(one.name, one.address) for one in metadata.providers} | {(unit, "")}
    others = [one for one in metadata.maintainers if (one.name, one.address) not in known]
    found = [{"name": one.name, "address": one.address} for one in others if one.name]
    return {"contact": [{k: v for k, v in row.items() if v} for row in found]}


def _unread(number: int, name: str, texts: tuple[str, ...]) -> Finding:
    shown = "；".join(texts)[:80]
    return warning(
        LEFT_OUT,
        "",
        f"第 {number} 条记录的元素 {name}「{shown}」在目录中没有对应，未导入；"
        "请核对是否需要另行填写",
        f"record {number}: element {name} ({shown!r}) has no place in an entry and was left out; "
        "check whether it must be entered elsewhere",
    )


def _other_identifier(number: int, identifier: str) -> Finding:
    return warning(
        LEFT_OUT,
        "identifier",
        f"第 {number} 条记录的标识符 {identifier} 不是本节点分配的，按单位和名称匹配，"
        "新登记的由本节点另行分配",
        f"record {number}: identifier {identifier} was not given by this node; the record is "
        "matched by unit and title, a new entry gets an identifier of this node",
    )
