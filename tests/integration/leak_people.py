"""The eight kinds of user of the leak matrix, each with an account of its own, and their grants."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ckanapi import RemoteCKAN

from tests.integration.api import client, new_account, sql, unit_of
from tests.integration.sharing_cases import step, terms_for
from tests.integration.stack_env import StackInfo

NODE, PROVINCE = "fuzhou", "province"
USERS = (
    "anonymous", "stranger", "other_editor", "grantee", "expired_grantee", "revoked_grantee",
    "member", "sysadmin",
)  # fmt: skip
HOLDERS = ("grantee", "expired_grantee", "revoked_grantee")


@dataclass(frozen=True)
class Visitor:
    """One of the eight.

    Attributes:
        site: client with the token of the account.
        account: name; "" for nobody.
        password: to sign in with in a browser.
        unit: where the person is appointed; "" for nowhere.
        upper: token of a person of the same kind at the province, which knows no unit of the
            city and no grant of it; "" for nobody.
    """

    kind: str
    site: RemoteCKAN
    account: str = ""
    password: str = ""
    unit: str = ""
    upper: str = ""


@dataclass(frozen=True)
class Grants:
    """What was granted to the holders: number by kind of user; and the marks of the applications.

    Attributes:
        applications: number by kind of user.
        applicant: somebody else of the holders' unit, whose name is a marker.
        pending: number of that person's application, which the provider has not answered.
        drafted: number of one that is not submitted.
    """

    numbers: Mapping[str, str]
    applications: Mapping[str, str]
    applicant: str
    pending: str
    drafted: str


def visitors(stack: StackInfo) -> dict[str, Visitor]:
    """Make the accounts."""
    units = sorted(client(stack, NODE).action.organization_list())
    own, asking = unit_of(stack, NODE), unit_of(stack, NODE, "staff")
    parties = {unit_of(stack, NODE, role) for role in ("registrar", "staff", "digital_office",
               "platform_operator")}  # fmt: skip
    other = next(name for name in units if name not in parties)
    people = {"anonymous": Visitor("anonymous", client(stack, NODE))}
    people["stranger"] = account(stack, "stranger")
    people["other_editor"] = account(stack, "other_editor", other, "registrar")
    for kind in HOLDERS:
        people[kind] = account(stack, kind, asking, "staff")
    people["member"] = account(stack, "member", own, "registrar")
    technician = stack.credentials[NODE]["sysadmin"]
    people["sysadmin"] = Visitor(
        "sysadmin", client(stack, NODE, "sysadmin"), technician["user"], technician["password"]
    )
    upper = stack.credentials[PROVINCE]
    tokens = {"anonymous": "", "stranger": "", "sysadmin": upper["sysadmin"]["token"]}
    return {
        kind: replace(people[kind], upper=tokens.get(kind, upper["staff"]["token"]))
        for kind in USERS
    }


def account(
    stack: StackInfo, kind: str, unit: str = "", role: str = "", *, fullname: str = "示例人员"
) -> Visitor:
    """Create an account with a token, appointed in a unit when one is given."""
    technician = client(stack, NODE, "sysadmin").action
    name, password = f"leak-{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
    technician.user_create(
        name=name, email=f"{name}@mail.example", password=password, fullname=fullname
    )
    if unit:
        technician.fjgov_appointment_create(
            user=name, unit=unit, role=role, document="示例任命文件"
        )
    token = technician.api_token_create(user=name, name="test")["token"]
    site = RemoteCKAN(stack.urls[NODE], apikey=token)
    return Visitor(kind, site, name, password, unit)


def grant_to(
    stack: StackInfo,
    people: Mapping[str, Visitor],
    entry: Mapping[str, Any],
    purpose: str,
    applicant: str,
) -> Grants:
    """Apply for the entry and bring it to a grant for each of the holders, named one by one.

    One is taken back, and the clock of one is moved to behind its end.

    Args:
        purpose, applicant: markers, in the applications and in the name of who else applies.
    """
    manager = new_account(stack, NODE, people["grantee"].unit, "info_manager")
    provider = client(stack, NODE, "info_manager")
    operator = client(stack, NODE, "platform_operator")
    numbers, applications = {}, {}
    for kind in HOLDERS:
        application = _applied(people[kind], manager, entry, purpose)
        step(provider, application, "no_objection")
        step(operator, application, "configure")
        rows = people[kind].site.action.fjgov_grant_list(side="holder", limit=200)["results"]
        [numbers[kind]] = [row["number"] for row in rows if row["application"] == application]
        applications[kind] = application
    step(provider, numbers["revoked_grantee"], "revoke")
    _expire(stack, numbers["expired_grantee"])
    person = account(stack, "applicant", people["grantee"].unit, "staff", fullname=applicant)
    pending = _applied(person, manager, entry, purpose)
    drafted = _begun(person, entry, purpose)
    return Grants(numbers, applications, person.account, pending, drafted)


def _begun(person: Visitor, entry: Mapping[str, Any], purpose: str) -> str:
    terms = terms_for(
        dict(entry),
        purpose=purpose,
        holder={"kind": "staff", "users": [person.account]},
        until=(date.today() + timedelta(days=30)).isoformat(),
    )
    [made] = person.site.action.fjgov_application_create(terms=terms)["results"]
    return str(made["number"])


def _applied(person: Visitor, manager: RemoteCKAN, entry: Mapping[str, Any], purpose: str) -> str:
    number = _begun(person, entry, purpose)
    person.site.action.fjgov_application_submit(number=number)
    step(manager, number, "approve")
    return number


def _expire(stack: StackInfo, number: str) -> None:
    """Move a grant to the past: rows of grants never change, so that the guard is lifted for it."""
    table = "ALTER TABLE fjgov_grant {} TRIGGER fjgov_append_only"
    sql(
        stack, NODE,
        f"{table.format('DISABLE')}; UPDATE fjgov_grant SET starts = starts - interval '90 days',"
        f" until = now() - interval '1 second' WHERE number = %s; {table.format('ENABLE')}",
        number,
    )  # fmt: skip
