"""Every route of the extension is described as an interface, or left out with a reason."""

from __future__ import annotations

import pytest
from flask import Flask
from openapi_spec_validator import validate

from ckanext.fjgov.core.api.document import document
from ckanext.fjgov.core.api.table import known_actions, table
from ckanext.fjgov.logic.action import ACTIONS, activities
from ckanext.fjgov.logic.api_facts import facts_of
from ckanext.fjgov.logic.auth import AUTH
from ckanext.fjgov.web.rdf.catalog import RDF_ACTIONS
from ckanext.fjgov.web.views import BLUEPRINTS

CKAN = ("dcat.", "static")


@pytest.fixture(scope="module")
def routes() -> Flask:
    app = Flask("routes")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def test_every_route_is_described_or_left_out_once(routes: Flask) -> None:
    site = {rule.endpoint for rule in routes.url_map.iter_rules()} - {"static"}
    described = {one["endpoint"] for one in table("routes")["routes"]}
    left_out = [name for names in table("routes")["left_out"].values() for name in names]
    assert len(left_out) == len(set(left_out))
    assert described.isdisjoint(left_out)
    own = {name for name in described if not name.startswith(CKAN)}
    assert own | set(left_out) == site


def test_described_routes_have_the_path_and_method_of_the_site(routes: Flask) -> None:
    rules = {rule.endpoint: rule for rule in routes.url_map.iter_rules()}
    for told in table("routes")["routes"]:
        rule = rules.get(told["endpoint"])
        if rule is None:
            assert told["endpoint"].startswith(CKAN)
            continue
        shown = rule.rule.replace("<", "{").replace(">", "}")
        assert shown == told["path"]
        assert told.get("method", "get").upper() in (rule.methods or set())


def test_the_document_is_valid_and_has_every_action() -> None:
    registered = {**ACTIONS, **RDF_ACTIONS, **activities.guards()}
    found = document(facts_of(registered, AUTH), server="http://site.example", title="福州市")
    validate(found)
    assert {f"/api/3/action/{name}" for name in registered} <= set(found["paths"])
    names = [told["operationId"] for one in found["paths"].values() for told in one.values()]
    assert len(names) == len(set(names))
    steps = {name for one in found["x-fjgov-sequences"] for name in one["steps"]}
    assert steps - set(names) == {"package_patch"}  # CKAN's own, which a site adds.
    assert len(known_actions()) >= len(registered)
