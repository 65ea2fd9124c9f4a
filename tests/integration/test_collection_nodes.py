"""The 采集目录 between nodes: decided items go down as a signed feed and are compared there."""

from __future__ import annotations

import json
from typing import Any

import requests
from ckanapi import RemoteCKAN

from ckanext.fjgov.core.federation.keys import SigningKey, read_key_file
from ckanext.fjgov.core.federation.signature import REQUEST_HEADER, sign_request
from ckanext.fjgov.harvesters.node import new_nonce, utc_now
from tests.integration.api import client, outcome, sql, unit_of
from tests.integration.collecting import (
    PROVINCE,
    command,
    confirmed,
    findings,
    other_registrar,
    overall,
    pull,
    register,
    unique_item,
)
from tests.integration.stack_env import StackInfo

CITIES = ("fuzhou", "xiamen")
FEED = "/fjgov/collection.ndjson"


def decided(stack: StackInfo, node: str) -> dict[Any, Any]:
    """Give what a node knows of each decided item, without what differs by node alone."""
    return overall(stack, node)


def test_every_city_has_what_the_province_has(stack: StackInfo) -> None:
    confirmed(stack, [unique_item(), unique_item()])
    for node in CITIES:
        done = pull(stack, node)
        assert (done["state"], done["copy"]["error_zh"]) == ("pulled", "")
        assert (done["copy"]["age_hours"], done["copy"]["is_too_old"]) == (0, False)
        assert decided(stack, node) == decided(stack, PROVINCE)
        assert pull(stack, node)["state"] == "unchanged"


def test_what_leaves_the_catalog_leaves_the_copies(stack: StackInfo) -> None:
    name = unique_item()
    record = confirmed(stack, [name])
    pull(stack, "fuzhou")
    assert name in {row["name"] for row in decided(stack, "fuzhou").values()}
    client(stack, PROVINCE, "registrar").action.package_delete(id=record["id"])
    pull(stack, "fuzhou")
    assert name not in {row["name"] for row in decided(stack, "fuzhou").values()}


def test_an_item_of_the_province_is_told_at_a_city(stack: StackInfo, registrar: RemoteCKAN) -> None:
    name = unique_item()
    held = confirmed(stack, [name], territory=["350000"])
    pull(stack, "fuzhou")
    record = register(stack, "fuzhou", [name])
    [told] = findings(record, "X5")
    for words in (name, "匹配度 0.92", "350000", held["identifier"], "本地副本已有 0 小时"):
        assert words in told
    shown = registrar.action.fjgov_collection_show(id=record["id"])
    [[match]] = [one["matches"] for one in shown["items"][0]["outcomes"]]
    assert match["apply"] == (f"{stack.urls[PROVINCE]}/directory/collection_item/{held['name']}")
    assert match["unit_name"]


def test_an_old_copy_makes_the_match_pending(stack: StackInfo, registrar: RemoteCKAN) -> None:
    name = unique_item()
    confirmed(stack, [name])
    pull(stack, "fuzhou")
    sql(
        stack,
        "fuzhou",
        "UPDATE fjgov_collection_head SET verified_at = now() - interval '100 hours'",
    )
    record = register(stack, "fuzhou", [name])
    assert findings(record, "X5") == []
    whole, told = findings(record, "X6")
    assert "100 小时未更新" in whole
    assert f"待核：重复采集提示：“{name}”" in told
    # Looked at again, with a recent copy.
    pull(stack, "fuzhou")
    shown = registrar.action.fjgov_collection_show(id=record["id"])
    assert [one["kind"] for one in shown["items"][0]["outcomes"]] == ["duplicate"]


def test_a_damaged_copy_is_found_and_made_anew(stack: StackInfo) -> None:
    confirmed(stack, [unique_item()])
    pull(stack, "xiamen")
    sql(
        stack,
        "xiamen",
        "DELETE FROM fjgov_collection_item WHERE (node, item_id) IN"
        " (SELECT node, item_id FROM fjgov_collection_item WHERE op = 'put' LIMIT 1)",
    )
    done = pull(stack, "xiamen")
    assert done["state"] == "recovered"
    assert decided(stack, "xiamen") == decided(stack, PROVINCE)


