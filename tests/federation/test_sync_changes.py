"""What a city changes, the province shows after one run, field by field."""

from __future__ import annotations

import time
import uuid

import pytest
from ckanapi import NotAuthorized, NotFound

from ckanext.fjgov.core.catalog.uscc import make_uscc
from tests.factories import make_entry, make_unit
from tests.federation.syncing import (
    Syncer,
    assert_province_equals,
    command,
    listed_names,
    shown,
)
from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    eventually,
    list_entry,
    open_entry,
    sql,
    unique_title,
    unit_of,
)
from tests.integration.stack_env import StackInfo

RESTRICTED = {
    name: make_entry()[name]
    for name in (
        "share_type", "share_condition", "share_scope", "restriction_kind", "legal_basis",
        "open_to_public",
    )
}  # fmt: skip
RESOURCE = {
    "name": "全部数据",
    "format": "CSV",
    "mode": "direct",
    "url": "http://10.9.8.7/secret.csv",
}


def new_unit(**overrides: object) -> dict[str, object]:
    code = make_uscc("11", "350100", f"MC{uuid.uuid4().int % 10**6:06d}")
    return make_unit(uscc=code, title=f"福州市示例局{code[-6:]}", **overrides)


def test_one_run_brings_create_edit_withdraw_and_restrict(stack: StackInfo, syncer: Syncer) -> None:
    city = client(stack, "fuzhou", "sysadmin")
    edited = create_listed(stack, resources=[RESOURCE])
    withdrawn = create_listed(stack)
    opened = create_listed(stack, **open_entry())
    assert syncer.sync().counts == {"added": 3}
    created = create_listed(stack, resources=[RESOURCE, {**RESOURCE, "name": "字典"}])
    city.action.package_patch(
        id=edited["id"],
        title=unique_title("改名后的目录"),
        tag_string="改后,社会救助",
        frequency="3",
    )
    city.action.package_delete(id=withdrawn["id"])
    city.action.package_patch(id=opened["id"], **RESTRICTED)
    draft = create_entry(stack)

    begin = time.monotonic()
    done = command(stack, "sync", "--node", "350100")
    seconds = time.monotonic() - begin
    assert (done.returncode, "added=1 changed=2 withdrawn=1" in done.stdout) == (0, True)
    print(f"\nfjgov sync after 4 changes, start of the command included: {seconds:.1f} s")

    assert_province_equals(stack, "fuzhou")
    names = listed_names(stack, "province", "fuzhou")
    assert created["name"] in names
    assert withdrawn["name"] not in names
    assert draft["name"] not in names
    copy = shown(stack, "province", [created["name"]])[created["name"]]
    assert copy["id"] == created["id"]
    assert [row["id"] for row in copy["resources"]] == [row["id"] for row in created["resources"]]

    again = syncer.sync()
    assert (again.state, again.counts, again.report["requests"]) == ("verified", {}, 1)


def test_the_copy_points_to_the_province_and_holds_no_real_address(
    stack: StackInfo, syncer: Syncer
) -> None:
    entry = create_listed(stack, resources=[RESOURCE])
    syncer.sync()
    copy = client(stack, "province", "sysadmin").action.package_show(id=entry["name"])
    (resource,) = copy["resources"]
    assert resource["url"] == f"{stack.urls['province']}/share/{resource['id']}"
    assert sql(stack, "province", "SELECT count(*) FROM fjgov_address WHERE package_id = %s",
               entry["id"]) == [(0,)]  # fmt: skip
    found = sql(stack, "province", "SELECT count(*) FROM fjgov_change WHERE"
                " position('10.9.8.7'::bytea IN bytes) > 0")  # fmt: skip
    assert found == [(0,)]


def test_a_withdrawn_entry_is_gone_for_everybody(stack: StackInfo, syncer: Syncer) -> None:
    entry = create_listed(stack)
    syncer.sync()
    client(stack, "fuzhou", "sysadmin").action.package_delete(id=entry["id"])
    syncer.sync()
    for role in ("anonymous", "staff"):
        with pytest.raises((NotAuthorized, NotFound)):
            client(stack, "province", role).action.package_show(id=entry["name"])
    found = eventually(
        lambda: client(stack, "province", "staff").action.package_search(
            fq=f'identifier:"{entry["identifier"]}"'
        )["count"],
        lambda number: number == 0,
    )
    assert found == 0


def test_an_entry_that_is_listed_again_comes_back_under_its_name(
    stack: StackInfo, syncer: Syncer
) -> None:
    entry = create_listed(stack)
    syncer.sync()
    site = client(stack, "fuzhou", "sysadmin")
    site.action.package_patch(id=entry["id"], state="draft")
    assert syncer.sync().counts == {"withdrawn": 1}
    list_entry(site, entry["id"])
    assert syncer.sync().counts == {"added": 1}
    assert_province_equals(stack, "fuzhou", [entry["name"]])


