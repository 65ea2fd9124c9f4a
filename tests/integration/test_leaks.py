"""The leak matrix: 55 ways by which a hidden value could be met × 8 kinds of user.

No reader meets what the visibility table does not give; what a cell says is seen, is seen. The
stack has the activity plugin, which keeps whole records of the past, the datastore and views on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.settings import DEFAULT_PLUGINS
from tests.integration import leaks
from tests.integration.api import client, restart
from tests.integration.leak_levels import KINDS, OFFICIAL, OWN, PUBLIC, by_the_rules, words_of
from tests.integration.leak_matrix import ROWS, Row
from tests.integration.leak_people import USERS
from tests.integration.leak_world import World, answer_all, make_world, source_allowed
from tests.integration.leaks import Answer
from tests.integration.mutation_facts import mutated
from tests.integration.mutation_pages import ALL_PROBES, LESS, REASONS
from tests.integration.stack_env import StackInfo, attach, start_test_stack, stop

REFUSALS = ("302", "303", "400", "401", "403", "404", "409")
ATTACH = "FJGOV_LEAK_STACK"
NODES = ("province", "fuzhou")
PLUGINS = f"activity {DEFAULT_PLUGINS} text_view webpage_view image_view datatables_view"
Answers = dict[tuple[int, str], list[Answer]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Give the folder of the stack and a system of a unit that its site may fetch from."""
    base = Path(os.environ.get(ATTACH) or tmp_path_factory.mktemp("leaks"))
    with source_allowed(base) as address:
        yield base, address


@pytest.fixture(scope="module")
def stack(source: tuple[Path, str]) -> Iterator[StackInfo]:
    """A province and a city."""
    base, _address = source
    if os.environ.get(ATTACH):
        info = attach(base)
        restart(info, "fuzhou")
        yield info
        return
    info = start_test_stack(base, NODES, plugins=PLUGINS)
    yield info
    stop(info)


@pytest.fixture(scope="module")
def world(stack: StackInfo, source: tuple[Path, str]) -> World:
    return make_world(stack, source[1])


@pytest.fixture(scope="module")
def answers(world: World) -> Answers:
    """Ask everything as everybody, once; first what only reads."""
    found: Answers = {}
    for is_writing in (False, True):
        wanted = {
            (row.number, user): row.ways(world, world.people[user])
            for row in ROWS
            for user in USERS
            if row.is_writing is is_writing
        }
        found |= answer_all(world, wanted, workers=1 if is_writing else 8)
    return found


def test_the_matrix_has_all_rows_and_users() -> None:
    assert [row.number for row in ROWS] == list(range(1, 56))
    assert len(USERS) == 8
    assert all(len(row.cells) == len(USERS) for row in ROWS)
    assert all(row.title for row in ROWS)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}")
def test_a_cell(world: World, answers: Answers, row: Row, user: str) -> None:
    found = answers[row.number, user]
    assert found, "a row that asks nothing proves nothing"
    expected = words_of(row.cell(user))
    told = row.judge(world, found)
    wrong = told ^ expected
    ways = [
        (answer.way[:200], answer.status, sorted(row.judge(world, [answer]) & wrong))
        for answer in found
        if row.judge(world, [answer]) & wrong
    ]
    assert told == expected, (row.title, ways)


@pytest.mark.parametrize("user", USERS)
def test_no_cell_gives_more_than_the_visibility_table(world: World, user: str) -> None:
    allowed = by_the_rules(user, world.corpus.entries)
    for row in ROWS:
        given = words_of(row.cell(user)) & (KINDS | {"inner", "creator"})
        assert given <= allowed, (row.number, row.title)


def test_the_levels_are_those_of_the_visibility_table(world: World) -> None:
    entries = {kind: entry for kind, entry in world.corpus.entries.items() if kind in KINDS}
    assert by_the_rules("anonymous", entries) == PUBLIC
    assert by_the_rules("grantee", entries) == OFFICIAL
    assert by_the_rules("member", entries) == OWN


def test_no_address_is_stored_outside_its_table(world: World) -> None:
    stack, corpus = world.stack, world.corpus
    assert leaks.places_in_database(stack.dsns["fuzhou"], corpus.address) == ["fjgov_address"]
    assert leaks.places_in_database(stack.dsns["province"], corpus.address) == []
    # The same look finds what is stored: it is no blind one.
    assert "package" in leaks.places_in_database(stack.dsns["fuzhou"], corpus.inner)
    assert "fjgov_change" in leaks.places_in_database(stack.dsns["province"], corpus.inner)


def test_no_address_is_in_any_index(world: World) -> None:
    for node, contents in leaks.index_contents(world.stack).items():
        assert world.corpus.address not in contents, node
        assert (world.corpus.titles["class3"] in contents) is (node in NODES), node


def test_the_own_unit_gets_its_addresses_from_one_action(world: World) -> None:
    shown = client(world.stack, "fuzhou", "registrar").action.fjgov_address_show(
        id=world.entry("class2")["id"]
    )
    assert len(shown["addresses"]) == 11


@pytest.fixture(scope="module")
def told(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return mutated(world, tmp_path_factory.mktemp("mutations"))


class TestMutations:
    """Every guard that CKAN's registries know of us is taken away, one after the other."""

    def test_whatever_is_registered_has_a_probe_or_a_reason(self, told: dict[str, Any]) -> None:
        found = set(told["items"])
        assert sorted(found - set(ALL_PROBES) - set(REASONS)) == []
        assert sorted((set(ALL_PROBES) | set(REASONS)) - found) == []
        assert sorted(set(ALL_PROBES) & set(REASONS)) == []
        assert all(len(reason) > 20 for reason in REASONS.values())

    def test_the_guards_refuse_while_they_are_there(self, told: dict[str, Any]) -> None:
        passed = {
            name: answer["before"]
            for name, answer in told["told"].items()
            if not answer["before"].startswith(REFUSALS) and name not in LESS
        }
        assert passed == {}

    def test_no_guard_is_lost_without_notice(self, told: dict[str, Any]) -> None:
        assert set(told["told"]) == set(ALL_PROBES)
        unnoticed = {
            name: answer["before"]
            for name, answer in told["told"].items()
            if answer["before"] == answer["after"]
        }
        assert unnoticed == {}

    def test_what_was_let_through_left_nothing_behind(self, world: World) -> None:
        assert leaks.places_in_database(world.stack.dsns["fuzhou"], "no-such") == []
