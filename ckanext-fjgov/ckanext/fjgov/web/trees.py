"""Indexes of entries as trees: counts by topic, guide class, division and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.trees import Branch, Place, tree_of
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.logic import settings
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.searching_pages import reader_context


@dataclass(frozen=True, slots=True)
class Axis:
    """One way to arrange the entries.

    Attributes:
        zh, en: what pages call it.
        facet: index field with the codes, by which links filter.
        top: index field that counts an entry once for each code at the top, "" when there is none.
        vocabulary: list of the codes, "" for units.
    """

    zh: str
    en: str
    facet: str
    top: str = ""
    vocabulary: str = ""


AXES: Mapping[str, Axis] = {
    "topics": Axis("主题分类", "Topics", "theme", "theme_top", "topics"),
    "classes": Axis(
        "信息资源分类", "Guide classes", "guide_class", "guide_class_top", "guide_classes"
    ),
    "divisions": Axis("行政区划", "Divisions", "division", "", "divisions"),
    "units": Axis("信息发布单位", "Providing units", "organization"),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree with the counts at its top.

    Attributes:
        entries: that the reader may see, in all.
        tops: code at the top -> entries with a code of its branch, each once; empty when the
            index does not count them.
    """

    entries: int
    branches: tuple[Branch, ...]
    tops: Mapping[str, int]


def tree(axis: Axis) -> Tree:
    """Count the entries along an axis. Cost: one search; for units, some small queries more."""
    fields = [name for name in (axis.facet, axis.top) if name]
    found = tk.get_action("package_search")(
        reader_context(),
        {
            "fq_list": ["dataset_type:dataset"],
            "rows": 0,
            "facet.field": fields,
            "facet.limit": -1,
            "facet.mincount": 1,
        },
    )
    counts: dict[str, int] = found["facets"].get(axis.facet, {})
    tops: dict[str, int] = found["facets"].get(axis.top, {}) if axis.top else {}
    places = _codes(axis.vocabulary) if axis.vocabulary else _units(list(counts))
    branches = tree_of(places, counts, keep_top=axis.vocabulary == "topics")
    return Tree(found["count"], branches, tops)


def _codes(vocabulary: str) -> list[Place]:
    concepts = load_vocabulary(vocabulary, settings.data_folder()).concepts
    return [
        Place(concept.code, helpers.say(concept.zh, concept.en or concept.zh), concept.parent)
        for concept in concepts.values()
    ]


def _units(names: list[str]) -> list[Place]:
    """Give the units with entries and those above them, each under its parent unit."""
    units = {unit.name: unit for unit in registers.units_by_name(names)}
    fresh = list(units.values())
    while fresh:
        codes = {unit.extras.get("parent_uscc") or "" for unit in fresh} - {""}
        above = registers.units_by_code(sorted(codes)).values()
        fresh = [unit for unit in above if unit.name not in units]
        units |= {unit.name: unit for unit in fresh}
    by_code = {unit.extras.get("uscc"): unit.name for unit in units.values()}
    ordered = sorted(
        units.values(), key=lambda unit: (unit.extras.get("home_node") or "", unit.title)
    )
    return [
        Place(unit.name, unit.title, by_code.get(unit.extras.get("parent_uscc") or None))
        for unit in ordered
    ]
