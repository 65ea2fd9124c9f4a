"""Tables of the directories: columns, labels, formats, and no formula in any cell."""

from __future__ import annotations

import csv
import io
import json
from itertools import count, islice

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.core.catalog.schema_model import ENTRY_TYPE, UNIT_SCHEMA, load_schema
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary
from ckanext.fjgov.core.exchange.cells import cell, csv_lines, neutral_sql
from ckanext.fjgov.core.export import table_files
from ckanext.fjgov.core.export.table_files import csv_pieces, write_parquet, write_xlsx
from ckanext.fjgov.core.export.tables import Addresses, table_form
from ckanext.fjgov.core.importing.neutral import neutralise, restore
from ckanext.fjgov.core.importing.problems import ExportRefused

SITE = "https://province.example"
WHERE = Addresses(f"{SITE}/dataset/", f"{SITE}/share/")
ENTRY = record_schemas()[ENTRY_TYPE]
SCHEMAS = {**record_schemas(), "unit": load_schema(UNIT_SCHEMA)}
FORMULAS = ("=1+1", "+x", "-x", "@SUM(A1)", "\t=x", "\r=x", "＝x", "'=x", '=HYPERLINK("http://a")')


def form(schema=ENTRY, *, is_staff=True, **more):
    title = schema.label_zh or "政务用户目录"
    return table_form(schema, load_vocabulary, title=title, is_staff=is_staff, **more)


def as_csv(records, table):
    data = b"".join(csv_pieces(records, table, WHERE)).decode()
    assert data.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(data[1:], newline="")))


def as_xlsx(records, table, folder):
    path = folder / "t.xlsx"
    write_xlsx(records, table, WHERE, path)
    return openpyxl.load_workbook(path)


