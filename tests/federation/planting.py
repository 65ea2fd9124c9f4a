"""Put records into a city by SQL that its own guards would not let through."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.federation.syncing import Syncer
from tests.integration.api import sql
from tests.integration.stack_env import StackInfo


def some_entry(stack: StackInfo, node: str, home: str) -> dict[str, Any]:
    """Give id, name, identifier and a resource id of a listed entry as a site has it."""
    rows = sql(
        stack,
        node,
        "SELECT p.id, p.name, p.extras ->> 'identifier', p.owner_org, r.id FROM package p"
        " LEFT JOIN resource r ON r.package_id = p.id AND r.state = 'active'"
        " WHERE p.state = 'active' AND p.type = 'dataset' AND p.extras ->> 'home_node' = %s"
        " ORDER BY r.id IS NULL, p.name LIMIT 1",
        home,
    )
    return dict(zip(("id", "name", "identifier", "owner_org", "resource"), rows[0], strict=True))


@dataclass
class Planter:
    """Plants entries and units at 福州 and takes them out again."""

    stack: StackInfo
    packages: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def entry(self, **changes: Any) -> str:
        """Copy a listed entry with other values; gives its identifier.

        Args:
            changes: `id`, `name`, `identifier`, `owner_org`, `resource` (an id), `tags` (names),
                `extras` (fields to set, None to remove).
        """
        number = uuid.uuid4().int % 10**9
        identifier = changes.get("identifier", f"35100/P{number:09d}")
        package_id = changes.get("id", str(uuid.uuid4()))
        name = changes.get("name", identifier.replace("/", "-").lower())
        model = some_entry(self.stack, "fuzhou", "350100")
        extras = {"identifier": identifier, "guide_code": None, **changes.get("extras", {})}
        sql(
            self.stack,
            "fuzhou",
            "INSERT INTO package (id, name, title, notes, type, state, private, owner_org, extras,"
            " metadata_created, metadata_modified) SELECT %s, %s, %s, notes, type, 'active', false,"
            " %s, jsonb_strip_nulls(extras || %s::jsonb), metadata_created, metadata_modified"
            " FROM package WHERE id = %s",
            package_id,
            name,
            f"试验目录 {number}",
            changes.get("owner_org", model["owner_org"]),
            json.dumps(extras),
            model["id"],
        )
        self.packages.append(package_id)
        if "resource" in changes:
            sql(
                self.stack,
                "fuzhou",
                "INSERT INTO resource (id, package_id, position, url, name, description, format,"
                " hash, state, extras) VALUES (%s, %s, 0, '/share/x', '数据', '', 'CSV', '',"
                " 'active', %s)",
                changes["resource"],
                package_id,
                json.dumps(changes.get("resource_extras", {})),
            )
        return str(identifier)

    def unit(self, code: str, **extras: Any) -> str:
        """Insert a unit; gives its id."""
        unit_id = str(uuid.uuid4())
        sql(
            self.stack,
            "fuzhou",
            'INSERT INTO "group" (id, name, title, type, is_organization, approval_status, state,'
            " extras) SELECT %s, %s, %s, 'organization', true, 'approved', 'active',"
            " extras || %s::jsonb FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND extras ->> 'home_node' = '350100' ORDER BY name LIMIT 1",
            unit_id,
            f"u-{code.lower()}",
            f"福州市试验局{code[-6:]}",
            json.dumps({"uscc": code, **extras}),
        )
        self.groups.append(unit_id)
        return unit_id

    def uproot(self) -> None:
        """Delete what was planted."""
        sql(self.stack, "fuzhou", "DELETE FROM resource WHERE package_id = ANY(%s)", self.packages)
        sql(self.stack, "fuzhou", "DELETE FROM package WHERE id = ANY(%s)", self.packages)
        sql(self.stack, "fuzhou", 'DELETE FROM "group" WHERE id = ANY(%s)', self.groups)


@contextmanager
def planting(stack: StackInfo, syncer: Syncer) -> Iterator[Planter]:
    """Plant for the time of a block; afterwards the city and its copy are as before."""
    planter = Planter(stack)
    try:
        yield planter
    finally:
        planter.uproot()
        syncer.sync(forced=True)
