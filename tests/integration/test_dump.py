"""The whole catalog as RDF on a running node: what it holds, for whom, and how it follows."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from ckanapi import RemoteCKAN

from deploy.stack.settings import REPOSITORY
from tests.factories import make_entry
from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    entry_for,
    eventually,
    open_entry,
    overridden,
    sql,
    unit_of,
)
from tests.integration.stack_env import StackInfo
from tests.rdf_parsers import BY_OXIGRAPH

NODE = "fuzhou"
PATIENCE_S = 60
# Of a writer beside a reader of the catalog, and entries on a page of it.
EDITS_A_SECOND = 50
PAGE = 20
IDENTIFIER = ox.NamedNode("http://purl.org/dc/terms/identifier")
DATASET = ox.NamedNode("http://www.w3.org/ns/dcat#dataset")


def fetched(stack: StackInfo, path: str, role: str = "", **headers: str) -> httpx.Response:
    if role:
        headers["Authorization"] = stack.credentials[NODE][role]["token"]
    url = path if path.startswith("http") else f"{stack.urls[NODE]}{path}"
    return httpx.get(url, headers=headers, timeout=PATIENCE_S)


def graph_of(content: bytes, ending: str) -> ox.Dataset:
    found = ox.Dataset(ox.parse(content, format=BY_OXIGRAPH[ending]))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


def identifiers(content: bytes) -> set[str]:
    return members(ox.Dataset(ox.parse(content, format=ox.RdfFormat.N_TRIPLES)))


def members(graph: ox.Dataset) -> set[str]:
    """Give the identifiers of the entries that a catalog names."""
    named = {quad.object for quad in graph.quads_for_predicate(DATASET)}
    found = graph.quads_for_predicate(IDENTIFIER)
    return {quad.object.value for quad in found if quad.subject in named}


def dumped(stack: StackInfo, role: str = "") -> set[str]:
    return identifiers(fetched(stack, "/fjgov/dump.nt", role).raise_for_status().content)


def found_by(stack: StackInfo, role: str = "", node: str = NODE) -> set[str]:
    site = client(stack, node, role) if role else client(stack, node)
    return {e["identifier"] for e in site.action.package_search(rows=1000)["results"]}


def versions(stack: StackInfo) -> dict[str, str]:
    """Give the transaction that wrote each piece."""
    rows = sql(
        stack, NODE, "SELECT key, xmin::text FROM fjgov_rdf_fragment WHERE audience = 'public'"
    )
    return dict(rows)


@pytest.mark.parametrize("role", ["", "staff"])
def test_it_holds_what_its_reader_finds(stack: StackInfo, role: str) -> None:
    assert eventually(lambda: dumped(stack, role) == found_by(stack, role))


def test_all_syntaxes_say_the_same(stack: StackInfo) -> None:
    graphs = []
    for ending in BY_OXIGRAPH:
        plain = fetched(stack, f"/fjgov/dump.{ending}")
        packed = fetched(stack, f"/fjgov/dump.{ending}.gz")
        assert gzip.decompress(packed.content) == plain.content
        graphs.append(graph_of(plain.content, ending))
    assert len(graphs[0]) > 1000
    assert all(one == graphs[0] for one in graphs)
    told = fetched(stack, "/fjgov/dump.json").json()
    assert told["entries"] == len(dumped(stack))
    again = fetched(stack, "/fjgov/dump.ttl")
    same = fetched(stack, "/fjgov/dump.ttl", **{"If-None-Match": again.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert fetched(stack, "/fjgov/dump.csv").status_code == 404


def test_it_says_of_an_entry_what_its_own_document_says(stack: StackInfo) -> None:
    entry = create_listed(stack, **open_entry())
    own = set(
        ox.parse(fetched(stack, f"/dataset/{entry['name']}.ttl").content, format=BY_OXIGRAPH["ttl"])
    )
    whole = set(ox.parse(fetched(stack, "/fjgov/dump.nt").content, format=BY_OXIGRAPH["nt"]))
    plain = {quad for quad in own if not _has_blank(quad)}
    assert len(plain) > 50
    assert plain - whole == set()


def _has_blank(quad: Any) -> bool:
    return any(isinstance(node, ox.BlankNode) for node in (quad.subject, quad.object))


def test_it_is_never_behind_and_makes_only_what_changed_anew(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    entry = create_listed(stack, **open_entry())
    draft = create_entry(stack, **open_entry())
    assert draft["identifier"] not in dumped(stack, "staff")
    assert entry["identifier"] in dumped(stack)
    before = versions(stack)
    registrar.action.package_patch(id=entry["id"], notes="更正后的摘要，不少于十个字。")
    assert "更正后的摘要" in fetched(stack, "/fjgov/dump.nt").text
    after = versions(stack)
    assert {key for key in before if before[key] != after[key]} == {entry["identifier"]}
    registrar.action.package_patch(id=entry["id"], **stricter())
    assert entry["identifier"] not in dumped(stack)
    assert entry["identifier"] in dumped(stack, "staff")
    registrar.action.package_patch(id=entry["id"], **open_entry())
    assert entry["identifier"] in dumped(stack)
    registrar.action.package_delete(id=entry["id"])
    for role in ("", "staff"):
        assert entry["identifier"] not in dumped(stack, role)
    unchanged = versions(stack)
    assert {key for key in unchanged if unchanged[key] != before.get(key)} == set()


def stricter() -> dict[str, Any]:
    """Give the changes that make an open entry one of class 3."""
    wide = make_entry()
    values = {name: wide.get(name) for name in open_entry()}
    return values | {"share_type": "3", "open_to_public": "0", "restriction_kind": None}


def test_a_unit_that_is_renamed_is_renamed_in_the_documents_of_its_entries(
    stack: StackInfo,
) -> None:
    entry = create_listed(stack, **open_entry())
    site = client(stack, NODE, "sysadmin")
    unit = site.action.organization_show(id=entry["owner_org"])
    try:
        site.action.organization_patch(id=unit["id"], title="更名后的示例单位")
        assert "更名后的示例单位" in fetched(stack, "/fjgov/dump.nt").text
    finally:
        site.action.organization_patch(id=unit["id"], title=unit["title"])
    assert "更名后的示例单位" not in fetched(stack, "/fjgov/dump.nt").text


def test_a_request_that_would_take_long_is_put_off_until_the_worker_has_followed(
    stack: StackInfo,
) -> None:
    paths = ("/fjgov/dump.nt", "/fjgov/dump.ttl.gz", "/fjgov/dump.json")
    with overridden(stack, NODE, {"fjgov.dump.most_in_request": "3"}):

        def is_there(role: str = "") -> bool:
            return all(fetched(stack, path, role).status_code == 200 for path in paths)

        # What was changed before is followed by the worker as well.
        assert eventually(lambda: is_there() and is_there("staff"), seconds=PATIENCE_S)
        few = create_listed(stack, **open_entry())
        assert few["identifier"] in dumped(stack)
        many = {one["identifier"] for one in listed_at_once(stack, 20)}
        for path in paths:
            put_off = fetched(stack, path, "staff")
            assert put_off.status_code == 503, path
            assert 0 < int(put_off.headers["retry-after"]) <= 600
            assert "no-store" in put_off.headers["cache-control"]
            assert "etag" not in put_off.headers
            said = put_off.json()
            assert "请稍后" in said["zh"]
            assert said["en"].isascii()
            assert "later" in said["en"]
            assert not [one for one in many if one in put_off.text]
        # A request follows three rows at most: that it is there again is the work of the worker,
        # for the document that was asked for, and for the other once it is.
        assert eventually(lambda: is_there("staff"), seconds=PATIENCE_S)
        assert many <= dumped(stack, "staff")
        assert eventually(is_there, seconds=PATIENCE_S)
        assert many <= dumped(stack)


def test_the_command_writes_the_same_file(stack: StackInfo, tmp_path: Path) -> None:
    target = tmp_path / "catalog.nt.gz"
    dump_by_command(stack, "--gzip", "-o", str(target))
    assert target.read_bytes() == fetched(stack, "/fjgov/dump.nt.gz").content


def test_made_anew_each_record_is_made_once(stack: StackInfo) -> None:
    """Units come first in the log, and each of their records has a row of its own behind."""
    dump_by_command(stack, "--audience", "officials")
    sql(stack, NODE, "DELETE FROM fjgov_rdf_state WHERE audience = 'officials'")
    told = dump_by_command(stack, "--audience", "officials")
    rows = sql(stack, NODE, "SELECT kind, op FROM fjgov_change")
    assert told["changes"] == len(rows)
    assert told["made"] == sum(kind != "unit" for kind, _op in rows)
    assert sum(told["records"].values()) == sum(
        row[0] != "unit" and row[1] == "put" for row in rows
    )
    assert dump_by_command(stack, "--audience", "officials")["made"] == 0


def dump_by_command(stack: StackInfo, *arguments: str) -> dict[str, Any]:
    program = REPOSITORY / ".venv" / "bin" / "ckan"
    done = subprocess.run(
        [str(program), "-c", str(stack.inis[NODE]), "fjgov", "dump", "--json", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_who_pages_through_the_catalog_meets_each_unchanged_entry_once(stack: StackInfo) -> None:
    """A writer changes 50 records and more in each second of reading, between all pages.

    Reading is paced by the edits, so that both are interleaved however busy the machine is: for
    each second that a page took the reader waits for 50 further edits, and for 50 at least, before
    it takes the next one. A reader without pauses beside a writer of 50 edits a second meets no
    more changes between two pages.
    """
    with overridden(stack, NODE, {"ckanext.dcat.datasets_per_page": str(PAGE)}):
        changing = listed_at_once(stack, 100)
        touched = {one["identifier"] for one in changing}
        assert eventually(lambda: touched <= found_by(stack))
        unchanged = found_by(stack) - touched
        with Writer(client(stack, NODE, "registrar"), changing) as writer:
            met, edits, seconds = read_beside(stack, writer, touched)
    # Entries that change may be met again behind the place reached: only they.
    assert [one for one in unchanged if met.count(one) != 1] == []
    assert len(edits) > len(unchanged) / PAGE > 1
    assert min(edits) >= EDITS_A_SECOND
    assert sum(edits) >= EDITS_A_SECOND * seconds


def read_beside(
    stack: StackInfo, writer: Writer, touched: set[str]
) -> tuple[list[str], list[int], float]:
    """Read the whole catalog beside a writer of some entries.

    What changes moves to the end, so that a reader slower than the writer would read for ever: the
    writer ends at a page that holds nothing but its entries, and the rest is read without it.

    Returns:
        The entries met, the edits made around each page, and the seconds that reading took.
    """
    met: list[str] = []
    edits: list[int] = []
    seconds = 0.0
    following = pages(stack)
    while True:
        before, begun = writer.edits, time.monotonic()
        page = next(following, None)
        took = time.monotonic() - begun
        if page is None:
            return met, edits, seconds
        met += page
        if set(page) <= touched:
            writer.end()
        if writer.is_ended:
            continue
        seconds += took
        writer.wait_for(before + EDITS_A_SECOND * max(1, math.ceil(took)))
        edits.append(writer.edits - before)


class Writer:
    """Changes the same entries by the batch, again and again, and counts what it changed."""

    def __init__(self, site: RemoteCKAN, entries: list[dict[str, Any]]) -> None:
        self.edits = 0
        self._site, self._entries = site, entries
        self._moved, self.is_ended = threading.Condition(), False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """Make no more changes; what is being written is finished first."""
        self.is_ended = True
        self._thread.join()

    def wait_for(self, edits: int) -> None:
        """Wait until so many edits are done; fail when the writer broke, or does not go on."""
        with self._moved:
            is_there = self._moved.wait_for(
                lambda: self.edits >= edits or self._fault is not None, timeout=PATIENCE_S
            )
        assert self._fault is None, self._fault
        assert is_there, f"{self.edits} edits of {edits}"

    def _write(self) -> None:
        for number in itertools.count():
            if self.is_ended:
                return
            try:
                self._round(number)
            except BaseException as error:
                with self._moved:
                    self._fault = error
                    self._moved.notify_all()
                return

    def _round(self, number: int) -> None:
        notes = f"第 {number} 次更正的摘要，不少于十个字。"
        changed = [{**one, "notes": notes} for one in self._entries]
        told = self._site.action.fjgov_entry_register(entries=changed)
        assert told["totals"]["updated"] == len(changed)
        with self._moved:
            self.edits += len(changed)
            self._moved.notify_all()


def listed_at_once(stack: StackInfo, count: int) -> list[dict[str, Any]]:
    """List open entries by the batch, each written twice: as a draft, and listed."""
    registrar = client(stack, NODE, "registrar")
    unit = unit_of(stack, NODE)
    drafts = [entry_for(unit, **open_entry()) for _one in range(count)]
    made = registrar.action.fjgov_entry_register(entries=drafts)["results"]
    listed = [
        {**draft, "id": one["id"], "identifier": one["identifier"], "state": "active"}
        for draft, one in zip(drafts, made, strict=True)
    ]
    assert registrar.action.fjgov_entry_register(entries=listed)["totals"]["updated"] == count
    return listed


def pages(stack: StackInfo) -> Iterator[list[str]]:
    """Follow the pages of the catalog."""
    address = "/catalog.ttl"
    following = ox.NamedNode("http://www.w3.org/ns/hydra/core#next")
    while address:
        content = fetched(stack, address).raise_for_status().content
        quads = ox.Dataset(ox.parse(content, format=BY_OXIGRAPH["ttl"]))
        yield sorted(members(quads))
        found = list(quads.quads_for_predicate(following))
        address = found[0].object.value if found else ""
