"""Ways of the leak matrix by files, tables, views, exports, feeds and pages: rows 23 to 35."""

from __future__ import annotations

import io
import json
import tempfile
from urllib.parse import quote

import duckdb
import openpyxl
import requests

from tests.integration.api import client, sql
from tests.integration.leak_people import Visitor
from tests.integration.leak_ways_search import KINDS, search
from tests.integration.leak_world import Job, World
from tests.integration.leaks import CITY, PROVINCE, TIMEOUT, Answer, act, page

JSON = "application/json"
OFFICIALS = "fjgov_dcat_officials"
STREAM_OF_OFFICIALS = "?audience=officials"
STREAMS = (
    "SELECT id, page_size, (SELECT count(*) FROM fjgov_stream_member WHERE stream = id)"
    " FROM fjgov_stream"
)
TABLES = ("dataset", "unit", "collection_item", "gov_database", "app_system", "permit_type")


def downloads(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [page(f"/share/{world.resource(kind)}", Accept=JSON) for kind in KINDS]
    for kind in ("class2", "class3"):
        place = f"/dataset/{world.entry(kind)['name']}/resource/{world.resource(kind)}"
        jobs += [page(f"{place}/download"), page(f"{place}/download/rows.csv")]
    wrong = f"/dataset/{world.entry('open')['name']}/resource/{world.resource('class2')}"
    jobs += [page(f"{wrong}/download"), page(f"{wrong}/download/{world.corpus.address}")]
    return jobs


def stored_files(world: World, _who: Visitor) -> list[Job]:
    one = world.resource("class2")
    return [
        act("file_search", rows=100),
        act("file_show", id=one),
        act("file_owner_scan", owner_type="resource", owner_id=one),
        act("file_create", name="x.txt", upload="x", storage="resource"),
        page(f"/file/download/{one}"),
        page("/file/trusted-download/abc.def.ghi"),
        page("/file/public-download/default/resources/abc/def/ghi"),
        page("/file/public-download/resource/abc/def/ghi"),
    ]


def storage_paths(_world: World, _who: Visitor) -> list[Job]:
    return [
        page(path)
        for path in (
            "/resources/abc/def/ghi",
            "/storage/resources/abc/def/ghi",
            "/uploads/resources/abc/def/ghi",
            "/uploads/..%2f..%2fresources/abc/def/ghi",
            "/storage/uploads/../../resources/abc/def/ghi",
            "/fuzhou/ckan.ini",
        )
    ]


def proxies(world: World, _who: Visitor) -> list[Job]:
    one = world.resource("class2")
    place = f"/dataset/{world.entry('class2')['name']}/resource/{one}"
    return [
        page(f"{place}/proxy"),
        page(f"{place}/proxy?url=http://127.0.0.1/"),
        page(f"/dataset/{world.entry('class2')['name']}/resource/{one}/service_proxy"),
        act("resource_proxy", id=one),
    ]


def views(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = []
    for kind, view in world.views.items():
        place = f"/dataset/{world.entry(kind)['name']}/resource/{world.resource(kind)}"
        jobs += [
            page(f"{place}/view/{view}"),
            page(f"{place}/view"),
            page(f"{place}/views"),
            page(f"{place}/embed"),
            page(f"/datatables/ajax/{view}", method="POST"),
            page(f"/datatables/filtered-download/{view}", method="POST"),
        ]
    return jobs


def tables(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = []
    for kind in KINDS:
        one = world.resource(kind)
        jobs += [
            act("datastore_search", resource_id=one),
            act("datastore_info", id=one),
            page(f"/datastore/dump/{one}"),
            page(f"/datastore/dump/{one}?format=json"),
        ]
    one = world.resource("class2")
    jobs += [
        page(f"/datastore/dictionary_download/{one}"),
        page(f"/datastore/api_info/{one}"),
        act("datastore_search", resource_id="_table_metadata"),
        act("datastore_search_sql", sql=f'SELECT * FROM "{one}"'),
        act("datastore_search_sql", sql=f'WITH x AS (SELECT * FROM "{one}") SELECT * FROM x'),
        act("datastore_search_sql", sql=f"SELECT query_to_xml('TABLE \"{one}\"', true, true, '')"),
        act("datastore_function_create", name="x", definition="x"),
        act("datapusher_status", resource_id=one),
        act("datapusher_hook", metadata={"resource_id": one}),
        act("xloader_status", resource_id=one),
        page(f"/dataset/{world.entry('class2')['name']}/dictionary/{one}"),
        page(f"/resource/{one}/dictionary"),
        act("fjgov_data_query", resource_id=one),
        page(f"/share/{one}/rows", Accept=JSON),
        page(f"/share/{one}/table.csv", Accept=JSON),
        page(f"/share/{one}/openapi.json", Accept=JSON),
        page(f"/share/{one}/preview"),
        act("fjgov_mount_show", id=one),
        act("fjgov_mount_list", id=world.entry("class2")["id"]),
        page(f"/tabledesigner/{one}"),
    ]
    return jobs


def partial_requests(world: World, _who: Visitor) -> list[Job]:
    place = f"/share/{world.resource('class2')}"
    return [
        page(place, Accept=JSON, method="HEAD"),
        page(place, Accept=JSON, Range="bytes=0-9"),
        page(place, Accept=JSON, If_None_Match='"x"'),
        page(place, Accept=JSON, If_Modified_Since="Fri, 27 Nov 2026 00:00:00 GMT"),
        page(place, Accept=JSON, method="POST"),
        page(place, Accept=JSON, method="OPTIONS"),
        lambda: _kept_alive(world, _who),
    ]


def _kept_alive(world: World, who: Visitor) -> Answer:
    """Ask twice on one connection, with an older token first: each answer is decided anew."""
    with requests.Session() as session:
        texts, url = [], f"{world.stack.urls['fuzhou']}/share/{world.resource('class2')}"
        for token in (world.ended[who.kind], who.site.apikey):
            headers = {"Accept": JSON} | ({"Authorization": token} if token else {})
            given = session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            texts.append(given.text)
        return Answer("kept alive", given.status_code, "\n".join(texts))


def side_information(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = [
        search(world, q="res_hash:*"), search(world, q="res_size:*"),
        search(world, fl="res_last_modified,res_mimetype"),
        act("resource_search", query="hash:a"), act("resource_search", query="size:1"),
        act("fjgov_upload_list"), act("fjgov_upload_show", id="no-such"), page("/fjgov/uploads"),
        act("fjgov_use_list", limit=200), page("/fjgov/uses"), page("/fjgov/uses.csv"),
        act("fjgov_processing_list"), page("/fjgov/processing"),
    ]  # fmt: skip
    return jobs


def rdf(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = []
    short = ("jsonld?profiles=schemaorg", f"ttl?profiles={OFFICIALS}", "nt")
    long = (*short, "ttl", "rdf", "jsonld?profiles=croissant", "ttl?profiles=euro_dcat_ap_3")
    for kind in ("open", "class2", "class3", "draft"):
        name = world.entry(kind)["name"]
        forms = long if kind == "class2" else short
        jobs += [page(f"/dataset/{name}.{form}") for form in forms]
    filters = f"fq=name:({' OR '.join(world.entry(kind)['name'] for kind in KINDS)})"
    jobs += [
        page(f"/catalog.ttl?{filters}"),
        page(f"/catalog.nt?{filters}"),
        page(f"/catalog.jsonld?{filters}&profiles={OFFICIALS}"),
        page(f"/catalog.rdf?{filters}&profiles=euro_dcat_ap_3"),
        page(f"/catalog.n3?{filters} AND state:draft"),
        page(f"/catalog.xml?{filters}&modified_since=2026-01-01"),
        page("/dcat.json"),
        act("dcat_catalog_show", format="ttl", fq=filters[3:]),
        act("dcat_catalog_search", format="jsonld", q="*:*", fq=filters[3:]),
    ]
    return jobs


def feeds(world: World, _who: Visitor) -> list[Job]:
    tag = quote(world.corpus.titles["class2"])
    return [
        page("/feeds/dataset.atom"),
        page("/feeds/custom.atom?q=title:leak*&page=1"),
        page(f"/feeds/custom.atom?name={world.entry('class3')['name']}"),
        page(f"/feeds/tag/{tag}.atom"),
        page(f"/feeds/organization/{world.unit}.atom"),
        page(f"/feeds/group/{world.unit}.atom"),
        page("/feeds/dataset.atom?page=2"),
        page(f"/fjgov/feed.atom?organization={world.unit}&limit=100"),
        page(f"/fjgov/feed.atom?q={tag}"),
        page("/fjgov/feed.atom?fq=state:draft"),
    ]


def exports(world: World, who: Visitor) -> list[Job]:
    jobs: list[Job] = [
        page("/sitemap.xml"),
        page("/sitemap-pages.xml"),
        page("/sitemap-units.xml"),
        page("/sitemap-records.xml"),
        page("/robots.txt"),
        page("/oai?verb=ListRecords&metadataPrefix=oai_dc"),
        page("/csw?service=CSW&request=GetRecords"),
        page("/fjgov/dump.nt.gz"),
        page("/fjgov/dump.jsonld.gz"),
        *(page(f"/fjgov/dump.{ending}") for ending in ("nt", "ttl", "jsonld", "rdf", "json")),
        page("/fjgov/dump.nt?audience=officials"),
        page("/directory/bases.csv"),
        page("/dump/dataset.json"),
    ]
    jobs += [page(f"/dataset/{world.entry(kind)['name']}.xml-gb") for kind in KINDS]
    jobs += gb_documents(world)
    jobs += streams(world)
    jobs += [page(f"/fjgov/export/{kind}.csv?organization={world.unit}") for kind in TABLES]
    jobs.append(page(f"/fjgov/export/dataset.csv?fq=state:draft&q={world.corpus.inner}"))
    jobs.append(lambda: _workbook(world, who, f"/fjgov/uploads/export.xlsx?unit={world.unit}"))
    asked = f"organization={world.unit}&header=names"
    jobs.append(lambda: _workbook(world, who, f"/fjgov/export/dataset.xlsx?{asked}"))
    jobs.append(lambda: _parquet(world, who, f"/fjgov/export/dataset.parquet?{asked}"))
    return jobs


def streams(world: World) -> list[Job]:
    """Both streams of changes of both sites, by every page that anybody could know of."""
    jobs: list[Job] = [
        page(f"/fjgov/stream.{ending}{asked}", node=node)
        for node in (CITY, PROVINCE)
        for ending in ("ttl", "jsonld", "nt", "rdf")
        for asked in ("", STREAM_OF_OFFICIALS)
    ]
    for node in (CITY, PROVINCE):
        for asked in ("", STREAM_OF_OFFICIALS):
            headers = {"Authorization": client(world.stack, node, "sysadmin").apikey}
            root = f"{world.stack.urls[node]}/fjgov/stream.nt{asked}"
            requests.get(root, headers=headers, timeout=TIMEOUT).raise_for_status()
        for stream, size, members in sql(world.stack, node, STREAMS):
            pages = range(1, members // size + 2)
            jobs += [page(f"/fjgov/stream/{stream}/{number}.nt", node=node) for number in pages]
    return jobs


def gb_documents(world: World) -> list[Job]:
    """GB/T 21063.3 XML of many entries: by search, by unit, and asked for what is not listed."""
    jobs: list[Job] = [
        page(f"/fjgov/gbxml?organization={world.unit}&limit=500"),
        page(f"/fjgov/gbxml?q={world.corpus.inner}"),
        page(f"/fjgov/gbxml?q={world.corpus.address}"),
        page(f"/fjgov/gbxml?organization={world.unit}&fq=state:draft"),
        page(f"/fjgov/catalog.xml-gb?organization={world.unit}"),
    ]
    jobs += [page(f"/fjgov/gbxml?q={world.corpus.titles[kind]}") for kind in KINDS]
    return jobs


def _fetched(world: World, who: Visitor, path: str) -> requests.Response:
    headers = {"Authorization": who.site.apikey} if who.site.apikey else {}
    return requests.get(
        f"{world.stack.urls['fuzhou']}{path}",
        headers=headers, timeout=TIMEOUT, allow_redirects=False,
    )  # fmt: skip


def _parquet(world: World, who: Visitor, path: str) -> Answer:
    """Fetch a Parquet file and give the text of all its cells."""
    given = _fetched(world, who, path)
    if not given.content.startswith(b"PAR1"):
        return Answer("export", given.status_code, given.text)
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(given.content)
        file.flush()
        with duckdb.connect(":memory:") as connection:
            rows = connection.execute(f"SELECT * FROM read_parquet('{file.name}')").fetchall()
    return Answer("export", given.status_code, json.dumps(rows, ensure_ascii=False, default=str))


def _workbook(world: World, who: Visitor, path: str) -> Answer:
    """Fetch a workbook and give the text of all its cells."""
    given = _fetched(world, who, path)
    if not given.content.startswith(b"PK"):
        return Answer("export", given.status_code, given.text)
    book = openpyxl.load_workbook(io.BytesIO(given.content), read_only=True)
    rows = [row for sheet in book for row in sheet.iter_rows(values_only=True)]
    return Answer("export", given.status_code, json.dumps(rows, ensure_ascii=False, default=str))


def html(world: World, _who: Visitor) -> list[Job]:
    jobs: list[Job] = []
    for kind in KINDS:
        name = world.entry(kind)["name"]
        jobs.append(page(f"/dataset/{name}"))
    for kind in ("class2", "draft"):
        name, one = world.entry(kind)["name"], world.resource(kind)
        jobs += [
            page(path)
            for path in (
                f"/dataset/edit/{name}",
                f"/dataset/withdraw/{name}",
                f"/dataset/claim/{name}",
                f"/dataset/resources/{name}",
                f"/dataset/groups/{name}",
                f"/dataset/delete/{name}",
                f"/dataset/{name}/resource/{one}",
                f"/dataset/{name}/resource/{one}/edit",
                f"/dataset/{name}/resource/new",
                f"/resource/{one}/edit",
            )
        ]
    jobs += [
        page("/"),
        page("/dataset/?q=leak&rows=100"),
        page(f"/organization/{world.unit}"),
        page(f"/organization/bulk_process/{world.unit}"),
        page(f"/organization/members/{world.unit}"),
        page("/fjgov/inbox"),
        page("/dashboard/"),
        page("/dashboard/datasets"),
        page("/ckan-admin/trash"),
        page("/no-such-page"),
    ]
    return jobs


def caches(world: World, _who: Visitor) -> list[Job]:
    return [
        page(path)
        for path in (
            f"/dataset/{world.entry('class2')['name']}",
            f"/share/{world.resource('class2')}",
            f"/api/3/action/package_show?id={world.entry('class2')['name']}",
            "/catalog.ttl?fq=state:none",
            "/feeds/dataset.atom",
            "/sitemap.xml",
            f"/organization/{world.unit}",
        )
    ]
