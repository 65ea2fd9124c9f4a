"""Without Redis the interface goes on: nobody is refused because a request cannot be counted."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from flask import Flask

import ckan.lib.redis
import ckan.plugins.toolkit as tk

from ckanext.fjgov.web.views import limits


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A site whose Redis is at a port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{held.getsockname()[1]}/0"
        for name, value in {
            "ckan.redis.url": address,
            "ckan.site_id": "unit",
            "fjgov.api.anonymous_per_minute": 1,
            "fjgov.api.per_minute": 1,
        }.items():
            monkeypatch.setitem(tk.config, name, value)
        monkeypatch.setattr(ckan.lib.redis, "_connection_pool", None)
        app = Flask("site")
        app.register_blueprint(limits.blueprint)
        app.add_url_rule("/fjgov/thing", view_func=lambda: "here")
        yield app


def test_requests_that_cannot_be_counted_are_let_through_and_logged(
    without_redis: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answers = [without_redis.test_client().get("/fjgov/thing") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "cannot be counted" in caplog.text
