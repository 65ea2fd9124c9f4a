"""Atom feed of the newest entries (RFC 4287); entries are named by their stable `/id/…` URIs.

Must be given entries as an anonymous reader has them: a feed is fetched, kept and passed on by
machines of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from feedgen.feed import FeedGenerator

from ckanext.fjgov.core.export.facts import (
    CodeLabels,
    Entry,
    SiteFacts,
    dataset_uri,
    landing_page,
    term_scheme,
    text,
    texts,
    xml_text,
)
from ckanext.fjgov.core.export.gbmetadata import written_day
from ckanext.fjgov.core.export.units import unit_value

MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What a feed says of itself.

    Attributes:
        address: where the feed is; also its id.
        page: the page that shows the same to people.
        title: of the feed.
        author: who publishes the catalog.
        now: when an empty feed says that it changed.
    """

    address: str
    page: str
    title: str
    author: str
    now: datetime


def feed(entries: Iterable[Entry], about: FeedFacts, facts: SiteFacts, labels: CodeLabels) -> bytes:
    """Write the feed.

    Args:
        entries: in the order of the feed, the newest first.

    Cost: in memory; for a feed of a hundred entries at most.
    """
    made = FeedGenerator()
    made.id(xml_text(about.address))
    made.title(xml_text(about.title))
    made.author({"name": xml_text(about.author)})
    made.link(href=xml_text(about.address), rel="self", type="application/atom+xml")
    made.link(href=xml_text(about.page), rel="alternate", type="text/html")
    made.generator("ckanext-fjgov")
    newest: datetime | None = None
    for entry in entries:
        changed = moment_of(text(entry, "metadata_modified")) or about.now
        newest = max(newest or changed, changed)
        _add(made, entry, changed, facts, labels)
    made.updated(newest or about.now)
    written: bytes = made.atom_str(encoding="UTF-8")
    return written


def _add(
    made: FeedGenerator, entry: Entry, changed: datetime, facts: SiteFacts, labels: CodeLabels
) -> None:
    item = made.add_entry(order="append")
    uri = str(dataset_uri(entry, facts))
    item.id(uri)
    item.title(text(entry, "title") or uri)
    item.updated(changed)
    if day := written_day(text(entry, "issued")):
        item.published(datetime.fromisoformat(day).replace(tzinfo=timezone.utc))
    item.link(href=str(landing_page(entry, facts)), rel="alternate", type="text/html")
    if unit := unit_value(entry, facts, "title"):
        item.author({"name": unit})
    if notes := text(entry, "notes"):
        item.summary(notes)
    scheme = str(term_scheme("topic"))
    for code in texts(entry, "theme"):
        named = labels.label("topic", code)
        item.category(term=code, scheme=scheme, label=named[0] if named else code)


def moment_of(value: str) -> datetime | None:
    """Return a stored time of change (UTC, with or without a zone), None when it is none."""
    try:
        moment = datetime.fromisoformat(value.removesuffix("Z"))
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
