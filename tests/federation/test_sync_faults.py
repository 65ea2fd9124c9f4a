"""A node that is away, answers nonsense or comes back from a backup; and two runs at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.federation.syncing import (
    CODES,
    Syncer,
    SyncFailedError,
    address_of_city,
    assert_province_equals,
    command,
    listed_names,
    rule_for,
)
from tests.integration.api import client, create_listed, sql
from tests.integration.stack_env import StackInfo
from tests.loopback import serving

TABLES = (
    "package", "resource", "package_tag", "tag", "member", '"group"', "fjgov_title",
    "fjgov_finding", "fjgov_identifier", "fjgov_counter", "fjgov_change", "fjgov_change_note",
    "fjgov_digest", "fjgov_head", "fjgov_checkpoint",
)  # fmt: skip
GARBAGE = {
    "login page": (200, "text/html", b"<html><body>Sign in</body></html>"),
    "empty": (200, "application/x-ndjson", b""),
    "no content": (204, "application/x-ndjson", b""),
    "error": (500, "application/json", b'{"ok": true}'),
    "truncated": (200, "application/x-ndjson", b'{"feed":"fjgov-changes/1"'),
    "binary": (200, "application/x-ndjson", bytes(range(256)) * 8),
}


@contextmanager
def impostor(status: int, media_type: str, body: bytes) -> Iterator[str]:
    """Serve one answer to every request; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            return

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_fails_the_run_and_takes_nothing_away(
    stack: StackInfo, syncer: Syncer, kind: str
) -> None:
    """C.2 row 12."""
    entry = create_listed(stack)
    before = listed_names(stack, "province", "fuzhou")
    with impostor(*GARBAGE[kind]) as address, address_of_city(stack, address, [rule_for(address)]):
        outcome = syncer.sync()
    assert outcome.state == "failed"
    assert outcome.report["zh"]
    assert outcome.report["en"]
    assert listed_names(stack, "province", "fuzhou") == before
    assert syncer.sync().counts == {"added": 1}
    assert entry["name"] in listed_names(stack, "province", "fuzhou")


def test_only_the_addresses_that_its_registration_allows_are_asked(
    stack: StackInfo, syncer: Syncer
) -> None:
    with impostor(200, "text/html", b"secret") as address:
        with address_of_city(stack, address, ["10.20.0.0/16:443"]):
            outcome = syncer.sync()
        assert outcome.state == "failed"
        assert "127.0.0.1" in outcome.report["zh"] or "地址" in outcome.report["zh"]
        assert "secret" not in str(outcome.report)
    assert syncer.sync().state == "verified"


def test_a_city_that_is_down_keeps_its_copy_and_the_next_run_goes_on(
    stack: StackInfo, syncer: Syncer
) -> None:
    entry = create_listed(stack)
    before = listed_names(stack, "province", "fuzhou")
    stack.stack.processes.kill("fuzhou-web")
    try:
        outcome = syncer.sync()
        assert outcome.state == "failed"
        assert outcome.report["zh"]
        assert listed_names(stack, "province", "fuzhou") == before
    finally:
        stack.stack.revive("fuzhou-web")
    assert (syncer.sync().state, entry["name"] in listed_names(stack, "province", "fuzhou")) == (
        "verified",
        True,
    )


def test_of_two_runs_at_once_exactly_one_works(stack: StackInfo, syncer: Syncer) -> None:
    second = Syncer(stack.inis["province"])
    try:
        create_listed(stack)
        with syncer.stopped_at("fetched"):
            with pytest.raises(SyncFailedError, match="正在同步"):
                second.sync()
            assert second.sync("xiamen").state == "verified"
        assert second.sync().counts == {}
    finally:
        second.close()
    rows = client(stack, "province", "sysadmin").action.fjgov_sync_list(node="350100", limit=3)
    assert [row["state"] for row in rows] == ["verified", "skipped", "verified"]
    assert "正在同步" in rows[1]["report"]["zh"]


def test_a_run_that_died_is_closed_by_the_next_one(stack: StackInfo, syncer: Syncer) -> None:
    create_listed(stack)
    dying = Syncer(stack.inis["province"])
    with dying.stopped_at("merged"):
        dying.process.kill()
        dying.process.wait()
        dying.process.stdin.close()
        dying.process.stdout.close()
        outcome = syncer.sync()
        assert (outcome.state, outcome.counts) == ("verified", {})
    rows = client(stack, "province", "sysadmin").action.fjgov_sync_list(node="350100", limit=2)
    assert [row["state"] for row in rows] == ["verified", "interrupted"]
    assert rows[1]["report"]["step"] == "merged"
    assert_province_equals(stack, "fuzhou")


def test_a_city_restored_from_a_backup_is_compared_and_followed(
    stack: StackInfo, syncer: Syncer
) -> None:
    kept = create_listed(stack)
    syncer.sync()
    link = stack.stack.postgres.connect(stack.nodes["fuzhou"].database)
    try:
        with link.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"CREATE TABLE kept_{table.strip(chr(34))} AS TABLE {table}")
            site = client(stack, "fuzhou", "sysadmin")
            lost = create_listed(stack)
            site.action.package_patch(id=kept["id"], notes="备份之后的修改，恢复后应消失。")
            syncer.sync()
            create_listed(stack)
            syncer.sync()
            (epoch,) = sql(stack, "fuzhou", "SELECT epoch FROM fjgov_head")
            # As pg_restore does it: triggers and constraints rest.
            cursor.execute("SET session_replication_role = replica")
            for table in TABLES:
                plain = table.strip('"')
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{plain}")
                cursor.execute(f"DROP TABLE kept_{plain}")
    finally:
        link.close()
    # The index was not restored with the database: an operator brings it back to it.
    assert command(stack, "index", "verify", node="fuzhou").returncode == 1
    assert command(stack, "index", "repair", node="fuzhou").returncode == 0
    fresh = create_listed(stack)
    assert fresh["identifier"] > lost["identifier"]
    outcome = syncer.sync()
    assert sql(stack, "fuzhou", "SELECT epoch FROM fjgov_head") != [epoch]
    assert "recovered" in outcome.names()
    assert outcome.state == "repaired"
    assert f"entry:{lost['identifier']}" in outcome.report["differences"]
    names = listed_names(stack, "province", "fuzhou")
    assert names == listed_names(stack, "fuzhou", "fuzhou")
    assert lost["name"] not in names
    assert fresh["name"] in names
    assert (syncer.sync().state, syncer.sync().report["requests"]) == ("verified", 1)


def test_the_command_names_an_unknown_node(stack: StackInfo) -> None:
    program = f"{sys.prefix}/bin/ckan"
    done = subprocess.run(
        [program, "-c", str(stack.inis["province"]), "fjgov", "sync", "--node", "999999"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "999999" in done.stderr) == (2, True)
    assert CODES["fuzhou"] not in done.stdout
