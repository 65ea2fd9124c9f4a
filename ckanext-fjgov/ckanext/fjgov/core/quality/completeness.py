"""How completely an entry is described: which elements of the standards it lacks, weighted.

The elements come from the schema; an element that a rule asks for counts only where it applies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from ckanext.fjgov.core.catalog.rules.normalise import keywords
from ckanext.fjgov.core.catalog.rules.sharing import NOT_SHARED, RESTRICTED, UNRESTRICTED
from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, FieldModel, load_schema

# An element of the 2017 guide says most to a user; one of GB/T 21063.3 alone less; the guide's
# extension (E numbers: census, systems) least.  Own weights.
GUIDE_WEIGHT, GB_WEIGHT, EXTENSION_WEIGHT = 3, 2, 1
# The topic is mandatory; one more classification of any kind completes element tpCat.
_OTHER_CLASSES = "other_classes"
_ITEM_FORMATS = frozenset({"2", "3"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element that an entry may have: any of `fields` gives it."""

    name: str
    fields: tuple[str, ...]
    label_zh: str
    label_en: str
    weight: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete an entry is.

    Attributes:
        share: weight of what is there over the weight of what applies, in [0, 1].
        missing: elements that apply and are empty, the heaviest first.
    """

    share: float
    missing: tuple[Element, ...]


def completeness(entry: Mapping[str, Any]) -> Completeness:
    """Say which elements of GB/T 21063.3 and of the 2017 guide an entry lacks.

    Args:
        entry: fields as given by `normalise_entry`, with `tags`.

    Cost: O(number of elements).
    """
    due = [element for element in elements() if _applies(element.name, entry)]
    missing = [element for element in due if not any(_has(entry, name) for name in element.fields)]
    total = sum(element.weight for element in due)
    share = 1 - sum(element.weight for element in missing) / total
    return Completeness(share, tuple(sorted(missing, key=lambda element: -element.weight)))


@cache
def elements() -> tuple[Element, ...]:
    """Give all elements in the order of the schema: those of a standard that a person fills in."""
    fields = [
        field
        for field in load_schema(ENTRY_SCHEMA).fields
        if field.obligation != "S" and (field.gb or field.guide)
    ]
    classes = [field for field in fields if field.category_standard and field.obligation == "O"]
    found = [
        Element(field.name, (field.name,), field.label_zh, field.label_en, _weight(field))
        for field in fields
        if field not in classes
    ]
    names = tuple(field.name for field in classes)
    other = Element(_OTHER_CLASSES, names, "主题以外的分类", "a further class", GB_WEIGHT)
    return (*found, other)


def _weight(field: FieldModel) -> int:
    if field.guide is None:
        return GB_WEIGHT
    return EXTENSION_WEIGHT if field.guide.startswith("E") else GUIDE_WEIGHT


def _has(entry: Mapping[str, Any], name: str) -> bool:
    return bool(keywords(entry)) if name == "tag_string" else bool(entry.get(name))


def _applies(name: str, entry: Mapping[str, Any]) -> bool:
    asked = _ASKED_FOR.get(name)
    return asked is None or asked(entry)


def _is_restricted(entry: Mapping[str, Any]) -> bool:
    return entry.get("share_type") == RESTRICTED


def _has_items(entry: Mapping[str, Any]) -> bool:
    return any(code.partition("/")[0] in _ITEM_FORMATS for code in _texts(entry, "data_format"))


def _is_off_platform(entry: Mapping[str, Any]) -> bool:
    return any(not way.startswith("1/") for way in _texts(entry, "share_way"))


def _is_service(entry: Mapping[str, Any]) -> bool:
    return "1/service" in _texts(entry, "share_way")


def _texts(entry: Mapping[str, Any], name: str) -> list[str]:
    value = entry.get(name)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


# When an element of obligation C is asked for; the others always are.  A thesaurus and a character
# set say something only of keywords and of files.
_ASKED_FOR: Mapping[str, Callable[[Mapping[str, Any]], bool]] = MappingProxyType(
    {
        "thesaurus": lambda entry: bool(keywords(entry)),
        "items": _has_items,
        "share_usage": lambda entry: entry.get("share_type") in (UNRESTRICTED, RESTRICTED),
        "share_condition": _is_restricted,
        "share_scope": _is_restricted,
        "share_way": lambda entry: entry.get("share_type") != NOT_SHARED,
        "share_way_reason": _is_off_platform,
        "open_condition": lambda entry: entry.get("open_to_public") == "1",
        "service_info": _is_service,
        # Nothing need be related to an entry.
        "related": lambda _entry: False,
    }
)
