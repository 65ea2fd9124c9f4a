"""A call that hands in many entries: whose they are, its key, and its answer."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.importing.problems import error
from ckanext.fjgov.logic import indexing
from ckanext.fjgov.logic.batch.engine import Batch
from ckanext.fjgov.logic.batch.terms import NOT_FOUND, Candidate, Outcome, Terms, refused
from ckanext.fjgov.model import batch_keys, home_entries
from ckanext.fjgov.model.database import own_transaction

STATUSES = ("created", "updated", "revised", "unchanged", "refused")
log = logging.getLogger(__name__)


def body_of(entries: Sequence[Any]) -> bytes:
    """Give the one form of what was sent, for its size and its hash.

    Raises:
        ValidationError: a number in it has no form in JSON, or it is nested too deep.
    """
    try:
        text = json.dumps(entries, ensure_ascii=False, sort_keys=True, allow_nan=False)
        # A character that is none is told of by the rules, in the entry that has it.
        return text.encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError) as problem:
        message = (
            "F1 entries：含有无法表示的数，或嵌套过深 / holds a number JSON has not, or is too deep"
        )
        raise tk.ValidationError({"entries": [message]}) from problem


def register(entries: Sequence[Any], terms: Terms) -> dict[str, Any]:
    """Write entries, or only try them; gives the answer.

    Args:
        entries: as a caller sent them; one with `id` or `identifier` replaces that entry.
    """
    outcomes = Batch(terms).write(_candidates(entries))
    return _answer([outcome.to_json() for outcome in outcomes], terms)


def register_once(
    entries: Sequence[Any], terms: Terms, user_id: str, key: str, body: bytes
) -> dict[str, Any]:
    """Write entries under a key; the same call again gives the same answer and writes nothing.

    A call that was cut off goes on behind the last entry that was committed.

    Args:
        user_id: account to which the key belongs.
        body: from `body_of`.

    Raises:
        ValidationError: the key belongs to a call with another body.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    with batch_keys.one_at_a_time(user_id, key):
        with own_transaction() as connection:
            known = batch_keys.open_call(connection, user_id, key, body_hash)
            done = batch_keys.results(connection, user_id, key)
        if known != body_hash:
            raise tk.ValidationError({"idempotency_key": [OTHER_BODY]})

        def settle(connection: sa.Connection, outcomes: list[Outcome]) -> None:
            results = [outcome.to_json() for outcome in outcomes]
            batch_keys.add_results(connection, user_id, key, len(done), results)

            done.extend(results)

        Batch(terms, settle).write(_candidates(entries[len(done) :]))
    return _answer(done, terms)


OTHER_BODY = (
    "此幂等键已用于另一内容的请求，请换用新键 / "
    "this idempotency key was used with another body; use a new one"
)


def _answer(results: list[dict[str, Any]], terms: Terms) -> dict[str, Any]:
    if not terms.dry_run:
        try:
            indexing.drain_outbox()
        except indexing.IndexUnavailableError:
            # Everything is saved, and its orders stay in the outbox.
            log.warning("entries of a batch are saved and not searchable yet: no index")
    counts = Counter(result["status"] for result in results)
    return {
        "dry_run": terms.dry_run,
        "totals": {status: counts[status] for status in STATUSES},
        "results": [{"position": number, **result} for number, result in enumerate(results)],
    }


def _candidates(entries: Sequence[Any]) -> list[Candidate | Outcome]:
    """Find what each entry replaces; what cannot be found is refused here."""
    named = [entry for entry in entries if isinstance(entry, Mapping)]
    with own_transaction() as connection:
        ids = home_entries.ids_of(connection, _codes(named, "id"), _codes(named, "identifier"))
    return [_candidate(entry, ids) for entry in entries]


def _codes(entries: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """Give what entries say in a field, as far as it can be asked for in the database."""
    found = [entry.get(name) for entry in entries]
    return [code for code in found if isinstance(code, str) and code and code.isprintable()]


def _candidate(entry: Any, ids: Mapping[str, str]) -> Candidate | Outcome:
    if not isinstance(entry, Mapping):
        return refused([error("F1", "entries", "每条目录须为键值", "each entry must be an object")])
    wanted = [str(entry[name]) for name in ("id", "identifier") if entry.get(name)]
    found = {ids.get(code, "") for code in wanted}
    if not wanted:
        return Candidate(entry)
    if len(found) == 1 and "" not in found:
        return Candidate(entry, found.pop())
    name = "id" if entry.get("id") else "identifier"
    shown = "、".join(code[:80] for code in wanted)
    return refused(
        [
            error(
                NOT_FOUND,
                name,
                f"{name}：本节点没有 {shown}，或两者不是同一目录；新登记请都留空，由系统分配",
                f"{name}: there is no {shown} here, or they are two entries; leave both out for a "
                "new entry, the node allocates them",
            )
        ]
    )
