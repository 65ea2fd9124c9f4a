"""Actions of appointments, addresses and findings."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic import entry_guard, unit_index
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import addresses, appointments, audit, findings
from ckanext.fjgov.model.database import own_transaction

ROLES = (
    "digital_office",
    "platform_operator",
    "unit_lead",
    "registrar",
    "reviewer",
    "info_manager",
    "staff",
    "system",
)


def fjgov_appointment_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Appoint a person to a role in a unit (Art. 16, 18, 24).

    :param user: name or id of the person's account
    :param unit: name or id of the unit
    :param role: code of the role, such as `registrar`
    :param document: the document that says so
    :param valid_from: first day, today when left out
    :param valid_until: last day, open when left out
    """
    tk.check_access("fjgov_appointment_create", context, data_dict)
    user = model.User.get(tk.get_or_bust(data_dict, "user"))
    unit = model.Group.get(tk.get_or_bust(data_dict, "unit"))
    errors: dict[str, list[str]] = {}
    if user is None or user.state != "active":
        errors["user"] = ["没有该账号 / there is no such account"]
    if unit is None or not unit.is_organization:
        errors["unit"] = ["没有该单位 / there is no such unit"]
    role = data_dict.get("role")
    if role not in ROLES:
        errors["role"] = [f"角色须为 {'、'.join(ROLES)} 之一 / the role is one of these"]
    first = _day(data_dict, "valid_from", errors) or local_today()
    last = _day(data_dict, "valid_until", errors)
    if last and last < first:
        errors["valid_until"] = ["终止日期早于起始日期 / the last day is before the first"]
    if errors:
        raise tk.ValidationError(errors)
    actor = context.get("user") or "system"
    with own_transaction() as connection:
        number = appointments.add(
            connection,
            user_id=user.id,
            unit_id=unit.id,
            role=str(role),
            document=str(data_dict.get("document") or ""),
            valid_from=first,
            valid_until=last,
            appointed_by=actor,
        )
    if number is not None:
        detail = {"user": user.name, "unit": unit.name, "role": role}
        audit.append("appointment_created", actor, detail, utc_now())
    _make_member(user, unit, str(role))
    return {"id": number, "user": user.name, "unit": unit.name, "role": role}


def fjgov_appointment_end(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End an appointment on a day (today when left out); drafts close to the person the next day.

    :param id: number of the appointment
    :param last_day: last day of the appointment
    """
    number = int(tk.get_or_bust(data_dict, "id"))
    with own_transaction() as connection:
        row = appointments.get(connection, number)
    if row is None:
        raise tk.ObjectNotFound(f"没有任命 {number} / there is no appointment {number}")
    tk.check_access("fjgov_appointment_end", context, {"unit": row["unit_id"]})
    errors: dict[str, list[str]] = {}
    last = _day(data_dict, "last_day", errors) or local_today()
    if errors:
        raise tk.ValidationError(errors)
    with own_transaction() as connection:
        ended = appointments.end(connection, number, last)
    if not ended:
        raise tk.ValidationError(
            {"id": ["该任命已终止，或终止日早于起始日 / ended already, or before it began"]}
        )
    audit.append("appointment_ended", context.get("user") or "system", {"id": number}, utc_now())
    return {"id": number, "valid_until": last.isoformat()}


@tk.side_effect_free
def fjgov_appointment_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List the appointments of a unit, ended ones included.

    :param unit: name or id of the unit
    """
    tk.check_access("fjgov_appointment_list", context, data_dict)
    unit = model.Group.get(tk.get_or_bust(data_dict, "unit"))
    if unit is None:
        raise tk.ObjectNotFound("没有该单位 / there is no such unit")
    with own_transaction() as connection:
        rows = appointments.of_unit(connection, unit.id)
    return [
        {
            "id": row["id"],
            "user": row["user_name"],
            "fullname": row["fullname"],
            "role": row["role"],
            "document": row["document"],
            "valid_from": row["valid_from"].isoformat(),
            "valid_until": row["valid_until"].isoformat() if row["valid_until"] else None,
        }
        for row in rows
    ]


@tk.side_effect_free
def fjgov_address_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show the registered addresses of an entry to the unit that registered them.

    :param id: id or name of the entry
    """
    tk.check_access("fjgov_address_show", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    with own_transaction() as connection:
        found = addresses.of_package(connection, package.id)
    return {
        "id": package.id,
        "addresses": [
            {"record": record, "field": field, "address": address}
            for (record, field), address in sorted(found.items())
        ],
    }


@tk.side_effect_free
def fjgov_finding_count(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Count the findings of listed entries by unit and rule (Art. 15)."""
    tk.check_access("fjgov_finding_count", context, data_dict)
    with own_transaction() as connection:
        return findings.counts_by_unit(connection)


@tk.chained_action
def organization_update(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Change a unit of this node; a copy of another node's unit is changed there."""
    _refuse_copy(data_dict)
    answer = next_action(context, data_dict)
    unit_index.follow_unit(data_dict.get("id") or "")
    return answer


@tk.chained_action
def organization_delete(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Close a unit of this node; a copy of another node's unit is closed there."""
    _refuse_copy(data_dict)
    return next_action(context, data_dict)


def _refuse_copy(data_dict: dict[str, Any]) -> None:
    unit = model.Group.get(data_dict.get("id") or "")
    if unit is not None and unit.is_organization:
        entry_guard.refuse_copy(unit)


def _day(data: dict[str, Any], name: str, errors: dict[str, list[str]]) -> date | None:
    text = data.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        errors[name] = ["日期格式须为 YYYY-MM-DD / a date like 2026-01-31"]
        return None


def _make_member(user: model.User, unit: model.Group, role: str) -> None:
    """CKAN's own pages and auth ask for membership; what it allows is narrowed by appointments."""
    capacity = "editor" if role in ("registrar", "reviewer", "unit_lead") else "member"
    held = (
        model.Session.query(model.Member)
        .filter_by(group_id=unit.id, table_id=user.id, table_name="user", state="active")
        .first()
    )
    if held is not None and (capacity in (held.capacity, "member")):
        return
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("member_create")(
        {"ignore_auth": True, "user": site_user},
        {"id": unit.id, "object": user.id, "object_type": "user", "capacity": capacity},
    )
