"""Auth functions of cases: who may ask at all; whether a step may be taken is decided in it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.cases.showing import seen_by
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.model import cases, grants, offices
from ckanext.fjgov.model.database import session_connection


def _answer(*, allowed: bool, zh: str, en: str) -> dict[str, Any]:
    return {"success": True} if allowed else {"success": False, "msg": f"{zh} / {en}"}


def official(context: Any, _data: Any = None) -> dict[str, Any]:
    """Any identified official; lists hold only what is theirs."""
    return _answer(
        allowed=person_in(context).is_staff,
        zh="请以机关单位工作人员身份登录",
        en="sign in as a member of a government unit",
    )


def fjgov_case_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """See a case: people with a current appointment in a unit that is party to it."""
    number = (data_dict or {}).get("number")
    here = settings.node().code
    case = cases.load(session_connection(), here, number) if isinstance(number, str) else None
    if case is None:
        raise tk.ObjectNotFound("没有该办理事项 / there is no such case")
    held = [model.Group.get(unit_id) for unit_id in person_in(context).roles]
    units = {unit_code(unit) for unit in held if unit is not None}
    return _answer(
        allowed=seen_by(session_connection(), case, units) is not None,
        zh="仅当事单位的现任人员可以查看该事项",
        en="only people appointed in a unit that is party to the case may see it",
    )


def fjgov_agreement_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """See what a grant gives: its parties, and the 同级数字办 of holder and provider."""
    asked = fjgov_case_show(context, data_dict)
    row = grants.find(session_connection(), settings.node().code, data_dict["number"])
    held = [unit for unit, roles in person_in(context).roles.items() if "digital_office" in roles]
    if asked["success"] or row is None or not held:
        return asked
    codes, today = (row["unit"], row["provider"]), local_today()
    return _answer(
        allowed=offices.is_competent(session_connection(), held, codes, today),
        zh="仅当事单位及其同级数字办的现任人员可以查看该授权的内容",
        en="only people appointed in a party to the grant, or in its office, may see it",
    )


def fjgov_revision_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """See a revision: people who work on the catalog of the unit."""
    package = model.Package.get((data_dict or {}).get("id") or "")
    return _answer(
        allowed=package is not None and package.owner_org in person_in(context).working_units,
        zh="仅本单位目录工作人员可以查看更新内容",
        en="only people who work on the unit's catalog may see its revisions",
    )


def fjgov_collection_waiting_list(context: Any, _data: Any = None) -> dict[str, Any]:
    """See what waits for 省数字办: its own people."""
    office = settings.province_office()
    held = [
        model.Group.get(unit_id)
        for unit_id, roles in person_in(context).roles.items()
        if "digital_office" in roles
    ]
    return _answer(
        allowed=bool(office)
        and any(unit is not None and unit_code(unit) == office for unit in held),
        zh="仅省数字办现任人员可以查看",
        en="only people appointed in 省数字办 may see it",
    )


@tk.auth_allow_anonymous_access
def fjgov_data_query(_context: Any, _data: Any = None) -> dict[str, Any]:
    """Query a table: whether, and what of it, is decided in it for each use (Art. 22)."""
    return {"success": True}


CASE_AUTH = {
    "fjgov_data_query": fjgov_data_query,
    "fjgov_collection_report": official,
    "fjgov_collection_show": official,
    "fjgov_collection_check": official,
    "fjgov_collection_list": official,
    "fjgov_collection_range_list": official,
    "fjgov_collection_waiting_list": fjgov_collection_waiting_list,
    "fjgov_case_list": official,
    "fjgov_case_show": fjgov_case_show,
    "fjgov_case_decide": fjgov_case_show,
    "fjgov_claim_create": official,
    # Whose clocks the caller sees is decided in it.
    "fjgov_clock_list": official,
    # Whose unit it is, and who may take a step, is a guard inside it.
    "fjgov_application_create": official,
    "fjgov_application_update": official,
    "fjgov_application_submit": official,
    "fjgov_application_show": fjgov_case_show,
    # Whose information it is, is a guard of each action.
    "fjgov_mount_create": official,
    "fjgov_mount_remove": official,
    "fjgov_mount_show": official,
    "fjgov_mount_list": official,
    "fjgov_unmounted_list": official,
    "fjgov_grant_list": official,
    "fjgov_use_list": official,
    "fjgov_grant_show": fjgov_case_show,
    "fjgov_agreement_show": fjgov_agreement_show,
    # Who manages the tokens of a system is asked in them, with its record.
    "fjgov_system_token_create": official,
    "fjgov_system_token_list": official,
    "fjgov_system_token_revoke": official,
    # Which tables may be processed, and whose job it is, is decided in them.
    "fjgov_processing_create": official,
    "fjgov_processing_show": official,
    "fjgov_processing_list": official,
    "fjgov_processing_cancel": official,
    "fjgov_entry_submit": official,
    "fjgov_entry_recall": official,
    "fjgov_entry_return": official,
    "fjgov_entry_approve": official,
    "fjgov_entry_list": official,
    "fjgov_entry_withdraw": official,
    "fjgov_revision_save": official,
    "fjgov_revision_show": fjgov_revision_show,
    "fjgov_revision_discard": official,
    "fjgov_notice_list": official,
    "fjgov_notice_read": official,
    "fjgov_mail_show": official,
    "fjgov_mail_choose": official,
}
