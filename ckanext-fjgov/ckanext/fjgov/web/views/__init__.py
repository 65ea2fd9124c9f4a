"""Routes: parse the request, call one function, render or serialize."""

from ckanext.fjgov.web.views import (
    accounts,
    case_pages,
    claim_pages,
    directories,
    entries,
    export,
    feed,
    guards,
    operation_pages,
    pages,
    register_pages,
    share,
    source_pages,
    sync_pages,
    upkeep_pages,
    upload_pages,
)

BLUEPRINTS = [
    accounts.blueprint,
    case_pages.blueprint,
    claim_pages.blueprint,
    directories.blueprint,
    export.blueprint,
    entries.blueprint,
    feed.blueprint,
    guards.blueprint,
    pages.blueprint,
    register_pages.blueprint,
    operation_pages.blueprint,
    share.blueprint,
    source_pages.blueprint,
    sync_pages.blueprint,
    upkeep_pages.blueprint,
    upload_pages.blueprint,
]
