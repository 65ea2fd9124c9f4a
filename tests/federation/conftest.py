"""The province of the stack, held open for syncs, and a city that every test leaves in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.federation.syncing import CODES, Syncer, with_settings
from tests.integration.stack_env import StackInfo

SMALL_PAGE = 7


@pytest.fixture(scope="session")
def settings_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(scope="session")
def syncer(stack: StackInfo, settings_folder: Path) -> Iterator[Syncer]:
    """Pages of seven rows, so that most runs have several."""
    ini = with_settings(stack, settings_folder, **{"fjgov.sync.page_size": SMALL_PAGE})
    held = Syncer(ini)
    try:
        yield held
    finally:
        held.close()


@pytest.fixture(scope="module", autouse=True)
def left_in_order(syncer: Syncer) -> Iterator[None]:
    """What the tests of a module wrote at the cities is at the province when others begin."""
    yield
    for city in CODES:
        syncer.sync(city, forced=True)


@pytest.fixture(autouse=True)
def settled(syncer: Syncer) -> None:
    """What other tests wrote at the cities is taken up before a test begins."""
    for city in CODES:
        outcome = syncer.sync(city, forced=True)
        if outcome.state != "verified":
            outcome = syncer.sync(city, forced=True)
        assert outcome.state == "verified", outcome.report
