"""Mounted tables: CKAN's own actions of the datastore serve nobody."""

from __future__ import annotations

import importlib

import pytest
import requests

from ckanext.fjgov.logic.action import tables
from tests.integration.api import client, create_entry, open_entry, unique_title
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PEOPLE = ("anonymous", "staff", "registrar", "platform_operator", "sysadmin")


@pytest.fixture(scope="module")
def resource(stack: StackInfo) -> str:
    entry = create_entry(
        stack,
        **open_entry(),
        title=unique_title("库表"),
        state="active",
        resources=[{"name": "库表", "url": "http://192.0.2.1/rows.csv"}],
    )
    return str(entry["resources"][0]["id"])


def test_every_action_of_the_datastore_is_guarded() -> None:
    """A later CKAN may bring more."""
    module = importlib.import_module("ckanext.datastore.logic.action")
    names = {
        name
        for name in vars(module)
        if name.startswith("datastore_") and callable(vars(module)[name])
    }
    assert names - {"datastore_search_sql"} == {*tables.READING, *tables.WRITING}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("action", [*tables.READING, *tables.WRITING])
def test_nobody_reads_or_writes_directly(
    stack: StackInfo, resource: str, who: str, action: str
) -> None:
    site = client(stack, NODE, who)
    answer = requests.post(
        f"{stack.urls[NODE]}/api/3/action/{action}",
        json={"resource_id": resource, "id": resource, "name": "f", "fields": [{"id": "a"}],
              "force": True},
        headers={"Authorization": site.apikey} if site.apikey else {},
        timeout=60,
    )  # fmt: skip
    assert answer.status_code == 403
    assert "数据查询服务" in answer.json()["error"]["message"]


def test_the_dump_page_is_closed(stack: StackInfo, resource: str) -> None:
    for who in PEOPLE:
        site = client(stack, NODE, who)
        answer = requests.get(
            f"{stack.urls[NODE]}/datastore/dump/{resource}",
            headers={"Authorization": site.apikey} if site.apikey else {},
            timeout=60,
            allow_redirects=False,
        )
        assert answer.status_code in {302, 403, 404}, who


def test_the_reading_account_writes_nothing(stack: StackInfo) -> None:
    node = stack.nodes[NODE]
    url = stack.stack.sites.datastores.urls(node)["DATASTORE_READ_URL"]
    psycopg2 = importlib.import_module("psycopg2")
    link = psycopg2.connect(url)
    try:
        with link.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM _table_metadata")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("CREATE TABLE mine (a int)")
    finally:
        link.close()
