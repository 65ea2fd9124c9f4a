"""The province knows the newest seal of a city, and finds a log out that was cut with its file."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.api import admin_sql, client, create_listed, open_entry, sql, sync_up
from tests.integration.gateway_source import share
from tests.integration.guangxi_node import ckan
from tests.integration.sharing_cases import NODE
from tests.integration.stack_env import StackInfo

CODE = "350100"


def known(stack: StackInfo) -> dict[str, Any]:
    """Give what the province knows of the city."""
    done = ckan(stack, "fjgov", "usage", "heads", "--json", key="province")
    assert done.returncode == 0, done.stderr
    return {row["node"]: row for row in json.loads(done.stdout)}.get(CODE, {})


def alarms(stack: StackInfo) -> list[dict[str, Any]]:
    rows = client(stack, "province", "platform_operator").action.fjgov_alarm_list(node=CODE)
    return [row for row in rows if row["kind"] == "usage_log"]


def use(stack: StackInfo, resource: str) -> None:
    """Leave a use under a seal."""
    before = sql(stack, NODE, "SELECT count(*) FROM fjgov_usage.fjgov_use_event")
    share(stack, resource)
    assert sql(stack, NODE, "SELECT count(*) FROM fjgov_usage.fjgov_use_event") > before
    ckan(stack, "fjgov", "usage", "seal", key=NODE)


def test_a_log_that_is_cut_together_with_its_file_is_found_out_by_the_province(
    stack: StackInfo, sources: tuple[str, str]
) -> None:
    rows = [{"name": "数据.csv", "mode": "direct", "url": f"{sources[0]}/rows.csv"}]
    resource = create_listed(stack, NODE, resources=rows, **open_entry())["resources"][0]["id"]
    use(stack, resource)
    [(kept,)] = sql(stack, NODE, "SELECT max(number) FROM fjgov_usage.fjgov_use_seal")
    head = stack.base / NODE / "usage_head.json"
    old = head.read_text(encoding="utf-8")
    use(stack, resource)
    sync_up(stack)
    seen = known(stack)
    assert seen["number"] > kept
    assert alarms(stack) == []
    saved = ("event", "seal", "pending")
    schema = "fjgov_usage.fjgov_use_"
    new = head.read_text(encoding="utf-8")
    admin_sql(
        stack,
        NODE,
        *(f"CREATE TABLE fjgov_usage.saved_{one} AS TABLE {schema}{one}" for one in saved),
        f"DELETE FROM {schema}event WHERE id IN (SELECT unnest(events) FROM {schema}seal"
        f" WHERE number > {kept})",
        f"DELETE FROM {schema}seal WHERE number > {kept}",
        settled="replica",
    )
    head.write_text(old, encoding="utf-8")
    try:
        # The city itself sees nothing of it, and its log goes on.
        done = ckan(stack, "fjgov", "usage", "verify", key=NODE)
        assert done.returncode == 0, done.stdout
        sync_up(stack)
        [alarm] = alarms(stack)
        assert CODE in alarm["zh"]
        assert str(seen["number"]) in alarm["zh"]
        for _once in range(seen["number"] - kept + 1):
            use(stack, resource)
        sync_up(stack)
        [alarm] = alarms(stack)
        assert "改写" in alarm["zh"]
        told = f"{seen['number']}:{seen['hash']}"
        done = ckan(stack, "fjgov", "usage", "verify", "--seen", told, "--json", key=NODE)
        assert done.returncode == 1
        assert json.loads(done.stdout)[0]["seal"] == seen["number"]
    finally:
        admin_sql(
            stack,
            NODE,
            *(f"DELETE FROM {schema}{one}" for one in saved),
            f"INSERT INTO {schema}event OVERRIDING SYSTEM VALUE"
            " SELECT * FROM fjgov_usage.saved_event",
            f"INSERT INTO {schema}seal SELECT * FROM fjgov_usage.saved_seal",
            f"INSERT INTO {schema}pending SELECT * FROM fjgov_usage.saved_pending",
            *(f"DROP TABLE fjgov_usage.saved_{one}" for one in saved),
            settled="replica",
        )
        head.write_text(new, encoding="utf-8")
        admin = stack.stack.postgres.connect(stack.nodes["province"].database)
        with admin.cursor() as cursor:
            cursor.execute("SET session_replication_role TO replica")
            cursor.execute(f"DELETE FROM fjgov_usage_head WHERE node = '{CODE}'")
            cursor.execute("DELETE FROM fjgov_alarm WHERE kind = 'usage_log'")
        admin.close()
    sync_up(stack)
    assert alarms(stack) == []
    assert known(stack)["number"] == seen["number"]
