"""No hidden value reaches a reader to whom the visibility table does not give it, by any way.

The stack of these tests has the activity plugin on, which keeps whole records of the past.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.settings import DEFAULT_PLUGINS
from tests.integration import leaks
from tests.integration.api import (
    client,
    create_entry,
    new_account,
    open_entry,
    other_unit,
    unique_title,
    unit_of,
)
from tests.integration.leak_corpus import Corpus, hidden, register_corpus
from tests.integration.stack_env import StackInfo, attach, start_test_stack, stop

ATTACH = "FJGOV_LEAK_STACK"
NODES = ("province", "fuzhou")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackInfo]:
    """A province and a city with the activity plugin."""
    if os.environ.get(ATTACH):
        yield attach(Path(os.environ[ATTACH]))
        return
    base = tmp_path_factory.mktemp("leaks")
    info = start_test_stack(base, NODES, plugins=f"activity {DEFAULT_PLUGINS}")
    yield info
    stop(info)


@pytest.fixture(scope="module")
def corpus(stack: StackInfo) -> Corpus:
    """One entry of every kind at 福州, brought up to the province."""
    return register_corpus(stack)


def readers(stack: StackInfo, node: str) -> dict[str, leaks.Reader]:
    """Give readers who may not see addresses or drafts of the registrar's unit."""
    sites = {
        "anonymous": client(stack, node),
        "staff": client(stack, node, "staff"),
        "operator": client(stack, node, "platform_operator"),
    }
    if node == "fuzhou":
        sites |= {
            "nobody": new_account(stack, node),
            "other unit": new_account(stack, node, other_unit(stack, node)),
            "ended": new_account(stack, node, unit_of(stack, node), ended=True),
        }
    return {who: leaks.Reader(stack, node, site) for who, site in sites.items()}


@pytest.fixture(scope="module")
def answers(stack: StackInfo, corpus: Corpus) -> dict[tuple[str, str], list[leaks.Answer]]:
    """Ask everything as everybody, once: (node, reader) -> answers.

    The public and staff ask for every entry, the others for one of class 2 and a draft.
    """
    every = list(corpus.entries.values())
    some = [corpus.entries[kind] for kind in ("class2", "draft")]
    return {
        (node, who): (
            reader.everything(every, catalogs=True) if who in FULLY else reader.everything(some)
        )
        for node in NODES
        for who, reader in readers(stack, node).items()
    }


Answers = dict[tuple[str, str], list[leaks.Answer]]
FULLY = ("anonymous", "staff")
OUTSIDE = ("anonymous", "nobody")


def showing(found: Answers, word: str, *who: str) -> list[tuple[str, str, str]]:
    """Give node, reader and way of every answer that holds a marker the reader did not send."""
    return [
        (node, reader, answer.way)
        for (node, reader), rows in found.items()
        if not who or reader in who
        for answer in rows
        if word in answer.text and word not in answer.way
    ]


def test_the_ways_work_at_all(answers: Answers, corpus: Corpus) -> None:
    for (node, who), rows in answers.items():
        failed = [(a.way, a.status, a.text[-1500:]) for a in rows if a.status >= 500]
        assert failed == [], (node, who)
        seen = {answer.way for answer in rows if corpus.titles["open"] in answer.text}
        assert len(seen) >= (20 if who in FULLY else 10), (node, who, len(seen))


def test_no_address_reaches_anybody(answers: Answers, corpus: Corpus) -> None:
    assert showing(answers, corpus.address) == []


def test_the_own_unit_gets_its_addresses_from_one_action_only(
    stack: StackInfo, corpus: Corpus
) -> None:
    reader = leaks.Reader(stack, "fuzhou", client(stack, "fuzhou", "registrar"))
    found = reader.everything([corpus.entries[kind] for kind in ("class3", "draft")])
    ways = {a.way.split()[0] for a in found if corpus.address in a.text}
    allowed = {"fjgov_address_show"}
    pages = {a.way for a in found if corpus.address in a.text and a.way.startswith("GET ")}
    assert ways - {"GET"} == allowed
    assert all(way.startswith("GET /dataset/edit/") for way in pages)
    shown = client(stack, "fuzhou", "registrar").action.fjgov_address_show(
        id=corpus.entries["class2"]["id"]
    )
    assert len(shown["addresses"]) == 11


def test_no_inner_value_reaches_the_public(answers: Answers, corpus: Corpus) -> None:
    assert showing(answers, corpus.inner, *OUTSIDE) == []


def test_no_creator_reaches_the_public(answers: Answers, corpus: Corpus) -> None:
    creator = corpus.entries["open"]["creator_user_id"]
    assert showing(answers, creator, *OUTSIDE) == []


@pytest.mark.parametrize("kind", ["draft", "withdrawn"])
def test_nothing_of_an_unlisted_entry_reaches_anybody_else(
    answers: Answers, corpus: Corpus, kind: str
) -> None:
    assert showing(answers, corpus.titles[kind]) == []
    assert showing(answers, corpus.entries[kind]["id"]) == []


def test_class_3_does_not_exist_for_the_public(answers: Answers, corpus: Corpus) -> None:
    assert showing(answers, corpus.titles["class3"], *OUTSIDE) == []
    assert showing(answers, corpus.titles["class3"], "staff") != []


def test_officials_see_the_metadata_of_every_listed_entry(stack: StackInfo, corpus: Corpus) -> None:
    for node in NODES:
        for kind in ("open", "class1", "class2", "class3"):
            entry = client(stack, node, "staff").action.package_show(
                id=corpus.entries[kind]["name"]
            )
            assert entry["title"] == corpus.titles[kind]
            assert entry["contact"][0]["telephone"] == corpus.inner


def test_no_address_is_stored_outside_its_table(stack: StackInfo, corpus: Corpus) -> None:
    assert leaks.places_in_database(stack.dsns["fuzhou"], corpus.address) == ["fjgov_address"]
    assert leaks.places_in_database(stack.dsns["province"], corpus.address) == []
    # The same look finds what is stored: it is no blind one.
    assert "package" in leaks.places_in_database(stack.dsns["fuzhou"], corpus.inner)
    assert "fjgov_change" in leaks.places_in_database(stack.dsns["province"], corpus.inner)


def test_no_address_is_in_any_index(stack: StackInfo, corpus: Corpus) -> None:
    for node, contents in leaks.index_contents(stack).items():
        assert corpus.address not in contents, node
        assert (corpus.titles["class3"] in contents) is (node in NODES), node


def test_inner_values_are_stored_in_the_index_and_never_searchable(
    stack: StackInfo, corpus: Corpus
) -> None:
    staff = client(stack, "fuzhou", "staff")
    assert staff.action.package_search(q=corpus.inner, rows=0)["count"] == 0


def test_no_address_is_in_logs_or_queues(stack: StackInfo, corpus: Corpus) -> None:
    assert corpus.address not in leaks.log_contents(stack)
    assert corpus.address not in leaks.queue_contents(stack)


def test_past_records_of_a_now_restricted_entry_stay_closed(
    stack: StackInfo, corpus: Corpus
) -> None:
    title = unique_title("曾经开放的信息")
    entry = create_entry(stack, **{**hidden(corpus), **open_entry()}, title=title, state="active")
    registrar = client(stack, "fuzhou", "registrar")
    registrar.action.package_patch(
        id=entry["id"],
        share_type="3",
        open_to_public="0",
        open_condition="",
        legal_basis=hidden(corpus)["legal_basis"],
    )
    reader = leaks.Reader(stack, "fuzhou", client(stack, "fuzhou"))
    found = [answer.way for answer in reader.everything([entry]) if title in answer.text]
    assert found == []
