"""What every kind of test needs; imports no CKAN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.stack_env import StackInfo, attach, running_stack

ATTACH = "FJGOV_TEST_STACK"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackInfo]:
    """A province and two cities with sample catalogs, on ports and in a folder of their own.

    The environment variable FJGOV_TEST_STACK names the folder of a stack that runs already, for
    quick repetition while writing a test.
    """
    if os.environ.get(ATTACH):
        yield attach(Path(os.environ[ATTACH]))
        return
    with running_stack(tmp_path_factory.mktemp("stack")) as info:
        yield info
