"""Mapping files and their application to rows."""

import copy

import pytest
import yaml

from ckanext.fjgov.core.importing.apply import check_columns, map_book
from ckanext.fjgov.core.importing.convert import join_cell, parse_date, parse_number, split_cell
from ckanext.fjgov.core.importing.mapping_file import mapping_from, parse_mapping
from ckanext.fjgov.core.importing.problems import ImportRefused
from ckanext.fjgov.core.importing.table import open_table

MAPPING = {
    "version": 1,
    "name": "示例",
    "profile": "inventory",
    "unit": {"column": "单位"},
    "fields": {
        "title": {"column": "名称"},
        "theme": {
            "column": "主题",
            "split": ";",
            "values": {"土地": "ZCB00", "农业": ["ZGA00", "ZGB00"], "暂无": []},
        },
        "issued": {"column": "日期", "date": ["%Y-%m-%d", "%Y/%m/%d", "chinese"]},
        "census_total_records": {"column": "条数", "number": {"thousands": ","}},
        "frequency": {
            "column": "周期",
            "values": {"每年": "6"},
            "when_empty": "8",
            "reason": "声明",
        },
        "secrecy": {"constant": "0", "reason": "声明"},
        "guide_class": {"constant": ["307"], "reason": "声明"},
    },
    "ignore": {"备注": "不入目录"},
    "remove": {"column": "操作", "values": ["撤销"]},
}
HEADER = "名称,单位,主题,日期,条数,周期,备注,操作"


def rows_of(*lines, mapping=MAPPING):
    book = open_table("\n".join([HEADER, *lines]).encode())
    return list(map_book(book, mapping_from(mapping)))


class TestApply:
    def test_a_full_row(self):
        (row,) = rows_of('土地利用,示例局,土地;农业,2020/2/3,"1,234",每年,x,')
        assert (row.number, row.unit_name, row.unit_code, row.remove) == (2, "示例局", "", False)
        assert row.findings == ()
        assert row.entry == {
            "title": "土地利用",
            "theme": ["ZCB00", "ZGA00", "ZGB00"],
            "issued": "2020-02-03",
            "census_total_records": "1234",
            "frequency": "6",
            "secrecy": "0",
            "guide_class": ["307"],
        }

    def test_nothing_stated_gives_nothing_but_what_is_declared(self):
        (row,) = rows_of("土地利用,,暂无,,,,,撤销")
        assert row.entry == {
            "title": "土地利用",
            "frequency": "8",
            "secrecy": "0",
            "guide_class": ["307"],
        }
        assert row.remove

    @pytest.mark.parametrize(
        ("line", "rule", "field", "named"),
        [
            ("a,b,海洋,,,,,", "IM03", "theme", "「海洋」"),
            ("a,b,土地;海洋,,,,,", "IM03", "theme", "「海洋」"),
            ("a,b,,2023-02-30,,,,", "IM04", "issued", "「2023-02-30」"),
            ("a,b,,二〇二三年,,,,", "IM04", "issued", "「二〇二三年」"),
            ("a,b,,,120条,,,", "IM05", "census_total_records", "是否为 120"),
            ('a,b,,,"1,23",,,', "IM05", "census_total_records", "「1,23」"),
        ],
    )
    def test_a_value_that_does_not_fit_refuses_its_row(self, line, rule, field, named):
        (row,) = rows_of(line)
        (finding,) = row.findings
        assert (finding.rule, finding.field, finding.severity) == (rule, field, "error")
        assert "第 2 行" in finding.zh
        assert named in finding.zh
        assert row.is_refused
        assert field not in row.entry

    def test_all_column_differences_are_told_before_any_row(self):
        book = open_table("名称,单位,新列\n".encode())
        with pytest.raises(ImportRefused) as caught:
            check_columns(book, mapping_from(MAPPING))
        assert caught.value.code == "columns"
        for name in ("新列", "主题", "日期", "条数", "周期", "操作"):
            assert f"「{name}」" in caught.value.zh
        assert "「备注」" not in caught.value.zh

    def test_json_rows(self):
        mapping = copy.deepcopy(MAPPING)
        mapping["rows"] = {"items": {"json": "备注", "columns": {"name": "name"}}}
        del mapping["ignore"]
        good, bad, worse, deep = rows_of(
            'a,b,,,,,"[{""name"": ""姓名""}]",',
            'c,b,,,,,"[{""name"": 1}]",',
            'd,b,,,,,"[{""other"": ""x""}]",',
            f"e,b,,,,,{'[' * 5000},",
            mapping=mapping,
        )
        assert good.entry["items"] == [{"name": "姓名"}]
        assert [[f.rule for f in r.findings] for r in (bad, worse, deep)] == [["IM13"]] * 3


class TestMappingFile:
    def test_yaml_text_gives_the_same_mapping(self):
        text = yaml.safe_dump(MAPPING, sort_keys=False)
        assert parse_mapping(text) == mapping_from(MAPPING)

    @pytest.mark.parametrize(
        ("path", "value", "named"),
        [
            ("version", 2, "version"),
            ("profile", "loose", "profile"),
            ("extra", 1, "extra"),
            ("fields.title.colunm", "x", "colunm"),
            ("fields.secrecy.constant", 0, "fields.secrecy.constant"),
            ("fields.theme.values.土地", 101, "fields.theme.values.土地"),
            ("fields.secrecy.reason", "", "reason"),
            ("fields.title.constant", "x", "fields.title"),
            ("unit", {}, "unit.column"),
            ("unit.unlisted", "create", "reason"),
            ("unit.unlisted", "maybe", "unit.unlisted"),
            ("remove.values", [], "remove.values"),
            ("rows", {"items": {"sheet": "信息项", "columns": {}}}, "rows.items"),
            ("fields.title.multi", "yes", "fields.title.multi"),
            ("fields.issued.date", "%Y", "fields.issued.date"),
            ("ignore", {"备注": None}, "ignore.备注"),
        ],
    )
    def test_a_loose_mapping_is_refused_by_key(self, path, value, named):
        mapping = copy.deepcopy(MAPPING)
        *parents, last = path.split(".")
        node = mapping
        for parent in parents:
            node = node[parent]
        node[last] = value
        with pytest.raises(ImportRefused) as caught:
            mapping_from(mapping)
        assert caught.value.code == "mapping-invalid"
        assert named in caught.value.zh

    @pytest.mark.parametrize("text", ["", "[]", "a: [", "1: 2"])
    def test_not_a_mapping(self, text):
        with pytest.raises(ImportRefused):
            parse_mapping(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二三年五月一日", "2023-05-01"),
        ("二零二三年十二月三十一日", "2023-12-31"),
        ("一九九九年十月二十号", "1999-10-20"),
        ("二〇二三年二月三十日", None),
        ("二〇二三年十三月一日", None),
        ("二〇二三年", None),
        ("2023-1-5", "2023-01-05"),
        ("0000-01-01", None),
    ],
)
def test_dates(text, day):
    assert parse_date(text, ("%Y-%m-%d", "chinese")) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("1,234,567.5", "1234567.5"),
        ("1234", "1234"),
        ("12,34", None),
        ("-1", None),
        ("1e3", None),
        ("١", None),
    ],
)
def test_numbers(text, number):
    assert parse_number(text, ",") == number


@pytest.mark.parametrize("values", [["a"], ["a|b", "c\\"], ["\\|", "|"], []])
def test_join_and_split_are_a_pair(values):
    assert split_cell(join_cell(values, "|"), "|", escape=True) == values
