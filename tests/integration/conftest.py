"""People by role, and a site that requires a review: one place for every test on running sites.

The site is that of the constant NODE of a file of tests, 福州 where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ckanapi import RemoteCKAN

from tests.integration.api import client, overridden
from tests.integration.gateway_source import Source, host_and_port, serving
from tests.integration.reviewing import REQUIRED
from tests.integration.sharing_cases import NODE as SHARING_NODE
from tests.integration.sharing_cases import People, SlowSource, people_of
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


@pytest.fixture(scope="module")
def people(stack: StackInfo) -> People:
    """Those who take part in an application at 福州."""
    return people_of(stack)


@pytest.fixture(scope="module")
def sources(stack: StackInfo) -> Iterator[tuple[str, str]]:
    """Give a system that answers at once, and one that the test lets send piece by piece."""
    with serving(Source) as quick, serving(SlowSource) as slow:
        allowed = " ".join(":".join(host_and_port(f"{one}/")) for one in (quick, slow))
        with overridden(stack, SHARING_NODE, {"fjgov.fetch.allow": allowed}):
            yield quick, slow
