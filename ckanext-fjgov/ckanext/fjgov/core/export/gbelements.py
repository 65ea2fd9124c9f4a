"""The elements of GB/T 21063.3 as one table: where each stands in an entry, and what must be there.

"The core" of an entry means the fields of this table. A document of the standard carries all of
them and nothing else of the entry, so that writing, reading and importing one give the same core.

Source: GB/T 21063.3-2007, twelve elements; standards brief 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ckanext.fjgov.core.export.facts import rows, text, texts
from ckanext.fjgov.core.export.gbmetadata import GbMetadata, keywords_of, written_day

How = Literal["text", "day", "texts", "words", "service", "derived", "unit"]


@dataclass(frozen=True, slots=True)
class CoreElement:
    """One element, or one part of a compound element.

    Attributes:
        element: path of short names.
        label: 中文名称 in the standard.
        field: our field, "" when the element is built from facts of the site.
        how: how the value stands in the field: `text` trimmed, `day` CCYY-MM-DD, `texts` a list of
            codes, `words` the keywords, `service` the first 服务类型, `unit` the name of the unit,
            `derived` from name and resources.
        mandatory: 必选 in the binding that this product ships (`schemas/gbt21063_3.xsd`).
        of_node: kept by the node that registers the entry; a document does not set it there.
    """

    element: str
    label: str
    field: str
    how: How
    mandatory: bool = False
    of_node: bool = False


CORE: Final[tuple[CoreElement, ...]] = (
    CoreElement("mdId", "元数据标识符", "md_id", "text", of_node=True),
    CoreElement("resTitle", "信息资源名称", "title", "text", mandatory=True),
    CoreElement("pubDate", "信息资源发布日期", "issued", "day"),
    CoreElement("abstract", "信息资源摘要", "notes", "text", mandatory=True),
    CoreElement("idPoC/rpOrgName", "资源提供单位", "owner_org", "unit", mandatory=True),
    CoreElement("idPoC/cntAdd", "资源提供方地址", "provider_address", "text"),
    CoreElement("descKeys/keyword", "关键字", "tag_string", "words"),
    CoreElement("descKeys/thesaName", "词典名称", "thesaurus", "text"),
    CoreElement("tpCat[主题分类]", "主题分类", "theme", "texts", mandatory=True),
    CoreElement("tpCat[行业分类]", "行业分类", "industry", "texts"),
    CoreElement("tpCat[服务分类]", "服务分类", "service_class", "texts"),
    CoreElement("tpCat[资源形态分类]", "资源形态分类", "form_class", "texts"),
    CoreElement("onLineSrc", "在线资源链接地址", "", "derived", of_node=True),
    CoreElement("resID", "信息资源标识符", "identifier", "text", mandatory=True),
    CoreElement("servInfo/servURL", "服务地址", "", "derived", of_node=True),
    CoreElement("servInfo/servType", "服务类型", "service_info", "service"),
    CoreElement("mdContact", "元数据维护方", "owner_org", "unit"),
    CoreElement("mdDateUpd", "元数据更新日期", "md_date_updated", "day", of_node=True),
)


def core_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Give the core of an entry: the fields of the table with the values a document carries.

    Two entries with an equal core give equal documents at the same site.

    Args:
        entry: as `package_show` gives it, or as an import states it; `normalise_entry` it first.
    """
    found: dict[str, Any] = {}
    for one in CORE:
        if one.field and one.field not in found and (value := _value(one, entry)):
            found[one.field] = value
    return found


def _value(one: CoreElement, entry: Mapping[str, Any]) -> Any:
    if one.how == "text":
        is_of_words = one.field == "thesaurus"
        return "" if is_of_words and not keywords_of(entry) else text(entry, one.field)
    if one.how == "day":
        return written_day(text(entry, one.field))
    if one.how == "texts":
        return texts(entry, one.field)
    if one.how == "words":
        return list(keywords_of(entry))
    if one.how == "service":
        codes = (text(row, "service_type") for row in rows(entry, one.field))
        return next((code for code in codes if code), "")
    unit = entry.get("organization")
    return text(unit, "title") if isinstance(unit, Mapping) else ""


def missing_elements(metadata: GbMetadata) -> tuple[str, ...]:
    """Give the mandatory elements that a record lacks, as short names in the order of the binding.

    Such a record of a legacy catalog has no valid document; nothing may be invented for it.
    """
    present = {
        "resTitle": metadata.title,
        "abstract": metadata.abstract,
        "idPoC": any(one.name for one in metadata.providers),
        "tpCat": metadata.categories,
        "resID": metadata.identifier,
    }
    return tuple(name for name, value in present.items() if not value)


def label_of(element: str) -> str:
    """Return the 中文名称 of an element by its short name, the name itself when it has none."""
    compound = {"idPoC": "信息资源提供方", "tpCat": "信息资源分类", "descKeys": "关键字说明",
                "servInfo": "服务信息"}  # fmt: skip
    plain = {one.element: one.label for one in CORE}
    parts = {one.element.rpartition("/")[2]: one.label for one in CORE}
    return compound.get(element) or plain.get(element) or parts.get(element, element)
