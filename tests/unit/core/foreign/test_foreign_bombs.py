"""Fault list rows 26 to 28: entities that grow, entities that read, contexts that call out."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import openpyxl
import pytest

from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.foreign.gbset import gb_records
from ckanext.fjgov.core.foreign.rdf import parse_rdf
from ckanext.fjgov.core.foreign.record import SourceRefused
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.table import open_table

BASE = "https://city.example.org/catalog"
# 10 ms in the list of faults; ten times as much leaves room for a busy machine and is still far
# from the seconds that expanding takes.
PROMPT_S = 0.1
LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
RDF = (
    '<?xml version="1.0" encoding="utf-8"?>{doctype}'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dct="http://purl.org/dc/terms/"><rdf:Description rdf:about="urn:x">'
    "<dct:title>{text}</dct:title></rdf:Description></rdf:RDF>"
)
GB = (
    '<?xml version="1.0" encoding="utf-8"?>{doctype}'
    "<metadata><resTitle>{text}</resTitle></metadata>"
)


def read_rdf(document: bytes) -> None:
    list(parse_rdf(document, "application/rdf+xml", BASE).records(("zh",)))


def read_json(document: bytes) -> None:
    parse_rdf(document, "application/ld+json", BASE)


def read_gb(document: bytes) -> None:
    list(gb_records(document, "1.xml"))


READERS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "RDF/XML": (read_rdf, RDF),
    "GB/T 21063.3": (read_gb, GB),
}


@contextmanager
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """Count who calls; gives the address and the requests."""
    calls: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    ended = threading.Event()

    def accept() -> None:
        while not ended.is_set():
            try:
                link, _ = server.accept()
            except TimeoutError:
                continue
            with link:
                calls.append(link.recv(1000))

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", calls
    finally:
        ended.set()
        thread.join()
        server.close()


def refused(read: Callable[[bytes], None], document: bytes) -> tuple[str, float]:
    """Give the rule by which a document is refused, and the seconds that took."""
    begin = time.monotonic()
    with pytest.raises((SourceRefused, InvalidValue)) as caught:
        read(document)
    assert caught.value.zh
    assert caught.value.en
    return getattr(caught.value, "rule", ""), time.monotonic() - begin


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace('encoding="utf-8"', "").encode("utf-16"),
        lambda text: text.replace("utf-8", "utf-16").encode("utf-16"),
        lambda text: text.replace('encoding="utf-8"', "").encode("utf-16-be"),
        lambda text: text.replace("utf-8", "utf-7").encode("utf-7"),
        lambda text: text.replace("<!DOCTYPE", "\n<!DOCTYPE").encode(),
    ],
    ids=["plain", "BOM", "UTF-16 undeclared", "UTF-16", "UTF-16BE", "UTF-7", "new line"],
)
def test_billion_laughs_are_refused_at_once(kind: str, encode: Callable[[str], bytes]) -> None:
    """Row 26: no entity is ever defined, in whatever encoding it hides."""
    read, template = READERS[kind]
    document = encode(template.format(doctype=LAUGHS, text="&a9;"))
    _rule, seconds = refused(read, document)
    assert seconds < PROMPT_S


@pytest.mark.parametrize("kind", READERS)
def test_external_entities_read_no_file_and_ask_nobody(kind: str, tmp_path: Path) -> None:
    """Row 27: general and parameter entities, and the external subset itself."""
    read, template = READERS[kind]
    secret = tmp_path / "secret"
    secret.write_text("leaked-secret", encoding="utf-8")
    with listening() as (url, calls):
        for doctype in (
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>',
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]>',
            f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{url}"> %p;]>',
            f'<!DOCTYPE x SYSTEM "{url}">',
            f'<!DOCTYPE x PUBLIC "-//x" "{url}">',
        ):
            document = template.format(doctype=doctype, text="&e;").encode()
            assert refused(read, document)[0] == "doctype"
    assert calls == []


@pytest.mark.parametrize("kind", READERS)
def test_other_ways_to_fetch_from_xml_are_text(kind: str) -> None:
    """Row 27: XInclude, stylesheets and schema hints are not followed."""
    read, template = READERS[kind]
    with listening() as (url, calls):
        text = template.format(doctype=f'<?xml-stylesheet href="{url}"?>', text="甲")
        text = text.replace(
            "甲</", f'甲<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{url}"/></'
        )
        with suppress(SourceRefused):
            read(text.encode())
    assert calls == []


def test_entities_in_a_workbook_are_refused_at_once() -> None:
    """Row 26: a workbook is a set of XML files."""
    book = openpyxl.Workbook()
    book.active.append(["名称"])
    whole, bad = io.BytesIO(), io.BytesIO()
    book.save(whole)
    sheet = f'<?xml version="1.0"?>{LAUGHS}<worksheet>&a9;</worksheet>'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bad, "w") as new:
        for info in old.infolist():
            is_sheet = info.filename.startswith("xl/worksheets/")
            new.writestr(info, sheet if is_sheet else old.read(info))
    begin = time.monotonic()
    with pytest.raises(ImportRefused) as caught:
        list(open_table(bad.getvalue()).main().rows())
    assert caught.value.code == "doctype-refused"
    assert time.monotonic() - begin < PROMPT_S


@pytest.mark.parametrize(
    "context",
    [
        "{url}",
        ["http://www.w3.org/ns/dcat", "{url}"],
        {"@import": "{url}"},
        {"title": {"@id": "dct:title", "@context": "{url}"}},
        "{file}",
        {"@import": "{file}"},
    ],
    ids=["http", "in a list", "import", "of a term", "file", "file import"],
)
def test_only_bundled_contexts_are_read(context: object, tmp_path: Path) -> None:
    """Row 28: nothing is fetched and no file is read."""
    local = tmp_path / "context.jsonld"
    local.write_text(json.dumps({"@context": {"title": "dct:leaked"}}), encoding="utf-8")
    with listening() as (url, calls):
        text = json.dumps({"@context": context, "@id": "urn:x", "title": "甲"})
        text = text.replace("{url}", url).replace("{file}", local.as_uri())
        for document in (text, text.replace("@context", "\\u0040context")):
            assert refused(read_json, document.encode())[0] == "context"
    assert calls == []


def test_a_context_that_holds_itself_or_is_huge_is_refused_in_time() -> None:
    """Row 28: neither depth nor the number of contexts multiplies the work."""
    deep: object = {"title": "dct:title"}
    for _ in range(200):
        deep = {"title": {"@id": "dct:title", "@context": deep}}
    rule, seconds = refused(read_json, json.dumps({"@context": deep}).encode())
    assert (rule, seconds < PROMPT_S) == ("json", True)
    many = json.dumps({"@context": ["http://www.w3.org/ns/dcat"] * 1_000_000}).encode()
    rule, seconds = refused(read_json, many)
    assert rule == "context"
    assert seconds < 50 * PROMPT_S


def test_a_zip_is_not_taken_for_a_document() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"0" * 10_000_000)
    for read, _template in READERS.values():
        refused(read, packed.getvalue())
