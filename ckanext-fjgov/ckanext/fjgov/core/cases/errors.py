"""Errors of whoever calls the engine; what a person may not do is an answer, no error."""

# ruff: noqa: N818 - named like the errors of core/errors.py

from __future__ import annotations

from ckanext.fjgov.core.errors import FjgovError


class UnknownCaseType(FjgovError):
    """No case type has this name."""


class InvalidCase(FjgovError):
    """A case cannot begin like this: its state or its parties are not those of the type."""


class InvalidMoment(FjgovError):
    """A time without its zone."""
