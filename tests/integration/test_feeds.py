"""What search engines and readers of feeds get of a running node: public, and nothing else."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import httpx
from lxml import etree, html

from tests.integration.api import client, create_listed, eventually, open_entry
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PATIENCE_S = 60
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
ATOM = "{http://www.w3.org/2005/Atom}"


def fetched(stack: StackInfo, path: str, role: str = "") -> httpx.Response:
    headers = {"Authorization": stack.credentials[NODE][role]["token"]} if role else {}
    url = path if path.startswith("http") else f"{stack.urls[NODE]}{path}"
    return httpx.get(url, headers=headers, timeout=PATIENCE_S)


def addresses(document: bytes) -> list[str]:
    return [one.text for one in etree.fromstring(document).iter(LOC)]


def names_of(stack: StackInfo, role: str = "anonymous", query: str = "") -> set[str]:
    found = client(stack, NODE, role).action.package_search(rows=1000, fq=query)
    return {entry["name"] for entry in found["results"]}


def entry_ids(document: bytes) -> list[str]:
    return [one.findtext(f"{ATOM}id") for one in etree.fromstring(document).iter(f"{ATOM}entry")]


def scripts(page: str) -> list[dict[str, object]]:
    found = html.fromstring(page).xpath('//script[@type="application/ld+json"]/text()')
    return [json.loads(one) for one in found]


class TestSitemaps:
    def test_list_every_public_entry_and_nothing_else_whoever_asks(self, stack: StackInfo) -> None:
        maps = addresses(fetched(stack, "/sitemap.xml").content)
        assert len(maps) == 3
        for role in ("", "staff"):
            listed = [one for each in maps for one in addresses(fetched(stack, each, role).content)]
            assert len(listed) == len(set(listed))
            paths = {urlsplit(one).path for one in listed}
            entries = {path.removeprefix("/dataset/") for path in paths if "/dataset/" in path}
            assert entries - {""} == names_of(stack)
            permits = names_of(stack, query="dataset_type:permit_type")
            assert {f"/directory/permit_type/{name}" for name in permits} <= paths
            assert not any("app_system" in path for path in paths)

    def test_name_pages_that_anybody_opens(self, stack: StackInfo) -> None:
        maps = addresses(fetched(stack, "/sitemap.xml").content)
        for each in maps:
            for address in addresses(fetched(stack, each).content)[::15]:
                assert fetched(stack, address).status_code == 200, address

    def test_of_records_are_cut_by_marks(self, stack: StackInfo) -> None:
        found = client(stack, NODE).action.package_search(rows=1000, sort="id asc", fl="id")
        mark = found["results"][20]["id"]
        whole, head, tail = (
            addresses(fetched(stack, f"/sitemap-records.xml{asked}").content)
            for asked in ("", f"?until={mark}", f"?after={mark}")
        )
        assert whole == [*head, *tail]
        assert len([one for one in head if "/dataset/" in one]) == 21

    def test_take_no_mark_that_was_not_given_out(self, stack: StackInfo) -> None:
        assert fetched(stack, "/sitemap-records.xml?until=%22%20OR%20x").status_code == 400
        empty = fetched(stack, "/sitemap-records.xml?after=zzzz")
        assert addresses(empty.content) == []


def test_robots_are_denied_unless_the_node_allows_them(stack: StackInfo) -> None:
    assert fetched(stack, "/robots.txt").text == "User-agent: *\nDisallow: /\n"


class TestAtom:
    def test_has_the_newest_public_entries_whoever_asks(self, stack: StackInfo) -> None:
        entry = create_listed(stack, NODE, **open_entry())
        secret = create_listed(stack, NODE, share_type="3", restriction_kind=None)
        uri = f"{stack.urls[NODE]}/id/{entry['identifier']}"
        public = eventually(
            lambda: fetched(stack, "/fjgov/feed.atom"), lambda one: uri in entry_ids(one.content)
        )
        assert public.headers["content-type"].startswith("application/atom+xml")
        assert entry_ids(public.content)[0] == uri
        assert entry_ids(fetched(stack, "/fjgov/feed.atom", "registrar").content) == entry_ids(
            public.content
        )
        assert secret["title"] not in public.text
        assert fetched(stack, uri).status_code == 303

    def test_follows_a_unit_and_a_search(self, stack: StackInfo) -> None:
        unit = client(stack, NODE).action.package_search(rows=1)["results"][0]["organization"]
        answer = fetched(stack, f"/fjgov/feed.atom?organization={unit['name']}&limit=100")
        root = etree.fromstring(answer.content)
        assert unit["title"] in root.findtext(f"{ATOM}title")
        authors = {one.text for one in root.iterfind(f"{ATOM}entry/{ATOM}author/{ATOM}name")}
        assert authors == {unit["title"]}
        assert entry_ids(fetched(stack, "/fjgov/feed.atom?q=zzqqxxyy").content) == []
        for asked in ("limit=0", "limit=101", "fq=state:(", "creator_user_id=x"):
            assert fetched(stack, f"/fjgov/feed.atom?{asked}").status_code == 400, asked

    def test_of_ckan_itself_say_no_more(self, stack: StackInfo) -> None:
        shown = fetched(stack, "/feeds/dataset.atom")
        titles = {one.findtext(f"{ATOM}title") for one in etree.fromstring(shown.content)
                  if one.tag == f"{ATOM}entry"}  # fmt: skip
        public = client(stack, NODE).action.package_search(rows=1000)["results"]
        assert titles <= {entry["title"] for entry in public}


class TestSchemaOrg:
    def test_describes_public_entries_in_their_pages(self, stack: StackInfo) -> None:
        entry = client(stack, NODE).action.package_search(rows=1, fq="share_type:1")["results"][0]
        [told] = scripts(fetched(stack, f"/dataset/{entry['name']}").text)
        assert (told["@type"], told["name"]) == ("Dataset", entry["title"])
        assert told["@id"] == f"{stack.urls[NODE]}/id/{entry['identifier']}"
        # An official reads the same page with more on it, and the same description.
        assert scripts(fetched(stack, f"/dataset/{entry['name']}", "staff").text) == [told]

    def test_says_nothing_of_what_the_public_does_not_see(self, stack: StackInfo) -> None:
        secret = next(iter(names_of(stack, "staff", "share_type:3")))
        page = fetched(stack, f"/dataset/{secret}", "staff")
        assert page.status_code == 200
        assert scripts(page.text) == []

    def test_describes_the_catalog_on_the_home_page(self, stack: StackInfo) -> None:
        [told] = scripts(fetched(stack, "/").text)
        assert (told["@type"], told["@id"]) == ("DataCatalog", stack.urls[NODE])
