"""The stack of the tests is alive and seeded."""

from __future__ import annotations

from ckanapi import RemoteCKAN

from tests.integration.api import sync_up
from tests.integration.stack_env import StackInfo


def test_province_holds_the_union_of_all_three_catalogs(stack: StackInfo) -> None:
    # Other tests may have written at the cities.
    sync_up(stack)
    shown = {}
    for node, url in stack.urls.items():
        site = RemoteCKAN(url, apikey=stack.credentials[node]["staff"]["token"])
        found = site.action.package_search(rows=1000, fl=["identifier", "home_node"])
        shown[node] = {row["identifier"]: row["home_node"] for row in found["results"]}
    own = {key: home for key, home in shown["province"].items() if home == "350000"}
    assert shown["province"] == {**own, **shown["fuzhou"], **shown["xiamen"]}
    assert all(len(entries) >= 40 for entries in (own, shown["fuzhou"], shown["xiamen"]))
