"""Actions that operate nodes and runs: schedules, pauses, cancelling, retries, alarms."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.catalog.canonical import KINDS
from ckanext.fjgov.core.federation.schedule import ScheduleRefused, next_due, parse_schedule
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import alarming, polling, showing, starting
from ckanext.fjgov.logic.sync.lookup import found_run
from ckanext.fjgov.model import alarms, audit, operations, run_control
from ckanext.fjgov.model.database import own_transaction

MAX_LIMIT = 200


def fjgov_schedule_set(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Set when a node is synchronised by itself.

    :param node: code of the node
    :param schedule: `every N` (minutes), `daily HH:MM` (Asia/Shanghai), or `off`
    """
    tk.check_access("fjgov_schedule_set", context, data_dict)
    code = starting.known_node(tk.get_or_bust(data_dict, "node")).code
    try:
        schedule = parse_schedule(str(data_dict.get("schedule") or ""))
    except ScheduleRefused as error:
        raise tk.ValidationError({"schedule": [f"{error.zh} / {error.en}"]}) from error
    now = utc_now()
    due = next_due(schedule, now) if schedule else None
    rule = str(schedule) if schedule else ""
    with own_transaction() as connection:
        operations.set_schedule(
            connection, code, rule=rule, next_due=due, by=_actor(context), now=now
        )
    _audit(context, "schedule_set", {"node": code, "schedule": rule or "off"})
    alarming.assess(code)
    return _shown(code)


def fjgov_node_pause(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Stop the synchronisation of a node until it is resumed; a run that goes on is not ended.

    :param node: code of the node
    :param reason: why, for those who find it paused
    """
    tk.check_access("fjgov_node_pause", context, data_dict)
    code = starting.known_node(tk.get_or_bust(data_dict, "node")).code
    reason = _reason(data_dict)
    with own_transaction() as connection:
        operations.pause(connection, code, by=_actor(context), reason=reason, now=utc_now())
    _audit(context, "node_paused", {"node": code, "reason": reason})
    alarming.assess(code)
    return _shown(code)


def fjgov_node_resume(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Let a paused node be synchronised again; its next due time counts from now.

    :param node: code of the node
    """
    tk.check_access("fjgov_node_resume", context, data_dict)
    code = starting.known_node(tk.get_or_bust(data_dict, "node")).code
    now = utc_now()
    with own_transaction() as connection:
        schedule = parse_schedule(operations.find(connection, code).rule)
        due = next_due(schedule, now) if schedule else None
        operations.resume(connection, code, due, now)
    _audit(context, "node_resumed", {"node": code})
    return _shown(code)


def fjgov_node_poll(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask a node where its log ends, with one small request, and give the lag of the copy here.

    :param node: code of the node
    """
    tk.check_access("fjgov_node_poll", context, data_dict)
    code = starting.known_node(tk.get_or_bust(data_dict, "node")).code
    polling.poll(code)
    return _shown(code)


def fjgov_sync_cancel(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End a run: at once while it waits, at its next step while it goes on.

    What is done stays, and the next run goes on from the cursor.

    :param id: of the run
    :param reason: why (optional)
    """
    tk.check_access("fjgov_sync_cancel", context, data_dict)
    run_id = tk.get_or_bust(data_dict, "id")
    with own_transaction() as connection:
        row = found_run(connection, run_id)
        state = run_control.ask_cancel(
            connection,
            run_id,
            by=_actor(context),
            reason=str(data_dict.get("reason") or ""),
            now=utc_now(),
        )
    if state is None:
        raise tk.ValidationError(
            {"id": [f"运行 {run_id} 已经结束 / run {run_id} has ended already"]}
        )
    detail = {"run": run_id, "node": row["node"], "reason": str(data_dict.get("reason") or "")}
    _audit(context, "sync_cancelled", detail)
    return {"id": run_id, "node": row["node"], "state": state}


def fjgov_sync_retry(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Fetch one refused record again and look at it, in a run of its node.

    :param node: code of the node
    :param kind: `entry`, `unit`, or type of a record of another directory
    :param key: code of the unit, identifier of any other record
    """
    tk.check_access("fjgov_sync_retry", context, data_dict)
    code, kind, key = (str(tk.get_or_bust(data_dict, name)) for name in ("node", "kind", "key"))
    with own_transaction() as connection:
        is_held = kind in KINDS and run_control.is_held(connection, code, kind, key)
    if not is_held:
        raise tk.ValidationError(
            {
                "key": [
                    (
                        f"节点 {code} 没有拒收的记录 {kind}:{key} / "
                        f"no record {kind}:{key} of node {code} is refused here"
                    )
                ]
            }
        )
    run_id = starting.start(
        code, by=_actor(context), trigger="retry", options={"retry": [kind, key]}
    )
    return {"id": run_id, "node": code, "state": "queued"}


@tk.side_effect_free
def fjgov_sync_progress(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show in numbers how far a run is; small, to be asked every second or two.

    :param id: of the run
    """
    tk.check_access("fjgov_sync_show", context, data_dict)
    run_id = tk.get_or_bust(data_dict, "id")
    with own_transaction() as connection:
        row = found_run(connection, run_id)
    return showing.progress_of(row)


@tk.side_effect_free
def fjgov_alarm_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List alarms, open ones first.

    :param node: only of this node
    :param all: closed ones too (default: open ones only)
    :param limit: most rows wanted (default 50, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_alarm_list", context, data_dict)
    alarming.assess_all()
    with own_transaction() as connection:
        rows = alarms.listing(
            connection,
            node=data_dict.get("node") or None,
            only_open=not tk.asbool(data_dict.get("all", False)),
            limit=min(whole(data_dict, "limit", 50), MAX_LIMIT),
            offset=whole(data_dict, "offset", 0),
        )
    return [showing.plain(row) for row in rows]


def fjgov_alarm_acknowledge(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Note that a person has taken up an alarm; it closes by itself when its cause is gone.

    :param id: of the alarm
    :param note: what is being done (optional)
    """
    tk.check_access("fjgov_alarm_acknowledge", context, data_dict)
    number = whole(data_dict, "id", 0)
    note = str(data_dict.get("note") or "")
    with own_transaction() as connection:
        row = alarms.acknowledge(connection, number, by=_actor(context), note=note, now=utc_now())
    if row is None:
        raise tk.ObjectNotFound(f"没有告警 {number} / there is no alarm {number}")
    _audit(context, "alarm_acknowledged", {"alarm": number, "node": row["node"], "note": note})
    return showing.plain(row)


def whole(data: dict[str, Any], name: str, default: int) -> int:
    """Read a whole number that is not negative.

    Raises:
        ValidationError: it is something else.
    """
    text = str(data.get(name, default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise tk.ValidationError(
            {name: [f"{name} 须为非负整数 / {name} must be a whole number, not negative"]}
        )
    return int(text)


def _shown(code: str) -> dict[str, Any]:
    node = starting.known_node(code)
    return {"node": code, **showing.operation_rows([node])[code]}


def _reason(data: dict[str, Any]) -> str:
    text = str(data.get("reason") or "").strip()
    if not text:
        raise tk.ValidationError({"reason": ["请填写原因 / say why"]})
    return text


def _actor(context: Any) -> str:
    return str(context.get("user") or "")


def _audit(context: Any, event: str, detail: dict[str, Any]) -> None:
    audit.append(event, _actor(context), detail, utc_now())
