"""One worker a node: a lock that the database gives back when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

NODE_SPACE = 728_310
_NUMBERS = {"space": "CAST(:space AS integer)", "node": "CAST(:node AS integer)"}
_ARGUMENTS = ", ".join(_NUMBERS.values())


@contextmanager
def lease_of(node_code: str) -> Iterator[None]:
    """Hold a node for one run.

    Raises:
        ValidationError: another process holds it.
    """
    key = {"space": NODE_SPACE, "node": int(node_code)}
    with model.meta.engine.connect() as connection:
        held = connection.execute(
            sa.text(f"SELECT pg_try_advisory_lock({_ARGUMENTS})"), key
        ).scalar_one()
        connection.commit()
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
        try:
            yield
        finally:
            connection.execute(sa.text(f"SELECT pg_advisory_unlock({_ARGUMENTS})"), key)
            connection.commit()
