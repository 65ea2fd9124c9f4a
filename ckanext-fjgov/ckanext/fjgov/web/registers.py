"""Read-only queries of the register of units (政务用户目录), which everybody may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ckan import model

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the register."""

    id: str
    name: str
    title: str
    extras: dict[str, Any]


def find_units(
    *, words: str = "", level: str = "", home_node: str = "", page: int = 1
) -> tuple[int, list[Unit]]:
    """List units by division, level and code.

    Args:
        words: part of the name, or of the code.
        level: code of a level, "" for all.
        home_node: code of a node, "" for all.
        page: counted from 1.

    Returns:
        The number of all units found, and one page of them.
    """
    query, ordered = _asked(words, level, home_node)
    rows = ordered.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return query.count(), [_unit(row) for row in rows]


def all_units(
    *, words: str = "", level: str = "", home_node: str = ""
) -> tuple[int, Iterator[Unit]]:
    """Give the number of all units that `find_units` finds, and all of them one by one."""
    query, ordered = _asked(words, level, home_node)
    return query.count(), (_unit(row) for row in ordered.yield_per(500))


def _asked(words: str, level: str, home_node: str) -> tuple[Any, Any]:
    """Give the query of the register for some conditions, and the same in its order."""
    query = _live()
    for text in words.split():
        like = f"%{text.replace('%', '').replace('_', '')}%"
        query = query.filter(
            model.Group.title.ilike(like) | model.Group.extras["uscc"].astext.ilike(like)
        )
    if level:
        query = query.filter(model.Group.extras["level"].astext == level)
    if home_node:
        query = query.filter(model.Group.extras["home_node"].astext == home_node)
    ordered = query.order_by(
        model.Group.extras["home_node"].astext,
        model.Group.extras["division"].astext,
        model.Group.extras["uscc"].astext,
    )
    return query, ordered


def subordinate_units(uscc: str) -> list[Unit]:
    """List the units whose parent has this code."""
    if not uscc:
        return []
    query = _live().filter(model.Group.extras["parent_uscc"].astext == uscc)
    return [_unit(row) for row in query.order_by(model.Group.title).limit(200)]


def units_by_code(codes: list[str]) -> dict[str, Unit]:
    """Give units by their code."""
    if not codes:
        return {}
    rows = _live().filter(model.Group.extras["uscc"].astext.in_(codes))
    return {row.extras["uscc"]: _unit(row) for row in rows}


def units_by_id(ids: list[str]) -> list[Unit]:
    """Give units by id, ordered by name."""
    return [_unit(row) for row in _live().filter(model.Group.id.in_(ids)).order_by("title")]


def units_by_name(names: list[str]) -> list[Unit]:
    """Give units by their web names, in any order."""
    if not names:
        return []
    return [_unit(row) for row in _live().filter(model.Group.name.in_(names))]


def unit_names(after: str = "", until: str = "") -> Iterator[str]:
    """Give the web names of all units, or of those behind one name up to another, in order."""
    query = model.Session.query(model.Group.name).filter(*_LIVE)
    query = query.filter(model.Group.name > after) if after else query
    query = query.filter(model.Group.name <= until) if until else query
    for row in query.order_by(model.Group.name).yield_per(1000):
        yield row.name


def own_units(home_node: str) -> list[Unit]:
    """List all units registered at one node."""
    query = _live().filter(model.Group.extras["home_node"].astext == home_node)
    return [_unit(row) for row in query.order_by(model.Group.title).limit(1000)]


def titles_of(package_ids: list[str]) -> dict[str, str]:
    """Give the titles of records by id."""
    rows = model.Session.query(model.Package.id, model.Package.title)
    return {row.id: row.title for row in rows.filter(model.Package.id.in_(package_ids))}


_LIVE = (
    model.Group.is_organization.is_(True),
    model.Group.state == "active",
    model.Group.type == "organization",
)


def _live() -> Any:
    return model.Session.query(model.Group).filter(*_LIVE)


def _unit(row: Any) -> Unit:
    return Unit(
        id=row.id, name=row.name, title=row.title or row.name, extras=dict(row.extras or {})
    )
