"""The index follows merges that go on beside it, and is checked value by value."""

from __future__ import annotations

import psycopg2
from ckanapi import RemoteCKAN

from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo
from tests.integration.test_parity import ask

NODE = "xiamen"
WORD = "榫卯构造"


def test_a_document_is_never_older_than_the_merge_it_serves(stack: StackInfo) -> None:
    report = ask(stack, "racing", count=120, rounds=12)
    assert report == {"orders_left": 0, "wrong": [], "old": [], "served": report["served"]}
    assert report["served"] > 0


def test_a_value_that_differs_is_found_and_repaired_though_the_time_is_the_same(
    stack: StackInfo,
) -> None:
    site = RemoteCKAN(stack.urls[NODE])
    name = site.action.package_search(rows=1, sort="name asc")["results"][0]["name"]
    before = _swap_notes(stack, name, WORD)
    try:
        found = ckan(stack, "fjgov", "index", "verify", key=NODE)
        assert found.returncode == 1
        assert ckan(stack, "fjgov", "index", "repair", key=NODE).returncode == 0
        hits = site.action.package_search(q=WORD, fl=["name"])["results"]
        assert [hit["name"] for hit in hits] == [name]
    finally:
        _swap_notes(stack, name, before)
        assert ckan(stack, "fjgov", "index", "repair", key=NODE).returncode == 0


def _swap_notes(stack: StackInfo, name: str, notes: str) -> str:
    """Change an abstract without its time, as no write does; gives the old one."""
    link = psycopg2.connect(stack.dsns[NODE])
    try:
        with link, link.cursor() as cursor:
            cursor.execute("SELECT notes FROM package WHERE name = %s", (name,))
            (before,) = cursor.fetchone()
            cursor.execute("UPDATE package SET notes = %s WHERE name = %s", (notes, name))
    finally:
        link.close()
    return str(before)
