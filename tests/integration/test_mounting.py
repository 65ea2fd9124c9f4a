"""Mounting tables in the exchange: the whole way from a file to rows that are published."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import openpyxl
import psycopg2
import pytest
import requests
from ckanapi import RemoteCKAN

from tests.integration.api import (
    client,
    create_entry,
    eventually,
    new_account,
    other_unit,
    outcome,
    refusal,
    sql,
    unit_of,
)
from tests.integration.gateway_source import Source, host_and_port, serving, share
from tests.integration.mounting_cases import (
    ENDED,
    csv_of,
    entry_to_mount,
    item_rows,
    mount,
    mounted_entry,
    run_of,
    sample_rows,
    table_rows,
)
from tests.integration.sharing_cases import People, granted
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
FIVE = sample_rows(5)


@pytest.fixture(scope="module")
def registrar(stack: StackInfo) -> RemoteCKAN:
    return client(stack, NODE, "registrar")


def resource_of(entry: dict[str, Any]) -> str:
    return str(entry["resources"][0]["id"])


def exchange_of(site: RemoteCKAN, entry: dict[str, Any]) -> dict[str, str]:
    rows = site.action.package_show(id=entry["id"]).get("exchange") or []
    return {row["mode"]: row["status"] for row in rows}


def xlsx_of(rows: list[dict[str, str]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parquet_of(rows: list[dict[str, str]], folder: Path) -> bytes:
    source, target = folder / "rows.csv", folder / "rows.parquet"
    source.write_bytes(csv_of(rows))
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * FROM read_csv('{source}', header=true)) TO '{target}' (FORMAT parquet)"
        )
    return target.read_bytes()


def values_of(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """Give the rows without order and version, as texts."""
    return [tuple(str(value) for value in row[1:-1]) for row in rows]


def test_the_same_rows_come_out_of_every_format(
    stack: StackInfo, registrar: RemoteCKAN, tmp_path: Path
) -> None:
    expected = [(row["证件号码"], row["姓名"], row["面积"], row["登记日期"]) for row in FIVE]
    entry = entry_to_mount(stack)
    resource = resource_of(entry)
    files = {
        "csv": csv_of(FIVE),
        "gb18030": csv_of(FIVE, "gb18030"),
        "xlsx": xlsx_of(FIVE),
        "parquet": parquet_of(FIVE, tmp_path),
    }
    for version, (name, data) in enumerate(files.items(), 1):
        run = mount(registrar, resource, data)
        assert run["state"] == "mounted", (name, run)
        counts = {"rows": 5, "new": 5, "kept": 0, "removed": 0}
        if version > 1:
            counts |= {"new": 0, "kept": 5}
        assert run["report"]["counts"] == counts, name
        assert values_of(table_rows(stack, resource)) == expected, name
    assert exchange_of(registrar, entry) == {"query": "done"}
    [row] = registrar.action.package_show(id=entry["id"])["exchange"]
    assert row["front_node"]
    assert row["published_at"] == row["last_sync_at"]
    # A table of the datastore, which CKAN's own actions give to nobody all the same.
    assert {row[-1] for row in table_rows(stack, resource)} == {1}


def test_a_faulty_file_is_told_by_row_and_column_and_the_old_table_stays(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = mounted_entry(stack, FIVE)
    resource = resource_of(entry)
    bad = [
        *FIVE,
        {"证件号码": "", "姓名": "示例甲", "面积": "12.5", "登记日期": "2026-02-30"},
        {"证件号码": "SL1", "姓名": "示" * 21, "面积": "十二", "登记日期": ""},
    ]
    run = mount(registrar, resource, csv_of(bad))
    assert run["state"] == "refused"
    told = [(one["row"], one["column"], one["rule"]) for one in run["report"]["faults"]]
    assert told == [
        (7, "证件号码", "required"),
        (7, "登记日期", "kind"),
        (8, "姓名", "length"),
        (8, "面积", "kind"),
    ]
    values = [one["value"] for one in run["report"]["faults"]]
    assert values == ["", "2026-02-30", "示" * 21, "十二"]
    assert len(table_rows(stack, resource)) == 5
    table = registrar.action.fjgov_mount_show(id=resource)["table"]
    assert (table["version"], table["rows"]) == (1, 5)
    # The operator sees that there are faults, but none of the unit's values.
    seen = run_of(client(stack, NODE, "platform_operator"), resource, run["id"])
    assert {one["value"] for one in seen["report"]["faults"]} == {""}


def test_columns_are_held_against_the_items(stack: StackInfo, registrar: RemoteCKAN) -> None:
    entry = entry_to_mount(stack)
    resource = resource_of(entry)
    items = {row["name"]: row["id"] for row in entry["items"]}
    other = [{"号码": row["证件号码"], "姓名": row["姓名"], "备注": "x"} for row in FIVE]
    run = mount(registrar, resource, csv_of(other))
    missing = {one["column"] for one in run["report"]["faults"]}
    assert (run["state"], missing) == ("refused", {"证件号码", "面积", "登记日期"})
    assert run["report"]["unknown"] == ["号码", "备注"]
    options = {
        "mapping": {"号码": items["证件号码"]},
        "left_out": [items["面积"], items["登记日期"]],
        "unique": [items["证件号码"]],
    }
    tried = mount(registrar, resource, csv_of(other), dry_run=True, **options)
    assert (tried["state"], tried["report"]["counts"]) == ("checked", {"rows": 5})
    assert exchange_of(registrar, entry) == {}
    done = mount(registrar, resource, csv_of(other), **options)
    assert done["state"] == "mounted"
    assert done["report"]["left_out"] == ["面积", "登记日期"]
    # What was said once holds for the next file too, the key as well.
    twice = mount(registrar, resource, csv_of([*other, other[0]]))
    [fault] = twice["report"]["faults"]
    assert (fault["rule"], fault["row"], "第 2 行" in fault["zh"]) == ("unique", 7, True)


def test_a_refresh_keeps_versions_and_tells_what_is_gone(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    resource = resource_of(mounted_entry(stack, [*FIVE, FIVE[0]]))
    changed = [FIVE[0], {**FIVE[1], "面积": "99.9"}, *FIVE[2:4], *sample_rows(1, start=9)]
    run = mount(registrar, resource, csv_of(changed))
    assert run["report"]["counts"] == {"rows": 5, "new": 2, "kept": 3, "removed": 3}
    versions = [row[-1] for row in table_rows(stack, resource)]
    assert versions == [1, 2, 1, 1, 2]
    # The number of a version is never given twice, even after the table was taken out.
    registrar.action.fjgov_mount_remove(id=resource, reason="示例理由")
    assert mount(registrar, resource, csv_of(FIVE))["version"] == 3


def test_taking_out_drops_the_rows_and_the_entry_says_so(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = mounted_entry(stack, FIVE, mode="")
    resource = resource_of(entry)
    assert exchange_of(registrar, entry) == {"query": "done", "direct": "done"}
    assert "理由" in refusal(registrar.action.fjgov_mount_remove, id=resource)
    left = registrar.action.fjgov_mount_remove(id=resource, reason="数据有误，示例")
    assert (left["state"], left["table"]) == ("none", None)
    assert left["runs"][0]["reason"] == "数据有误，示例"
    assert exchange_of(registrar, entry) == {"query": "none", "direct": "none"}
    with pytest.raises(psycopg2.errors.UndefinedTable):
        table_rows(stack, resource)
    assert "未挂接" in refusal(registrar.action.fjgov_mount_remove, id=resource, reason="再次")
    events = sql(
        stack,
        NODE,
        "SELECT event FROM fjgov_audit WHERE convert_from(row_bytes, 'UTF8') LIKE %s ORDER BY seq",
        f"%{resource}%",
    )
    assert [event for (event,) in events] == ["exchange_mounted", "exchange_unmounted"]


def test_the_unmounted_list_follows_what_is_mounted(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = entry_to_mount(stack)
    unit = unit_of(stack, NODE)
    operator = client(stack, NODE, "platform_operator")

    def listed(site: RemoteCKAN) -> bool:
        found = site.action.fjgov_unmounted_list(unit=unit, limit=200)
        assert found["count"] == sum(row["entries"] for row in found["units"])
        return entry["id"] in {row["id"] for row in found["entries"]}

    office = client(stack, NODE, "digital_office")
    assert listed(registrar)
    assert listed(operator)
    assert listed(office)
    stranger = new_account(stack, NODE, other_unit(stack, NODE), "registrar")
    assert outcome(stranger, "fjgov_unmounted_list", unit=unit) == "NotAuthorized"
    mount(registrar, resource_of(entry), csv_of(FIVE))
    assert not listed(registrar)


def test_a_file_or_an_interface_is_marked_at_its_registered_address(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = entry_to_mount(
        stack,
        resources=[
            {"name": "接口", "mode": "query", "url": "http://192.0.2.7/api"},
            {"name": "文件", "mode": "direct", "url": "http://192.0.2.7/rows.zip"},
            {"name": "未登记", "mode": "query"},
        ],
    )
    service, file, bare = (row["id"] for row in entry["resources"])
    made = registrar.action.fjgov_mount_create(id=service, kind="service")
    assert (made["state"], made["kind"], made["table"]) == ("done", "service", None)
    registrar.action.fjgov_mount_create(id=file, kind="file")
    assert exchange_of(registrar, entry) == {"query": "done", "direct": "done"}
    create = registrar.action.fjgov_mount_create
    assert "未登记地址" in refusal(create, id=bare, kind="service")
    assert "共享模式不符" in refusal(create, id=file, kind="service")
    registrar.action.fjgov_mount_remove(id=service, reason="示例")
    assert exchange_of(registrar, entry) == {"query": "none", "direct": "done"}


@pytest.mark.parametrize(
    ("change", "words"),
    [({"state": "draft"}, "尚未发布"), ({"share_type": "3"}, "非共享信息")],
)
def test_what_is_not_listed_or_not_shared_is_not_mounted(
    stack: StackInfo, registrar: RemoteCKAN, change: dict[str, str], words: str
) -> None:
    resources = [{"name": "示例库表", "mode": "query"}]
    if change.get("state") == "draft":
        entry = create_entry(stack, NODE, resources=resources, exchange=None)
    else:
        cleared = dict.fromkeys(
            ("share_condition", "share_scope", "restriction_kind", "share_way", "share_usage")
        )
        entry = entry_to_mount(stack, **cleared, **change)
    said = refusal(registrar.action.fjgov_mount_create, id=resource_of(entry), content="eA==")
    assert words in said


WRITING: tuple[tuple[str, Callable[[str], dict[str, Any]]], ...] = (
    ("fjgov_mount_create", lambda resource: {"id": resource, "content": "eA=="}),
    ("fjgov_mount_remove", lambda resource: {"id": resource, "reason": "示例"}),
)
READING = ("fjgov_mount_show", "fjgov_mount_list")


def test_who_may_mount_and_see(stack: StackInfo) -> None:
    """Only appointed people of the unit write; its head, its reviewer and the operator read."""
    entry = entry_to_mount(stack)
    resource, unit = resource_of(entry), unit_of(stack, NODE)
    writers = {
        "registrar": client(stack, NODE, "registrar"),
        "info_manager": client(stack, NODE, "info_manager"),
    }
    readers = {
        "reviewer": client(stack, NODE, "reviewer"),
        "unit_lead": client(stack, NODE, "unit_lead"),
        "platform_operator": client(stack, NODE, "platform_operator"),
    }
    others = {
        "staff": client(stack, NODE, "staff"),
        "member": new_account(stack, NODE, unit, "staff"),
        "stranger": new_account(stack, NODE, other_unit(stack, NODE), "registrar"),
        "ended": new_account(stack, NODE, unit, "registrar", ended=True),
        "digital_office": client(stack, NODE, "digital_office"),
        "sysadmin": client(stack, NODE, "sysadmin"),
        "anonymous": client(stack, NODE),
    }
    for who, site in {**readers, **others}.items():
        for action, arguments in WRITING:
            assert outcome(site, action, **arguments(resource)) == "NotAuthorized", (who, action)
    for who, site in others.items():
        assert outcome(site, "fjgov_mount_show", id=resource) == "NotAuthorized", who
        assert outcome(site, "fjgov_mount_list", id=entry["id"]) == "NotAuthorized", who
    for site in (*writers.values(), *readers.values()):
        assert outcome(site, "fjgov_mount_show", id=resource) == "done"
        assert outcome(site, "fjgov_mount_list", id=entry["id"]) == "done"
    # Nothing is mounted yet, so there is nothing to take out: their right was not the problem.
    for site in writers.values():
        assert outcome(site, "fjgov_mount_remove", id=resource, reason="示例") == "ValidationError"


def test_200_000_rows_by_multipart_in_bounded_memory_and_one_run_at_a_time(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = entry_to_mount(stack)
    resource = resource_of(entry)
    answer = requests.post(
        f"{stack.urls[NODE]}/api/3/action/fjgov_mount_create",
        data={"id": resource, "left_out": json.dumps([]), "filename": ""},
        files={"upload": ("示例.csv", csv_of(sample_rows(200_000)))},
        headers={"Authorization": registrar.apikey},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    made = answer.json()["result"]
    second = outcome(registrar, "fjgov_mount_create", id=resource, content="eA==")
    run = eventually(
        lambda: run_of(registrar, resource, made["run"]),
        lambda found: found["state"] in ENDED,
        seconds=120,
    )
    assert (run["state"], run["filename"], run["done"] > 0) == ("mounted", "示例.csv", True)
    assert run["report"]["counts"]["rows"] == 200_000
    assert run["report"]["memory_kb"] < 60_000
    # The second call was refused while the first went on; after its end nothing stands in the way.
    assert second == "ValidationError"


def test_items_that_are_not_shared_stay_out(stack: StackInfo, registrar: RemoteCKAN) -> None:
    items = item_rows()
    items[2] |= {
        "share_type": "3",
        "basis_title": "中华人民共和国数据安全法",
        "basis_number": "主席令第八十四号",
        "basis_clause": "第三十八条",
        "basis_statement": "示例：含有保密商务信息。",
    }
    resource = resource_of(entry_to_mount(stack, items=items))
    run = mount(registrar, resource, csv_of(FIVE))
    assert (run["state"], run["report"]["withheld"]) == ("mounted", ["面积"])
    assert len(table_rows(stack, resource)[0]) == 1 + 3 + 1


def test_what_belongs_to_no_entry_any_more_is_swept_out(
    stack: StackInfo, registrar: RemoteCKAN
) -> None:
    entry = mounted_entry(stack, FIVE)
    resource = resource_of(entry)
    registrar.action.package_patch(id=entry["id"], resources=[])
    assert len(table_rows(stack, resource)) == 5
    ckan = Path(sys.executable).parent / "ckan"
    subprocess.run(
        [str(ckan), "-c", str(stack.inis[NODE]), "fjgov", "clean"], check=True, capture_output=True
    )
    with pytest.raises(psycopg2.errors.UndefinedTable):
        table_rows(stack, resource)
    assert exchange_of(registrar, entry) == {"query": "none"}


def test_the_command_mounts_and_tells_faults(
    stack: StackInfo, registrar: RemoteCKAN, tmp_path: Path
) -> None:
    resource = resource_of(entry_to_mount(stack))
    file = tmp_path / "示例.csv"
    file.write_bytes(csv_of([*FIVE, {**FIVE[0], "面积": "大"}]))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ckan"), "-c", str(stack.inis[NODE]), "fjgov", "mount",
         resource, str(file), "--user", stack.credentials[NODE]["registrar"]["user"], "--json"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert [(one["row"], one["column"]) for one in told["report"]["faults"]] == [(7, "面积")]


def test_a_file_is_fetched_from_its_address_and_the_operator_may_fetch_it_again(
    stack: StackInfo, registrar: RemoteCKAN, tmp_path: Path
) -> None:
    class Rows(Source):
        rows: ClassVar[list[dict[str, str]]] = FIVE

        def do_GET(self) -> None:
            body = csv_of(self.rows, "gb18030")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Rows) as address:
        # A configuration of its own, so that no site need be restarted.
        ini = tmp_path / "ckan.ini"
        allowed = ":".join(host_and_port(f"{address}/"))
        ini.write_text(
            f"[app:main]\nuse = config:{stack.inis[NODE]}\nfjgov.fetch.allow = {allowed}\n",
            encoding="utf-8",
        )
        resources = [{"name": "示例库表", "mode": "query", "url": f"{address}/rows.csv"}]
        resource = resource_of(entry_to_mount(stack, resources=resources))

        def fetched(role: str) -> tuple[int, str]:
            ckan, user = Path(sys.executable).parent / "ckan", stack.credentials[NODE][role]["user"]
            done = subprocess.run(
                [str(ckan), "-c", str(ini), "fjgov", "mount", resource, "--user", user],
                check=False, capture_output=True, text=True,
            )  # fmt: skip
            return done.returncode, done.stderr if done.returncode else ""

        operator = client(stack, NODE, "platform_operator")
        assert outcome(operator, "fjgov_mount_create", id=resource) == "NotAuthorized"
        assert fetched("registrar") == (0, "")
        # Now it is as the unit wants it: the same way again, and no other.
        assert outcome(operator, "fjgov_mount_create", id=resource, mapping={}) == "NotAuthorized"
        Rows.rows = sample_rows(6)
        assert fetched("platform_operator") == (0, "")
    assert len(table_rows(stack, resource)) == 6
    run = registrar.action.fjgov_mount_show(id=resource)["runs"][0]
    assert (run["source"], run["report"]["encoding"], run["version"]) == ("fetch", "gb18030", 2)


def test_a_file_is_kept_here_given_under_a_grant_and_gone_with_its_mount(
    stack: StackInfo, people: People
) -> None:
    entry = entry_to_mount(stack, mode="direct")
    resource, content = entry["resources"][0]["id"], b"PK\x03\x04" + bytes(range(256)) * 9000
    site = people.registrar
    made = site.action.fjgov_mount_create(
        id=resource, kind="file", filename="示例.zip", content=base64.b64encode(content).decode()
    )
    assert (made["state"], made["kind"], made["source"]) == ("done", "file", "upload")
    assert exchange_of(site, entry) == {"direct": "done"}
    assert share(stack, resource, site=people.asking).status_code == 403
    granted(people, entry)
    whole = share(stack, resource, site=people.asking)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["X-Fjgov-SHA256"] == hashlib.sha256(content).hexdigest()
    headers = {"Authorization": people.asking.apikey, "If-Range": whole.headers["ETag"]}
    address = f"{stack.urls[NODE]}/share/{resource}"
    rest = requests.get(address, headers={**headers, "Range": "bytes=1000-"}, timeout=60)
    assert (rest.status_code, rest.content) == (206, content[1000:])
    newer = content[::-1]
    site.action.fjgov_mount_create(
        id=resource, kind="file", filename="示例.zip", content=base64.b64encode(newer).decode()
    )
    # Whoever goes on with the file from before begins anew with the one that is there now.
    again = requests.get(address, headers={**headers, "Range": "bytes=1000-"}, timeout=60)
    assert (again.status_code, again.content) == (200, newer)
    site.action.fjgov_mount_remove(id=resource, reason="示例")
    assert share(stack, resource, site=people.asking).status_code == 404
    assert exchange_of(site, entry) == {"direct": "none"}
