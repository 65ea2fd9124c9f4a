"""The query service (数据查询, Art. 22): who may ask, what of a table is given, and its record."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.fjgov.core.access.decision import Grant, Use
from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.exchange import asking, statements
from ckanext.fjgov.core.exchange.asking import Asked, Params
from ckanext.fjgov.core.exchange.filters import Filter
from ckanext.fjgov.core.exchange.tables import Column, MountedTable
from ckanext.fjgov.core.exchange.typed_values import UnfitError
from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.logic import gateway, settings
from ckanext.fjgov.logic.exchange import pacing, spending
from ckanext.fjgov.logic.gateway import Elsewhere, Granted, Refused
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.logic.sharing.systems import Caller
from ckanext.fjgov.model import mounts, table_rows
from ckanext.fjgov.model.database import session_connection

log = logging.getLogger(__name__)

MOVED = Refused(
    503,
    "",
    "库表正在更新，请稍后再试",
    "the table is being refreshed; try again shortly",
    retry_after=5,
)
TOO_SLOW = Refused(
    503,
    "",
    "查询超过时限，请缩小范围：增加筛选条件、减少行数，或不计总数（count=false）",
    "the query took too long: add conditions, ask for fewer rows, or do without count",
    retry_after=5,
)
OTHER_VERSION = Refused(
    409,
    "",
    "库表已更新，先前各页与现在的数据不是同一版本，请从第一页重新查询",
    "the table was refreshed since the earlier pages; begin again at the first one",
)
NO_COLUMNS = Refused(
    403,
    "第二十二条",
    "授权的信息项不在该库表中，请核对资源或另行申请",
    "the table has none of the items that are granted; check the resource or apply for others",
)


@dataclass(frozen=True, slots=True)
class Service:
    """A table as one reader may use it.

    Attributes:
        columns: that the reader may have.
        rows: filter that always holds.
        granted: the entry, the grant, and what the record of a use says.
    """

    table: MountedTable
    columns: tuple[Column, ...]
    rows: Filter
    granted: Granted

    @property
    def grant(self) -> Grant | None:
        """Give the grant on which it rests; None where none is needed."""
        return self.granted.grant


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, whose use is on record.

    Attributes:
        columns: that are given.
        rows: for JSON the text of each; for CSV the values of each, by column.
        total: rows on all pages; None when nobody asked.
        following: parameters of the next page; None after the last.
        begun: the record of the use; None where it could not be written and need not be.
    """

    service: Service
    asked: Asked
    columns: tuple[Column, ...]
    rows: Sequence[Any]
    total: int | None
    following: dict[str, list[str]] | None
    begun: UseEvent | None


def service_of(
    resource_id: str,
    user: Any,
    asked: Asked | None = None,
    aspect: Aspect = Aspect.QUERY,
    system: Caller | None = None,
    table: MountedTable | None = None,
) -> Refused | Elsewhere | Service:
    """Say what of a table a caller may use, for what was asked; anything unknown is refused.

    Args:
        asked: items beyond a grant are refused by the names of their columns.
        table: where it was looked up already.

    Cost: as `gateway.decide_use_of`, beside one look-up.
    """
    asked = asked or Asked()
    use = Use(aspect, asked.items, grant=asked.grant)
    made = gateway.decide_use_of(resource_id, user, lambda _package: use, system)
    table = table or mounts.find(session_connection(), resource_id)
    if isinstance(made, Refused) and table and made.missing:
        names = [one.name for one in table.columns_of(made.missing)]
        return _beyond(made, names)
    if not isinstance(made, Granted):
        return made
    if table is None:
        return gateway.NOT_MOUNTED
    grant = made.grant
    columns = tuple(
        one
        for one in (table.columns_of(grant.items) if grant else table.columns)
        if one.item not in made.withheld
    )
    return Service(table, columns, grant.filter if grant else (), made) if columns else NO_COLUMNS


