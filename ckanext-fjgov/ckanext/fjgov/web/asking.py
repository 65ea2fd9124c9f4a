"""What an address asks of a search, in one way for pages, lists and files."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.web.searching_pages import NOT_FILTERS, escaped

# Parameters of lists and files beside those of the result pages.
OWN = NOT_FILTERS | {"fq", "limit", "after", "header", "codes"}


def search_of(
    arguments: MultiDict[str, str], record_type: str = ENTRY_TYPE
) -> tuple[str, list[str]]:
    """Give query and filters for the address of a result page, or of a search by API.

    Args:
        arguments: `q`, filters as `field=value` as on the result pages, and `fq` as in the API.
        record_type: of the directory that is searched.
    """
    filters = [f"+dataset_type:{record_type}"]
    filters += [f'+{name}:"{escaped(value)}"' for name, value in filter_pairs(arguments)]
    filters += [text for text in arguments.getlist("fq") if text.strip()]
    return arguments.get("q", "").strip(), filters


def filter_pairs(arguments: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Give the filters of an address, each as name and value."""
    return [
        (name, value)
        for name, value in arguments.items(multi=True)
        if name not in OWN and value and not name.startswith("_")
    ]


def kept_pairs(arguments: MultiDict[str, str], *left_out: str) -> list[tuple[str, Any]]:
    """Give all parameters of an address but some, to link a variation of it."""
    return [(name, value) for name, value in arguments.items(multi=True) if name not in left_out]
