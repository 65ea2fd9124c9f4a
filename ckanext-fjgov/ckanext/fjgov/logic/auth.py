"""Auth functions: translate appointments and labels into CKAN's answers, nothing else."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.logic.cases.auth import CASE_AUTH
from ckanext.fjgov.logic.entry_guard import copy_refusal
from ckanext.fjgov.logic.readers import person_in

WRITERS = ("registrar", "reviewer")
OPERATORS = ("platform_operator", "digital_office")
IMPORTERS = ("platform_operator",)


def _allowed() -> dict[str, Any]:
    return {"success": True}


def _denied(zh: str, en: str) -> dict[str, Any]:
    return {"success": False, "msg": f"{zh} / {en}"}


def _sysadmin_only(_context: Any, _data: Any = None) -> dict[str, Any]:
    # CKAN lets a sysadmin pass before it asks; everybody else is refused.
    return _denied("仅系统维护人员可以操作", "only a platform technician may do this")


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_create(next_auth: Any, context: Any, data_dict: Any) -> dict[str, Any]:
    """A person with a current appointment as registrar (目录登记人员, Art. 18) of the unit."""
    person = person_in(context)
    owner = (data_dict or {}).get("owner_org")
    if not owner:
        can = any(roles.intersection(WRITERS) for roles in person.roles.values())
        return (
            _allowed()
            if can
            else _denied(
                "须由本单位目录登记人员登记，请联系单位负责人任命",
                "only an appointed registrar of a unit may register entries",
            )
        )
    unit = model.Group.get(owner)
    if unit is None or not person.holds(unit.id, *WRITERS):
        return _denied(
            "您不是该单位现任的目录登记人员，请联系单位负责人任命",
            "you hold no current appointment as registrar of this unit",
        )
    return next_auth(context, data_dict)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_update(next_auth: Any, context: Any, data_dict: Any) -> dict[str, Any]:
    """Own entries by the unit's registrar; a copy of another node's entry by nobody."""
    package = _package(context, data_dict)
    if package is None or package.type not in record_schemas():
        return next_auth(context, data_dict)
    refused = copy_refusal(package)
    if refused:
        return _denied(*refused)
    person = person_in(context)
    if not person.holds(package.owner_org, *WRITERS):
        return _denied(
            "您不是该单位现任的目录登记人员，请联系单位负责人任命",
            "you hold no current appointment as registrar of this unit",
        )
    target = (data_dict or {}).get("owner_org")
    if target and target != package.owner_org:
        unit = model.Group.get(target)
        if unit is None or not person.holds(unit.id, *WRITERS):
            return _denied(
                "不能把目录转给您未任职的单位",
                "you cannot move an entry to a unit where you hold no appointment",
            )
    return next_auth(context, data_dict)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_show(next_auth: Any, context: Any, data_dict: Any) -> dict[str, Any]:
    """Decide by labels, as CKAN does; the refusal names nothing that the caller did not know."""
    verdict: dict[str, Any] = next_auth(context, data_dict)
    if verdict["success"]:
        return verdict
    return _denied(
        "没有该目录，或您无权查看；请登录后再试",
        "there is no such entry, or you may not see it; sign in and try again",
    )


@tk.chained_auth_function
def package_delete(next_auth: Any, context: Any, data_dict: Any) -> dict[str, Any]:
    """Withdrawing (撤销) is writing."""
    package = _package(context, data_dict)
    if package is not None and package.type in record_schemas():
        verdict = package_update(next_auth, context, {"id": package.id})
        return verdict if not verdict["success"] else next_auth(context, data_dict)
    return next_auth(context, data_dict)


def _package(context: Any, data_dict: Any) -> Any:
    package = context.get("package")
    wanted = (data_dict or {}).get("id")
    if package is not None and (not wanted or wanted in (package.id, package.name)):
        return package
    return model.Package.get(wanted) if wanted else None


@tk.auth_allow_anonymous_access
def fjgov_change_list(context: Any, _data: Any = None) -> dict[str, Any]:
    """Read the change log: the operator here, or a registered node by its signature."""
    if context.get("fjgov_partner_node"):
        return _allowed()
    person = person_in(context)
    if any(roles.intersection(OPERATORS) for roles in person.roles.values()):
        return _allowed()
    return _denied(
        "变更接口仅对已注册的上下级节点和平台运行单位开放",
        "the feed is open to registered nodes and the platform operator only",
    )


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def user_reading(next_auth: Any, context: Any, data_dict: Any) -> dict[str, Any]:
    """See accounts: any identified official; everybody the own one."""
    person = person_in(context)
    wanted = (data_dict or {}).get("id")
    if person.is_staff or (wanted and wanted in (person.user_id, person.name)):
        return next_auth(context, data_dict)
    return _denied("请以机关单位工作人员身份登录", "sign in as a member of a government unit")


def fjgov_node_list(context: Any, _data: Any = None) -> dict[str, Any]:
    """See nodes and runs: any identified official."""
    return (
        _allowed()
        if person_in(context).is_staff
        else _denied("请以机关单位工作人员身份登录", "sign in as a member of a government unit")
    )


def fjgov_sync_operate(context: Any, _data: Any = None) -> dict[str, Any]:
    """Operate runs, schedules, alarms and reviews: the platform operator (Art. 3)."""
    person = person_in(context)
    if any("platform_operator" in roles for roles in person.roles.values()):
        return _allowed()
    return _denied("仅平台运行单位可以操作同步", "only the platform operator may operate the sync")


def fjgov_sync_start(context: Any, data_dict: Any = None) -> dict[str, Any]:
    """Start a run: the platform operator; past the shrink guard: a technician on the site."""
    if tk.asbool((data_dict or {}).get("forced", False)):
        return _sysadmin_only(context, data_dict)
    return fjgov_sync_operate(context, data_dict)


def fjgov_address_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """See a registered address: the unit that registered it."""
    package = _package({}, data_dict)
    if package is not None and person_in(context).holds(package.owner_org, *WRITERS):
        return _allowed()
    return _denied("仅登记单位可以查看地址", "only the providing unit may see addresses")


def fjgov_appointment_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Appoint people (Art. 18, 24): the head of the unit."""
    unit = model.Group.get((data_dict or {}).get("unit") or "")
    if unit is not None and person_in(context).holds(unit.id, "unit_lead"):
        return _allowed()
    return _denied("仅单位负责人可以任命", "only the head of the unit may appoint people")


