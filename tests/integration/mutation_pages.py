"""Probes of the pages: each asked by the most privileged reader who must still be refused."""

from __future__ import annotations

from tests.integration.mutation_probes import (
    GRANTEE,
    MEMBER,
    NOBODY,
    OTHER,
    PROBES,
    STRANGER,
    UNGUARDED,
    Probe,
    get,
    post,
)

VIEWS: dict[str, Probe] = {
    "fjgov_accounts.user": get(MEMBER, "/user/{applicant}"),
    "fjgov_accounts.mail": post(STRANGER, "/fjgov/mail", wanted="1"),
    "fjgov_accounts.tokens": get(MEMBER, "/user/{applicant}/api-tokens"),
    "fjgov_cases.inbox": get(STRANGER, "/fjgov/inbox"),
    "fjgov_cases.case": get(OTHER, "/fjgov/cases/{pending}"),
    "fjgov_cases.notices": get(STRANGER, "/fjgov/notices"),
    "fjgov_cases.submit": post(OTHER, "/dataset/submit/{draft_name}"),
    "fjgov_claims.claim": get(OTHER, "/dataset/claim/{class2_name}"),
    "fjgov_clocks.clocks": get(STRANGER, "/fjgov/clocks"),
    "fjgov_collection.overall": get(STRANGER, "/fjgov/collection"),
    "fjgov_collection.review": get(MEMBER, "/fjgov/collection/review"),
    "fjgov_collection.beyond": get(STRANGER, "/fjgov/collection/range"),
    "fjgov_collection.report": post(OTHER, "/directory/collection_item/{item}/report", basis="x"),
    "fjgov_directories.index": get(NOBODY, "/directory/collection_item/"),
    "fjgov_directories.base_databases": get(NOBODY, "/directory/base-databases/"),
    "fjgov_directories.read": get(NOBODY, "/directory/collection_item/{item}"),
    "fjgov_directory_forms.suggest": get(
        NOBODY, "/directory/collection_item/suggest?q={item_word}"
    ),
    "fjgov_directory_forms.new": get(STRANGER, "/directory/collection_item/new"),
    "fjgov_directory_forms.edit": get(OTHER, "/directory/collection_item/edit/{item}"),
    "fjgov_directory_forms.list_record": post(OTHER, "/directory/collection_item/list/{item}"),
    "fjgov_directory_forms.withdraw": get(OTHER, "/directory/collection_item/withdraw/{item}"),
    "fjgov_directory_forms.sign": post(
        STRANGER, "/directory/gov_database/{database}/sign", indicator="x", side="lead"
    ),
    "fjgov_entries.read": get(OTHER, "/dataset/{draft_name}"),
    "fjgov_entries.new": get(GRANTEE, "/dataset/new"),
    "fjgov_entries.edit": get(OTHER, "/dataset/edit/{class2_name}"),
    "fjgov_entries.list_entry": post(OTHER, "/dataset/list/{draft_name}"),
    "fjgov_entries.withdraw": get(OTHER, "/dataset/withdraw/{class2_name}"),
    "fjgov_export.resolve": get(NOBODY, "/id/{class3_identifier}"),
    "fjgov_export.gb_xml": get(NOBODY, "/dataset/{class3_name}.xml-gb"),
    "fjgov_feed.changes": get(NOBODY, "/fjgov/changes.ndjson?since=0&limit=1"),
    "fjgov_feed.collection": get(NOBODY, "/fjgov/collection.ndjson?since=0&limit=1"),
    "fjgov_feed.digest": get(NOBODY, "/fjgov/digest.json"),
    "fjgov_feed.records": post(NOBODY, "/fjgov/records.ndjson"),
    "fjgov_gb.listed": get(NOBODY, "/fjgov/gbxml?share_type=3"),
    "fjgov_gb.catalog": get(NOBODY, "/fjgov/catalog.xml-gb?share_type=3"),
    "fjgov_inbox.decide": post(STRANGER, "/fjgov/inbox/decide", do="approve", entry="{reviewed}"),
    "fjgov_mounts.create": post(OTHER, "/fjgov/mounts/{resource}/create", kind="file"),
    "fjgov_mounts.mount": get(STRANGER, "/fjgov/mounts/{resource}"),
    "fjgov_mounts.progress": get(STRANGER, "/fjgov/mounts/{resource}/progress.json"),
    "fjgov_mounts.remove": post(OTHER, "/fjgov/mounts/{resource}/remove", sure="1", reason="x"),
    "fjgov_mounts.unmounted": get(STRANGER, "/fjgov/unmounted"),
    "fjgov_operation.start": post(MEMBER, "/fjgov/nodes/000000"),
    "fjgov_operation.schedule": post(MEMBER, "/fjgov/nodes/000000/schedule", schedule="off"),
    "fjgov_operation.pause": post(MEMBER, "/fjgov/nodes/000000/pause", reason="x"),
    "fjgov_operation.resume": post(MEMBER, "/fjgov/nodes/000000/resume"),
    "fjgov_operation.poll": post(MEMBER, "/fjgov/nodes/000000/poll"),
    "fjgov_operation.retry": post(MEMBER, "/fjgov/nodes/000000/retry", kind="entry", key="x"),
    "fjgov_operation.acknowledge": post(MEMBER, "/fjgov/alarms/0"),
    "fjgov_operation.cancel": post(MEMBER, "/fjgov/runs/x/cancel", confirm="1"),
    "fjgov_operation.review": get(STRANGER, "/fjgov/runs/{run}/review"),
    "fjgov_pages.home": get(NOBODY, "/"),
    "fjgov_pages.search": get(NOBODY, "/dataset/?share_type=3"),
    "fjgov_pages.unit": get(NOBODY, "/organization/{unit}?share_type=3"),
    "fjgov_processing.jobs": get(STRANGER, "/fjgov/processing"),
    "fjgov_processing.new": get(STRANGER, "/fjgov/processing/new"),
    "fjgov_processing.job": get(STRANGER, "/fjgov/processing/{job}"),
    "fjgov_processing.progress": get(STRANGER, "/fjgov/processing/{job}/progress.json"),
    "fjgov_processing.cancel": post(STRANGER, "/fjgov/processing/{job}/cancel"),
    "fjgov_registers.appointments": get(STRANGER, "/directory/appointments/"),
    "fjgov_registers.appoint": post(
        MEMBER, "/directory/appointments/add", user="no-such", unit="{unit}", role="staff"
    ),
    "fjgov_registers.end": post(MEMBER, "/directory/appointments/{appointment}/end"),
    "fjgov_registers.bases": get(STRANGER, "/directory/bases/"),
    "fjgov_registers.bases_csv": get(STRANGER, "/directory/bases.csv"),
    **{
        f"fjgov_share_jobs.{name}": get(OTHER, f"/share/jobs/{{job}}/{path}")
        for name, path in (("result", "result.csv"), ("report", "report.json"), ("rows", "rows"))
    },
    "fjgov_share.share": get(OTHER, "/share/{resource}"),
    "fjgov_sharing.apply": get(STRANGER, "/fjgov/apply"),
    "fjgov_sharing.edit": get(OTHER, "/fjgov/applications/{drafted}/edit"),
    "fjgov_sharing.form": get(OTHER, "/fjgov/applications/{pending}/form"),
    "fjgov_sharing.form_pdf": get(OTHER, "/fjgov/applications/{pending}/form.pdf"),
    "fjgov_sharing.renew": post(OTHER, "/fjgov/grants/{grant}/renew"),
    "fjgov_sharing.grants": get(STRANGER, "/fjgov/grants"),
    "fjgov_sharing.uses": get(STRANGER, "/fjgov/uses"),
    "fjgov_sharing.uses_file": get(STRANGER, "/fjgov/uses.csv"),
    "fjgov_systems.tokens": get(OTHER, "/fjgov/systems/{system}/tokens"),
    "fjgov_systems.revoke": get(OTHER, "/fjgov/systems/{system}/tokens/0/revoke"),
    "fjgov_sources.sources": get(STRANGER, "/fjgov/sources"),
    "fjgov_sources.source": get(STRANGER, "/fjgov/sources/x"),
    "fjgov_sync.nodes": get(STRANGER, "/fjgov/nodes"),
    "fjgov_sync.node": get(STRANGER, "/fjgov/nodes/350000"),
    "fjgov_sync.runs": get(STRANGER, "/fjgov/runs"),
    "fjgov_sync.run": get(STRANGER, "/fjgov/runs/{run}"),
    "fjgov_sync.progress": get(STRANGER, "/fjgov/runs/{run}/progress.json"),
    "fjgov_sync.notes_csv": get(STRANGER, "/fjgov/runs/{run}/notes.csv"),
    "fjgov_tables_out.table": get(NOBODY, "/fjgov/export/dataset.csv?share_type=3"),
    **{
        f"fjgov_tables.{name}": get(OTHER, f"/share/{{resource}}/{path}")
        for name, path in (
            ("rows", "rows"),
            ("table", "table.csv"),
            ("description", "openapi.json"),
            ("preview", "preview"),
        )
    },
    "fjgov_upkeep.quality": get(STRANGER, "/fjgov/quality"),
    "fjgov_upkeep.overdue": get(STRANGER, "/fjgov/overdue"),
    "fjgov_upkeep.maintenance_list": get(STRANGER, "/fjgov/maintenance"),
    "fjgov_upkeep.maintenance": get(OTHER, "/fjgov/maintenance/{unit}"),
    "fjgov_upkeep.maintenance_open": post(OTHER, "/fjgov/maintenance/{unit}/open"),
    "fjgov_upkeep.maintenance_confirm": post(
        OTHER, "/fjgov/maintenance/{unit}/confirm", confirm="1"
    ),
    "fjgov_upkeep.maintenance_decide": post(
        OTHER, "/fjgov/maintenance/{unit}/decide", entry="{class2}", decision="confirm"
    ),
    "fjgov_uploads.uploads": get(STRANGER, "/fjgov/uploads"),
    "fjgov_uploads.export": get(STRANGER, "/fjgov/uploads/export.xlsx?unit={unit}"),
    "fjgov_uploads.upload": get(STRANGER, "/fjgov/uploads/x"),
    "fjgov_uploads.progress": get(STRANGER, "/fjgov/uploads/x/progress.json"),
    "fjgov_uploads.carry_out": post(STRANGER, "/fjgov/uploads/x/import"),
    "fjgov_uploads.submit": post(STRANGER, "/fjgov/uploads/x/submit", entry="{draft}"),
    "fjgov_uploads.marked": get(STRANGER, "/fjgov/uploads/x/marked.xlsx"),
}
PAGES = {f"view:{endpoint}": probe for endpoint, probe in VIEWS.items()}
PUBLIC = "holds no record, or only what anybody may read"
PUBLIC_PAGES = {
    "view:fjgov_api.openapi": PUBLIC,
    "view:fjgov_api.overview": PUBLIC,
    "view:fjgov_pages.units": "units are public; their fields and counts come from guarded actions",
    "view:fjgov_directories.overview": "names of directories with counts of guarded searches",
    "view:fjgov_pages.standards": PUBLIC,
    "view:fjgov_pages.standard": PUBLIC,
    "view:fjgov_pages.about": PUBLIC,
    "view:fjgov_registers.tree": "codes are public; units and counts come from guarded actions",
    "view:fjgov_export.template": PUBLIC,
    "view:fjgov_gb.schema": PUBLIC,
    "view:fjgov_discovery.newest": "searches as an anonymous reader, whoever asks",
    "view:fjgov_discovery.robots": PUBLIC,
    "view:fjgov_discovery.sitemap": "counts as an anonymous reader, whoever asks",
    "view:fjgov_discovery.sitemap_of_pages": PUBLIC,
    "view:fjgov_discovery.sitemap_of_records": "searches as an anonymous reader, whoever asks",
    "view:fjgov_discovery.sitemap_of_units": "names of units, which are public",
    "view:fjgov_gb.packed_catalog": "the bytes of fjgov_gb.catalog, which is probed, compressed",
    "view:fjgov_sharing.pick": "keeps names in the reader's session; applying asks for the right",
    "view:fjgov_sharing.remove": "forgets names in the reader's own session",
}
ALL_PROBES = {**PROBES, **PAGES}
REASONS = {**UNGUARDED, **PUBLIC_PAGES}
# Guards that do not refuse but answer with less, or with a header more.
LESS = frozenset(
    {
        "action:current_package_list_with_resources",
        "action:fjgov_entry_export",
        "action:member_list",
        "action:organization_show",
        "action:package_list",
        "action:package_show",
        "action:resource_search",
        "action:tag_autocomplete",
        "action:tag_list",
        "action:tag_search",
        "hook:web.views.accounts.after",
        "hook:web.views.guards.keep_answers_private",
        "view:fjgov_directories.index",
        "view:fjgov_directory_forms.suggest",
        "view:fjgov_gb.catalog",
        "view:fjgov_gb.listed",
        "view:fjgov_pages.home",
        "view:fjgov_pages.search",
        "view:fjgov_pages.unit",
        "view:fjgov_tables_out.table",
    }
)
