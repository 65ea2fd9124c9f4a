"""Drafts of applications (实施申请书): who asks, for what, and who will be party to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.engine import open_case
from ckanext.fjgov.core.cases.records import Actor, Case, Party
from ckanext.fjgov.core.cases.types import application as kind
from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.worktime.calendar import CHINA
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.claims import office_of, unit_code
from ckanext.fjgov.logic.cases.deciding import locked_case
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.logic.collection.parties import province_party
from ckanext.fjgov.logic.sharing.holders import named_holder
from ckanext.fjgov.logic.sharing.refusing import refuse
from ckanext.fjgov.logic.sharing.targets import Target, by_provider, found
from ckanext.fjgov.model import applications, appointments, cases

# Version of the template of 省数字办 by which the form is made (Art. 25).
FORM = 1
DRAFT = "draft"


def create(
    connection: sa.Connection, actor: Actor, unit: Any, given: Mapping[str, Any]
) -> list[Case]:
    """Begin applications of a unit, one for each unit that is asked; gives their cases.

    Raises:
        NotAuthorized: the actor is not appointed in the unit.
        ValidationError: something cannot be asked for, or a party is not known.
    """
    applying = unit_code(unit)
    _require_member(actor, applying)
    targets = found(given.get("targets"))
    made = []
    for provider, asked in by_provider(targets):
        if provider.id == unit.id:
            refuse(
                "targets",
                f"“{asked[0].named['title']}”由本单位提供，无须申请",
                "the own unit's information needs no application",
            )
        now = utc_now()
        number = cases.next_number(connection, APPLICATION.prefix, now.astimezone(CHINA).year)
        opened = open_case(
            node=settings.node().code,
            number=number,
            kind=APPLICATION.name,
            subject=number,
            parties=_parties(connection, unit, provider),
            state=DRAFT,
            actor=actor,
            now=now,
        )
        cases.add(connection, opened)
        _save(connection, number, given, asked, actor, applying)
        made.append(opened.case)
    return made


def update(connection: sa.Connection, number: str, actor: Actor, given: Mapping[str, Any]) -> Case:
    """Change what a draft asks for.

    Raises:
        ObjectNotFound: there is no such application.
        NotAuthorized: the actor is not appointed in the applying unit.
        ValidationError: it is no draft any more, or asks another unit than it did.
    """
    case = application_case(connection, number)
    party = case.party(kind.APPLICANT)
    _require_member(actor, party.unit if party else "")
    if case.state != DRAFT:
        refuse(
            "number", "申请已提交，不能修改；请先撤回", "it is no draft any more; recall it first"
        )
    asked = found(given.get("targets"))
    provider = case.party(kind.PROVIDER)
    if provider is None or {unit_code(one.provider) for one in asked} != {provider.unit}:
        refuse(
            "targets",
            "一份申请只能向一个信息发布单位提出，其他单位的信息请另行申请",
            "an application asks one provider; apply to others apart from it",
        )
    _save(connection, number, given, asked, actor, party.unit if party else "")
    return case


def application_case(connection: sa.Connection, number: str) -> Case:
    """Give the locked case of an application.

    Raises:
        ObjectNotFound: there is none of this number.
    """
    case = locked_case(connection, number)
    if case.kind != APPLICATION.name:
        raise tk.ObjectNotFound(f"没有申请 {number} / there is no application {number}")
    return case


def named_terms(
    connection: sa.Connection, given: Mapping[str, Any], asked: Sequence[Target], unit: str
) -> dict[str, Any]:
    """Give terms with targets and holder as they were found, and nothing that nobody asked about.

    Args:
        unit: code of the applying unit.
    """
    return {
        "purpose": given.get("purpose") or "",
        "business": given.get("business") or "",
        "mode": given.get("mode") or "",
        "holder": named_holder(connection, given.get("holder"), unit),
        "until": given.get("until") or "",
        "targets": [dict(one.named) for one in asked],
        **({"quota": given["quota"]} if given.get("quota") else {}),
    }


def _save(
    connection: sa.Connection,
    number: str,
    given: Mapping[str, Any],
    asked: Sequence[Target],
    actor: Actor,
    unit: str,
) -> None:
    first = str(asked[0].named["title"])
    more = f" 等 {len(asked)} 项" if len(asked) > 1 else ""
    applications.save(
        connection,
        settings.node().code,
        number,
        form=FORM,
        title=f"{first}{more}",
        terms=named_terms(connection, given, asked, unit),
        author=actor.user_id,
        at=utc_now(),
    )


def _parties(connection: sa.Connection, unit: Any, provider: Any) -> tuple[Party, ...]:
    here, province = settings.node(), province_party()
    operator = appointments.unit_of_role(connection, "platform_operator", local_today())
    if not operator:
        refuse(
            "operator",
            "本节点没有现任的平台运行人员，请联系平台运行单位",
            "nobody is appointed as platform operator of this node",
        )
    return (
        Party(kind.APPLICANT, here.code, unit_code(unit)),
        Party(kind.PROVIDER, here.code, unit_code(provider)),
        Party(kind.OPERATOR, here.code, str(operator)),
        province,
        Party(kind.APPLICANT_OFFICE, here.code, office_of(unit)),
        Party(kind.PROVIDER_OFFICE, here.code, office_of(provider)),
    )


def _require_member(actor: Actor, unit: str) -> None:
    today = local_today()
    if not any(
        one.unit == unit and one.role in kind.ASKING and one.is_current(today)
        for one in actor.appointments
    ):
        raise tk.NotAuthorized(
            "您不是该单位现任人员，不能以其名义申请 / "
            "you hold no current appointment in the unit that applies"
        )