def as_parquet(records, table, folder):
    place = folder / "p"
    place.mkdir(exist_ok=True)
    path = write_parquet(records, table, WHERE, place)
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{path}')")
        names = [one[0] for one in found.description]
        return names, [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class TestColumns:
    def test_have_the_official_names_and_codes_their_labels(self, make_record):
        [row] = as_csv([make_record()], form())
        assert next(iter(row)) == "信息资源标识符"
        assert row["共享类型"] == "2 受限共享（有条件共享）"
        assert row["主题分类"] == "ZBH00 工商"
        assert row["共享方式"].split("|")[0].startswith("1/database ")
        assert row["信息资源提供方"] == "示例市市场监督管理局"
        assert row["关键字"] == "法人,登记"
        assert row["目录页地址"] == f"{SITE}/dataset/35100-000001"
        items = json.loads(row["信息项"])
        assert items[0]["信息项名称"] == "统一社会信用代码"
        assert items[1] == {
            "信息项标识": "5f0c3c64-0000-4000-8000-000000000002",
            "信息项名称": "登记日期",
            "数据类型": "D 日期型",
        }

    def test_may_be_named_by_fields_with_bare_codes(self, make_record):
        [row] = as_csv([make_record()], form(named=True, labelled=False))
        assert (row["identifier"], row["share_type"], row["theme"]) == (
            "35100/000001",
            "2",
            "ZBH00",
        )
        assert json.loads(row["items"])[1]["data_type"] == "D"

    def test_of_resources_lead_to_the_gateway_only(self, make_record):
        [row] = as_csv([make_record()], form())
        resources = json.loads(row["在线资源"])
        assert resources[0]["共享网关地址"] == f"{SITE}/share/0b7f7b1e-6c1b-4f8e-9a55-00000000000a"
        assert "10.1.2." not in json.dumps(row)

    def test_for_officials_are_not_there_for_others(self, make_record):
        [row] = as_csv([make_record()], form(is_staff=False))
        internal = {one.label_zh for one in ENTRY.fields if not one.public}
        assert internal
        assert internal.isdisjoint(row)
        for hidden in ("0591", "示例条例", "示例前置机"):
            assert hidden not in json.dumps(row, ensure_ascii=False)

    @pytest.mark.parametrize("kind", SCHEMAS)
    @pytest.mark.parametrize("is_staff", [True, False])
    def test_of_every_directory_are_unique_and_there_without_records(
        self, kind, is_staff, tmp_path
    ):
        table = form(SCHEMAS[kind], is_staff=is_staff)
        header = table.flat_header
        assert len(header) == len(set(header)) > 5
        assert as_csv([], table) == []
        text = b"".join(csv_pieces([], table, WHERE)).decode()
        assert next(csv.reader([text[1:]])) == header
        assert as_parquet([], table, tmp_path) == (header, [])
        book = as_xlsx([], table, tmp_path)
        assert book.sheetnames == [table.title, *(one.title for one in table.details)]
        assert [one.value for one in book[table.title][1]] == table.header(table.columns)


class TestFiles:
    def test_every_format_says_the_same(self, make_record, tmp_path):
        records = [make_record(), make_record(title="乙", items=None, identifier="35100/000002")]
        table = form()
        rows = as_csv(records, table)
        _names, parquet = as_parquet(records, table, tmp_path)
        assert [{k: v or None for k, v in row.items()} for row in rows] == parquet
        book = as_xlsx(records, table, tmp_path)
        main = [[one.value for one in row] for row in book[table.title].iter_rows(min_row=2)]
        flat = [[row[one.title] or None for one in table.columns] for row in rows]
        assert main == flat
        items = list(book["信息项"].iter_rows(values_only=True))
        assert [line[0] for line in items] == ["信息资源标识符", "35100/000001", "35100/000001"]

    @pytest.mark.parametrize("text", FORMULAS)
    def test_no_cell_is_a_formula(self, make_record, tmp_path, text):
        record = make_record(title=text, items=[{"id": "1", "name": text}])
        table = form()
        assert as_csv([record], table)[0]["信息资源名称"] == neutralise(text.strip())
        book = as_xlsx([record], table, tmp_path)
        cells = [one for sheet in book for row in sheet.iter_rows() for one in row if one.value]
        assert {one.data_type for one in cells} == {"s"}
        assert {one.number_format for one in cells} == {"@"}
        assert as_parquet([record], table, tmp_path)[1][0]["信息资源名称"] == text.strip()

    @given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
    def test_texts_of_any_kind_come_through(self, tmp_path, text):
        record = {"identifier": "1/2", "title": text, "notes": text, "name": "x",
                  "items": [{"name": text}]}  # fmt: skip
        table = form()
        [row] = as_csv([record], table)
        [same] = as_parquet([record], table, tmp_path)[1]
        kept = restore(row["信息资源名称"])
        assert kept == (same["信息资源名称"] or "")
        shown = as_xlsx([record], table, tmp_path)[table.title]["B2"].value or ""
        assert shown.replace("\r", "\n") == kept

    def test_csv_is_written_while_it_is_read(self, make_record):
        read = count()
        records = (make_record(title=f"甲{next(read)}") for _ in range(5000))
        pieces = csv_pieces(records, form(), WHERE)
        assert len(list(islice(pieces, 2))) == 2
        assert next(read) < 1000

    def test_parquet_of_more_than_its_memory_is_written(self, tmp_path, monkeypatch):
        monkeypatch.setattr(table_files, "MEMORY", "96MiB")
        records = ({"identifier": f"1/{n}", "notes": f"{n}" * 1600} for n in range(10_000, 26_000))
        path = write_parquet(records, form(is_staff=False), WHERE, tmp_path)
        with duckdb.connect(":memory:") as connection:
            query = f"SELECT 信息资源标识符, length(信息资源摘要) FROM read_parquet('{path}')"
            found = connection.execute(query).fetchall()
        assert found == [(f"1/{n}", 8000) for n in range(10_000, 26_000)]

    def test_a_text_that_no_cell_holds_is_refused_with_advice(self, make_record, tmp_path):
        with pytest.raises(ExportRefused, match="CSV"):
            as_xlsx([make_record(notes="长" * 40_000)], form(), tmp_path)

    def test_more_lines_than_a_sheet_holds_are_refused(self, make_record, tmp_path, monkeypatch):
        monkeypatch.setattr(table_files, "MOST_LINES", 3)
        with pytest.raises(ExportRefused, match="Parquet"):
            as_xlsx([make_record()] * 4, form(), tmp_path)


class TestCells:
    @given(st.lists(st.text("'=+-@\t\r＝＋－＠ax\n", max_size=4), min_size=1, max_size=50))
    @settings(max_examples=50)
    def test_a_statement_makes_harmless_what_python_does(self, texts):
        with duckdb.connect(":memory:") as connection:
            query = f"SELECT {neutral_sql('x')} FROM (SELECT unnest($texts) AS x)"
            found = [row[0] for row in connection.execute(query, {"texts": texts}).fetchall()]
        assert found == [neutralise(one) for one in texts]

    def test_names_of_columns_are_texts_too(self):
        assert b"".join(csv_lines(["=a"], [["=b"]], exact=False)).decode() == "\ufeff'=a\r\n'=b\r\n"
        assert b"".join(csv_lines(["=a"], [["=b"]], exact=True)) == b"=a\r\n=b\r\n"

    def test_numbers_stay_numbers(self):
        assert [cell(one, exact=False) for one in (-5, None, True, 1.5)] == [
            "-5",
            "",
            "true",
            "1.5",
        ]
