"""The copy is proved, not trusted: damage at the province is found, named and repaired."""

from __future__ import annotations

import json

import pytest

from tests.federation.planting import some_entry
from tests.federation.syncing import (
    Syncer,
    assert_province_equals,
    command,
    listed_names,
)
from tests.integration.api import client, create_listed, sql
from tests.integration.stack_env import StackInfo


def test_a_changed_and_a_deleted_row_are_named_and_repaired_by_an_idle_run(
    stack: StackInfo, syncer: Syncer
) -> None:
    changed, deleted = create_listed(stack), create_listed(stack)
    syncer.sync()
    sql(stack, "province", "UPDATE package SET title = '被改动' WHERE id = %s", changed["id"])
    sql(stack, "province", "DELETE FROM package_tag WHERE package_id = %s", deleted["id"])
    sql(stack, "province", "DELETE FROM resource WHERE package_id = %s", deleted["id"])
    sql(stack, "province", "DELETE FROM package WHERE id = %s", deleted["id"])

    done = command(stack, "sync", "--node", "350100", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["state"]) == (1, "repaired")
    assert set(report["differences"]) == {
        f"entry:{changed['identifier']}",
        f"entry:{deleted['identifier']}",
    }
    assert report["zh"].startswith("核验未通过")
    assert report["en"].startswith("not verified")
    assert_province_equals(stack, "fuzhou", [changed["name"], deleted["name"]])
    assert (syncer.sync().state, syncer.sync().counts) == ("verified", {})


def test_a_renamed_unit_and_a_planted_entry_at_the_province_are_repaired(
    stack: StackInfo, syncer: Syncer
) -> None:
    """A record that home does not have is surplus, whoever put it here."""
    entry = create_listed(stack)
    syncer.sync()
    unit = client(stack, "province", "sysadmin").action.package_show(id=entry["name"])["owner_org"]
    (code, title) = sql(
        stack, "province", "SELECT extras ->> 'uscc', title FROM \"group\" WHERE id = %s", unit
    )[0]
    sql(stack, "province", "UPDATE \"group\" SET title = '被改动' WHERE id = %s", unit)
    model = some_entry(stack, "province", "350100")
    sql(
        stack,
        "province",
        "INSERT INTO package (id, name, title, type, state, private, owner_org, extras,"
        " metadata_created, metadata_modified) SELECT 'planted', '35100-planted', '多出的目录',"
        " type, 'active', false, owner_org, extras || '{\"identifier\": \"35100/PLANTED\"}',"
        " metadata_created, metadata_modified FROM package WHERE id = %s",
        model["id"],
    )
    outcome = syncer.sync()
    assert outcome.state == "repaired"
    assert set(outcome.report["differences"]) == {f"unit:{code}", "entry:35100/PLANTED"}
    assert sql(stack, "province", 'SELECT title FROM "group" WHERE id = %s', unit) == [(title,)]
    assert "35100-planted" not in listed_names(stack, "province", "fuzhou")


def test_the_guard_stops_a_run_that_would_take_away_too_much(
    stack: StackInfo, syncer: Syncer
) -> None:
    """C.2 rows 16 and 17: most of the list is missing, with status 200."""
    before = listed_names(stack, "province", "fuzhou")
    chosen = "type = 'dataset' AND state = 'active' AND NOT private"
    names = [row[0] for row in sql(stack, "fuzhou", f"SELECT name FROM package WHERE {chosen}")]
    try:
        sql(stack, "fuzhou", f"UPDATE package SET private = true WHERE {chosen}")
        outcome = syncer.sync()
        assert outcome.state == "stopped"
        assert f"{len(before)}" in outcome.report["zh"]
        assert listed_names(stack, "province", "fuzhou") == before
        done = command(stack, "sync", "--node", "350100")
        assert done.returncode == 3
        assert listed_names(stack, "province", "fuzhou") == before
        done = command(stack, "sync", "--node", "350100", "--approve-withdrawals")
        assert done.returncode == 0, done.stdout + done.stderr
        assert listed_names(stack, "province", "fuzhou") == []
    finally:
        sql(stack, "fuzhou", "UPDATE package SET private = false WHERE name = ANY(%s)", names)
        back = syncer.sync()
    assert back.state == "verified"
    assert listed_names(stack, "province", "fuzhou") == before


@pytest.mark.parametrize("share", [0.5])
def test_the_guard_counts_refusals_too(stack: StackInfo, syncer: Syncer, share: float) -> None:
    """A city whose records all became invalid must not empty its copy either."""
    before = listed_names(stack, "province", "fuzhou")
    part = before[: int(len(before) * share)]
    change = "UPDATE package SET extras = extras || jsonb_build_object('frequency', %s::text)"
    known = sql(
        stack,
        "fuzhou",
        "SELECT name, extras ->> 'frequency' FROM package WHERE name = ANY(%s)",
        part,
    )
    sql(stack, "fuzhou", f"{change} WHERE name = ANY(%s)", "77", part)
    try:
        outcome = syncer.sync()
        assert outcome.state == "stopped"
        left = listed_names(stack, "province", "fuzhou")
        assert len(before) - len(left) <= max(20, len(before) // 5)
    finally:
        for name, frequency in known:
            sql(stack, "fuzhou", f"{change} WHERE name = %s", frequency, name)
        back = syncer.sync()
    assert back.state == "verified"
    assert listed_names(stack, "province", "fuzhou") == before


def test_the_doctor_finds_what_went_past_the_triggers(stack: StackInfo, syncer: Syncer) -> None:
    entry = create_listed(stack)
    syncer.sync()
    assert command(stack, "doctor").returncode == 0
    link = stack.stack.postgres.connect(stack.nodes["province"].database)
    try:
        with link.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE package SET title = '绕过' WHERE id = %s", (entry["id"],))
            done = command(stack, "doctor", "--json")
            assert done.returncode == 1
            (problem,) = json.loads(done.stdout)
            assert (problem["check"], problem["record"]) == (
                "log",
                f"entry:{entry['identifier']}",
            )
            cursor.execute(
                "UPDATE package SET title = %s WHERE id = %s", (entry["title"], entry["id"])
            )
            assert command(stack, "doctor").returncode == 0
    finally:
        link.close()


def test_the_doctor_finds_a_broken_audit(stack: StackInfo) -> None:
    link = stack.stack.postgres.connect(stack.nodes["province"].database)
    try:
        with link.cursor() as cursor:
            cursor.execute("SELECT seq, hash FROM fjgov_audit ORDER BY seq LIMIT 1")
            seq, right = cursor.fetchone()
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE fjgov_audit SET hash = repeat('0', 64) WHERE seq = %s", (seq,))
            try:
                done = command(stack, "doctor", "--json")
            finally:
                cursor.execute("UPDATE fjgov_audit SET hash = %s WHERE seq = %s", (right, seq))
        assert done.returncode == 1
        assert {(row["check"], row["record"]) for row in json.loads(done.stdout)} >= {
            ("audit", str(seq))
        }
    finally:
        link.close()
