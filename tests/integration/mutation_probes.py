"""For each guard a question that it must refuse, or answer with less: data of `test_mutations`.

A probe is asked by the most privileged user whom the guard must still refuse. Names in braces are
filled in by the test. What has no guard on purpose stands in `UNGUARDED` with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Probe:
    """One question.

    Attributes:
        who: kind of user, as in the leak matrix.
        path: name of an action, or address of a page.
        method: of a page; actions are posted.
        arguments: of the action, or fields of the form.
        headers: of the answer, which are part of it.
    """

    who: str
    path: str
    method: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()

    @property
    def is_action(self) -> bool:
        return not self.method


def call(who: str, action: str, **arguments: Any) -> Probe:
    """Call an action."""
    return Probe(who, action, arguments=arguments)


def get(who: str, path: str, *headers: str) -> Probe:
    """Read a page."""
    return Probe(who, path, "GET", headers=headers)


def post(who: str, path: str, **fields: str) -> Probe:
    """Send a form."""
    return Probe(who, path, "POST", fields)


STRANGER, OTHER, NOBODY, MEMBER = "stranger", "other_editor", "anonymous", "member"
GRANTEE, TECHNICIAN = "grantee", "sysadmin"
# Who asks an action of ours, and what: the same for its auth function.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "fjgov_address_show": (OTHER, {"id": "{class2}"}),
    "fjgov_alarm_acknowledge": (MEMBER, {"id": 0}),
    "fjgov_alarm_list": (STRANGER, {}),
    "fjgov_application_create": (STRANGER, {"terms": {"purpose": "x"}}),
    "fjgov_application_show": (OTHER, {"number": "{pending}"}),
    "fjgov_application_submit": (OTHER, {"number": "{drafted}"}),
    "fjgov_application_update": (OTHER, {"number": "{drafted}", "terms": {}}),
    "fjgov_appointment_create": (MEMBER, {"user": "no-such", "unit": "{unit}", "role": "staff"}),
    "fjgov_appointment_end": (MEMBER, {"id": "{appointment}"}),
    "fjgov_appointment_list": (STRANGER, {"unit": "{unit}"}),
    "fjgov_appointment_search": (STRANGER, {"q": "x"}),
    "fjgov_basis_list": (STRANGER, {"limit": 1}),
    "fjgov_calendar_load": (MEMBER, {"notice": "x"}),
    "fjgov_case_decide": (OTHER, {"number": "{pending}", "event": "no_objection", "reason": "x"}),
    "fjgov_case_list": (STRANGER, {"limit": 1}),
    "fjgov_case_show": (OTHER, {"number": "{pending}"}),
    "fjgov_change_list": (MEMBER, {"since": 0, "limit": 1}),
    "fjgov_claim_create": (STRANGER, {"id": "{class2}", "items": []}),
    "fjgov_clock_list": (STRANGER, {}),
    "fjgov_collection_check": (STRANGER, {"id": "{class2}"}),
    "fjgov_collection_list": (STRANGER, {"limit": 1}),
    "fjgov_collection_pull": (MEMBER, {}),
    "fjgov_collection_range_list": (STRANGER, {"unit": "{unit}"}),
    "fjgov_collection_report": (STRANGER, {"id": "{class2}"}),
    "fjgov_collection_show": (STRANGER, {"id": "{class2}"}),
    "fjgov_collection_waiting_list": (MEMBER, {}),
    "fjgov_data_query": (OTHER, {"resource_id": "{resource}"}),
    "fjgov_entry_approve": (OTHER, {"id": "{reviewed}"}),
    "fjgov_entry_list": (OTHER, {"id": "{approved}"}),
    "fjgov_entry_recall": (OTHER, {"id": "{reviewed}"}),
    "fjgov_entry_register": (STRANGER, {"entries": "x"}),
    "fjgov_entry_return": (OTHER, {"id": "{reviewed}", "reason": "x"}),
    "fjgov_entry_submit": (OTHER, {"id": "{draft}"}),
    "fjgov_entry_withdraw": (OTHER, {"id": "{class2}", "reason": "x"}),
    "fjgov_finding_count": (STRANGER, {}),
    "fjgov_grant_list": (STRANGER, {}),
    "fjgov_grant_show": (OTHER, {"number": "{grant}"}),
    "fjgov_agreement_show": (OTHER, {"number": "{grant}"}),
    "fjgov_import_run": (OTHER, {"content": "x", "dry_run": False}),
    "fjgov_indicator_sign": (STRANGER, {"id": "{class2}", "indicator": "x", "side": "lead"}),
    "fjgov_mail_choose": (STRANGER, {"wanted": True}),
    "fjgov_mail_show": (STRANGER, {}),
    "fjgov_maintenance_confirm": (OTHER, {"unit": "{unit}"}),
    "fjgov_maintenance_decide": (
        OTHER,
        {"unit": "{unit}", "decisions": [{"id": "{class2}", "decision": "confirm"}]},
    ),
    "fjgov_maintenance_list": (STRANGER, {}),
    "fjgov_maintenance_open": (OTHER, {"unit": "{unit}"}),
    "fjgov_maintenance_show": (OTHER, {"unit": "{unit}"}),
    "fjgov_mount_create": (OTHER, {"id": "{resource}", "content": "eA=="}),
    "fjgov_mount_list": (STRANGER, {"id": "{class2}"}),
    "fjgov_mount_remove": (OTHER, {"id": "{resource}", "reason": "x"}),
    "fjgov_mount_show": (STRANGER, {"id": "{resource}"}),
    "fjgov_node_list": (STRANGER, {}),
    "fjgov_node_pause": (MEMBER, {"node": "000000", "reason": "x"}),
    "fjgov_node_poll": (MEMBER, {"node": "000000"}),
    "fjgov_node_register": (MEMBER, {"code": "x"}),
    "fjgov_node_resume": (MEMBER, {"node": "000000"}),
    "fjgov_node_show": (STRANGER, {"code": "350000", "node": "350000"}),
    "fjgov_notice_list": (STRANGER, {}),
    "fjgov_notice_read": (STRANGER, {"ids": []}),
    "fjgov_overdue_list": (STRANGER, {}),
    "fjgov_processing_cancel": (OTHER, {"number": "{job}"}),
    "fjgov_processing_create": (STRANGER, {"spec": {}}),
    "fjgov_processing_list": (STRANGER, {}),
    "fjgov_processing_show": (OTHER, {"number": "{job}"}),
    "fjgov_quality_list": (STRANGER, {"limit": 1}),
    "fjgov_quality_summary": (STRANGER, {}),
    "fjgov_review_approve": (MEMBER, {"id": "x", "digest": "x", "reason": "x"}),
    "fjgov_review_refuse": (MEMBER, {"id": "x", "digest": "x", "reason": "x"}),
    "fjgov_review_show": (STRANGER, {"id": "x"}),
    "fjgov_revision_discard": (OTHER, {"id": "{revised}"}),
    "fjgov_revision_save": (OTHER, {"id": "{class2}", "changes": {"frequency": "6"}}),
    "fjgov_revision_show": (OTHER, {"id": "{class2}"}),
    "fjgov_schedule_set": (MEMBER, {"node": "000000", "schedule": "off"}),
    "fjgov_source_add": (MEMBER, {"definition": "x"}),
    "fjgov_source_check": (MEMBER, {"definition": "x"}),
    "fjgov_source_end": (MEMBER, {"code": "x", "reason": "x"}),
    "fjgov_source_list": (STRANGER, {}),
    "fjgov_source_preview": (MEMBER, {"definition": "x"}),
    "fjgov_source_show": (STRANGER, {"code": "x"}),
    "fjgov_sync_cancel": (MEMBER, {"id": "x"}),
    "fjgov_sync_list": (STRANGER, {}),
    "fjgov_sync_retry": (MEMBER, {"node": "000000", "kind": "entry", "key": "x"}),
    "fjgov_sync_show": (STRANGER, {"id": "x"}),
    "fjgov_sync_start": (MEMBER, {"node": "000000"}),
    "fjgov_system_token_create": (OTHER, {"system": "{system}", "name": "x"}),
    "fjgov_system_token_list": (OTHER, {"system": "{system}"}),
    "fjgov_system_token_revoke": (STRANGER, {"id": 0, "reason": "x"}),
    "fjgov_unmounted_list": (STRANGER, {}),
    "fjgov_upload_create": (STRANGER, {"unit": "{unit}", "content": "x"}),
    "fjgov_upload_import": (STRANGER, {"id": "x"}),
    "fjgov_upload_list": (STRANGER, {}),
    "fjgov_upload_show": (STRANGER, {"id": "x"}),
    "fjgov_use_list": (STRANGER, {}),
}
_PATCH = {"id": "{class2}", "frequency": "5"}
PROBES: dict[str, Probe] = {
    **{f"action:{name}": call(who, name, **given) for name, (who, given) in CALLS.items()},
    **{
        f"auth:{name}": call(who, name, **given)
        for name, (who, given) in CALLS.items()
        if name != "fjgov_data_query"
    },
    "action:fjgov_sync_progress": call(STRANGER, "fjgov_sync_progress", id="x"),
    # Core's auth functions, by way of core's actions.
    "auth:package_create": call(OTHER, "package_create", owner_org="{unit}", title="x"),
    "auth:package_update": call(OTHER, "package_patch", **_PATCH),
    "auth:package_delete": call(OTHER, "package_delete", id="{class2}"),
    "auth:package_show": call(STRANGER, "package_show", id="{draft}"),
    "auth:user_list": call(STRANGER, "user_list", q="{applicant}"),
    "auth:user_show": call(STRANGER, "user_show", id="{applicant}"),
    "auth:user_autocomplete": call(STRANGER, "user_autocomplete", q="{applicant}"),
    # Chained core actions: what the next one of the chain would do instead.
    "action:package_show": call(STRANGER, "package_show", id="{class2}"),
    "action:package_search": call(NOBODY, "package_search", q="res_url:*"),
    "action:resource_search": call(NOBODY, "resource_search", query="name:{keyword}"),
    "action:package_list": call(NOBODY, "package_list"),
    "action:current_package_list_with_resources": call(
        STRANGER, "current_package_list_with_resources", limit=1000
    ),
    "action:organization_show": call(NOBODY, "organization_show", id="{unit}"),
    "action:package_create": call(
        MEMBER, "package_create", owner_org="{unit}", title="x", type="x"
    ),
    "action:package_update": call(TECHNICIAN, "package_update", id="{reviewed}", title="x"),
    "action:package_delete": call(TECHNICIAN, "package_delete", id="{reviewed}"),
    "action:dataset_purge": call(TECHNICIAN, "dataset_purge", id="{reviewed}"),
    "action:package_owner_org_update": call(
        TECHNICIAN, "package_owner_org_update", id="{reviewed}", organization_id="{other_unit}"
    ),
    "action:organization_update": call(
        TECHNICIAN, "organization_update", id="{foreign_unit}", title="x"
    ),
    "action:organization_delete": call(TECHNICIAN, "organization_delete", id="{foreign_unit}"),
    "action:group_update": call(TECHNICIAN, "group_update", id="{foreign_unit}", title="x"),
    "action:group_delete": call(TECHNICIAN, "group_delete", id="{foreign_unit}"),
    "action:tag_delete": call(TECHNICIAN, "tag_delete", id="低保"),
    "action:fjgov_entry_export": call(STRANGER, "fjgov_entry_export", unit="{unit}"),
    "action:fjgov_link_list": call(STRANGER, "fjgov_link_list", id="{draft}"),
    "action:tag_list": call(NOBODY, "tag_list", query="{keyword}"),
    "action:tag_search": call(NOBODY, "tag_search", query="{keyword}"),
    "action:tag_autocomplete": call(NOBODY, "tag_autocomplete", query="{keyword}"),
    "action:tag_show": call(NOBODY, "tag_show", id="{keyword}"),
    "action:member_list": call(NOBODY, "member_list", id="{unit}", object_type="package"),
    # What CKAN's activity plugin and its datastore would give or do.
    "action:activity_data_show": call(STRANGER, "activity_data_show", id="{activity}"),
    "action:activity_diff": call(
        STRANGER, "activity_diff", id="{activity}", object_type="package", diff_type="unified"
    ),
    "action:activity_show": call(STRANGER, "activity_show", id="{activity}"),
    "action:dashboard_activity_list": call(STRANGER, "dashboard_activity_list"),
    "action:group_activity_list": call(STRANGER, "group_activity_list", id="{unit}"),
    "action:organization_activity_list": call(STRANGER, "organization_activity_list", id="{unit}"),
    "action:package_activity_list": call(STRANGER, "package_activity_list", id="{class2}"),
    "action:recently_changed_packages_activity_list": call(
        STRANGER, "recently_changed_packages_activity_list"
    ),
    "action:user_activity_list": call(STRANGER, "user_activity_list", id="{creator}"),
    "action:datastore_search": call(TECHNICIAN, "datastore_search", resource_id="{resource}"),
    "action:datastore_info": call(TECHNICIAN, "datastore_info", id="{resource}"),
    **{
        f"action:{name}": call(TECHNICIAN, name, resource_id="no-such")
        for name in (
            "datastore_create",
            "datastore_delete",
            "datastore_function_create",
            "datastore_function_delete",
            "datastore_records_delete",
            "datastore_run_triggers",
            "datastore_upsert",
        )
    },
    # Labels and hooks.
    "label:get_dataset_labels": call(STRANGER, "package_show", id="{draft}"),
    "label:get_user_dataset_labels": call(STRANGER, "package_show", id="{draft}"),
    "hook:web.views.guards.keep_answers_private": get(
        NOBODY, "/api/3/action/site_read", "Cache-Control"
    ),
    "hook:web.views.guards.call_a_refused_search_a_bad_request": call(
        NOBODY, "package_search", q="res_url:*"
    ),
    "hook:web.views.accounts.before": get(MEMBER, "/dataset/groups/{class2}"),
    "hook:web.views.accounts.after": get(NOBODY, "/about", "Content-Security-Policy"),
}
OPEN = "public reading: the schema, code lists, working days"
INNER = "asks for nothing itself: CKAN's own way ends in package_update, too, which has its probe"
PAGED = "pages of a search, which is guarded: ckanext-dcat's own action asks the same search"
UNGUARDED: dict[str, str] = {
    "hook:web.views.guards.ask_for_the_secret_of_a_form": "needs a session: row 47 of the matrix",
    "hook:web.views.limits.count_requests": "counts by the minute: test_api_calls asks too often",
    "hook:web.views.guards.say_that_answers_go_by_the_reader": "adds a header; guards nothing",
    "hook:web.views.dcat_documents.know_the_ending": "404 instead of 500; guards nothing",
    "hook:web.views.dcat_documents.tell_apart": "compares a document made already; guards nothing",
    "hook:web.views.malformed.call_it_so_at_the_interface": "400 instead of 500; guards nothing",
    "hook:web.views.limits.tell": "adds headers of the rate and of the next page; guards nothing",
    "hook:web.views.limits.call_it_what_it_is": "gives 429 and 503 their status; guards nothing",
    "action:fjgov_template_show": OPEN,
    "auth:fjgov_template_show": OPEN,
    "action:fjgov_calendar_show": OPEN,
    "auth:fjgov_calendar_show": OPEN,
    "action:fjgov_deadline_show": OPEN,
    "auth:fjgov_deadline_show": OPEN,
    "auth:fjgov_data_query": "anybody may ask; each use is decided by class, unit and grant",
    "auth:fjgov_entry_export": "anybody may ask; it holds what a search gives the reader",
    "auth:fjgov_link_list": "anybody may ask; the action asks for the right to see the record",
    "action:organization_list": "CKAN lists no internal field; what another plugin adds is masked",
    "action:package_autocomplete": "CKAN asks the labels of the index, this one the record's",
    "action:resource_create": INNER,
    "action:resource_update": INNER,
    "action:resource_patch": INNER,
    "action:resource_delete": INNER,
    "action:dcat_dataset_show": "package_show, which is guarded: ckanext-dcat's asks the same",
    "action:dcat_catalog_search": PAGED,
    "action:dcat_catalog_show": PAGED,
}
