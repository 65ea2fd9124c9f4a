"""The action that registers many entries in one call."""

from __future__ import annotations

from typing import Any, NoReturn

import ckan.plugins.toolkit as tk

from ckanext.fjgov.logic import idempotency
from ckanext.fjgov.logic.batch import Terms
from ckanext.fjgov.logic.batch.register import body_of, register, register_once
from ckanext.fjgov.logic.readers import person_in


def fjgov_entry_register(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Register many entries in one call; each is checked and answered on its own.

    An entry is given as to `package_create`; one with `id` or `identifier` replaces that entry as
    `package_update` does. A registrar may write the entries of the own unit. Entries are written
    in their order, in pages of 500, each page in one transaction; a refused one leaves the others
    as they are.

    :param entries: the entries, at most `fjgov.batch.max_entries` and `fjgov.batch.max_bytes`
    :type entries: list of dictionaries
    :param dry_run: say what would become of each entry, write nothing (default: false)
    :type dry_run: bool
    :param idempotency_key: a text of the caller's choice (up to 200 characters). The same call
        with the same key is answered as before and writes nothing; a call that was cut off goes
        on where it ended. With other entries the key is refused. A dry run keeps no key.
        (optional)
    :type idempotency_key: string

    :returns: `dry_run`, `totals` (status: number) and `results`, one for each entry in order, with
        `position` (from 0), `status` (`created`, `updated`, `unchanged` or `refused`), `id`,
        `identifier` and `findings` (`rule`, `field`, `severity`, `zh`, `en`)
    :rtype: dictionary
    """
    tk.check_access("fjgov_entry_register", context, data_dict)
    entries = _entries(data_dict)
    _refuse_large("entries", len(entries), "fjgov.batch.max_entries", "条", "entries")
    body = body_of(entries)
    _refuse_large("entries", len(body), "fjgov.batch.max_bytes", "字节", "bytes")
    terms = Terms(
        user=context.get("user") or "",
        trusted=bool(context.get("ignore_auth")),
        dry_run=_truth(data_dict.get("dry_run", False)),
    )
    key = idempotency.key_of(context, dict(data_dict))
    if not key or terms.dry_run:
        return register(entries, terms)
    return register_once(entries, terms, person_in(context).user_id or "", key, body)


def _entries(data_dict: dict[str, Any]) -> list[Any]:
    entries = data_dict.get("entries")
    if not isinstance(entries, list) or not entries:
        _refuse("entries", "须为目录的列表，至少一条", "must be a list of entries, at least one")
    return entries


def _refuse_large(name: str, number: int, setting: str, zh: str, en: str) -> None:
    most = int(tk.config.get(setting))
    if number > most:
        _refuse(
            name,
            f"共 {number} {zh}，一次最多 {most} {zh}，请分批提交",
            f"{number} {en}, at most {most} in one call: send them in parts",
        )


def _truth(value: Any) -> bool:
    try:
        return bool(tk.asbool(value))
    except ValueError:
        _refuse("dry_run", "须为 true 或 false", "must be true or false")


def _refuse(name: str, zh: str, en: str) -> NoReturn:
    raise tk.ValidationError({name: [f"F1 {name}：{zh} / {en}"]})
