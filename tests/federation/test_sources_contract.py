"""What holds for every kind of foreign source, shown on a local server of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckanapi.errors import ValidationError

from tests.federation.foreign_sites import UNIT, ForeignSite, row, running_site
from tests.federation.syncing import Outcome, Syncer, command
from tests.integration.api import client, sql
from tests.integration.stack_env import StackInfo

KINDS = ("ckan", "dcat", "gbxml", "listing")
GOOD = 9


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, stack: StackInfo) -> Iterator[ForeignSite]:
    """A registered source of one kind; nothing of it is left behind."""
    with running_site(request.param) as found:
        found.rows = good_rows()
        action(stack).fjgov_source_add(definition=found.definition())
        try:
            yield found
        finally:
            forget(stack, found.code)


@pytest.fixture(autouse=True)
def settled(site: ForeignSite, syncer: Syncer) -> None:
    """Every test begins with nine listed records and nothing held."""
    site.fault, site.rows = "", good_rows()
    outcome = syncer.sync(site.code, forced=True)
    assert outcome.state == "verified", outcome.report


@pytest.fixture(scope="module", autouse=True)
def left_in_order() -> None:
    """The cities of the stack are not touched here."""


def good_rows() -> list[dict[str, str]]:
    return [row(number) for number in range(1, GOOD + 1)]


def action(stack: StackInfo) -> Any:
    return client(stack, "province", "sysadmin").action


def forget(stack: StackInfo, code: str) -> None:
    """Take a source with everything it brought out of the province's tables."""
    prefix = sql(stack, "province", "SELECT prefixes ->> 0 FROM fjgov_node WHERE code = %s", code)
    packages = "SELECT id FROM package WHERE extras ->> 'home_node' = %s"
    for table in ("resource", "package_tag", "fjgov_title", "fjgov_finding"):
        sql(stack, "province", f"DELETE FROM {table} WHERE package_id IN ({packages})", code)
    sql(stack, "province", f"DELETE FROM member WHERE table_id IN ({packages})", code)
    sql(
        stack,
        "province",
        f"INSERT INTO fjgov_index_outbox (package_id) {packages}",
        code,
    )
    sql(stack, "province", "DELETE FROM package WHERE extras ->> 'home_node' = %s", code)
    sql(stack, "province", "DELETE FROM \"group\" WHERE extras ->> 'home_node' = %s", code)
    for table in ("fjgov_source_record", "fjgov_source_binding", "fjgov_source_staged"):
        sql(stack, "province", f"DELETE FROM {table} WHERE source = %s", code)
    for table in ("fjgov_held", "fjgov_review", "fjgov_sync_run", "fjgov_source"):
        sql(stack, "province", f"DELETE FROM {table} WHERE node = %s", code)
    sql(stack, "province", "DELETE FROM fjgov_node WHERE code = %s", code)
    if prefix:
        like = f"{prefix[0][0]}/%"
        sql(stack, "province", "DELETE FROM fjgov_identifier WHERE identifier LIKE %s", like)


def listed(stack: StackInfo, site: ForeignSite) -> dict[str, str]:
    """Give title -> identifier of what the province lists of a source."""
    found = sql(
        stack,
        "province",
        "SELECT title, extras ->> 'identifier' FROM package WHERE type = 'dataset'"
        " AND state = 'active' AND extras ->> 'home_node' = %s",
        site.code,
    )
    return dict(found)


def rules(outcome: Outcome, kind: str) -> list[list[str]]:
    """Give the rules of every record with an outcome."""
    return sorted(
        [why["rule"] for why in note["reasons"]]
        for note in outcome.report["notes"]
        if note["outcome"] == kind
    )