def test_a_copy_of_another_epoch_is_made_anew(stack: StackInfo) -> None:
    confirmed(stack, [unique_item()])
    pull(stack, "xiamen")
    sql(stack, "xiamen", "UPDATE fjgov_collection_head SET epoch = 'another'")
    assert pull(stack, "xiamen")["state"] == "recovered"
    assert pull(stack, "xiamen", full=True)["state"] == "recovered"
    assert decided(stack, "xiamen") == decided(stack, PROVINCE)


class TestFeed:
    def ask(
        self, stack: StackInfo, query: str = "?since=0&limit=500", **change: Any
    ) -> requests.Response:
        key: SigningKey = read_key_file(stack.base / "fuzhou" / "node_key.pem")
        values: dict[str, Any] = {
            "sender": "350100",
            "audience": "350000",
            "method": "GET",
            "path_query": FEED + query,
            "body": b"",
            "now": utc_now(),
            "nonce": new_nonce(),
        }
        token = sign_request(key, **(values | change))
        return requests.get(
            stack.urls[PROVINCE] + FEED + query, headers={REQUEST_HEADER: token}, timeout=30
        )

    def test_it_is_signed_and_holds_decided_items_alone(self, stack: StackInfo) -> None:
        confirmed(stack, [unique_item()])
        answer = self.ask(stack)
        assert answer.status_code == 200
        first, *rows, last = [json.loads(line) for line in answer.text.splitlines()]
        assert first["feed"] == "fjgov-changes/1"
        assert {row["type"] for row in rows} == {"collection"}
        assert last["signature"]
        states = {row["record"]["item"]["state"] for row in rows if row["op"] == "put"}
        assert states <= {"confirmed", "adjusted", "ended"}

    def test_who_signs_not_or_wrongly_gets_nothing(self, stack: StackInfo) -> None:
        url = stack.urls[PROVINCE] + FEED
        assert requests.get(url, timeout=30).status_code == 401
        assert self.ask(stack, path_query="/fjgov/changes.ndjson").status_code == 403
        assert self.ask(stack, sender="350200").status_code == 403
        assert self.ask(stack, audience="350200").status_code == 403

    def test_a_cursor_that_never_was_is_void(self, stack: StackInfo) -> None:
        assert self.ask(stack, "?since=999999999&limit=5").status_code == 409
        assert self.ask(stack, "?since=0&limit=5&epoch=other").status_code == 409
        assert self.ask(stack, "?since=x&limit=5").status_code == 400


def test_a_city_decides_nothing(stack: StackInfo, registrar: RemoteCKAN) -> None:
    record = register(stack, "fuzhou", [unique_item()])
    case = registrar.action.fjgov_collection_report(id=record["id"])
    assert case["state"] == "reported"
    office = client(stack, "fuzhou", "digital_office")
    told = outcome(office, "fjgov_case_decide", number=case["number"], event="confirm")
    assert told == "NotAuthorized"
    assert outcome(office, "fjgov_collection_waiting_list") == "NotAuthorized"
    shown = registrar.action.fjgov_case_show(number=case["number"])
    province = next(party for party in shown["parties"] if party["role"] == "province_office")
    assert province["node"] == "350000"
    [delivery] = shown["deliveries"]
    assert delivery["received"] is None


def test_a_parent_that_cannot_be_read_is_told_and_the_copy_stays(stack: StackInfo) -> None:
    confirmed(stack, [unique_item()])
    pull(stack, "xiamen")
    before = decided(stack, "xiamen")
    sql(
        stack,
        "xiamen",
        "UPDATE fjgov_node SET address = 'http://127.0.0.1:9' WHERE code = '350000'",
    )
    try:
        failed = command(stack, "xiamen", "pull")
        assert failed.returncode == 2
        assert "无法取得已确认采集项" in failed.stderr
        site = client(stack, "xiamen", "staff")
        assert site.action.fjgov_collection_list(limit=1)["copy"]["error_zh"]
        assert decided(stack, "xiamen") == before
    finally:
        sql(
            stack,
            "xiamen",
            "UPDATE fjgov_node SET address = %s WHERE code = '350000'",
            stack.urls[PROVINCE],
        )
    done = command(stack, "xiamen", "pull", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1])["copy"]["error_zh"] == ""


def test_units_of_a_city_are_compared_with_each_other(stack: StackInfo) -> None:
    unit, site = other_registrar(stack, "fuzhou")
    assert unit != unit_of(stack, "fuzhou")
    assert findings(register(stack, "fuzhou", [unique_item()], site=site, owner_org=unit)) == []
