"""What the pages of applications need: what was picked, and a form as terms and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import session
from werkzeug.datastructures import MultiDict

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.access.systems import why_no_holder
from ckanext.fjgov.core.cases.terms import ENTRY, MOST_TARGETS, NEED, STAFF, SYSTEM
from ckanext.fjgov.core.cases.types import application as kind
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.logic.sharing.systems import MANAGING
from ckanext.fjgov.model import systems
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.web import filter_forms
from ckanext.fjgov.web.searching_pages import reader_context

_PICKED = "fjgov_picked"
# Steps that may settle the terms, so that their form shows them.
SETTLING = kind.SETTLING - {"submit"}


def picked() -> list[str]:
    """Give the names of the entries in the person's list (选取清单), in the order of picking."""
    return [str(one) for one in session.get(_PICKED) or []]


def pick(name: str) -> bool:
    """Put an entry into the list; False when it is full."""
    names = picked()
    if name in names:
        return True
    if len(names) >= MOST_TARGETS:
        return False
    session[_PICKED] = [*names, name]
    return True


def unpick(names: Iterable[str]) -> None:
    """Take entries out of the list."""
    gone = set(names)
    session[_PICKED] = [one for one in picked() if one not in gone]


def entries_of(names: Iterable[str]) -> list[dict[str, Any]]:
    """Give the entries of these names that the reader may still see."""
    return [entry for entry in map(_seen, names) if entry is not None]


def targets_of_entries(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give entries as the form shows them: every item may be chosen, and is."""
    return [
        {
            "kind": ENTRY,
            "id": entry["id"],
            "name": entry["name"],
            "title": entry["title"],
            "identifier": entry.get("identifier") or entry["name"],
            "choices": [(item["id"], item["name"]) for item in entry.get("items") or []],
            "items": [item["id"] for item in entry.get("items") or []],
        }
        for entry in entries
    ]


def targets_of_terms(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the targets of terms as the form shows them: what was asked for may be narrowed."""
    return [
        {
            **target,
            "choices": list(
                zip(target.get("items") or (), target.get("item_names") or (), strict=False)
            ),
        }
        for target in terms.get("targets") or ()
    ]


def targets_of_draft(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the targets of a draft, with all items that its entries have now."""
    wanted = {str(one["id"]): one for one in terms.get("targets") or () if one.get("kind") == ENTRY}
    shown = {one["id"]: one for one in targets_of_entries(entries_of(wanted))}
    return [
        {**shown[str(one["id"])], "items": one["items"], "filter": one.get("filter") or []}
        if one.get("kind") == ENTRY and str(one["id"]) in shown
        else {**one, "choices": []}
        for one in terms.get("targets") or ()
    ]


def terms_of_form(
    form: MultiDict[str, str], targets: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Give the terms that a form asks for.

    Args:
        targets: as the form showed them; one that is not ticked any more is left out.
    """
    chosen = [_target_of_form(form, place, one) for place, one in enumerate(targets)]
    need = form.get("need", "").strip()
    asked = [one for one in chosen if one]
    if need:
        asked.append({"kind": NEED, "unit": form.get("need_unit", ""), "text": need})
    users = form.get("users", "").replace(",", " ").replace("，", " ").split()
    holder: dict[str, Any] = {"kind": form.get("holder", "")}
    if holder["kind"] == STAFF:
        holder["users"] = users
    if holder["kind"] == SYSTEM:
        holder["system"] = form.get("system", "")
    return {
        "purpose": form.get("purpose", "").strip(),
        "business": form.get("business", "").strip(),
        "mode": form.get("mode", ""),
        "holder": holder,
        "until": form.get("until", "").strip(),
        "targets": asked,
        "quota": filter_forms.quota_of_form(form),
    }


def as_ticked(
    form: MultiDict[str, str], targets: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give targets as they were ticked in a form that was refused."""
    return [
        {
            **target,
            "items": form.getlist(f"items-{place}"),
            "filter": filter_forms.filter_of_form(form, place),
        }
        if target["kind"] == ENTRY
        else dict(target)
        for place, target in enumerate(targets)
    ]


def terms_of_grant(grant: Mapping[str, Any]) -> dict[str, Any]:
    """Give the terms by which what a grant gives is applied for again; its end date is open."""
    users = list(grant["users"])
    holder: dict[str, Any] = {"kind": STAFF, "users": users} if users else {"kind": "unit"}
    if grant["system"]:
        holder = {"kind": SYSTEM, "system": grant["system"]}
    return {
        "purpose": grant["purpose"],
        "business": grant["business"],
        "mode": grant["mode"],
        "holder": holder,
        "targets": [
            {
                "kind": ENTRY,
                "id": grant["entry"],
                "items": list(grant["items"]),
                "filter": list(grant["filter"]),
            }
        ],
        "quota": dict(grant["quota"]),
    }


def payload_of(step: str, form: MultiDict[str, str], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a step of an application is told beside its reason."""
    if step in SETTLING:
        return {"terms": terms_of_form(form, targets_of_terms(terms))}
    if step == kind.PUBLISH:
        named = {
            str(place): form.get(f"entry-{place}", "").strip()
            for place, _one in enumerate(terms.get("targets") or (), 1)
        }
        return {"entries": {place: name for place, name in named.items() if name}}
    return {}


def why_not(entry: Mapping[str, Any], person: Person, *, is_copy: bool) -> tuple[str, str] | None:
    """Say why an official cannot apply for an entry here; None when nothing speaks against it."""
    units = {unit for unit, roles in person.roles.items() if roles & set(kind.ASKING)}
    if entry.get("state") != "active":
        return "目录未发布，不能申请", "the entry is not listed"
    if entry.get("share_type") not in ("1", "2"):
        return (
            "依《办法》第四条、第二十一条，非共享信息不通过交换发布，不能申请",
            "Art. 4, 21: information of this class is not shared and cannot be applied for",
        )
    if is_copy:
        return "请到所属目录节点申请", "apply at the home node of the entry"
    if not units:
        return (
            "须为机关单位现任人员方可申请，请联系单位负责人任命",
            "only people appointed in a government unit may apply",
        )
    if units == {entry.get("owner_org")}:
        return "本单位的信息无须申请", "the own unit's information needs no application"
    return None


def systems_of(unit_ids: Iterable[str]) -> list[dict[str, str]]:
    """Give the systems of units that can hold a grant (使用对象): `number`, `title`."""
    found = systems.of_units(session_connection(), settings.node().code, list(unit_ids))
    return [
        {"number": one.facts.number, "title": one.title}
        for one in found
        if why_no_holder(one.facts) is None
    ]


def token_page(grant: Mapping[str, Any], person: Person) -> str | None:
    """Give the name of the record whose tokens the person manages for a grant of a system."""
    here = settings.node().code
    found = systems.of_unit(session_connection(), here, grant["unit"], grant["system"])
    return found.name if found and person.holds(found.unit_id, MANAGING) else None


def _seen(name: str) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] = tk.get_action("package_show")(reader_context(), {"id": name})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return entry


def _target_of_form(
    form: MultiDict[str, str], place: int, target: Mapping[str, Any]
) -> dict[str, Any] | None:
    if target["kind"] != ENTRY:
        names = ("kind", "id", "unit", "text")
        kept = {name: target[name] for name in names if target.get(name)}
        return kept if form.get(f"target-{place}") else None
    items = form.getlist(f"items-{place}")
    rows = filter_forms.filter_of_form(form, place)
    return {"kind": ENTRY, "id": target["id"], "items": items, "filter": rows} if items else None