def answer(
    resource_id: str, user: Any, params: Params, who: str, system: Caller | None = None
) -> Refused | Elsewhere | Page:
    """Answer a query: the rows are read, its use is on record, and no byte has gone out.

    Args:
        params: see `core.exchange.asking`.
        who: id or address of the caller, by which requests are counted.

    Cost: the decision, one statement for the page, one for the count where conditions need it,
        one committed record.
    """
    table = mounts.find(session_connection(), resource_id)
    most = settings.query_max_rows()
    asked = asking.read(params, table.columns if table else (), most)
    service = service_of(resource_id, user, asked, system=system, table=table)
    if not isinstance(service, Service):
        return service
    grant = service.grant
    refused = pacing.refusal(who, grant.number if grant else "") or _faulty(asked, service)
    if refused:
        return refused
    if asked.version not in (0, service.table.version):
        return OTHER_VERSION
    return _page(service, asked, params)


def _page(service: Service, asked: Asked, params: Params) -> Refused | Page:
    columns = asked.fields or service.columns
    as_json = asked.format == asking.JSON
    try:
        wanted = statements.page(service.table, asked, columns, service.rows, as_json=as_json)
        counting = statements.total(service.table, asked, service.rows) if asked.count else None
    except UnfitError:
        return unfit(service)
    try:
        with table_rows.reading(1000 * settings.query_timeout_s()) as connection:
            found = table_rows.rows_of(connection, wanted)
            counted = table_rows.number_of(connection, counting) if counting else None
    except table_rows.TooSlowError:
        return TOO_SLOW
    except table_rows.TableMovedError:
        return MOVED
    rows = found[: asked.limit]
    has_more = len(found) > len(rows)
    begun = begin(service, len(rows))
    if isinstance(begun, Refused):
        return begun
    return Page(
        service=service,
        asked=asked,
        columns=columns,
        rows=[row[1] for row in rows] if as_json else [row[1:] for row in rows],
        total=(service.table.rows if counting is None else counted) if asked.count else None,
        following=(
            asking.next_page(asked, rows[-1][0], service.table.version, params)
            if has_more
            else None
        ),
        begun=begun,
    )


def begin(service: Service, rows: int, file: str = "") -> Refused | UseEvent | None:
    """Take from the quota and record a use, before its first byte; says why it must not be.

    Args:
        rows, file: as `spending.take` has them.
    """
    refused = spending.take(service.grant, rows, file)
    if refused:
        return refused
    try:
        return using.begin(service.granted.used)
    except using.NotRecordedError:
        log.exception("a use of %s could not be recorded", service.table.resource)
        return gateway.NOT_RECORDED


def unfit(service: Service) -> Refused:
    """Refuse since the rows of a grant cannot be told from others in this table."""
    number = service.grant.number if service.grant else ""
    return Refused(
        409,
        "第二十二条",
        f"授权 {number} 的行筛选条件在该库表中无法执行，请联系信息发布单位或另行申请",
        f"the rows of grant {number} cannot be told in this table; contact the provider",
    )


def _beyond(made: Refused, names: Sequence[str]) -> Refused:
    listed = "、".join(names)
    return Refused(
        403,
        made.article,
        f"授权不含列 {listed}：请用 fields 只选授权的列，或另行申请" if names else made.zh,
        f"the grant does not hold {', '.join(names)}: choose its columns by fields, or apply"
        if names
        else made.en,
        made.missing,
    )


def _faulty(asked: Asked, service: Service) -> Refused | None:
    """Refuse what was not understood, all of it, with what is known."""
    zh = [one for one, _en in asked.faults]
    en = [one for _zh, one in asked.faults]
    if asked.unknown:
        columns = "、".join(one.name for one in service.columns)
        given = "、".join(one[:100] for one in asked.unknown[:20])
        known = "、".join(asking.NAMES)
        zh.append(f"不认识 {given}；可用的参数：{known}；可用的列：{columns}")
        en.append(f"unknown: {given}; parameters: {known}; columns: {columns}")
    return Refused(400, "", "；".join(zh), "; ".join(en)) if zh else None
