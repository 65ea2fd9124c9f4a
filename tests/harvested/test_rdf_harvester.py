"""Stock RDF harvester of ckanext-dcat reads every node unchanged: first, changed and unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harvested.public_view import addresses, assert_no_secret, public_entries
from tests.harvesting import HarvestingSite
from tests.integration.api import client, create_listed, sql, unique_title
from tests.integration.leak_corpus import Corpus
from tests.integration.stack_env import StackInfo

KIND = "dcat_rdf"


def by_identifier(entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give harvested entries by their URI: the client makes names and ids of its own."""
    found = {}
    for entry in entries.values():
        extras = {extra["key"]: extra["value"] for extra in entry["extras"]}
        found[extras["uri"]] = entry
    return found


def public_uris(stack: StackInfo, node: str) -> dict[str, str]:
    """Give URI at the home node -> title of the public entries of a node."""
    names = list(public_entries(stack, node))
    homes = {item.code: item.url for item in stack.nodes.values()}
    rows = sql(
        stack,
        node,
        "SELECT extras ->> 'home_node', extras ->> 'identifier', title FROM package"
        " WHERE name = ANY(%s)",
        names,
    )
    return {f"{homes[home]}/id/{identifier}": title for home, identifier, title in rows}


@pytest.mark.parametrize(("node", "format_"), [("fuzhou", "xml"), ("province", "ttl")])
def test_a_first_harvest_gets_exactly_the_public_entries(
    stack: StackInfo,
    city_harvester: HarvestingSite,
    province_harvester: HarvestingSite,
    hidden_corpus: Corpus,
    node: str,
    format_: str,
) -> None:
    """The province has more than one page; the client follows `hydra:next`."""
    harvester = province_harvester if node == "province" else city_harvester
    expected = public_uris(stack, node)
    url = f"{stack.urls[node]}/catalog.{format_}"
    source = harvester.add_source(f"rdf-{node}", url, KIND)
    result = harvester.harvest(source)
    assert result.errors == []
    assert sum(result.counts.values()) == len(expected)
    stored = by_identifier(harvester.datasets(source))
    assert {uri: entry["title"] for uri, entry in stored.items()} == expected
    # Entries without a resource are described as reached by their page.
    gateway, pages = f"{stack.urls[node]}/share", f"{stack.urls[node]}/dataset"
    assert gateway in addresses(stored) <= {gateway, pages}
    assert_no_secret(harvester, hidden_corpus)


def test_three_runs_without_a_reindex(stack: StackInfo, city_harvester: HarvestingSite) -> None:
    """First, changed, unchanged. This client compares what it read with what it has.

    So it deletes what is withdrawn and what became class 3. It knows no "unchanged": every run
    writes every entry again.
    """
    office = client(stack, "xiamen", "registrar")
    edited, withdrawn, closed = (create_listed(stack, "xiamen") for _ in range(3))
    first_uris = public_uris(stack, "xiamen")
    source = city_harvester.add_source(
        "rdf-three-runs", f"{stack.urls['xiamen']}/catalog.jsonld", KIND
    )
    first = city_harvester.harvest(source)
    assert first.errors == []
    assert first.counts == {"added": len(first_uris)}
    before = by_identifier(city_harvester.datasets(source))
    assert before.keys() == first_uris.keys()

    title = unique_title("已更名的目录")
    office.action.package_patch(id=edited["id"], title=title)
    office.action.package_delete(id=withdrawn["id"])
    office.action.package_patch(id=closed["id"], share_type="3", restriction_kind=None)
    create_listed(stack, "xiamen")
    now = public_uris(stack, "xiamen")
    assert len(before.keys() - now.keys()) == 2

    changed = city_harvester.harvest(source)
    assert changed.errors == []
    assert changed.counts == {"added": 1, "deleted": 2, "updated": len(now) - 1}
    after = by_identifier(city_harvester.datasets(source))
    assert {uri: entry["title"] for uri, entry in after.items()} == now
    assert title in now.values()
    # The ids that others link to stay.
    assert {uri: after[uri]["id"] for uri in before.keys() & now.keys()} == {
        uri: before[uri]["id"] for uri in before.keys() & now.keys()
    }

    unchanged = city_harvester.harvest(source)
    assert unchanged.errors == []
    assert unchanged.counts == {"updated": len(now)}
    again = by_identifier(city_harvester.datasets(source))
    assert {uri: entry["title"] for uri, entry in again.items()} == now
