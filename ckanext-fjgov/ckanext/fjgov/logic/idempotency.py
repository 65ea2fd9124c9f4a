"""Idempotency keys (幂等键): the same call with the same key registers once.

A key belongs to an account. It binds when the record is stored, in the same transaction: a call
that was refused or cut off leaves nothing, and its key may be used for what is sent next.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, MutableMapping
from typing import Any, NoReturn

from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.logic import indexing, settings
from ckanext.fjgov.logic.batch.register import OTHER_BODY, body_of
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.listeners import NOT_WRITTEN
from ckanext.fjgov.logic.masking import masked_entry
from ckanext.fjgov.logic.readers import person_in
from ckanext.fjgov.model import batch_keys, call_keys, merge
from ckanext.fjgov.model.call_keys import Call
from ckanext.fjgov.model.database import own_transaction, session_connection

HEADER, FIELD = "Idempotency-Key", "idempotency_key"
LONGEST_KEY = 200
log = logging.getLogger(__name__)


def key_of(context: Any, data: MutableMapping[str, Any]) -> str:
    """Take the key out of a call, from its body or its header; "" when it has none.

    Raises:
        ValidationError: it is no text of 1 to 200 characters, or the two are not the same.
    """
    in_body = data.pop(FIELD, None)
    in_header = None
    # Actions that others call on the way are not what the header speaks of.
    if "api_version" in context and has_request_context():
        in_header = request.headers.get(HEADER)
    if in_body is not None and in_header is not None and in_body != in_header:
        _refuse("请求头和请求体中的幂等键不同", "header and body have different keys")
    key = in_header if in_body is None else in_body
    if key is None:
        return ""
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or "\x00" in key:
        _refuse(
            f"须为 1 至 {LONGEST_KEY} 字的文本",
            f"must be a text of 1 to {LONGEST_KEY} characters",
        )
    return key


def once(
    context: Any, key: str, data: dict[str, Any], write: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Register under a key, or answer as the first time.

    Calls with one key run one after the other, so that two at once make one record.

    Args:
        write: stores the record without committing, and gives the answer.

    Raises:
        ValidationError: the key belongs to a call with another body.
        ObjectNotFound, NotAuthorized: the record is gone, or may not be seen any more.

    Cost: an advisory lock, one look-up and one row.
    """
    user = person_in(context).user_id or ""
    body_hash = hashlib.sha256(body_of([data])).hexdigest()
    with batch_keys.one_at_a_time(user, key):
        with own_transaction() as connection:
            since = utc_now() - settings.idempotency_time()
            known = call_keys.find(connection, user, key, since)
        if known is not None:
            return _again(context, known, body_hash)
        context["defer_commit"] = True
        try:
            answer = write()
            connection = session_connection()
            merge.queue_index(connection, [answer["id"]])
            call_keys.keep(connection, user, key, Call(body_hash, answer["id"], answer), utc_now())
            model.repo.commit()
        except BaseException:
            model.Session.rollback()
            raise
    # What listens to the action commits for itself again.
    context.pop("defer_commit")
    try:
        indexing.drain_outbox()
    except indexing.IndexUnavailableError:
        log.warning("a record is saved and not searchable yet: no index")
    return answer


def _again(context: Any, known: Call, body_hash: str) -> dict[str, Any]:
    if known.body_hash != body_hash:
        raise tk.ValidationError({FIELD: [OTHER_BODY]})
    # Nobody is told twice, and nobody more than may be read now.
    tk.check_access("package_create", context, {})
    tk.check_access("package_show", context, {"id": known.record})
    context[NOT_WRITTEN] = True
    if context.get("ignore_auth"):
        return known.answer
    return masked_entry(known.answer, person_in(context))


def _refuse(zh: str, en: str) -> NoReturn:
    raise tk.ValidationError({FIELD: [f"F1 {FIELD}：{zh} / {en}"]})
