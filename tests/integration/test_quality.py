"""Quality checks on running sites: following the log, both sides of a likeness, figures."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest
from ckanapi import NotFound, ValidationError

from deploy.stack.settings import REPOSITORY
from deploy.stack.sites import environment
from tests.integration.api import (
    client,
    create_listed,
    entry_for,
    eventually,
    new_account,
    other_unit,
    outcome,
    sql,
    sync_up,
    unit_of,
)
from tests.integration.guangxi_node import ckan
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
# The default of fjgov.schedule.tick_seconds, which the test stack keeps.
TICK_SECONDS = 5
FIGURES = "SELECT node, unit, rule, entries, share FROM fjgov_quality_count WHERE entries <> 0"
# The same figures, counted over everything instead of kept.
COUNTED = (
    "SELECT r.node, r.unit, s.rule, count(*), 0 FROM fjgov_quality_result r"
    " JOIN fjgov_quality_shown s USING (node, key) GROUP BY 1, 2, 3 UNION ALL"
    " SELECT node, unit, '', count(*), sum(share) FROM fjgov_quality_result GROUP BY 1, 2"
)


# Anything noted, logged or due that was not looked at yet.
IS_BEHIND = (
    "SELECT EXISTS (SELECT 1 FROM fjgov_change_note) OR EXISTS (SELECT 1 FROM fjgov_quality_due)"
    " OR (SELECT seq FROM fjgov_quality_cursor) < (SELECT max(seq) FROM fjgov_change)"
)


def follow(stack: StackInfo, node: str = NODE) -> None:
    """Wait until the site's scheduler has judged everything that was written before."""
    told = eventually(lambda: sql(stack, node, IS_BEHIND)[0][0], lambda behind: not behind, 60)
    assert told is False


def titled(about: str) -> str:
    """Give a title of its own that ends as it is told."""
    return f"试验{uuid.uuid4().hex[:12]}{about}"


def findings(stack: StackInfo, entry_id: str, node: str = NODE) -> dict[str, Any]:
    """Give the findings of one entry by rule."""
    found = client(stack, node, "staff").action.fjgov_quality_list(id=entry_id)
    return {row["rule"]: row for row in found["findings"]}


def check_figures(stack: StackInfo, node: str = NODE) -> None:
    assert sorted(sql(stack, node, FIGURES)) == sorted(sql(stack, node, COUNTED))


@pytest.fixture(autouse=True)
def _followed(stack: StackInfo) -> None:
    follow(stack)


def test_every_listed_entry_has_one_result_and_no_other_has(stack: StackInfo) -> None:
    listed = sql(
        stack, NODE, "SELECT key, hash FROM fjgov_change WHERE kind = 'entry' AND op = 'put'"
    )
    assert sorted(sql(stack, NODE, "SELECT key, hash FROM fjgov_quality_result")) == sorted(listed)
    check_figures(stack)


def test_what_did_not_change_is_never_judged_again(stack: StackInfo) -> None:
    entry = create_listed(stack, NODE)
    follow(stack)
    times = "SELECT key, checked_at FROM fjgov_quality_result"
    before = dict(sql(stack, NODE, times))
    # A cursor put back has all of them looked at, and none judged.
    sql(stack, NODE, "UPDATE fjgov_quality_cursor SET seq = 0")
    follow(stack)
    assert dict(sql(stack, NODE, times)) == before
    client(stack, NODE, "registrar").action.package_patch(id=entry["id"], notes="改写后的摘要" * 4)
    follow(stack)
    after = dict(sql(stack, NODE, times))
    assert {key for key, at in after.items() if at != before[key]} == {entry["identifier"]}
    check_figures(stack)


def test_the_command_judges_and_counts(stack: StackInfo) -> None:
    done = ckan(stack, "fjgov", "quality", "run", "--anew", "--json", key=NODE)
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["kept"] == counted["gone"] == counted["waiting"] == 0
    assert [(counted["checked"],)] == sql(stack, NODE, "SELECT count(*) FROM fjgov_quality_result")
    shown = ckan(stack, "fjgov", "quality", "summary", key=NODE)
    assert f"350100  {counted['checked']}  0." in shown.stdout
    check_figures(stack)


def test_a_finding_says_what_where_and_what_to_do_and_goes_with_its_cause(
    stack: StackInfo,
) -> None:
    entry = create_listed(stack, NODE, title=titled("企业登记7"))
    site = client(stack, NODE, "registrar")
    follow(stack)
    found = findings(stack, entry["id"])["Q32"]
    assert (found["severity"], found["field"], found["identifier"]) == (
        "warning",
        "title",
        entry["identifier"],
    )
    assert found["link"].endswith(f"/dataset/edit/{entry['name']}#f-title")
    assert "7" in found["zh"]
    assert found["do_zh"]
    assert found["do_en"]
    site.action.package_patch(id=entry["id"], title=titled("企业登记"))
    follow(stack)
    assert "Q32" not in findings(stack, entry["id"])
    check_figures(stack)


