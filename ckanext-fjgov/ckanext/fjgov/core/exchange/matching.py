"""Hold the columns of a file against the 信息项 of its entry, before any row is read (Art. 20)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.exchange import faults
from ckanext.fjgov.core.exchange.faults import Fault
from ckanext.fjgov.core.exchange.tables import VERSION_COLUMN, Column
from ckanext.fjgov.core.exchange.values import KIND_OF, Reader, reader_of

YES = "1"
NOT_SHARED = "3"
# PostgreSQL cuts longer names, and CKAN's datastore takes no such characters.
LONGEST_NAME = 63
_BAD_NAME = re.compile(r'^[_\W]|["%:\\\x00-\x1f]|\s$')
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Item:
    """One 信息项 as far as a table must keep to it.

    Attributes:
        code: its 数据类型, of the list `item_types`.
        length: its 数据长度, None without one.
        is_withheld: it is 非共享, so that it never enters the exchange.
    """

    id: str
    name: str
    name_en: str
    code: str
    length: int | None
    is_required: bool
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A column of the table and where the file has it.

    Attributes:
        place: of the column in the file, from 0.
        header: of the column in the file.
    """

    column: Column
    place: int
    header: str
    read: Reader
    is_required: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What the columns of a file are.

    Attributes:
        placed: columns that are mounted, in the order of the items.
        unknown: headers of no item; they are not mounted.
        withheld: headers of 非共享 items; they are not mounted.
        left_out: names of items that the unit says this table does not have.
        faults: why the table cannot be mounted, none when it can.
    """

    placed: tuple[Placed, ...]
    unknown: tuple[str, ...]
    withheld: tuple[str, ...]
    left_out: tuple[str, ...]
    faults: tuple[Fault, ...]


def items_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Give the items of an entry; a row of an unknown type counts as text."""
    found = []
    for row in rows:
        if not row.get("id") or not row.get("name"):
            continue
        code = str(row.get("data_type") or "C")
        length = str(row.get("length") or "")
        found.append(
            Item(
                id=str(row["id"]),
                name=str(row["name"]),
                name_en=str(row.get("name_en") or ""),
                code=code if code in KIND_OF else "C",
                length=int(length) if length.isascii() and length.isdigit() else None,
                is_required=str(row.get("required") or "") == YES,
                is_withheld=str(row.get("share_type") or "") == NOT_SHARED,
            )
        )
    return tuple(found)


def match(
    header: Sequence[str],
    items: Sequence[Item],
    mapping: Mapping[str, str],
    left_out: Collection[str],
) -> Match:
    """Find the item of each column.

    Args:
        header: of the file.
        items: of the entry.
        mapping: column of the file -> id of an item, or "" for none; the others go by name.
        left_out: ids of items that this table does not have, none of them required.
    """
    found: list[Fault] = [*_mapping_faults(header, items, mapping)]
    by_item: dict[str, list[int]] = {}
    unknown: list[str] = []
    by_name = _names(items)
    for place, title in enumerate(header):
        known = mapping.get(title, by_name.get(_plain(title), ""))
        if known:
            by_item.setdefault(known, []).append(place)
        elif title:
            unknown.append(title)
    placed: list[Placed] = []
    withheld: list[str] = []
    names = column_names(items)
    for item in items:
        places = by_item.get(item.id, [])
        if item.is_withheld:
            withheld += [header[place] for place in places]
        elif len(places) == 1:
            column = Column(names[item.id], item.id, item.name, KIND_OF[item.code])
            read = reader_of(item.code, item.length)
            placed.append(Placed(column, places[0], header[places[0]], read, item.is_required))
        elif places:
            found.append(_twice(item, [header[place] for place in places]))
        elif item.is_required or item.id not in left_out:
            found.append(_missing(item))
    if not placed and not found:
        found.append(_nothing())
    gone = tuple(item.name for item in items if item.id in left_out and item.id not in by_item)
    return Match(tuple(placed), tuple(unknown), tuple(withheld), gone, tuple(found))


def column_names(items: Sequence[Item]) -> dict[str, str]:
    """Give the name of each item's column: its 英文名称, else its name, else a part of its id."""
    taken: set[str] = {VERSION_COLUMN}
    names: dict[str, str] = {}
    for item in items:
        wanted = [item.name_en] if _WORD.fullmatch(item.name_en) else []
        wanted.append(item.name)
        free = [name for name in wanted if _is_name(name) and name.casefold() not in taken]
        name = free[0] if free else f"item_{re.sub('[^0-9A-Za-z]', '', item.id)[:24].lower()}"
        taken.add(name.casefold())
        names[item.id] = name
    return names


def _is_name(name: str) -> bool:
    return (
        bool(name)
        and len(name.encode("utf-8")) <= LONGEST_NAME
        and not _BAD_NAME.search(name)
        and name.casefold() not in ("rank", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")
    )


def _names(items: Sequence[Item]) -> dict[str, str]:
    """Give the ids of items by each name that a column may have; one that two have is none's."""
    found: dict[str, set[str]] = {}
    for item in items:
        for name in {_plain(item.name), _plain(item.name_en)} - {""}:
            found.setdefault(name, set()).add(item.id)
    exact = {_plain(item.name): item.id for item in items}
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1} | exact


def _plain(name: str) -> str:
    """Give a name without what people write differently: width, case, spaces around."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _mapping_faults(
    header: Sequence[str], items: Sequence[Item], mapping: Mapping[str, str]
) -> list[Fault]:
    known = {item.id for item in items}
    found = [
        _fault(title, "指定了对应关系的列不在文件中", "this column of the mapping is not there")
        for title in mapping
        if title not in header
    ]
    found += [
        _fault(title, "对应的信息项不在目录中", "the item of this column is not in the entry")
        for title, item in mapping.items()
        if item and item not in known
    ]
    return found


def _missing(item: Item) -> Fault:
    if item.is_required:
        return _fault(
            item.name,
            "文件中没有此必填信息项的列",
            "the file has no column of this required item",
        )
    return _fault(
        item.name,
        "文件中没有此信息项的列；请补上、指定对应的列，或声明本表不含此项",
        "no column of this item: add it, name its column, or say that the table lacks the item",
    )


def _twice(item: Item, titles: Sequence[str]) -> Fault:
    return _fault(
        item.name,
        f"有多列对应此信息项：{'、'.join(titles)}",
        f"more than one column of this item: {', '.join(titles)}",
    )


def _nothing() -> Fault:
    return _fault("", "没有一列可以挂接", "no column can be mounted")


def _fault(column: str, zh: str, en: str) -> Fault:
    return Fault(faults.COLUMNS, 1, column, "", zh, en)
