"""Actions of cases: what waits, one case, decisions of an office, claims, notices."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.cases.guards import Request
from ckanext.fjgov.core.cases.outcome import Applied
from ckanext.fjgov.core.cases.records import Case
from ckanext.fjgov.core.cases.types.application import APPLICATION
from ckanext.fjgov.core.cases.types.entry_review import ENTRY_REVIEW
from ckanext.fjgov.core.cases.types.grant import GRANT
from ckanext.fjgov.logic import indexing, settings
from ckanext.fjgov.logic.action.operations import whole
from ckanext.fjgov.logic.action.texts import checked, plain, reason_of, text_of
from ckanext.fjgov.logic.cases import actors, claims, deciding, showing
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.collection import reporting
from ckanext.fjgov.logic.sharing import deciding as sharing
from ckanext.fjgov.logic.sharing import granting
from ckanext.fjgov.model import case_reading, cases, mails
from ckanext.fjgov.model.database import own_transaction, request_transaction, snapshot

log = logging.getLogger(__name__)

MAX_LIMIT = 200
MOST_READ = 1000


@tk.side_effect_free
def fjgov_case_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what waits for the caller (待办事项), or all cases of the caller's units.

    :param inbox: only what the caller is to do (default true), the longest waiting first
    :param kind: only of this type, such as `entry_review`
    :param state: only in this state
    :param subject: only about this record
    :param subjects: only about these records, at most 200
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_case_list", context, data_dict)
    with snapshot() as connection:
        seeker = actors.seeker_of(actors.actor_in(connection, context))
        count, rows = case_reading.listing(
            connection,
            seeker,
            inbox=tk.asbool(data_dict.get("inbox", True)),
            kind=deciding.known_kind(text_of(data_dict, "kind")),
            state=text_of(data_dict, "state"),
            subject=text_of(data_dict, "subject"),
            subjects=_subjects(data_dict),
            **paging(data_dict),
        )
        names = case_reading.unit_names(connection, (row["turn_unit"] or "" for row in rows))
    return {"count": count, "results": [showing.shown_row(row, names) for row in rows]}


@tk.side_effect_free
def fjgov_case_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a case with its timeline, clocks and deliveries, and the steps open to the caller.

    :param number: of the case
    """
    tk.check_access("fjgov_case_show", context, data_dict)
    number = number_of(data_dict)
    with snapshot() as connection:
        case = cases.load(connection, settings.node().code, number)
        if case is None:
            raise tk.ObjectNotFound(f"没有办理事项 {number} / there is no case {number}")
        return showing.shown_case(connection, case, actors.actor_in(connection, context))


