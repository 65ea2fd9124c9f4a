"""The way to the datastore's database for those who write mounted tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

import ckan.plugins as p
import ckan.plugins.toolkit as tk


@contextmanager
def writing() -> Iterator[sa.Connection]:
    """Give a connection with a transaction that the caller commits; left alone, nothing stands.

    Raises:
        ValidationError: this node has no datastore.
    """
    if not p.plugin_loaded("datastore"):
        raise tk.ValidationError(
            {
                "datastore": [
                    (
                        "本节点未启用 datastore 插件，不能挂接库表 / "
                        "this node has no datastore, so that no table can be mounted"
                    )
                ]
            }
        )
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().connect() as connection:
        # Closing without a commit rolls back.
        yield connection
