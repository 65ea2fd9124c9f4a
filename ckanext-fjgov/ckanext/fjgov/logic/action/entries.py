"""Actions of the review of entries (Art. 16 to 18); each takes one entry or many.

With `id`, a refusal is an error; with `ids`, every entry has its own result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import checked, reason_of
from ckanext.fjgov.logic.cases import entries, revising

MOST_ENTRIES = 200


def fjgov_entry_submit(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Submit an entry or its revision for review (提交审核).

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param reason: for the reviewer (optional)
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    return _taken("submit", context, data_dict, ["submit"])


def fjgov_entry_recall(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take the own submission back (撤回).

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param reason: a remark (optional)
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    return _taken("recall", context, data_dict, ["recall"])


def fjgov_entry_return(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return an entry or its revision (退回修改); not the own submission.

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param reason: what is to be changed
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    return _taken("return", context, data_dict, ["return"])


def fjgov_entry_approve(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve an entry or its revision (审核通过); not the own submission.

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param list: list it at once, too (default false)
    :param reason: opinion (optional)
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    steps = ["approve", "list"] if tk.asbool(data_dict.get("list", False)) else ["approve"]
    return _taken("approve", context, data_dict, steps)


def fjgov_entry_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what was approved (发布目录); a revision takes the place of the listed entry.

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param reason: a remark (optional)
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    return _taken("list", context, data_dict, ["list"])


def fjgov_entry_withdraw(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Withdraw an entry (撤销目录): a listed one by a reviewer or the head of the unit.

    :param id: id or name of an entry
    :param ids: the same for many, at most 200
    :param reason: why
    :param version: `version` of the case that was looked at (with `id`, optional)
    :param versions: entry -> version that was looked at (with `ids`, optional)
    """
    return _taken("withdraw", context, data_dict, ["withdraw"])


def fjgov_revision_save(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Keep changes of a listed entry as a revision (更新目录); the listed entry stays as it is.

    :param id: id or name of the entry
    :param changes: fields to replace, as `package_patch` takes them

    Returns where the case stands, and in `findings` what comparing a collection record with the
    overall catalog found (Art. 8).
    """
    tk.check_access("fjgov_revision_save", context, data_dict)
    changes = data_dict.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise tk.ValidationError({"changes": ["changes 须为键值 / changes must be an object"]})
    reference = tk.get_or_bust(data_dict, "id")
    case = revising.save(reference, checked(changes, "changes"), context)
    found = revising.told_of(entries.found_entry(reference))
    return {**_stood(case), "findings": [finding.row() for finding in found]}


@tk.side_effect_free
def fjgov_revision_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a revision and what it changes, field by field.

    :param id: id or name of the entry
    """
    tk.check_access("fjgov_revision_show", context, data_dict)
    return revising.show(entries.found_entry(tk.get_or_bust(data_dict, "id")))


def fjgov_revision_discard(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Forget a revision that is not submitted (放弃更新); the entry stays listed as it is.

    :param id: id or name of the entry
    """
    tk.check_access("fjgov_revision_discard", context, data_dict)
    return _stood(entries.take(tk.get_or_bust(data_dict, "id"), [Request("discard")], context))


def _taken(name: str, context: Any, data: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    tk.check_access(f"fjgov_entry_{name}", context, data)
    reason = reason_of(data)
    if "ids" not in data:
        version = whole(data, "version", 0) if data.get("version") not in (None, "") else None
        requests = _requests(steps, reason, version)
        return _stood(entries.take(tk.get_or_bust(data, "id"), requests, context))
    ids = data["ids"]
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_ENTRIES:
        message = f"ids 须为 1 至 {MOST_ENTRIES} 条 / ids must be a list of 1 to {MOST_ENTRIES}"
        raise tk.ValidationError({"ids": [message]})
    versions = _versions(data)
    results = [
        _result(one, _requests(steps, reason, versions.get(str(one))), context) for one in ids
    ]
    done = sum(result["status"] == "done" for result in results)
    return {"done": done, "refused": len(results) - done, "results": results}


def _result(reference: Any, requests: list[Request], context: Any) -> dict[str, Any]:
    """Take the steps with one of many; a refusal leaves the others as they are."""
    # An action leaves traces in its context that the next entry must not meet.
    own = {name: context[name] for name in ("user", "auth_user_obj") if name in context}
    try:
        case = entries.take(reference, requests, own)
    except tk.ValidationError as error:
        messages = [str(text) for texts in error.error_dict.values() for text in _flat(texts)]
        return {"id": reference, "status": "refused", "messages": messages}
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        return {"id": reference, "status": "refused", "messages": [error.message or str(error)]}
    return {"id": reference, "status": "done", **_stood(case)}


def _requests(steps: list[str], reason: str, version: int | None) -> list[Request]:
    """Give steps as requests; the first is about the version that the caller looked at."""
    first, *later = steps
    return [Request(first, reason, version=version), *(Request(step, reason) for step in later)]


def _versions(data: dict[str, Any]) -> dict[str, int]:
    versions = data.get("versions") or {}
    if not isinstance(versions, Mapping):
        raise tk.ValidationError({"versions": ["versions 须为键值 / versions must be an object"]})
    return {str(one): whole(dict(versions), one, 0) for one in versions}


def _flat(texts: Any) -> list[Any]:
    return texts if isinstance(texts, list) else [texts]


def _stood(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "subject": case.subject,
        "state": case.state,
        "version": case.version,
    }
