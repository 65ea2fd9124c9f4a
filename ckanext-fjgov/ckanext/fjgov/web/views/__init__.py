"""Routes: parse the request, call one function, render or serialize."""

from ckanext.fjgov.web.views import export, feed, share

BLUEPRINTS = [feed.blueprint, share.blueprint, export.blueprint]
