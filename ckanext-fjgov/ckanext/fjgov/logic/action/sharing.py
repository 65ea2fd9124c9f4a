"""Actions of applications (实施申请书, Art. 23 to 27) and grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases import terms as rules
from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.types import application as kind
from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.cases.types.grant import GRANT
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.action.cases import ended, number_of, paging, read_anew, stood
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import checked, reason_of, text_of
from ckanext.fjgov.logic.cases import actors, showing
from ckanext.fjgov.logic.clock import LOCAL_ZONE, local_today, utc_now
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.logic.sharing import asking
from ckanext.fjgov.logic.sharing import deciding as steps
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.logic.sharing.systems import PREFIX as SYSTEM
from ckanext.fjgov.model import applications, case_reading, cases, grants, quotas, uses
from ckanext.fjgov.model.database import snapshot

# Who in a unit reads the uses of its information, and its own (Art. 24, 30).
READING_USES = ("info_manager", "unit_lead")
SIDES = ("", "holder", "provider", "operator", "province_office")


def fjgov_application_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Begin an application for information (政务信息共享实施申请书, Art. 23) as a draft.

    What is asked of several units becomes one application for each of them.

    :param unit: id or name of the applying unit; may be left out by who is appointed in one only
    :param terms: `purpose` (使用目的), `business` (应用业务), `mode` (`query`, `direct`, `custom`),
        `holder` (`{"kind": "unit"}`, `{"kind": "staff", "users": [accounts]}`, or
        `{"kind": "system", "system": registration number, id or name of an app_system record}`),
        `until` (YYYY-MM-DD), perhaps `quota` (`{"uses_per_day": …, "rows_per_day": …}`) and
        `targets`: `{"kind": "entry", "id": …, "items": [ids, or none for all]}`, perhaps with a
        `filter` of rows (`[{"item": id, "op": "eq", "value": …}]`, see docs/query.md),
        `{"kind": "collection_item", "id": …}` or `{"kind": "need", "unit": …, "text": …}`.
        A draft may lack anything but its targets.
    """
    tk.check_access("fjgov_application_create", context, data_dict)
    given = _terms(data_dict)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        unit = _unit(context, text_of(data_dict, "unit"))
        made = asking.create(connection, actor, unit, given)
    return {"results": [stood(case) for case in made]}


