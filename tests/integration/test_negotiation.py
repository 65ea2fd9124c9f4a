"""What addresses with several forms, and documents that may be kept, tell their readers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.api import client, create_listed, eventually, open_entry, unit_of
from tests.integration.directory_records import register
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PATIENCE_S = 60
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
FORMS = {
    "text/turtle": ".ttl",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
    "application/n-triples": ".nt",
}
READER = {"Authorization", "Cookie"}
# Addresses with several forms -> status of the page, and where documents are; {} for what is found.
NEGOTIATED = {
    "/": (200, "/catalog"),
    "/dataset/{entry}": (200, "/dataset/{entry}"),
    "/id/{identifier}": (303, "/dataset/{entry}"),
    "/id/{gone}": (410, ""),
    "/directory/permit_type/{licence}": (200, "/dataset/{licence}"),
    "/id/{licence_identifier}": (303, "/dataset/{licence}"),
    "/organization/{unit}": (200, "/organization/{unit}"),
    "/fjgov/standards/topics": (200, "/fjgov/standards/topics"),
}
KEPT = (
    "/dataset/{entry}.ttl",
    "/dataset/{entry}.rdf",
    "/dataset/{entry}.xml",
    "/dataset/{entry}.n3",
    "/dataset/{entry}.jsonld",
    "/dataset/{entry}.nt",
    "/dataset/{entry}.ttl?profiles=euro_dcat_ap_3",
    "/dataset/{entry}.xml-gb",
    "/dataset/{licence}.nt",
    "/catalog.nt?q={entry}",
    "/catalog.ttl",
    "/catalog.rdf?q={entry}",
    "/organization/{unit}.ttl",
    "/fjgov/standards/topics.ttl",
    "/fjgov/dump.ttl",
)


def fetched(stack: StackInfo, path: str, role: str = "", **headers: str) -> httpx.Response:
    if role:
        headers["Authorization"] = stack.credentials[NODE][role]["token"]
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(f"{stack.urls[NODE]}{path}", headers=headers, timeout=PATIENCE_S)


def varies(answer: httpx.Response) -> set[str]:
    return {one.strip() for one in answer.headers.get("vary", "").split(",")}


@pytest.fixture(scope="module")
def found(stack: StackInfo) -> dict[str, str]:
    """Names and identifiers of what the addresses of the tables are about."""
    registrar = client(stack, NODE, "registrar")
    entry, gone = create_listed(stack, **open_entry()), create_listed(stack, **open_entry())
    registrar.action.package_delete(id=gone["id"])
    licence = register(stack, "permit_type", NODE, open_to_public="1")
    return {
        "entry": entry["name"],
        "entry_id": entry["id"],
        "identifier": entry["identifier"],
        "gone": gone["identifier"],
        "licence": licence["name"],
        "licence_identifier": licence["identifier"],
        "unit": unit_of(stack, NODE),
    }


@pytest.mark.parametrize("path", NEGOTIATED)
def test_an_address_with_forms_gives_what_is_asked_for_and_says_by_what_it_went(
    stack: StackInfo, found: dict[str, str], path: str
) -> None:
    status, document = NEGOTIATED[path]
    address = path.format(**found)
    for accept in (PAGE, "*/*", "application/pdf"):
        page = fetched(stack, address, Accept=accept)
        assert page.status_code == status
        assert varies(page) >= {"Accept", *READER}
    for accept, ending in FORMS.items():
        answer = fetched(stack, address, Accept=f"{accept}, text/html;q=0.4")
        assert varies(answer) >= {"Accept", *READER}
        if not document:
            assert (answer.status_code, answer.headers["content-type"]) == (status, accept)
            continue
        assert answer.status_code == 303
        wanted = f"{document.format(**found)}{ending}"
        assert answer.headers["location"] == f"{stack.urls[NODE]}{wanted}"
        made = fetched(stack, wanted)
        assert (made.status_code, made.headers["content-type"]) == (200, accept)


def test_officials_are_led_to_the_document_that_holds_what_they_see(
    stack: StackInfo, found: dict[str, str]
) -> None:
    item = register(stack, "app_system", NODE)
    officials = f"{stack.urls[NODE]}/dataset/{item['name']}.ttl?profiles=fjgov_dcat_officials"
    for path in (f"/directory/app_system/{item['name']}", f"/id/{item['identifier']}"):
        answer = fetched(stack, path, "staff", Accept="text/turtle")
        assert (answer.status_code, answer.headers["location"]) == (303, officials)
        assert fetched(stack, path, Accept="text/turtle").status_code == 404
    page = fetched(stack, f"/id/{item['identifier']}", "staff")
    assert page.headers["location"] == f"{stack.urls[NODE]}/directory/app_system/{item['name']}"
    made = fetched(stack, officials.removeprefix(stack.urls[NODE]), "staff")
    assert item["title"] in made.text


@pytest.mark.parametrize("path", KEPT)
def test_who_has_a_document_need_not_take_it_again(
    stack: StackInfo, found: dict[str, str], path: str
) -> None:
    address = path.format(**found)
    # A page of the catalog says when the catalog changed: the index follows within a second.
    assert eventually(lambda: same_twice(stack, address))
    first = fetched(stack, address)
    assert first.status_code == 200
    assert "Accept" not in varies(first)
    assert varies(first) >= READER
    assert {"private", "no-cache"} <= set(first.headers["cache-control"].split(", "))
    tag = first.headers["etag"]
    for named in (tag, f'"other", {tag}', "*"):
        again = fetched(stack, address, If_None_Match=named)
        assert (again.status_code, again.content) == (304, b""), named
        assert again.headers["etag"] == tag
        assert varies(again) >= READER
    assert fetched(stack, address, If_None_Match='"other"').status_code == 200


def same_twice(stack: StackInfo, address: str) -> bool:
    return len({fetched(stack, address).headers["etag"] for _one in range(2)}) == 1


def test_tags_differ_by_form_and_by_what_the_reader_sees(
    stack: StackInfo, found: dict[str, str]
) -> None:
    base = f"/dataset/{found['entry']}"
    paths = [f"{base}.ttl", f"{base}.rdf", f"{base}.ttl?profiles=fjgov_dcat_officials"]
    tags = [fetched(stack, path, role).headers["etag"] for path in paths for role in ("", "staff")]
    assert len(set(tags)) == len(tags)
    officials = fetched(stack, f"{base}.ttl", "staff")
    assert "private" in officials.headers["cache-control"]
    assert fetched(stack, f"{base}.ttl", If_None_Match=officials.headers["etag"]).status_code == 200


def test_a_change_is_a_new_tag(stack: StackInfo, found: dict[str, str]) -> None:
    paths = [f"/dataset/{found['entry']}.ttl", f"/catalog.ttl?fq=name:{found['entry']}"]
    assert eventually(lambda: found["entry"] in fetched(stack, paths[1]).text)
    before = [fetched(stack, path).headers["etag"] for path in paths]
    notes = "另一段更正后的摘要，不少于十个字。"
    client(stack, NODE, "registrar").action.package_patch(id=found["entry_id"], notes=notes)
    for path, tag in zip(paths, before, strict=True):
        assert eventually(lambda p=path: notes in fetched(stack, p).text)  # type: ignore[misc]
        assert fetched(stack, path, If_None_Match=tag).status_code == 200


@pytest.mark.parametrize("path", ["/dataset/{entry}.doc", "/catalog.doc", "/dataset_series/x.doc"])
def test_an_ending_of_no_document_is_not_found(
    stack: StackInfo, found: dict[str, str], path: str
) -> None:
    assert fetched(stack, path.format(**found)).status_code == 404


def test_a_refused_document_has_no_tag(stack: StackInfo) -> None:
    hidden: dict[str, Any] = create_listed(stack, share_type="3", restriction_kind=None)
    answer = fetched(stack, f"/dataset/{hidden['name']}.ttl", If_None_Match="*")
    assert answer.status_code in {401, 403, 404}
    assert "etag" not in answer.headers
