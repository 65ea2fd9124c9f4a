"""What this node knows about others: valid keys, readers, and who owns which division."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.keys import VerifyingKey, parse_public
from ckanext.fjgov.core.federation.ports import READERS, NodeReader, Peer
from ckanext.fjgov.core.federation.scope import NodeScope, ScopeRule, ScopeTable
from ckanext.fjgov.core.foreign.definition import OWN_KIND
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.sharing import heads
from ckanext.fjgov.logic.sources.reading import source_reader
from ckanext.fjgov.model.nodes import Node

ACTIVE = "active"


def valid_keys(node: Node, now: datetime) -> tuple[VerifyingKey, ...]:
    """Give the public keys of a node that hold now; two overlap during a rotation."""
    today = now.date().isoformat()
    return tuple(
        parse_public(row["key"])
        for row in node.keys
        if (row.get("valid_from") or "") <= today <= (row.get("valid_until") or "9999")
    )


def all_keys(nodes: Sequence[Node], now: datetime) -> dict[str, tuple[VerifyingKey, ...]]:
    """Give the valid keys of all active nodes by code."""
    return {node.code: valid_keys(node, now) for node in nodes if node.state == ACTIVE}


def reader_of(node: Node, now: datetime, *, fresh: bool = True) -> NodeReader:
    """Give the reader of a node's feed, or of a foreign source's local log.

    Args:
        node: the node asked.
        now: the present time.
        fresh: False to ask a foreign source's log without reading the source anew.

    Raises:
        ValidationError: the node has no address or no valid key, or the source may not be read.
    """
    if node.kind != OWN_KIND:
        return source_reader(node.code, now, fresh=fresh)
    return _own_reader(node, now, "node")


def collection_reader_of(node: Node, now: datetime) -> NodeReader:
    """Give the reader of the decided collection items of a node of our own.

    Raises:
        ValidationError: the node has no address or no valid key.
    """
    return _own_reader(node, now, "collection")


def _own_reader(node: Node, now: datetime, kind: str) -> NodeReader:
    keys = valid_keys(node, now)
    if not node.address or not keys:
        raise tk.ValidationError(
            {
                "node": [
                    (
                        f"节点 {node.code} 未登记地址或有效公钥，请用 fjgov node add 补登 / "
                        f"node {node.code} has no address or valid key; register them with node add"
                    )
                ]
            }
        )
    peer = Peer(
        code=node.code,
        base_url=node.address.rstrip("/"),
        keys=keys,
        allow=tuple(node.allow) or settings.words("fjgov.fetch.node_allow"),
        usage_seen=heads.seen_of(node.code),
    )
    return READERS.get(kind)(peer, settings.identity())


def scope_table(nodes: Sequence[Node]) -> ScopeTable:
    """Build the table that says which node a division belongs to."""
    return ScopeTable(
        tuple(
            NodeScope(
                code=node.code,
                include=_rules(node.scope.get("include", [])),
                exclude=_rules(node.scope.get("exclude", [])),
            )
            for node in nodes
        )
    )


def _rules(rows: Sequence[dict[str, str]]) -> tuple[ScopeRule, ...]:
    return tuple(
        ScopeRule(row["prefix"], _date(row.get("valid_from")), _date(row.get("valid_until")))
        for row in rows
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
