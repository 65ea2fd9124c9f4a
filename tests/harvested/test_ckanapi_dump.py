"""Stock ways of reading a whole catalog by the action API: ckanapi's dump and plain paging."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.sites import environment
from tests.harvested.public_view import public_entries
from tests.integration.api import client
from tests.integration.leak_corpus import Corpus
from tests.integration.stack_env import StackInfo

NODES = ("province", "fuzhou")
PAGE = 25


def ckanapi(url: str, *words: str) -> list[dict[str, Any]]:
    """Run the command `ckanapi` against a site as anybody, and read its JSON lines."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ckanapi"), *words, "-r", url],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("node", NODES)
def test_a_dump_of_all_datasets_is_the_public_catalog(
    stack: StackInfo, hidden_corpus: Corpus, node: str
) -> None:
    expected = public_entries(stack, node)
    records = ckanapi(stack.urls[node], "dump", "datasets", "--all", "-q")
    assert {record["name"]: record["id"] for record in records} == expected
    assert_gateway_only(stack, node, records, hidden_corpus)


@pytest.mark.parametrize("node", NODES)
def test_a_search_for_everything_is_the_public_catalog(
    stack: StackInfo, hidden_corpus: Corpus, node: str
) -> None:
    """`ckanapi search datasets` pages by `start` in `metadata_modified asc` order."""
    expected = public_entries(stack, node)
    records = ckanapi(stack.urls[node], "search", "datasets")
    assert {record["name"]: record["id"] for record in records} == expected
    assert len(records) == len(expected)
    assert_gateway_only(stack, node, records, hidden_corpus)


def test_a_dump_of_organizations_has_no_telephone(stack: StackInfo) -> None:
    units = ckanapi(stack.urls["fuzhou"], "dump", "organizations", "--all", "-q")
    assert {unit["name"] for unit in units} == set(
        client(stack, "fuzhou").action.organization_list(limit=1000)
    )
    assert [unit["name"] for unit in units if unit.get("telephone")] == []


@pytest.mark.parametrize("node", NODES)
def test_lists_of_names_in_pages(stack: StackInfo, node: str) -> None:
    """`package_list` by limit and offset gives every public name once."""
    expected = public_entries(stack, node)
    actions = client(stack, node).action
    names: list[str] = []
    while page := actions.package_list(limit=PAGE, offset=len(names)):
        names += page
    assert sorted(names) == sorted(expected)


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("order", ["id asc", "metadata_modified asc, id asc", "name asc"])
def test_searches_in_pages(stack: StackInfo, node: str, order: str) -> None:
    """`package_search` by rows and start gives every public entry once in any fixed order."""
    expected = public_entries(stack, node)
    actions = client(stack, node).action
    ids: list[str] = []
    while page := actions.package_search(rows=PAGE, start=len(ids), sort=order)["results"]:
        ids += [entry["id"] for entry in page]
    assert sorted(ids) == sorted(expected.values())


@pytest.mark.parametrize("node", NODES)
def test_keyset_paging_by_date_and_id(stack: StackInfo, node: str) -> None:
    """What a careful client of a plain CKAN does: it stays right while entries come and go."""
    expected = public_entries(stack, node)
    actions = client(stack, node).action
    ids: list[str] = []
    cursor = ""
    while True:
        answer = actions.package_search(
            rows=PAGE, sort="metadata_modified asc, id asc", **({"fq": cursor} if cursor else {})
        )
        page = answer["results"]
        if not page:
            break
        ids += [entry["id"] for entry in page]
        moment = f"{page[-1]['metadata_modified'][:23]}Z"
        last = page[-1]["id"]
        # Solr keeps milliseconds, the answer microseconds: the last millisecond is asked again.
        cursor = (
            f'metadata_modified:["{moment}" TO *] '
            f'-(metadata_modified:"{moment}" AND id:[* TO "{last}"])'
        )
    assert sorted(ids) == sorted(expected.values())


def assert_gateway_only(
    stack: StackInfo, node: str, records: list[dict[str, Any]], corpus: Corpus
) -> None:
    """Every address is one of the node's gateway, and nothing hidden is in the answers."""
    urls = [resource["url"] for record in records for resource in record["resources"]]
    assert urls
    assert [url for url in urls if not url.startswith(f"{stack.urls[node]}/share/")] == []
    text = json.dumps(records, ensure_ascii=False)
    hidden = [corpus.titles[kind] for kind in ("class3", "draft", "withdrawn")]
    assert [word for word in (corpus.address, corpus.inner, *hidden) if word in text] == []
