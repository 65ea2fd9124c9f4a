"""The legal bases of restricted and non-shared information (Art. 4(1)), per entry and 信息项.

They are filed (备案) with 省数字办 by travelling up. Filing is not approval: nothing is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# 受限共享类、非共享共享类: what needs a basis.
CLASSES_WITH_BASIS = ("2", "3")


@dataclass(frozen=True, slots=True)
class Basis:
    """One basis.

    Attributes:
        item: name of the 信息项 that is stricter than its entry, "" for the entry itself.
        share_type: class that it gives the reason for.
        title, number, clause, statement: 名称、文号、条款、说明, "" where not stated.
    """

    item: str
    share_type: str
    title: str
    number: str
    clause: str
    statement: str


def bases_of(entry: Mapping[str, Any]) -> list[Basis]:
    """Give the bases of an entry and of its stricter items, in their order.

    Args:
        entry: `share_type`, and `legal_basis` and `items` as lists of rows.

    Cost: O(rows).
    """
    found = []
    share_type = entry.get("share_type") or ""
    if share_type in CLASSES_WITH_BASIS:
        for row in _rows(entry, "legal_basis"):
            texts = (_text(row, name) for name in ("title", "number", "clause", "statement"))
            found.append(Basis("", share_type, *texts))
    for row in _rows(entry, "items"):
        if row.get("share_type") in CLASSES_WITH_BASIS and row.get("basis_title"):
            names = ("basis_title", "basis_number", "basis_clause", "basis_statement")
            texts = (_text(row, name) for name in names)
            found.append(Basis(_text(row, "name"), _text(row, "share_type"), *texts))
    return found


def _rows(entry: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = entry.get(name)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
