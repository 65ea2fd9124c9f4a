"""Chained core actions that show units: without persons and internal fields for the public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.masking import masked_unit
from ckanext.fjgov.logic.readers import person_in

Action = Callable[[Any, Any], Any]


@tk.chained_action
@tk.side_effect_free
def organization_show(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show a unit; the public sees no accounts (政务用户目录 exports no persons, Art. 45)."""
    unit = next_action(context, data_dict)
    if context.get("ignore_auth"):
        return unit
    return masked_unit(unit, person_in(context))


@tk.chained_action
@tk.side_effect_free
def organization_list(next_action: Action, context: Any, data_dict: dict[str, Any]) -> Any:
    """List units, as names or with all their fields."""
    units = next_action(context, data_dict)
    if context.get("ignore_auth"):
        return units
    person = person_in(context)
    return [masked_unit(unit, person) if isinstance(unit, dict) else unit for unit in units]
