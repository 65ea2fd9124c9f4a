"""People by role, and a site that requires a review: one place for every test on running sites.

The site is that of the constant NODE of a file of tests, 福州 where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, overridden
from tests.integration.reviewing import REQUIRED
from tests.integration.stack_env import StackInfo


def _node(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.module, "NODE", "fuzhou"))


@pytest.fixture(scope="module")
def registrar(stack: StackInfo, request: pytest.FixtureRequest) -> RemoteCKAN:
    return client(stack, _node(request), "registrar")


@pytest.fixture(scope="module")
def reviewer(stack: StackInfo, request: pytest.FixtureRequest) -> RemoteCKAN:
    return client(stack, _node(request), "reviewer")


@pytest.fixture(scope="module")
def officer(stack: StackInfo, request: pytest.FixtureRequest) -> RemoteCKAN:
    return client(stack, _node(request), "digital_office")


@pytest.fixture(scope="module")
def review_required(stack: StackInfo, request: pytest.FixtureRequest) -> Iterator[None]:
    """The site lists nothing without a review while the tests of a file run."""
    with overridden(stack, _node(request), REQUIRED):
        yield
