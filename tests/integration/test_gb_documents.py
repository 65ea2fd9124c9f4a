"""GB/T 21063.3 XML of a running node: lists, the whole catalog, and what an import says of it."""

from __future__ import annotations

import base64
import gzip
import json

import httpx
import pytest
from lxml import etree

from ckanext.fjgov.core.export.gbschema import new_schema, violations
from tests.integration.api import client, create_entry, eventually
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PATIENCE_S = 60
RECORD = "{urn:cn:gbt:21063.3:2007}metadata"
IDENTIFIER = "{urn:cn:gbt:21063.3:2007}resID"


def fetched(stack: StackInfo, path: str, role: str = "", **headers: str) -> httpx.Response:
    if role:
        headers["Authorization"] = stack.credentials[NODE][role]["token"]
    url = path if path.startswith("http") else f"{stack.urls[NODE]}{path}"
    return httpx.get(url, headers=headers, timeout=PATIENCE_S)


def identifiers(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    new_schema().assertValid(root)
    return [record.findtext(IDENTIFIER) for record in root.iter(RECORD)]


def found_by(stack: StackInfo, role: str, query: str = "") -> set[str]:
    site = client(stack, NODE, role) if role else client(stack, NODE)
    return {e["identifier"] for e in site.action.package_search(rows=1000, fq=query)["results"]}


@pytest.mark.parametrize("role", ["", "staff"])
def test_the_whole_catalog_is_what_its_reader_finds(stack: StackInfo, role: str) -> None:
    plain = fetched(stack, "/fjgov/catalog.xml-gb", role)
    named = identifiers(plain.content)
    assert sorted(named) == sorted(found_by(stack, role))
    packed = fetched(stack, "/fjgov/catalog.xml-gb.gz", role)
    assert packed.headers["content-type"] == "application/gzip"
    assert identifiers(gzip.decompress(packed.content)) == named


def test_officials_get_more_than_the_public(stack: StackInfo) -> None:
    public, official = (
        set(identifiers(fetched(stack, "/fjgov/catalog.xml-gb", role).content))
        for role in ("", "staff")
    )
    assert public < official
    assert official - public == found_by(stack, "staff", "share_type:3")


def test_a_list_is_paged_by_its_links_each_entry_once(stack: StackInfo) -> None:
    address, named, counts = "/fjgov/gbxml?share_type=1&limit=9", [], []
    while address:
        answer = fetched(stack, address)
        page = identifiers(answer.content)
        counts.append(len(page))
        named += page
        address = answer.links.get("next", {}).get("url", "")
    assert len(counts) > 2
    assert set(counts[:-1]) == {9}
    assert sorted(named) == sorted(found_by(stack, "", "share_type:1"))


def test_a_list_takes_the_filters_of_page_and_api(stack: StackInfo) -> None:
    by_api = identifiers(fetched(stack, "/fjgov/gbxml?fq=share_type:2&limit=500").content)
    by_page = identifiers(fetched(stack, "/fjgov/gbxml?share_type=2&limit=500").content)
    assert by_api == by_page != []
    by_word = fetched(stack, "/fjgov/gbxml?q=低保&limit=500")
    assert set(identifiers(by_word.content)) < found_by(stack, "")
    assert int(by_word.headers["x-total-count"]) == len(identifiers(by_word.content))
    assert identifiers(fetched(stack, "/fjgov/gbxml?q=zzqqxxyy").content) == []


@pytest.mark.parametrize(
    "asked", ["creator_user_id=x", "fq=state:(", "after=%22)", "limit=0", "limit=501", "limit=x"]
)
def test_what_may_not_be_asked_is_refused_before_anything_is_sent(
    stack: StackInfo, asked: str
) -> None:
    answer = fetched(stack, f"/fjgov/gbxml?{asked}", Accept="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) >= {"zh", "en"}


def test_the_schema_is_served(stack: StackInfo) -> None:
    schema = etree.XMLSchema(etree.fromstring(fetched(stack, "/fjgov/gbt21063_3.xsd").content))
    schema.assertValid(etree.fromstring(fetched(stack, "/fjgov/gbxml?limit=3").content))


def test_an_unfinished_entry_has_no_document_that_would_break_the_schema(stack: StackInfo) -> None:
    entry = create_entry(stack, NODE, theme=None, industry=None, service_class=None,
                         form_class=None)  # fmt: skip
    answer = fetched(stack, f"/dataset/{entry['name']}.xml-gb", "registrar")
    assert answer.status_code == 409
    assert "tpCat" in answer.text
    assert fetched(stack, f"/dataset/{entry['name']}.xml-gb").status_code == 404


def test_every_entry_of_the_node_read_back_changes_nothing_and_a_broken_one_is_named(
    stack: StackInfo,
) -> None:
    unit = stack.credentials[NODE]["registrar"]["unit"]
    operator = client(stack, NODE, "platform_operator")
    document = fetched(stack, "/fjgov/catalog.xml-gb", "platform_operator").content
    assert list(violations(document)) == []
    # Entries of the samples; others come and go with the tests that make them.
    sample = eventually(lambda: fetched(stack, "/fjgov/gbxml?is_sample=1&limit=500", "staff"))
    content = base64.b64encode(sample.content).decode()
    same = operator.action.fjgov_import_run(content=content, dry_run=True)
    assert same["totals"]["unchanged"] == len(same["rows"]) >= 40, json.dumps(
        [row for row in same["rows"] if row["action"] != "unchanged"], ensure_ascii=False
    )[:3000]
    of_unit = fetched(stack, f"/fjgov/gbxml?organization={unit}&limit=2", "staff").content
    lines = of_unit.decode().splitlines()
    broken = next(n for n, line in enumerate(lines) if "<pubDate>" in line)
    lines[broken] = "  <pubDate>昨天</pubDate>"
    content = base64.b64encode("\n".join(lines).encode()).decode()
    told = operator.action.fjgov_import_run(content=content, dry_run=True)
    assert (told["totals"]["refused"], told["totals"]["unchanged"]) == (1, 1), told["rows"]
    [finding] = [one for row in told["rows"] for one in row["findings"] if one["rule"] == "IM26"]
    assert f"第 1 条记录的元素 pubDate（文件第 {broken + 1} 行）" in finding["zh"]
    assert "cvc-datatype-valid-1-2-1" in finding["en"]
