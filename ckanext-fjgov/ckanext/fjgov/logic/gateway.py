"""Decide what `/share/<id>` gives: what is open or granted, or a refusal that names the rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.access.decision import MODE_OF, Denied, Use
from ckanext.fjgov.core.access.visibility import Aspect, ShareClass
from ckanext.fjgov.core.foreign.definition import OWN_KIND
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.logic.sharing.access import decide_for, decide_use
from ckanext.fjgov.logic.sharing.systems import Caller, TokenRefusedError
from ckanext.fjgov.logic.sharing.targets import entry_items
from ckanext.fjgov.logic.sharing.using import Used
from ckanext.fjgov.model import addresses, nodes, sources
from ckanext.fjgov.model.database import session_connection

_RESOURCE_ID = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer without data: HTTP status, the article behind it, and what to do."""

    status: int
    article: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The data are at another node's gateway."""

    address: str


@dataclass(frozen=True, slots=True)
class Serve:
    """The data may be streamed from a registered address.

    Attributes:
        used: what its record of use says.
        token: by which a system asks; None for a person.
    """

    address: str
    name: str
    used: Used
    token: int | None = None


NOT_FOUND = Refused(
    404, "", "没有该共享地址，请核对链接", "there is no such shared address; check the link"
)
NOT_MOUNTED = Refused(
    404,
    "第二十条",
    "该信息尚未发布（未挂接），请联系信息发布单位",
    "the information is not published yet; contact the providing unit",
)

NOT_RECORDED = Refused(
    503,
    "第三十条",
    "使用记录暂时无法写入，受限共享信息暂停提供，请稍后再试",
    "the use cannot be recorded now, so that restricted information is not given; try again later",
)


def unidentified(error: TokenRefusedError) -> Refused:
    """Say that a system's token is worth nothing."""
    return Refused(401, "第三十五条", error.zh, error.en)


def decide(
    resource_id: str, user: Any, system: Caller | None = None
) -> Refused | Elsewhere | Serve:
    """Decide about one resource and one caller; anything unknown is refused.

    Args:
        user: who is signed in, a CKAN user object.
        system: the application system that showed its token; whoever is signed in beside it does
            not count.

    An entry that the caller may not even find answers like one that does not exist.
    """
    row = _resource(resource_id)
    package = model.Package.get(row.package_id) if row else None
    if row is None or package is None:
        return NOT_FOUND
    entry = {
        **(package.extras or {}),
        "state": package.state,
        "private": package.private,
        "owner_org": package.owner_org,
    }
    # A file is given whole, with all that the entry says is in it.
    use = Use(Aspect.DOWNLOAD, frozenset(entry_items(package)))
    person = person_of(None if system else user)
    decision = (
        decide_for(system.asker, package.id, entry, use)
        if system
        else decide_use(person, package.id, entry, use)
    )
    if isinstance(decision, Denied) and decision.is_hidden:
        return NOT_FOUND
    home = entry.get("home_node")
    node = nodes.find(session_connection(), home) if home else None
    is_foreign = node is not None and node.kind != OWN_KIND
    if home and home != settings.node().code and not is_foreign:
        return _elsewhere(home, resource_id)
    if isinstance(decision, Denied):
        return Refused(403, decision.article, decision.zh, decision.en)
    # A foreign source has no gateway of its own: what it named is given from here.
    address = (
        sources.address_of(session_connection(), package.id, resource_id)
        if is_foreign
        else addresses.get(session_connection(), resource_id)
    )
    if not address:
        return NOT_MOUNTED
    unit = model.Group.get(package.owner_org)
    grant = decision.grant
    used = Used(
        user=system.user_id if system else person.user_id or "",
        unit=grant.unit if grant else "",
        provider=unit_code(unit) if unit else "",
        entry=package.id,
        resource=resource_id,
        grant=grant.number if grant else "",
        mode=MODE_OF[use.aspect],
        # Without its record, class 1 is served and the gap reported; anything else is refused.
        must_be_recorded=entry.get("share_type") != ShareClass.UNRESTRICTED.value,
    )
    return Serve(address, row.name or resource_id, used, system.token if system else None)


def _resource(resource_id: str) -> Any:
    if not _RESOURCE_ID.fullmatch(resource_id):
        return None
    return (
        session_connection()
        .execute(
            sa.text(
                "SELECT r.name, p.id AS package_id FROM resource r JOIN package p"
                " ON p.id = r.package_id WHERE r.id = :id AND r.state = 'active'"
                " AND p.type = 'dataset'"
            ),
            {"id": resource_id},
        )
        .one_or_none()
    )


def _elsewhere(home: str, resource_id: str) -> Refused | Elsewhere:
    node = nodes.find(session_connection(), home)
    if node is None or not node.address:
        return Refused(
            404,
            "第四十一条",
            f"该信息由节点 {home} 提供，其地址未登记，请联系平台运行单位",
            f"node {home} provides this information and its address is not registered",
        )
    return Elsewhere(f"{node.address}/share/{resource_id}")
