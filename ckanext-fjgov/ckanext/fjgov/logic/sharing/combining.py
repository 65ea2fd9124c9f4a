"""Callers of one process that write at the same moment share one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class _Job(Generic[Item]):
    item: Item
    is_done: bool = False
    error: Exception | None = None


class Combiner(Generic[Item]):
    """Writes what waits as one batch; each caller waits until its own item is written.

    Nobody waits for a batch to fill: whoever finds nobody writing writes at once, and what comes
    in meanwhile goes with the next batch. A commit costs the same for one as for many, so that
    more at a time are not slower.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], None],
        *,
        alone: tuple[type[Exception], ...],
        most: int,
    ) -> None:
        """Prepare writing.

        Args:
            write: writes items in a transaction of its own: all, or none.
            alone: errors for which one item is to blame; each of the batch is then written alone.
            most: items of one batch.
        """
        self._write = write
        self._alone = alone
        self._most = most
        self._waiting: list[_Job[Item]] = []
        self._door = threading.Lock()
        self._turn = threading.Lock()

    def add(self, item: Item) -> None:
        """Write an item; returns when it is committed.

        Raises:
            Exception: what `write` raised for it.
        """
        job = _Job(item)
        with self._door:
            self._waiting.append(job)
        with self._turn:
            while not job.is_done:
                self._write_batch()
        if job.error is not None:
            raise job.error

    def _write_batch(self) -> None:
        with self._door:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        error = self._tried(batch)
        if isinstance(error, self._alone) and len(batch) > 1:
            for job in batch:
                job.error = self._tried([job])
        else:
            for job in batch:
                job.error = error
        for job in batch:
            job.is_done = True

    def _tried(self, batch: Sequence[_Job[Item]]) -> Exception | None:
        """Write; gives the error, for each caller of the batch knows what it means for the use."""
        try:
            self._write([job.item for job in batch])
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits for it.
            return error
        return None
