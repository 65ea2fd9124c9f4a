"""The pages of a site, by who opens them: data for `test_every_page`, held to the routes.

A name in braces stands for something that the test finds or makes.
"""

from __future__ import annotations

KINDS = ("collection_item", "gov_database", "app_system", "permit_type")
PUBLIC = (
    "/",
    "/dataset/",
    "/dataset/?q=登记&share_type=1",
    "/organization/",
    "/fjgov/standards",
    "/fjgov/standards/topics",
    "/about",
    "/user/login",
    "/dataset/{entry}",
    "/organization/{unit}",
    "/directory/",
    "/directory/permit_type/",
    "/directory/tree/topics",
)
OFFICIAL = (
    "/fjgov/inbox",
    "/fjgov/inbox?scope=unit",
    "/fjgov/notices",
    "/fjgov/apply",
    "/fjgov/grants",
    "/fjgov/grants?side=provider",
    "/fjgov/clocks",
    "/fjgov/clocks?overdue=1",
    "/fjgov/uses",
    "/fjgov/uses?side=holder",
    "/fjgov/processing",
    "/fjgov/processing?side=mine",
    "/fjgov/processing/new",
    "/fjgov/nodes",
    "/fjgov/nodes/350100",
    "/fjgov/runs",
    "/fjgov/runs/{run}",
    "/fjgov/sources",
    "/fjgov/quality",
    "/fjgov/quality?unit={unit}",
    "/fjgov/overdue",
    "/fjgov/maintenance",
    "/fjgov/maintenance/{unit}",
    "/fjgov/collection",
    "/fjgov/collection?q=没有这样的信息项",
    "/fjgov/collection/range",
    "/fjgov/collection/range?unit={unit}",
    "/directory/",
    *(f"/directory/{kind}/" for kind in KINDS),
    *(f"/directory/{kind}/{{{kind}}}" for kind in KINDS),
    "/directory/base-databases/",
    "/directory/appointments/",
    "/directory/bases/",
    *(f"/directory/tree/{axis}" for axis in ("topics", "units")),
    "/dataset/{entry}",
    "/organization/{unit}",
    "/user/{me}",
)
OFFICE = (
    "/fjgov/inbox",
    "/fjgov/clocks",
    "/fjgov/collection/review",
    "/fjgov/collection/range",
    "/fjgov/overdue",
)
REGISTRAR = (
    "/dataset/new",
    "/dataset/edit/{own}",
    "/dataset/withdraw/{own}",
    "/dataset/claim/{own}",
    "/fjgov/cases/{case}",
    "/fjgov/uploads",
    "/fjgov/uploads/{upload}",
    *(f"/directory/{kind}/new" for kind in KINDS),
    "/directory/app_system/edit/{app_system}",
    "/directory/app_system/withdraw/{app_system}",
    "/user/{me}",
    "/user/{me}/api-tokens",
)
# Routes that answer with data, or lead elsewhere.
NO_PAGES = frozenset(
    {
        "fjgov_directory_forms.suggest",
        "fjgov_export.resolve",
        "fjgov_export.gb_xml",
        "fjgov_export.template",
        "fjgov_feed.changes",
        "fjgov_feed.collection",
        "fjgov_feed.digest",
        "fjgov_inbox.decide",
        "fjgov_registers.bases_csv",
        "fjgov_processing.progress",
        "fjgov_share.share",
        "fjgov_share_jobs.report",
        "fjgov_share_jobs.result",
        "fjgov_share_jobs.rows",
        "fjgov_sharing.uses_file",
        "fjgov_sync.notes_csv",
        "fjgov_sync.progress",
        "fjgov_tables.description",
        "fjgov_tables.rows",
        "fjgov_tables.table",
        "fjgov_uploads.export",
        "fjgov_uploads.marked",
        "fjgov_uploads.progress",
        "fjgov_uploads.submit",
        "fjgov_upkeep.maintenance_decide",
    }
)
# Pages about what no sample holds; the tests named make it and open them.
ELSEWHERE = {
    "fjgov_processing.job": "test_processing_pages",
    "fjgov_sharing.edit": "test_sharing_pages",
    "fjgov_sharing.form": "test_sharing_pages",
    "fjgov_systems.revoke": "test_system_pages",
    "fjgov_systems.tokens": "test_system_pages",
    "fjgov_operation.review": "test_operation_pages",
    "fjgov_sources.source": "test_source_pages",
}
