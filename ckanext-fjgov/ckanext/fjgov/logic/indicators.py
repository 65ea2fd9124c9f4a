"""Sign base indicators (Art. 11): each side by its own people, and by nothing else that is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.offices import office_on
from ckanext.fjgov.core.catalog.indicators import (
    SIDES,
    SIGNATURE_COLUMNS,
    SIGNED_FIELDS,
    Side,
    columns_of,
    refuse_signer,
    with_kept_signatures,
)
from ckanext.fjgov.logic import entry_guard
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.readers import Person
from ckanext.fjgov.model import signatures
from ckanext.fjgov.model.database import session_connection

FIELD = "indicators"
_KEY = "fjgov_signing"
# Told by identity: no value that somebody sends can be this one.
_SIGNED = object()
# 单位负责人 signs for the lead unit, 数字办 for itself.
_ROLES: Mapping[Side, str] = {"lead": "unit_lead", "office": "digital_office"}


@dataclass(frozen=True, slots=True)
class Signers:
    """Ids of the two units whose signatures a database needs; None where it is not known here."""

    lead: str | None
    office: str | None


def signing() -> dict[str, Any]:
    """Give what a signature puts into the context of its own write; no review is asked for it."""
    return {_KEY: _SIGNED, **entry_guard.reviewed()}


def keep_signatures(data: dict[Any, Any], stored: Mapping[str, str], context: Any) -> None:
    """Let rows keep the signatures that they have; a caller gives and takes none."""
    if context.get(_KEY) is _SIGNED:
        return
    positions = sorted({key[1] for key in data if len(key) == 3 and key[0] == FIELD})
    rows = [
        {name: data.get((FIELD, position, name)) for name in ("id", *SIGNED_FIELDS)}
        for position in positions
    ]
    kept = with_kept_signatures(rows, json.loads(stored.get(FIELD) or "[]"))
    for position, columns in zip(positions, kept, strict=True):
        for name in SIGNATURE_COLUMNS:
            data.pop((FIELD, position, name), None)
            if name in columns:
                data[FIELD, position, name] = columns[name]


def signers_of(lead_unit_code: str) -> Signers:
    """Give the lead unit of a database and that unit's 同级数字办 today. Cost: two statements."""
    lead = _unit(lead_unit_code)
    if lead is None:
        return Signers(None, None)
    rows = json.loads((lead.extras or {}).get("competent_office") or "[]")
    office = _unit(office_on(rows, local_today()) or "")
    return Signers(lead.id, office.id if office else None)


def may_sign(person: Person, signers: Signers) -> list[Side]:
    """Give the sides for which a person may sign today; being a technician gives none."""
    units: Mapping[Side, str | None] = {"lead": signers.lead, "office": signers.office}
    return [
        side
        for side in SIDES
        if units[side] is not None and person.holds(units[side], _ROLES[side])
    ]


def open_sides(
    person: Person, package_id: str, rows: list[dict[str, Any]], lead_unit_code: str
) -> dict[str, list[Side]]:
    """Give the sides for which a person may still sign: id of an indicator -> sides.

    Cost: three statements, two for people who sign for nobody.
    """
    sides = may_sign(person, signers_of(lead_unit_code))
    known = signatures.signers(session_connection(), package_id) if sides else {}
    return {
        row["id"]: [
            side
            for side in sides
            if not row.get(columns_of(side)[1])
            and refuse_signer(row, side, person.user_id or "", _of_row(known, row["id"])) is None
        ]
        for row in rows
        if row.get("id")
    }


def sign(
    package: model.Package, person: Person, indicator: str, side: Side, document: str
) -> list[dict[str, Any]]:
    """Give the rows of a locked database with one more signature of today, and keep whose it is.

    The caller writes the rows in the same transaction, and rolls back when this fails.

    Raises:
        ObjectNotFound: there is no such indicator.
        ValidationError: that side has signed already.
        NotAuthorized: the other signature is the same person's, or nobody knows whose it is.
    """
    connection = session_connection()
    rows = json.loads((package.extras or {}).get(FIELD) or "[]")
    row = next((row for row in rows if row.get("id") == indicator), None)
    if row is None:
        raise tk.ObjectNotFound("没有该指标 / there is no such indicator")
    text, day = columns_of(side)
    if row.get(day):
        raise tk.ValidationError({"indicator": ["该方已签署 / signed already by this side"]})
    signer = person.user_id or ""
    known = _of_row(signatures.signers(connection, package.id), indicator)
    refused = refuse_signer(row, side, signer, known)
    if refused:
        raise tk.NotAuthorized(" / ".join(refused))
    signatures.note(connection, package.id, indicator, side, user_id=signer, now=utc_now())
    row |= {text: document, day: local_today().isoformat()}
    return list(rows)


def _of_row(known: Mapping[tuple[str, str], str], indicator: str) -> dict[Side, str]:
    return {side: known[indicator, side] for side in SIDES if (indicator, side) in known}


def _unit(code: str) -> model.Group | None:
    if not code:
        return None
    found = session_connection().execute(
        sa.text(
            "SELECT id FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND extras ->> 'uscc' = :code ORDER BY id LIMIT 1"
        ),
        {"code": code},
    )
    row = found.one_or_none()
    return model.Group.get(row.id) if row else None
