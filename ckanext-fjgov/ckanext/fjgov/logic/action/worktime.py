"""Actions of working days (工作日): years that are known, loading one, when something is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.logic import worktime

LONGEST_FILE = 64 * 1024


@tk.side_effect_free
def fjgov_calendar_show(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List the years whose working days are known, and where each notice came from.

    Deadlines that reach into another year are provisional (暂定).
    """
    tk.check_access("fjgov_calendar_show", context, data_dict)
    return worktime.years()


def fjgov_calendar_load(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Load the State Council's notice on the working days of a year; an earlier one stays on file.

    :param notice: the file (YAML): year, notice, days_off, days_worked
    :param dry_run: only say which days would change (default false)
    """
    tk.check_access("fjgov_calendar_load", context, data_dict)
    text = tk.get_or_bust(data_dict, "notice")
    if not isinstance(text, str) or len(text) > LONGEST_FILE:
        raise tk.ValidationError(
            {"notice": [f"须为不超过 {LONGEST_FILE} 字的文本 / a text of at most {LONGEST_FILE}"]}
        )
    dry_run = tk.asbool(data_dict.get("dry_run", False))
    try:
        return worktime.load(text, context.get("user") or "", dry_run=dry_run)
    except FjgovError as error:
        raise tk.ValidationError({"notice": [str(error)]}) from error


@tk.side_effect_free
def fjgov_deadline_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say when a period of working days ends.

    :param received: time or day of receipt (ISO 8601; without a zone: time in China)
    :param days: working days, 1 to 1,000
    """
    tk.check_access("fjgov_deadline_show", context, data_dict)
    received, days = tk.get_or_bust(data_dict, ["received", "days"])
    try:
        at = datetime.fromisoformat(str(received))
    except ValueError as error:
        told = f"{received!r} 不是日期或时间 / is no day or time"
        raise tk.ValidationError({"received": [told]}) from error
    try:
        return worktime.due(at, int(days))
    except ValueError as error:
        raise tk.ValidationError({"days": [f"{days!r} 不是整数 / is no number"]}) from error
    except (FjgovError, OverflowError) as error:
        raise tk.ValidationError({"days": [str(error)]}) from error
