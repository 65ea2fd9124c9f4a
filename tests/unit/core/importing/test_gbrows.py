"""GB/T 21063.3 XML as rows: lossless for the core, defaults only where it is silent."""

from importlib.resources import files

import pytest
from lxml import etree

from ckanext.fjgov.core.catalog.rules import normalise_entry
from ckanext.fjgov.core.export.gbmetadata import Category, Contact, GbMetadata, Keywords, Service
from ckanext.fjgov.core.export.gbxml import write_gbxml
from ckanext.fjgov.core.importing.gbrows import (
    GbContext,
    GbDefaults,
    gb_mapping,
    gb_rows,
    is_gb_xml,
    parse_defaults,
    read_records,
)
from ckanext.fjgov.core.importing.plan import ExistingRecord, plan_rows
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.units import UnitRef, UnitRegister

SITE = "https://fuzhou.example"
UNIT = UnitRef("u-1", "示例市民政局", "11350000003591037R", address="示例路1号")
FULL = GbMetadata(
    md_id="35100/md-000001",
    title="示例低保信息",
    published="2026-03-01",
    abstract="低保对象的救助证号、保障人数和月保障金额。",
    providers=(Contact(UNIT.title, "示例路2号"),),
    keywords=(Keywords(("低保", "救助"), "综合电子政务主题词表"),),
    categories=(Category("主题分类", "民政", "ZRB00"), Category("行业分类", "", "94")),
    online=(f"{SITE}/dataset/35100-000001", "https://data.example/a"),
    identifier="35100/000001",
    service=Service("https://data.example/b", "数据查询服务"),
    maintainers=(Contact("示例维护处", "示例路3号"),),
    md_updated="2026-03-02",
)
CONTEXT = GbContext(
    site_url=SITE,
    service_codes={"数据查询服务": "02"},
    topic_codes={"主题分类": {"民政": ("ZRB00",), "综合": ("A", "B")}},
    unit_addresses={UNIT.title: UNIT.address},
)
KNOWN = GbContext(**{f: getattr(CONTEXT, f) for f in ("site_url", "service_codes", "topic_codes",
                                                      "unit_addresses")},
                  own=frozenset({"35100/000001"}))  # fmt: skip
CORE = {
    "title": "示例低保信息",
    "issued": "2026-03-01",
    "notes": "低保对象的救助证号、保障人数和月保障金额。",
    "tag_string": "低保,救助",
    "thesaurus": "综合电子政务主题词表",
    "provider_address": "示例路2号",
    "theme": ["ZRB00"],
    "industry": ["94"],
    "service_info": [{"service_type": "02"}],
}
DEFAULTS = """
version: 1
reason: 示例单位书面确认
fields: {share_type: '1', notes: 不应采用, guide_class: ['307']}
"""


def row(metadata=FULL, context=CONTEXT, defaults=None):
    (found,) = gb_rows(read_records(write_gbxml(metadata), "x"), defaults or GbDefaults(), context)
    return found


class TestNewRecords:
    def test_every_core_element_has_its_place(self):
        found = row()
        assert {k: v for k, v in found.entry.items() if v} == CORE | {
            "resources": [{"url": "https://data.example/a"}, {"url": "https://data.example/b"}],
            "contact": [{"name": "示例维护处", "address": "示例路3号"}],
        }
        assert (found.unit_name, found.title) == (UNIT.title, FULL.title)
        assert [(f.rule, f.field, f.severity) for f in found.findings] == [
            ("IM25", "identifier", "warning")
        ]

    def test_defaults_fill_what_the_document_leaves_open(self):
        entry = row(defaults=parse_defaults(DEFAULTS)).entry
        assert (entry["share_type"], entry["guide_class"]) == ("1", ["307"])
        assert entry["notes"] == FULL.abstract

    def test_nothing_is_invented_without_defaults(self):
        assert {"share_type", "guide_class", "secrecy", "frequency"}.isdisjoint(row().entry)

    def test_the_registering_unit_may_be_declared(self):
        defaults = parse_defaults("version: 1\nunit: {name: 示例局, code: 1a}\n")
        assert (row(defaults=defaults).unit_name, row(defaults=defaults).unit_code) == (
            "示例局", "1A",
        )  # fmt: skip

    def test_a_class_without_a_code_is_found_by_its_name_or_named(self):
        by_name = (Category("主题分类", "民政", ""),)
        assert row(GbMetadata(title="a", categories=by_name)).entry["theme"] == ["ZRB00"]
        unclear = (Category("主题分类", "综合", ""),)
        found = row(GbMetadata(title="a", categories=unclear))
        assert "theme" not in found.entry
        assert "「综合」" in found.findings[0].zh

    def test_what_has_no_place_is_named(self):
        xml = write_gbxml(FULL).replace(b"</metadata>", "<extra>多余</extra></metadata>".encode())
        (found,) = gb_rows(read_records(xml, "x"), GbDefaults(), CONTEXT)
        assert "extra「多余」" in "".join(f.zh for f in found.findings)

    def test_a_repeated_single_element_refuses_its_record(self):
        xml = write_gbxml(FULL).replace(b"<pubDate>", b"<pubDate>2020-01-01</pubDate><pubDate>")
        (found,) = gb_rows(read_records(xml, "x"), GbDefaults(), CONTEXT)
        assert found.is_refused


