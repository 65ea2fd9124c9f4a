"""Counts of records by code, arranged as the tree of a code list or of units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a tree before it is arranged.

    Attributes:
        code: key of the place.
        label: what pages call it.
        parent: code of the place above, None at the top.
    """

    code: str
    label: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Branch:
    """One place with those below it.

    Attributes:
        count: records that carry the code itself.
        held: places of the branch with records, this one included.
    """

    code: str
    label: str
    count: int
    held: int
    below: tuple[Branch, ...] = field(default=())


def tree_of(
    places: Iterable[Place], counts: Mapping[str, int], *, keep_top: bool = False
) -> tuple[Branch, ...]:
    """Arrange counts as a tree; branches without any record are left out.

    A code that no place has belongs under the place with the longest code that it starts with, and
    stands at the top when there is none. A place whose parent is missing stands at the top; of a
    circle of parents every member does.

    Args:
        places: in the order in which siblings are shown.
        counts: code -> number of records that carry it.
        keep_top: show places at the top without records too.

    Cost: O(places + codes · length of a code).
    """
    known = {place.code: place for place in places}
    for code in sorted(code for code in counts if code not in known and counts[code]):
        known[code] = Place(code, code, _front(code, known))
    children: dict[str | None, list[Place]] = {}
    for place in known.values():
        parent = place.parent if place.parent in known and not _circles(place, known) else None
        children.setdefault(parent, []).append(place)
    return tuple(
        branch
        for place in children.get(None, [])
        if (branch := _branch(place, children, counts)).held or keep_top
    )


def _branch(
    place: Place, children: Mapping[str | None, list[Place]], counts: Mapping[str, int]
) -> Branch:
    grown = (_branch(child, children, counts) for child in children.get(place.code, []))
    below = tuple(branch for branch in grown if branch.held)
    count = counts.get(place.code, 0)
    held = bool(count) + sum(branch.held for branch in below)
    return Branch(place.code, place.label, count, held, below)


def _front(code: str, known: Mapping[str, Place]) -> str | None:
    fronts = (code[:length] for length in range(len(code) - 1, 0, -1))
    return next((front for front in fronts if front in known), None)


def _circles(place: Place, known: Mapping[str, Place]) -> bool:
    """Tell whether climbing from a place comes back to it."""
    seen: set[str] = set()
    above = place.parent
    while above is not None and above in known and above not in seen:
        if above == place.code:
            return True
        seen.add(above)
        above = known[above].parent
    return False
