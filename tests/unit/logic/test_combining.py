"""Writers of one process share transactions, and an error reaches exactly those it concerns."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ckanext.fjgov.logic.sharing.combining import Combiner


class Store:
    """Takes batches one at a time, the first one only when it is let go on."""

    def __init__(self, bad: frozenset[int] = frozenset(), *, is_down: bool = False) -> None:
        self.bad = bad
        self.is_down = is_down
        self.batches: list[list[int]] = []
        self.busy = threading.Lock()
        self.begun = threading.Event()
        self.free = threading.Event()

    def write(self, items: Sequence[int]) -> None:
        """Write all or nothing."""
        assert self.busy.acquire(blocking=False)
        try:
            self.begun.set()
            assert self.free.wait(20)
            if self.is_down:
                raise ConnectionError
            if self.bad.intersection(items):
                raise ValueError(sorted(self.bad.intersection(items)))
            self.batches.append(list(items))
        finally:
            self.busy.release()


def outcomes(store: Store, number: int, most: int = 100) -> list[str]:
    """Let one begin and the others come while it writes; gives how it went for each."""
    combiner = Combiner[int](store.write, alone=(ValueError,), most=most)

    def add(item: int) -> str:
        try:
            combiner.add(item)
        except Exception as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(number) as pool:
        first = pool.submit(add, 0)
        assert store.begun.wait(20)
        others = [pool.submit(add, item) for item in range(1, number)]
        while len(combiner._waiting) < number - 1:
            threading.Event().wait(0.001)
        store.free.set()
        return [first.result(20), *(one.result(20) for one in others)]


def test_what_comes_while_somebody_writes_is_one_batch() -> None:
    store = Store()
    assert outcomes(store, 12) == ["done"] * 12
    assert [sorted(batch) for batch in store.batches] == [[0], list(range(1, 12))]


def test_a_batch_has_at_most_so_many() -> None:
    store = Store()
    assert outcomes(store, 12, most=4) == ["done"] * 12
    assert [len(batch) for batch in store.batches] == [1, 4, 4, 3]
    assert sorted(item for batch in store.batches for item in batch) == list(range(12))


def test_one_that_cannot_be_written_fails_alone() -> None:
    store = Store(bad=frozenset({3, 5}))
    found = outcomes(store, 8)
    assert [place for place, how in enumerate(found) if how == "ValueError"] == [3, 5]
    assert sorted(item for batch in store.batches for item in batch) == [0, 1, 2, 4, 6, 7]


def test_without_a_database_everybody_is_told_at_once() -> None:
    store = Store(is_down=True)
    assert outcomes(store, 6) == ["ConnectionError"] * 6
    assert store.batches == []


def test_one_at_a_time_writes_at_once() -> None:
    store = Store()
    store.free.set()
    combiner = Combiner[int](store.write, alone=(ValueError,), most=10)
    for item in range(3):
        combiner.add(item)
    assert store.batches == [[0], [1], [2]]
