"""Where an item is collected (采集地域): dated divisions, and whether two territories meet.

Must not know which node answers for a division: see `federation.scope`, whose dated prefix it uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ckanext.fjgov.core.catalog.divisions import division_level, is_division_code
from ckanext.fjgov.core.errors import InvalidValue
from ckanext.fjgov.core.federation.scope import ScopeRule

_LENGTHS = {"province": 2, "city": 4}


class InvalidTerritory(InvalidValue):
    """A text names no division, or a territory has no part."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Divisions in which a unit collects an item: `parts` without `without`.

    Attributes:
        parts: prefixes of division codes with dates; at least one.
        without: prefixes that are left out, for example 350128 of 3501 while 平潭 collects itself.
    """

    parts: tuple[ScopeRule, ...]
    without: tuple[ScopeRule, ...] = ()

    def __post_init__(self) -> None:
        if not self.parts:
            raise InvalidTerritory(
                "采集地域为空，请至少填写一个行政区划代码",
                "the collection territory is empty: give one division code at least",
            )

    def meets(self, other: Territory, since: date) -> bool:
        """Tell whether a division lies in both on a day that is not before `since`.

        Parts left out count when they cover the whole of what two parts have in common.

        Returns:
            The same for both orders of the two territories.

        Cost: O(parts of one × parts of the other); there are a few.
        """
        left_out = self.without + other.without
        return any(
            _share(mine, theirs, left_out, since) for mine in self.parts for theirs in other.parts
        )

    def holds(self, other: Territory, since: date) -> bool:
        """Tell whether all of another territory lies inside this one from a day on.

        Parts of `other` that ended before `since` ask for nothing.
        """
        return all(
            any(_inside(theirs, mine, since) for mine in self.parts)
            and not any(_share(theirs, rule, other.without, since) for rule in self.without)
            for theirs in other.parts
            if theirs.valid_until is None or since < theirs.valid_until
        )

    def is_same(self, other: Territory) -> bool:
        """Tell whether both name the same divisions, dates aside."""
        return _prefixes(self.parts) == _prefixes(other.parts)


def prefix_of(code: str) -> str:
    """Give the digits all divisions inside a division begin with.

    Args:
        code: 6, 9 or 12 digits, or such a prefix of 2 or 4 digits.

    Returns:
        2 digits for a province, 4 for a city, else the code.

    Raises:
        InvalidTerritory: the text is neither.
    """
    if code.isascii() and code.isdigit() and len(code) in _LENGTHS.values():
        return code
    if not is_division_code(code):
        raise InvalidTerritory(
            f"采集地域 {code[:20]} 不是行政区划代码，请填写6、9或12位数字",
            f"collection territory {code[:20]!a} is no division code: give 6, 9 or 12 digits",
        )
    return code[: _LENGTHS.get(division_level(code), len(code))]


def territory_of(codes: Iterable[str], without: Iterable[str] = ()) -> Territory:
    """Build a territory without dates from division codes or prefixes.

    Raises:
        InvalidTerritory: there is no code, or a text is none.
    """
    return Territory(
        tuple(ScopeRule(prefix_of(code)) for code in codes),
        tuple(ScopeRule(prefix_of(code)) for code in without),
    )


def _prefixes(rules: tuple[ScopeRule, ...]) -> frozenset[str]:
    return frozenset(rule.prefix for rule in rules)


def _share(
    first: ScopeRule, second: ScopeRule, left_out: tuple[ScopeRule, ...], since: date
) -> bool:
    inner = first if len(first.prefix) >= len(second.prefix) else second
    outer = second if inner is first else first
    if not inner.prefix.startswith(outer.prefix):
        return False
    begins = max(day for day in (first.valid_from, second.valid_from, since) if day)
    ends = min((day for day in (first.valid_until, second.valid_until) if day), default=date.max)
    return begins < ends and not any(
        inner.prefix.startswith(rule.prefix)
        and (rule.valid_from is None or rule.valid_from <= begins)
        and (rule.valid_until is None or ends <= rule.valid_until)
        for rule in left_out
    )


def _inside(inner: ScopeRule, outer: ScopeRule, since: date) -> bool:
    begins = max(inner.valid_from or since, since)
    return (
        inner.prefix.startswith(outer.prefix)
        and (outer.valid_from is None or outer.valid_from <= begins)
        and (
            outer.valid_until is None
            or (inner.valid_until is not None and inner.valid_until <= outer.valid_until)
        )
    )