def test_alike_titles_are_told_on_both_sides_and_taken_back_on_both(stack: StackInfo) -> None:
    title = titled("养老机构备案")
    one = create_listed(stack, NODE, title=title)
    follow(stack)
    assert "Q50" not in findings(stack, one["id"])
    two = create_listed(stack, NODE, title=f"{title} （２）")
    follow(stack)
    assert all("Q50" in findings(stack, entry["id"]) for entry in (one, two))
    told = client(stack, NODE, "staff").action.fjgov_quality_list(id=one["id"])["alike"]
    [named] = [row for row in told if row["by"] == "title"]
    assert (named["identifier"], named["same_unit"]) == (two["identifier"], True)
    check_figures(stack)
    client(stack, NODE, "registrar").action.package_delete(id=two["id"])
    follow(stack)
    assert "Q50" not in findings(stack, one["id"])
    check_figures(stack)


def test_the_same_items_in_another_unit_are_told_for_the_same_place_only(
    stack: StackInfo,
) -> None:
    unit = other_unit(stack, NODE)
    other = new_account(stack, NODE, unit)
    mark = uuid.uuid4().hex[:6]
    items = [{"name": f"{name}{mark}", "data_type": "M"} for name in ("姓名", "住址", "类别")]
    one = create_listed(stack, NODE, items=items, division=["350100"])

    def listed(**change: Any) -> dict[str, Any]:
        data = entry_for(unit, items=items[::-1], state="active", **change)
        return dict(other.action.package_create(**data))

    two = listed(division=["350102"])
    follow(stack)
    assert "Q53" not in findings(stack, one["id"])
    other.action.package_patch(id=two["id"], division=["350100"])
    follow(stack)
    assert all("Q53" in findings(stack, entry["id"]) for entry in (one, two))
    assert "Q52" not in findings(stack, one["id"])
    check_figures(stack)
    client(stack, NODE, "registrar").action.package_delete(id=one["id"])
    follow(stack)
    assert "Q53" not in findings(stack, two["id"])
    other.action.package_delete(id=two["id"])
    follow(stack)
    check_figures(stack)


def test_a_related_code_is_lost_when_its_entry_goes(stack: StackInfo) -> None:
    site = client(stack, NODE, "registrar")
    named = create_listed(stack, NODE)
    entry = create_listed(stack, NODE, related=[named["identifier"], named["guide_code"]])
    follow(stack)
    assert "Q18" not in findings(stack, entry["id"])
    site.action.package_delete(id=named["id"])
    follow(stack)
    found = findings(stack, entry["id"])["Q18"]
    assert named["identifier"] in found["zh"]
    assert named["guide_code"] in found["zh"]
    check_figures(stack)
    site.action.package_patch(id=entry["id"], related=[])
    follow(stack)
    assert "Q18" not in findings(stack, entry["id"])
    check_figures(stack)


def test_a_run_that_is_killed_goes_on_where_it_ended(stack: StackInfo) -> None:
    before = sorted(sql(stack, NODE, "SELECT key, hash, share FROM fjgov_quality_result"))
    died = _in_site(
        stack,
        "import os, signal, sqlalchemy\n"
        "from ckanext.fjgov.logic.quality import following\n"
        "from ckanext.fjgov.model.database import QUALITY_LOCK, own_transaction, session_lock\n"
        "following.ENTRIES_A_BATCH = 5\n"
        "store, count = following.quality_results.replace, [0]\n"
        "def dying(*given):\n"
        "    store(*given)\n"
        "    count[0] += 1\n"
        "    if count[0] == 3:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "following.quality_results.replace = dying\n"
        # The lock keeps the site's own scheduler out until this process is gone.
        "with session_lock(QUALITY_LOCK, wait=True):\n"
        "    with own_transaction() as connection:\n"
        "        for name in ('result', 'count', 'due'):\n"
        "            connection.execute(sqlalchemy.text(f'DELETE FROM fjgov_quality_{name}'))\n"
        "        connection.execute(sqlalchemy.text('UPDATE fjgov_quality_cursor SET seq = 0'))\n"
        "    following._follow(None, anew=False)\n",
    )
    assert died == -9
    follow(stack)
    # The third batch was not committed, the two before it were and stayed.
    batches = sql(
        stack,
        NODE,
        "SELECT count(*) FROM fjgov_quality_result GROUP BY checked_at ORDER BY checked_at",
    )
    assert batches == [(5,), (5,), (len(before) - 10,)]
    after = sorted(sql(stack, NODE, "SELECT key, hash, share FROM fjgov_quality_result"))
    assert after == before
    check_figures(stack)


