"""What the doctor says about operation: open alarms, and a scheduler that does not work."""

from __future__ import annotations

from datetime import timedelta

from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import alarming
from ckanext.fjgov.model import alarms, operations
from ckanext.fjgov.model.database import own_transaction

SILENT_AFTER = timedelta(minutes=2)
MOST = 1000


def open_alarms() -> list[dict[str, str]]:
    """Give problems with `check`, `record`, `zh` and `en`; the alarms are brought up to date."""
    alarming.assess_all()
    with own_transaction() as connection:
        rows = alarms.listing(connection, node=None, only_open=True, limit=MOST, offset=0)
    problems = [
        {
            "check": "alarm",
            "record": f"{row['node']}:{row['kind']}",
            "zh": row["zh"],
            "en": row["en"],
        }
        for row in rows
    ]
    if not scheduler_works():
        problems.append(
            {
                "check": "scheduler",
                "record": "fjgov schedule run",
                "zh": "有同步计划而调度进程没有运行，请启动 ckan fjgov schedule run",
                "en": "there are schedules and no scheduler: start ckan fjgov schedule run",
            }
        )
    return problems


def scheduler_works() -> bool:
    """Tell whether the scheduler was at work within two minutes, or is not needed."""
    with own_transaction() as connection:
        planned = [row for row in operations.all_operations(connection).values() if row.rule]
        seen = operations.ticked_at(connection)
    return not planned or (seen is not None and utc_now() - seen < SILENT_AFTER)
