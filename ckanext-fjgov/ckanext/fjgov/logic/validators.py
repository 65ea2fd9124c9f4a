"""Field validators that the schemas name; each is a thin wrapper over core/."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.navl.dictization_functions import unflatten
from ckan.logic.converters import convert_to_extras

from ckanext.fjgov.core.catalog.canonical import stored_text
from ckanext.fjgov.core.catalog.directories import record_schemas
from ckanext.fjgov.logic.directory_rules import check_directory_write
from ckanext.fjgov.logic.entry_rules import check_entry_write
from ckanext.fjgov.logic.unit_rules import check_unit_write, unit_system_value


def fjgov_text(value: Any) -> str:
    """Take one text; numbers become text, anything structured is refused."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise tk.Invalid("F1 须为文本 / must be text")
    return str(value).strip()


def fjgov_text_list(value: Any) -> str:
    """Take a list of texts, JSON text of one, or one text; keep order, drop repeats and blanks."""
    items = _as_list(value)
    kept: list[str] = []
    for item in items:
        text = fjgov_text(item)
        if text and text not in kept:
            kept.append(text)
    if not kept:
        return ""
    return stored_text(kept)


def fjgov_code_list(value: Any) -> str:
    """Take a list of codes; membership is checked by the rules, with all other findings."""
    return fjgov_text_list(value)


def fjgov_list_output(value: Any) -> list[Any]:
    """Give a stored list back as a list."""
    if isinstance(value, list):
        return value
    return _json_or(value, [])


def fjgov_rows(value: Any) -> str:
    """Take a list of rows, or JSON text of one."""
    rows = _as_list(value) if value else []
    if not all(isinstance(row, dict) for row in rows):
        raise tk.Invalid("F1 须为若干行，每行为键值 / must be a list of rows")
    return stored_text(rows) if rows else ""


def fjgov_rows_output(value: Any) -> list[Any]:
    """Give stored rows back as a list of dicts."""
    return fjgov_list_output(value)


def fjgov_rows_stored(_key: Any, data: Any, errors: Any, context: Any) -> None:
    """Store the rows of a record as `stored_text`; scheming would store escapes for what is left.

    The last of the validators of a whole record: the rules read rows as rows.
    """
    nested = unflatten(data)
    for field in record_schemas()[data["type",]].fields:
        if field.kind == "rows" and field.name in nested and field.stored_as is None:
            for place in [place for place in data if place[0] == field.name]:
                del data[place]
            data[(field.name,)] = stored_text(nested[field.name])
            convert_to_extras((field.name,), data, errors, context)
            del data[(field.name,)]


def fjgov_system_value(key: Any, data: Any, errors: Any, context: Any) -> None:  # noqa: ARG001 - CKAN's signature
    """Ignore what a caller sends for a value that the node allocates or derives."""
    data.pop(key, None)
    raise tk.StopOnError


def fjgov_resource_address(value: Any) -> Any:
    """Pass the gateway address; the real one was taken out before validation."""
    return value


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, str) and value.strip().startswith("["):
        parsed = _json_or(value, None)
        if isinstance(parsed, list):
            return parsed
    return [value]


def _json_or(value: Any, default: Any) -> Any:
    if not isinstance(value, str) or not value:
        return default
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return default


VALIDATORS = {
    "fjgov_text": fjgov_text,
    "fjgov_text_list": fjgov_text_list,
    "fjgov_code_list": fjgov_code_list,
    "fjgov_list_output": fjgov_list_output,
    "fjgov_rows": fjgov_rows,
    "fjgov_rows_output": fjgov_rows_output,
    "fjgov_rows_stored": fjgov_rows_stored,
    "fjgov_system_value": fjgov_system_value,
    "fjgov_resource_address": fjgov_resource_address,
    "fjgov_entry_rules": check_entry_write,
    "fjgov_directory_rules": check_directory_write,
    "fjgov_unit_rules": check_unit_write,
    "fjgov_unit_name": unit_system_value,
}
