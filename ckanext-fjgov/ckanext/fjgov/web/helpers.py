"""Template helpers: labels of codes, facets and node facts for pages."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.directories import directories, facet_of
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.errors import UnknownVocabulary
from ckanext.fjgov.core.exchange import filter_words, quotas
from ckanext.fjgov.core.upkeep.freshness import freshness
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import LOCAL_ZONE, local_today
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.web import filter_forms, wording
from ckanext.fjgov.web.rdf.context import site_facts

FACET_LISTS = {
    "theme_top": "topics",
    "theme": "topics",
    "share_type": "share_types",
    "frequency": "cycles",
    "data_format": "formats",
    "data_format_top": "formats",
    "division": "divisions",
    "guide_class": "guide_classes",
    "guide_class_top": "guide_classes",
    "industry": "industries",
    "service_class": "service_classes",
    "exchange_status": "exchange_status",
    "exchange_mode": "exchange_modes",
    "base_database": "base_databases",
    "form_class": "form_classes",
    "home_node": "divisions",
    "open_to_public": "yes_no",
    "is_sample": "yes_no",
    "restriction_kind": "restriction_kinds",
}
FACET_LISTS |= {
    facet_of(field.name): field.codelist
    for schema in directories().values()
    for field in schema.fields
    if field.codelist is not None
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
SAMPLE_CHECK_S = 60.0

_samples: dict[str, tuple[float, bool]] = {}


def is_chinese() -> bool:
    """Say whether the page is in Chinese."""
    return str(tk.h.lang() or "zh").startswith("zh")


def say(zh: str, en: str) -> str:
    """Give the text in the language of the page."""
    return zh if is_chinese() else en


def here() -> str:
    """Give the address of this page in its language, to come back to after signing in."""
    return str(tk.h.url_for(tk.h.current_url()))


def word(family: str, key: str) -> str:
    """Give an official word of `wording` in the language of the page; an unknown key is shown."""
    pair = wording.WORDS[family].get(key)
    return say(*pair) if pair else key


def facet_titles(*, of_unit: bool = False) -> OrderedDict[str, str]:
    """Give the facets of result pages in their order: field -> title."""
    return OrderedDict(
        (name, say(zh, en)) for name, zh, en in FACETS if not (of_unit and name == "organization")
    )


def code_label(vocabulary: str, code: str) -> str:
    """Give the label of a code, or the code itself when the list does not know it."""
    try:
        concept = load_vocabulary(vocabulary, settings.data_folder()).concepts.get(code)
    except UnknownVocabulary:
        return code
    if concept is None:
        return code
    return concept.zh if is_chinese() else (concept.en or concept.zh)


def facet_label(facet: str, item: dict[str, Any]) -> str:
    """Give the label of one facet value."""
    name = str(item["name"])
    vocabulary = FACET_LISTS.get(facet)
    return code_label(vocabulary, name) if vocabulary else str(item.get("display_name") or name)


def directory_facets(record_type: str) -> OrderedDict[str, str]:
    """Give the facets of the list of a directory: unit, its codes in schema order, node."""
    schema = directories()[record_type]
    coded = [
        (facet_of(field.name), say(field.label_zh, field.label_en))
        for field in schema.fields
        if field.codelist is not None and field.name not in FACET_LISTS
    ]
    unit = schema.field("owner_org")
    return OrderedDict(
        [
            ("organization", say(unit.label_zh, unit.label_en)),
            *coded,
            ("home_node", say("目录节点", "Node")),
        ]
    )


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


def node_title() -> str:
    """Give the name of this node's catalog in the language of the page."""
    here = settings.node()
    english = f"{code_label('divisions', here.code)} Government Information Catalog"
    return say(f"{here.name}政务信息目录", english)


def node_name(code: str) -> str:
    """Give the name of a node by its division code."""
    return code_label("divisions", code)


def node_site(code: str) -> str:
    """Give the address of a registered node, or "" when it has none."""
    return str(site_facts().node_sites.get(code, "")).rstrip("/")


