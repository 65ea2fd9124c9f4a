"""Stock CKANHarvester reads every node unchanged: first, changed and unchanged."""

from __future__ import annotations

import pytest

from tests.harvested.public_view import (
    addresses,
    assert_no_secret,
    public_entries,
    public_fields,
)
from tests.harvesting import HarvestingSite
from tests.integration.api import client, create_listed, unique_title
from tests.integration.leak_corpus import Corpus
from tests.integration.stack_env import StackInfo

KIND = "ckan"
# The client makes the units it lacks; by default it would put all entries under one of its own.
CONFIG = {"remote_orgs": "create"}


@pytest.mark.parametrize("node", ["fuzhou", "province"])
def test_a_first_harvest_gets_exactly_the_public_entries(
    stack: StackInfo,
    city_harvester: HarvestingSite,
    province_harvester: HarvestingSite,
    hidden_corpus: Corpus,
    node: str,
) -> None:
    """The province has more than one page of what this client asks for at once (100)."""
    harvester = province_harvester if node == "province" else city_harvester
    expected = public_entries(stack, node)
    source = harvester.add_source(f"first-{node}", stack.urls[node], KIND, CONFIG)
    result = harvester.harvest(source)
    assert result.errors == []
    assert result.counts == {"added": len(expected)}
    stored = harvester.datasets(source)
    assert {name: entry["id"] for name, entry in stored.items()} == expected
    assert addresses(stored) == {f"{stack.urls[node]}/share"}
    anonymous = client(stack, node).action.package_show
    for name, entry in stored.items():
        assert public_fields(entry) == public_fields(anonymous(id=name))
    assert_no_secret(harvester, hidden_corpus)


def test_three_runs_without_a_reindex(stack: StackInfo, city_harvester: HarvestingSite) -> None:
    """First, changed, unchanged. This client knows no deletions: what left the public stays.

    It lists changes by `metadata_modified` of the last hour; an entry that is withdrawn or turned
    into class 3 is simply no longer among the answers. Our own nodes hear of both by the feed.
    """
    office = client(stack, "xiamen", "registrar")
    kept, edited, withdrawn, closed = (create_listed(stack, "xiamen") for _ in range(4))
    before = public_entries(stack, "xiamen")
    source = city_harvester.add_source("three-runs", stack.urls["xiamen"], KIND, CONFIG)
    first = city_harvester.harvest(source)
    assert first.errors == []
    assert first.counts == {"added": len(before)}
    assert set(city_harvester.datasets(source)) == set(before)

    title = unique_title("已更名的目录")
    office.action.package_patch(id=edited["id"], title=title)
    office.action.package_delete(id=withdrawn["id"])
    office.action.package_patch(id=closed["id"], share_type="3", restriction_kind=None)
    added = create_listed(stack, "xiamen")
    now = public_entries(stack, "xiamen")
    assert before.keys() - now.keys() == {withdrawn["name"], closed["name"]}

    changed = city_harvester.harvest(source)
    assert changed.errors == []
    assert (changed.counts["added"], changed.counts["updated"]) == (1, 1)
    stored = city_harvester.datasets(source)
    assert stored.keys() - now.keys() == {withdrawn["name"], closed["name"]}
    assert now.keys() <= stored.keys()
    assert stored[edited["name"]]["title"] == title
    assert added["name"] in stored
    assert kept["name"] in stored

    unchanged = city_harvester.harvest(source)
    assert unchanged.errors == []
    assert set(unchanged.counts) <= {"not modified"}
    assert city_harvester.datasets(source) == stored


def test_a_filter_by_unit_is_understood(
    stack: StackInfo, province_harvester: HarvestingSite
) -> None:
    """`organizations_filter_include` becomes `fq=organization:<name>`."""
    unit = stack.credentials["province"]["registrar"]["unit"]
    expected = client(stack, "province").action.package_search(
        fq=f"organization:{unit}", rows=1000
    )["results"]
    assert expected
    config = {**CONFIG, "organizations_filter_include": [unit]}
    source = province_harvester.add_source("one-unit", stack.urls["province"], KIND, config)
    result = province_harvester.harvest(source)
    assert result.errors == []
    assert sum(result.counts.values()) == len(expected)
