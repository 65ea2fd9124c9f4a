"""What every kind of test needs; imports no CKAN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.integration.stack_env import StackInfo, attach, running_stack

# How long an example takes says nothing on a shared machine; what it shows does.
settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("project")

ATTACH = "FJGOV_TEST_STACK"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out whole lanes under `--dist=loadscope`; other ways stay as they are."""
    from tests.lanes import LaneScheduling

    return LaneScheduling(config, log) if config.getoption("dist") == "loadscope" else None


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
