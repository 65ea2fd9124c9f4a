"""Take from the quota of a grant before the first byte (使用配额, Art. 22, 24).

The count is a row in PostgreSQL that is raised in one statement, so that two who ask at once
cannot pass a limit together. It is committed before the record of the use: what breaks off between
the two has taken from the quota and given nothing, never the other way round.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from ckanext.fjgov.core.access.decision import Grant
from ckanext.fjgov.core.exchange import quotas as rules
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import LOCAL_ZONE, local_today, utc_now
from ckanext.fjgov.logic.gateway import Refused
from ckanext.fjgov.model import quotas
from ckanext.fjgov.model.database import own_transaction


class _PassedError(Exception):
    """A limit would be passed, so that nothing is taken."""

    def __init__(self, spent: quotas.Spent) -> None:
        super().__init__(spent)
        self.spent = spent


def take(grant: Grant | None, rows: int, file: str = "") -> Refused | None:
    """Take a use and its rows from a grant's quota; says why not when it would pass a limit.

    Args:
        grant: on which the use rests; without one, or without a quota, nothing is taken.
        rows: that are given.
        file: digest of a file of rows, which counts its rows once a day, however often it is
            fetched or gone on with.

    Cost: one or two statements in a transaction of their own.
    """
    if grant is None or not grant.quota:
        return None
    most_uses = rules.limit(grant.quota, rules.USES)
    most_rows = rules.limit(grant.quota, rules.ROWS)
    try:
        with own_transaction() as connection:
            _take(connection, grant.number, rows, file, (most_uses, most_rows))
    except _PassedError as error:
        spent = error.spent
    else:
        return None
    if spent.uses >= most_uses:
        return _refused(
            f"授权 {grant.number} 今日的使用次数（{most_uses}）已用完",
            f"the uses of today ({most_uses}) of grant {grant.number} are used up",
        )
    left = max(0, most_rows - spent.rows)
    return _refused(
        f"授权 {grant.number} 今日还可取得 {left} 行（每日 {most_rows} 行），本次为 {rows} 行；"
        "请减少行数（limit）",
        f"grant {grant.number} gives {left} more rows today ({most_rows} a day) and this is {rows};"
        " ask for fewer (limit)",
    )


def _take(
    connection: sa.Connection, number: str, rows: int, file: str, most: tuple[int, int]
) -> None:
    key, day = (settings.node().code, number), local_today()
    is_new = not file or quotas.is_first(connection, key, day, file)
    took = quotas.take(
        connection,
        key,
        day,
        rows=rows if is_new else 0,
        most_uses=most[0],
        most_rows=most[1],
    )
    if not took:
        raise _PassedError(quotas.spent(connection, key, day))


def _refused(zh: str, en: str) -> Refused:
    now = utc_now().astimezone(LOCAL_ZONE)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), LOCAL_ZONE)
    wait = int((midnight - now).total_seconds()) + 1
    return Refused(
        429,
        "第二十二条",
        f"{zh}；次日零时恢复，需要更多请重新申请",
        f"{en}; it begins anew at midnight, and more needs an application",
        retry_after=wait,
    )
