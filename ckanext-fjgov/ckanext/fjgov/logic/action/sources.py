"""Actions of foreign sources (M41d: 过渡接入 with consent and an end date)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.errors import FjgovError
from ckanext.fjgov.core.federation.errors import FederationError
from ckanext.fjgov.core.foreign.definition import SourceDefinition
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.logic.sources import checking, registering
from ckanext.fjgov.model import sources
from ckanext.fjgov.model.database import own_transaction

LONGEST_FILE = 256 * 1024


def fjgov_source_preview(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read the first 20 records of a source and say what would become of each; stores nothing.

    :param definition: the file of the source (YAML), or
    :param code: code of a registered source
    """
    tk.check_access("fjgov_source_preview", context, data_dict)
    return _spoken(lambda: checking.preview(_definition(data_dict)))


def fjgov_source_check(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read a whole source and count what a sync would list, hold and change; stores nothing.

    :param definition: the file of the source (YAML), or
    :param code: code of a registered source
    """
    tk.check_access("fjgov_source_check", context, data_dict)
    return _spoken(lambda: checking.dry_run(_definition(data_dict)))


def fjgov_source_add(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Enable a source, or change a registered one; needs consent and a clean dry run.

    :param definition: the file of the source (YAML)
    """
    tk.check_access("fjgov_source_add", context, data_dict)
    text = _file(data_dict)
    return _spoken(lambda: registering.add(text, context.get("user") or ""))


def fjgov_source_end(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """End a source: it is not read any more.

    :param code: code of the source
    :param reason: why, for those who look at it later
    """
    tk.check_access("fjgov_source_end", context, data_dict)
    code, reason = tk.get_or_bust(data_dict, ["code", "reason"])
    return registering.end(str(code), context.get("user") or "", str(reason))


@tk.side_effect_free
def fjgov_source_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List foreign sources with state, consent, counts and last reading."""
    tk.check_access("fjgov_source_list", context, data_dict)
    rows = registering.listing()
    if not _may_change(context):
        # The file names intranet addresses, which only those who register them need.
        for row in rows:
            del row["definition"]
    return rows


@tk.side_effect_free
def fjgov_source_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show one foreign source.

    :param code: code of the source
    """
    tk.check_access("fjgov_source_show", context, data_dict)
    code = tk.get_or_bust(data_dict, "code")
    for row in fjgov_source_list(context, {}):
        if row["code"] == code:
            return row
    raise tk.ObjectNotFound(f"没有来源 {code} / there is no source {code}")


def _may_change(context: Any) -> bool:
    try:
        tk.check_access("fjgov_source_add", context, {})
    except tk.NotAuthorized:
        return False
    return True


def _definition(data_dict: dict[str, Any]) -> SourceDefinition:
    if data_dict.get("definition"):
        return parse_definition(_file(data_dict))
    code = tk.get_or_bust(data_dict, "code")
    with own_transaction() as connection:
        stored = sources.find(connection, str(code))
    if stored is None:
        raise tk.ObjectNotFound(f"没有来源 {code} / there is no source {code}")
    return parse_definition(stored.definition)


def _file(data_dict: dict[str, Any]) -> str:
    text = tk.get_or_bust(data_dict, "definition")
    if not isinstance(text, str) or len(text) > LONGEST_FILE:
        raise tk.ValidationError(
            {"definition": ["来源文件须为不超过 256 KiB 的文本 / the file is a text up to 256 KiB"]}
        )
    return text


def _spoken(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do the work; what the source or its file lacks becomes an answer that says so."""
    try:
        return work()
    except (FederationError, FjgovError) as error:
        raise tk.ValidationError({"source": [str(error)]}) from error


SOURCE_ACTIONS = {
    "fjgov_source_preview": fjgov_source_preview,
    "fjgov_source_check": fjgov_source_check,
    "fjgov_source_add": fjgov_source_add,
    "fjgov_source_end": fjgov_source_end,
    "fjgov_source_list": fjgov_source_list,
    "fjgov_source_show": fjgov_source_show,
}
