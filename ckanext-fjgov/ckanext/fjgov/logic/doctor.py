"""Look for what no trigger saw: rows and log that disagree, a broken audit, mail that stays."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.fjgov.logic import mailing, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.sharing import using
from ckanext.fjgov.model import audit, usage_role
from ckanext.fjgov.model.change_rows import current_entries, current_units
from ckanext.fjgov.model.database import snapshot
from ckanext.fjgov.model.signed_head import HeadRefusedError

BATCH = 1000


def examine() -> list[dict[str, str]]:
    """Compare every record with its log row; drain the log before.

    Returns:
        Problems with `check`, `record`, `zh` and `en`; empty when all is well.

    Cost: reads the whole catalog once.
    """
    with snapshot() as connection:
        found = [*_log_problems(connection), *_audit_problems(connection)]
        rights = _usage_rights(connection)
    return found + rights + _usage_problems() + _mail_problems()


def _log_problems(connection: sa.Connection) -> list[dict[str, str]]:
    logged = {
        (row.kind, row.record_id): row
        for row in connection.execute(
            sa.text(
                "SELECT kind, record_id, node, key, op, hash FROM fjgov_change"
                " WHERE record_id IS NOT NULL"
            )
        )
    }
    problems = []
    seen = set()
    for table, reader in (
        ("package", current_entries),
        ('"group" WHERE is_organization', current_units),
    ):
        ids = [row.id for row in connection.execute(sa.text(f"SELECT id FROM {table} ORDER BY id"))]
        for start in range(0, len(ids), BATCH):
            current = reader(connection, ids[start : start + BATCH], settings.shapes())
            for record_id, now in current.items():
                seen.add((now.kind, record_id))
                problems += _compare(logged.get((now.kind, record_id)), now)
    problems += [
        _problem("log", f"{kind}:{row.key}", "日志有、表中无", "logged, and not in the tables")
        for (kind, record_id), row in logged.items()
        if (kind, record_id) not in seen and row.op == "put"
    ]
    return problems


def _compare(row: Any, now: Any) -> list[dict[str, str]]:
    name = f"{now.kind}:{now.key}"
    if row is None:
        if now.data is None:
            return []
        return [_problem("log", name, "已发布而未入日志（标识符重复？）", "listed and not logged")]
    if now.data is None:
        if row.op == "put":
            return [_problem("log", name, "已撤回而日志仍在", "not listed, and logged as listed")]
        return []
    if row.op != "put" or row.hash != now.hash:
        return [_problem("log", name, "内容与日志不一致", "content and log differ")]
    return []


def _usage_rights(connection: sa.Connection) -> list[dict[str, str]]:
    """Say when the site's own role could change the log of uses without leaving a trace."""
    excess = usage_role.excess(connection)
    if not excess:
        return []
    names = ", ".join(excess)
    return [
        _problem(
            "usage_role",
            usage_role.site_role(connection),
            f"站点的数据库角色可改动使用记录（{names}），请由数据库管理员执行"
            " `ckan fjgov usage protect` 输出的语句",
            f"the site's database role may change the log of uses ({names}): let a database"
            " administrator run what `ckan fjgov usage protect` prints",
        )
    ]


def _usage_problems() -> list[dict[str, str]]:
    try:
        return [
            _problem("usage", str(fault.event or fault.seal), fault.zh, fault.en)
            for fault in using.check()
        ]
    except HeadRefusedError as error:
        path = str(error)
        return [_problem("usage", path, "库外签名文件不是本节点所写", "not signed by this node")]


def _mail_problems() -> list[dict[str, str]]:
    return [_problem("mail", *found) for found in mailing.problems(utc_now())]


def _audit_problems(connection: sa.Connection) -> list[dict[str, str]]:
    return [
        _problem("audit", str(number), "审计链在此断开", "the audit chain breaks here")
        for number in audit.broken_links(connection)
    ]


def _problem(check: str, record: str, zh: str, en: str) -> dict[str, str]:
    return {"check": check, "record": record, "zh": zh, "en": en}
