"""Each use leaves its records, and whatever is done to them is found (Art. 30, 36)."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg2
import pytest
import requests

from tests.integration.api import client, create_listed, open_entry, sql
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
            stack, NODE, "SELECT min(id) FROM fjgov_use_event WHERE entry = %s", entry["id"]
        )
        return int(number)

    def test_the_scheduler_seals(
        self, stack: StackInfo, people: People, sources: tuple[str, str]
    ) -> None:
        entry = restricted(stack, f"{sources[0]}/rows.csv")
        granted(people, entry)
        share(stack, entry["resources"][0]["id"], site=people.asking)
        tick(stack, NODE)
        assert sql(stack, NODE, "SELECT count(*) FROM fjgov_use_pending") == [(0,)]

    def test_nothing_of_it_is_changed_by_accident(self, stack: StackInfo, used: int) -> None:
        for statement in (
            "UPDATE fjgov_use_event SET outcome = 'done'",
            "DELETE FROM fjgov_use_event",
            "DELETE FROM fjgov_use_seal",
        ):
            with pytest.raises(psycopg2.errors.RaiseException, match="append-only"):
                sql(stack, NODE, statement)
        assert verify(stack) == (0, [])

    @pytest.mark.parametrize(
        ("done", "undone", "told"),
        [
            (
                "UPDATE fjgov_use_event SET user_id = user_id || 'x' WHERE id = {n}",
                "UPDATE fjgov_use_event SET user_id = left(user_id, -1) WHERE id = {n}",
                "改动",
            ),
            (
                "DELETE FROM fjgov_use_event WHERE id = {n}",
                "INSERT INTO fjgov_use_event OVERRIDING SYSTEM VALUE SELECT * FROM saved_event",
                "缺少记录",
            ),
            (
                "DELETE FROM fjgov_use_seal WHERE number = (SELECT number FROM saved_seal)",
                "INSERT INTO fjgov_use_seal SELECT * FROM saved_seal",
                "缺失",
            ),
        ],
        ids=["edited", "deleted", "cut"],
    )
    def test_whoever_gets_past_the_triggers_is_found(
        self, stack: StackInfo, used: int, done: str, undone: str, told: str
    ) -> None:
        off, on = (
            "; ".join(
                f"ALTER TABLE {table} {state} TRIGGER fjgov_append_only"
                for table in ("fjgov_use_event", "fjgov_use_seal")
            )
            for state in ("DISABLE", "ENABLE")
        )
        event = f"SELECT * FROM fjgov_use_event WHERE id = {used}"
        seal = "SELECT * FROM fjgov_use_seal ORDER BY number DESC LIMIT 1"
        sql(stack, NODE, f"CREATE TABLE saved_event AS {event}; CREATE TABLE saved_seal AS {seal}")
        try:
            sql(stack, NODE, f"{off}; {done.replace('{n}', str(used))}; {on}")
            code, found = verify(stack)
            assert code == 1
            assert told in found[0]["zh"]
            assert found[0]["event"] == (None if told == "缺失" else used)
            doctor = ckan(stack, "fjgov", "doctor", "--json", key=NODE)
            assert "usage" in {row["check"] for row in json.loads(doctor.stdout)}
        finally:
            sql(stack, NODE, f"{off}; {undone.replace('{n}', str(used))}; {on}")
            sql(stack, NODE, "DROP TABLE saved_event, saved_seal")
        assert verify(stack) == (0, [])


def test_without_its_record_restricted_information_is_not_given(
    stack: StackInfo, people: People, sources: tuple[str, str]
) -> None:
    entry = restricted(stack, f"{sources[0]}/rows.csv")
    granted(people, entry)
    rows = [{"name": "数据.csv", "mode": "direct", "url": f"{sources[0]}/rows.csv"}]
    public = create_listed(stack, NODE, resources=rows, **open_entry())
    sql(stack, NODE, "ALTER TABLE fjgov_use_pending RENAME TO fjgov_use_pending_away")
    try:
        answer = share(stack, entry["resources"][0]["id"], site=people.asking)
        assert (answer.status_code, answer.json()["article"]) == (503, "第三十条")
        assert share(stack, public["resources"][0]["id"]).content == CONTENT
    finally:
        sql(stack, NODE, "ALTER TABLE fjgov_use_pending_away RENAME TO fjgov_use_pending")
    assert uses_of(people.providing, entry=entry["id"]) == []
    assert client(stack, NODE, "info_manager").action.fjgov_use_list()["count"] > 0
