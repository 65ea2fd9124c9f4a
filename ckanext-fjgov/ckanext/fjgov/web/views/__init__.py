"""Routes: parse the request, call one function, render or serialize."""

from ckanext.fjgov.web.views import (
    accounts,
    entries,
    export,
    feed,
    guards,
    pages,
    share,
    sync_pages,
)

BLUEPRINTS = [
    accounts.blueprint,
    export.blueprint,
    entries.blueprint,
    feed.blueprint,
    guards.blueprint,
    pages.blueprint,
    share.blueprint,
    sync_pages.blueprint,
]
