"""Which node answers for a division: dated include and exclude lists over GB/T 2260 codes.

A record is checked by the registered division of its unit, so that 福州 cannot publish for 平潭
while 平潭 is a node of its own, and can before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .errors import ScopeConflict

_PREFIX = re.compile(r"[0-9]{2,12}")
_DIVISION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """Division codes that begin with a prefix, from one day until before another.

    Attributes:
        prefix: 2 to 12 digits as written: `3501` covers 350100 to 350199 and everything below;
            `350128` covers 平潭; `3500` covers the units of the province itself.
        valid_from: first day, or None for always.
        valid_until: first day it no longer holds, or None.
    """

    prefix: str
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if _PREFIX.fullmatch(self.prefix) is None:
            raise ValueError(f"not a prefix of division codes: {self.prefix[:20]!a}")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("the rule ends before it begins")

    def covers(self, division: str, on: date) -> bool:
        """Tell whether a division belongs to the rule on a day."""
        return (
            division.startswith(self.prefix)
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_until is None or on < self.valid_until)
        )

    def overlaps(self, other: ScopeRule) -> bool:
        """Tell whether two rules have a day in common."""
        return (
            self.valid_from is None
            or other.valid_until is None
            or self.valid_from < other.valid_until
        ) and (
            other.valid_from is None
            or self.valid_until is None
            or other.valid_from < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class NodeScope:
    """The divisions of one node: `include` without `exclude`."""

    code: str
    include: tuple[ScopeRule, ...]
    exclude: tuple[ScopeRule, ...] = ()

    def match_length(self, division: str, on: date) -> int:
        """Give the number of digits that bind a division to this node; 0 when it is outside.

        An exclusion holds against every inclusion that is not longer than itself.
        """
        included = _longest(self.include, division, on)
        excluded = _longest(self.exclude, division, on)
        return included if included > excluded else 0


@dataclass(frozen=True, slots=True)
class ScopeTable:
    """All registered nodes with their scopes.

    Raises:
        ScopeConflict: two nodes include the same prefix for the same days.
    """

    nodes: tuple[NodeScope, ...]

    def __post_init__(self) -> None:
        for first, second, prefix in self._equal_prefixes():
            raise ScopeConflict(
                f"节点 {first} 与 {second} 同时管辖 {prefix}，请先修改其中一个的范围",
                f"nodes {first} and {second} both include {prefix}; change one of them first",
            )

    def owner_of(self, division: str, on: date) -> str | None:
        """Give the code of the node that answers for a division on a day.

        Args:
            division: 6, 9 or 12 digits.
            on: the day the question is about.

        Returns:
            The node with the longest match, or None when no node includes the division.

        Raises:
            ValueError: the division is not 6, 9 or 12 digits.

        Cost: O(rules); there are a few dozen.
        Source: GB/T 2260, GB/T 10114; Art. 41 (两级目录).
        """
        if _DIVISION.fullmatch(division) is None:
            raise ValueError(f"not a division code: {division[:20]!a}")
        best: str | None = None
        longest = 0
        for node in self.nodes:
            length = node.match_length(division, on)
            if length > longest:
                best, longest = node.code, length
        return best

    def _equal_prefixes(self) -> Iterator[tuple[str, str, str]]:
        for position, node in enumerate(self.nodes):
            for other in self.nodes[position + 1 :]:
                for rule in node.include:
                    for rival in other.include:
                        if rule.prefix == rival.prefix and rule.overlaps(rival):
                            yield node.code, other.code, rule.prefix


def _longest(rules: Iterable[ScopeRule], division: str, on: date) -> int:
    return max((len(rule.prefix) for rule in rules if rule.covers(division, on)), default=0)
