"""Run the rules on a unit (机关单位, Art. 2) that is being written."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ckan.lib.navl.dictization_functions import unflatten

from ckanext.fjgov.core.catalog.rules import (
    Facts,
    Finding,
    Profile,
    check_unit,
    normalise_unit,
)
from ckanext.fjgov.core.catalog.unit_code import local_unit_code, unit_slug
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today
from ckanext.fjgov.model.database import session_connection


def unit_system_value(key: Any, data: Any, errors: Any, context: Any) -> None:  # noqa: ARG001 - CKAN's signature
    """Derive the web name from the unit's code, whatever a caller sends; it never changes again.

    A unit without a credit code gets a local one from its name; whether that is allowed is for
    rule U1 under the node's profile to say.
    """
    group = context.get("group")
    if group is not None:
        data[key] = group.name
        return
    # A field that was not sent holds CKAN's `missing` here, which is not text.
    uscc, title = (
        value.strip() if isinstance(value := data.get((name,)), str) else ""
        for name in ("uscc", "title")
    )
    data[key] = unit_slug(uscc or local_unit_code(settings.node().prefix, title))


def check_unit_write(_key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Validate one unit as a whole and refuse a code that another unit holds."""
    if data.get(("home_node",)):
        # Scheming runs this for showing too; in a write the field's own validator has taken
        # whatever a caller sent, so that only a shown unit still has it here.
        return
    nested = unflatten(dict(data))
    extras = {extra["key"]: extra.get("value") for extra in nested.pop("extras", []) or []}
    unit = normalise_unit({**nested, **extras})
    for finding in findings_of_unit(unit, settings.node().profile):
        if finding.severity == "error":
            errors.setdefault((finding.field,), []).append(finding.message)
    group = context.get("group")
    holder = holder_of(unit.get("uscc") or "")
    if holder and (group is None or holder != group.id):
        errors.setdefault(("uscc",), []).append(
            "R3 uscc（统一社会信用代码）：已有单位登记此代码，请核对 / another unit holds this code"
        )
    if not any(errors.values()):
        _set_home(data, _stored(context))


def findings_of_unit(unit: dict[str, Any], profile: str) -> tuple[Finding, ...]:
    """Run the rules on a unit given by `normalise_unit`."""
    severity: Profile = "inventory" if profile == "inventory" else "strict"
    return check_unit(unit, Facts(today=local_today()), severity, settings.data_folder())


def holder_of(uscc: str) -> str | None:
    """Give the id of the live unit that holds a USCC."""
    if not uscc:
        return None
    found: str | None = (
        session_connection()
        .execute(
            sa.text(
                "SELECT id FROM \"group\" WHERE is_organization AND state = 'active'"
                " AND extras ->> 'uscc' = :uscc LIMIT 1"
            ),
            {"uscc": uscc},
        )
        .scalar_one_or_none()
    )
    return found


def _set_home(data: dict[Any, Any], stored: dict[str, str]) -> None:
    positions = {key[1] for key in data if len(key) == 3 and key[0] == "extras"}
    position = max(positions, default=-1) + 1
    data["extras", position, "key"] = "home_node"
    data["extras", position, "value"] = stored.get("home_node") or settings.node().code


def _stored(context: Any) -> dict[str, str]:
    group = context.get("group")
    if group is None:
        return {}
    extras = group.extras or {}
    return dict(json.loads(extras)) if isinstance(extras, str) else dict(extras)
