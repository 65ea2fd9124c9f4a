"""Check received records before anything is written: scope, ownership and the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.core.catalog.canonical import type_of
from ckanext.fjgov.core.catalog.identifier import parse_identifier, slug_of
from ckanext.fjgov.core.catalog.rules import normalise_unit
from ckanext.fjgov.core.catalog.unit_code import is_unit_slug, unit_key
from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.feed import FeedRow
from ckanext.fjgov.core.federation.report import Reason
from ckanext.fjgov.core.federation.scope import ScopeTable
from ckanext.fjgov.core.foreign.mapper import problems_of
from ckanext.fjgov.logic.sync.rule_book import book_of
from ckanext.fjgov.logic.unit_rules import findings_of_unit
from ckanext.fjgov.model.nodes import Node
from ckanext.fjgov.model.ownership import Holders, holders


@dataclass
class Checked:
    """Rows of one page after the checks.

    Attributes:
        accepted: rows to merge, in order.
        refused: (row, reasons) for each record that is not taken; the rest goes on.
        warnings: key -> findings that are stored with an accepted entry.
    """

    accepted: list[FeedRow] = field(default_factory=list)
    refused: list[tuple[FeedRow, list[Reason]]] = field(default_factory=list)
    warnings: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit of the sending node as this catalog knows it."""

    id: str
    uscc: str
    division: str


def reason(rule: str, field_name: str, zh: str, en: str) -> Reason:
    """Make one reason."""
    return Reason(rule=rule, field=field_name, zh=zh, en=en)


def check_units(
    connection: sa.Connection, rows: Sequence[FeedRow], node: Node, scopes: ScopeTable, today: date
) -> Checked:
    """Check units: their own rules, the scope of their division, and who holds id and name."""
    held = holders(
        connection,
        group_ids=[row.fields["id"] for row in rows if row.fields],
        group_names=[row.fields["name"] for row in rows if row.fields],
    )
    result = Checked()
    for row in rows:
        reasons = _unit_reasons(row, node, scopes, today, held)
        _sort(result, row, reasons)
    return result


def check_records(
    connection: sa.Connection,
    kind: str,
    rows: Sequence[FeedRow],
    node: Node,
    scopes: ScopeTable,
    units: Mapping[str, KnownUnit],
    today: date,
) -> Checked:
    """Check records of one directory: prefix, unit and scope, holders of ids and codes, rules."""
    records = [row.fields for row in rows if row.fields]
    held = holders(
        connection,
        package_ids=[record["id"] for record in records],
        package_names=[record["name"] for record in records],
        resource_ids=[
            resource["id"] for record in records for resource in record.get("resources", [])
        ],
        identifiers=[
            code
            for record in records
            for code in (record["fields"].get("identifier"), record["fields"].get("guide_code"))
            if code
        ],
    )
    result = Checked()
    rules = book_of(connection, kind, records, node.profile, today)
    for row in rows:
        record = row.fields or {}
        # A record of a foreign source says itself what its reading found wrong with it.
        reasons = [Reason(**told) for told in problems_of(record)]
        reasons = reasons or _identity_reasons(row, node, held)
        unit = units.get(record.get("unit", ""))
        if all(told.rule != "unit" for told in reasons):
            reasons += _unit_scope_reasons(record.get("unit", ""), unit, node, scopes, today)
        if not reasons and unit is not None:
            found = rules.findings(row, unit.uscc or None)
            reasons = [
                reason(item.rule, item.field, item.zh, item.en)
                for item in found
                if item.severity == "error"
            ]
            result.warnings[row.key] = [item for item in found if item.severity == "warning"]
        _sort(result, row, reasons)
    return result


def known_units(connection: sa.Connection, node: str) -> dict[str, KnownUnit]:
    """Give the units that a node registered here: key -> unit."""
    rows = connection.execute(
        sa.text(
            "SELECT id, name, extras ->> 'uscc' AS uscc, extras ->> 'division' AS division"
            " FROM \"group\" WHERE is_organization AND state = 'active'"
            " AND extras ->> 'home_node' = :node"
        ),
        {"node": node},
    )
    units = {}
    for row in rows:
        unit = KnownUnit(row.id, row.uscc or "", row.division or "")
        units[unit_key(row.name, unit.uscc)] = unit
    return units


