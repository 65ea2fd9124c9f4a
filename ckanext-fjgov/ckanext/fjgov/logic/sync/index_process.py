"""Let the index follow a long run from a process of its own, beside fetching and merging.

Orders stay in the outbox until their document is in, so that either process may die at any moment:
the next run, or this one at its end, serves what is left.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from ckan import model

from ckanext.fjgov.logic import indexing
from ckanext.fjgov.logic.sync.collecting import RARELY

log = logging.getLogger(__name__)
WAKE, END = "wake", "end"
# Sessions of the parent: they must not be closed here, for their connections are the parent's.
_INHERITED: list[Any] = []


class IndexProcess:
    """Serves the outbox while the caller merges; use it as a context, without other threads yet.

    On leaving without an error, everything that was merged before is found; until then, what has
    been in the index for a while.
    """

    def __enter__(self) -> IndexProcess:
        """Start the process."""
        ours, theirs = multiprocessing.Pipe()
        self._line = ours
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(ours, theirs), name="fjgov-index", daemon=True
        )
        self._process.start()
        theirs.close()
        return self

    def wake(self) -> None:
        """Tell that a merge was committed; a process that died is missed at the end only."""
        try:
            self._line.send(WAKE)
        except OSError:
            return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End the process, and serve here what it may have left.

        Raises:
            IndexUnavailableError: orders stay in the outbox. Not raised over the caller's own.
        """
        try:
            self._line.send(END)
        except OSError:
            # It died: what it left is served below.
            self._line.close()
        self._process.join()
        if kind is None:
            indexing.drain_outbox()
            # It may have died between its last document and the commit that shows it.
            indexing.commit()


def _serve(parents_end: Connection, line: Connection) -> None:
    """Serve the outbox until told to end, or until the parent is gone."""
    # An open copy of the parent's end here would hide that the parent died.
    parents_end.close()
    _leave_connections()
    # What was inherited is not garbage, and looking through it again and again is dear.
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        while _next(line) != END:
            # Each showing ends a segment; one that catches up page by page would make many.
            indexing.drain_outbox(show=False)
        indexing.drain_outbox(show=False)
        indexing.commit()
    except Exception:
        # The parent meets the same fault at its own last look, and reports it.
        log.exception("the process that lets the index follow a run has ended early")
    finally:
        # Without the finalisers of what was inherited.
        os._exit(0)


def _leave_connections() -> None:
    """Open connections of our own; those of the parent stay open and untouched."""
    _INHERITED.append(model.Session.registry())
    model.Session.registry.clear()
    model.meta.engine.dispose(close=False)


def _next(line: Connection) -> str:
    """Wait for a word; several that came in meanwhile are one."""
    try:
        word = str(line.recv())
        while word != END and line.poll():
            word = str(line.recv())
    except (EOFError, OSError):
        return END
    return word
