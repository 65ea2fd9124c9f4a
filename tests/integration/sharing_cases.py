"""Who takes part in an application at one node, and its steps from the draft to the grant."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, create_listed, new_account, sql, unit_of
from tests.integration.gateway_source import CONTENT, Source
from tests.integration.stack_env import StackInfo

NODE = "fuzhou"
PIECES = 40


@dataclass(frozen=True)
class People:
    """Clients by their part: applicant and its administrator, provider, operator, office."""

    asking: RemoteCKAN
    manager: RemoteCKAN
    providing: RemoteCKAN
    registrar: RemoteCKAN
    operator: RemoteCKAN
    office: RemoteCKAN
    other: RemoteCKAN
    unit: str


def people_of(stack: StackInfo) -> People:
    """Give the people of the samples, with an information administrator for the applying unit."""
    unit = unit_of(stack, NODE, "staff")
    units = client(stack, NODE).action.organization_list()
    parties = {unit_of(stack, NODE, role) for role in ("staff", "registrar", "digital_office",
               "platform_operator")}  # fmt: skip
    return People(
        asking=client(stack, NODE, "staff"),
        manager=new_account(stack, NODE, unit, "info_manager"),
        providing=client(stack, NODE, "info_manager"),
        registrar=client(stack, NODE, "registrar"),
        operator=client(stack, NODE, "platform_operator"),
        office=client(stack, NODE, "digital_office"),
        other=new_account(
            stack, NODE, next(one for one in sorted(units) if one not in parties), "info_manager"
        ),
        unit=unit,
    )


def restricted(stack: StackInfo, address: str | None = None, **change: Any) -> dict[str, Any]:
    """List an entry of class 2 whose data are published for direct exchange."""
    resources = [{"name": "数据.csv", "mode": "direct", **({"url": address} if address else {})}]
    return create_listed(stack, NODE, resources=resources, **(published("direct") | change))


def published(*modes: str) -> dict[str, Any]:
    """Give the exchange record of an entry whose data are published in some modes."""
    rows = [{"mode": mode, "status": "done", "published_at": "2026-01-05"} for mode in modes]
    return {"exchange": rows}


def terms_for(*targets: dict[str, Any], **change: Any) -> dict[str, Any]:
    """Give whole terms for entries, all of their items."""
    return {
        "purpose": "核对保障性住房申请人的救助情况",
        "business": "保障性住房资格审核",
        "mode": "direct",
        "holder": {"kind": "unit"},
        "until": (date.today() + timedelta(days=90)).isoformat(),
        "targets": [{"kind": "entry", "id": entry["id"]} for entry in targets],
        **change,
    }


def submitted(people: People, *targets: dict[str, Any], **change: Any) -> str:
    """Apply for entries and hand the form to the own administrator; gives its number."""
    site = people.asking
    [made] = site.action.fjgov_application_create(terms=terms_for(*targets, **change))["results"]
    site.action.fjgov_application_submit(number=made["number"])
    return str(made["number"])


def filed(people: People, *targets: dict[str, Any], **change: Any) -> str:
    """Apply, have it reviewed and sent out; gives its number."""
    number = submitted(people, *targets, **change)
    step(people.manager, number, "approve")
    return number


def granted(people: People, *targets: dict[str, Any], **change: Any) -> list[dict[str, Any]]:
    """Apply until the grants are configured; gives them."""
    number = filed(people, *targets, **change)
    step(people.providing, number, "no_objection")
    step(people.operator, number, "configure")
    rows = people.asking.action.fjgov_grant_list(side="holder", limit=200)["results"]
    return [row for row in rows if row["application"] == number]


def step(site: RemoteCKAN, number: str, event: str, **more: Any) -> dict[str, Any]:
    """Take a step with a reason."""
    values = {"reason": "示例意见"} | more
    return dict(site.action.fjgov_case_decide(number=number, event=event, **values))


def state_of(stack: StackInfo, number: str) -> str:
    """Give the stored state of a case."""
    [(state,)] = sql(stack, NODE, "SELECT state FROM fjgov_case WHERE number = %s", number)
    return str(state)


def shown(site: RemoteCKAN, number: str) -> dict[str, Any]:
    """Give an application as a person sees it."""
    return dict(site.action.fjgov_application_show(number=number))


def text_of(value: Any) -> str:
    """Give an answer as text, to look for what must not be in it."""
    return json.dumps(value, ensure_ascii=False)


class SlowSource(Source):
    """Sends its file in pieces, each when the test lets it; `shut` before the first one."""

    gate = threading.Semaphore(0)

    @classmethod
    def shut(cls) -> None:
        """Forget what was let through before and not used."""
        cls.gate = threading.Semaphore(0)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        size = len(CONTENT) // PIECES
        for place in range(0, len(CONTENT), size):
            self.gate.acquire(timeout=60)
            self.wfile.write(CONTENT[place : place + size])
            self.wfile.flush()


def uses_of(site: RemoteCKAN, **wanted: Any) -> list[dict[str, Any]]:
    """List uses as a person sees them."""
    return list(site.action.fjgov_use_list(limit=200, **wanted)["results"])
