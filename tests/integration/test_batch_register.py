"""Many entries in one call: who may, what becomes of each, and the same call twice."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckanapi import NotAuthorized, ValidationError

from tests.integration.api import (
    client,
    create_listed,
    entry_for,
    eventually,
    new_account,
    other_unit,
    overridden,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

NODE = "xiamen"


def entry(stack: StackInfo, **changes: Any) -> dict[str, Any]:
    values = {"state": "active"} | changes
    return entry_for(values.pop("owner_org", unit_of(stack, NODE)), **values)


def register(stack: StackInfo, *entries: Any, role: str = "registrar", **more: Any) -> Any:
    return client(stack, NODE, role).action.fjgov_entry_register(entries=list(entries), **more)


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


def rules(answer: dict[str, Any]) -> list[list[str]]:
    """Give the rules that refused each entry."""
    return [
        [found["rule"] for found in result["findings"] if found["severity"] == "error"]
        for result in answer["results"]
    ]


def test_each_entry_stands_alone_and_is_found(stack: StackInfo) -> None:
    twin = unique_title()
    address = "https://data.internal.example/a.csv"
    answer = register(
        stack,
        entry(stack, title=twin, resources=[{"name": "明细", "mode": "query", "url": address}]),
        entry(stack, notes=None),
        entry(stack, title=twin),
        entry(stack, state="draft"),
        entry(stack, no_such_field="1"),
        "no entry",
        entry(stack, owner_org="no-such-unit"),
        entry(stack, version="1.0"),
    )
    assert statuses(answer) == [
        "created", "refused", "refused", "created", "refused", "refused", "refused", "created",
    ]  # fmt: skip
    assert rules(answer)[1:3] == [["R1"], ["R2"]]
    assert [found[:1] for found in rules(answer)[4:6]] == [["F1"], ["F1"]]
    rest = {"updated": 0, "revised": 0, "unchanged": 0}
    assert answer["totals"] == {"created": 3, **rest, "refused": 5}
    assert [result["position"] for result in answer["results"]] == list(range(8))
    first, draft, last = (answer["results"][place] for place in (0, 3, 7))
    site = client(stack, NODE, "registrar")
    shown = site.action.package_show(id=first["id"])
    assert (shown["identifier"], shown["state"]) == (first["identifier"], "active")
    [resource] = shown["resources"]
    assert resource["url"] == f"{stack.urls[NODE]}/share/{resource['id']}"
    [[kept]] = sql(
        stack, NODE, "SELECT address FROM fjgov_address WHERE record_id = %s", resource["id"]
    )
    assert kept == address
    assert site.action.package_show(id=draft["id"])["state"] == "draft"
    assert site.action.package_show(id=last["id"])["version"] == "1.0"
    public = client(stack, NODE, "staff")
    found = eventually(lambda: public.action.package_search(fq=f"id:{first['id']}")["count"])
    assert found == 1


def test_a_dry_run_foretells_and_writes_nothing(stack: StackInfo) -> None:
    known = create_listed(stack, NODE)
    twin = unique_title()
    entries = [
        entry(stack, title=twin),
        entry(stack, title=twin),
        entry(stack, version="2.0"),
        entry(stack, version="2.0", notes=None),
        {**entry(stack, title=known["title"], notes="换了一种说法的摘要，比原来的更短一些。"),
         "id": known["id"]},
        {"id": known["id"], "title": known["title"], "owner_org": known["owner_org"]},
    ]  # fmt: skip
    counters = "SELECT kind, prefix, last FROM fjgov_counter ORDER BY 1, 2"
    before = sql(stack, NODE, counters), sql(stack, NODE, "SELECT count(*) FROM package")
    answer = register(stack, *entries, dry_run=True)
    after = sql(stack, NODE, counters), sql(stack, NODE, "SELECT count(*) FROM package")
    assert after == before
    assert statuses(answer) == ["created", "refused", "created", "refused", "updated", "refused"]
    assert rules(answer)[1] == ["R2"]
    assert rules(answer)[3] == ["R1"]
    assert {result["id"] for result in answer["results"]} == {"", known["id"]}
    assert register(stack, *entries)["totals"] == answer["totals"]


def test_entries_are_replaced_by_id_or_identifier(stack: StackInfo) -> None:
    site = client(stack, NODE, "registrar")
    one, two = create_listed(stack, NODE), create_listed(stack, NODE)
    three = create_listed(stack, NODE)
    shown = site.action.package_show(id=three["id"])
    answer = register(
        stack,
        {**entry(stack, title=one["title"], frequency="1"), "identifier": one["identifier"]},
        {**entry(stack, title=two["title"], tag_string="新词"), "id": two["id"]},
        shown,
        {**entry(stack), "identifier": "99999/000001"},
        {**entry(stack), "id": one["id"], "identifier": two["identifier"]},
        {**shown, "state": "draft"},
    )
    assert statuses(answer) == [
        "updated", "updated", "unchanged", "refused", "refused", "updated",
    ]  # fmt: skip
    assert rules(answer)[3:5] == [["BR02"], ["BR02"]]
    assert site.action.package_show(id=one["id"])["frequency"] == "1"
    tags = [tag["name"] for tag in site.action.package_show(id=two["id"])["tags"]]
    assert tags == ["新词"]
    after = site.action.package_show(id=three["id"])
    assert (after["state"], after["items"]) == ("draft", shown["items"])


def test_a_title_that_is_given_up_may_be_taken(stack: StackInfo) -> None:
    one = create_listed(stack, NODE)
    fresh = unique_title()
    answer = register(
        stack,
        {**entry(stack, title=fresh), "id": one["id"]},
        entry(stack, title=one["title"]),
        entry(stack, title=fresh),
    )
    assert statuses(answer) == ["updated", "created", "refused"]


def test_rights_hold_for_each_unit(stack: StackInfo) -> None:
    foreign = other_unit(stack, NODE)
    technician = client(stack, NODE, "sysadmin")
    theirs = technician.action.package_create(**entry(stack, owner_org=foreign))
    changed = {**entry(stack, owner_org=foreign, title=theirs["title"]), "id": theirs["id"]}
    taken = {**entry(stack, title=theirs["title"]), "id": theirs["id"]}
    answer = register(stack, entry(stack), entry(stack, owner_org=foreign), changed, taken)
    assert statuses(answer) == ["created", "refused", "refused", "refused"]
    assert rules(answer)[1:] == [["BR01"]] * 3
    assert (
        technician.action.package_show(id=theirs["id"])["metadata_modified"]
        == (theirs["metadata_modified"])
    )
    dry = register(stack, entry(stack, owner_org=foreign), changed, taken, dry_run=True)
    assert statuses(dry) == ["refused"] * 3
    for role in ("anonymous", "staff", "platform_operator"):
        with pytest.raises(NotAuthorized):
            register(stack, entry(stack), role=role)
    ended = new_account(stack, NODE, unit_of(stack, NODE), ended=True)
    with pytest.raises(NotAuthorized):
        ended.action.fjgov_entry_register(entries=[entry(stack)])


def test_a_secrecy_mark_is_refused_and_logged_without_its_content(stack: StackInfo) -> None:
    count = "SELECT count(*) FROM fjgov_audit WHERE event = 'secrecy_refused'"
    [[before]] = sql(stack, NODE, count)
    marked = entry(stack, notes="本表为机密★10年，记录示例内容和示例数字。")
    assert rules(register(stack, marked)) == [["R15"]]
    assert rules(register(stack, marked, dry_run=True)) == [["R15"]]
    assert sql(stack, NODE, count) == [(before + 1,)]


HOSTILE = (
    0, 1.5, True, "x", "a\x00b", "\ud800", "长" * 5000, [], {}, [[]], [{}], [None], ["x"], {"a": 1},
    [{"name": ["x"]}], [{"id": 5}], -1, "[]", "{}",
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["title", "items", "theme", "tags", "tag_string", "owner_org", "state", "related", "resources",
     "contact", "service_info", "groups", "id", "identifier", "private", "notes"],
)  # fmt: skip
def test_odd_values_are_refused_and_the_others_go_on(stack: StackInfo, name: str) -> None:
    entries = [{**entry(stack), name: value} for value in HOSTILE]
    entries.append(entry(stack))
    dry = register(stack, *entries, dry_run=True)
    answer = register(stack, *entries, idempotency_key=uuid.uuid4().hex)
    assert statuses(answer) == statuses(dry)
    assert statuses(answer)[-1] == "created"
    assert set(statuses(answer)) <= {"created", "refused"}
    assert all(rules(answer)[place] for place, s in enumerate(statuses(answer)) if s == "refused")


def test_the_same_key_gives_the_same_answer(stack: StackInfo) -> None:
    key, entries = uuid.uuid4().hex, [entry(stack), entry(stack, notes=None), entry(stack)]
    first = register(stack, *entries, idempotency_key=key)
    assert statuses(first) == ["created", "refused", "created"]
    assert register(stack, *entries, idempotency_key=key) == first
    with pytest.raises(ValidationError) as refused:
        register(stack, *entries[:2], idempotency_key=key)
    assert "idempotency_key" in refused.value.error_dict
    # The key of another account is another key.
    other = new_account(stack, NODE, unit_of(stack, NODE))
    answer = other.action.fjgov_entry_register(entries=[entry(stack)], idempotency_key=key)
    assert statuses(answer) == ["created"]


def test_calls_with_one_key_at_once_write_once(stack: StackInfo) -> None:
    key, entries = uuid.uuid4().hex, [entry(stack) for _ in range(30)]
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(register, stack, *entries, idempotency_key=key) for _ in range(4)]
        answers = [call.result() for call in calls]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["totals"]["created"] == 30


def test_a_call_that_was_cut_off_goes_on_where_it_ended(stack: StackInfo) -> None:
    key, entries = uuid.uuid4().hex, [entry(stack) for _ in range(4)]
    first = register(stack, *entries, idempotency_key=key)
    # As if the call had ended after its second entry: what follows was never written.
    lost = [result["id"] for result in first["results"][2:]]
    for id_ in lost:
        client(stack, NODE, "sysadmin").action.dataset_purge(id=id_)
    sql(stack, NODE, "DELETE FROM fjgov_batch_result WHERE key = %s AND position > 1", key)
    again = register(stack, *entries, idempotency_key=key)
    assert again["results"][:2] == first["results"][:2]
    assert statuses(again) == ["created"] * 4
    assert not set(lost) & {result["id"] for result in again["results"]}


def test_limits_are_told_in_both_languages(stack: StackInfo) -> None:
    with overridden(stack, NODE, {"fjgov.batch.max_entries": "3", "fjgov.batch.max_bytes": "4000"}):
        for entries, said in (
            ([{}] * 4, "共 4 条，一次最多 3 条"),
            ([entry(stack)] * 3, "最多 4000 字节"),
            ([], "至少一条"),
        ):
            with pytest.raises(ValidationError) as refused:
                register(stack, *entries)
            [message] = refused.value.error_dict["entries"]
            assert said in message
            assert " / " in message
    for more in ({"idempotency_key": "x" * 201}, {"idempotency_key": ""}, {"dry_run": "maybe"}):
        with pytest.raises(ValidationError):
            register(stack, entry(stack), **more)


def test_batches_side_by_side_with_single_calls(stack: StackInfo) -> None:
    """One title for all: exactly one of many writers gets it, and nobody is left waiting."""
    titles = [unique_title() for _ in range(12)]
    owner = unit_of(stack, NODE)

    def batch(number: int) -> list[str]:
        order = titles if number % 2 else titles[::-1]
        return statuses(register(stack, *(entry(stack, title=title) for title in order)))

    def single(title: str) -> str:
        try:
            client(stack, NODE, "registrar").action.package_create(**entry(stack, title=title))
        except ValidationError:
            return "refused"
        return "created"

    with ThreadPoolExecutor(4) as pool:
        batches = [pool.submit(batch, number) for number in range(3)]
        singles = [pool.submit(single, title) for title in titles[:4]]
        written = [status for call in batches for status in call.result()]
        written += [call.result() for call in singles]
    assert written.count("created") == len(titles)
    [[held]] = sql(
        stack, NODE,
        'SELECT count(*) FROM package p JOIN "group" g ON g.id = p.owner_org'
        " WHERE p.title = ANY(%s) AND p.state = 'active' AND g.name = %s", titles, owner,
    )  # fmt: skip
    assert held == len(titles)
