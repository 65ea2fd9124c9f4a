"""Read the next page of a feed while the last one is being written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ckanext.fjgov.core.federation.feed import FeedPage

Question = tuple[int, int, str, str]


@dataclass
class NextPage:
    """Holds at most one page that was asked for ahead.

    Attributes:
        read: reads a page, as `ports.NodeReader.changes` does.
    """

    read: Callable[[int, int, str, str], FeedPage]
    _asked: Question | None = None
    _thread: threading.Thread | None = None
    _pages: list[FeedPage] = field(default_factory=list)
    _errors: list[Exception] = field(default_factory=list)

    def ask(self, question: Question) -> None:
        """Begin to read a page; the answer is taken, or thrown away with this object."""
        self._asked, self._pages, self._errors = question, [], []
        self._thread = threading.Thread(
            target=self._work,
            args=(question, self._pages, self._errors),
            name="fjgov-fetch",
            # A run that ends early does not wait for an answer that nobody wants.
            daemon=True,
        )
        self._thread.start()

    def take(self, question: Question) -> FeedPage:
        """Give a page: the one that was asked for ahead, or read now.

        Raises:
            FederationError: as the reader does, also for what it met ahead.
        """
        if self._asked != question or self._thread is None:
            return self.read(*question)
        self._thread.join()
        self._asked = None
        if self._errors:
            raise self._errors[0]
        return self._pages[0]

    def _work(self, question: Question, pages: list[FeedPage], errors: list[Exception]) -> None:
        try:
            pages.append(self.read(*question))
        except Exception as error:  # noqa: BLE001 - raised again where the page is taken
            errors.append(error)