def person() -> Any:
    """Give the person who looks at the page."""
    return person_of(getattr(tk.g, "userobj", None))


def day(value: Any) -> str:
    """Give the local day of a stored time (naive times are UTC), or the text when it is none."""
    moment = _moment(value)
    return moment.strftime("%Y-%m-%d") if moment else str(value or "")


def moment(value: Any) -> str:
    """Give the local time to the second of a stored time."""
    found = _moment(value)
    return found.strftime("%Y-%m-%d %H:%M:%S") if found else str(value or "")


def _moment(value: Any) -> datetime | None:
    if not value or len(str(value)) == len("2026-01-01"):
        return None
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    return aware.astimezone(LOCAL_ZONE)


def is_overdue(entry: dict[str, Any]) -> bool:
    """Say whether the data are older than the stated cycle allows (Art. 13, rule R14)."""
    cycles = load_vocabulary("cycles", settings.data_folder())
    found = freshness(entry, cycles, settings.tolerance_days())
    return found is not None and found.is_overdue(local_today())


def exchange_state(entry: dict[str, Any]) -> str:
    """Give one status of 信息发布 over all modes: what is furthest along counts."""
    found = {row.get("status") for row in entry.get("exchange") or []}
    order = ("done", "claim", "claim_no", "claim_ok", "stopped")
    return next((status for status in order if status in found), "none")


def has_samples() -> bool:
    """Say whether this node lists sample data (示例). Cost: one count a minute and process."""
    site = settings.node().site_url
    known = _samples.get(site)
    now = time.monotonic()
    if known is None or now - known[0] > SAMPLE_CHECK_S:
        found = tk.get_action("package_search")({}, {"fq": "is_sample:1", "rows": 0})
        known = _samples[site] = (now, bool(found["count"]))
    return known[1]


def with_query(address: str, parameters: list[tuple[str, str]]) -> str:
    """Add parameters to an address."""
    return f"{address}?{urlencode(parameters)}" if parameters else address


def may(action: str, data: dict[str, Any] | None = None) -> bool:
    """Say whether the reader may call an action."""
    try:
        tk.check_access(action, {"user": tk.g.user}, data or {})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


# CKAN asks this helper what to call things; its own words contradict ours (见 labels: 机关单位).
THINGS = {
    "organization": ("机关单位", "government unit"),
    "group": ("分组", "group"),
    "package": ("政务信息目录", "catalog entry"),
}


def humanize_entity_type(entity_type: str, object_type: str, purpose: str) -> str:
    """Give our words for CKAN's kinds of record, whatever the page wants them for."""
    del object_type
    zh, en = THINGS.get(entity_type, (entity_type, entity_type))
    if purpose.startswith(("create", "add")):
        return say(f"登记{zh}", f"Register a {en}")
    if purpose.startswith(("update", "edit", "save")):
        return say(f"保存{zh}", f"Save the {en}")
    return say(zh, en.capitalize())


HELPERS = {
    "fjgov_filter_ops": lambda: filter_forms.OPS,
    "fjgov_filter_rows": lambda data: list(filter_forms.rows_of_filter(data)),
    "fjgov_filter_choices": filter_forms.choices_of,
    "fjgov_filter_words": filter_words.told,
    "fjgov_quota_words": quotas.told,
    "humanize_entity_type": humanize_entity_type,
    "fjgov_say": say,
    "fjgov_word": word,
    "fjgov_is_chinese": is_chinese,
    "fjgov_here": here,
    "fjgov_code_label": code_label,
    "fjgov_facet_label": facet_label,
    "fjgov_choices": choices,
    "fjgov_node": node,
    "fjgov_review_required": settings.review_required,
    "fjgov_node_title": node_title,
    "fjgov_node_name": node_name,
    "fjgov_node_site": node_site,
    "fjgov_person": person,
    "fjgov_day": day,
    "fjgov_moment": moment,
    "fjgov_is_overdue": is_overdue,
    "fjgov_exchange_state": exchange_state,
    "fjgov_has_samples": has_samples,
    "fjgov_with_query": with_query,
    "fjgov_may": may,
}
