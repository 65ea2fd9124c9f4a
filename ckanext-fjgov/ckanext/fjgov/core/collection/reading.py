"""Read collection items out of stored records: of the 采集目录, and of entries (Art. 6, 8).

A record of the 采集目录 reports many 信息项 at once; each of them is one item, decided by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from ckanext.fjgov.core.collection.item import CollectionItem, LegalBasis
from ckanext.fjgov.core.collection.likeness import read_item
from ckanext.fjgov.core.collection.territory import InvalidTerritory, Territory, territory_of
from ckanext.fjgov.core.collection.words import WordBook

YES = "1"
# 取得方式 of what a unit collects itself; shared and bought information is not collected.
OWN = "own"
_LONGEST_ID = 100


def item_id(identifier: str, row_id: str) -> str:
    """Give the id of an item: identifier of its record and id of its row, joined by `#`.

    Ids of rows are unique within a record only. One that could not travel as a key is replaced by
    its hash, so that the same row always has the same id.
    """
    is_plain = (
        len(row_id) <= _LONGEST_ID
        and row_id.isprintable()
        and " " not in row_id
        and normalize("NFKC", row_id) == row_id
    )
    return f"{identifier}#{row_id if is_plain else sha256(row_id.encode()).hexdigest()[:32]}"


def record_of(item: str) -> str:
    """Give the identifier of the record that an item belongs to."""
    return item.partition("#")[0]


def items_of_record(record: Mapping[str, Any], node: str) -> tuple[CollectionItem, ...]:
    """Read the items that a record of the 采集目录 reports, in the order of its rows.

    Args:
        record: fields by name, lists as lists; a draft may lack any of them.
        node: code of the record's home node.

    Returns:
        Nothing while the record has no territory, which the rules refuse on listing.
    """
    territory = _territory(_texts(record.get("territory")))
    if territory is None:
        return ()
    basis = _basis(record.get("legal_basis"))
    return tuple(
        CollectionItem(
            node=node,
            item_id=item_id(_text(record.get("identifier")), _text(row.get("id"))),
            unit=_text(record.get("provider_code")),
            name=_text(row.get("name")),
            territory=territory,
            business_object=_text(record.get("business_object")),
            line=_text(record.get("line_of_business")),
            is_object_key=row.get("is_object_key") == YES,
            authoritative_item=_text(row.get("authoritative_item")),
            is_base=bool(_texts(record.get("base_database"))),
            is_obtainable=record.get("obtainable") == YES,
            basis=basis,
        )
        for row in _rows(record.get("items"))
    )


def items_of_entry(entry: Mapping[str, Any], node: str) -> tuple[CollectionItem, ...]:
    """Read what an entry says its unit collects, in the order of its 信息项.

    Returns:
        Nothing for an entry that does not say 自采, and no item that says neither itself nor by
        its entry where it is collected.
    """
    if entry.get("acquisition") != OWN:
        return ()
    divisions = _texts(entry.get("division"))
    items = []
    for row in _rows(entry.get("items")):
        stated = _text(row.get("territory"))
        territory = _territory([stated] if stated else divisions)
        if territory is None:
            continue
        items.append(
            CollectionItem(
                node=node,
                item_id=item_id(_text(entry.get("identifier")), _text(row.get("id"))),
                unit=_text(entry.get("provider_code")),
                name=_text(row.get("name")),
                territory=territory,
                business_object=_text(row.get("business_object")),
                line=_text(row.get("line_of_business")),
                is_object_key=row.get("is_object_key") == YES,
                authoritative_item=_text(row.get("authoritative_item")),
            )
        )
    return tuple(items)


def with_bases(
    items: Iterable[CollectionItem], reported: Iterable[CollectionItem], words: WordBook
) -> tuple[CollectionItem, ...]:
    """Give items the law that the unit cites for them in its own records of the 采集目录.

    The legal basis of an entry says why it is not shared, not why it is collected.

    Args:
        reported: items of the same unit, decided or not.
    """
    cited = {_meaning(item, words): item.basis for item in reported if item.basis.is_cited}
    return tuple(
        replace(item, basis=cited.get(_meaning(item, words), item.basis)) for item in items
    )


def _meaning(item: CollectionItem, words: WordBook) -> tuple[str, str]:
    read = read_item(item, words)
    return read.business_object, read.word.word


def _territory(codes: Sequence[str]) -> Territory | None:
    try:
        return territory_of(codes)
    except InvalidTerritory:
        # The rules name the wrong code; without a territory nothing can be compared.
        return None


def _basis(value: Any) -> LegalBasis:
    found = (LegalBasis(_text(r.get("title")), _text(r.get("clause"))) for r in _rows(value))
    return next((basis for basis in found if basis.is_cited), LegalBasis())


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
