"""Actions of nodes, runs and the change feed."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.address import check_url, parse_allow
from ckanext.fjgov.core.federation.errors import FetchError, KeyRefused
from ckanext.fjgov.core.federation.keys import parse_public
from ckanext.fjgov.core.federation.scope import ScopeRule
from ckanext.fjgov.logic import catalog_log, node_feed, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import showing, starting
from ckanext.fjgov.logic.sync.lookup import found_run
from ckanext.fjgov.model import audit, feed, nodes, runs
from ckanext.fjgov.model.database import own_transaction, snapshot

LEVELS = ("province", "city")


@tk.side_effect_free
def fjgov_change_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List changes of this node's own records after a cursor, at most 1,000.

    :param since: last `seq` already seen (default 0)
    :param limit: most rows wanted (default 100)

    Returns a dict with `epoch`, `head`, `digest` and `rows`.
    """
    tk.check_access("fjgov_change_list", context, data_dict)
    since = _number(data_dict, "since", 0, 10**18)
    limit = _number(data_dict, "limit", 100, node_feed.MAX_LIMIT)
    catalog_log.drain()
    code = settings.node().code
    with snapshot() as connection:
        head = feed.head(connection)
        rows = feed.changes(connection, code, since, limit)
        digest = feed.digest(connection, code).text()
    return {
        "node": code,
        "epoch": head.epoch,
        "head": head.seq,
        "digest": digest,
        "rows": [_plain(row) for row in rows],
    }


def fjgov_node_register(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Register a node or change its registration (Art. 41, 44).

    :param code: division code of the node
    :param name: full name
    :param level: `province` or `city`
    :param parent: code of the parent node
    :param address: address of its site, empty for a node that is only known
    :param include: list of division prefixes of its scope, or of dicts with dates
    :param exclude: the same for what is taken out of it
    :param prefixes: identifier prefixes it allocates from
    :param keys: list of public keys, or of dicts `key`, `valid_from`, `valid_until`
    :param profile: `strict` or `inventory`
    :param state: `active`, `paused` or `ended`
    :param allow: intranet targets that its address may have, a list of `host-or-network:port`;
        the setting `fjgov.fetch.node_allow` holds when it is left out
    """
    tk.check_access("fjgov_node_register", context, data_dict)
    errors: dict[str, list[str]] = {}
    node = {
        "code": str(data_dict.get("code") or ""),
        "name": str(data_dict.get("name") or ""),
        "level": str(data_dict.get("level") or "city"),
        "parent": data_dict.get("parent") or None,
        "address": _address(data_dict.get("address"), errors),
        "scope": {
            "include": _scope_rows(data_dict.get("include"), errors, "include"),
            "exclude": _scope_rows(data_dict.get("exclude"), errors, "exclude"),
        },
        "prefixes": [str(prefix) for prefix in data_dict.get("prefixes") or []],
        "keys": _key_rows(data_dict.get("keys"), errors),
        "profile": str(data_dict.get("profile") or "strict"),
        "state": str(data_dict.get("state") or "active"),
        "allow": _allow_rules(data_dict.get("allow"), errors),
    }
    if not (node["code"].isascii() and node["code"].isdigit() and len(node["code"]) == 6):
        errors["code"] = [
            "节点代码须为六位行政区划代码 / the code is a division code of six digits"
        ]
    if not node["name"]:
        errors["name"] = ["须填写节点名称 / the name is needed"]
    if node["level"] not in LEVELS:
        errors["level"] = ["级别须为 province 或 city / the level is province or city"]
    if errors:
        raise tk.ValidationError(errors)
    with own_transaction() as connection:
        nodes.register(connection, node)
    return {**node, "keys": len(node["keys"])}


@tk.side_effect_free
def fjgov_node_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List registered nodes with their counts, last run, schedule, pause, lag and open alarms."""
    tk.check_access("fjgov_node_list", context, data_dict)
    with own_transaction() as connection:
        known = nodes.all_nodes(connection)
        counts = feed.counts_by_node(connection)
        last = {
            node.code: next(iter(runs.listing(connection, node.code, 1, 0)), None) for node in known
        }
        waiting = {node.code: len(runs.held(connection, node.code)) for node in known}
    operated = showing.operation_rows(known)
    return [
        {
            **operated[node.code],
            "code": node.code,
            "name": node.name,
            "level": node.level,
            "parent": node.parent,
            "address": node.address,
            "scope": node.scope,
            "prefixes": node.prefixes,
            "profile": node.profile,
            "state": node.state,
            "is_self": node.code == settings.node().code,
            "cursor_seq": node.cursor_seq,
            "verified_at": _text(node.verified_at),
            "entries": counts.get(node.code, {}).get("entry", 0),
            "units": counts.get(node.code, {}).get("unit", 0),
            "refused": waiting[node.code],
            "last_run": _run_row(last[node.code]) if last[node.code] else None,
        }
        for node in known
    ]


@tk.side_effect_free
def fjgov_node_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show one node with the records of it that are refused here, and why.

    :param code: code of the node
    """
    code = tk.get_or_bust(data_dict, "code")
    rows = [row for row in fjgov_node_list(context, {}) if row["code"] == code]
    if not rows:
        raise tk.ObjectNotFound(f"没有节点 {code} / there is no node {code}")
    with own_transaction() as connection:
        refused = runs.held_reasons(connection, code)
    return {**rows[0], "refused_records": [{**r, "held_at": _text(r["held_at"])} for r in refused]}


@tk.side_effect_free
def fjgov_sync_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List runs, the newest first.

    :param node: only of this node
    :param state: only runs in this state, or in one of a list of states
    :param limit: most rows wanted (default 20)
    :param offset: rows to skip (default 0)
    """
    tk.check_access("fjgov_sync_list", context, data_dict)
    limit = _number(data_dict, "limit", 20, 200)
    states = data_dict.get("state") or []
    with own_transaction() as connection:
        rows = runs.listing(
            connection,
            data_dict.get("node") or None,
            limit,
            _number(data_dict, "offset", 0, 10**9),
            [states] if isinstance(states, str) else [str(state) for state in states],
        )
    return [_run_row(row) for row in rows]


@tk.side_effect_free
def fjgov_sync_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show one run with its whole report.

    :param id: of the run
    """
    tk.check_access("fjgov_sync_show", context, data_dict)
    run_id = tk.get_or_bust(data_dict, "id")
    with own_transaction() as connection:
        row = found_run(connection, run_id)
    return _run_row(row)


def fjgov_sync_start(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Queue a run for the job worker.

    :param node: code of the node
    :param full: read its whole log again (optional)
    :param forced: pass the shrink guard whatever it says (optional; technicians only: others
        approve the list of a stopped run, see `fjgov_review_approve`)
    """
    tk.check_access("fjgov_sync_start", context, data_dict)
    code = str(tk.get_or_bust(data_dict, "node"))
    options = {
        "full": tk.asbool(data_dict.get("full", False)),
        "forced": tk.asbool(data_dict.get("forced", False)),
    }
    actor = str(context.get("user") or "")
    run_id = starting.start(code, by=actor, trigger="person", options=options)
    if options["forced"]:
        audit.append("sync_forced", actor, {"run": run_id, "node": code}, utc_now())
    return {"id": run_id, "node": code, "state": "queued"}


def _plain(row: feed.LogRow) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "op": row.op,
        "type": row.kind,
        "key": row.key,
        "hash": row.hash,
        "at": row.changed_at.isoformat(),
        "reason": row.reason,
        "replaced_by": row.replaced_by,
        "record": json.loads(row.data) if row.data else None,
    }


