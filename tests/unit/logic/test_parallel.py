"""Places for nodes: everybody gets a turn, whoever is slow keeps running without a place."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from ckanext.fjgov.logic.sync import parallel
from ckanext.fjgov.logic.sync.parallel import Ended, side_by_side


@pytest.fixture(autouse=True)
def without_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """No site is loaded here."""
    monkeypatch.setattr(parallel, "forget_connections", lambda: None)


def work(code: str) -> dict[str, Any]:
    """Take so many hundredths of a second as the code says; end badly for some codes."""
    if code == "raises":
        raise ValueError("不行 / no")
    if code == "dies":
        os._exit(9)
    time.sleep(int(code) / 100)
    return {"state": "verified", "code": code}


def order(codes: list[str], **options: Any) -> list[str]:
    return [ended.code for ended in side_by_side(codes, work, **options)]


def test_every_node_is_done_once() -> None:
    codes = [str(number) for number in range(7)]
    done = list(side_by_side(codes, work, jobs=3))
    assert sorted(ended.code for ended in done) == codes
    assert all(ended == Ended(ended.code, work(ended.code)) for ended in done)


def test_slow_nodes_in_every_place_keep_nobody_waiting() -> None:
    """Two places, both with slow nodes: the others get theirs after the patience of 0.1 s."""
    begin = time.monotonic()
    ended = order(["150", "140", "1", "2", "3"], jobs=2, patience_s=0.1)
    assert sorted(ended[-2:]) == ["140", "150"]
    assert time.monotonic() - begin < 5


def test_no_more_than_the_places_run_at_once_while_they_are_quick() -> None:
    begin = time.monotonic()
    order(["10"] * 4, jobs=2)
    assert time.monotonic() - begin >= 0.2


def test_errors_and_deaths_are_told_and_the_rest_goes_on() -> None:
    done = {ended.code: ended for ended in side_by_side(["dies", "raises", "1"], work, jobs=1)}
    assert done["1"].report == work("1")
    assert done["raises"] == Ended("raises", None, "ValueError: 不行 / no")
    assert done["dies"] == Ended("dies", None, " / ".join(parallel.DIED))


def test_nothing_to_do_is_done() -> None:
    assert list(side_by_side([], work, jobs=4)) == []
