"""Idempotency keys, dry runs, links to the next page and rates of the interface."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError
from redis import Redis

from deploy.stack.settings import REPOSITORY
from tests.integration.api import (
    admin_sql,
    client,
    create_entry,
    entry_for,
    new_account,
    other_unit,
    sql,
    unit_of,
)
from tests.integration.directory_records import record_for
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
WORKER = Path(__file__).with_name("told_worker.py")
# What a registration touches; a dry run touches none of it.
TABLES = (
    "package",
    "package_tag",
    "resource",
    "activity",
    "fjgov_identifier",
    "fjgov_counter",
    "fjgov_title",
    "fjgov_finding",
    "fjgov_address",
    "fjgov_reference",
    "fjgov_change",
    "fjgov_change_note",
    "fjgov_audit",
    "fjgov_call",
    "fjgov_index_outbox",
)


@pytest.fixture(scope="module")
def site(stack: StackInfo) -> RemoteCKAN:
    return client(stack, NODE, "registrar")


def contents(stack: StackInfo) -> dict[str, Any]:
    """Give a digest of everything that a registration writes."""
    counted = ", ".join(
        f"(SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM \"{name}\" t)"
        for name in TABLES
    )
    [row] = admin_sql(stack, NODE, f"SELECT {counted}")
    return dict(zip(TABLES, row, strict=True))


def registered(stack: StackInfo, title: str) -> int:
    [row] = sql(stack, NODE, "SELECT count(*) FROM package WHERE title = %s", title)
    return int(row[0])


def test_a_dry_run_finds_what_a_real_one_finds_and_leaves_nothing(
    stack: StackInfo, site: RemoteCKAN
) -> None:
    known = create_entry(stack)
    unit = unit_of(stack, NODE)
    client(stack, NODE, "platform_operator").action.fjgov_change_list(since=0, limit=1)
    before = contents(stack)
    good = entry_for(unit)
    assert site.action.package_create(**good, dry_run=True) == {
        "dry_run": True,
        "status": "created",
        "id": "",
        "identifier": "",
        "findings": [],
    }
    faulty = {
        **entry_for(unit),
        "state": "active",
        "notes": "短",
        "share_type": "9",
    }
    with pytest.raises(ValidationError) as tried:
        site.action.package_create(**faulty, dry_run=True)
    taken = entry_for(unit, title=known["title"])
    with pytest.raises(ValidationError) as tried_title:
        site.action.package_create(**taken, dry_run=True)
    with pytest.raises(NotAuthorized):
        site.action.package_create(**entry_for(other_unit(stack, NODE)), dry_run=True)
    patched = site.action.package_patch(
        id=known["id"], notes="改过的摘要，十个字以上。", dry_run=True
    )
    assert (patched["status"], patched["id"]) == ("updated", known["id"])
    updated = site.action.package_update(**{**known, "frequency": "5"}, dry_run="true")
    assert updated["dry_run"] is True
    batch = site.action.fjgov_entry_register(entries=[entry_for(unit), taken], dry_run=True)
    assert [one["status"] for one in batch["results"]] == ["created", "refused"]
    assert contents(stack) == before
    # A real call says the same.
    for entry, found in ((faulty, tried), (taken, tried_title)):
        with pytest.raises(ValidationError) as real:
            site.action.package_create(**entry)
        assert real.value.error_dict == found.value.error_dict


@pytest.mark.parametrize("kind", ["collection_item", "gov_database", "app_system", "permit_type"])
def test_records_of_other_directories_are_tried_without_a_trace(
    stack: StackInfo, site: RemoteCKAN, kind: str
) -> None:
    before = contents(stack)
    answer = site.action.package_create(**record_for(stack, kind), dry_run=True)
    assert (answer["status"], answer["dry_run"]) == ("created", True)
    assert contents(stack) == before


def test_what_is_no_truth_value_is_refused(stack: StackInfo, site: RemoteCKAN) -> None:
    with pytest.raises(ValidationError) as refused:
        site.action.package_create(**entry_for(unit_of(stack, NODE)), dry_run="maybe")
    assert "dry_run" in refused.value.error_dict


def test_a_key_registers_once_and_answers_the_same(stack: StackInfo, site: RemoteCKAN) -> None:
    entry, key = entry_for(unit_of(stack, NODE)), uuid.uuid4().hex
    first = site.action.package_create(**entry, idempotency_key=key)
    assert site.action.package_create(**entry, idempotency_key=key) == first
    assert registered(stack, entry["title"]) == 1
    # Key and record are of one transaction, so that there are both or neither.
    [same] = sql(
        stack,
        NODE,
        "SELECT c.xmin = p.xmin FROM fjgov_call c JOIN package p ON p.id = c.record_id"
        " WHERE c.key = %s",
        key,
    )
    assert same == (True,)
    with pytest.raises(ValidationError) as refused:
        site.action.package_create(**entry_for(entry["owner_org"]), idempotency_key=key)
    assert "idempotency_key" in refused.value.error_dict


def test_calls_with_one_key_at_once_make_one_record(stack: StackInfo) -> None:
    entry, key = entry_for(unit_of(stack, NODE)), uuid.uuid4().hex

    def call(_number: int) -> Any:
        own = client(stack, NODE, "registrar")
        return own.action.package_create(**entry, idempotency_key=key)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    assert len({one["id"] for one in answers}) == 1
    assert registered(stack, entry["title"]) == 1


def test_a_refused_call_leaves_its_key_free(stack: StackInfo, site: RemoteCKAN) -> None:
    unit, key = unit_of(stack, NODE), uuid.uuid4().hex
    with pytest.raises(ValidationError):
        site.action.package_create(owner_org=unit, nonsense="x", idempotency_key=key)
    made = site.action.package_create(**entry_for(unit), idempotency_key=key)
    assert made["state"] == "draft"


def test_keys_expire_and_belong_to_one_account(stack: StackInfo, site: RemoteCKAN) -> None:
    entry, key = entry_for(unit_of(stack, NODE)), uuid.uuid4().hex
    first = site.action.package_create(**entry, idempotency_key=key)
    with pytest.raises(NotAuthorized):
        client(stack, NODE).action.package_create(**entry, idempotency_key=key)
    sql(
        stack,
        NODE,
        "UPDATE fjgov_call SET called_at = called_at - interval '25 hours' WHERE key = %s",
        key,
    )
    other = entry_for(entry["owner_org"])
    second = site.action.package_create(**other, idempotency_key=key)
    assert second["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 201, 7])
def test_a_key_is_a_text_of_some_length(stack: StackInfo, site: RemoteCKAN, key: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        site.action.package_create(**entry_for(unit_of(stack, NODE)), idempotency_key=key)
    assert "idempotency_key" in refused.value.error_dict


def test_a_batch_takes_its_key_from_the_header(stack: StackInfo) -> None:
    headers = {
        "Authorization": stack.credentials[NODE]["registrar"]["token"],
        "Idempotency-Key": uuid.uuid4().hex,
    }
    address = f"{stack.urls[NODE]}/api/3/action/fjgov_entry_register"
    body = {"entries": [entry_for(unit_of(stack, NODE))]}
    first, second = (httpx.post(address, json=body, headers=headers, timeout=60) for _ in range(2))
    assert first.json()["result"] == second.json()["result"]
    assert registered(stack, body["entries"][0]["title"]) == 1
    both = {**body, "idempotency_key": "another"}
    refused = httpx.post(address, json=both, headers=headers, timeout=60)
    assert refused.status_code == 409
    assert "idempotency_key" in refused.json()["error"]


def test_links_lead_through_all_pages(stack: StackInfo) -> None:
    address = f"{stack.urls[NODE]}/api/3/action/package_search?rows=7&q=&sort=name+asc"
    names: list[str] = []
    while address:
        answer = httpx.get(address, timeout=60)
        result = answer.json()["result"]
        names += [one["name"] for one in result["results"]]
        address = answer.links.get("next", {}).get("url", "")
    assert len(names) == len(set(names)) == result["count"]
    assert result["count"] > 14


def test_every_answer_tells_the_rate(stack: StackInfo) -> None:
    answer = httpx.get(f"{stack.urls[NODE]}/api/3/action/package_list?limit=1", timeout=60)
    most, left = (int(answer.headers[f"RateLimit-{name}"]) for name in ("Limit", "Remaining"))
    assert 0 <= left < most
    assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
    page = httpx.get(f"{stack.urls[NODE]}/dataset/", timeout=60)
    assert "RateLimit-Limit" not in page.headers


def asked(stack: StackInfo, who: str, times: int) -> None:
    """Let the counter say that somebody asked so many times in this minute and the next."""
    lines = stack.inis[NODE].read_text(encoding="utf-8").splitlines()
    [line] = [one for one in lines if one.startswith("ckan.redis.url")]
    minute = int(time.time()) // 60
    hidden = hashlib.sha256(f"api:{who}".encode()).hexdigest()[:32]
    with Redis.from_url(line.partition("=")[2].strip()) as redis:
        for number in (minute, minute + 1):
            redis.set(f"fjgov:fjgov-{NODE}:pace:{hidden}:{number}", times, ex=120)


@contextmanager
def calling_from(stack: StackInfo, address: str) -> Iterator[httpx.Client]:
    """Give a client at an address of its own."""
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=stack.urls[NODE], transport=transport, timeout=60) as found:
        yield found


def test_who_asks_too_often_waits(stack: StackInfo) -> None:
    action = "/api/3/action/package_list?limit=1"
    with calling_from(stack, "127.0.0.77") as caller:
        asked(stack, "127.0.0.77", int(caller.get(action).headers["RateLimit-Limit"]))
        refused = caller.get(action)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Remaining"] == "0"
        error = refused.json()["error"]
        assert error["__type"] == "Rate Limit Error"
        assert " / " in error["message"]
        told = caller.get("/fjgov/openapi.json", headers={"Accept": "application/json"})
        assert (told.status_code, told.json()["error"]) == (429, 429)
        # Pages elsewhere go on, what nodes sign is not counted, and an account is counted apart.
        assert caller.get("/dataset/").status_code == 200
        feed = caller.get("/fjgov/changes.ndjson", headers={"X-Fjgov-Request": "none"})
        assert feed.status_code in (401, 403)
        token = {"Authorization": stack.credentials[NODE]["registrar"]["token"]}
        assert caller.get(action, headers=token).status_code == 200


def test_an_account_is_counted_wherever_it_asks_from(stack: StackInfo) -> None:
    token = {"Authorization": new_account(stack, NODE).apikey}
    action = "/api/3/action/package_list?limit=1"
    [row] = sql(stack, NODE, 'SELECT id FROM "user" ORDER BY created DESC LIMIT 1')
    with calling_from(stack, "127.0.0.78") as caller:
        most = int(caller.get(action, headers=token).headers["RateLimit-Limit"])
        asked(stack, str(row[0]), most)
        assert caller.get(action, headers=token).status_code == 429
        assert caller.get(action).status_code == 200
    with calling_from(stack, "127.0.0.79") as elsewhere:
        assert elsewhere.get(action, headers=token).status_code == 429


def test_who_listens_is_told_once_and_of_no_trial(stack: StackInfo) -> None:
    ini = stack.inis[NODE]
    lines = ini.read_text(encoding="utf-8").splitlines()
    [place] = [n for n, line in enumerate(lines) if line.startswith("ckan.plugins")]
    lines[place] = lines[place].replace("=", "= activity", 1)
    other = ini.with_name("told.ini")
    entry = entry_for(unit_of(stack, NODE))
    keyed = {**entry, "idempotency_key": uuid.uuid4().hex}
    changed = {**entry, "notes": "改过的摘要，内容在十个字以上。"}
    token = stack.credentials[NODE]["registrar"]["token"]
    calls = [
        ["package_create", {**entry, "dry_run": True}, token],
        ["package_create", keyed, token],
        ["package_create", keyed, token],
        ["package_patch", {**changed, "id": "$", "dry_run": True}, token],
        ["package_patch", {**changed, "id": "$"}, token],
    ]
    other.write_text("\n".join(lines), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, str(WORKER), str(other)],
            input=json.dumps(calls),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=REPOSITORY,
        )
    finally:
        other.unlink()
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert [one["status"] for one in found] == [200] * 5, found
    assert [one["noted"] for one in found] == [0, 1, 1, 1, 2]
    assert found[1]["body"]["result"] == found[2]["body"]["result"]