def test_records_are_listed_under_bound_identifiers(
    site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    before = listed(stack, site)
    assert set(before) == {one["title"] for one in good_rows()}
    again = syncer.sync(site.code)
    assert (again.state, again.counts) == ("verified", {})

    site.rows[2]["notes"] = "摘要已由来源更正，内容与从前不同。"
    site.rows.append(row(77))
    outcome = syncer.sync(site.code)
    assert (outcome.state, outcome.counts) == ("verified", {"changed": 1, "added": 1})

    del site.rows[0]
    outcome = syncer.sync(site.code)
    assert (outcome.state, outcome.counts) == ("verified", {"withdrawn": 1})

    # A record that comes back has the identifier it had: bound to (source, remote id) for ever.
    site.rows.insert(0, row(1))
    outcome = syncer.sync(site.code)
    assert (outcome.state, outcome.counts["added"]) == ("verified", 1)
    after = listed(stack, site)
    assert {title: after[title] for title in before} == before


def test_what_may_not_be_listed_is_counted_with_its_reasons(
    site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    site.rows += [
        row(20, theme=""),
        row(21, theme="ZZZ99"),
        row(22, title=""),
        row(23, unit=""),
        row(24, title=good_rows()[0]["title"]),
    ]
    if site.kind != "ckan":
        site.rows += [row(25, id="r-00002")]
    outcome = syncer.sync(site.code)
    assert outcome.state == "verified"
    refused = [["unit"]] if site.kind == "ckan" else [["duplicate"], ["unit"]]
    assert rules(outcome, "refused") == refused
    unmapped = ["C1"] if site.kind == "gbxml" else ["IM03"]
    assert rules(outcome, "incomplete") == sorted([["C0"], unmapped, ["R1"], ["R2"]])
    assert set(listed(stack, site)) == {one["title"] for one in good_rows()}
    shown = action(stack).fjgov_source_show(code=site.code)
    assert (shown["listed"], shown["incomplete"], shown["refused"]) == (GOOD, 4, len(refused))

    # What is corrected there is taken here.
    site.rows = [*good_rows(), row(20), row(21), row(22), row(23)]
    outcome = syncer.sync(site.code)
    assert (outcome.state, outcome.counts["added"]) == ("verified", 4)


@pytest.mark.parametrize("fault", ["html", "error", "truncated", "broken"])
def test_a_source_that_fails_loses_nothing(
    fault: str, site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    site.fault, site.rows = fault, good_rows()[:-1]
    outcome = syncer.sync(site.code)
    assert (outcome.state, outcome.counts) == ("failed", {})
    assert len(listed(stack, site)) == GOOD
    reading = action(stack).fjgov_source_show(code=site.code)["reading"]
    assert reading["complete"] is False
    assert reading["zh"]
    assert reading["en"]


def test_an_emptied_source_waits_for_a_person(
    site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    site.rows = []
    outcome = syncer.sync(site.code)
    if site.kind == "gbxml":
        # A directory without files cannot be told from a login page.
        assert outcome.state == "failed"
        assert len(listed(stack, site)) == GOOD
        return
    assert outcome.state == "stopped"
    assert len(listed(stack, site)) == GOOD
    outcome = syncer.sync(site.code, forced=True)
    assert outcome.state == "verified"
    assert listed(stack, site) == {}


def test_a_field_that_nobody_named_is_reported(
    site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    site.rows[0]["extra"] = "7"
    outcome = syncer.sync(site.code)
    assert outcome.state == "verified"
    reading = action(stack).fjgov_source_show(code=site.code)["reading"]
    [(name, number)] = reading["unmapped"].items()
    assert number == 1
    assert (
        name
        == {
            "ckan": "extras.budget",
            "dcat": "dct:rights",
            "gbxml": "{urn:cn:gbt:21063.3:2007}budget",
            "listing": "预算",
        }[site.kind]
    )
    preview = action(stack).fjgov_source_preview(code=site.code)
    assert preview["fields"]["unmapped"] == {name: 1}
    assert preview["rows"][0]["unmapped"] == [name]
    with pytest.raises(ValidationError) as refused:
        action(stack).fjgov_source_add(definition=site.definition())
    assert name in str(refused.value.error_dict["fields"])


def test_preview_and_dry_run_store_nothing(site: ForeignSite, stack: StackInfo) -> None:
    site.rows = [row(number) for number in range(1, 31)]
    site.rows[3]["title"] = "示例学校名录 改"
    site.rows[4]["theme"] = ""
    preview = action(stack).fjgov_source_preview(definition=site.definition())
    assert (preview["records"], len(preview["rows"])) == (20, 20)
    assert preview["counts"] == {"listed": 19, "incomplete": 1, "refused": 0}
    assert preview["rows"][0]["unit"] == UNIT
    checked = action(stack).fjgov_source_check(code=site.code)
    assert checked["counts"] == {"listed": 29, "incomplete": 1, "refused": 0}
    assert checked["changes"] == {"new": 21, "changed": 2, "unchanged": 7, "gone": 0}
    assert len(listed(stack, site)) == GOOD


def test_without_consent_a_source_is_not_read(
    site: ForeignSite, stack: StackInfo, syncer: Syncer
) -> None:
    for until, begin in (("2025-12-31", "2025-01-01"), ("2099-12-31", "2099-01-01")):
        text = site.definition(consent__until=until, consent__from=begin)
        with pytest.raises(ValidationError) as refused:
            action(stack).fjgov_source_add(definition=text)
        assert "consent" in refused.value.error_dict
    sql(
        stack,
        "province",
        "UPDATE fjgov_source SET consent_until = '2025-12-31', consent_from = '2025-01-01'"
        " WHERE node = %s",
        site.code,
    )
    asked = site.requests
    outcome = syncer.sync(site.code)
    assert outcome.state == "failed"
    assert "2025-12-31" in outcome.report["zh"]
    assert site.requests == asked
    assert action(stack).fjgov_source_show(code=site.code)["state"] == "expired"

    action(stack).fjgov_source_end(code=site.code, reason="试验终止")
    shown = action(stack).fjgov_source_show(code=site.code)
    assert (shown["state"], shown["end_reason"]) == ("ended", "试验终止")
    assert syncer.sync(site.code).state == "failed"
    assert len(listed(stack, site)) == GOOD
    # A new consent begins where the old one ended.
    action(stack).fjgov_source_add(definition=site.definition())
    assert action(stack).fjgov_source_show(code=site.code)["state"] == "active"


def test_only_a_technician_may_try_or_change_a_source(site: ForeignSite, stack: StackInfo) -> None:
    from ckanapi.errors import NotAuthorized

    operator = client(stack, "province", "platform_operator").action
    [seen] = [one for one in operator.fjgov_source_list() if one["code"] == site.code]
    assert (seen["state"], "definition" in seen) == ("active", False)
    for name in ("preview", "check", "add"):
        with pytest.raises(NotAuthorized):
            getattr(operator, f"fjgov_source_{name}")(definition=site.definition())
    with pytest.raises(NotAuthorized):
        operator.fjgov_source_end(code=site.code, reason="x")


def test_the_commands_say_the_same(site: ForeignSite, stack: StackInfo, tmp_path: Any) -> None:
    if site.kind != "listing":
        pytest.skip("one kind is enough for the commands")
    file = tmp_path / "source.yaml"
    file.write_text(site.definition(), encoding="utf-8")
    for words, expected in (
        (("preview", str(file)), "未处理 / unmapped: -"),
        (("dry-run", site.code), "unchanged=9"),
        (("add", str(file)), "已接入 350600"),
        (("list",), "350600"),
    ):
        done = command(stack, "source", *words)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
    file.write_text(site.definition(consent__until="2025-12-31"), encoding="utf-8")
    done = command(stack, "source", "add", str(file))
    assert done.returncode == 2
    assert "到期" in done.stderr
