"""The six directories as tables from a running node: by reader, by filter, in three formats."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import httpx
import openpyxl
import pytest

from tests.integration.api import client, create_listed, eventually, unit_of
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PATIENCE_S = 60
KINDS = ("dataset", "collection_item", "gov_database", "app_system", "permit_type")


def fetched(stack: StackInfo, path: str, role: str = "") -> httpx.Response:
    headers = {"Authorization": stack.credentials[NODE][role]["token"]} if role else {}
    return httpx.get(f"{stack.urls[NODE]}/fjgov/export/{path}", headers=headers,
                     timeout=PATIENCE_S)  # fmt: skip


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text[:2000]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("role", ["", "staff"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_what_its_reader_finds(stack: StackInfo, kind: str, role: str) -> None:
    site = client(stack, NODE, role or "anonymous")
    found = site.action.package_search(fq=f"dataset_type:{kind}", rows=1000)["results"]
    answer = fetched(stack, f"{kind}.csv?header=names&codes=bare", role)
    rows = rows_of(answer)
    assert sorted(row["identifier"] for row in rows) == sorted(e["identifier"] for e in found)
    assert int(answer.headers["x-total-count"]) == len(rows)
    assert bool(rows) is (bool(role) or kind in ("dataset", "permit_type"))
    assert answer.content.decode("utf-8-sig").split(",")[0] == "identifier"


def test_units_are_a_table_too(stack: StackInfo) -> None:
    units = client(stack, NODE).action.organization_list()
    rows = rows_of(fetched(stack, "unit.csv"))
    assert {Path(row["目录页地址"]).name for row in rows} == set(units)
    assert "电话" not in rows[0]
    assert "电话" in rows_of(fetched(stack, "unit.csv", "staff"))[0]
    city = rows_of(fetched(stack, "unit.csv?level=city&header=names"))
    assert {row["level"] for row in city} == {"city 设区市级"}


def test_filters_of_the_page_hold_for_the_file(stack: StackInfo) -> None:
    found = client(stack, NODE).action.package_search(q="登记", fq="share_type:1", rows=1000)
    rows = rows_of(fetched(stack, "dataset.csv?q=登记&share_type=1"))
    named = {row["信息资源标识符"] for row in rows}
    assert named == {entry["identifier"] for entry in found["results"]} != set()
    assert rows_of(fetched(stack, "dataset.csv?q=zzqqxxyy")) == []


def test_officials_columns_are_for_officials(stack: StackInfo) -> None:
    public, official = (rows_of(fetched(stack, "dataset.csv", role)) for role in ("", "staff"))
    assert set(official[0]) - set(public[0]) >= {"联系方式", "法律法规依据"}
    assert len(official) > len(public)


def test_three_formats_say_the_same_and_no_cell_is_a_formula(
    stack: StackInfo, tmp_path: Path
) -> None:
    notes = '=HYPERLINK("http://a.example","本市低保对象的基本情况和月保障金额")'
    entry = create_listed(stack, NODE, notes=notes)
    path = f"q=identifier:{entry['identifier'].replace('/', '%5C/')}"
    [row] = eventually(lambda: rows_of(fetched(stack, f"dataset.csv?{path}", "registrar")))
    assert row["信息资源摘要"] == f"'{notes}"
    assert json.loads(row["在线资源"] or "[]") == [
        {key: value for key, value in one.items() if "10.99" not in value}
        for one in json.loads(row["在线资源"] or "[]")
    ]
    book = openpyxl.load_workbook(
        io.BytesIO(fetched(stack, f"dataset.xlsx?{path}", "registrar").content)
    )
    assert {c.data_type for s in book for line in s.iter_rows() for c in line if c.value} == {"s"}
    sheet = book["政务信息目录"]
    cells = dict(zip([c.value for c in sheet[1]], [c.value for c in sheet[2]], strict=True))
    assert cells["信息资源摘要"] == notes
    file = tmp_path / "t.parquet"
    file.write_bytes(fetched(stack, f"dataset.parquet?{path}", "registrar").content)
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(f"SELECT * FROM read_parquet('{file}')")
        names = [one[0] for one in found.description]
        [values] = found.fetchall()
    same = {name: value or "" for name, value in zip(names, values, strict=True)}
    assert same == {**row, "信息资源摘要": notes}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("dataset.ods", 404),
        ("package.csv", 404),
        ("dataset.csv?creator_user_id=x", 400),
        ("dataset.xlsx?fq=state:(", 400),
    ],
)
def test_what_may_not_be_asked_is_refused(stack: StackInfo, path: str, status: int) -> None:
    assert fetched(stack, path).status_code == status


@pytest.mark.parametrize("path", ["/dataset/?q=低保", "/directory/permit_type/", "/organization/"])
def test_pages_offer_the_three_formats_with_their_filters(stack: StackInfo, path: str) -> None:
    page = httpx.get(f"{stack.urls[NODE]}{path}").text
    kind = {"/o": "unit", "/di": "permit_type"}.get(
        path[:2] if path[1] == "o" else path[:3], "dataset"
    )
    for form in ("csv", "xlsx", "parquet"):
        assert f"/fjgov/export/{kind}.{form}" in page
    if "q=" in path:
        assert "dataset.csv?q=%E4%BD%8E%E4%BF%9D" in page


def test_a_unit_s_own_drafts_are_no_part_of_a_table(stack: StackInfo) -> None:
    rows = rows_of(fetched(stack, f"dataset.csv?organization={unit_of(stack, NODE)}", "registrar"))
    listed = client(stack, NODE, "registrar").action.package_search(
        fq=f"organization:{unit_of(stack, NODE)}", rows=1000
    )
    assert len(rows) == listed["count"]
