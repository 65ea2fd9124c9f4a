"""GB/T 21063.3 XML: round trip, aliases, and documents that are refused."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.export.gbmetadata import (
    Category,
    Contact,
    GbMetadata,
    Keywords,
    Service,
    entry_from_gb,
    gb_from_entry,
)
from ckanext.fjgov.core.export.gbxml import (
    MAX_BYTES,
    NAMESPACE,
    InvalidGbXml,
    parse_gbxml,
    write_gbxml,
)

# Texts as records hold them: trimmed, and of characters XML can carry.
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\r\ufffe\uffff").filter(
        lambda one: one in "\t\n" or one >= " "
    ),
    max_size=40,
).map(str.strip)
SOME = TEXT.filter(bool)
METADATA = st.builds(
    GbMetadata,
    md_id=TEXT,
    title=TEXT,
    published=TEXT,
    abstract=TEXT,
    providers=st.lists(st.builds(Contact, SOME, TEXT), max_size=2).map(tuple),
    keywords=st.lists(
        st.builds(Keywords, st.lists(SOME, min_size=1, max_size=3).map(tuple), TEXT), max_size=2
    ).map(tuple),
    categories=st.lists(st.builds(Category, SOME, TEXT, TEXT), max_size=3).map(tuple),
    online=st.lists(SOME, max_size=2).map(tuple),
    identifier=TEXT,
    service=st.none() | st.builds(Service, SOME, TEXT),
    maintainers=st.lists(st.builds(Contact, SOME, TEXT), max_size=2).map(tuple),
    md_updated=TEXT,
)


def document(body: str, *, root: str = "metadata", namespace: str = NAMESPACE) -> bytes:
    return f'<{root} xmlns="{namespace}">{body}</{root}>'.encode()


@given(METADATA)
def test_writing_and_reading_loses_nothing(metadata):
    assert parse_gbxml(write_gbxml(metadata)) == metadata


def test_entry_as_core_metadata(make_record, facts, labels):
    unit = Contact("示例市市场监督管理局", "示例市示例路1号")
    gateway = "https://province.example/share/0b7f7b1e-6c1b-4f8e-9a55-00000000000"
    assert gb_from_entry(make_record(), facts, labels) == GbMetadata(
        md_id="35100/md-000001",
        title="示例法人单位基础信息",
        published="2010-11-12",
        abstract="法人单位的登记信息，含名称、统一社会信用代码和登记状态。",
        providers=(unit,),
        keywords=(Keywords(("法人", "登记"), "综合电子政务主题词表"),),
        categories=(
            Category("主题分类", "工商", "ZBH00"),
            Category("行业分类", "公共管理、社会保障和社会组织", "S"),
            Category("服务分类", "面向政府部门", "F03"),
            Category("资源形态分类", "数据库", "X01"),
        ),
        online=("https://province.example/dataset/35100-000001", gateway + "a", gateway + "b"),
        identifier="35100/000001",
        service=Service(gateway + "a", "数据查询服务"),
        maintainers=(unit,),
        md_updated="2010-12-02",
    )


def test_document_has_the_order_of_the_binding_and_no_real_address(make_record, facts, labels):
    text = write_gbxml(gb_from_entry(make_record(), facts, labels)).decode()
    names = [
        "<mdId>",
        "<resTitle>",
        "<pubDate>",
        "<abstract>",
        "<idPoC>",
        "<descKeys>",
        "<tpCat>",
        "<onLineSrc>",
        "<resID>",
        "<servInfo>",
        "<mdContact>",
        "<mdDateUpd>",
    ]
    places = [text.index(name) for name in names]
    assert places == sorted(places)
    assert "10.1.2." not in text
    assert "示例条例" not in text
    assert "0591" not in text


def test_entry_survives_export_and_import(make_record, facts, labels):
    record = make_record()
    read = entry_from_gb(
        parse_gbxml(write_gbxml(gb_from_entry(record, facts, labels))),
        labels.codes_by_name("service-type"),
    )
    assert read.provider_name == "示例市市场监督管理局"
    assert len(read.addresses) == 3
    names = (
        "md_id",
        "title",
        "issued",
        "notes",
        "identifier",
        "md_date_updated",
        "thesaurus",
        "provider_address",
        "tags",
        "theme",
        "industry",
        "service_class",
        "form_class",
        "service_info",
    )
    assert read.fields == {name: record[name] for name in names}


def test_absent_elements_stay_absent():
    read = entry_from_gb(parse_gbxml(document("<resTitle>甲</resTitle>")))
    assert read.fields == {"title": "甲"}
    assert read.addresses == ()


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("<RESTITLE>甲</RESTITLE>", "title", "甲"),
        ("<resourceTitle>甲</resourceTitle>", "title", "甲"),
        ("<resId>35000/1</resId>", "identifier", "35000/1"),
        ("<IdPoC><rpOrgNam>甲局</rpOrgNam></IdPoC>", "providers", (Contact("甲局"),)),
        ("<pointOfContact><rpOrgName>甲局</rpOrgName></pointOfContact>", "providers",
         (Contact("甲局"),)),
        ("<DescKeys><keyword>乙</keyword></DescKeys>", "keywords", (Keywords(("乙",)),)),
        ("<TpCat><cateStd>主题分类</cateStd></TpCat>", "categories",
         (Category("主题分类", "", ""),)),
        ("<ServInfo><serviceURL>u</serviceURL><serviceType>t</serviceType></ServInfo>", "service",
         Service("u", "t")),
        ("<MdContact><rpOrgName>甲局</rpOrgName></MdContact>", "maintainers", (Contact("甲局"),)),
    ],
)  # fmt: skip
def test_aliases_in_any_case(body, field, value):
    expected = dataclasses.replace(GbMetadata(), **{field: value})
    assert parse_gbxml(document(body)) == expected
    assert parse_gbxml(document(body, root="METADATA", namespace="")) == expected


def test_extension_elements_are_skipped_whole():
    body = (
        '<x:more xmlns:x="urn:x"><resTitle>乙</resTitle></x:more><unknown>丙</unknown>'
        "<resTitle>甲</resTitle>"
    )
    assert parse_gbxml(document(body)) == GbMetadata(title="甲")


@pytest.mark.parametrize("encoding", ["GB18030", "gbk", "GB2312", "UTF-8", "UTF-16"])
def test_declared_encodings(encoding):
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><metadata><resTitle>甲</resTitle></metadata>'
    )
    assert parse_gbxml(text.encode(encoding)) == GbMetadata(title="甲")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE m [<!ENTITY a "b">]><metadata><resTitle>&a;</resTitle></metadata>', "DOCTYPE"),
        (b'<!DOCTYPE metadata SYSTEM "file:///etc/passwd"><metadata/>', "DOCTYPE"),
        (b"<metadata>", "不是规范的 XML"),
        (b"", "不是规范的 XML"),
        (b"<metadata>\x00</metadata>", "不是规范的 XML"),
        (b"<metadata>\xff</metadata>", "不是规范的 XML"),
        (b'<?xml version="1.0" encoding="GBK"?><metadata>\xff\xff</metadata>', "编码不符"),
        (b"<html><body/></html>", "根元素不是 metadata"),
        (b'<metadata xmlns="urn:other"/>', "根元素不是 metadata"),
        (document("<resID>1</resID><resId>2</resId>"), "只能出现一次"),
        (document("<a>" * 20 + "</a>" * 20), "嵌套超过"),
        (document("<keyword/>" * 20_001), "元素超过"),
        (b" " * (MAX_BYTES + 1), "字节"),
    ],
)
def test_refused_documents(data, reason):
    with pytest.raises(InvalidGbXml) as caught:
        parse_gbxml(data)
    assert reason in caught.value.zh
    assert caught.value.en


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        parse_gbxml(data)
    except InvalidGbXml:
        return
