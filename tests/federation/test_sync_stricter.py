"""What a city takes away is gone at the province before any other change of the same run."""

from __future__ import annotations

from typing import Any

import requests

from tests.federation.syncing import Syncer, assert_province_equals, documents, listed_names
from tests.integration.api import client, create_listed, open_entry, outcome, sql
from tests.integration.stack_env import StackInfo

RESOURCE = {"name": "全部数据", "format": "CSV", "mode": "direct", "url": "http://10.9.8.7/x.csv"}
CLOSED = {
    "share_type": "3",
    "open_to_public": "0",
    "open_condition": "",
    "legal_basis": [
        {
            "title": "中华人民共和国个人信息保护法",
            "number": "主席令第九十一号",
            "clause": "第二十八条",
            "statement": "属于敏感个人信息，不予共享。",
        }
    ],
}
SEEN = {"show": "done", "search": 1, "turtle": 200, "xml": 200, "atom": True, "page": 200}
GONE = {"search": 0, "atom": False}


def seen(stack: StackInfo, entry: dict[str, Any], role: str) -> dict[str, Any]:
    """Look for an entry in every way in which the province gives entries away."""
    documents(stack, "province", "fuzhou")  # Makes the index show what was written.
    site = client(stack, "province", role)
    headers = {"Authorization": site.apikey} if site.apikey else {}

    def get(path: str) -> requests.Response:
        return requests.get(f"{stack.urls['province']}{path}", headers=headers, timeout=30)

    (unit,) = sql(
        stack,
        "province",
        'SELECT g.name FROM package p JOIN "group" g ON g.id = p.owner_org WHERE p.id = %s',
        entry["id"],
    )
    atom = get(f"/feeds/organization/{unit[0]}.atom")
    assert atom.status_code == 200
    return {
        "show": outcome(site, "package_show", id=entry["name"]),
        "search": site.action.package_search(fq=f'identifier:"{entry["identifier"]}"')["count"],
        "turtle": get(f"/dataset/{entry['name']}.ttl").status_code,
        "xml": get(f"/dataset/{entry['name']}.xml-gb").status_code,
        "atom": entry["title"] in atom.text,
        "page": get(f"/dataset/{entry['name']}").status_code,
    }


def assert_gone(found: dict[str, Any]) -> None:
    """Nothing of an entry is given away, in whichever words it is refused."""
    assert {name: found[name] for name in GONE} == GONE
    assert found["show"] in ("NotAuthorized", "NotFound")
    # A page may ask a stranger to log in instead.
    assert {found[name] for name in ("turtle", "xml", "page")} <= {302, 401, 403, 404}


def logged_as(stack: StackInfo, entry: dict[str, Any]) -> tuple[str, str | None]:
    """Give what the province's own log says of an entry: operation and share class."""
    (row,) = sql(
        stack,
        "province",
        "SELECT op, convert_from(bytes, 'UTF8')::jsonb -> 'fields' ->> 'share_type'"
        " FROM fjgov_change WHERE key = %s",
        entry["identifier"],
    )
    return row[0], row[1]


def test_what_is_taken_away_is_gone_everywhere_before_any_other_change(
    stack: StackInfo, syncer: Syncer
) -> None:
    """Two entries that everybody saw: one becomes class 3 (不予共享), one is withdrawn (撤销)."""
    closed, withdrawn = (
        create_listed(stack, resources=[RESOURCE], **open_entry()) for _ in range(2)
    )
    syncer.sync()
    others = [create_listed(stack, **open_entry()) for _ in range(9)]
    city = client(stack, "fuzhou", "sysadmin")
    city.action.package_patch(id=closed["id"], **CLOSED)
    city.action.package_delete(id=withdrawn["id"])
    for entry in (closed, withdrawn):
        assert seen(stack, entry, "anonymous") == SEEN

    with syncer.stopped_at("taken_away"):
        for entry in (closed, withdrawn):
            assert_gone(seen(stack, entry, "anonymous"))
        # The withdrawn one is gone altogether; staff see the other one as it is now.
        assert_gone(seen(stack, withdrawn, "staff"))
        assert seen(stack, closed, "staff")["show"] == "done"
        assert client(stack, "province", "staff").action.package_show(id=closed["id"])[
            "share_type"
        ] == ("3")
        assert logged_as(stack, closed) == ("put", "3")
        assert logged_as(stack, withdrawn) == ("del", None)
        present = set(listed_names(stack, "province", "fuzhou"))
        assert not present.intersection(entry["name"] for entry in others)
    assert_province_equals(stack, "fuzhou")
    assert_gone(seen(stack, withdrawn, "staff"))
