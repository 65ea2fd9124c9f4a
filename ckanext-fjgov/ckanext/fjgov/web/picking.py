"""Pick the records that another one names: what a search box offers, and titles of what is chosen.

Whoever picks is offered what they may find themselves; what else is named shows by its identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.fjgov.core.catalog.identifier import is_identifier
from ckanext.fjgov.web.searching_pages import reader_context

OFFERED = 10


def matching(record_type: str, words: str) -> list[dict[str, str]]:
    """Give the first listed records of a directory that match words or an identifier.

    Cost: one search; none for empty words.
    """
    words = words.strip()
    if not words:
        return []
    if is_identifier(words):
        return _found(record_type, {"fq_list": [f'identifier:"{words}"']})
    return _found(record_type, {"q": words})


def with_chosen(groups: list[dict[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Add to each field that names records what is chosen: `chosen` as `matching` gives it.

    Args:
        groups: as `forms.groups` gives them.
        values: of the form.

    Cost: one search for each such field with a value.
    """
    for group in groups:
        for field in group["fields"]:
            if field["reference"]:
                named = values.get(field["name"]) or []
                codes = [named] if isinstance(named, str) else named
                field["chosen"] = _titled(field["reference"], codes)
    return groups


def _titled(record_type: str, codes: Iterable[str]) -> list[dict[str, str]]:
    codes = [str(code) for code in codes]
    asked = " OR ".join(f'"{code}"' for code in codes if is_identifier(code))
    known = {}
    if asked:
        found = _found(record_type, {"fq_list": [f"identifier:({asked})"], "rows": len(codes)})
        known = {row["identifier"]: row for row in found}
    return [known.get(code, {"identifier": code, "title": "", "unit": ""}) for code in codes]


def _found(record_type: str, wanted: dict[str, Any]) -> list[dict[str, str]]:
    asked = {"rows": OFFERED, **wanted}
    asked["fq_list"] = [f"dataset_type:{record_type}", *asked.get("fq_list", [])]
    try:
        answer = tk.get_action("package_search")(reader_context(), asked)
    except (tk.ValidationError, SearchQueryError, SearchError):
        # Words that are no query match nothing.
        return []
    return [
        {
            "identifier": record["identifier"],
            "title": record["title"],
            "unit": (record.get("organization") or {}).get("title") or "",
        }
        for record in answer["results"]
    ]
