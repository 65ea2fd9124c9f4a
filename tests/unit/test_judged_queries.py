"""Facts about the judged queries, so that a good score on them means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.fjgov.core.catalog.title import normalise_title
from deploy.samples import NODE_KEYS, load_samples

DATA = Path(__file__).resolve().parents[1] / "data"
CONFIGSET = Path(__file__).resolve().parents[2] / "deploy" / "solr" / "configset"
SYNONYMS = CONFIGSET / "synonyms_zh.txt"
KINDS = {
    "synonym",
    "item",
    "paraphrase",
    "mixed",
    "fullwidth",
    "identifier",
    "provider",
    "topic",
    "partial",
    "variant",
}
# Every sample entry by `node/title`.
ENTRIES = {
    f"{node}/{entry['title']}": entry
    for node in NODE_KEYS
    for entry in load_samples(node, date(2026, 11, 22)).entries
}
CODES = {"identifier_of", "guide_code_of", "uscc_of"}


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    return list(yaml.safe_load((DATA / "judged_queries.yaml").read_text("utf-8")))


@pytest.fixture(scope="module")
def titles() -> set[str]:
    return set(ENTRIES)


def text_queries(queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [query for query in queries if isinstance(query["query"], str)]


def runs(text: str, length: int) -> set[str]:
    folded = normalise_title(text)
    return {folded[start : start + length] for start in range(len(folded) - length + 1)}


def shares_a_run(query: dict[str, Any], length: int) -> bool:
    asked = runs(query["query"], length)
    return any(asked & runs(title.split("/", 1)[1], length) for title in query["expected"])


def test_there_are_enough_of_every_kind(queries: list[dict[str, Any]]) -> None:
    counts = Counter(query["kind"] for query in queries)
    assert set(counts) == KINDS
    assert len(queries) >= 140
    assert min(counts.values()) >= 4
    assert min(counts[kind] for kind in ("synonym", "item", "paraphrase")) >= 30


def test_no_query_twice(queries: list[dict[str, Any]]) -> None:
    asked = [str(query["query"]) for query in queries]
    assert [query for query, times in Counter(asked).items() if times > 1] == []


def test_every_expected_entry_exists(queries: list[dict[str, Any]], titles: set[str]) -> None:
    assert {title for query in queries for title in query["expected"]} <= titles


def test_every_entry_is_expected_by_some_query(
    queries: list[dict[str, Any]], titles: set[str]
) -> None:
    assert titles - {title for query in queries for title in query["expected"]} == set()


def test_codes_are_asked_by_placeholder_of_an_existing_entry(
    queries: list[dict[str, Any]], titles: set[str]
) -> None:
    placeholders = [query for query in queries if not isinstance(query["query"], str)]
    assert {query["kind"] for query in placeholders} == {"identifier"}
    for query in placeholders:
        ((code, title),) = query["query"].items()
        assert code in CODES
        assert title in titles


def test_at_least_half_share_no_run_of_three_characters_with_an_expected_title(
    queries: list[dict[str, Any]],
) -> None:
    # Queries shorter than three characters cannot share such a run and are left out on both sides.
    long_enough = [q for q in text_queries(queries) if len(normalise_title(q["query"])) >= 3]
    strangers = [query for query in long_enough if not shares_a_run(query, 3)]
    assert len(strangers) >= 70
    assert len(strangers) * 2 >= len(queries)


def test_many_share_not_even_two_characters(queries: list[dict[str, Any]]) -> None:
    strangers = [query for query in text_queries(queries) if not shares_a_run(query, 2)]
    assert len(strangers) * 3 >= len(queries)


def test_few_queries_stand_word_for_word_in_the_entry_they_ask_for(
    queries: list[dict[str, Any]],
) -> None:
    free = [q for q in text_queries(queries) if q["kind"] in ("synonym", "paraphrase")]
    in_abstract = [q for q in free if is_in(q, lambda entry: [entry["notes"]])]
    in_keywords = [
        q
        for q in text_queries(queries)
        if is_in(q, lambda entry: [tag["name"] for tag in entry["tags"]], exact=True)
    ]
    assert len(in_abstract) * 10 <= len(free)
    assert len(in_keywords) * 5 <= len(queries)


def is_in(
    query: dict[str, Any], texts: Callable[[dict[str, Any]], list[str]], *, exact: bool = False
) -> bool:
    asked = normalise_title(query["query"])
    parts = [normalise_title(text) for title in query["expected"] for text in texts(ENTRIES[title])]
    return asked in parts if exact else any(asked in part for part in parts)


def synonym_groups() -> list[list[str]]:
    lines = SYNONYMS.read_text("utf-8").splitlines()
    return [
        [word.strip() for word in line.split(",")]
        for line in lines
        if line.strip() and not line.startswith("#")
    ]


def test_the_synonyms_are_a_general_list_of_well_formed_groups(titles: set[str]) -> None:
    groups = synonym_groups()
    assert len(groups) >= 80
    assert [group for group in groups if len(group) < 2 or "" in group] == []
    assert [group for group in groups if len(set(group)) < len(group)] == []
    names = {title.split("/", 1)[1] for title in titles}
    assert names & {word for group in groups for word in group} == set()
