"""A mark outside the database, so that a restored backup never issues a number twice.

The file holds, for each counter, the highest number that may have been issued. The file is written
first and the database commits after it, so that the file is never lower. It is exact: with numbers
reserved in blocks, a backup taken inside a block would issue the rest of it again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HighWaterMark:
    """The file of one node; safe between processes on one machine.

    Args:
        path: where the file lives; its folder is made when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, counter: str) -> int:
        """Give the highest number that may have been issued, 0 when none was."""
        return self._marks().get(counter, 0)

    def raise_to(self, counter: str, number: int, *, above: int | None = None) -> None:
        """Write a mark durably before any number up to it is used.

        Args:
            counter: name of the counter.
            number: the highest number that may be issued from now on.
            above: where the counter stood in the database, kept beside the mark.

        Raises:
            OSError: the file cannot be written; the caller must not issue the number.
        """
        with self._locked():
            marks = self._marks()
            if marks.get(counter, 0) >= number:
                return
            marks[counter] = number
            if above is not None:
                marks[_above(counter)] = above
            draft = self.path.with_suffix(".new")
            with draft.open("w", encoding="utf-8") as file:
                json.dump(marks, file, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            self._sync_folder()

    def was_raised_above(self, counter: str) -> int | None:
        """Give where the counter stood in the database when its mark was last written."""
        return self._marks().get(_above(counter))

    def _marks(self) -> dict[str, int]:
        if not self.path.exists():
            return {}
        marks: dict[str, int] = json.loads(self.path.read_text(encoding="utf-8"))
        return marks

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _above(counter: str) -> str:
    return f"{counter}:above"
