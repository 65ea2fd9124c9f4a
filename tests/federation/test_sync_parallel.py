"""A long run, whose index follows from a process beside it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.federation.syncing import Syncer, with_settings
from tests.integration.api import sql
from tests.integration.stack_env import StackInfo

RENAME = (
    "UPDATE package SET title = {} WHERE type = 'dataset' AND state = 'active' AND NOT private"
    " AND extras ->> 'home_node' = '350100'"
)
MARK = "并行"


@pytest.fixture(scope="module")
def parallel(stack: StackInfo, settings_folder: Path) -> Iterator[Syncer]:
    """Small pages, and every run of two pages counts as long."""
    settings = {"fjgov.sync.page_size": 5, "fjgov.sync.parallel_from": 1}
    held = Syncer(with_settings(stack, settings_folder, **settings))
    try:
        yield held
    finally:
        held.close()


@pytest.fixture
def renamed(stack: StackInfo, parallel: Syncer) -> Iterator[None]:
    """Every entry of 福州 has another title for the time of a test."""
    sql(stack, "fuzhou", RENAME.format(f"title || '{MARK}'"))
    yield
    sql(stack, "fuzhou", RENAME.format(f"replace(title, '{MARK}', '')"))
    assert parallel.sync().state == "verified"


def index_faults(syncer: Syncer) -> dict[str, object]:
    report = syncer.index_report()
    return {name: report[name] for name in ("missing", "ghosts", "stale") if report[name]}


def children(pid: int) -> list[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(word) for word in words]


@pytest.mark.usefixtures("renamed")
def test_the_index_has_followed_when_the_run_is_over(parallel: Syncer) -> None:
    outcome = parallel.sync()
    assert outcome.state == "verified"
    assert outcome.counts["changed"] > 5
    # One step for all pages, where a short run tells one for each.
    assert outcome.names().count("indexed") == 1
    assert outcome.names().count("merged") > 1
    assert index_faults(parallel) == {}
    assert children(parallel.process.pid) == []


@pytest.mark.usefixtures("renamed")
def test_the_run_serves_what_a_killed_index_process_left(parallel: Syncer) -> None:
    with parallel.stopped_at("merged"):
        found = children(parallel.process.pid)
        assert len(found) == 1
        os.kill(found[0], signal.SIGKILL)
        time.sleep(0.1)
    assert parallel.sync().state == "verified"
    assert index_faults(parallel) == {}
