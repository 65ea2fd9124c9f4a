"""Decide what `/share/<id>` gives: what is open or granted, or a refusal that names the rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.fjgov.core.access.decision import MODE_OF, Denied, Grant, Use
from ckanext.fjgov.core.access.visibility import Aspect, ShareClass
from ckanext.fjgov.core.foreign.definition import OWN_KIND
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases.claims import unit_code
from ckanext.fjgov.logic.readers import person_of
from ckanext.fjgov.logic.sharing.access import decide_for, decide_use, stricter_items
from ckanext.fjgov.logic.sharing.systems import Caller, TokenRefusedError
from ckanext.fjgov.logic.sharing.targets import entry_items
from ckanext.fjgov.logic.sharing.using import Used
from ckanext.fjgov.model import addresses, kept_files, nodes, sources
from ckanext.fjgov.model.database import session_connection
from ckanext.fjgov.model.kept_files import KeptFile

_RESOURCE_ID = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer without data: HTTP status, the article behind it, and what to do.

    Attributes:
        missing: ids of the items that were asked for and are not granted, where that is why.
        retry_after: seconds after which to ask again; 0 when it is no matter of waiting.
    """

    status: int
    article: str
    zh: str
    en: str
    missing: frozenset[str] = frozenset()
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The data are at another node's gateway."""

    address: str


@dataclass(frozen=True, slots=True)
class Granted:
    """The use is allowed, and the data are kept here.

    Attributes:
        package: the entry.
        name: of the resource.
        grant: on which the use rests; None where none is needed.
        used: what its record of use says.
        is_foreign: the entry is a copy from a source that is no node of ours.
        withheld: ids of items that are stricter than the entry, so that the use gives none.
        token: by which a system asks; None for a person.
        digest: of the file, as it was registered; "" without one.
    """

    package: Any
    name: str
    grant: Grant | None
    used: Used
    is_foreign: bool
    withheld: frozenset[str] = frozenset()
    token: int | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Serve:
    """The data may be streamed from a registered address.

    Attributes:
        used: what its record of use says.
        grant: on which the use rests; None where none is needed.
        token: by which a system asks; None for a person.
        digest: of the file, as it was registered; "" without one.
        kept: the file, when this node keeps it itself; then there is no address.
    """

    address: str
    name: str
    used: Used
    grant: Grant | None = None
    token: int | None = None
    digest: str = ""
    kept: KeptFile | None = None


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
    """Decide about the file of one resource and one caller; anything unknown is refused."""
    made = decide_use_of(resource_id, user, _whole_file, system)
    if not isinstance(made, Granted):
        return made
    kept = kept_files.find(session_connection(), resource_id)
    if kept:
        return Serve("", made.name, made.used, made.grant, made.token, made.digest, kept)
    # A foreign source has no gateway of its own: what it named is given from here.
    address = (
        sources.address_of(session_connection(), made.package.id, resource_id)
        if made.is_foreign
        else addresses.get(session_connection(), resource_id)
    )
    if not address:
        return NOT_MOUNTED
    return Serve(address, made.name, made.used, made.grant, made.token, made.digest)


def _whole_file(package: Any) -> Use:
    """Give the use of a file: whole, all items of its entry but those that are not shared."""
    classes = stricter_items({**(package.extras or {}), "state": package.state})
    never = {one for one, found in classes.items() if found is ShareClass.NOT_SHARED}
    return Use(Aspect.DOWNLOAD, frozenset(entry_items(package)) - never, whole=True)


def decide_use_of(
    resource_id: str, user: Any, use_of: Callable[[Any], Use], system: Caller | None = None
) -> Refused | Elsewhere | Granted:
    """Decide about any use of one resource by one caller; anything unknown is refused.

    An entry that the caller may not even find answers like one that does not exist.

    Args:
        user: who is signed in, a CKAN user object.
        use_of: gives the use, once the entry (a CKAN package) is known.
        system: the application system that showed its token; whoever is signed in beside it does
            not count.
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
    use = use_of(package)
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
        return Refused(403, decision.article, decision.zh, decision.en, decision.missing)
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
    return Granted(
        package=package,
        name=row.name or resource_id,
        grant=grant,
        used=used,
        is_foreign=is_foreign,
        withheld=decision.withheld,
        token=system.token if system else None,
        digest=row.hash or "",
    )


def _resource(resource_id: str) -> Any:
    if not _RESOURCE_ID.fullmatch(resource_id):
        return None
    return (
        session_connection()
        .execute(
            sa.text(
                "SELECT r.name, r.hash, p.id AS package_id FROM resource r JOIN package p"
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
