"""Actions of upkeep: overdue data (M13) and the yearly maintenance of directories (M17)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import catalog_log
from ckanext.fjgov.logic.action.operations import MAX_LIMIT, whole
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.upkeep import maintenance
from ckanext.fjgov.logic.upkeep.maintenance import Wanted
from ckanext.fjgov.logic.upkeep.scope import chosen_units, found_unit
from ckanext.fjgov.model import overdue
from ckanext.fjgov.model.database import own_transaction

MOST_DECISIONS = 200
# Filters of the overview: what stands there for a unit.
NO_CAMPAIGN, NO_DIRECTORY, OVERDUE = "none", "no_directory", "overdue"


@tk.side_effect_free
def fjgov_overdue_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List listed entries whose data are overdue by cycle and tolerance (Art. 13), today.

    Without `unit`: of the units whose upkeep the caller may see.

    :param unit: only of this unit (id or name)
    :param limit: most rows wanted (default 50, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_overdue_list", context, data_dict)
    today = local_today()
    with own_transaction() as connection:
        units = chosen_units(connection, person_in(context), data_dict)
        count, rows = overdue.page(
            connection,
            units,
            today,
            limit=min(whole(data_dict, "limit", 50), MAX_LIMIT),
            offset=whole(data_dict, "offset", 0),
        )
        parts = overdue.by_unit(connection, units, today)
    return {
        "day": today.isoformat(),
        "count": count,
        "entries": [
            {
                **{name: row[name] for name in row if name not in ("updated_on", "fresh_until")},
                "updated_on": row["updated_on"].isoformat(),
                "fresh_until": row["fresh_until"].isoformat(),
                "days_over": (today - row["fresh_until"]).days,
            }
            for row in rows
        ],
        "units": [{**row, "oldest": row["oldest"].isoformat()} for row in parts],
    }


def fjgov_maintenance_open(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open the yearly maintenance (年度目录维护) of a unit over all entries it lists now.

    :param unit: name or id of the unit
    :param year: the year, the present one when left out
    """
    tk.check_access("fjgov_maintenance_open", context, data_dict)
    unit = found_unit(tk.get_or_bust(data_dict, "unit"))
    year = _year(data_dict)
    number = maintenance.open_campaign(person_in(context), unit, year)
    return {"unit": unit.name, "year": year, "entries": number}


@tk.side_effect_free
def fjgov_maintenance_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show the maintenance of a unit: progress, and its entries with what was decided.

    :param unit: name or id of the unit
    :param year: the year, the present one when left out
    :param state: only entries in this state, such as `pending`
    :param limit: most entries wanted (default 50, at most 200)
    :param offset: entries to skip
    """
    tk.check_access("fjgov_maintenance_show", context, data_dict)
    unit = found_unit(tk.get_or_bust(data_dict, "unit"))
    year = _year(data_dict)
    catalog_log.drain()
    with own_transaction() as connection:
        chosen_units(connection, person_in(context), data_dict)
        found = maintenance.show(connection, unit, year)
    if found is None:
        raise tk.ObjectNotFound(
            f"本单位未发起{year}年度目录维护 / the unit has no maintenance of {year}"
        )
    wanted = data_dict.get("state")
    rows = [row for row in found["entries"] if not wanted or row["state"] == wanted]
    shown = {"unit": unit.name, "unit_title": unit.title, "count": len(rows)}
    return {**found, **shown, "entries": _page(rows, data_dict)}


def fjgov_maintenance_decide(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide on entries of the list; each has a result of its own.

    :param unit: name or id of the unit
    :param year: the year, the present one when left out
    :param decisions: list of `id`, `decision` (`confirm`, `change`, `merge`, `withdraw`),
        `merged_into` (identifier, id or name of the other entry, for `merge`) and `note`;
        at most 200
    """
    tk.check_access("fjgov_maintenance_decide", context, data_dict)
    unit = found_unit(tk.get_or_bust(data_dict, "unit"))
    year = _year(data_dict)
    decisions = data_dict.get("decisions")
    if not isinstance(decisions, list) or not 0 < len(decisions) <= MOST_DECISIONS:
        message = f"须为 1 至 {MOST_DECISIONS} 项的列表 / a list of 1 to {MOST_DECISIONS}"
        raise tk.ValidationError({"decisions": [message]})
    person = person_in(context)
    results = []
    for one in decisions:
        told = one if isinstance(one, dict) else {}
        wanted = Wanted(
            *(str(told.get(name) or "") for name in ("id", "decision", "merged_into", "note"))
        )
        named = {"id": wanted.reference, "title": maintenance.title_of(unit, wanted.reference)}
        try:
            state = maintenance.decide(context, person, unit, year, wanted)
            results.append({**named, "done": True, "state": state})
        except (tk.ValidationError, tk.ObjectNotFound) as error:
            results.append({**named, "done": False, "errors": _told(error)})
    return {"done": sum(row["done"] for row in results), "results": results}


