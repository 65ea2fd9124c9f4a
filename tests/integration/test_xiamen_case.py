"""One case from the search to the end of a grant, on one node, by the API (Art. 22 to 30)."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from ckanapi import RemoteCKAN

from tests.integration.api import eventually
from tests.integration.operating_cases import age_clock, tick
from tests.integration.processing_cases import ended, order
from tests.integration.sharing_cases import shown, step, uses_of
from tests.integration.stack_env import StackInfo
from tests.integration.xiamen_case import (
    ESTATE,
    FUND,
    KEPT,
    NODE,
    Case,
    begin,
    grown,
    items_of,
    terms,
)


@pytest.fixture(scope="module")
def case(stack: StackInfo) -> Case:
    return begin(stack)


@pytest.fixture(scope="module")
def numbers(case: Case) -> dict[str, str]:
    """Apply for all of both, be narrowed by the own administrator; numbers by title."""
    targets = [{"kind": "entry", "id": entry["id"]} for entry in case.entries.values()]
    made = case.asking.action.fjgov_application_create(terms=terms(targets))["results"]
    assert len(made) == 2
    found = {}
    for row in made:
        number = row["number"]
        case.asking.action.fjgov_application_submit(number=number)
        [asked] = shown(case.manager, number)["terms"]["targets"]
        narrowed = {
            "kind": "entry",
            "id": asked["id"],
            "items": items_of(case.entries[asked["title"]], *KEPT[asked["title"]]),
        }
        if asked["title"] == ESTATE:
            [area] = items_of(case.entries[ESTATE], "建筑面积")
            narrowed["filter"] = [{"item": area, "op": "le", "value": "90"}]
        settled = {**terms([narrowed]), "until": shown(case.manager, number)["terms"]["until"]}
        step(case.manager, number, "approve", payload={"terms": settled})
        found[asked["title"]] = number
    return found


@pytest.fixture(scope="module")
def grants(stack: StackInfo, case: Case, numbers: Mapping[str, str]) -> dict[str, str]:
    """Let the time to object pass, configure; numbers of the grants by title."""
    for title, number in numbers.items():
        seen = shown(case.providers[title], number)
        received = {row["role"] for row in seen["deliveries"] if row["received"]}
        assert received == {"provider", "operator", "applicant_office"}
        assert {row["role"] for row in seen["deliveries"]} - received == {"province_office"}
        age_clock(stack, NODE, number)
    tick(stack, NODE)
    for number in numbers.values():
        assert shown(case.operator, number)["timeline"][-1]["event"] == "objection_lapsed"
        step(case.operator, number, "configure")
    rows = case.asking.action.fjgov_grant_list(side="holder", limit=200)["results"]
    found = {row["application"]: row["number"] for row in rows}
    return {title: found[number] for title, number in numbers.items()}


def ask(
    stack: StackInfo, case: Case, title: str, tail: str, site: RemoteCKAN | None = None
) -> requests.Response:
    resource = resource_of(case, title)
    return requests.get(
        f"{stack.urls[NODE]}/share/{resource}/{tail}",
        headers={"Authorization": (site or case.asking).apikey, "Accept": "application/json"},
        timeout=60,
    )


def resource_of(case: Case, title: str) -> str:
    """Give the resource whose table is mounted."""
    found = case.operator.action.fjgov_mount_list(id=case.entries[title]["id"])
    return str(next(row["resource"] for row in found["results"] if row["table"]))


@pytest.mark.usefixtures("grants")
def test_a_query_gives_the_granted_columns_and_rows_only(stack: StackInfo, case: Case) -> None:
    answer = ask(stack, case, ESTATE, "rows?limit=1000").json()
    assert {one["title"] for one in answer["fields"]} == set(KEPT[ESTATE])
    area = next(one["name"] for one in answer["fields"] if one["title"] == "建筑面积")
    assert 0 < answer["total"] == len(answer["rows"]) < 40
    assert all(float(row[area]) <= 90 for row in answer["rows"])
    assert ask(stack, case, ESTATE, "rows?fields=location").status_code == 403


@pytest.mark.usefixtures("grants")
def test_a_download_has_its_checksum(stack: StackInfo, case: Case) -> None:
    answer = ask(stack, case, ESTATE, "table.csv")
    assert answer.headers["X-Fjgov-SHA256"] == hashlib.sha256(answer.content).hexdigest()
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows[0]) == len(KEPT[ESTATE])


def test_both_are_compared_by_the_number_of_the_person(
    stack: StackInfo, case: Case, grants: Mapping[str, str]
) -> None:
    keys = [items_of(case.entries[title], KEPT[title][0])[0] for title in (ESTATE, FUND)]
    inputs = [
        {
            "resource": resource_of(case, title),
            "grant": grants[title],
            "items": items_of(case.entries[title], *KEPT[title]),
        }
        for title in (ESTATE, FUND)
    ]
    number = order(case.asking, inputs, {"do": "compare", "keys": [keys], "items": []})
    job = ended(case.asking, number)
    assert job["state"] == "done", job
    address = f"{stack.urls[NODE]}/share/jobs/{number}/rows"
    headers = {"Authorization": case.asking.apikey}
    answer = requests.get(address, headers=headers, timeout=60).json()
    assert answer["total"] > 0
    assert "坐落" not in str(answer["columns"])


def take_back_while_it_is_sent(stack: StackInfo, case: Case, grant: str) -> None:
    """Let the provider take the grant back when the first bytes of a long table have come."""
    resource = resource_of(case, ESTATE)
    address = f"{stack.urls[NODE]}/share/{resource}/table.csv?grant={grant}"
    headers = {"Authorization": case.asking.apikey, "Accept": "application/json"}
    with (
        grown(stack, resource, 30_000),
        requests.get(address, headers=headers, stream=True, timeout=120) as answer,
    ):
        assert answer.status_code == 200, answer.text
        # More than the machine keeps in its buffers on the way.
        assert int(answer.headers["Content-Length"]) > 12_000_000
        pieces = answer.iter_content(4096)
        assert next(pieces)
        step(case.providers[ESTATE], grant, "revoke", reason="示例理由：使用目的已完成")
        time.sleep(1.2)
        with pytest.raises(requests.exceptions.RequestException):
            list(pieces)


def test_the_provider_sees_the_uses_and_takes_the_grant_back(
    stack: StackInfo, case: Case, grants: Mapping[str, str]
) -> None:
    provider, grant = case.providers[ESTATE], grants[ESTATE]
    uses: list[dict[str, Any]] = uses_of(provider, grant=grant)
    done = [row["mode"] for row in uses if row["outcome"] == "done"]
    assert {"query", "direct", "custom"} <= set(done)
    assert uses_of(case.providers[FUND], grant=grant) == []
    take_back_while_it_is_sent(stack, case, grant)
    [running, *_rest] = eventually(
        lambda: uses_of(provider, grant=grant), lambda found: bool(found[0]["outcome"])
    )
    assert (running["mode"], running["outcome"]) == ("direct", "grant_ended")
    for tail in ("rows", "table.csv"):
        answer = ask(stack, case, ESTATE, f"{tail}?grant={grant}")
        assert (answer.status_code, "已收回" in answer.json()["zh"]) == (403, True)
    # What was made of it is not given any more, and the other grant holds.
    number = case.asking.action.fjgov_processing_list()["results"][0]["number"]
    headers = {"Authorization": case.asking.apikey, "Accept": "application/json"}
    address = f"{stack.urls[NODE]}/share/jobs/{number}/result.csv"
    # Refused, or removed already: the scheduler does that within some seconds.
    assert requests.get(address, headers=headers, timeout=60).status_code in {403, 410}
    assert ask(stack, case, FUND, "rows").status_code == 200