def _run_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) if name.endswith("_at") else value for name, value in row.items()}


def _text(value: Any) -> Any:
    return value.isoformat() if value is not None else None


def _number(data: dict[str, Any], name: str, default: int, highest: int) -> int:
    text = str(data.get(name, default))
    if not (text.isascii() and text.isdigit()):
        raise tk.ValidationError(
            {name: [f"{name} 须为非负整数 / {name} must be a whole number, not negative"]}
        )
    return min(int(text), highest)


def _scope_rows(value: Any, errors: dict[str, list[str]], name: str) -> list[dict[str, str]]:
    rows = []
    for item in value or []:
        row = {"prefix": item} if isinstance(item, str) else dict(item)
        try:
            ScopeRule(str(row.get("prefix", "")))
        except ValueError as error:
            errors.setdefault(name, []).append(str(error))
        rows.append(row)
    return rows


def _address(value: Any, errors: dict[str, list[str]]) -> str:
    """Read an address; one with credentials is refused, because lists and reports show it."""
    text = str(value or "").rstrip("/")
    try:
        if text:
            check_url(text)
    except FetchError as error:
        errors["address"] = [str(error)]
    return text


def _allow_rules(value: Any, errors: dict[str, list[str]]) -> list[str]:
    rules = [str(rule) for rule in value or []]
    try:
        for rule in rules:
            parse_allow(rule)
    except ValueError as error:
        errors["allow"] = [str(error)]
    return rules


def _key_rows(value: Any, errors: dict[str, list[str]]) -> list[dict[str, str]]:
    rows = []
    for item in value or []:
        row = {"key": item} if isinstance(item, str) else dict(item)
        try:
            parse_public(row.get("key", ""))
        except KeyRefused as error:
            errors.setdefault("keys", []).append(str(error))
        rows.append(row)
    return rows
