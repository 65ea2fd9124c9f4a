"""For machines that find their way alone: `robots.txt`, sitemaps, and the Atom feed.

All of it is made as for an anonymous reader, whoever asks: it says what is public.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, stream_with_context

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError, SearchQueryError

from ckanext.fjgov.core.catalog.directories import directories, record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE
from ckanext.fjgov.core.catalog.vocabulary import vocabulary_names
from ckanext.fjgov.core.export.atom import MEDIA_TYPE, FeedFacts, feed
from ckanext.fjgov.core.export.sitemap import MOST, robots_text, sitemap_index, sitemap_page
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.walking import NOBODY, Walk, marks
from ckanext.fjgov.web import helpers, registers
from ckanext.fjgov.web.asking import kept_pairs, search_of
from ckanext.fjgov.web.rdf.context import code_labels, readable, site_facts
from ckanext.fjgov.web.refusals import refused_search

XML = "application/xml; charset=utf-8"
NEWEST = 50
MOST_IN_FEED = 100
# A page grows until its index is read again.
_RECORDS_IN_PAGE = MOST - MOST // 10
_PAGES = ("/", "/dataset/", "/organization/", "/directory/", "/fjgov/standards", "/about")

blueprint = Blueprint("fjgov_discovery", __name__)


@blueprint.route("/robots.txt")
def robots() -> Response:
    """What robots may read, by setting; CKAN's own file allows everything but the API."""
    told = robots_text(settings.node().site_url, is_allowed=settings.robots_allowed())
    return Response(told, content_type="text/plain; charset=utf-8")


@blueprint.route("/sitemap.xml")
def sitemap() -> Response:
    """The index of the sitemaps."""
    return _xml(sitemap_index(f"{settings.node().site_url}{path}" for path in _maps()))


@blueprint.route("/sitemap-pages.xml")
def sitemap_of_pages() -> Response:
    """The public pages of the site itself."""
    folder = settings.data_folder()
    paths = [*_PAGES, *(f"/fjgov/standards/{name}" for name in vocabulary_names(folder))]
    paths += [
        f"/directory/{kind}/" for kind, one in directories().items() if one.audience == "open"
    ]
    return _xml(sitemap_page((f"{settings.node().site_url}{path}", "") for path in paths))


@blueprint.route("/sitemap-units.xml")
def sitemap_of_units() -> Response:
    """The pages of units."""
    site, asked = settings.node().site_url, request.args
    names = registers.unit_names(asked.get("after", ""), asked.get("until", ""))
    return _xml(sitemap_page((f"{site}/organization/{name}", "") for name in islice(names, MOST)))


@blueprint.route("/sitemap-records.xml")
def sitemap_of_records() -> Response:
    """The pages of entries and records that anybody may open."""
    try:
        walk = Walk(
            NOBODY,
            "",
            [_RECORDS],
            after=request.args.get("after", ""),
            until=request.args.get("until", ""),
            fields=("id", "name", "dataset_type", "metadata_modified"),
        )
    except tk.ValidationError as error:
        return refused_search(error)
    site = settings.node().site_url
    found = (
        (f"{site}{_path(one)}", str(one.get("metadata_modified") or ""))
        for one in islice(walk, MOST)
    )
    return _xml(sitemap_page(found))


@blueprint.route("/fjgov/feed.atom")
def newest() -> Response:
    """The entries changed last: of the catalog, of a unit (`organization=`), of a search."""
    query, filters = search_of(request.args)
    try:
        found = _newest(query, filters)
    except tk.ValidationError as error:
        return refused_search(error)
    facts, here = site_facts(), settings.node()
    kept = kept_pairs(request.args, "limit")
    units = registers.units_by_name(request.args.getlist("organization"))
    told = [*(unit.title for unit in units), *([f"“{query}”"] if query else [])]
    about = FeedFacts(
        address=helpers.with_query(f"{here.site_url}/fjgov/feed.atom", kept),
        page=helpers.with_query(f"{here.site_url}/dataset/", kept),
        title=" · ".join([helpers.node_title(), *told]),
        author=here.name,
        now=utc_now(),
    )
    document = feed([readable(entry) for entry in found], about, facts, code_labels())
    return Response(document, content_type=MEDIA_TYPE)


_RECORDS = f"+dataset_type:({' OR '.join(record_schemas())})"


def _maps() -> Iterator[str]:
    """Give the addresses of all sitemaps without the site."""
    yield "/sitemap-pages.xml"
    units = list(islice(registers.unit_names(), MOST - 1, None, MOST))
    yield from _ranges("/sitemap-units.xml", units)
    yield from _ranges("/sitemap-records.xml", marks(NOBODY, [_RECORDS], _RECORDS_IN_PAGE))


def _ranges(path: str, ends: Any) -> Iterator[str]:
    after = ""
    for end in ends:
        asked = {"after": after, "until": end} if after else {"until": end}
        yield f"{path}?{urlencode(asked)}"
        after = end
    yield f"{path}?{urlencode({'after': after})}" if after else path


def _path(record: dict[str, Any]) -> str:
    kind = record.get("dataset_type") or ENTRY_TYPE
    folder = "/dataset" if kind == ENTRY_TYPE else f"/directory/{kind}"
    return f"{folder}/{record['name']}"


def _newest(query: str, filters: list[str]) -> list[dict[str, Any]]:
    """Give the entries of a feed as anybody has them.

    Raises:
        ckan.logic.ValidationError: the search may not be asked, or cannot be read.
    """
    asked = request.args.get("limit", str(NEWEST))
    limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    if not 1 <= limit <= MOST_IN_FEED:
        message = f"limit 须为 1 至 {MOST_IN_FEED} 的整数 / limit is a whole number from 1 to 100"
        raise tk.ValidationError({"limit": [message]})
    wanted = {
        "q": query or "*:*",
        "fq_list": filters,
        "rows": limit,
        "sort": "metadata_modified desc, id asc",
    }
    try:
        found: dict[str, Any] = tk.get_action("package_search")(dict(NOBODY), wanted)
    except (SearchQueryError, SearchError) as error:
        message = "检索式无法识别 / the query cannot be read"
        raise tk.ValidationError({"q": [message]}) from error
    return list(found["results"])


def _xml(pieces: Iterator[bytes]) -> Response:
    return Response(stream_with_context(pieces), content_type=XML)
