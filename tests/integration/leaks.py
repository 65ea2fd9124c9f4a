"""Every way by which a reader, or somebody with the servers' files, could meet a hidden value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg2
import redis
import requests
from ckanapi import RemoteCKAN

from tests.integration.stack_env import StackInfo

TIMEOUT = 120
SEARCHES: tuple[dict[str, Any], ...] = (
    {"q": "*:*", "rows": 1000},
    {"q": "*:*", "rows": 1000, "use_default_schema": True},
    {"q": "*:*", "rows": 1000, "include_drafts": True, "include_private": True},
    {"q": "*:*", "rows": 1000, "include_deleted": True, "fq": "+state:(draft OR deleted)"},
    {"q": "*:*", "rows": 1000, "fq": "+capacity:(public OR private) +state:draft"},
    {"fl": "res_url", "rows": 1000},
    {"fl": "id,data_dict", "rows": 1000},
    {"fl": "id,permission_labels,creator_user_id", "rows": 1000},
    {"fl": ["id", "name", "title", "notes", "state"], "rows": 1000},
    {"facet.field": '["res_url","urls","creator_user_id","permission_labels"]', "rows": 0},
    {"facet.field": '["organization","tags","theme","res_format"]', "facet.limit": -1, "rows": 0},
    {"q": "res_url:*", "rows": 1000},
    {"q": "extras_contact:*", "rows": 1000},
    {"q": "creator_user_id:*", "rows": 1000},
    {"sort": "res_url asc", "rows": 1000},
    {"sort": "creator_user_id asc", "rows": 1000},
    {"q": "{!term f=res_url}x", "rows": 1000},
    {"q": "text:*", "df": "res_url", "rows": 1000},
)
PAGES = (
    "/",
    "/dataset/?q=&rows=100",
    "/organization/",
    "/sitemap.xml",
    "/fjgov/nodes",
    "/fjgov/changes.ndjson",
    "/fjgov/digest.json",
    "/feeds/dataset.atom",
    "/feeds/custom.atom?q=*:*",
    f"/feeds/tag/{quote('低保')}.atom",
    "/catalog.ttl",
    "/dcat.json",
    "/api/2/util/dataset/autocomplete?incomplete=leak",
    "/api/i18n/zh_Hans_CN",
)
# One page of a hundred entries takes a second or more: asked for by the readers who ask everything.
CATALOGS = (
    "/catalog.rdf",
    "/catalog.xml",
    "/catalog.jsonld",
    "/catalog.n3",
    "/catalog.ttl?profiles=fjgov_dcat_officials",
    "/catalog.ttl?profiles=euro_dcat_ap_3",
    "/catalog.jsonld?q=*:*&fq=state:draft",
)
ENTRY_PAGES = (
    "/dataset/{id}",
    "/dataset/{name}",
    "/dataset/edit/{name}",
    "/dataset/withdraw/{name}",
    "/dataset/resources/{name}",
    "/dataset/groups/{name}",
    "/dataset/activity/{name}",
    "/dataset/followers/{name}",
    "/dataset/{name}.ttl",
    "/dataset/{name}.rdf",
    "/dataset/{name}.jsonld",
    "/dataset/{name}.jsonld?profiles=schemaorg",
    "/dataset/{name}.jsonld?profiles=croissant",
    "/dataset/{name}.ttl?profiles=fjgov_dcat_officials",
    "/dataset/{name}.ttl?profiles=euro_dcat_ap_3",
    "/dataset/{name}.xml-gb",
    "/id/{identifier}",
    "/feeds/organization/{unit}.atom",
    "/organization/{unit}",
    "/organization/bulk_process/{unit}",
    "/organization/activity/{unit}",
)
RESOURCE_PAGES = (
    "/dataset/{name}/resource/{resource}",
    "/dataset/{name}/resource/{resource}/download",
    "/dataset/{name}/resource/{resource}/download/rows.csv",
    "/dataset/{name}/resource/{resource}/proxy",
    "/dataset/{name}/resource/{resource}/embed",
    "/dataset/{name}/resource/{resource}/edit",
    "/dataset/{name}/dictionary/{resource}",
    "/datastore/dump/{resource}",
)


@dataclass(frozen=True)
class Answer:
    """What one request brought: how it was asked, its status and everything it said."""

    way: str
    status: int
    text: str


class Reader:
    """One person at one site, by API and in a browser."""

    def __init__(self, stack: StackInfo, node: str, site: RemoteCKAN) -> None:
        self.url = stack.urls[node]
        self.headers = {"Authorization": site.apikey} if site.apikey else {}

    def get(self, path: str) -> Answer:
        """Read a page; redirects are not followed, since their target is part of the answer."""
        answer = requests.get(
            self.url + path, headers=self.headers, timeout=TIMEOUT, allow_redirects=False
        )
        text = f"{dict(answer.headers)}\n{answer.text}"
        return Answer(f"GET {path}", answer.status_code, text)

    def call(self, action: str, **arguments: Any) -> Answer:
        """Call an action; the answer is decoded so that no escape hides a word."""
        answer = requests.post(
            f"{self.url}/api/3/action/{action}",
            json=arguments,
            headers=self.headers,
            timeout=TIMEOUT,
        )
        try:
            said = answer.json()
        except ValueError:
            said = answer.text
        # The help text of an envelope names the action only; the rest may hold anything.
        part = ("result" if answer.ok else "error") if isinstance(said, dict) else None
        text = json.dumps(said[part] if part else said, ensure_ascii=False)
        # Some values are JSON in JSON, such as extras under CKAN's default schema.
        return Answer(f"{action} {arguments}", answer.status_code, text.replace("\\", ""))

    def everything(
        self, entries: Sequence[dict[str, Any]], *, catalogs: bool = False
    ) -> list[Answer]:
        """Try every way of reading, on the whole site and on the given entries."""
        jobs = [*self._site_jobs(entries)]
        jobs += [(self.get, (path,), {}) for path in CATALOGS if catalogs]
        for entry in entries:
            jobs += self._entry_jobs(entry)
        with ThreadPoolExecutor(max_workers=4) as pool:
            return list(pool.map(lambda job: job[0](*job[1], **job[2]), jobs))

    def _site_jobs(self, entries: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, Any, Any]]:
        for path in PAGES:
            yield self.get, (path,), {}
        for search in SEARCHES:
            yield self.call, ("package_search",), search
        calls: list[tuple[str, dict[str, Any]]] = [
            ("package_list", {}),
            ("current_package_list_with_resources", {"limit": 1000}),
            ("package_autocomplete", {"q": "leak", "limit": 100}),
            ("resource_search", {"query": "url:http"}),
            ("resource_search", {"query": "name:leak"}),
            ("resource_search", {"query": "hash:"}),
            ("resource_search", {"query": "format:", "order_by": "url"}),
            ("format_autocomplete", {"q": "", "limit": 1000}),
            ("tag_list", {"all_fields": True}),
            ("tag_search", {"query": "leak"}),
            ("organization_list", {"all_fields": True, "include_extras": True}),
            ("recently_changed_packages_activity_list", {"limit": 100}),
            ("dashboard_activity_list", {}),
            ("fjgov_change_list", {"since": 0, "limit": 1000}),
            ("fjgov_sync_list", {}),
            ("fjgov_node_list", {}),
            ("fjgov_finding_count", {}),
            ("dcat_catalog_show", {"format": "ttl"}),
            ("dcat_catalog_search", {"format": "jsonld", "q": "*:*"}),
        ]
        units = {entry["organization"]["name"] for entry in entries}
        for unit in sorted(units):
            arguments = {"id": unit, "include_datasets": True}
            calls += [
                ("organization_show", arguments),
                ("group_show", arguments),
                ("group_package_show", {"id": unit, "limit": 1000}),
                ("organization_activity_list", {"id": unit, "limit": 100}),
                ("member_list", {"id": unit, "object_type": "package"}),
                ("package_search", {"fq": f"organization:{unit}", "rows": 1000}),
                ("fjgov_appointment_list", {"unit": unit}),
            ]
        for creator in sorted({entry["creator_user_id"] for entry in entries}):
            calls += [
                ("user_show", {"id": creator, "include_datasets": True}),
                ("user_activity_list", {"id": creator, "limit": 100}),
            ]
        for action, arguments in calls:
            yield self.call, (action,), arguments

    def _entry_jobs(self, entry: dict[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
        values = {**entry, "unit": entry["organization"]["name"]}
        for path in ENTRY_PAGES:
            yield self.get, (path.format(**values),), {}
        for path in RESOURCE_PAGES:
            yield self.get, (path.format(**values, resource=entry["resources"][0]["id"]),), {}
        for resource in entry["resources"]:
            for action in ("resource_show", "resource_view_list"):
                yield self.call, (action,), {"id": resource["id"]}
            yield self.call, ("datastore_search",), {"resource_id": resource["id"]}
        for arguments in (
            {"id": entry["id"]},
            {"id": entry["name"]},
            {"id": entry["id"], "use_default_schema": True},
            {"id": entry["id"], "include_plugin_data": True},
            {"id": entry["id"], "include_tracking": True},
        ):
            yield self.call, ("package_show",), arguments
        yield self.call, ("package_activity_list",), {"id": entry["id"], "limit": 100}
        yield self.call, ("package_relationships_list",), {"id": entry["id"]}
        yield self.call, ("dcat_dataset_show",), {"id": entry["id"], "format": "ttl"}
        yield self.call, ("fjgov_address_show",), {"id": entry["id"]}
        yield self.call, ("package_search",), {"q": f'name:"{entry["name"]}"'}
        yield self.call, ("package_search",), {"q": f'id:"{entry["id"]}"', "include_drafts": True}


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
