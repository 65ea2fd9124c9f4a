"""Ways of the leak matrix by the search and its index: rows 13 to 22."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.integration.gateway_source import own_address
from tests.integration.leak_people import Visitor
from tests.integration.leak_world import Job, World
from tests.integration.leaks import TIMEOUT, Answer, act, page

ROWS = 1000
LISTED = ("open", "class1", "class2", "class3")
KINDS = (*LISTED, "draft", "withdrawn")


def search(world: World, **parameters: Any) -> Job:
    """Search among the entries of the test, whatever else a stack holds."""
    names = " OR ".join(
        sorted(world.entry(kind)["name"] for kind in (*KINDS, "raised", "reviewed"))
    )
    return act(
        "package_search",
        **{"rows": ROWS, "q": "*:*", "fq_list": [f"name:({names})"], **parameters},
    )


def returned_fields(world: World, _who: Visitor) -> list[Job]:
    return [
        search(world, fl="res_url"),
        search(world, fl="id,data_dict"),
        search(world, fl="id,validated_data_dict"),
        search(world, fl="extras_contact,extras_legal_basis"),
        search(world, fl="id,permission_labels,creator_user_id"),
        search(world, fl="*"),
    ]


def facets(world: World, _who: Visitor) -> list[Job]:
    def facet(*fields: str) -> Job:
        return search(world, **{"facet.field": json.dumps(fields), "facet.limit": -1, "rows": 0})

    return [
        facet("res_url", "urls"),
        facet("creator_user_id"),
        facet("permission_labels"),
        facet("title_string"),
        facet("text"),
        facet("organization", "tags", "theme", "res_format"),
    ]


def oracles(world: World, _who: Visitor) -> list[Job]:
    address, inner = world.corpus.address, world.corpus.inner
    return [
        search(world, q="res_url:*"),
        search(world, q="extras_contact:*"),
        search(world, q="creator_user_id:*"),
        search(world, q=f"urls:*{address}*"),
        search(world, q=inner),
        search(world, q=address),
        search(world, fq=f"text:{inner}"),
        search(world, fq="+permission_labels:*"),
        search(world, q=f"contact:*{inner[:10]}*"),
        search(world, q="res_url:[a TO z]"),
        search(world, q=f"{inner[:-1]}~1"),
    ]


def orders(world: World, _who: Visitor) -> list[Job]:
    return [
        search(world, sort="res_url asc"),
        search(world, sort="creator_user_id asc"),
        search(world, sort="extras_contact desc"),
        search(world, q="leak", qf="res_url^9"),
        search(world, q="leak", bf="ord(res_url)"),
        search(world, q="leak", boost="ord(res_url)"),
        search(world, start=200_000),
    ]


def states(world: World, _who: Visitor) -> list[Job]:
    return [
        search(world, include_drafts=True, include_private=True),
        search(world, include_deleted=True, fq="+state:(draft OR deleted)"),
        search(world, fq="+capacity:(public OR private) +state:draft"),
        search(world, fq="-state:active"),
        search(world, q="*:*", use_default_schema=True, include_drafts=True),
    ]


def local_parameters(world: World, _who: Visitor) -> list[Job]:
    return [
        search(world, q="{!term f=res_url}x"),
        search(world, q='_query_:"{!lucene}res_url:*"'),
        search(world, fq="{!tag=x}state:draft"),
        search(world, q="text:*", df="res_url"),
        search(world, q="leak", defType="lucene"),
        search(world, q="x", sort="{!func}ord(res_url) asc"),
        search(world, fq_list=["{!frange l=0}ord(res_url)"]),
        search(world, q="/.*/"),
    ]


def shapes(world: World, _who: Visitor) -> list[Job]:
    return [
        search(world, fl=["id", "name", "title", "notes", "state"]),
        search(world, fl="id,title", include_drafts=True),
        search(world, fl="title", fq="dataset_type:dataset"),
        search(world),
    ]


def stale(world: World, _who: Visitor) -> list[Job]:
    """An entry that was open, and whose class was raised, is closed at once by every way."""
    entry = world.entry("raised")
    return [
        search(world, q=f'name:"{entry["name"]}"'),
        search(world, q=f'title:"{world.corpus.titles["raised"]}"', fl="id,title"),
        act("package_show", id=entry["id"]),
        act("resource_show", id=world.resource("raised")),
        act("package_autocomplete", q="leaktitleraised"),
        page(f"/dataset/{entry['name']}"),
        page(f"/dataset/{entry['name']}.jsonld"),
        page(f"/share/{world.resource('raised')}"),
    ]


def rebuilt(world: World, _who: Visitor) -> list[Job]:
    """What the index holds after `ckan search-index rebuild`."""
    return [
        search(world, q=f'name:"{world.entry(kind)["name"]}"', include_drafts=True)
        for kind in ("class3", "draft")
    ]


def index_itself(world: World, who: Visitor) -> list[Job]:
    def ask(way: str, url: str, **more: Any) -> Answer:
        try:
            given = requests.get(url, timeout=TIMEOUT, **more)
        except requests.ConnectionError:
            return Answer(way, 403, "no connection")
        return Answer(way, given.status_code, given.text)

    select = f"/{world.stack.nodes['fuzhou'].core}/select?q=*:*&rows=1000"
    url = world.stack.solr_url + select
    here = own_address() or "127.0.0.2"
    outside = url.replace("127.0.0.1", f"[{here}]" if ":" in here else here)
    token = {"Authorization": who.site.apikey or "none"}
    account = (who.account or "nobody", who.password or "none")
    return [
        lambda: ask("without a password", url),
        lambda: ask("with the token", url, headers=token),
        lambda: ask("with the account", url, auth=account),
        lambda: ask("from another machine", outside, auth=world.stack.solr_auth),
    ]
