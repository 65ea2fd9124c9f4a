"""Working days at a running site: what is shipped, loading a year, and who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api import client, outcome, sql
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

NODE = "xiamen"
# A correction of a shipped year: the first Saturday of its Spring Festival is not worked.
NOTICE = """
year: 2026
notice: 示例更正〔2026〕1号
days_off: [2026-01-01, 2026-02-14, 2026-05-01, 2026-10-01, 2026-10-02, 2026-10-03]
days_worked: [2026-02-28]
"""
READERS = ("anonymous", "staff", "registrar", "reviewer", "sysadmin")


@pytest.fixture(autouse=True)
def _forgotten(stack: StackInfo) -> Iterator[None]:
    yield
    sql(stack, NODE, "DELETE FROM fjgov_work_notice")


@pytest.mark.parametrize("role", READERS)
def test_everybody_reads_and_only_a_technician_loads(stack: StackInfo, role: str) -> None:
    site = client(stack, NODE, role)
    years = [row["year"] for row in site.action.fjgov_calendar_show()]
    assert years == list(range(2004, 2027))
    found = site.action.fjgov_deadline_show(received="2026-02-13", days=5)
    assert (found["last_day"], found["due_at"], found["provisional"]) == (
        "2026-02-27",
        "2026-02-27T16:00:00+00:00",
        False,
    )
    wanted = "done" if role == "sysadmin" else "NotAuthorized"
    assert outcome(site, "fjgov_calendar_load", notice=NOTICE, dry_run=True) == wanted


def test_a_loaded_notice_counts_from_then_on_and_is_audited(stack: StackInfo) -> None:
    site = client(stack, NODE, "sysadmin")
    tried = site.action.fjgov_calendar_load(notice=NOTICE, dry_run=True)
    assert tried["changed"]["off"][:3] == ["2026-01-04", "2026-02-14", "2026-05-09"]
    assert "2026-02-17" in tried["changed"]["worked"]
    assert (
        site.action.fjgov_deadline_show(received="2026-02-13", days=1)["last_day"] == "2026-02-14"
    )
    done = site.action.fjgov_calendar_load(notice=NOTICE)
    assert done == {**tried, "dry_run": False}
    assert (
        site.action.fjgov_deadline_show(received="2026-02-13", days=1)["last_day"] == "2026-02-16"
    )
    [row] = [row for row in site.action.fjgov_calendar_show() if row["year"] == 2026]
    assert (row["origin"], row["notice"]) == ("loaded", "示例更正〔2026〕1号")
    rows = sql(
        stack,
        NODE,
        "SELECT convert_from(row_bytes, 'UTF8') FROM fjgov_audit"
        " WHERE event = 'work_notice_loaded' ORDER BY seq DESC LIMIT 1",
    )
    assert json.loads(rows[0][0])["detail"] == {"notice": "示例更正〔2026〕1号", "year": "2026"}


def test_a_broken_notice_is_refused_with_its_field_and_nothing_is_kept(stack: StackInfo) -> None:
    site = client(stack, NODE, "sysadmin")
    broken = NOTICE.replace("2026-02-28", "2026-02-27")
    assert outcome(site, "fjgov_calendar_load", notice=broken) == "ValidationError"
    assert sql(stack, NODE, "SELECT count(*) FROM fjgov_work_notice") == [(0,)]


@pytest.mark.parametrize(
    ("received", "days"), [("2026-02-30", 5), ("2026-02-13", 0), ("2026-02-13", "five")]
)
def test_an_impossible_period_is_refused(stack: StackInfo, received: str, days: object) -> None:
    site = client(stack, NODE)
    told = outcome(site, "fjgov_deadline_show", received=received, days=days)
    assert told == "ValidationError"


def test_the_command_line(stack: StackInfo, tmp_path: Path) -> None:
    path = tmp_path / "2026.yaml"
    path.write_text(NOTICE, encoding="utf-8")
    assert (
        "2026-02-27 24:00"
        in ckan(stack, "fjgov", "calendar", "due", "2026-02-13", "5", key=NODE).stdout
    )
    tried = ckan(stack, "fjgov", "calendar", "load", str(path), "--dry-run", key=NODE)
    assert "- 2026-02-14  休息 / off" in tried.stdout
    assert "未保存 / not kept" in tried.stdout
    loaded = ckan(stack, "fjgov", "calendar", "load", str(path), key=NODE)
    assert "已载入 / loaded" in loaded.stdout
    listed = ckan(stack, "fjgov", "calendar", "list", key=NODE)
    assert "2026  loaded  示例更正〔2026〕1号" in listed.stdout
    path.write_text("year: [", encoding="utf-8")
    refused = ckan(stack, "fjgov", "calendar", "load", str(path), key=NODE)
    assert refused.returncode == 2
    assert "YAML" in refused.stderr
