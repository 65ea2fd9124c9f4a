"""Trying again when a fault may pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ckanext.fjgov.core.federation.errors import FetchError

Result = TypeVar("Result")


def repeat(action: Callable[[], Result], attempts: int, wait: Callable[[int], bool]) -> Result:
    """Run an action until it succeeds, fails for good or has failed often enough.

    Args:
        action: may raise `FetchError`.
        attempts: most runs of it.
        wait: given the number of failures so far; False gives up.

    Raises:
        FetchError: that of the last run.
    """
    failures = 0
    while True:
        try:
            return action()
        except FetchError as error:  # noqa: PERF203 - the loop exists for this error
            failures += 1
            if failures >= attempts or not error.may_pass() or not wait(failures):
                raise
