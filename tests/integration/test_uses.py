"""Each use leaves its records, and whatever is done to them is found (Art. 30, 36)."""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import requests
from ckanapi import RemoteCKAN

from ckanext.fjgov.core.federation.keys import public_text, read_key_file
from tests.integration.api import admin_sql, client, create_listed, open_entry, sql
from tests.integration.gateway_source import CONTENT, share
from tests.integration.guangxi_node import ckan
from tests.integration.operating_cases import tick
from tests.integration.sharing_cases import (
    NODE,
    People,
    SlowSource,
    granted,
    restricted,
    step,
    uses_of,
)
from tests.integration.stack_env import StackInfo


def verify(stack: StackInfo) -> tuple[int, list[dict[str, Any]]]:
    """Seal what waits and look at the whole log; gives the exit code and what was found."""
    ckan(stack, "fjgov", "usage", "seal", key=NODE)
    done = ckan(stack, "fjgov", "usage", "verify", "--json", key=NODE)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_use_is_seen_by_the_provider_and_by_the_holder(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    [grant] = granted(people, entry)
    for _once in range(2):
        assert share(stack, entry["resources"][0]["id"], site=people.asking).status_code == 200
    for site, side in ((people.providing, "provider"), (people.manager, "holder")):
        rows = uses_of(site, side=side, grant=grant["number"])
        assert [(row["outcome"], row["size"]) for row in rows] == [("done", len(CONTENT))] * 2
        assert {row["entry"] for row in rows} == {entry["id"]}
        assert all(row["at"] <= row["ended_at"] for row in rows)
        assert {row["level"] for row in rows} == {"token"}
    for site in (people.asking, people.other, people.operator, people.registrar):
        assert uses_of(site, grant=grant["number"]) == []


def test_a_refused_request_and_a_head_are_no_uses(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    assert share(stack, entry["resources"][0]["id"], site=people.asking).status_code == 403
    granted(people, entry)
    answer = requests.head(
        f"{stack.urls[NODE]}/share/{entry['resources'][0]['id']}",
        headers={"Authorization": people.asking.apikey, "Accept": "application/json"},
        timeout=60,
    )
    assert answer.status_code == 200
    assert uses_of(people.providing, entry=entry["id"]) == []


def test_what_is_open_is_recorded_without_a_name(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    rows = [{"name": "数据.csv", "mode": "direct", "url": f"{sources[0]}/rows.csv"}]
    entry = create_listed(stack, NODE, resources=rows, **open_entry())
    assert share(stack, entry["resources"][0]["id"]).status_code == 200
    [row] = uses_of(people.providing, entry=entry["id"])
    assert (row["user"], row["unit"], row["grant_no"], row["outcome"]) == ("", "", "", "done")
    assert row["level"] == "none"


def test_a_use_that_the_grant_outlived_says_so(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[1]}/rows.csv")
    [grant] = granted(people, entry)
    SlowSource.shut()
    SlowSource.gate.release(3)
    answer = requests.get(
        f"{stack.urls[NODE]}/share/{entry['resources'][0]['id']}",
        headers={"Authorization": people.asking.apikey},
        stream=True,
        timeout=60,
    )
    answer.raw.read(1000)
    [row] = uses_of(people.providing, grant=grant["number"])
    assert (row["ended_at"], row["outcome"]) == (None, "")
    step(people.providing, grant["number"], "revoke")
    time.sleep(1.5)
    SlowSource.gate.release(100)
    answer.raw.drain_conn()
    answer.close()
    [row] = uses_of(people.providing, grant=grant["number"])
    assert row["outcome"] == "grant_ended"
    assert row["size"] < len(CONTENT)


def fetch_uses(stack: StackInfo, site: RemoteCKAN, name: str, **wanted: str) -> requests.Response:
    return requests.get(
        f"{stack.urls[NODE]}/fjgov/{name}",
        params=wanted,
        headers={"Authorization": str(site.apikey)},
        timeout=60,
        allow_redirects=False,
    )


def test_who_may_read_uses_may_take_them_away_as_a_file(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv", title="=1+1 试验信息")
    [grant] = granted(people, entry)
    for _once in range(3):
        share(stack, entry["resources"][0]["id"], site=people.asking)
    listed = uses_of(people.providing, entry=entry["id"])
    table = fetch_uses(stack, people.providing, "uses.csv", entry=entry["id"])
    assert table.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(table.content.decode("utf-8-sig")))
    assert len(head) == len(rows[0]) == 14
    assert [row[13] for row in rows] == [row["use"] for row in listed]
    assert {(row[2], row[8], row[11], row[12]) for row in rows} == {
        ("'=1+1 试验信息", grant["number"], "完成", str(len(CONTENT)))
    }
    text = fetch_uses(stack, people.manager, "uses.ndjson", side="holder", grant=grant["number"])
    assert [json.loads(line) for line in text.text.splitlines()] == listed
    for site in (people.asking, people.other, people.operator):
        assert fetch_uses(stack, site, "uses.ndjson", entry=entry["id"]).text == ""
    assert fetch_uses(stack, RemoteCKAN(stack.urls[NODE]), "uses.csv").status_code != 200
    assert fetch_uses(stack, people.providing, "uses.csv", since="gestern").status_code == 400
    assert fetch_uses(stack, people.providing, "uses.zip").status_code == 404


def test_uses_are_chosen_by_day_and_read_on_page_by_page(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    granted(people, entry)
    for _once in range(3):
        share(stack, entry["resources"][0]["id"], site=people.asking)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for since, until, count in ((0, 0, 3), (-1, None, 3), (1, None, 0), (None, -1, 0)):
        days = {"since": since, "until": until}
        wanted = {
            name: (today + timedelta(days=days[name])).isoformat()
            for name in days
            if days[name] is not None
        }
        assert len(uses_of(people.providing, entry=entry["id"], **wanted)) == count, wanted
    listed = uses_of(people.providing, entry=entry["id"])
    action = people.providing.action.fjgov_use_list
    first = action(entry=entry["id"], limit=2)
    rest = action(entry=entry["id"], limit=2, before=first["results"][-1]["number"])
    assert (first["count"], rest["count"]) == (3, None)
    assert [*first["results"], *rest["results"]] == listed


class TestTheLog:
    """The seals, the signed file outside, and what the verifier says to whatever is done."""

    @pytest.fixture
    def used(self, stack: StackInfo, people: People, sources: tuple[str, str]) -> int:
        """Give the number of the first record of a use that is under a seal."""
        entry = restricted(stack, f"{sources[0]}/rows.csv")
        granted(people, entry)
        assert share(stack, entry["resources"][0]["id"], site=people.asking).status_code == 200
        assert verify(stack) == (0, [])
        [(number,)] = sql(
            stack,
            NODE,
            "SELECT min(id) FROM fjgov_usage.fjgov_use_event WHERE entry = %s",
            entry["id"],
        )
        return int(number)

    def test_the_scheduler_seals(
        self, stack: StackInfo, people: People, sources: tuple[str, str]
    ) -> None:
        entry = restricted(stack, f"{sources[0]}/rows.csv")
        granted(people, entry)
        share(stack, entry["resources"][0]["id"], site=people.asking)
        tick(stack, NODE)
        assert sql(stack, NODE, "SELECT count(*) FROM fjgov_usage.fjgov_use_pending") == [(0,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE fjgov_usage.fjgov_use_event SET outcome = 'done'",
            "DELETE FROM fjgov_usage.fjgov_use_event",
            "DELETE FROM fjgov_usage.fjgov_use_seal",
            "TRUNCATE fjgov_usage.fjgov_use_event",
            "TRUNCATE fjgov_usage.fjgov_use_pending",
            "UPDATE fjgov_usage.fjgov_use_pending SET event = 1",
            "DROP TABLE fjgov_usage.fjgov_use_event CASCADE",
            "DROP SCHEMA fjgov_usage CASCADE",
            "ALTER TABLE fjgov_usage.fjgov_use_event DISABLE TRIGGER ALL",
            "ALTER TABLE fjgov_usage.fjgov_use_event RENAME TO elsewhere",
            "ALTER TABLE fjgov_usage.fjgov_use_event SET SCHEMA public",
            "ALTER TABLE fjgov_usage.fjgov_use_event OWNER TO CURRENT_USER",
            "ALTER SCHEMA fjgov_usage OWNER TO CURRENT_USER",
            "CREATE TABLE public.bait () INHERITS (fjgov_usage.fjgov_use_event)",
            "CREATE RULE bait AS ON INSERT TO fjgov_usage.fjgov_use_event DO INSTEAD NOTHING",
            (
                "CREATE TRIGGER bait BEFORE INSERT ON fjgov_usage.fjgov_use_event"
                " EXECUTE FUNCTION fjgov_keep_history()"
            ),
            (
                "CREATE OR REPLACE FUNCTION fjgov_usage.fjgov_keep_log() RETURNS trigger"
                " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            ),
            "ALTER SEQUENCE fjgov_usage.fjgov_use_event_id_seq RESTART",
            "SET session_replication_role TO replica",
            "GRANT fjgov_fuzhou_usage TO fjgov_fuzhou",
            "SET ROLE fjgov_fuzhou_usage",
        ],
    )
    def test_the_site_itself_may_not_change_it(self, stack: StackInfo, statement: str) -> None:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            sql(stack, NODE, statement)

    def test_not_even_an_administrator_changes_it_by_accident(self, stack: StackInfo) -> None:
        for name in ("fjgov_use_event", "fjgov_use_seal"):
            with pytest.raises(psycopg2.errors.RaiseException, match="append-only"):
                admin_sql(stack, NODE, f"DELETE FROM fjgov_usage.{name}")

    def test_who_gets_past_all_of_it_is_found(self, stack: StackInfo, used: int) -> None:
        table = "fjgov_usage.fjgov_use_event"
        change = f"UPDATE {table} SET user_id = user_id || 'x' WHERE id = {used}"
        undo = f"UPDATE {table} SET user_id = left(user_id, -1) WHERE id = {used}"
        admin_sql(stack, NODE, change, settled="replica")
        try:
            code, found = verify(stack)
            assert (code, [row["event"] for row in found]) == (1, [used])
            assert "改动" in found[0]["zh"]
            assert "usage" in checks(stack)
        finally:
            admin_sql(stack, NODE, undo, settled="replica")
        assert verify(stack) == (0, [])

    def test_a_file_of_it_is_verified_without_its_database(
        self, stack: StackInfo, used: int, tmp_path: Path
    ) -> None:
        path = tmp_path / "uses.ndjson"
        assert ckan(stack, "fjgov", "usage", "export", str(path), key=NODE).returncode == 0
        key = public_text(read_key_file(stack.base / NODE / "node_key.pem").verifying())
        # Any node can look at it: the key of the one that wrote it is public.
        words = ("fjgov", "usage", "verify", "--json", "--file", str(path), "--key", key)
        whole = ckan(stack, *words, key="province")
        assert (whole.returncode, json.loads(whole.stdout)) == (0, []), whole.stderr
        text = path.read_text(encoding="utf-8")
        [(user,)] = sql(
            stack, NODE, "SELECT use FROM fjgov_usage.fjgov_use_event WHERE id = %s", used
        )
        path.write_text(text.replace(str(user), str(uuid.uuid4()), 1), encoding="utf-8")
        changed = ckan(stack, *words, key="province")
        assert changed.returncode == 1
        assert json.loads(changed.stdout)[0]["event"] == used

    def test_the_doctor_says_when_the_site_owns_it(self, stack: StackInfo) -> None:
        assert "usage_role" not in checks(stack)
        opened = ckan(stack, "fjgov", "usage", "protect", "--open", key=NODE)
        admin_sql(stack, NODE, opened.stdout)
        try:
            assert "usage_role" in checks(stack)
        finally:
            closed = ckan(stack, "fjgov", "usage", "protect", key=NODE)
            admin_sql(stack, NODE, closed.stdout)
        assert "usage_role" not in checks(stack)


def checks(stack: StackInfo) -> set[str]:
    """Name what the doctor finds fault with."""
    doctor = ckan(stack, "fjgov", "doctor", "--json", key=NODE)
    return {row["check"] for row in json.loads(doctor.stdout)}


def test_without_its_record_restricted_information_is_not_given(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    granted(people, entry)
    rows = [{"name": "数据.csv", "mode": "direct", "url": f"{sources[0]}/rows.csv"}]
    public = create_listed(stack, NODE, resources=rows, **open_entry())
    table = "fjgov_usage.fjgov_use_pending"
    admin_sql(stack, NODE, f"ALTER TABLE {table} RENAME TO fjgov_use_pending_away")
    try:
        answer = share(stack, entry["resources"][0]["id"], site=people.asking)
        assert (answer.status_code, answer.json()["article"]) == (503, "第三十条")
        assert share(stack, public["resources"][0]["id"]).content == CONTENT
    finally:
        admin_sql(
            stack,
            NODE,
            "ALTER TABLE fjgov_usage.fjgov_use_pending_away RENAME TO fjgov_use_pending",
        )
    assert uses_of(people.providing, entry=entry["id"]) == []
    assert client(stack, NODE, "info_manager").action.fjgov_use_list()["count"] > 0
