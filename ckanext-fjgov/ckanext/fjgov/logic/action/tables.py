"""Guards of CKAN's datastore, which holds the mounted tables of the exchange.

Its own actions know neither grants, rows and columns of a grant, nor records of use. So they serve
nobody, technicians included; mounting and the query service call them with a mark of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

Action = Callable[..., Any]

# Told by identity: no value that somebody sends can be this one.
_OURS = object()
_MARK = "fjgov_exchange"


def exchange_context() -> dict[str, Any]:
    """Give the context in which mounting and the query service call actions of the datastore.

    Whoever uses it has decided before who may read or write what.
    """
    return {"ignore_auth": True, "user": "", _MARK: _OURS}


@tk.chained_action
def guarded(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Let the exchange itself pass and nobody else (Art. 22, 27)."""
    _refuse_others(context)
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def guarded_reading(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Do what `guarded` does for actions that a GET may call."""
    _refuse_others(context)
    return next_action(context, data_dict)


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


def _refuse_others(context: Any) -> None:
    if context.get(_MARK) is not _OURS:
        raise tk.NotAuthorized(
            "库表通过数据查询服务使用，不直接读写 / tables are used by the query service,"
            " and neither read nor written directly"
        )