def fjgov_case_decide(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a step of a case, such as `agree` (审定同意) of a claim.

    Entries have actions of their own, since they change with their case. A step that settles the
    terms of an application keeps them as they are when its payload has none.

    :param number: of the case
    :param event: the step, one of `steps` of `fjgov_case_show`
    :param reason: opinion or reason
    :param payload: facts of the step, where it needs some
    :param version: `version` of the case that was looked at (optional)
    """
    tk.check_access("fjgov_case_decide", context, data_dict)
    number, request = number_of(data_dict), _request(data_dict)
    if reporting.is_collection_case(number):
        return stood(reporting.decide(number, request, context))
    with read_anew() as connection:
        case = deciding.locked_case(connection, number)
        _refuse_entries(case)
        actor = actors.actor_in(connection, context)
        if case.kind == APPLICATION.name:
            applied = sharing.decide(connection, number, actor, request)
        elif case.kind == GRANT.name:
            applied = granting.decide(connection, case, actor, request)
        else:
            facts = deciding.known_facts(connection, **claims.facts_of(case))
            applied = deciding.take_step(connection, case, request, actor, facts)
            claims.write_publication(connection, applied.case)
    return ended(applied, context)


def fjgov_claim_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Claim that items of an entry cannot be published (Art. 21); the 同级数字办 decides.

    :param id: id or name of the entry
    :param items: list of `item` (id of the 信息项), `basis` (法律法规依据) and `note` (说明)
    :param reason: for the whole claim (optional)
    """
    tk.check_access("fjgov_claim_create", context, data_dict)
    package = model.Package.get(str(tk.get_or_bust(data_dict, "id")))
    if package is None or package.type != "dataset" or package.state == "deleted":
        raise tk.ObjectNotFound("没有该目录 / there is no such entry")
    payload = checked({"items": data_dict.get("items")}, "items")
    request = Request(claims.CLAIM, reason_of(data_dict), payload)
    with read_anew() as connection:
        actor = actors.actor_in(connection, context)
        applied = claims.claim(connection, package, actor, request)
    return ended(applied, context)


@tk.side_effect_free
def fjgov_notice_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List the caller's notices (消息通知), the newest first.

    :param unread: only those not read yet (default false)
    :param limit: most rows wanted (default 20, at most 200)
    :param offset: rows to skip
    """
    tk.check_access("fjgov_notice_list", context, data_dict)
    with snapshot() as connection:
        count, rows = case_reading.notices(
            connection,
            actors.seeker_of(actors.actor_in(connection, context)),
            unread=tk.asbool(data_dict.get("unread", False)),
            **paging(data_dict),
        )
    return {"count": count, "results": [showing.shown_notice(row) for row in rows]}


def fjgov_notice_read(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Note that the caller has read notices; others of the unit still find them unread.

    :param ids: numbers of notices, at most 1,000
    """
    tk.check_access("fjgov_notice_read", context, data_dict)
    ids = tk.get_or_bust(data_dict, "ids")
    ids = ids if isinstance(ids, list) else [ids]
    numbers = [whole({"ids": one}, "ids", 0) for one in ids[:MOST_READ]]
    with own_transaction() as connection:
        seeker = actors.seeker_of(actors.actor_in(connection, context))
        return {"read": case_reading.read(connection, seeker, numbers, utc_now())}


@tk.side_effect_free
def fjgov_mail_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say whether notices are mailed at this site, and whether the caller wants them.

    Returns `enabled` and `wanted`.
    """
    tk.check_access("fjgov_mail_show", context, data_dict)
    with snapshot() as connection:
        actor = actors.actor_in(connection, context)
        wanted = not mails.is_declined(connection, actor.user_id)
    return {"enabled": settings.mail_enabled(), "wanted": wanted}


def fjgov_mail_choose(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say whether the caller wants notices by e-mail; what waits to be sent is held to it.

    :param wanted: true or false
    """
    tk.check_access("fjgov_mail_choose", context, data_dict)
    wanted = tk.asbool(tk.get_or_bust(data_dict, "wanted"))
    with own_transaction() as connection:
        actor = actors.actor_in(connection, context)
        mails.decline(connection, actor.user_id, utc_now(), declined=not wanted)
    return {"enabled": settings.mail_enabled(), "wanted": wanted}


def _refuse_entries(case: Case) -> None:
    if case.kind == ENTRY_REVIEW.name:
        raise tk.ValidationError(
            {
                "number": [
                    (
                        "目录登记审核请用 fjgov_entry_ 开头的接口办理 / "
                        "use the actions fjgov_entry_… for the review of entries"
                    )
                ]
            }
        )


@contextmanager
def read_anew() -> Iterator[sa.Connection]:
    """Give the transaction of the request, in which nothing read before is relied on."""
    with request_transaction() as connection:
        # Whoever waited for a lock here must not go on with what was read before.
        model.Session.expire_all()
        yield connection


def ended(applied: Applied, context: Any) -> dict[str, Any]:
    """Say how a case stands after its step is stored, with audit and index brought to it."""
    deciding.note_in_audit(applied, str(context.get("user") or ""))
    try:
        indexing.drain_outbox()
    except indexing.IndexUnavailableError:
        # The step is stored, and the order to index its entry stays in the outbox.
        log.warning("case %s is stored, its entry is not indexed yet", applied.case.number)
    return stood(applied.case)


def stood(case: Case) -> dict[str, Any]:
    """Say how a case stands."""
    return {
        "number": case.number,
        "kind": case.kind,
        "subject": case.subject,
        "state": case.state,
        "version": case.version,
    }


def _request(data: Mapping[str, Any]) -> Request:
    event = tk.get_or_bust(dict(data), "event")
    payload = data.get("payload") or {}
    if not isinstance(payload, Mapping):
        raise tk.ValidationError({"payload": ["payload 须为键值 / payload must be an object"]})
    version = whole(dict(data), "version", 0) if data.get("version") not in (None, "") else None
    return Request(plain(event, "event"), reason_of(data), checked(payload, "payload"), version)


def number_of(data: dict[str, Any]) -> str:
    """Give the number of a case that a call names."""
    return plain(tk.get_or_bust(data, "number"), "number")


def _subjects(data: Mapping[str, Any]) -> list[str] | None:
    subjects = data.get("subjects")
    if subjects is None:
        return None
    if not isinstance(subjects, list) or len(subjects) > MAX_LIMIT:
        message = f"subjects 须为列表，至多 {MAX_LIMIT} 条 / a list of at most {MAX_LIMIT}"
        raise tk.ValidationError({"subjects": [message]})
    return [plain(one, "subjects") for one in subjects]


def paging(data: dict[str, Any]) -> dict[str, int]:
    """Give `limit` and `offset` of a call."""
    return {
        "limit": min(whole(data, "limit", 20), MAX_LIMIT),
        "offset": whole(data, "offset", 0),
    }
