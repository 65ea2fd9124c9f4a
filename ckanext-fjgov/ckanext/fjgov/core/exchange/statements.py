"""Queries of mounted tables as statements of PostgreSQL: bound values, quoted names, no more.

Every statement is for psycopg2 (`connection.exec_driver_sql(sql, params)`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.fjgov.core.exchange.asking import Asked
from ckanext.fjgov.core.exchange.filters import POSTGRES, Filter, clause, quoted
from ckanext.fjgov.core.exchange.tables import VERSION_COLUMN, Column, MountedTable
from ckanext.fjgov.core.exchange.typed_values import Value

PLACE = quoted("_id")
Statement = tuple[str, dict[str, Value]]


def page(
    table: MountedTable, asked: Asked, columns: Sequence[Column], granted: Filter, *, as_json: bool
) -> Statement:
    """Give one page of rows, one more than were asked for where there are more.

    Args:
        columns: that are given, at least one.
        granted: filter of the grant; always holds.
        as_json: a row is its place in the table and its text as JSON; else its place and values.

    Raises:
        UnfitError: a filter cannot be applied to this table.
    """
    where, params = _where(table, asked, granted)
    names = ", ".join(quoted(one.name) for one in columns)
    wanted = f"(SELECT row_to_json(r)::text FROM (SELECT {names}) r)" if as_json else names
    order = [
        f"{quoted(column.name)}{' DESC' if descending else ''}" for column, descending in asked.sort
    ]
    sql = (
        f"SELECT {PLACE}, {wanted} FROM {quoted(table.resource)} WHERE {where}"
        f" ORDER BY {', '.join([*order, PLACE])} LIMIT %(limit)s OFFSET %(offset)s"
    )
    return sql, {**params, "limit": asked.limit + 1, "offset": asked.offset}


def total(table: MountedTable, asked: Asked, granted: Filter) -> Statement | None:
    """Give how many rows there are on all pages; None where the mount has counted them."""
    if not (asked.conditions or granted):
        return None
    where, params = _filters(table, asked, granted)
    return f"SELECT count(*) FROM {quoted(table.resource)} WHERE {where}", params


def whole(table: MountedTable, columns: Sequence[Column], granted: Filter, since: int) -> Statement:
    """Give all rows of a version of a table, or those that are new or changed since another.

    Rows that a mount is just bringing are left to the next version.

    Raises:
        UnfitError: the filter of the grant cannot be applied to this table.
    """
    where, params = clause(granted, table.columns, POSTGRES, "g")
    names = ", ".join(quoted(one.name) for one in columns)
    version = quoted(VERSION_COLUMN)
    sql = (
        f"SELECT {names} FROM {quoted(table.resource)} WHERE {where}"
        f" AND {version} > %(since)s AND {version} <= %(version)s ORDER BY {PLACE}"
    )
    return sql, {**params, "since": since, "version": table.version}


def count_whole(table: MountedTable, granted: Filter) -> Statement:
    """Give how many rows of a version of a table a grant gives."""
    where, params = clause(granted, table.columns, POSTGRES, "g")
    sql = (
        f"SELECT count(*) FROM {quoted(table.resource)} WHERE {where}"
        f" AND {quoted(VERSION_COLUMN)} <= %(version)s"
    )
    return sql, {**params, "version": table.version}


def _where(table: MountedTable, asked: Asked, granted: Filter) -> Statement:
    where, params = _filters(table, asked, granted)
    if not asked.after:
        return where, params
    return f"{where} AND {PLACE} > %(after)s", {**params, "after": asked.after}


def _filters(table: MountedTable, asked: Asked, granted: Filter) -> Statement:
    own, own_params = clause(asked.conditions, table.columns, POSTGRES, "a")
    given, given_params = clause(granted, table.columns, POSTGRES, "g")
    return f"({own}) AND ({given})", {**own_params, **given_params}
