"""The visibility table: share class, openness, state and reader decide what may be seen.

Every guard, search label, page and export asks this module, so that they cannot disagree.
Unknown values deny.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class Reader(Enum):
    """Who asks (requirements, "Who acts")."""

    ANONYMOUS = "anonymous"
    STAFF = "staff"
    OWN_UNIT = "own_unit"
    GRANTEE = "grantee"
    PARTNER_NODE = "partner_node"
    OFFICE = "office"
    OPERATOR = "operator"
    # An application system (应用系统) with its token: it sees what is listed, and uses grants.
    SYSTEM = "system"


class Aspect(Enum):
    """What of an entry may be seen or used.

    INTERNAL is what officials see and the public never does: contacts and legal-basis notes.
    """

    LISTED = "listed"
    METADATA = "metadata"
    ITEM_NAMES = "item_names"
    INTERNAL = "internal"
    ADDRESS = "address"
    QUERY = "query"
    DOWNLOAD = "download"


class ShareClass(Enum):
    """非受限 / 受限 / 非共享共享类 (Art. 45(1)); the codes are those of the 2017 guide."""

    UNRESTRICTED = "1"
    RESTRICTED = "2"
    NOT_SHARED = "3"


class State(Enum):
    """State of an entry in the catalog: 草稿, 目录已发布, 已撤销."""

    DRAFT = "draft"
    LISTED = "active"
    WITHDRAWN = "deleted"


class AnonymousScope(Enum):
    """How much a node shows to anonymous readers; OPEN is the default."""

    OPEN = "open"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """The part of an entry that decides about its visibility; None stands for an unknown value."""

    share_class: ShareClass | None
    is_open: bool
    state: State | None


_PUBLIC_VIEW = frozenset({Aspect.LISTED, Aspect.METADATA, Aspect.ITEM_NAMES})
_OFFICIAL_VIEW = _PUBLIC_VIEW | {Aspect.INTERNAL}
_USE = frozenset({Aspect.QUERY, Aspect.DOWNLOAD})
_NOTHING: frozenset[Aspect] = frozenset()


def entry_facts(entry: Mapping[str, Any]) -> EntryFacts:
    """Read the deciding facts from an entry's fields; what cannot be read becomes None.

    Args:
        entry: needs `share_type`, `open_to_public`, `state` and `private`.
    """
    state = _member(State, entry.get("state"))
    if entry.get("private") not in (False, None, "False", "false"):
        state = State.DRAFT
    return EntryFacts(
        share_class=_member(ShareClass, entry.get("share_type")),
        is_open=entry.get("open_to_public") == "1",
        state=state,
    )


def directory_facts(record: Mapping[str, Any], audience: str) -> EntryFacts:
    """Read the deciding facts of a record of a directory beside the 政务信息目录 (Art. 45).

    Such a record has no share class: whoever is no official sees it only when its directory is
    open and the record itself is, as if it were unrestricted; no node's setting widens that.

    Args:
        record: needs `open_to_public`, `state` and `private`.
        audience: of its directory; anything but `open` is for officials only.
    """
    is_open = audience == "open" and record.get("open_to_public") == "1"
    share_type = ShareClass.UNRESTRICTED.value if is_open else None
    return replace(
        entry_facts({**record, "share_type": share_type}),
        is_open=is_open,
    )


def item_classes(
    items: Iterable[Mapping[str, Any]], entry: EntryFacts
) -> dict[str, ShareClass | None]:
    """Give the classes of the items that are stricter than their entry, by id (R13).

    Args:
        items: rows of 信息项, with `id` and perhaps `share_type`.

    Returns:
        None for a class that cannot be read, which denies.
    """
    found: dict[str, ShareClass | None] = {}
    for item in items:
        own = item.get("share_type")
        share_class: ShareClass | None = _member(ShareClass, own)
        least = entry.share_class.value if entry.share_class else ""
        if own and (share_class is None or share_class.value > least):
            found[str(item.get("id") or "")] = share_class
    return found


def visible_aspects(
    facts: EntryFacts, reader: Reader, scope: AnonymousScope = AnonymousScope.OPEN
) -> frozenset[Aspect]:
    """Give what one kind of reader may see and use of an entry.

    Args:
        facts: what is known of the entry.
        reader: the kind of reader; someone who is of several kinds gets the union.
        scope: the node's setting for anonymous readers.

    Returns:
        A set of aspects, empty when the entry does not exist for this reader.

    Source: Art. 20-22, 33 and 45(1); requirements, "Two publications, three classes".
    """
    if facts.state is None:
        return _NOTHING
    if facts.state is not State.LISTED:
        return _OFFICIAL_VIEW | {Aspect.ADDRESS} if reader is Reader.OWN_UNIT else _NOTHING
    if reader is Reader.ANONYMOUS:
        return _anonymous(facts, scope)
    if reader is Reader.SYSTEM:
        return _PUBLIC_VIEW | _open_use(facts)
    return _OFFICIAL_VIEW | _use(facts, reader)


def _anonymous(facts: EntryFacts, scope: AnonymousScope) -> frozenset[Aspect]:
    if facts.share_class in (None, ShareClass.NOT_SHARED):
        return _NOTHING
    if facts.is_open:
        return _PUBLIC_VIEW | _open_use(facts)
    return _PUBLIC_VIEW if scope is AnonymousScope.METADATA else _NOTHING


def _use(facts: EntryFacts, reader: Reader) -> frozenset[Aspect]:
    """Identified staff query what is unrestricted; everything else needs openness or a grant."""
    if reader is Reader.OWN_UNIT:
        return _USE | {Aspect.ADDRESS}
    if reader is Reader.PARTNER_NODE or facts.share_class in (None, ShareClass.NOT_SHARED):
        return _NOTHING
    if _open_use(facts):
        return _USE
    if reader is Reader.GRANTEE:
        return _USE
    if facts.share_class is ShareClass.UNRESTRICTED:
        return frozenset({Aspect.QUERY})
    return _NOTHING


def _open_use(facts: EntryFacts) -> frozenset[Aspect]:
    """Give what anybody may use: all of what is unrestricted and open to society."""
    is_free = facts.share_class is ShareClass.UNRESTRICTED and facts.is_open
    return _USE if is_free else _NOTHING


def _member(kind: type[Any], value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