fjgov_appointment_end = fjgov_appointment_create


def fjgov_appointment_list(context: Any, _data: Any = None) -> dict[str, Any]:
    """See appointments: any identified official (政务用户目录, Art. 45)."""
    return fjgov_node_list(context)


def fjgov_node_register(context: Any, data_dict: Any = None) -> dict[str, Any]:
    """Register a node: only a technician on the site."""
    return _sysadmin_only(context, data_dict)


def fjgov_source_change(context: Any, data_dict: Any = None) -> dict[str, Any]:
    """Try, add or end a foreign source: only a technician on the site, since it fetches."""
    return _sysadmin_only(context, data_dict)


def fjgov_finding_count(context: Any, data_dict: Any = None) -> dict[str, Any]:
    """See counts of findings: any identified official."""
    return fjgov_node_list(context, data_dict)


def fjgov_import_run(context: Any, data_dict: Any = None) -> dict[str, Any]:
    """Import: the platform operator (Art. 3); a registrar may try a file of the own unit.

    Listing without a review (建库导入) is for a technician on the site.
    """
    if (data_dict or {}).get("first_load"):
        return _sysadmin_only(context, data_dict)
    dry_run = (data_dict or {}).get("dry_run", True)
    allowed = (*IMPORTERS, *WRITERS) if dry_run else IMPORTERS
    person = person_in(context)
    if any(roles.intersection(allowed) for roles in person.roles.values()):
        return _allowed()
    return _denied(
        "仅平台运行单位可以批量导入；目录登记人员可以预检本单位的文件",
        "only the platform operator may import; a registrar may try a file (dry run)",
    )


def fjgov_entry_register(context: Any, _data: Any = None) -> dict[str, Any]:
    """Register in batches: who may register in some unit; each entry is asked about on its own."""
    roles = person_in(context).roles.values()
    if any(held.intersection(WRITERS) for held in roles):
        return _allowed()
    return _denied(
        "须由本单位目录登记人员登记，请联系单位负责人任命",
        "only an appointed registrar of a unit may register entries",
    )


