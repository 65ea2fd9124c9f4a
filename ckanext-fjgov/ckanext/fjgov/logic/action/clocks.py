"""时限监管: which periods run, for whom, and which are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.types import case_type
from ckanext.fjgov.logic.action.cases import paging
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.upkeep.scope import chosen_units
from ckanext.fjgov.model import case_clocks
from ckanext.fjgov.model.database import snapshot


@tk.side_effect_free
def fjgov_clock_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the clocks of open cases of the units in the caller's sight, the most urgent first.

    An office sees those of the units that name it as their competent office, the platform operator
    all of the node. What a case is about is for its parties only.

    :param unit: only of this unit (id or name)
    :param overdue: only those whose end has passed (default false)
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_clock_list", context, data_dict)
    now = utc_now()
    with snapshot() as connection:
        units = chosen_units(connection, person_in(context), data_dict)
        count, rows = case_clocks.page(
            connection,
            units,
            now,
            overdue=tk.asbool(data_dict.get("overdue", False)),
            **paging(data_dict),
        )
        parts = case_clocks.by_unit(connection, units, now)
    return {"count": count, "results": [_shown(row) for row in rows], "units": parts}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = case_type(row["kind"])
    rule = kind.clock(row["name"])
    words = {
        "kind_label": kind.words,
        "state_label": kind.states[row["state"]],
        "label": rule.words,
    }
    return {
        **{
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
        },
        **{name: dict(zip(("zh", "en"), both, strict=True)) for name, both in words.items()},
        "is_legal": rule.legal,
    }
