"""What of a node is public, read from its database by the words of the design."""

from __future__ import annotations

from typing import Any

from tests.harvesting import HarvestingSite
from tests.integration.api import client, eventually, sql
from tests.integration.leak_corpus import Corpus
from tests.integration.stack_env import StackInfo

# Listed for anonymous under the wider setting: classes 1 and 2, 目录已发布, not private.
PUBLIC = (
    "SELECT name, id FROM package WHERE type = 'dataset' AND state = 'active' AND NOT private"
    " AND extras ->> 'share_type' IN ('1', '2')"
)


def public_entries(stack: StackInfo, node: str) -> dict[str, str]:
    """Give name -> id of the public entries, once the search index shows them, too."""
    entries = dict(sql(stack, node, PUBLIC))
    seen = eventually(
        lambda: client(stack, node).action.package_search(rows=0)["count"],
        lambda count: count == len(entries),
    )
    assert seen == len(entries), "the search index of the node differs from its database"
    return entries


def public_fields(entry: dict[str, Any]) -> dict[str, Any]:
    """Give the part of an entry that stock CKAN keeps: its own fields, tags and resources."""
    return {
        **{name: entry.get(name) or "" for name in ("id", "name", "title", "notes", "owner_org")},
        "tags": sorted(tag["name"] for tag in entry["tags"]),
        "resources": [
            {name: item.get(name) or "" for name in ("id", "name", "format", "url")}
            for item in entry["resources"]
        ],
    }


def assert_no_secret(harvester: HarvestingSite, corpus: Corpus) -> None:
    """Search everything a harvesting site stored for what it may not have."""
    text = harvester.stored_text()
    assert corpus.titles["open"] in text
    assert corpus.titles["class2"] in text
    hidden = [corpus.titles[kind] for kind in ("class3", "draft", "withdrawn")]
    found = [word for word in (corpus.address, corpus.inner, *hidden) if word in text]
    assert found == []


def addresses(entries: dict[str, dict[str, Any]]) -> set[str]:
    """Give every resource address of harvested entries, cut behind the name of the page."""
    found = set()
    for entry in entries.values():
        for resource in entry["resources"]:
            for name in ("url", "access_url", "download_url", "cache_url"):
                if resource.get(name):
                    found.add("/".join(resource[name].split("/")[:4]))
    return found
