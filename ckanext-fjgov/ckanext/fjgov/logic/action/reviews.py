"""Actions of the shrink guard's review: what would go, approve it or refuse it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.operations import showing, starting
from ckanext.fjgov.model import audit, reviews
from ckanext.fjgov.model.database import own_transaction

MAX_LIMIT = 1000


@tk.side_effect_free
def fjgov_review_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show which records a stopped run would take away, and what was decided.

    :param id: of the stopped run
    :param limit: most records wanted (default 100, at most 1,000)
    :param offset: records to skip
    """
    tk.check_access("fjgov_review_show", context, data_dict)
    run_id = str(tk.get_or_bust(data_dict, "id"))
    with own_transaction() as connection:
        found = _found(reviews.find(connection, run_id), run_id)
        records = reviews.records(
            connection,
            run_id,
            min(whole(data_dict, "limit", 100), MAX_LIMIT),
            whole(data_dict, "offset", 0),
        )
    return {**showing.plain(found), "records": records}


def fjgov_review_approve(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve the withdrawal of exactly the listed records and start a run that may do it.

    Should the node meanwhile withdraw other records as well, the guard stops that run and asks
    again.

    :param id: of the stopped run
    :param digest: `digest` of the list that was looked at
    :param reason: why, for the audit trail
    """
    tk.check_access("fjgov_review_approve", context, data_dict)
    found, reason = _looked_at(data_dict)
    run_id = starting.start_approved(found, by=_actor(context), reason=reason)
    _audit(context, "shrink_approved", found, reason)
    return {"id": found["run_id"], "decision": "approved", "node": found["node"], "run": run_id}


def fjgov_review_refuse(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Keep the listed records; the same list is not asked about again.

    :param id: of the stopped run
    :param digest: `digest` of the list that was looked at
    :param reason: why, for the audit trail
    """
    tk.check_access("fjgov_review_refuse", context, data_dict)
    found, reason = _looked_at(data_dict)
    with own_transaction() as connection:
        starting.decide(connection, found["run_id"], "refused", by=_actor(context), reason=reason)
    _audit(context, "shrink_refused", found, reason)
    return {"id": found["run_id"], "decision": "refused", "node": found["node"]}


def _looked_at(data_dict: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Give the review that the caller has looked at, and the caller's reason."""
    run_id, digest = (str(tk.get_or_bust(data_dict, name)) for name in ("id", "digest"))
    reason = str(data_dict.get("reason") or "").strip()
    if not reason:
        raise tk.ValidationError({"reason": ["请填写原因 / say why"]})
    with own_transaction() as connection:
        found = _found(reviews.find(connection, run_id), run_id)
    if found["digest"] != digest:
        raise tk.ValidationError(
            {"digest": ["清单与所查看的不同，请重新查看 / the list is another one: look again"]}
        )
    return found, reason


def _audit(context: Any, event: str, found: dict[str, Any], reason: str) -> None:
    detail = {
        "run": found["run_id"],
        "node": found["node"],
        "list": found["digest"],
        "records": found["listed"],
        "reason": reason,
    }
    audit.append(event, _actor(context), detail, utc_now())


def _actor(context: Any) -> str:
    return str(context.get("user") or "")


def _found(row: dict[str, Any] | None, run_id: str) -> dict[str, Any]:
    if row is None:
        raise tk.ObjectNotFound(
            f"运行 {run_id} 没有待核实的清单 / run {run_id} has no list to review"
        )
    return row
