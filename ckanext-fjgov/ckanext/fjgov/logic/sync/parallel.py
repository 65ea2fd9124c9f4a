"""Run many nodes side by side, each in a process of its own, with a fair share for each.

Readers of one node wait for its answers most of the time; what they write takes turns at the
sequencer's lock, page by page, in the order in which they come to it. So no node can hold up
another one by its size, and none by being slow or away: a node that has had its place for a while
keeps running, and its place goes to the next one that waits.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ckan import model
from ckan.lib import redis as ckan_redis

log = logging.getLogger(__name__)

PATIENCE_S = 20.0
DIED = (
    "同步进程意外结束；已完成的部分保留，下次自断点继续",
    "the process of the run ended unexpectedly; what is done stays, the next run goes on",
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run of one node ended.

    Attributes:
        code: of the node.
        report: as `engine.execute` gives it; None when the run did not start or its process died.
        error: why there is no report, Chinese and English; "" otherwise.
    """

    code: str
    report: dict[str, Any] | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    code: str
    process: BaseProcess
    begin: float


def side_by_side(
    codes: Sequence[str],
    work: Callable[[str], dict[str, Any]],
    *,
    jobs: int,
    patience_s: float = PATIENCE_S,
) -> Iterator[Ended]:
    """Do `work` for every node, several at a time, and give each result as it comes.

    Args:
        codes: of the nodes; they get their places in this order.
        work: called in a process of its own with a node's code.
        jobs: places.
        patience_s: after so many seconds a run goes on without its place, which the next one
            gets: slow nodes never keep all places from the others.

    Cost: one forked process a running node, which shares the loaded site with this one.
    """
    waiting = deque(codes)
    running: dict[Connection, _Place] = {}
    try:
        while waiting or running:
            now = time.monotonic()
            due = sorted(place.begin + patience_s for place in running.values())
            taken = sum(moment > now for moment in due)
            while waiting and taken < jobs:
                pipe, place = _start(waiting.popleft(), work)
                running[pipe] = place
                taken += 1
            coming = next((moment - now for moment in due if moment > now), patience_s)
            for pipe in wait(list(running), coming if waiting else None):
                if isinstance(pipe, Connection):
                    yield _result(pipe, running.pop(pipe))
    finally:
        # The caller gave up: what was merged stays, and the next run of each node goes on.
        for pipe, place in running.items():
            place.process.terminate()
            place.process.join()
            pipe.close()


def _start(code: str, work: Callable[[str], dict[str, Any]]) -> tuple[Connection, _Place]:
    forget_connections()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(code, work, theirs), name=f"sync-{code}")
    process.start()
    theirs.close()
    return ours, _Place(code, process, time.monotonic())


def _run(code: str, work: Callable[[str], dict[str, Any]], answers: Connection) -> None:
    forget_connections()
    try:
        ended = Ended(code, work(code))
    except Exception as error:
        # The run has written its own row where it could; the operator hears of it in any case.
        log.exception("the run of node %s failed", code)
        ended = Ended(code, None, f"{type(error).__name__}: {error}")
    answers.send(ended)
    answers.close()


def _result(pipe: Connection, place: _Place) -> Ended:
    try:
        ended: Ended = pipe.recv()
    except EOFError:
        ended = Ended(place.code, None, " / ".join(DIED))
    pipe.close()
    place.process.join()
    return ended


def forget_connections() -> None:
    """Let go of connections to the database and to Redis: two processes must not share one."""
    model.Session.remove()
    model.meta.engine.dispose(close=multiprocessing.parent_process() is None)
    pool = ckan_redis._connection_pool
    if pool is not None:
        pool.reset()
