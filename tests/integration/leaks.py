"""How a reader asks a site, and how somebody with the servers' files looks for a hidden value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg2
import redis
import requests
from ckanapi import RemoteCKAN

from tests.integration.stack_env import StackInfo

TIMEOUT = 120
CITY, PROVINCE = "fuzhou", "province"


@dataclass(frozen=True)
class Ask:
    """One request, whoever makes it; equal ones need be made once.

    Attributes:
        body: JSON text, "" for none.
        headers: beside that of the token.
    """

    path: str
    method: str = "GET"
    body: str = ""
    node: str = CITY
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def way(self) -> str:
        """Say what was asked; a marker in it says nothing when it comes back."""
        return f"{self.method} {self.path} {self.body}"


@dataclass(frozen=True)
class Answer:
    """What one request brought: how it was asked, its status and everything it said."""

    way: str
    status: int
    text: str


def page(path: str, *, node: str = CITY, method: str = "GET", **headers: str) -> Ask:
    """Ask for a page; names of headers are written with underscores."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Ask(path, method, node=node, headers=pairs)


def act(action: str, *, at: str = CITY, **arguments: Any) -> Ask:
    """Call an action of CKAN's API."""
    body = json.dumps(arguments, ensure_ascii=False)
    return Ask(f"/api/3/action/{action}", "POST", body, at)


class Reader:
    """One person at the sites, with a token for each, since one means nothing to the other."""

    def __init__(self, stack: StackInfo, site: RemoteCKAN, upper: str) -> None:
        self._urls = stack.urls
        self._tokens = {CITY: site.apikey, PROVINCE: upper}

    def answer(self, ask: Ask) -> Answer:
        """Make a request; redirects are not followed, since their target is part of the answer."""
        headers = dict(ask.headers)
        token = self._tokens[ask.node]
        if token:
            headers.setdefault("Authorization", token)
        if ask.body:
            headers["Content-Type"] = "application/json"
        given = requests.request(
            ask.method,
            self._urls[ask.node] + ask.path,
            data=ask.body.encode() or None,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        said = _said(given) if "json" in given.headers.get("Content-Type", "") else given.text
        return Answer(ask.way, given.status_code, f"{dict(given.headers)}\n{said}")


def _said(given: requests.Response) -> str:
    """Give what JSON says, of an action without its help text, which names the action only."""
    try:
        said = given.json()
    except ValueError:
        return given.text
    if isinstance(said, dict) and "help" in said:
        said = said["result" if given.ok else "error"]
    text = json.dumps(said, ensure_ascii=False)
    # Some values are JSON in JSON, such as extras under CKAN's default schema; without escapes no
    # word is hidden by them.
    return text.replace("\\", "")


def places_in_database(dsn: str, marker: str) -> list[str]:
    """Give the tables in which any column of any row holds a marker."""
    link = psycopg2.connect(dsn)
    try:
        with link, link.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, array_agg(column_name::text) FILTER (WHERE data_type = 'bytea')"
                " FROM information_schema.columns JOIN information_schema.tables"
                " USING (table_schema, table_name)"
                " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY 1"
            )
            found = []
            for table, binary in cursor.fetchall():
                tests = ["t::text LIKE %(like)s"]
                tests += [f'position(%(bytes)s in t."{name}") > 0' for name in binary or []]
                cursor.execute(
                    f'SELECT EXISTS (SELECT FROM "{table}" t WHERE {" OR ".join(tests)})',
                    {"like": f"%{marker}%", "bytes": marker.encode()},
                )
                if cursor.fetchone()[0]:
                    found.append(table)
            return sorted(found)
    finally:
        link.close()


def index_contents(stack: StackInfo) -> dict[str, str]:
    """Give all stored fields, doc values and terms of every core as text, by node."""
    contents = {}
    for node in stack.nodes.values():
        core = f"{stack.solr_url}/{node.core}"
        rows = requests.get(
            f"{core}/select",
            params={"q": "*:*", "fl": "*", "rows": "100000"},
            auth=stack.solr_auth,
            timeout=TIMEOUT,
        )
        terms = requests.get(
            f"{core}/admin/luke",
            params={"fl": "*", "numTerms": "1000000"},
            auth=stack.solr_auth,
            timeout=TIMEOUT,
        )
        assert rows.ok
        assert terms.ok
        contents[node.key] = rows.text.replace("\\", "") + terms.text
    return contents


def queue_contents(stack: StackInfo) -> str:
    """Give every key and value of Redis as text."""
    found: list[str] = []
    for node in stack.nodes.values():
        link = redis.Redis.from_url(stack.stack.redis.url(node))
        for key in link.scan_iter():
            kind = link.type(key)
            value: Any = {
                b"string": link.get,
                b"hash": link.hgetall,
                b"set": link.smembers,
            }.get(kind, lambda _key: None)(key)
            if kind == b"list":
                value = link.lrange(key, 0, -1)
            if kind == b"zset":
                value = link.zrange(key, 0, -1)
            found.append(f"{key!r} {value!r}")
        link.close()
    return "\n".join(found)


def log_contents(stack: StackInfo) -> str:
    """Give what all services wrote into their logs."""
    files = sorted((stack.base / "logs").glob("*"))
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
