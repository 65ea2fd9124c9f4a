"""Fields and weights of a text search, in one place for API and pages."""

from __future__ import annotations

from typing import Any

FIELDS = (
    "identifier^20 guide_code^20 name^4 title^4 title_cjk^4 tags^2 provider^1 text^1 text_cjk^1"
)
MIN_MATCH = "2<-1 5<80%"


def with_weights(parameters: dict[str, Any]) -> dict[str, Any]:
    """Add our field weights to a search that brings none of its own.

    A fielded query (with a colon) goes to Solr's own parser and is left alone.
    """
    query = parameters.get("q") or ""
    if "qf" not in parameters and ":" not in query:
        parameters["qf"] = FIELDS
        parameters.setdefault("mm", MIN_MATCH)
    return parameters
