"""The optional plugin `fjgov_harvest` with the real ckanext-harvest, its queues and its reports."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator

import pytest
from ckanapi import ValidationError

from ckanext.fjgov.core.catalog.canonical import DIRECTORY_KINDS
from tests.harvested.plugin_site import province_with_harvest
from tests.harvesting import HarvestingSite
from tests.integration.api import client, create_listed, sql, unique_title
from tests.integration.stack_env import StackInfo

KIND = "fjgov_node"
# Records of every directory that the city keeps itself travel, not what it was given.
LISTED = (
    "SELECT name FROM package WHERE type IN ('dataset', {}) AND state = 'active' AND NOT private"
).format(", ".join(f"'{kind}'" for kind in sorted(DIRECTORY_KINDS)))


@pytest.fixture(scope="module")
def second_province(stack: StackInfo) -> Iterator[HarvestingSite]:
    with province_with_harvest(stack) as harvester:
        yield harvester


def test_the_plugin_is_offered_and_asks_for_the_extension() -> None:
    """In the project's own environment, which has no ckanext-harvest, nothing imports it."""
    from importlib.metadata import entry_points

    (found,) = entry_points(group="ckan.plugins", name="fjgov_harvest")
    if importlib.util.find_spec("ckanext.harvest") is None:
        with pytest.raises(ModuleNotFoundError, match=r"ckanext\.harvest"):
            found.load()


def test_jobs_of_ckanext_harvest_bring_a_city_up(
    stack: StackInfo, second_province: HarvestingSite
) -> None:
    """First, changed, unchanged: the report of each job has the engine's own counts.

    One object more, `not modified`, stands for the run itself.
    """
    source = second_province.add_source("fuzhou", stack.urls["fuzhou"], KIND)
    records = {name for (name,) in sql(stack, "fuzhou", LISTED)}
    ((units,),) = sql(
        stack,
        "fuzhou",
        "SELECT count(*) FROM \"group\" WHERE is_organization AND state = 'active'"
        " AND extras ->> 'home_node' = '350100'",
    )
    first = second_province.harvest(source)
    assert first.errors == []
    assert first.counts == {"added": len(records) + units, "not modified": 1}
    assert {name for (name,) in second_province.sql(LISTED)} == records

    office = client(stack, "fuzhou", "registrar")
    added, edited, withdrawn = (create_listed(stack) for _ in range(3))
    assert second_province.harvest(source).counts == {"added": 3, "not modified": 1}
    title = unique_title("由收割插件更新")
    office.action.package_patch(id=edited["id"], title=title)
    office.action.package_delete(id=withdrawn["id"])
    changed = second_province.harvest(source)
    assert changed.errors == []
    assert changed.counts == {"updated": 1, "deleted": 1, "not modified": 1}
    shown = second_province.site.client().action.package_show(id=edited["name"])
    assert (shown["title"], shown["home_node"]) == (title, "350100")
    names = {name for (name,) in second_province.sql(LISTED)}
    assert added["name"] in names
    assert withdrawn["name"] not in names

    unchanged = second_province.harvest(source)
    assert (unchanged.errors, unchanged.counts) == ([], {"not modified": 1})
    run = second_province.sql(
        "SELECT state, trigger, requested_by FROM fjgov_sync_run ORDER BY queued_at DESC LIMIT 1"
    )
    assert run == [("verified", "harvest", "ckanext-harvest")]


def test_a_failed_run_is_an_error_of_the_job(
    stack: StackInfo, second_province: HarvestingSite
) -> None:
    """The city stops answering under its registered address: nothing is taken away."""
    source = second_province.add_source("xiamen", stack.urls["xiamen"], KIND)
    before = len(second_province.sql(LISTED))
    stack.stack.processes.stop("xiamen-web")
    try:
        result = second_province.harvest(source)
    finally:
        stack.stack.revive("xiamen-web")
    assert result.counts == {"errored": 1}
    (message,) = result.errors
    assert message.startswith("failed：")
    assert " / " in message
    assert len(second_province.sql(LISTED)) == before


def test_an_address_that_is_not_registered_is_named(second_province: HarvestingSite) -> None:
    source = second_province.add_source("stranger", "http://stranger.example", KIND)
    result = second_province.harvest(source)
    assert result.counts == {"errored": 1}
    (message,) = result.errors
    assert "http://stranger.example" in message
    assert "fjgov node add" in message


@pytest.mark.parametrize("config", ["[]", '{"full": 1}', '{"api_key": "x"}'])
def test_options_that_do_not_exist_are_refused(
    second_province: HarvestingSite, config: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        second_province.site.client().action.harvest_source_create(
            name="odd", title="odd", url="http://odd.example", source_type=KIND, config=config
        )
    assert "full" in json.dumps(caught.value.error_dict, ensure_ascii=False)
