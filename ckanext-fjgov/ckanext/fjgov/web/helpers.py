"""Template helpers: labels of codes, facets and node facts for pages."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.readers import person_of

FACET_LISTS = {
    "theme_top": "topics",
    "theme": "topics",
    "share_type": "share_types",
    "frequency": "cycles",
    "data_format": "formats",
    "data_format_top": "formats",
    "division": "divisions",
    "guide_class": "guide_classes",
    "industry": "industries",
    "exchange_status": "exchange_status",
    "base_database": "base_databases",
    "form_class": "form_classes",
}
FACETS = (
    ("organization", "信息发布单位", "Providing unit"),
    ("theme_top", "主题分类", "Topic"),
    ("guide_class", "信息资源分类", "Class"),
    ("share_type", "共享类型", "Share class"),
    ("frequency", "更新周期", "Update cycle"),
    ("data_format", "格式", "Format"),
    ("division", "行政区划", "Division"),
    ("home_node", "目录节点", "Node"),
    ("exchange_status", "信息发布状态", "Publication"),
    ("issued_year", "发布年份", "Year"),
)


def is_chinese() -> bool:
    """Say whether the page is in Chinese."""
    return str(tk.h.lang() or "zh").startswith("zh")


def say(zh: str, en: str) -> str:
    """Give the text in the language of the page."""
    return zh if is_chinese() else en


def facet_titles(*, of_unit: bool = False) -> OrderedDict[str, str]:
    """Give the facets of result pages in their order: field -> title."""
    return OrderedDict(
        (name, say(zh, en)) for name, zh, en in FACETS if not (of_unit and name == "organization")
    )


def code_label(vocabulary: str, code: str) -> str:
    """Give the label of a code, or the code itself when the list does not know it."""
    concept = load_vocabulary(vocabulary, settings.data_folder()).concepts.get(code)
    if concept is None:
        return code
    return concept.zh if is_chinese() else (concept.en or concept.zh)


def facet_label(facet: str, item: dict[str, Any]) -> str:
    """Give the label of one facet value."""
    name = str(item["name"])
    if facet == "home_node":
        return code_label("divisions", name)
    vocabulary = FACET_LISTS.get(facet)
    return code_label(vocabulary, name) if vocabulary else str(item.get("display_name") or name)


def choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the selectable codes of a schema field, for scheming's form."""
    concepts = load_vocabulary(field["codelist"], settings.data_folder()).concepts
    return [
        {"value": concept.code, "label": {"zh_Hans_CN": concept.zh, "en": concept.en or concept.zh}}
        for concept in concepts.values()
        if concept.selectable
    ]


def node() -> settings.NodeSettings:
    """Give this node's settings."""
    return settings.node()


def person() -> Any:
    """Give the person who looks at the page."""
    return person_of(getattr(tk.g, "userobj", None))


HELPERS = {
    "fjgov_say": say,
    "fjgov_is_chinese": is_chinese,
    "fjgov_code_label": code_label,
    "fjgov_facet_label": facet_label,
    "fjgov_choices": choices,
    "fjgov_node": node,
    "fjgov_person": person,
}
