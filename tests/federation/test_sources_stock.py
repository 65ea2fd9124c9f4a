"""A real CKAN 2.12 without this extension as a foreign source: first, changed, shrunk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import yaml
from ckanapi.errors import ValidationError

from tests.federation.foreign_sites import EXAMPLES
from tests.federation.syncing import Syncer
from tests.federation.test_sources_contract import action, forget
from tests.integration.api import sql
from tests.integration.stack_env import StackInfo
from tests.stock_site import StockSite, start_stock_site

CODE = "350700"
NUMBER = 40
UNIT = "示例市教育局"


@pytest.fixture(scope="module", autouse=True)
def left_in_order() -> None:
    """The cities of the stack are not touched here."""


@pytest.fixture(autouse=True)
def settled() -> None:
    """The tests of this module follow one another."""


@pytest.fixture(scope="module")
def stock(stack: StackInfo) -> Iterator[StockSite]:
    site = start_stock_site(stack.stack, "plain")
    try:
        fill(site)
        yield site
    finally:
        site.remove()


def fill(site: StockSite) -> None:
    """Forty datasets: 36 sound, two without a theme, one of another unit, one private."""
    api = site.client().action
    api.organization_create(name="jyj", title=UNIT)
    api.organization_create(name="other", title="未登记的单位")
    api.group_create(name="education", title="教育")
    for number in range(NUMBER):
        api.package_create(**dataset(number))
    wait_for(site, NUMBER - 1)


def wait_for(site: StockSite, number: int, query: str = "*:*") -> None:
    """Wait until the site's own search knows what was written: it follows within a second."""
    anonymous = site.client(anonymous=True).action
    deadline = time.monotonic() + 20
    while anonymous.package_search(q=query, rows=0)["count"] != number:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def dataset(number: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "name": f"dataset-{number:03d}",
        "title": f"示例数据集 {number}",
        "notes": "用于试验的数据集说明，写明内容和来源。",
        "owner_org": "other" if number == 2 else "jyj",
        "private": number == 3,
        "groups": [] if number in (0, 1) else [{"name": "education"}],
        "tags": [{"name": "学校"}, {"name": f"词{number % 7}"}],
        "extras": [
            {"key": "issued", "value": "2024-03-01"},
            {"key": "frequency", "value": "monthly"},
        ],
        "resources": [
            {"name": "数据文件", "format": "CSV", "url": f"https://data.example.org/{number}.csv"}
        ],
    }
    return plain | changes


def definition(site: StockSite, **changes: Any) -> str:
    raw = yaml.safe_load((EXAMPLES / "example-ckan.yaml").read_text("utf-8"))
    port = site.url.rpartition(":")[2]
    raw["source"] |= {"code": CODE, "name": "示例站点"}
    raw |= {
        "address": site.url,
        "allow": [f"127.0.0.1:{port}"],
        "prefix": "35700",
        "scope": {"include": ["3507"]},
        "read": {"page_size": 7},
    }
    raw["consent"]["until"] = "2099-12-31"
    raw["unit"]["known"] = {UNIT: {"unit_type": "organ", "level": "city", "division": "350700"}}
    raw["fields"]["division"]["constant"] = ["350700"]
    raw["ignore"] |= changes
    return yaml.safe_dump(raw, allow_unicode=True)


@pytest.fixture(scope="module")
def source(stack: StackInfo, stock: StockSite) -> Iterator[StockSite]:
    result = action(stack).fjgov_source_add(definition=definition(stock))
    assert result["counts"] == {"listed": 36, "incomplete": 2, "refused": 1}
    assert result["fields"]["unmapped"] == {}
    try:
        yield stock
    finally:
        forget(stack, CODE)


def listed(stack: StackInfo) -> set[str]:
    rows = sql(
        stack,
        "province",
        "SELECT title FROM package WHERE type = 'dataset' AND state = 'active'"
        " AND extras ->> 'home_node' = %s",
        CODE,
    )
    return {row[0] for row in rows}


def test_a_plain_site_is_taken_completely(
    source: StockSite, stack: StackInfo, syncer: Syncer
) -> None:
    outcome = syncer.sync(CODE)
    assert (outcome.state, outcome.counts) == (
        "verified",
        {"added": 37, "incomplete": 2, "refused": 1},
    )
    assert listed(stack) == {f"示例数据集 {number}" for number in range(4, NUMBER)}
    assert syncer.sync(CODE).counts == {}


def test_its_addresses_are_behind_the_gateway_only(
    source: StockSite, stack: StackInfo, syncer: Syncer
) -> None:
    rows = sql(
        stack,
        "province",
        "SELECT r.url, p.extras::text || coalesce(r.extras, '') FROM resource r"
        " JOIN package p ON p.id = r.package_id WHERE p.extras ->> 'home_node' = %s",
        CODE,
    )
    assert len(rows) == 36
    assert all("/share/" in url and "data.example.org" not in text for url, text in rows)
    kept = sql(
        stack,
        "province",
        "SELECT addresses::text FROM fjgov_source_record WHERE source = %s AND kind = 'entry'"
        " AND op = 'put'",
        CODE,
    )
    assert sum("data.example.org" in row[0] for row in kept) == 39
    [[resource_id]] = sql(
        stack,
        "province",
        "SELECT r.id FROM resource r JOIN package p ON p.id = r.package_id"
        " WHERE p.extras ->> 'home_node' = %s ORDER BY r.id LIMIT 1",
        CODE,
    )
    # The name does not exist: that it was tried shows that the gateway answers for the source.
    answer = requests.get(
        f"{stack.urls['province']}/share/{resource_id}", timeout=60, allow_redirects=False
    )
    assert answer.status_code == 502
    assert "data.example.org" not in answer.text


def test_changes_and_deletions_follow_without_a_date(
    source: StockSite, stack: StackInfo, syncer: Syncer
) -> None:
    api = source.client().action
    api.package_patch(id="dataset-010", title="示例数据集 改名")
    for number in (11, 12, 13):
        api.package_delete(id=f"dataset-{number:03d}")
    api.package_patch(id="dataset-003", private=False)
    wait_for(source, NUMBER - 3)
    outcome = syncer.sync(CODE)
    assert (outcome.state, outcome.counts) == (
        "verified",
        {"added": 1, "changed": 1, "withdrawn": 3},
    )
    expected = {f"示例数据集 {number}" for number in range(3, NUMBER)}
    expected -= {f"示例数据集 {number}" for number in (10, 11, 12, 13)}
    assert listed(stack) == expected | {"示例数据集 改名"}


def test_a_new_field_stops_a_new_registration(source: StockSite, stack: StackInfo) -> None:
    source.client().action.package_patch(id="dataset-020", author="示例作者单位")
    result = action(stack).fjgov_source_check(definition=definition(source))
    assert result["fields"]["unmapped"] == {}
    source.client().action.package_patch(id="dataset-020", extras=[{"key": "budget", "value": "7"}])
    wait_for(source, 1, "budget:7")
    with pytest.raises(ValidationError) as refused:
        action(stack).fjgov_source_add(definition=definition(source))
    assert "extras.budget" in str(refused.value.error_dict["fields"])
    named = definition(source, **{"extras.budget": "预算不接入"})
    assert action(stack).fjgov_source_add(definition=named)["fields"]["unmapped"] == {}