def fjgov_application_update(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change what a draft asks for.

    :param number: of the application
    :param terms: as for `fjgov_application_create`, whole
    """
    tk.check_access("fjgov_application_update", context, data_dict)
    given = _terms(data_dict)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        case = asking.update(connection, number_of(data_dict), actor, given)
    return stood(case)


def fjgov_application_submit(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand a draft to the own 信息管理员 (Art. 23, 24).

    :param number: of the application
    :param reason: a word to the administrator (optional)
    """
    tk.check_access("fjgov_application_submit", context, data_dict)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        request = Request(steps.SUBMIT, reason_of(data_dict))
        applied = steps.decide(connection, number_of(data_dict), actor, request)
    return ended(applied, context)


@tk.side_effect_free
def fjgov_application_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show an application: its terms as they stand, and its case as the caller may see it.

    :param number: of the application
    """
    tk.check_access("fjgov_application_show", context, data_dict)
    number, here = number_of(data_dict), settings.node().code
    with snapshot() as connection:
        case = cases.load(connection, here, number)
        draft = applications.find(connection, here, number)
        if case is None or draft is None or case.kind != APPLICATION.name:
            raise tk.ObjectNotFound(f"没有申请 {number} / there is no application {number}")
        shown = showing.shown_case(connection, case, actors.actor_in(connection, context))
    settled = None if case.state == asking.DRAFT else rules.settled(case)
    return {
        **shown,
        "title": draft["title"],
        "form": draft["form"],
        "terms": draft["terms"] if settled is None else dict(settled),
    }


@tk.side_effect_free
def fjgov_grant_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List grants (授权) to which the caller's units are party, the newest first.

    :param side: only as `holder`, `provider`, `operator` or `province_office`
    :param entry: only of this entry (id)
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_grant_list", context, data_dict)
    side = text_of(data_dict, "side")
    if side not in SIDES:
        refuse("side", f"side 须为 {'、'.join(SIDES[1:])} 之一", "unknown side")
    with snapshot() as connection:
        seeker = actors.seeker_of(actors.actor_in(connection, context))
        count, rows = grants.page(
            connection,
            {unit for unit, _role in seeker.held},
            side=side,
            entry=text_of(data_dict, "entry"),
            **paging(data_dict),
        )
        names = case_reading.unit_names(
            connection, (row[side] for row in rows for side in ("unit", "provider"))
        )
    return {"count": count, "results": [_shown_grant(row, names) for row in rows]}


@tk.side_effect_free
def fjgov_grant_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a grant: what it gives, and its case with every decision about it.

    :param number: of the grant
    """
    tk.check_access("fjgov_grant_show", context, data_dict)
    number, here = number_of(data_dict), settings.node().code
    with snapshot() as connection:
        case = cases.load(connection, here, number)
        row = grants.find(connection, here, number)
        if case is None or row is None:
            raise tk.ObjectNotFound(f"没有授权 {number} / there is no grant {number}")
        shown = showing.shown_case(connection, case, actors.actor_in(connection, context))
        names = case_reading.unit_names(connection, (row["unit"], row["provider"]))
        today = quotas.spent(connection, (here, number), local_today())
    return {**shown, "grant": {**_shown_grant(row, names), "spent_today": asdict(today)}}


@tk.side_effect_free
def fjgov_agreement_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show what a grant gives (its agreement) without what was decided about it.

    :param number: of the grant
    """
    tk.check_access("fjgov_agreement_show", context, data_dict)
    number, here = number_of(data_dict), settings.node().code
    with snapshot() as connection:
        row = grants.find(connection, here, number)
        if row is None:
            raise tk.ObjectNotFound(f"没有授权 {number} / there is no grant {number}")
        names = case_reading.unit_names(connection, (row["unit"], row["provider"]))
    return _shown_grant(row, names)


@tk.side_effect_free
def fjgov_use_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List uses (使用记录, Art. 30) of the information of the caller's units, or by these units.

    A use without `ended_at` has not ended, or was cut off so that nobody could say how.

    :param side: only as `provider` or `holder` (default both)
    :param grant: only under this grant (number)
    :param entry: only of this entry (id)
    :param since: only those that began on this day or later (YYYY-MM-DD, in the node's time)
    :param until: only those that began on this day or earlier
    :param before: only those with a lower `number`, to read on while the list grows; `count` is
        then null
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_use_list", context, data_dict)
    side = text_of(data_dict, "side")
    if side not in ("", "provider", "holder"):
        refuse("side", "side 须为 provider、holder 之一", "side is provider or holder")
    with snapshot() as connection:
        seeker = actors.seeker_of(actors.actor_in(connection, context))
        units = {unit for unit, role in seeker.held if role in READING_USES}
        wanted = uses.Wanted(
            providers=units if side != "holder" else (),
            holders=units if side != "provider" else (),
            grant=text_of(data_dict, "grant"),
            entry=text_of(data_dict, "entry"),
            since=_day_begins(data_dict, "since"),
            until=_day_begins(data_dict, "until", days=1),
            before=whole(data_dict, "before", 0) or None,
        )
        count = uses.count(connection, wanted) if wanted.before is None else None
        rows = uses.page(connection, wanted, **paging(data_dict))
        names = case_reading.unit_names(
            connection, (row[side] for row in rows for side in ("unit", "provider"))
        )
        people = case_reading.user_names(connection, (row["user_id"] for row in rows))
    return {"count": count, "results": [_shown_use(row, names, people) for row in rows]}


SHARING_ACTIONS = {
    "fjgov_use_list": fjgov_use_list,
    "fjgov_application_create": fjgov_application_create,
    "fjgov_application_update": fjgov_application_update,
    "fjgov_application_submit": fjgov_application_submit,
    "fjgov_application_show": fjgov_application_show,
    "fjgov_grant_list": fjgov_grant_list,
    "fjgov_grant_show": fjgov_grant_show,
    "fjgov_agreement_show": fjgov_agreement_show,
}


def _day_begins(data: Mapping[str, Any], name: str, *, days: int = 0) -> datetime | None:
    """Give the moment at which a named day, or one some days after it, begins at this node."""
    text = text_of(data, name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        refuse(name, f"{name} 须为日期（年-月-日）", f"{name} must be a date, YYYY-MM-DD")
    return datetime.combine(day, time.min, LOCAL_ZONE)


def _terms(data: Mapping[str, Any]) -> dict[str, Any]:
    terms = data.get("terms")
    if not isinstance(terms, Mapping):
        refuse("terms", "terms 须为键值", "terms must be an object")
    return dict(checked(terms, "terms"))


def _unit(context: Any, reference: str) -> model.Group:
    """Give the unit in whose name a person applies: the one named, or the only one there is."""
    if reference:
        unit = model.Group.get(reference)
        if unit is None or not unit.is_organization:
            refuse("unit", "没有该单位", "there is no such unit")
        return unit
    held = [one for one, roles in person_in(context).roles.items() if roles & set(kind.ASKING)]
    if len(held) != 1:
        refuse("unit", "请指明以哪个单位的名义申请", "say in the name of which unit you apply")
    return model.Group.get(held[0])


def _shown_grant(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    now = utc_now()
    return {
        **row,
        "starts": row["starts"].isoformat(),
        "until": row["until"].isoformat(),
        "unit_name": names.get(row["unit"], ""),
        "provider_name": names.get(row["provider"], ""),
        "state_label": dict(zip(("zh", "en"), GRANT.states[row["state"]], strict=True)),
        "is_in_force": row["state"] == "active" and row["starts"] <= now < row["until"],
    }


def _shown_use(
    row: Mapping[str, Any], names: Mapping[str, str], people: Mapping[str, str]
) -> dict[str, Any]:
    ended = row["ended_at"]
    return {
        **row,
        "use": str(row["use"]),
        "at": row["at"].isoformat(),
        "ended_at": ended.isoformat() if ended else None,
        "user": people.get(row["user_id"], ""),
        "system": row["user_id"].removeprefix(SYSTEM) if row["user_id"].startswith(SYSTEM) else "",
        "unit_name": names.get(row["unit"], ""),
        "provider_name": names.get(row["provider"], ""),
    }