def test_units_are_created_renamed_and_closed(stack: StackInfo, syncer: Syncer) -> None:
    city, province = (client(stack, node, "sysadmin") for node in ("fuzhou", "province"))
    unit = city.action.organization_create(**new_unit())
    data = make_entry(title=unique_title(), owner_org=unit["name"], provider_code=None)
    entry = city.action.package_create(**data, state="active")
    assert syncer.sync().counts == {"added": 2}
    assert_province_equals(stack, "fuzhou", [entry["name"]])

    new_title = f"{unit['title']}（更名）"
    city.action.organization_patch(id=unit["id"], title=new_title)
    assert syncer.sync().counts["changed"] == 1
    assert province.action.organization_show(id=unit["name"])["title"] == new_title
    assert province.action.package_show(id=entry["name"])["organization"]["title"] == new_title
    # At home the job worker brings the documents of its entries up to date.
    shown_at_home = eventually(
        lambda: city.action.package_show(id=entry["name"])["organization"]["title"],
        lambda title: title == new_title,
    )
    assert shown_at_home == new_title

    city.action.package_delete(id=entry["id"])
    city.action.dataset_purge(id=entry["id"])
    city.action.organization_delete(id=unit["id"])
    assert syncer.sync().counts == {"withdrawn": 2}
    (state,) = sql(stack, "province", 'SELECT state FROM "group" WHERE id = %s', unit["id"])
    assert state == ("deleted",)


def test_entries_find_a_unit_whose_own_change_comes_later_in_the_log(
    stack: StackInfo, syncer: Syncer
) -> None:
    """A renamed unit stands behind its entries; pages of seven rows put it on another page."""
    city = client(stack, "fuzhou", "sysadmin")
    unit = city.action.organization_create(**new_unit())
    names = []
    for _ in range(9):
        data = make_entry(title=unique_title(), owner_org=unit["name"], provider_code=None)
        names.append(city.action.package_create(**data, state="active")["name"])
    # The log gives numbers when it is read.
    city.action.fjgov_change_list(limit=1)
    city.action.organization_patch(id=unit["id"], title=f"{unit['title']}（更名）")
    outcome = syncer.sync()
    assert (outcome.state, outcome.counts.get("refused")) == ("verified", None)
    assert outcome.counts["added"] == 10
    for name in names:
        # The city's own answers come from its index, which its job worker brings up to date.
        shown_at_home = eventually(
            lambda: city.action.package_show(id=name)["organization"]["title"],  # noqa: B023
            lambda title: title.endswith("（更名）"),
        )
        assert shown_at_home.endswith("（更名）")
    assert_province_equals(stack, "fuzhou")


def test_a_unit_that_gets_another_code_goes_on_under_it(stack: StackInfo, syncer: Syncer) -> None:
    city = client(stack, "fuzhou", "sysadmin")
    unit = city.action.organization_create(**new_unit())
    data = make_entry(title=unique_title(), owner_org=unit["name"], provider_code=None)
    entry = city.action.package_create(**data, state="active")
    syncer.sync()
    code = str(new_unit()["uscc"])
    sql(
        stack,
        "fuzhou",
        "WITH u AS (UPDATE \"group\" SET name = 'u-' || lower(%s),"
        " extras = extras || jsonb_build_object('uscc', %s::text) WHERE id = %s)"
        " UPDATE package SET extras = extras || jsonb_build_object('provider_code', %s::text)"
        " WHERE id = %s",
        code, code, unit["id"], code, entry["id"],
    )  # fmt: skip
    outcome = syncer.sync()
    assert (outcome.state, outcome.refusals()) == ("verified", {})
    copy = client(stack, "province", "sysadmin").action.package_show(id=entry["name"])
    assert copy["organization"]["name"] == f"u-{code.lower()}"
    assert copy["state"] == "active"
    # The city's own index knows nothing of a change by SQL.
    city.action.dataset_purge(id=entry["id"])
    assert syncer.sync().counts == {"withdrawn": 1}


def test_a_full_run_reads_everything_and_changes_nothing(stack: StackInfo, syncer: Syncer) -> None:
    outcome = syncer.sync(full=True)
    known = len(listed_names(stack, "province", "fuzhou"))
    assert outcome.state == "verified"
    assert set(outcome.counts) == {"unchanged"}
    assert outcome.counts["unchanged"] >= known
    assert outcome.report["requests"] > 5


def test_the_job_worker_runs_what_an_action_queued(stack: StackInfo) -> None:
    entry = create_listed(stack)
    site = client(stack, "province", "sysadmin")
    queued = site.action.fjgov_sync_start(node="350100")
    assert queued["state"] == "queued"
    run = eventually(
        lambda: site.action.fjgov_sync_show(id=queued["id"]),
        lambda row: row["state"] not in ("queued", "running"),
    )
    deadline = time.monotonic() + 60
    while run["state"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.5)
        run = site.action.fjgov_sync_show(id=queued["id"])
    assert (run["state"], run["report"]["counts"]["added"]) == ("verified", 1)
    # The whole report is kept, not only the last sign of life.
    assert (run["report"]["state"], run["report"]["notes"]) == ("verified", [])
    assert run["report"]["requests"] >= 1
    assert_province_equals(stack, "fuzhou", [entry["name"]])
    assert unit_of(stack, "fuzhou")
