"""Sitemaps (sitemaps.org 0.9): an index of pages, each a list of addresses, written in pieces.

Holds no rule about what is public: whoever calls it gives addresses that anybody may open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from ckanext.fjgov.core.export.facts import xml_text

NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
# At most so many addresses stand in one page (the protocol allows 50,000).
MOST: Final = 10_000
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TOGETHER: Final = 200
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


def sitemap_index(addresses: Iterable[str]) -> Iterator[bytes]:
    """Give the index of the pages at these addresses, as pieces of UTF-8."""
    return _written("sitemapindex", "sitemap", ((address, "") for address in addresses))


def sitemap_page(addresses: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Give one page, as pieces of UTF-8.

    Args:
        addresses: each with its time of change in UTC, as the index or the database has it; "" for
            an unknown one.
    """
    return _written("urlset", "url", addresses)


def _written(root: str, each: str, addresses: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    waiting = [f'{_HEAD}<{root} xmlns="{NAMESPACE}">\n']
    for address, changed in addresses:
        found = _TIME.match(changed)
        moment = f"<lastmod>{found[0]}Z</lastmod>" if found else ""
        waiting.append(f"<{each}><loc>{escape(xml_text(address))}</loc>{moment}</{each}>\n")
        if len(waiting) >= _TOGETHER:
            yield "".join(waiting).encode()
            waiting.clear()
    waiting.append(f"</{root}>\n")
    yield "".join(waiting).encode()


# Paths that hold nothing for a search engine: forms, accounts, the exchange, machine interfaces.
_NOT_FOR_ROBOTS: Final = (
    "/api/", "/user/", "/dashboard/", "/share/", "/fjgov/", "/feeds/", "/datastore/",
    "/dataset/new", "/dataset/edit/", "/ckan-admin/",
)  # fmt: skip
_BUT: Final = ("/fjgov/standards", "/fjgov/feed.atom", "/fjgov/favicon.svg")
LANGUAGES: Final = ("", "/en")


def robots_text(site_url: str, *, is_allowed: bool) -> str:
    """Give `robots.txt` (RFC 9309): everything refused, or the public pages allowed.

    Args:
        site_url: without a trailing slash.
    """
    if not is_allowed:
        return "User-agent: *\nDisallow: /\n"
    lines = ["User-agent: *"]
    lines += [f"Allow: {language}{path}" for language in LANGUAGES for path in _BUT]
    lines += [f"Disallow: {language}{path}" for language in LANGUAGES for path in _NOT_FOR_ROBOTS]
    return "\n".join([*lines, "Allow: /", "", f"Sitemap: {site_url}/sitemap.xml", ""])