class TestKnownRecords:
    def plan(self, found, stored):
        class Records:
            def by_identifier(self, identifier):
                return ExistingRecord(identifier, UNIT.key, stored)

            def by_title(self, unit_key, key):
                return self.by_identifier("35100/000001")

        mapping = gb_mapping("strict")
        units = UnitRegister([UNIT], "35100")
        (planned,) = plan_rows([found], mapping, units, Records(), lambda e, u: ())
        return planned

    def test_an_export_read_again_changes_nothing(self):
        stored = normalise_entry(
            {**CORE, "identifier": "35100/000001", "share_type": "2", "id": "p",
             "service_info": [{"service_type": "02"}, {"service_type": "03"}],
             "resources": [{"id": "r", "url": f"{SITE}/share/r"}]}
        )  # fmt: skip
        planned = self.plan(row(context=KNOWN, defaults=parse_defaults(DEFAULTS)), stored)
        assert (planned.action, planned.changed, planned.findings) == ("unchanged", (), ())
        assert planned.entry["share_type"] == "2"

    def test_the_units_own_address_is_not_taken_for_the_entrys(self):
        metadata = GbMetadata(**{**fields(FULL), "providers": (Contact(UNIT.title, UNIT.address),)})
        stored = {k: v for k, v in CORE.items() if k != "provider_address"}
        planned = self.plan(row(metadata, KNOWN), {**stored, "identifier": "35100/000001"})
        assert planned.changed == ()

    def test_a_changed_element_changes_that_field_only(self):
        metadata = GbMetadata(**{**fields(FULL), "abstract": "新的摘要，说明内容和范围。"})
        planned = self.plan(row(metadata, KNOWN), {**CORE, "identifier": "35100/000001"})
        assert (planned.action, planned.changed) == ("update", ("notes",))


def fields(metadata):
    return {name: getattr(metadata, name) for name in metadata.__dataclass_fields__}


class TestDocuments:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (write_gbxml(FULL), True),
            (b"\xef\xbb\xbf<metadata>", True),
            (b"<html>", False),
            (b"PK\x03\x04", False),
            ("名称,代码".encode(), False),
        ],
    )
    def test_is_told_by_content(self, data, expected):
        assert is_gb_xml(data) is expected

    def test_a_set_gives_a_row_for_each_record(self):
        one = write_gbxml(FULL).split(b"?>", 1)[1]
        data = b"<?xml version='1.0'?><set>" + one * 3 + b"</set>"
        assert [r.number for r in gb_rows(read_records(data, "x"), GbDefaults(), CONTEXT)] == [
            1, 2, 3,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "data",
        [
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><metadata>&b;</metadata>',
            b"<?xml version='1.0'?><metadata><resTitle>a",
            b"<?xml version='1.0'?><Workbook><Row/></Workbook>",
            b"<?xml version='1.0'?><empty/>",
        ],
        ids=["entity", "cut off", "another format", "no record"],
    )
    def test_is_refused_whole(self, data):
        with pytest.raises(ImportRefused):
            read_records(data, "x")

    @pytest.mark.parametrize(
        "text",
        ["version: 2", "version: 1\nfields: {a: 'x'}", "version: 1\nreason: r\nfields: {a: 1}",
         "version: 1\nmore: x", "- a", "version: 1\nunit: {x: y}"],
    )  # fmt: skip
    def test_defaults_are_strict(self, text):
        with pytest.raises(ImportRefused):
            parse_defaults(text)

    def test_what_is_written_keeps_the_schema_of_the_binding(self):
        text = files("ckanext.fjgov.schemas").joinpath("gbt21063_3.xsd").read_bytes()
        schema = etree.XMLSchema(etree.fromstring(text))
        assert schema.validate(etree.fromstring(write_gbxml(FULL))), schema.error_log
        wrong = write_gbxml(FULL).replace(b"<pubDate>2026-03-01", b"<pubDate>2026-02-30")
        assert not schema.validate(etree.fromstring(wrong))
