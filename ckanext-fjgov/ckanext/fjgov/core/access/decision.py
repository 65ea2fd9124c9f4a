"""May this person use this information now, and on what ground? (Art. 20 to 23, 27, 45)

Every guard of the exchange asks `decide_access`. It knows no exception: what the visibility table
does not give, only a grant in force gives, and for everything else there is a reason to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from ckanext.fjgov.core.access.visibility import (
    AnonymousScope,
    Aspect,
    EntryFacts,
    Reader,
    ShareClass,
    visible_aspects,
)
from ckanext.fjgov.core.exchange import quotas
from ckanext.fjgov.core.exchange.filters import Filter

# Shared modes (共享模式, Art. 22) by what they let a holder do.
MODE_OF = {Aspect.QUERY: "query", Aspect.DOWNLOAD: "direct"}
CUSTOM = "custom"
IN_FORCE = "active"


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as far as it decides (授权).

    Attributes:
        number: of the grant.
        entry: id of the entry.
        items: ids of the 信息项 that it gives.
        mode: `query`, `direct` or `custom`; what is processed to order is fetched by either way.
        state: of its case; only `active` gives anything.
        starts, until: from the first moment on, and no longer at the second one.
        unit: code of the holding unit.
        users: accounts that alone may use it; empty for all staff of the unit.
        system: registration number of the unit's application system that alone may use it; ""
            for people.
        share_class: of the entry when it was given, or when its provider looked at it last.
        filter: rows that it gives (`core.exchange.filters`); empty for all.
        quota: how much it gives in a day (`core.exchange.quotas`); empty without a limit.
    """

    number: str
    entry: str
    items: frozenset[str]
    mode: str
    state: str
    starts: datetime
    until: datetime
    unit: str
    users: frozenset[str] = frozenset()
    system: str = ""
    share_class: str = ShareClass.RESTRICTED.value
    filter: Filter = ()
    quota: Mapping[str, int] = field(default_factory=dict)

    @property
    def limits_rows(self) -> bool:
        """Tell whether it gives some rows only, which a file as a whole cannot keep to."""
        return bool(self.filter) or self.quota.get(quotas.ROWS) is not None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to use something.

    Attributes:
        readers: all kinds of reader that the person is for the entry.
        user: account; "" for nobody.
        units: codes of the units in which the person is appointed today, or of the system's unit.
        system: registration number of the system that calls; "" for a person.
    """

    readers: tuple[Reader, ...]
    user: str = ""
    units: frozenset[str] = frozenset()
    system: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody wants to do.

    Attributes:
        aspect: QUERY or DOWNLOAD; what is only shown follows from the visibility table alone.
        items: ids of the 信息项 that it gives: all of a file, of a query those asked for. A grant
            of fewer does not allow it.
        grant: number of the grant on which it is to rest; "" for any that allows it.
        whole: it gives a file as it is, so that nothing can keep to some rows.
        mode: `custom` for what is processed to order, which a grant of that mode alone gives; ""
            for the mode that the aspect has.
    """

    aspect: Aspect
    items: frozenset[str] = frozenset()
    grant: str = ""
    whole: bool = False
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The use is allowed.

    Attributes:
        grant: on which it rests; None where none is needed.
        withheld: ids of items that are stricter than their entry, so that it does not give them.
    """

    grant: Grant | None = None
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Denied:
    """The use is not allowed.

    Attributes:
        article: of the rules on which the refusal rests.
        zh, en: why, and what to do.
        is_hidden: the asker may not even know that there is such an entry.
        missing: ids of the items that were asked for and are not granted, where that is why.
    """

    article: str
    zh: str
    en: str
    is_hidden: bool = False
    missing: frozenset[str] = frozenset()


_HIDDEN = Denied("", "没有该信息", "there is no such information", is_hidden=True)
_BY_CLASS = {
    ShareClass.UNRESTRICTED: Denied(
        "第二十二条",
        "非受限共享信息的下载须配置授权；机关单位可申请共享",
        "a download needs a configured grant; a government unit may apply for it",
    ),
    ShareClass.RESTRICTED: Denied(
        "第二十二条、第二十三条",
        "受限共享信息须经申请并授权后使用",
        "restricted information is used under a grant; apply for it",
    ),
    ShareClass.NOT_SHARED: Denied(
        "第四条、第二十一条",
        "非共享信息不通过交换发布",
        "information of this class is not published through the exchange",
    ),
}
_TOO_FEW_ITEMS = Denied(
    "第二十二条",
    "授权只含部分信息项，不能取得含其他信息项的数据；请使用数据查询，或另行申请",
    "the grant holds some of the items only; use a query, or apply for the others",
)
_STRICTER_ITEMS = Denied(
    "第二十二条、第二十三条",
    "所选信息项严于目录，须经申请并授权后使用",
    "these items are stricter than their entry and are used under a grant; apply for them",
)
_SOME_ROWS = Denied(
    "第二十二条",
    "授权限定了数据行，不能取得整份文件；请使用数据查询或库表下载",
    "the grant is limited to some rows; query the table, or download it as one",
)
_NO_SUCH_GRANT = Denied(
    "第二十二条",
    "您没有该编号的授权，请核对",
    "you hold no grant of this number; check it",
)
_OTHER_MODE = Denied(
    "第二十二条",
    "授权的共享模式不含此种使用，可另行申请",
    "the grant is for another mode; apply for this one",
)
_TIGHTENED = (
    "该信息的共享类型已变严，授权待发布单位复核",
    "is to be reviewed by the provider, since its information got a stricter class",
)
_BY_STATE = {
    "suspended": ("授权已暂停", "is suspended"),
    "in_review": _TIGHTENED,
    "revoked": ("授权已收回", "was taken back"),
    "ended": ("授权已提前终止", "was ended early"),
    "expired": ("授权已到期", "has expired"),
}


def decide_access(
    facts: EntryFacts,
    asker: Asker,
    use: Use,
    grants: Iterable[Grant],
    now: datetime,
    scope: AnonymousScope = AnonymousScope.OPEN,
    classes: Mapping[str, ShareClass | None] = MappingProxyType({}),
) -> Allowed | Denied:
    """Decide about one use of one entry at one moment; anything unknown is denied.

    Args:
        facts: of the entry.
        grants: of this entry, whoever holds them and whatever became of them.
        scope: the node's setting for anonymous readers.
        classes: of the items that are stricter than the entry (`visibility.item_classes`).

    Cost: one pass over the grants.
    """
    given = _given(facts, asker.readers, scope)
    if Aspect.LISTED not in given:
        return _HIDDEN
    withheld = _withheld(facts, asker.readers, use.aspect, classes, scope)
    if use.aspect in given and not use.grant and not use.items & withheld:
        return Allowed(withheld=withheld)
    never = _withheld(facts, (Reader.GRANTEE,), use.aspect, classes, scope)
    if use.items & never:
        return replace(_BY_CLASS[ShareClass.NOT_SHARED], missing=use.items & never)
    by_class = _BY_CLASS.get(facts.share_class or ShareClass.NOT_SHARED, _HIDDEN)
    if use.aspect in given:
        by_class = replace(_STRICTER_ITEMS, missing=use.items & withheld)
    if use.aspect not in visible_aspects(facts, Reader.GRANTEE):
        return by_class
    held = [one for one in grants if _is_held(one, asker) and use.grant in ("", one.number)]
    made = _by_grant(facts, use, held, now) or (_NO_SUCH_GRANT if use.grant else by_class)
    return replace(made, withheld=never) if isinstance(made, Allowed) else made


def _given(
    facts: EntryFacts, readers: Iterable[Reader], scope: AnonymousScope
) -> frozenset[Aspect]:
    return frozenset[Aspect]().union(*(visible_aspects(facts, one, scope) for one in readers))


def _withheld(
    facts: EntryFacts,
    readers: Iterable[Reader],
    aspect: Aspect,
    classes: Mapping[str, ShareClass | None],
    scope: AnonymousScope,
) -> frozenset[str]:
    """Give the items of whose own class these readers may not make a use."""
    return frozenset(
        item
        for item, share_class in classes.items()
        if aspect not in _given(replace(facts, share_class=share_class), readers, scope)
    )


def is_in_force(grant: Grant, facts: EntryFacts, now: datetime) -> bool:
    """Tell whether a grant gives anything of an entry at a moment, whoever asks."""
    is_listed = Aspect.LISTED in visible_aspects(facts, Reader.GRANTEE)
    return is_listed and _lasts(grant, now) and not is_outgrown(grant.share_class, facts)


def is_outgrown(share_class: str, facts: EntryFacts) -> bool:
    """Tell whether an entry is stricter now than the class under which a grant was given."""
    # The codes of the classes stand in the order of their strictness.
    return facts.share_class is None or facts.share_class.value > share_class


def _by_grant(
    facts: EntryFacts, use: Use, held: list[Grant], now: datetime
) -> Allowed | Denied | None:
    """Say what the asker's own grants give; None when there are none."""
    modes = (use.mode,) if use.mode else (MODE_OF.get(use.aspect), CUSTOM)
    fitting = [one for one in held if one.mode in modes]
    in_force = [one for one in fitting if is_in_force(one, facts, now)]
    giving = [one for one in in_force if use.items <= one.items]
    found = [one for one in giving if not (use.whole and one.limits_rows)]
    if found:
        return Allowed(max(found, key=_gives_more))
    if giving:
        return _SOME_ROWS
    if in_force:
        widest = max(in_force, key=lambda one: (len(use.items & one.items), *_gives_more(one)))
        return replace(_TOO_FEW_ITEMS, missing=use.items - widest.items)
    if fitting:
        return _not_in_force(max(fitting, key=lambda one: one.until), now)
    return _OTHER_MODE if held else None


def _gives_more(grant: Grant) -> tuple[bool, bool, int, datetime, str]:
    """Order grants by what they give: all rows before some, then the most items, then the time."""
    return (
        not grant.limits_rows,
        not grant.quota,
        len(grant.items),
        grant.until,
        grant.number,
    )


def _is_held(grant: Grant, asker: Asker) -> bool:
    """Tell whether a grant is the asker's: a system's by the system, others by staff of a unit.

    A number alone proves nothing: a record of another unit may claim the same one.
    """
    if grant.unit not in asker.units or grant.system != asker.system:
        return False
    return not grant.users or asker.user in grant.users


def _lasts(grant: Grant, now: datetime) -> bool:
    return grant.state == IN_FORCE and grant.starts <= now < grant.until


def _not_in_force(grant: Grant, now: datetime) -> Denied:
    words = _BY_STATE.get(grant.state)
    if words is None and now < grant.starts:
        words = ("授权尚未生效", "is not yet in force")
    elif words is None:
        words = _TIGHTENED if _lasts(grant, now) else _BY_STATE["expired"]
    return Denied(
        "第二十二条",
        f"{words[0]}（{grant.number}），需要时请重新申请",
        f"grant {grant.number} {words[1]}",
    )
