"""Records out of documents of every kind: whole values, and what is not read to its end."""

from __future__ import annotations

import json

import pytest

from ckanext.fjgov.core.export.gbmetadata import Category, Contact, GbMetadata, Keywords, Service
from ckanext.fjgov.core.export.gbxml import NAMESPACE, write_gbxml
from ckanext.fjgov.core.foreign.gbset import gb_records
from ckanext.fjgov.core.foreign.rdf import parse_rdf
from ckanext.fjgov.core.foreign.record import SourceRefused

TURTLE = """
@prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<d/1> a dcat:Dataset ; dct:title "学校名录"@zh, "Schools"@en ; dcat:keyword "学校", "教育" ;
  dct:publisher [ a foaf:Agent ; foaf:name "三明市教育局（示例）" ] ; <urn:x:budget> "7" ;
  dcat:distribution <f/1> .
<f/1> a dcat:Distribution ; dct:title "表" ; dcat:downloadURL <f/1.csv> ; dcat:byteSize 120 .
[] a dcat:Dataset ; dct:identifier "B-2" ; dct:title "无名数据集" .
"""
BASE = "https://data.example.org/c"
CELLS = {
    "dct:title": ("学校名录",),
    "dcat:keyword": ("学校", "教育"),
    "dct:publisher/foaf:name": ("三明市教育局（示例）",),
    "<urn:x:budget>": ("7",),
}
FILE = {
    "dct:title": ("表",),
    "dcat:downloadURL": ("https://data.example.org/f/1.csv",),
    "dcat:byteSize": ("120",),
}
JSON_LD = {
    "@context": ["http://www.w3.org/ns/dcat.jsonld", {"budget": "urn:x:budget"}],
    "@graph": [
        {
            "@id": "d/1",
            "@type": "Dataset",
            "title": [
                {"@value": "学校名录", "@language": "zh"},
                {"@value": "Schools", "@language": "en"},
            ],
            "keyword": ["学校", "教育"],
            "publisher": {"@type": "foaf:Agent", "name": "三明市教育局（示例）"},
            "budget": "7",
            "distribution": {
                "@id": "f/1",
                "@type": "Distribution",
                "title": "表",
                "downloadURL": "f/1.csv",
                "byteSize": 120,
            },
        }
    ],
}
RDF_XML = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x:"
  xmlns:dct="http://purl.org/dc/terms/" xmlns:dcat="http://www.w3.org/ns/dcat#"
  xmlns:foaf="http://xmlns.com/foaf/0.1/">
  <dcat:Dataset rdf:about="d/1"><dct:title xml:lang="zh">学校名录</dct:title>
    <dcat:keyword>学校</dcat:keyword><dcat:keyword>教育</dcat:keyword><x:budget>7</x:budget>
    <dct:publisher><foaf:Agent><foaf:name>三明市教育局（示例）</foaf:name></foaf:Agent>
    </dct:publisher>
    <dcat:distribution><dcat:Distribution rdf:about="f/1"><dct:title>表</dct:title>
      <dcat:downloadURL rdf:resource="f/1.csv"/><dcat:byteSize>120</dcat:byteSize>
    </dcat:Distribution></dcat:distribution></dcat:Dataset></rdf:RDF>"""


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (TURTLE, "text/turtle"),
        (TURTLE, "text/plain"),
        (json.dumps(JSON_LD), "application/ld+json"),
        (json.dumps(JSON_LD), "application/octet-stream"),
        (RDF_XML, "application/rdf+xml"),
        (RDF_XML, "text/plain"),
    ],
    ids=["turtle", "turtle-plain", "jsonld", "jsonld-plain", "rdfxml", "rdfxml-plain"],
)
def test_each_syntax_gives_the_same_record(text: str, media_type: str) -> None:
    records = list(parse_rdf(text.encode(), media_type, BASE).records(("zh", "")))
    named = next(record for record in records if record.remote_id)
    found = {record.remote_id: record for record in records}["https://data.example.org/d/1"]
    assert found.cells == CELLS
    assert found.resources == (FILE,)
    assert named.place


def test_a_nameless_dataset_is_told_by_its_identifier_and_languages_by_order() -> None:
    page = parse_rdf(TURTLE.encode(), "text/turtle", BASE)
    assert "B-2" in {record.remote_id for record in page.records(("zh",))}
    titles = {record.cells["dct:title"] for record in page.records(("en",))}
    assert titles == {("Schools",), ("无名数据集",)}


@pytest.mark.parametrize(
    ("text", "media_type", "rule"),
    [
        (TURTLE[: TURTLE.index("foaf:name")], "text/turtle", "rdf"),
        (RDF_XML[:600], "application/rdf+xml", "rdf"),
        (json.dumps(JSON_LD)[:200], "application/ld+json", "json"),
        (json.dumps(JSON_LD | {"@context": "https://evil.example.org/c"}), "application/ld+json",
         "context"),
        (json.dumps({"a": {"@context": ["https://evil.example.org/c"]}}), "application/ld+json",
         "context"),
        (RDF_XML.replace("<rdf:RDF", "<!DOCTYPE x [<!ENTITY a 'b'>]><rdf:RDF", 1),
         "application/rdf+xml", "doctype"),
        (RDF_XML.replace("utf-8", "utf-16", 1), "application/rdf+xml", "encoding"),
    ],
    ids=["turtle", "rdfxml", "jsonld", "context", "inner-context", "doctype", "encoding"],
)  # fmt: skip
def test_rdf_that_is_cut_off_or_dangerous_is_refused(text: str, media_type: str, rule: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        list(parse_rdf(text.encode(), media_type, BASE).records(("zh",)))
    assert refused.value.rule == rule


def test_ten_thousand_datasets_are_read_from_one_document() -> None:
    rows = "".join(
        f'<d/{n}> a dcat:Dataset ; dct:title "目录 {n}" ; dcat:keyword "词 {n % 97}" .\n'
        for n in range(10_000)
    )
    head = TURTLE.partition("<d/1>")[0]
    records = list(parse_rdf((head + rows).encode(), "text/turtle", BASE).records(("zh", "")))
    assert len(records) == 10_000
    assert len({record.remote_id for record in records}) == 10_000


def metadata(number: int) -> GbMetadata:
    return GbMetadata(
        md_id=f"35500/md-{number}",
        title=f"目录 {number}",
        published="2024-03-01",
        abstract="用于试验的摘要文字",
        providers=(Contact("泉州市教育局（示例）", "示例路 1 号"),),
        keywords=(Keywords(("学校", "教育"), "示例词典"),),
        categories=(Category("主题分类", "教育", "ZNF00"), Category("行业分类", "教育", "P")),
        online=("https://data.example.org/1",),
        identifier=f"35500/{number:06d}",
        service=Service("https://data.example.org/s", "下载"),
        maintainers=(Contact("泉州市数字办（示例）"),),
        md_updated="2024-04-01",
    )


def test_what_our_writer_writes_comes_back_whole() -> None:
    [record] = gb_records(write_gbxml(metadata(1)), "1.xml")
    assert record.remote_id == "35500/000001"
    assert record.cells == {
        "mdId": ("35500/md-1",),
        "resTitle": ("目录 1",),
        "pubDate": ("2024-03-01",),
        "abstract": ("用于试验的摘要文字",),
        "idPoC.rpOrgName": ("泉州市教育局（示例）",),
        "idPoC.cntAdd": ("示例路 1 号",),
        "descKeys.keyword": ("学校", "教育"),
        "descKeys.thesaName": ("示例词典",),
        "tpCat.主题分类": ("ZNF00",),
        "tpCat.主题分类.cateName": ("教育",),
        "tpCat.行业分类": ("P",),
        "tpCat.行业分类.cateName": ("教育",),
        "onLineSrc": ("https://data.example.org/1",),
        "resID": ("35500/000001",),
        "servInfo.servURL": ("https://data.example.org/s",),
        "servInfo.servType": ("下载",),
        "mdContact.rpOrgName": ("泉州市数字办（示例）",),
        "mdDateUpd": ("2024-04-01",),
    }


def gb_set(*bodies: bytes, root: str = "catalog", encoding: str = "UTF-8") -> bytes:
    inner = b"".join(body.partition(b"?>")[2] for body in bodies)
    text = f'<?xml version="1.0" encoding="{encoding}"?><{root}>'.encode() + inner
    return (
        (text + f"</{root}>".encode())
        .decode()
        .encode("gb18030" if encoding == "GB18030" else "utf-8")
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_a_set_is_read_record_by_record(encoding: str) -> None:
    data = gb_set(*(write_gbxml(metadata(n)) for n in range(300)), encoding=encoding)
    records = list(gb_records(data, "set.xml"))
    assert [record.remote_id for record in records] == [f"35500/{n:06d}" for n in range(300)]
    assert records[7].cells["resTitle"] == ("目录 7",)


def test_elements_that_are_not_the_standards_keep_their_names() -> None:
    text = f'<metadata xmlns="{NAMESPACE}" xmlns:x="urn:x"><resTitle>甲</resTitle>'
    text += "<x:budget>7</x:budget><colour><tone>红</tone></colour></metadata>"
    [record] = gb_records(text.encode(), "1.xml")
    assert record.cells == {
        "resTitle": ("甲",),
        "{urn:x}budget": ("7",),
        f"{{{NAMESPACE}}}colour.{{{NAMESPACE}}}tone": ("红",),
    }
    assert record.remote_id == ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<!DOCTYPE metadata><metadata/>", "doctype"),
        ("<metadata><resTitle>甲</resTitle>", "xml"),
        ("<catalog></catalog>", "empty"),
        ("<catalog><page>1</page><metadata/></catalog>", "element"),
        ("<metadata><metadata/></metadata>", "nested"),
        ("<metadata>" + "<a>" * 12 + "</a>" * 12 + "</metadata>", "depth"),
        (f"<metadata><abstract>{'字' * 200_001}</abstract></metadata>", "size"),
        ("<html><body>登录</body></html>", "element"),
    ],
)
def test_xml_that_is_cut_off_or_dangerous_is_refused(text: str, rule: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        list(gb_records(text.encode(), "1.xml"))
    assert refused.value.rule == rule
