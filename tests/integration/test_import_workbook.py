"""The official's workbook against a running site: template, marks, registration, round trip."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from ckanapi import NotAuthorized

from ckanext.fjgov.core.importing.stamp import RESULT_SHEET
from ckanext.fjgov.core.importing.template import MAIN_SHEET
from tests.integration.api import client, create_listed, eventually, unique_title
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo
from tests.integration.workbooks import filled, filled_with, saved

NODE = "fuzhou"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def run(stack: StackInfo, data: bytes, role: str = "platform_operator", **more: Any) -> Any:
    return client(stack, NODE, role).action.fjgov_import_run(content=encoded(data), **more)


def test_the_template_is_a_link_for_everybody(stack: StackInfo) -> None:
    page = httpx.get(f"{stack.urls[NODE]}/fjgov/standards")
    assert "/fjgov/template.xlsx" in page.text
    answer = httpx.get(f"{stack.urls[NODE]}/fjgov/template.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert MAIN_SHEET in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames


def test_a_registrar_finds_the_error_in_the_cell_and_corrects_it(stack: StackInfo) -> None:
    title = unique_title()
    bad = filled(stack, title, 信息资源摘要="短")
    tried = run(stack, bad, "registrar", marked=True)
    assert tried["totals"]["refused"] == 1
    [finding] = [f for f in tried["rows"][0]["findings"] if f["severity"] == "error"]
    marked = openpyxl.load_workbook(io.BytesIO(base64.b64decode(tried["marked"])))
    cell = marked[finding["sheet"]][finding["cell"]]
    assert (cell.value, "R1" in cell.comment.text) == ("短", True)
    assert RESULT_SHEET in marked.sheetnames
    cell.value = "本市低保对象的救助证号、保障人数和月保障金额等基本情况。"
    again = run(stack, saved(marked), "registrar")
    assert again["totals"]["listed"] == 1, again["rows"]
    with pytest.raises(NotAuthorized):
        run(stack, bad, "registrar", dry_run=False)


def test_the_same_file_twice_changes_nothing_the_second_time(stack: StackInfo) -> None:
    title = unique_title()
    data = filled(stack, title)
    first = run(stack, data, dry_run=False)
    assert first["totals"]["listed"] == 1, first["rows"]
    name = first["rows"][0]["identifier"].lower().replace("/", "-")
    entry = client(stack, NODE, "registrar").action.package_show(id=name)
    assert (entry["share_type"], entry["legal_basis"][0]["number"]) == ("2", "示例〔2020〕1号")
    [resource] = entry["resources"]
    assert (resource["name"], "/share/" in resource["url"]) == ("数据文件", True)
    stamp = entry["metadata_modified"]
    second = run(stack, data, dry_run=False)
    assert second["totals"]["unchanged"] == 1, second["rows"]
    after = client(stack, NODE, "registrar").action.package_show(id=name)
    assert after["metadata_modified"] == stamp
    shown = client(stack, NODE, "registrar").action.fjgov_address_show(id=name)
    assert "https://data.example/one" in str(shown)


def test_an_export_with_rows_and_resources_comes_back_without_a_change(
    stack: StackInfo, tmp_path: Path
) -> None:
    entry = create_listed(
        stack,
        NODE,
        contact=[{"name": "示例处", "telephone": "0591-00000000"}],
        resources=[
            {"name": "接口", "mode": "query", "url": "https://data.example/a", "format": "API"},
            {"name": "文件", "mode": "direct", "url": "https://data.example/b", "size": "12"},
        ],
    )
    registrar = client(stack, NODE, "registrar")
    code = entry["identifier"]
    eventually(lambda: registrar.action.package_search(q=f'identifier:"{code}"')["count"])
    path = tmp_path / "export.xlsx"
    done = ckan(stack, "fjgov", "export", "--format", "xlsx", "--out", str(path), key=NODE)
    assert done.returncode == 0, done.stderr
    sheet = openpyxl.load_workbook(path)["在线资源"]
    shown = {row[1].value: row[5].value for row in sheet.iter_rows(min_row=2)}
    assert "/share/" in shown["接口"]
    report = run(stack, path.read_bytes())
    assert report["totals"]["unchanged"] == len(report["rows"]) > 0, [
        (row["title"], row["changed"], row["findings"])
        for row in report["rows"]
        if row["outcome"] != "unchanged"
    ]


def test_the_command_writes_marks_and_tables(stack: StackInfo, tmp_path: Path) -> None:
    empty = tmp_path / "template.xlsx"
    assert ckan(stack, "fjgov", "template", "--out", str(empty), key=NODE).returncode == 0
    path, marked, table = (tmp_path / name for name in ("a.xlsx", "m.xlsx", "p.csv"))
    path.write_bytes(filled(stack, unique_title(), 更新周期="每年一次"))
    done = ckan(
        stack, "fjgov", "import", str(path), "--dry-run", "--marked", str(marked),
        "--problems", str(table), "--json", key=NODE,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    [finding] = [
        f for f in json.loads(done.stdout)["rows"][0]["findings"] if f["severity"] == "error"
    ]
    assert finding["rule"] == "C1"
    cell = openpyxl.load_workbook(marked)[finding["sheet"]][finding["cell"]]
    assert "C1" in cell.comment.text
    assert f'"{MAIN_SHEET}","{finding["cell"]}","2","更新周期","错误","C1"' in table.read_text(
        "utf-8"
    )


def test_the_index_follows_a_long_import_of_the_command(stack: StackInfo, tmp_path: Path) -> None:
    titles = [unique_title() for _ in range(100)]
    path = tmp_path / "long.xlsx"
    path.write_bytes(filled_with(stack, [{"信息资源名称": title} for title in titles]))
    done = ckan(stack, "fjgov", "import", str(path), "--first-load", "--json", key=NODE)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    site = client(stack, NODE, "sysadmin")
    found = site.action.package_search(
        fq="identifier:(" + " OR ".join(f'"{row["identifier"]}"' for row in rows) + ")",
        rows=len(titles),
    )
    assert found["count"] == len(titles)
    # Other tests look at the lists of this unit.
    for entry in found["results"]:
        site.action.package_delete(id=entry["id"])


def test_a_gb_xml_export_is_read_back_and_a_new_one_takes_declared_values(
    stack: StackInfo,
) -> None:
    entry = create_listed(stack, NODE)
    url = f"{stack.urls[NODE]}/dataset/{entry['name']}.xml-gb"
    token = stack.credentials[NODE]["registrar"]["token"]
    xml = httpx.get(url, headers={"Authorization": token}).content
    same = run(stack, xml, dry_run=False)
    assert (same["totals"]["unchanged"], len(same["rows"])) == (1, 1), same["rows"]
    title = unique_title()
    other = xml.replace(entry["title"].encode(), title.encode()).replace(
        entry["identifier"].encode(), b"99999/000001"
    )
    assert run(stack, other)["totals"]["refused"] == 1
    defaults = """
version: 1
reason: 示例单位书面确认
fields:
  secrecy: '0'
  guide_class: ['307']
  data_format: [1/pdf]
  division: ['350100']
  share_type: '1'
  share_usage: 工作参考
  open_to_public: '0'
  frequency: '4'
"""
    new = run(stack, other, dry_run=False, defaults=defaults)
    assert new["totals"]["listed"] == 1, new["rows"]
    name = new["rows"][0]["identifier"].lower().replace("/", "-")
    shown = client(stack, NODE, "registrar").action.package_show(id=name)
    core = ("notes", "theme", "industry", "service_class", "form_class", "thesaurus", "issued",
            "provider_address")  # fmt: skip
    assert {f: shown.get(f) for f in core} == {f: entry.get(f) for f in core}
    assert (shown["title"], shown["share_type"]) == (title, "1")
    again = run(stack, other, dry_run=False, defaults=defaults)
    assert again["totals"]["unchanged"] == 1, again["rows"]
