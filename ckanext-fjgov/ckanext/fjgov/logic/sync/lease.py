"""One worker a node: a lock that the database gives back when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.plugins.toolkit as tk

from ckanext.fjgov.model.database import session_lock

NODE_SPACE = 728_310


@contextmanager
def lease_of(node_code: str) -> Iterator[None]:
    """Hold a node for one run.

    Raises:
        ValidationError: another process holds it.
    """
    with session_lock(NODE_SPACE, int(node_code), wait=False) as held:
        if not held:
            raise tk.ValidationError(
                {
                    "node": [
                        (
                            f"节点 {node_code} 正在同步，请稍后再试 / "
                            f"node {node_code} is being synchronised; try again later"
                        )
                    ]
                }
            )
        yield
