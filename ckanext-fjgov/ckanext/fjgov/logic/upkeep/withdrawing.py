"""How the yearly maintenance takes an entry out of the catalog (撤销, 合并; Art. 17)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.cases import entries


def withdraw(context: Any, package: model.Package, reason: str) -> Applied | None:
    """Withdraw an entry with what was written before it; by a step of its case under review.

    Returns:
        The step for the audit, None where no review is required.

    Raises:
        ValidationError, NotAuthorized: nothing has changed; the caller rolls back.
    """
    own = {"user": context.get("user")}
    if settings.review_required():
        try:
            return entries.take_within(package, [Request("withdraw", reason)], own)
        except tk.NotAuthorized as error:
            # A registrar decides on the others of the list; this entry keeps its result.
            raise tk.ValidationError({"decision": [str(error.message or "")]}) from error
    tk.get_action("package_delete")(own, {"id": package.id})
    return None


def reason_of(year: int, merged_into: str, note: str) -> str:
    """Give the reason that the case and its notices show."""
    what = f"并入 {merged_into}" if merged_into else "撤销"
    return "；".join(filter(None, (f"{year}年度目录维护：{what}", note.strip())))
