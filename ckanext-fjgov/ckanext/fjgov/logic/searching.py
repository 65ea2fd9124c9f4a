"""Fields and weights of a text search, in one place for API and pages.

Measured on the judged queries and on the known-item queries of `tests/bench`; see docs/search.md.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from flask import g, has_request_context

import ckan.plugins.toolkit as tk

REFUSED_SEARCH = "fjgov_refused_search"

# A code is one token of its field, so that a code typed whole outweighs every word match.
CODES = "identifier^20 guide_code^20 provider_code^20"
TITLE = "name^4 title^4 title_cjk^8"
REST = "tags^2 provider^1 text^1 text_cjk^1"
FIELDS = f"{CODES} {TITLE} {REST}"
# Of one or two words all count, of three to five all but one, of more four fifths (CKAN's own).
MIN_MATCH = "2<-1 5<80%"
_OPERATORS = frozenset({"AND", "OR", "NOT", "&&", "||"})
_SPACE = re.compile(r"[\s\u3000]+")


def with_weights(parameters: dict[str, Any]) -> dict[str, Any]:
    """Add our field weights to a search that brings none of its own.

    A fielded query (with a colon) goes to Solr's own parser and is left alone.
    """
    query = parameters.get("q") or ""
    if "qf" not in parameters and ":" not in query:
        parameters["q"] = _without_dangling(query)
        parameters["qf"] = FIELDS
        parameters.setdefault("mm", MIN_MATCH)
    return parameters


def _without_dangling(query: str) -> str:
    """Drop operators that join nothing: the parser refuses a whole query for one of them."""
    words = [word for word in _SPACE.split(query) if word]
    kept: list[str] = []
    for word in words:
        if word not in _OPERATORS or (kept and kept[-1] not in _OPERATORS):
            kept.append(word)
    while kept and kept[-1] in _OPERATORS:
        kept.pop()
    return " ".join(kept) if len(kept) < len(words) else query


def refuse(errors: dict[str, list[str]]) -> NoReturn:
    """Refuse a search as a bad request (400).

    Args:
        errors: messages by parameter.

    Raises:
        ValidationError: always; stock clients know it.
    """
    if has_request_context():
        setattr(g, REFUSED_SEARCH, True)
    raise tk.ValidationError(errors)
