"""Who may write for which unit: CKAN's own auth functions, asked once for each unit of a page."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW, UNDER_REVIEW
from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.importing.problems import error
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.batch.terms import NOT_ALLOWED, Terms, findings_of_refusal
from ckanext.fjgov.logic.bulk_index.rows import Stored
from ckanext.fjgov.logic.entry_guard import (
    BEING_REVIEWED,
    NOT_REVIEWED,
    copy_refusal,
    touches_listing,
)
from ckanext.fjgov.model import cases, home_entries
from ckanext.fjgov.model.home_entries import UnitRow


class Rights:
    """Answers for one page of a batch; an appointment that ends meanwhile ends with the page."""

    def __init__(self, connection: sa.Connection, terms: Terms, owners: Sequence[str]) -> None:
        self.units = home_entries.units(connection, owners)
        self._terms = terms
        self._to_create: dict[str, list[Finding]] = {}
        self._is_review_required = settings.review_required()
        self._under_review: set[str] = set()

    def lock_reviews(self, connection: sa.Connection, targets: Sequence[str]) -> None:
        """Keep submissions of stored entries out until the page is written."""
        for target in sorted(targets):
            cases.lock_subject(connection, ENTRY_REVIEW.name, target)
        self._under_review = cases.in_states(connection, ENTRY_REVIEW.name, targets, UNDER_REVIEW)

    def refusal_to_list(self, stored: Stored | None, state: str) -> list[Finding]:
        """Say why an entry may not be written without its review, whoever asks."""
        package = SimpleNamespace(**stored.package) if stored is not None else None
        if stored is not None and stored.package["id"] in self._under_review:
            return [error(NOT_ALLOWED, "state", *BEING_REVIEWED)]
        if self._terms.first_load and not touches_listing(package, None):
            return []
        if self._is_review_required and touches_listing(package, state):
            return [error(NOT_ALLOWED, "state", *NOT_REVIEWED)]
        return []

    def is_kept_beside(self, stored: Stored | None, state: str) -> bool:
        """Tell whether a change becomes the revision of a listed entry, which the action makes."""
        return (
            self._is_review_required
            and stored is not None
            and stored.package["state"] == State.LISTED.value == state
        )

    def refusal_to_create(self, unit: UnitRow) -> list[Finding]:
        """Say why the caller may not register an entry of a unit; empty when it is allowed."""
        if unit.id not in self._to_create:
            self._to_create[unit.id] = _copy(unit) or self._ask(
                "package_create", {"owner_org": unit.id}
            )
        return self._to_create[unit.id]

    def refusal_to_update(self, stored: Stored, unit: UnitRow) -> list[Finding]:
        """Say why the caller may not change a stored entry of a unit."""
        kept_elsewhere = copy_refusal(stored)
        if kept_elsewhere:
            return [error(NOT_ALLOWED, "id", *kept_elsewhere)]
        return _copy(unit) or self._ask("package_update", {"id": stored.package["id"]})

    def _ask(self, action: str, data: dict[str, str]) -> list[Finding]:
        if self._terms.trusted:
            return []
        try:
            tk.check_access(action, self._terms.context(), data)
        except tk.NotAuthorized as problem:
            return findings_of_refusal(problem)
        return []


def load(ids: Sequence[str]) -> None:
    """Take packages into CKAN's session by one statement, for the questions that follow."""
    if ids:
        model.Session.query(model.Package).filter(model.Package.id.in_(ids)).all()


def _copy(unit: UnitRow) -> list[Finding]:
    """A unit of another node has its entries there, whoever asks."""
    if unit.home_node in ("", settings.node().code):
        return []
    return [
        error(
            NOT_ALLOWED,
            "owner_org",
            f"单位 {unit.name} 属于节点 {unit.home_node}，请到该节点登记",
            f"unit {unit.name} belongs to node {unit.home_node}; register there",
        )
    ]
