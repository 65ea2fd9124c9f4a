"""信息项 and formats: rules R9 and R10."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ckanext.fjgov.core.catalog.rules.check import Check, Row
from ckanext.fjgov.core.catalog.title import normalise_title

# Spreadsheets and databases consist of data items.
_CATEGORIES_WITH_ITEMS = frozenset({"2", "3"})
_LENGTH = re.compile(r"[1-9][0-9]{0,9}")
# Numeric types may carry a precision, as in 18,2.
_LENGTH_AND_SCALE = re.compile(r"[1-9][0-9]{0,9}(?:,[0-9]{1,3})?")


def check_content(check: Check) -> None:
    """Apply R9 and R10."""
    formats = check.texts("data_format")
    categories = list(dict.fromkeys(code.partition("/")[0] for code in formats))
    items = check.rows("items")
    if not items and _CATEGORIES_WITH_ITEMS.intersection(categories):
        check.report(
            "R9",
            "items",
            "格式为数据库或电子表格的，应逐项登记信息项",
            "a database or spreadsheet needs its data items registered",
        )
    check_item_names(check, items)
    for number, item in enumerate(items, 1):
        _check_type(check, number, item)
    for code in formats:
        _check_format(check, code)
    _check_ways(check, categories)


def check_item_names(check: Check, items: Sequence[Row]) -> None:
    """Apply R9 to the names of 信息项: each is named, no two alike."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        name = item.get("name", "")
        if not name:
            check.report(
                "R9", "items", f"第{number}项未填名称", f"item {number} has no name", "name"
            )
            continue
        first = seen.setdefault(_folded(name), number)
        if first != number:
            check.report(
                "R9",
                "items",
                f"第{number}项与第{first}项同名，请区分",
                f"items {first} and {number} have one name: tell them apart",
                "name",
            )


@lru_cache(maxsize=20_000)
def _folded(name: str) -> str:
    """Fold the name of a 信息项; a few names stand in most entries of a catalog."""
    return normalise_title(name)


def _check_type(check: Check, number: int, item: Row) -> None:
    types = check.vocabulary("item_types")
    code, length = item.get("data_type", ""), item.get("length", "")
    concept = types.get(code)
    if concept is None:
        shown = code[:40] or "空"
        check.report(
            "R9",
            "items",
            f"第{number}项“{shown}”不在代码表“{types.title_zh}”中，请从表中选取",
            f"item {number}: {code[:40]!r} is not in the code list item_types",
            "data_type",
        )
        return
    needs = concept.extra.get("length", "none")
    pattern = _LENGTH_AND_SCALE if needs == "optional" else _LENGTH
    if (length and not pattern.fullmatch(length)) or (needs == "required" and not length):
        check.report(
            "R9",
            "items",
            f"第{number}项（{concept.zh}）的长度应为大于0的整数",
            f"item {number} ({concept.en}): the length must be a whole number above 0",
            "length",
        )


def _check_format(check: Check, code: str) -> None:
    formats = check.vocabulary("formats")
    category, _, name = code.partition("/")
    heading = formats.get(category)
    if heading is None:
        # Rule C1 has already refused the category.
        return
    if not name:
        check.report(
            "R10",
            "data_format",
            f"“{category}”（{heading.zh}）未写格式类型，应如 3/mysql",
            f"category {category} ({heading.en}) has no type: write it as in 3/mysql",
        )
    elif code not in formats and heading.extra.get("open") != "yes":
        homes = [c.code for c in formats.concepts.values() if c.code.endswith(f"/{name.lower()}")]
        hint_zh = f"，应为 {homes[0]}" if homes else ""
        hint_en = f": write {homes[0]}" if homes else ""
        check.report(
            "R10",
            "data_format",
            f"格式类型“{name[:40]}”不属于{heading.zh}{hint_zh}",
            f"type {name[:40]!r} does not belong to {heading.en}{hint_en}",
        )


def _check_ways(check: Check, categories: list[str]) -> None:
    """Compare platform ways with formats: each way must fit a format, each format have a way."""
    ways = [way for way in check.texts("share_way") if way.startswith("1/")]
    if not ways or not categories:
        return
    formats, names = check.vocabulary("formats"), check.vocabulary("share_ways")
    allowed: dict[str, set[str] | None] = {}
    for category in categories:
        concept = formats.get(category)
        listed = concept.extra.get("ways") if concept else None
        allowed[category] = set(listed.split()) if listed else None
    for way in ways:
        if all(fitting is not None and way not in fitting for fitting in allowed.values()):
            labels = "、".join(formats.label(category) for category in categories)
            check.report(
                "R10",
                "share_way",
                f"“{names.label(way)}”与格式（{labels}）不符，请更正",
                f"{names.label(way, 'en')!r} does not fit the format: correct one of them",
            )
    for category, fitting in allowed.items():
        if fitting is not None and not fitting.intersection(ways):
            wanted = "或".join(names.label(way) for way in sorted(fitting))
            check.report(
                "R10",
                "share_way",
                f"格式为{formats.label(category)}的，共享方式应为{wanted}",
                f"format {formats.label(category, 'en')}: share by "
                + " or ".join(names.label(way, "en") for way in sorted(fitting)),
            )
