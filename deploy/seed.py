"""Accounts, sample catalogs and the federation of a freshly started stack."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ckanext.fjgov.core.federation.keys import public_text, read_key_file
from deploy.samples import NODE_KEYS, load_samples
from deploy.samples.moved import moved_samples
from deploy.samples.tables import tables_of
from deploy.stack import credentials

if TYPE_CHECKING:
    from deploy.stack.settings import Node
    from deploy.stack.stack import Stack

SEED_ROLE = "sysadmin"


def seed(stack: Stack) -> None:
    """Give every site what it lacks; quick when nothing is missing."""
    lacking = [node for node in stack.settings.nodes if _lacks(stack, node)]
    if not lacking:
        return
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda node: _fill(stack, node), lacking))
    _federate(stack, lacking)


def _lacks(stack: Stack, node: Node) -> bool:
    known = credentials.read(stack.settings.base).get(node.key, {})
    return node.key in stack.new_databases or SEED_ROLE not in known


def _fill(stack: Stack, node: Node) -> None:
    """Load one site in one process: accounts, units, appointments, entries."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if node.key in NODE_KEYS:
        samples = load_samples(node.key, today)
    else:
        samples = moved_samples(node.key, node.code, node.name, today)
    accounts = [{**account, "password": secrets.token_urlsafe(12)} for account in samples.accounts]
    answer = stack.sites.run_task(
        stack.settings.ini(node),
        "load_samples",
        units=samples.units,
        entries=samples.entries,
        records=samples.records,
        tables=tables_of(node.key, samples),
        accounts=accounts,
    )
    for account in accounts:
        if not account["primary"]:
            continue
        entry = {
            "user": account["name"],
            "password": account["password"],
            "token": answer["tokens"][account["name"]],
            "unit": account["unit_name"],
        }
        with stack.lock:
            credentials.merge(stack.settings.base, node.key, account["role"], entry)
    stack.say(f"{node.name}：{answer['units']} 个单位，{answer['entries']} 条目录 / loaded")


def _federate(stack: Stack, fresh: list[Node]) -> None:
    """Register every node with every other one, then bring new cities up into the province."""
    rows = {node.key: _registration(stack, node) for node in stack.settings.nodes}

    def register(node: Node) -> None:
        # A site that stands keeps what its operator changed about the nodes it knows.
        wanted = stack.settings.nodes if node in fresh else fresh
        stack.sites.run_task(
            stack.settings.ini(node), "register_nodes", nodes=[rows[other.key] for other in wanted]
        )

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(register, stack.settings.nodes))
    province = [node for node in stack.settings.nodes if node.level == "province"]
    cities = [node.code for node in fresh if node.level == "city"]
    for node in province:
        answer = stack.sites.run_task(stack.settings.ini(node), "sync", nodes=cities)
        for code, state in answer["states"].items():
            stack.say(f"{code} → {node.code}：{state}")


def _registration(stack: Stack, node: Node) -> dict[str, Any]:
    """Give the registration of a node; `35` means all of the province that no city covers."""
    digits = 2 if node.level == "province" else 4 if node.code.endswith("00") else 6
    key = read_key_file(stack.settings.base / node.key / "node_key.pem")
    return {
        "code": node.code,
        "name": node.name,
        "level": node.level,
        "parent": node.parent or None,
        "address": node.url,
        "include": [node.code[:digits]],
        "exclude": [],
        "prefixes": [node.prefix],
        "keys": [public_text(key.verifying())],
    }