def fjgov_maintenance_confirm(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm and close the maintenance of a unit: its head, who decided on no entry.

    :param unit: name or id of the unit
    :param year: the year, the present one when left out
    :param note: remark (optional)
    """
    tk.check_access("fjgov_maintenance_confirm", context, data_dict)
    unit = found_unit(tk.get_or_bust(data_dict, "unit"))
    year = _year(data_dict)
    maintenance.confirm(person_in(context), unit, year, str(data_dict.get("note") or ""))
    return {"unit": unit.name, "year": year, "state": "closed"}


@tk.side_effect_free
def fjgov_maintenance_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List units in sight with their directory and their maintenance of a year.

    :param unit: only this unit (id or name)
    :param year: the year, the present one when left out
    :param state: `open`, `ready`, `closed`, `overdue`, `none` (not opened), or `no_directory` (a
        unit without any listed entry)
    :param limit: most units wanted (default 50, at most 200)
    :param offset: units to skip
    """
    tk.check_access("fjgov_maintenance_list", context, data_dict)
    year = _year(data_dict)
    with own_transaction() as connection:
        units = chosen_units(connection, person_in(context), data_dict)
        rows = maintenance.overview(connection, units, year, local_today())
    figures = Counter(mark for row in rows for mark in _marks(row))
    wanted = data_dict.get("state")
    chosen = [row for row in rows if not wanted or wanted in _marks(row)]
    return {
        "year": year,
        "count": len(chosen),
        "figures": dict(figures),
        "units": _page(chosen, data_dict),
    }


def _marks(row: dict[str, Any]) -> set[str]:
    """Give every filter that a unit's row passes."""
    campaign = row["campaign"]
    marks = {campaign["state"] if campaign else NO_CAMPAIGN}
    if campaign and campaign["is_overdue"]:
        marks.add(OVERDUE)
    if not row["has_directory"]:
        marks.add(NO_DIRECTORY)
    return marks


def _page(rows: list[dict[str, Any]], data: dict[str, Any]) -> list[dict[str, Any]]:
    start = whole(data, "offset", 0)
    return rows[start : start + min(whole(data, "limit", 50), MAX_LIMIT)]


def _year(data: dict[str, Any]) -> int:
    return whole(data, "year", local_today().year)


def _told(error: tk.ValidationError | tk.ObjectNotFound) -> list[str]:
    if isinstance(error, tk.ValidationError):
        return [str(text) for texts in error.error_dict.values() for text in texts]
    return [str(error.message)]


UPKEEP_ACTIONS = {
    "fjgov_overdue_list": fjgov_overdue_list,
    "fjgov_maintenance_open": fjgov_maintenance_open,
    "fjgov_maintenance_show": fjgov_maintenance_show,
    "fjgov_maintenance_decide": fjgov_maintenance_decide,
    "fjgov_maintenance_confirm": fjgov_maintenance_confirm,
    "fjgov_maintenance_list": fjgov_maintenance_list,
}
