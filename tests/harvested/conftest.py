"""Stock sites that harvest the nodes of the stack, each with queues of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harvesting import HarvestingSite, start_harvesting_site
from tests.integration.leak_corpus import Corpus, register_corpus
from tests.integration.stack_env import StackInfo


@pytest.fixture(scope="session")
def hidden_corpus(stack: StackInfo) -> Corpus:
    """Entries of every kind at 福州 and the province, with markers in what is not public."""
    return register_corpus(stack)


@pytest.fixture(scope="session")
def city_harvester(stack: StackInfo) -> Iterator[HarvestingSite]:
    """A stock site that harvests the cities, whose entries have different ids."""
    held = start_harvesting_site(stack.stack, "harvester", redis_db=12)
    yield held
    held.site.remove()


@pytest.fixture(scope="session")
def province_harvester(stack: StackInfo) -> Iterator[HarvestingSite]:
    """A second one for the province, which has the cities' entries under the same ids."""
    held = start_harvesting_site(stack.stack, "harvester_province", redis_db=14)
    yield held
    held.site.remove()