def _unit_reasons(
    row: FeedRow, node: Node, scopes: ScopeTable, today: date, held: Holders
) -> list[Reason]:
    record = row.fields or {}
    fields = record.get("fields", {})
    reasons = [
        reason(item.rule, item.field, item.zh, item.en)
        for item in findings_of_unit(normalise_unit(fields), node.profile)
        if item.severity == "error"
    ]
    name, uscc = record.get("name", ""), fields.get("uscc", "")
    if unit_key(name, uscc) != row.key:
        reasons.append(reason("key", "uscc", "单位代码与记录键不一致", "code and key differ"))
    if not is_unit_slug(name, uscc, tuple(node.prefixes)):
        reasons.append(reason("key", "name", "单位名称标识不合规", "the web name is not derived"))
    reasons += _scope_reasons(fields.get("division", ""), node, scopes, today)
    if _taken(held.groups, record.get("id", ""), node.code, row.key) or _taken_name(
        held.group_names, record
    ):
        reasons.append(
            reason("owner", "id", "该标识已属于其他单位", "another unit holds this id or name")
        )
    return reasons


def _identity_reasons(row: FeedRow, node: Node, held: Holders) -> list[Reason]:
    record = row.fields or {}
    fields = record.get("fields", {})
    if fields.get("identifier") != row.key:
        return [reason("key", "identifier", "标识符与记录键不一致", "identifier and key differ")]
    try:
        identifier = parse_identifier(row.key)
        slug = slug_of(identifier)
    except FjgovError as error:
        return [reason("prefix", "identifier", error.zh, error.en)]
    prefix = identifier.prefix
    if prefix not in node.prefixes:
        return [
            reason(
                "prefix",
                "identifier",
                f"前段码 {prefix} 未登记在节点 {node.code} 名下",
                f"prefix {prefix} is not registered to node {node.code}",
            )
        ]
    taken = (
        _taken(held.packages, record["id"], node.code, row.key)
        or _taken_name(held.package_names, record)
        or held.package_types.get(record["id"], type_of(row.type)) != type_of(row.type)
        or record["name"] != slug
        or any(
            held.resources.get(resource["id"], record["id"]) != record["id"]
            for resource in record.get("resources", [])
        )
        or any(
            held.identifiers.get(code, record["id"]) != record["id"]
            for code in (row.key, fields.get("guide_code"))
            if code
        )
    )
    if taken:
        return [
            reason("owner", "id", "该标识已属于另一条记录", "another record holds this id or name")
        ]
    return []


def _unit_scope_reasons(
    key: str, unit: KnownUnit | None, node: Node, scopes: ScopeTable, today: date
) -> list[Reason]:
    if unit is None:
        return [
            reason(
                "unit",
                "owner_org",
                f"提供单位 {key or '（空）'} 未在节点 {node.code} 登记",
                f"unit {key or '(none)'} is not registered at node {node.code}",
            )
        ]
    return _scope_reasons(unit.division, node, scopes, today)


def _scope_reasons(division: str, node: Node, scopes: ScopeTable, today: date) -> list[Reason]:
    owner = scopes.owner_of(division, today) if division else None
    if owner == node.code:
        return []
    return [
        reason(
            "scope",
            "division",
            f"行政区划 {division or '（空）'} 不在节点 {node.code} 的范围内（第四十一条）",
            f"division {division or '(none)'} is outside the scope of node {node.code} (Art. 41)",
        )
    ]


def _taken(homes: Mapping[str, tuple[str, str] | None], row_id: str, node: str, key: str) -> bool:
    return row_id in homes and homes[row_id] not in ((node, key), (node, ""))


def _taken_name(names: Mapping[str, str], record: Mapping[str, Any]) -> bool:
    return names.get(record.get("name", ""), record.get("id")) != record.get("id")


def _sort(result: Checked, row: FeedRow, reasons: list[Reason]) -> None:
    if reasons:
        result.refused.append((row, reasons))
    else:
        result.accepted.append(row)
