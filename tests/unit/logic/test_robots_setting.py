"""Robots are allowed by one word only."""

import pytest

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import settings


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [
        ("allow", True),
        (" allow ", True),
        ("deny", False),
        ("", False),
        (None, False),
        ("yes", False),
    ],
)
def test_anything_but_allow_denies(monkeypatch, value, is_allowed):
    monkeypatch.setitem(tk.config, "fjgov.robots", value)
    assert settings.robots_allowed() is is_allowed
