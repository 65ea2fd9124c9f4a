"""Each adapter against a server of its own: pages, limits, and listings that do not end well."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.fjgov.core.federation.errors import BadContent, BadStatus, FetchError, TooLarge
from ckanext.fjgov.core.federation.ports import Fetch
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.core.foreign.record import SourceRefused
from ckanext.fjgov.harvesters.ckan_site import CkanSite
from ckanext.fjgov.harvesters.dcat import DcatDocument
from ckanext.fjgov.harvesters.factories import SOURCE_ADAPTERS
from ckanext.fjgov.harvesters.gbxml import GbXmlFiles
from ckanext.fjgov.harvesters.listing import PortalListing
from tests.unit.harvesters.fetching import answer, fetcher

EXAMPLES = Path(__file__).resolve().parents[3] / "harvesters" / "sources"
PATHS = {"ckan": "", "dcat": "/c.jsonld", "gbxml": "/gb/", "listing": "/c.csv"}
Pages = Mapping[str, tuple[str, bytes]]


def script(pages: Pages) -> Callable[[socket.socket, bytes], None]:
    """Answer by the path of the request; anything else is a 404."""

    def reply(connection: socket.socket, request: bytes) -> None:
        path = request.split(b" ", 2)[1].decode()
        media_type, body = pages.get(path, ("", b""))
        status = "200 OK" if media_type else "404 Not Found"
        answer(body, status=status, media_type=media_type or "text/plain")(connection, request)

    return reply


def adapter(kind: str, server: Any, **parts: Any) -> Any:
    raw = yaml.safe_load((EXAMPLES / f"example-{kind}.yaml").read_text("utf-8"))
    raw |= {"address": server.url(PATHS[kind]), "allow": ["127.0.0.1:1"]} | parts
    fetch: Fetch = fetcher(server)
    return SOURCE_ADAPTERS[kind](parse_definition(yaml.safe_dump(raw, allow_unicode=True)), fetch)


def ids(found: Any) -> list[str]:
    return [record.remote_id for record in found.records()]


def test_there_is_an_adapter_for_each_kind() -> None:
    assert dict(SOURCE_ADAPTERS) == {
        "ckan": CkanSite,
        "dcat": DcatDocument,
        "gbxml": GbXmlFiles,
        "listing": PortalListing,
    }


def hydra(numbers: list[int], following: str = "", total: int | None = None) -> bytes:
    graph: list[dict[str, Any]] = [{"@id": f"d/{n}", "@type": "Dataset"} for n in numbers]
    view = {"@id": "v", "@type": "PartialCollectionView"}
    view |= {"next": following} if following else {}
    graph.append({"@type": "Collection", "view": view})
    if total is not None:
        graph[-1]["totalItems"] = total
    contexts = ["http://www.w3.org/ns/hydra/context.jsonld", "http://www.w3.org/ns/dcat.jsonld"]
    return json.dumps({"@context": contexts, "@graph": graph}).encode()


LD = "application/ld+json"


def test_all_pages_of_a_collection_are_read(serve: Callable[..., Any]) -> None:
    server = serve(
        script({
            "/c.jsonld": (LD, hydra([1, 2], "c.jsonld?p=2", 3)),
            "/c.jsonld?p=2": (LD, hydra([3], "", 3)),
        })
    )  # fmt: skip
    assert ids(adapter("dcat", server)) == [server.url(f"/d/{n}") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("pages", "rule"),
    [
        ({"/c.jsonld": (LD, hydra([1], "", 2))}, "truncated"),
        ({"/c.jsonld": (LD, hydra([1], "c.jsonld"))}, "pages"),
        ({"/c.jsonld": (LD, hydra([1], "http://other.example.org/c"))}, "pages"),
        ({"/c.jsonld": (LD, b"{")}, "json"),
    ],
    ids=["total", "circle", "elsewhere", "cut"],
)
def test_a_collection_that_does_not_end_well_is_refused(
    serve: Callable[..., Any], pages: Pages, rule: str
) -> None:
    with pytest.raises(SourceRefused) as refused:
        ids(adapter("dcat", serve(script(pages))))
    assert refused.value.rule == rule


ONE_XML = b"<metadata><resID>%d</resID><resTitle>t</resTitle></metadata>"
LINKS = b"<html><body><a href='../'>up</a><a href='2.xml'>2</a><a href='1.xml'>1</a>"
LINKS += b"<a href='http://other.example.org/3.xml'>3</a><a href='sub/4.xml'>4</a></body></html>"


@pytest.mark.parametrize(
    "listing", [("text/html", LINKS), ("text/plain", b"1.xml\n2.xml\nreadme.txt\n")]
)
def test_a_directory_is_read_file_by_file(
    serve: Callable[..., Any], listing: tuple[str, bytes]
) -> None:
    pages = {"/gb/": listing}
    pages |= {f"/gb/{n}.xml": ("application/xml", ONE_XML % n) for n in (1, 2)}
    assert ids(adapter("gbxml", serve(script(pages)))) == ["1", "2"]


def test_a_file_of_a_directory_that_is_missing_or_bad_ends_the_reading(
    serve: Callable[..., Any],
) -> None:
    pages = {"/gb/": ("text/html", LINKS), "/gb/1.xml": ("application/xml", ONE_XML % 1)}
    with pytest.raises(BadStatus):
        ids(adapter("gbxml", serve(script(pages))))
    pages["/gb/2.xml"] = ("application/xml", b"<metadata>")
    with pytest.raises(SourceRefused):
        ids(adapter("gbxml", serve(script(pages))))


@pytest.mark.parametrize("body", [b"<html><form>login</form></html>", b"<html></html>"])
def test_a_login_page_is_no_directory(serve: Callable[..., Any], body: bytes) -> None:
    with pytest.raises(SourceRefused) as refused:
        ids(adapter("gbxml", serve(script({"/gb/": ("text/html", body)}))))
    assert refused.value.rule == "directory"


JSON_READ = {
    "format": "json", "id": ["id"], "records": "rows", "total": "total", "page_size": 2,
    "page": {"number": "p", "size": "n"},
}  # fmt: skip


def json_rows(total: Any, *numbers: int) -> tuple[str, bytes]:
    body = {"total": total, "rows": [{"id": number} for number in numbers]}
    return "application/json", json.dumps(body).encode()


def test_a_paged_listing_is_read_to_its_total(serve: Callable[..., Any]) -> None:
    pages = {"/c.csv?p=1&n=2": json_rows(3, 1, 2), "/c.csv?p=2&n=2": json_rows(3, 3)}
    assert ids(adapter("listing", serve(script(pages)), read=JSON_READ)) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (json_rows(3, 1, 2), json_rows(3), "truncated"),
        (json_rows(1, 1, 2), json_rows(1), "truncated"),
        (json_rows("many", 1, 2), json_rows(3), "total"),
        (("application/json", b'{"total": 3, "rows": ['), json_rows(3), "json"),
    ],
)
def test_a_paged_listing_that_ends_early_is_refused(
    serve: Callable[..., Any], first: tuple[str, bytes], second: tuple[str, bytes], rule: str
) -> None:
    server = serve(script({"/c.csv?p=1&n=2": first, "/c.csv?p=2&n=2": second}))
    with pytest.raises(SourceRefused) as refused:
        ids(adapter("listing", server, read=JSON_READ))
    assert refused.value.rule == rule


def search(count: Any, *names: str) -> bytes:
    packages = [{"id": name, "title": name} for name in names]
    return json.dumps({"result": {"count": count, "results": packages}}).encode()


def test_a_site_is_read_after_the_last_id(serve: Callable[..., Any]) -> None:
    bodies = [search(3, "a", "b"), search(1, "c")]

    def reply(connection: socket.socket, request: bytes) -> None:
        answer(bodies.pop(0), media_type="application/json")(connection, request)

    server = serve(reply)
    assert ids(adapter("ckan", server, read={"page_size": 2, "query": "type:dataset"})) == [
        "a", "b", "c",
    ]  # fmt: skip
    first, second = (head.split(b" ")[1].decode() for head in server.requests)
    assert "fq=%2Btype%3Adataset" in first
    assert "id%3A%7B%22b%22+TO+%2A%5D" in second


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (search(5, "a"), "truncated"),
        (search(3, "b", "a"), "order"),
        (search(2, "a", "a"), "order"),
        (search("many", "a"), "answer"),
        (b'{"success": false}', "answer"),
        (b"[1]", "answer"),
        (json.dumps({"result": {"count": 1, "results": [7]}}).encode(), "dataset"),
    ],
)
def test_an_answer_that_is_not_a_whole_search_is_refused(
    serve: Callable[..., Any], body: bytes, rule: str
) -> None:
    server = serve(answer(body, media_type="application/json"))
    with pytest.raises(SourceRefused) as refused:
        ids(adapter("ckan", server, read={"page_size": 2}))
    assert refused.value.rule == rule


@pytest.mark.parametrize("kind", ["ckan", "dcat", "listing"])
def test_what_no_source_may_answer_is_refused_for_every_kind(
    serve: Callable[..., Any], kind: str
) -> None:
    login = serve(answer(b"<!doctype html><title>login</title>", media_type="text/html"))
    with pytest.raises(BadContent):
        ids(adapter(kind, login))
    broken = serve(answer(b"no", status="500 Internal Server Error"))
    with pytest.raises(BadStatus):
        ids(adapter(kind, broken))
    large = serve(answer(b"x" * 300_000, media_type="application/json"))
    with pytest.raises((TooLarge, BadContent)):
        ids(adapter(kind, large))
    cut = serve(answer(b"{}", "Content-Length: 900", media_type="application/json"))
    with pytest.raises(FetchError):
        ids(adapter(kind, cut))