def test_the_checks_wait_for_a_run_and_not_for_a_long_one(stack: StackInfo) -> None:
    follow(stack)
    run, started = str(uuid.uuid4()), "UPDATE fjgov_sync_run SET started_at = now() - %s::interval"
    sql(
        stack,
        NODE,
        "INSERT INTO fjgov_sync_run (id, node, trigger, state, queued_at, started_at, heartbeat_at)"
        " SELECT %s, min(code), 'test', 'running', now(), now(), now() + interval '1 hour'"
        " FROM fjgov_node RETURNING 1",
        run,
    )
    try:
        create_listed(stack, NODE)
        time.sleep(2.5 * TICK_SECONDS)
        assert sql(stack, NODE, IS_BEHIND)[0][0] is True
        sql(stack, NODE, f"{started} WHERE id = %s RETURNING 1", "16 minutes", run)
        follow(stack)
    finally:
        sql(stack, NODE, "DELETE FROM fjgov_sync_run WHERE id = %s RETURNING 1", run)


def _in_site(stack: StackInfo, script: str) -> int:
    """Run a program inside a site and give its exit code."""
    program = (
        "import sys\n"
        "from ckan.cli import load_config\n"
        "from ckan.config.middleware import make_app\n"
        f"app = make_app(load_config({str(stack.inis[NODE])!r}))\n"
        "with app._wsgi_app.test_request_context():\n"
        + "".join(f"    {line}\n" for line in script.splitlines())
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
    ).returncode


def test_harvested_entries_are_judged_at_the_province_by_node(stack: StackInfo) -> None:
    entry = create_listed(stack, NODE, title=titled("养老服务3"))
    follow(stack)
    sync_up(stack)
    follow(stack, "province")
    office = client(stack, "province", "digital_office")
    found = office.action.fjgov_quality_list(node="350100", rule="Q32", limit=200)
    [row] = [row for row in found["findings"] if row["identifier"] == entry["identifier"]]
    assert row["link"].endswith(f"/dataset/{entry['name']}")
    parts = office.action.fjgov_quality_summary(by="node")["parts"]
    figures = {part["node"]: part for part in parts}
    assert set(figures) == {"350000", "350100", "350200"}
    [(count, average)] = sql(
        stack,
        "province",
        "SELECT count(*), round(avg(share), 4) FROM fjgov_quality_result WHERE node = '350100'",
    )
    assert figures["350100"]["entries"] == count
    assert figures["350100"]["completeness"] == pytest.approx(float(average), abs=1e-4)
    check_figures(stack, "province")


def test_lists_are_filtered_and_paged(stack: StackInfo) -> None:
    site = client(stack, NODE, "digital_office")
    unit = unit_of(stack, NODE)
    every: list[dict[str, Any]] = []
    while True:
        page = site.action.fjgov_quality_list(unit=unit, limit=200, offset=len(every))
        every += page["findings"]
        if not page["findings"] or len(every) >= page["count"]:
            break
    assert page["count"] == len(every)
    assert {row["unit"] for row in every} <= {unit}
    first = site.action.fjgov_quality_list(unit=unit, limit=2)["findings"]
    second = site.action.fjgov_quality_list(unit=unit, limit=2, offset=2)["findings"]
    assert first + second == every[:4]
    warned = site.action.fjgov_quality_list(severity="warning", limit=200)["findings"]
    assert {row["severity"] for row in warned} <= {"warning"}
    kept = site.action.fjgov_quality_summary(unit=unit)
    counted: dict[str, int] = {}
    for row in every:
        counted[row["rule"]] = counted.get(row["rule"], 0) + 1
    assert {row["rule"]: row["entries"] for row in kept["rules"]} == counted


def test_mistakes_are_refused(stack: StackInfo) -> None:
    site = client(stack, NODE, "staff")
    for wanted in ({"rule": "Q99"}, {"severity": "king"}, {"limit": "x"}):
        with pytest.raises(ValidationError):
            site.action.fjgov_quality_list(**wanted)
    with pytest.raises(ValidationError):
        site.action.fjgov_quality_summary(by="moon")
    for wanted in ({"id": "no-such-entry"}, {"unit": "no-such-unit"}):
        with pytest.raises(NotFound):
            site.action.fjgov_quality_list(**wanted)


@pytest.mark.parametrize("action", ["fjgov_quality_list", "fjgov_quality_summary"])
def test_the_public_sees_no_findings(stack: StackInfo, action: str) -> None:
    assert outcome(client(stack, NODE), action) == "NotAuthorized"
    assert outcome(client(stack, NODE, "staff"), action) == "done"


OF_UNIT = (
    "SELECT r.key, r.facts FROM fjgov_quality_result r JOIN package p ON p.id = r.package_id"
    ' JOIN "group" g ON g.id = p.owner_org WHERE g.name = %s'
)


def test_a_renamed_unit_has_its_entries_judged_again(stack: StackInfo) -> None:
    unit = unit_of(stack, NODE)
    site = client(stack, NODE, "sysadmin")
    title = site.action.organization_show(id=unit)["title"]
    before = dict(sql(stack, NODE, OF_UNIT, unit))
    try:
        site.action.organization_patch(id=unit, title=title + "改名")
        follow(stack)
        after = dict(sql(stack, NODE, OF_UNIT, unit))
        assert set(after) == set(before)
        assert len(set(after.values())) == 1
        assert set(after.values()).isdisjoint(before.values())
    finally:
        site.action.organization_patch(id=unit, title=title)
        follow(stack)
