"""The XML schema of GB/T 21063.3 on imports: what breaks it is told by record, element, line."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.catalog.rules import Finding
from ckanext.fjgov.core.export.gbschema import violations
from ckanext.fjgov.core.export.gbxml import InvalidGbXml
from ckanext.fjgov.core.importing.gbjudging import schema_findings
from ckanext.fjgov.core.importing.gbrows import (
    GbContext,
    GbDefaults,
    gb_rows,
    parse_defaults,
    read_records,
)

GOOD = (
    "<resTitle>甲</resTitle><abstract>乙</abstract><idPoC><rpOrgName>丙局</rpOrgName></idPoC>"
    "<tpCat><cateStd>主题分类</cateStd><cateCode>ZRB00</cateCode></tpCat><resID>1/2</resID>"
)


def record(*lines: str) -> str:
    return "<metadata>\n" + "\n".join(lines) + "\n</metadata>"


def document(*records: str) -> bytes:
    return ("<set>\n" + "\n".join(records) + "\n</set>").encode()


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("resTitle", "RESOURCETITLE"),
        # Another order, and an extension of the standard.
        "<mdDateUpd>2026-01-02</mdDateUpd>" + GOOD + '<x:a xmlns:x="urn:x"><b>1</b></x:a>',
        "<pubDate> 2026-01-02 </pubDate>" + GOOD,
        "<servInfo><servType>t</servType><servURL>u</servURL></servInfo>" + GOOD,
    ],
)
def test_what_the_reader_takes_is_judged_in_the_form_of_the_binding(text):
    assert list(violations(document(record(text)))) == []


@pytest.mark.parametrize(
    ("text", "element", "rule", "said"),
    [
        (GOOD.replace("<resTitle>甲</resTitle>", ""), "resTitle", "element-content", "缺少元素"),
        (GOOD.replace("乙", " "), "abstract", "cvc-minlength-valid", "值为空"),
        (GOOD + "<resID>3</resID>", "resID", "element-content", "只能出现一次"),
        (GOOD + "<pubDate>2026-02-30</pubDate>", "pubDate", "cvc-datatype-valid-1-2-1", "日期"),
        (GOOD + "<pubDate>2026年</pubDate>", "pubDate", "cvc-datatype-valid-1-2-1", "日期"),
        (GOOD.replace("<rpOrgName>丙局</rpOrgName>", "<cntAdd>丁</cntAdd>"), "idPoC/cntAdd",
         "element-content", "rpOrgName（资源提供单位）"),
        (GOOD.replace("<cateStd>主题分类</cateStd>", "x"), "tpCat", "cvc-complex-type-2-3",
         "element-only"),
    ],
)  # fmt: skip
def test_a_violation_names_record_element_line_and_rule(text, element, rule, said):
    broken = record("<extra>1</extra>", text)
    found = list(violations(document(record(GOOD), broken, record(GOOD))))
    assert [(one.record, one.element, one.rule) for one in found[:1]] == [(2, element, rule)]
    # The record starts in the fifth line; what is missing in it has the line of its start.
    assert found[0].line == (5 if "缺少元素 resTitle" in found[0].zh else 7)
    assert said in found[0].zh
    assert {one.record for one in found} == {2}


def test_everything_that_is_missing_is_told_at_once():
    found = list(violations(document("<metadata/>")))
    assert [one.element for one in found] == ["resTitle", "abstract", "idPoC", "tpCat", "resID"]


def test_lines_count_in_a_large_document():
    many = document(*[record(GOOD)] * 30_000, record(GOOD + "<pubDate>x</pubDate>"))
    [found] = violations(many)
    assert (found.record, found.line) == (30_001, 90_003)


@pytest.mark.parametrize(
    "data",
    [
        b"<set><metadata>",
        b"<!DOCTYPE a><metadata/>",
        b"\xff",
        b"<?xml version='1.0' encoding='x'?>",
    ],
)
def test_what_is_no_xml_is_not_judged(data):
    with pytest.raises(InvalidGbXml):
        list(violations(data))


class TestAnImport:
    BROKEN = document(record(GOOD), record(GOOD + "<pubDate>x</pubDate>"), record(GOOD))

    def rows(self, data, defaults="", profile="strict"):
        declared = parse_defaults(defaults)
        judged = schema_findings(data, declared, profile)
        return list(gb_rows(read_records(data, "x"), declared, GbContext("https://a.b"), judged))

    def test_refuses_the_record_and_goes_on_with_the_rest(self):
        refused = [row.is_refused for row in self.rows(self.BROKEN)]
        assert refused == [False, True, False]
        [finding] = [f for row in self.rows(self.BROKEN) for f in row.findings if f.rule == "IM26"]
        assert isinstance(finding, Finding)
        assert "第 2 条记录的元素 pubDate（文件第 6 行）" in finding.zh
        assert "cvc-datatype-valid-1-2-1" in finding.en
        assert finding.field == "issued"

    def test_needs_no_element_that_is_declared(self):
        lacking = document(record(GOOD.replace("<abstract>乙</abstract>", "")))
        assert [row.is_refused for row in self.rows(lacking)] == [True]
        declared = "version: 1\nreason: r\nfields: {notes: 摘要}\n"
        assert [row.is_refused for row in self.rows(lacking, declared)] == [False]

    def test_leaves_what_a_legacy_catalog_may_lack_to_the_rules(self):
        lacking = document(record(GOOD.replace("<abstract>乙</abstract>", "")))
        assert schema_findings(lacking, GbDefaults(), "inventory") == {}
        untitled = document(record(GOOD.replace("<resTitle>甲</resTitle>", "")))
        assert set(schema_findings(untitled, GbDefaults(), "inventory")) == {1}