@tk.auth_allow_anonymous_access
def fjgov_entry_export(_context: Any, _data: Any = None) -> dict[str, Any]:
    """Export what the caller could read entry by entry: anybody."""
    return _allowed()


@tk.auth_allow_anonymous_access
def fjgov_template_show(_context: Any, _data: Any = None) -> dict[str, Any]:
    """Get the empty workbook, which holds the public schema and code lists only: anybody."""
    return _allowed()


@tk.auth_allow_anonymous_access
def fjgov_link_list(_context: Any, _data: Any = None) -> dict[str, Any]:
    """See links between records that the caller may see, which the action asks about: anybody."""
    return _allowed()


@tk.auth_allow_anonymous_access
def fjgov_calendar_show(_context: Any, _data: Any = None) -> dict[str, Any]:
    """Working days are public: anybody."""
    return _allowed()


AUTH = {
    "package_create": package_create,
    "package_update": package_update,
    "package_delete": package_delete,
    "package_show": package_show,
    "user_list": user_reading,
    "user_show": user_reading,
    "user_autocomplete": user_reading,
    "fjgov_change_list": fjgov_change_list,
    "fjgov_node_list": fjgov_node_list,
    "fjgov_node_show": fjgov_node_list,
    "fjgov_sync_list": fjgov_node_list,
    "fjgov_sync_show": fjgov_node_list,
    "fjgov_sync_start": fjgov_sync_start,
    "fjgov_sync_cancel": fjgov_sync_operate,
    "fjgov_sync_retry": fjgov_sync_operate,
    "fjgov_schedule_set": fjgov_sync_operate,
    "fjgov_node_pause": fjgov_sync_operate,
    "fjgov_node_resume": fjgov_sync_operate,
    "fjgov_node_poll": fjgov_sync_operate,
    "fjgov_alarm_list": fjgov_node_list,
    "fjgov_alarm_acknowledge": fjgov_sync_operate,
    "fjgov_review_show": fjgov_node_list,
    "fjgov_review_approve": fjgov_sync_operate,
    "fjgov_review_refuse": fjgov_sync_operate,
    "fjgov_collection_pull": fjgov_sync_operate,
    "fjgov_source_preview": fjgov_source_change,
    "fjgov_source_check": fjgov_source_change,
    "fjgov_source_add": fjgov_source_change,
    "fjgov_source_end": fjgov_source_change,
    "fjgov_source_list": fjgov_node_list,
    "fjgov_source_show": fjgov_node_list,
    "fjgov_node_register": fjgov_node_register,
    "fjgov_address_show": fjgov_address_show,
    "fjgov_appointment_create": fjgov_appointment_create,
    "fjgov_appointment_end": fjgov_appointment_end,
    "fjgov_appointment_list": fjgov_appointment_list,
    "fjgov_appointment_search": fjgov_appointment_list,
    "fjgov_basis_list": fjgov_node_list,
    "fjgov_finding_count": fjgov_finding_count,
    "fjgov_quality_list": fjgov_node_list,
    "fjgov_quality_summary": fjgov_node_list,
    # Staff may ask; who may see or decide what is a guard inside the step.
    "fjgov_overdue_list": fjgov_node_list,
    "fjgov_maintenance_open": fjgov_node_list,
    "fjgov_maintenance_show": fjgov_node_list,
    "fjgov_maintenance_decide": fjgov_node_list,
    "fjgov_maintenance_confirm": fjgov_node_list,
    "fjgov_maintenance_list": fjgov_node_list,
    "fjgov_import_run": fjgov_import_run,
    "fjgov_entry_register": fjgov_entry_register,
    "fjgov_entry_export": fjgov_entry_export,
    # Who registers for the unit of an upload is a guard of each action.
    "fjgov_upload_create": fjgov_entry_register,
    "fjgov_upload_import": fjgov_entry_register,
    "fjgov_upload_show": fjgov_entry_register,
    "fjgov_upload_list": fjgov_entry_register,
    "fjgov_template_show": fjgov_template_show,
    "fjgov_link_list": fjgov_link_list,
    # Staff may ask; who may sign for which side is a guard inside the step.
    "fjgov_indicator_sign": fjgov_node_list,
    "fjgov_calendar_show": fjgov_calendar_show,
    "fjgov_calendar_load": _sysadmin_only,
    "fjgov_deadline_show": fjgov_calendar_show,
    **CASE_AUTH,
}
