"""The search behind result pages: parameters of an address in, facts to render out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.web import helpers

PAGE_SIZE = 20
FACET_LIMIT = 200
SHOWN_VALUES = 8
NOT_FILTERS = frozenset({"q", "page", "sort"})
SORTS = (
    ("score desc, metadata_modified desc", "相关度", "Relevance"),
    ("metadata_modified desc", "最近更新", "Latest change"),
    ("issued desc", "最近发布", "Latest listing"),
    ("title_string asc", "名称", "Title"),
)


@dataclass
class ResultPage:
    """What a result page shows; `address` builds the address of a variation of the search."""

    query: str
    sort: str
    page: int
    filters: list[tuple[str, str]]
    base: str
    count: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)
    facets: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """Give the number of pages."""
        return max(1, math.ceil(self.count / PAGE_SIZE))

    @property
    def window(self) -> list[int]:
        """Give the page numbers to link around the present one."""
        near = range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)
        return sorted({1, *near, self.pages})

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Give query and filters, for the same search as a file."""
        return [*([("q", self.query)] if self.query else []), *self.filters]

    def address(
        self,
        *,
        without: tuple[str, str] | None = None,
        plus: tuple[str, str] | None = None,
        page: int = 1,
        sort: str | None = None,
    ) -> str:
        """Give the address of this search with one filter less or more, another page or order."""
        parameters = [pair for pair in self.parameters if pair != without]
        if plus:
            parameters.append(plus)
        chosen = self.sort if sort is None else sort
        if chosen:
            parameters.append(("sort", chosen))
        if page > 1:
            parameters.append(("page", str(page)))
        return helpers.with_query(self.base, parameters)


def run(
    base: str, arguments: Any, *, unit_id: str | None = None, record_type: str = ENTRY_TYPE
) -> ResultPage:
    """Search as the address says; a refused search becomes notices on an empty page.

    Args:
        base: address of the page without parameters.
        arguments: the request's parameters (a multi-dict).
        unit_id: only entries of this unit.
        record_type: of the directory that is searched.

    Cost: one search.
    """
    shown = ResultPage(
        query=arguments.get("q", "").strip(),
        sort=arguments.get("sort", ""),
        page=page_number(arguments.get("page", "1")),
        filters=[
            (name, value)
            for name, value in arguments.items(multi=True)
            if name not in NOT_FILTERS and value and not name.startswith("_")
        ],
        base=base,
    )
    titles = (
        helpers.facet_titles(of_unit=unit_id is not None)
        if record_type == ENTRY_TYPE
        else helpers.directory_facets(record_type)
    )
    if any(name == "theme_top" for name, _value in shown.filters):
        titles["theme"] = helpers.say("主题小类", "Narrower topic")
    found = _search(shown, list(titles), unit_id, record_type)
    if found is not None:
        shown.count = found["count"]
        shown.entries = found["results"]
        shown.facets = _facets(shown, titles, found["search_facets"])
    return shown


def _search(
    shown: ResultPage, facets: list[str], unit_id: str | None, record_type: str
) -> dict[str, Any] | None:
    filters = [f"dataset_type:{record_type}"]
    filters += [f'{name}:"{escaped(value)}"' for name, value in shown.filters]
    if unit_id is not None:
        filters.append(f'owner_org:"{escaped(unit_id)}"')
    wanted: dict[str, Any] = {
        "q": shown.query,
        "fq_list": filters,
        "rows": PAGE_SIZE,
        "start": (shown.page - 1) * PAGE_SIZE,
        "facet.field": facets,
        "facet.limit": FACET_LIMIT,
        "facet.mincount": 1,
    }
    if shown.sort:
        wanted["sort"] = shown.sort
    elif not shown.query:
        wanted["sort"] = "metadata_modified desc"
    try:
        answer: dict[str, Any] = tk.get_action("package_search")(reader_context(), wanted)
    except tk.ValidationError as error:
        shown.notices = messages_of(error.error_dict)
    except (SearchQueryError, SearchError):
        shown.notices = [
            helpers.say(
                "检索式无法识别，请去掉冒号、括号、引号等符号后重试",
                "The query could not be read: leave out colons, brackets and quotes",
            )
        ]
    else:
        return answer
    return None


def reader_context() -> dict[str, Any]:
    """Give the context of an action on behalf of the reader."""
    return {"user": tk.g.user, "auth_user_obj": tk.g.userobj, "for_view": True}


def messages_of(errors: dict[str, Any]) -> list[str]:
    """Give the messages of a refused call, flat."""
    flat: list[str] = []
    for value in errors.values():
        flat += [str(item) for item in (value if isinstance(value, list) else [value])]
    return flat


def _facets(
    shown: ResultPage, titles: dict[str, str], found: dict[str, Any]
) -> list[dict[str, Any]]:
    facets = []
    label: Callable[[str, dict[str, Any]], str] = helpers.facet_label
    for name, title in titles.items():
        items = sorted(
            found.get(name, {}).get("items", []), key=lambda item: (-item["count"], item["name"])
        )
        chosen = {value for key, value in shown.filters if key == name}
        values = [
            {
                "name": item["name"],
                "label": label(name, item),
                "count": item["count"],
                "active": item["name"] in chosen,
                "address": shown.address(without=(name, item["name"]))
                if item["name"] in chosen
                else shown.address(plus=(name, item["name"])),
            }
            for item in items
        ]
        if values:
            facets.append(
                {
                    "name": name,
                    "title": title,
                    "shown": values[:SHOWN_VALUES],
                    "rest": values[SHOWN_VALUES:],
                    "active": bool(chosen),
                }
            )
    return facets


def escaped(value: str) -> str:
    """Give a value as it may stand in quotes in a query."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def page_number(text: str) -> int:
    """Read a page number; anything else is the first page."""
    return int(text) if text.isascii() and text.isdigit() and int(text[:6] or 0) > 0 else 1
