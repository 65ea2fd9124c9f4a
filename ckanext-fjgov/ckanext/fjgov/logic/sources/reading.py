"""Build what reads a foreign source, when it may be read."""

from __future__ import annotations

from datetime import date, datetime

import ckan.plugins.toolkit as tk

from ckanext.fjgov.core.federation.ports import FETCHERS, Fetch
from ckanext.fjgov.core.foreign.definition import Consent, SourceDefinition, State
from ckanext.fjgov.core.foreign.definition_file import parse_definition
from ckanext.fjgov.core.foreign.ports import ADAPTERS, SourceAdapter
from ckanext.fjgov.core.foreign.reader import ForeignReader, Shapes
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.clock import local_today, utc_now
from ckanext.fjgov.model import sources
from ckanext.fjgov.model.database import own_transaction
from ckanext.fjgov.model.source_log import SourceLog
from ckanext.fjgov.model.sources import StoredSource

_WORDS: dict[State, tuple[str, str]] = {
    "not_yet": ("的同意尚未生效", "its consent does not hold yet"),
    "expired": ("的同意已到期，停止读取", "its consent has ended, it is not read any more"),
    "ended": ("已终止接入", "it was ended"),
}


def fetch_of(source: SourceDefinition) -> Fetch:
    """Give the way out to a source, under the allow rules of its file or of the site."""
    allow = source.allow or settings.words("fjgov.fetch.node_allow")
    return FETCHERS.get("node")(allow, ())


def adapter_of(source: SourceDefinition, fetch: Fetch) -> SourceAdapter:
    """Give the way to a source's records."""
    return ADAPTERS.get(source.kind)(source, fetch)


def shapes() -> Shapes:
    """Give how canonical records are shaped."""
    return Shapes(*settings.record_shapes())


def log_of(source: SourceDefinition) -> SourceLog:
    """Give the local log of a registered source."""
    return SourceLog(source.code, source.prefix, settings.high_water_mark(), utc_now)


def state_of(stored: StoredSource, today: date) -> State:
    """Tell whether a source may be read (M41d: with consent, and until its end date)."""
    if stored.ended_at is not None:
        return "ended"
    return Consent("", "", stored.consent_from, stored.consent_until).state(today)


def source_reader(code: str, now: datetime, *, fresh: bool = True) -> ForeignReader:
    """Give the reader of a registered foreign source.

    Args:
        code: of its node.
        now: the present time.
        fresh: False when only its local log is asked, as it was last read.

    Raises:
        ValidationError: it is not registered, or may not be read now; says why.
    """
    del now
    with own_transaction() as connection:
        stored = sources.find(connection, code)
    if stored is None:
        raise tk.ValidationError(
            {"node": [f"节点 {code} 没有来源文件 / node {code} has no file of a source"]}
        )
    state = state_of(stored, local_today())
    if fresh and state != "active":
        zh, en = _WORDS[state]
        until = stored.consent_until.isoformat()
        raise tk.ValidationError(
            {
                "node": [
                    (
                        f"来源 {code} {zh}（同意期至 {until}）；如需继续请重新取得同意 / "
                        f"source {code}: {en} (consent until {until}); to go on, get a new consent "
                        "and add the source again"
                    )
                ]
            }
        )
    source = parse_definition(stored.definition)
    fetch = fetch_of(source)
    reader = ForeignReader(source, adapter_of(source, fetch), log_of(source), shapes(), fetch)
    reader.was_read = not fresh
    return reader
