"""What an import needs to know of the catalog: the node's units and its live entries."""

from __future__ import annotations

import json

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.importing.plan import ExistingRecord
from ckanext.fjgov.core.importing.units import UnitRef
from ckanext.fjgov.model.database import session_connection

_LIVE = (
    'SELECT p.id, g.name AS unit FROM package p JOIN "group" g ON g.id = p.owner_org'
    " WHERE p.type = 'dataset' AND p.state <> 'deleted'"
)


def known_units(node: str) -> list[UnitRef]:
    """Give the live units of a node with their former names. Cost: one statement."""
    rows = session_connection().execute(
        sa.text(
            "SELECT name, title, extras FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND coalesce(extras ->> 'home_node', :node) = :node ORDER BY name"
        ),
        {"node": node},
    )
    units = []
    for row in rows:
        extras = row.extras or {}
        former = json.loads(extras.get("former_names") or "[]")
        units.append(
            UnitRef(
                key=row.name,
                title=row.title,
                uscc=extras.get("uscc") or "",
                aliases=tuple(item["name"] for item in former if item.get("name")),
            )
        )
    return units


class DbLookup:
    """Live entries of this node by identifier or by unit and title; one short query a question."""

    def by_identifier(self, identifier: str) -> ExistingRecord | None:
        """Return the live record with this identifier."""
        return self._one(
            " AND p.id = (SELECT record_id FROM fjgov_identifier"
            " WHERE kind = 'resource' AND identifier = :identifier)",
            identifier=identifier,
        )

    def by_title(self, unit_key: str, key: str) -> ExistingRecord | None:
        """Return the live record of a unit with this normalised title."""
        return self._one(
            " AND g.name = :unit AND p.id = (SELECT package_id FROM fjgov_title"
            " WHERE owner_org = g.id AND title = :title)",
            unit=unit_key,
            title=key,
        )

    def _one(self, condition: str, **values: str) -> ExistingRecord | None:
        found = session_connection().execute(sa.text(_LIVE + condition), values).first()
        if found is None:
            return None
        entry = tk.get_action("package_show")(
            {"ignore_auth": True, "use_cache": False}, {"id": found.id}
        )
        return ExistingRecord(entry.get("identifier", ""), found.unit, entry)
