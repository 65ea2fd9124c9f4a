"""Guards of CKAN's datastore, whose database holds the mounted tables of the exchange.

Its own actions know neither grants, rows and columns of a grant, nor records of use. So they serve
nobody, technicians and `ignore_auth` included; mounting and the query service go to the database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk

Action = Callable[..., Any]


@tk.chained_action
def guarded(_next_action: Action, _context: Any, _data_dict: dict[str, Any]) -> NoReturn:
    """Refuse to read or write a table past the exchange (Art. 22, 27)."""
    _refuse()


@tk.chained_action
@tk.side_effect_free
def guarded_reading(_next_action: Action, _context: Any, _data_dict: dict[str, Any]) -> NoReturn:
    """Do what `guarded` does for actions that a GET may call."""
    _refuse()


READING = ("datastore_search", "datastore_info")
WRITING = (
    "datastore_create",
    "datastore_upsert",
    "datastore_delete",
    "datastore_records_delete",
    "datastore_function_create",
    "datastore_function_delete",
    "datastore_run_triggers",
)


def guards() -> dict[str, Action]:
    """Give the guarded actions by name."""
    found = {**dict.fromkeys(READING, guarded_reading), **dict.fromkeys(WRITING, guarded)}
    if tk.config.get("ckan.datastore.sqlsearch.enabled"):
        found["datastore_search_sql"] = guarded_reading
    return found


def _refuse() -> NoReturn:
    raise tk.NotAuthorized(
        "库表通过数据查询服务使用，不直接读写 / tables are used by the query service,"
        " and neither read nor written directly"
    )
