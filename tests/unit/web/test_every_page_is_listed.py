"""Every page that the site has is opened by the tests of pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from ckanext.fjgov.web.views import BLUEPRINTS
from tests.pages import every_page

OPENED = (*every_page.PUBLIC, *every_page.OFFICIAL, *every_page.OFFICE, *every_page.REGISTRAR)


@pytest.fixture(scope="module")
def routes() -> Flask:
    app = Flask("routes")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def endpoints_of(app: Flask, paths: tuple[str, ...]) -> set[str]:
    """Give the endpoints that paths lead to; those of CKAN itself are left out."""
    found = set()
    for path in paths:
        plain = re.sub(r"\{\w+\}", "x", path.partition("?")[0])
        try:
            found.add(app.url_map.bind("site").match(plain)[0])
        except NotFound:
            assert path == "/user/login"
    return found


def test_every_route_that_answers_with_a_page_is_opened(routes: Flask) -> None:
    readable = {
        rule.endpoint
        for rule in routes.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint != "static"
    }
    opened = endpoints_of(routes, OPENED)
    assert opened.isdisjoint(every_page.NO_PAGES)
    assert opened | every_page.NO_PAGES | set(every_page.ELSEWHERE) == readable


@pytest.mark.parametrize("test", sorted(every_page.ELSEWHERE.values()))
def test_pages_that_others_open_have_such_a_test(test: str) -> None:
    assert (Path(every_page.__file__).parent / f"{test}.py").is_file()
