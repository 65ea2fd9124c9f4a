"""`/share/<id>`: streams what is open to society, refuses the rest and names the article."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    new_account,
    open_entry,
    overridden,
    sync_up,
)
from tests.integration.gateway_source import CONTENT, Source, host_and_port, serving, share
from tests.integration.stack_env import StackInfo

CLOSED_1 = {"share_type": "1", "restriction_kind": None}
CLASS_3 = {"share_type": "3", "restriction_kind": None}


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    """Give the address of a file on an address of this machine that others could reach."""
    with serving(Source) as address:
        yield f"{address}/rows.csv"


@pytest.fixture(scope="module")
def allowed(stack: StackInfo, source: str) -> Iterator[str]:
    """Allow the source, the loopback and the stack's own ports by setting; the last are vain."""
    host, port = host_and_port(source)
    solr = stack.solr_url.split(":")[2].split("/")[0]
    ranges = f"{host}:{port} {host}:{solr} 127.0.0.0/8:{port}"
    with overridden(stack, "fuzhou", {"fjgov.fetch.allow": ranges}):
        yield source


def with_address(stack: StackInfo, address: str | None, **change: Any) -> str:
    """List an entry with one resource and give the resource's id."""
    resources = [
        {"name": "数据文件.csv", "mode": "direct", **({"url": address} if address else {})}
    ]
    return str(create_listed(stack, resources=resources, **change)["resources"][0]["id"])


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Give status and article of a refusal, which speaks both languages."""
    said = answer.json()
    assert said["error"] == answer.status_code
    assert not said["zh"].isascii()
    assert said["en"].isascii()
    assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.status_code, said["article"]


class TestOpenInformation:
    """What is open to society is streamed to anybody."""

    def test_byte_for_byte(self, stack: StackInfo, allowed: str) -> None:
        answer = share(stack, with_address(stack, allowed, **open_entry()))
        assert answer.status_code == 200
        assert answer.content == CONTENT
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "%E6%95%B0%E6%8D%AE" in answer.headers["Content-Disposition"]
        assert "Set-Cookie" not in answer.headers
        assert "inner-system" not in str(answer.headers)

    def test_a_transfer_is_resumed_where_the_source_can(
        self, stack: StackInfo, allowed: str
    ) -> None:
        resource = with_address(stack, allowed, **open_entry())
        address = f"{stack.urls['fuzhou']}/share/{resource}"
        whole = requests.get(address, timeout=60)
        for etag, status, content in (
            (whole.headers["ETag"], 206, CONTENT[1000:]),
            ('"other"', 200, CONTENT),
        ):
            headers = {"Range": "bytes=1000-", "If-Range": etag}
            answer = requests.get(address, headers=headers, timeout=60)
            assert answer.status_code == status
            assert answer.content == content
        several = requests.get(address, headers={"Range": "bytes=0-1,5-6"}, timeout=60)
        assert (several.status_code, several.content) == (200, CONTENT)
        beyond = requests.get(address, headers={"Range": "bytes=99999999-"}, timeout=60)
        assert beyond.status_code == 416

    def test_nothing_says_where_it_came_from(self, stack: StackInfo, allowed: str) -> None:
        answer = share(stack, with_address(stack, allowed, **open_entry()))
        assert allowed.split("/")[2] not in str(answer.headers)

    def test_it_closes_at_once_when_the_entry_becomes_stricter(
        self, stack: StackInfo, allowed: str
    ) -> None:
        resource = with_address(stack, allowed, **open_entry())
        assert share(stack, resource).status_code == 200
        registrar = client(stack, "fuzhou", "registrar")
        package = registrar.action.resource_show(id=resource)["package_id"]
        registrar.action.package_patch(id=package, open_to_public="0", open_condition="")
        assert refusal(share(stack, resource)) == (403, "第二十二条")
        registrar.action.package_delete(id=package)
        assert refusal(share(stack, resource)) == (404, "")

    def test_an_unreachable_source_is_a_clear_error(self, stack: StackInfo, allowed: str) -> None:
        resource = with_address(stack, "http://192.0.2.1:9/rows.csv", **open_entry())
        answer = share(stack, resource)
        assert refusal(answer) == (502, "")
        assert "192.0.2.1" not in answer.text


@pytest.mark.parametrize(
    ("about", "change", "expected"),
    [
        ("class 1, not open", CLOSED_1, (403, "第二十二条")),
        ("class 2", {}, (403, "第二十二条、第二十三条")),
        (
            "class 2, open",
            {"open_to_public": "1", "open_condition": "注明来源"},
            (403, "第二十二条、第二十三条"),
        ),
        ("class 3", CLASS_3, (403, "第四条、第二十一条")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_open_needs_a_grant_and_says_why(
    stack: StackInfo, about: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    resource = with_address(stack, "http://192.0.2.1/rows.csv", **change)
    staff = client(stack, "fuzhou", "staff")
    assert refusal(share(stack, resource, site=staff)) == expected, about
    if about == "class 3":
        # For the public such an entry does not exist; a refusal by class would say that it does.
        assert refusal(share(stack, resource)) == (404, "")
    else:
        assert refusal(share(stack, resource)) == expected, about


@pytest.mark.parametrize("role", ["staff", "digital_office", "platform_operator", "system"])
def test_a_right_to_query_is_no_right_to_download(stack: StackInfo, role: str) -> None:
    resource = with_address(stack, "http://192.0.2.1/rows.csv", **CLOSED_1)
    answer = share(stack, resource, site=client(stack, "fuzhou", role))
    assert refusal(answer) == (403, "第二十二条")


def test_drafts_and_unknown_resources_are_not_there(stack: StackInfo) -> None:
    draft = create_entry(
        stack, **open_entry(), resources=[{"name": "a", "url": "http://192.0.2.1/rows.csv"}]
    )
    for resource in (draft["resources"][0]["id"], str(uuid.uuid4()), "x", "%00", "..%2f.."):
        assert share(stack, resource).status_code == 404, resource
    staff = client(stack, "fuzhou", "staff")
    assert refusal(share(stack, draft["resources"][0]["id"], site=staff)) == (404, "")


def test_what_is_not_mounted_says_so(stack: StackInfo) -> None:
    resource = with_address(stack, None, **open_entry())
    assert refusal(share(stack, resource)) == (404, "第二十条")


def test_a_browser_gets_a_page(stack: StackInfo) -> None:
    resource = with_address(stack, "http://192.0.2.1/rows.csv")
    answer = requests.get(
        f"{stack.urls['fuzhou']}/share/{resource}", headers={"Accept": "text/html"}, timeout=60
    )
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "第二十二条" in answer.text
    assert "grant" in answer.text


def test_own_services_and_loopback_are_refused_even_if_allowed(
    stack: StackInfo, allowed: str
) -> None:
    host, port = host_and_port(allowed)
    solr = stack.solr_url.split(":")[2].split("/")[0]
    for address in (
        f"http://127.0.0.1:{port}/rows.csv",
        f"http://localhost:{port}/rows.csv",
        f"http://[::1]:{port}/rows.csv",
        f"http://[::ffff:127.0.0.1]:{port}/rows.csv",
        f"http://2130706433:{port}/rows.csv",
        "http://169.254.169.254/latest/meta-data/",
        f"http://{host}:{solr}/solr/admin/info/system",
        f"{stack.urls['fuzhou']}/api/3/action/status_show",
        "file:///etc/passwd",
        "mysql://192.0.2.1/rows",
    ):
        answer = share(stack, with_address(stack, address, **open_entry()))
        assert refusal(answer) == (502, ""), address


def test_the_province_sends_to_the_gateway_of_the_home_node(stack: StackInfo, allowed: str) -> None:
    resource = with_address(stack, allowed, **open_entry())
    closed = with_address(stack, allowed, **CLASS_3)
    draft = create_entry(stack, **open_entry(), resources=[{"name": "a", "url": allowed}])
    sync_up(stack)
    answer = share(stack, resource, node="province")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{stack.urls['fuzhou']}/share/{resource}"
    followed = requests.get(f"{stack.urls['province']}/share/{resource}", timeout=60)
    assert followed.content == CONTENT
    assert share(stack, closed, node="province").status_code == 404
    assert share(stack, draft["resources"][0]["id"], node="province").status_code == 404


def test_the_own_unit_reads_what_it_registered(stack: StackInfo, allowed: str) -> None:
    resource = with_address(stack, allowed)
    answer = share(stack, resource, site=client(stack, "fuzhou", "registrar"))
    assert answer.content == CONTENT
    member = new_account(stack, "fuzhou", stack.credentials["fuzhou"]["registrar"]["unit"], "staff")
    assert refusal(share(stack, resource, site=member)) == (403, "第二十二条、第二十三条")
