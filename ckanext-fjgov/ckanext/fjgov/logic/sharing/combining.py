"""Callers of one process that write at the same moment share one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Job(Generic[Item]):
    """One item and its caller, who waits at a gate until it is written or is to write itself."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.error: BaseException | None = None
        self.gate = threading.Lock()
        self.gate.acquire()


class Combiner(Generic[Item]):
    """Writes what waits as one batch; each caller waits until its own item is written.

    Nobody waits for a batch to fill: whoever finds nobody writing writes at once, and what comes
    in meanwhile goes with the next batch, which one of its callers writes. A commit costs the same
    for one as for many, so that more at a time are not slower.
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
        self._is_busy = False
        self._door = threading.Lock()

    def add(self, item: Item) -> None:
        """Write an item; returns when it is committed.

        Raises:
            Exception: what `write` raised for it.
        """
        job = _Job(item)
        with self._door:
            self._waiting.append(job)
            waits, self._is_busy = self._is_busy, True
        if waits:
            job.gate.acquire()
        if not job.is_done:
            self._write_batch()
        if job.error is not None:
            raise job.error

    def _write_batch(self) -> None:
        """Write what waits, the caller's own item first, and let the next batch be written."""
        with self._door:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._settle(batch)
        except BaseException as error:
            # The thread is to end: nobody may wait for it.
            for job in batch:
                job.error = error
            raise
        finally:
            with self._door:
                following = self._waiting[0] if self._waiting else None
                self._is_busy = following is not None
            if following is not None:
                following.gate.release()
            for job in batch:
                job.is_done = True
                job.gate.release()

    def _settle(self, batch: Sequence[_Job[Item]]) -> None:
        error = self._tried(batch)
        for job in batch:
            is_its_own = len(batch) > 1 and isinstance(error, self._alone)
            job.error = self._tried([job]) if is_its_own else error

    def _tried(self, batch: Sequence[_Job[Item]]) -> Exception | None:
        """Write; gives the error, for each caller of the batch knows what it means for the use."""
        try:
            self._write([job.item for job in batch])
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits for it.
            return error
        return None
