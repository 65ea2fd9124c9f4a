"""One page of plain entries: judged together, and written by sets in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.catalog.rules import Finding, title_taken
from ckanext.fjgov.core.catalog.title import normalise_title
from ckanext.fjgov.core.importing.problems import NOT_SAVED, error
from ckanext.fjgov.logic import directory_rules, settings
from ckanext.fjgov.logic.batch import judging
from ckanext.fjgov.logic.batch.form import Form
from ckanext.fjgov.logic.batch.terms import CODE_TAKEN, Outcome, Status, Terms, refused
from ckanext.fjgov.logic.bulk_index import rows as stored_rows
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.logic.entry_rules import LISTED
from ckanext.fjgov.logic.entry_shape import Incoming
from ckanext.fjgov.model import addresses, findings, home_entries, identifiers, merge, ownership
from ckanext.fjgov.model.home_entries import Title, UnitRow


class ChangedMeanwhileError(Exception):
    """Another writer changed what the page was judged by; it is judged again."""


@dataclass(slots=True)
class Item:
    """One plain entry on its way.

    Attributes:
        stored: what it replaces, None for a new one.
        outcome: None while nothing speaks against it.
    """

    form: Form
    unit: UnitRow
    incoming: Incoming
    stored: stored_rows.Stored | None = None
    id: str = ""
    name: str = ""
    findings: list[Finding] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def extras(self) -> dict[str, str]:
        """Give the stored extras that it replaces."""
        return self.stored.extras if self.stored else {}

    @property
    def was(self) -> datetime | None:
        """Give when the stored entry was last changed."""
        return self.stored.modified if self.stored else None

    @property
    def title(self) -> Title:
        """Give the title as rule R2 compares it."""
        return self.unit.id, normalise_title(self.form.columns.get("title", ""))


class Page:
    """Judges and writes plain entries; the order of the items is that of the batch."""

    def __init__(self, items: Sequence[Item], terms: Terms) -> None:
        self._items = items
        self._terms = terms
        self._today: date = local_today()

    def judge(self, connection: sa.Connection) -> None:
        """Run the rules and decide on titles; what is refused gets its outcome."""
        related = judging.related_codes(item.form for item in self._items)
        known: frozenset[str] = frozenset()
        if related:
            known = identifiers.existing(connection, identifiers.GUIDE, related)
            known |= identifiers.existing(connection, identifiers.RESOURCE, related)
        for item in self._items:
            judging.complete(item.form, item.unit.uscc, item.extras)
            found = judging.findings(item.form, item.unit.uscc, item.extras, known, self._today)
            if any(finding.severity == "error" for finding in found):
                item.outcome = refused(found)
            item.findings = found
            item.id = item.stored.package["id"] if item.stored else str(uuid.uuid4())
        self._leave_unchanged(connection)
        self._decide_titles(connection)

    def foretell(self) -> list[Outcome]:
        """Give the outcome of each entry without writing it."""
        return [item.outcome or _done(item, identifier="") for item in self._items]

    def write(self, connection: sa.Connection) -> list[Outcome]:
        """Write what was judged good, inside the caller's transaction.

        Raises:
            ChangedMeanwhileError: nothing may be committed.
        """
        changed = [item for item in self._open() if item.stored]
        locked = home_entries.lock(connection, sorted(item.id for item in changed))
        if any(locked.get(item.id) != item.was for item in changed):
            raise ChangedMeanwhileError
        self._keep_named(connection)
        self._allocate(connection)
        self._merge(connection)
        good = self._open()
        self._hold(connection, good)
        claims = [
            (kind, code, item.id)
            for item in good
            for kind, name in _KINDS
            if (code := item.form.texts.get(name))
        ]
        identifiers.claim_all(connection, claims)
        if good:
            taken = {item.id: _addresses(item) for item in good}
            addresses.put_all(connection, taken)
        findings.replace_all(
            connection, {item.id: [told.row() for told in item.findings] for item in good}
        )
        merge.queue_index(connection, [item.id for item in good])
        return [item.outcome or _done(item, item.form.texts["identifier"]) for item in self._items]

    def _open(self) -> list[Item]:
        return [item for item in self._items if item.outcome is None]

    def _leave_unchanged(self, connection: sa.Connection) -> None:
        """An entry that says what is stored already is not written."""
        same = [item for item in self._open() if item.stored and _says_the_same(item, item.stored)]
        for item in same:
            if item.incoming.addresses and _addresses(item).items() - (
                addresses.of_package(connection, item.id).items()
            ):
                continue
            item.outcome = Outcome("unchanged", item.id, item.extras.get("identifier", ""))

    def _decide_titles(self, connection: sa.Connection) -> None:
        """Apply rule R2 in the order of the entries; each gives up the title it had."""
        wanted = [item.title for item in self._open()]
        holders = home_entries.title_holders(connection, wanted)
        names = home_entries.identifiers_of(connection, list(holders.values()))
        for item in self._open():
            title = item.title
            holder = holders.get(title) if title[1] else None
            if holder is not None and holder != item.id:
                told = title_taken(item.form.columns["title"], names.get(holder, ""))
                item.outcome = refused([*item.findings, told])
                continue
            if item.stored:
                before = (item.unit.id, normalise_title(item.stored.package["title"] or ""))
                if holders.get(before) == item.id:
                    del holders[before]
            if title[1]:
                holders[title] = item.id

    def _keep_named(self, connection: sa.Connection) -> None:
        """Apply rule X4: what listed records name stays listed."""
        for item in self._open():
            was_listed = item.stored is not None and item.stored.package["state"] == LISTED
            if was_listed and item.form.state != LISTED:
                told = directory_rules.named_finding(connection, item.extras.get("identifier", ""))
                if told is not None:
                    item.outcome = refused([*item.findings, told])

    def _allocate(self, connection: sa.Connection) -> None:
        good = self._open()
        new = [judging.first_class(item.form) for item in good if item.stored is None]
        codes = judging.Codes(new)
        for item in good:
            listed = item.stored is not None and item.stored.package["state"] == LISTED
            item.name = codes.fill(
                item.form,
                item.extras,
                self._today,
                dated=not (listed or self._terms.source_dates),
            )
        held = ownership.holders(
            connection,
            identifiers=[item.form.texts[name] for item in good for _, name in _KINDS
                         if name in item.form.texts],
        ).identifiers  # fmt: skip
        for item in good:
            for _, name in _KINDS:
                code = item.form.texts.get(name, "")
                if held.get(code, item.id) != item.id:
                    item.outcome = refused([_code_taken(name, code)])

    def _merge(self, connection: sa.Connection) -> None:
        creator = model.User.get(self._terms.user)
        creator_id = creator.id if creator else None
        share = f"{settings.node().site_url}/share/"
        good = self._open()
        new = [(i, _row(i, share) | {"creator_user_id": creator_id}) for i in good if not i.stored]
        old = [(item, _row(item, share)) for item in good if item.stored]
        bad = merge.carefully(connection, new, home_entries.insert)
        bad += merge.carefully(connection, old, home_entries.update)
        for item, text in bad:
            item.outcome = refused([error(NOT_SAVED, "title", f"数据库未接受：{text}", text)])

    def _hold(self, connection: sa.Connection, good: Sequence[Item]) -> None:
        titles = {item.id: item.title for item in good if item.title[1]}
        if not home_entries.hold_titles(connection, titles):
            raise ChangedMeanwhileError


_KINDS = ((identifiers.RESOURCE, "identifier"), (identifiers.GUIDE, "guide_code"))


def _done(item: Item, identifier: str) -> Outcome:
    status: Status = "updated" if item.stored else "created"
    known = identifier or item.extras.get("identifier", "")
    id_ = item.id if identifier or item.stored else ""
    return Outcome(status, id_, known, tuple(item.findings))


def _says_the_same(item: Item, stored: stored_rows.Stored) -> bool:
    package, form = stored.package, item.form
    changed = {
        name
        for name in {*item.extras, *form.texts}
        if name not in _SYSTEM and item.extras.get(name) != form.texts.get(name)
    }
    # A listed entry without a date of its own keeps the one it has.
    if form.state == LISTED and "issued" not in form.texts:
        changed.discard("issued")
    return (
        not changed
        and all(package[name] == form.columns.get(name) for name in ("title", "notes"))
        and package["state"] == form.state
        and not any(package[name] for name in _CLEARED)
        and {tag["name"] for tag in stored.tags} == set(form.tags)
    )


_SYSTEM = frozenset({"identifier", "md_id", "guide_code", "home_node", "md_date_updated"})
_CLEARED = ("version", "license_id", "author", "author_email", "maintainer", "maintainer_email")


def _addresses(item: Item) -> dict[tuple[str, str], str]:
    """Give real addresses by record; "" as record stands for the entry itself."""
    return {
        (record or item.id, name): address
        for (record, name), address in item.incoming.addresses.items()
    }


def _row(item: Item, share: str) -> dict[str, Any]:
    """Give the rows of an entry as `fresh_entries` and `home_entries` take them."""
    form = item.form
    return {
        "id": item.id,
        "name": item.name,
        "title": form.columns.get("title"),
        "notes": form.columns.get("notes"),
        "owner_org": item.unit.id,
        "state": form.state,
        "extras": form.texts,
        "tags": form.tags,
        "resources": [
            {
                "format": None,
                "hash": None,
                **resource,
                "position": position,
                "url": f"{share}{resource['id']}",
            }
            for position, resource in enumerate(form.resources or ())
        ],
    }


def _code_taken(name: str, code: str) -> Finding:
    return error(
        CODE_TAKEN,
        name,
        f"代码 {code} 已由另一条目录使用，请重新提交",
        f"code {code} belongs to another record; submit again",
    )
