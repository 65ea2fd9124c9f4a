"""Files of a result: the CSV holds no formula, the Parquet the texts as they are."""

from __future__ import annotations

import csv

import duckdb

from ckanext.fjgov.core.processing.statements import Output
from ckanext.fjgov.logic.processing.process import CSV, PARQUET, _write


def test_no_cell_of_the_csv_is_a_formula(tmp_path):
    texts = ["=1+1", "'=x", "甲", None, "-5"]
    query = 'SELECT unnest($texts) AS "=标题", CAST(-1.50 AS DECIMAL(38,18)) AS 数, -7 AS 整'
    columns = (("=标题", "text"), ("数", "decimal"), ("整", "integer"))
    with duckdb.connect(":memory:") as connection:
        _write(connection, Output(query, columns, {"texts": texts}), tmp_path)
        kept = connection.execute(f"SELECT * FROM read_parquet('{tmp_path / PARQUET}')").fetchall()
    with (tmp_path / CSV).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["'=标题", "数", "整"]
    assert [row[0] for row in rows] == ["'=1+1", "''=x", "甲", "", "'-5"]
    assert {tuple(row[1:]) for row in rows} == {("-1.5", "-7")}
    assert [row[0] for row in kept] == texts
