"""The whole log of uses into a file, and the verification of such a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from ckanext.fjgov.core.federation.keys import VerifyingKey
from ckanext.fjgov.core.usage.log_file import LogFile, written
from ckanext.fjgov.core.usage.sealing import Fault, faults
from ckanext.fjgov.logic import settings
from ckanext.fjgov.model import signed_head, uses
from ckanext.fjgov.model.database import snapshot


def lines() -> Iterator[str]:
    """Give the whole log, line by line. Cost: one pass over all records, in constant memory."""
    path = settings.usage_head_file()
    # Read before the database: a file that lags is no fault, one that runs ahead would be.
    head = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    with snapshot() as connection:
        waiting = uses.waiting_events(connection)
        yield from written(settings.node().code, head, uses.sealed_events(connection), waiting)


def check(text: Iterable[str], key: VerifyingKey) -> Iterator[Fault]:
    """Name what is not as it was written in a file.

    Args:
        text: its lines.
        key: public key of the node whose log it is.

    Raises:
        LogFileRefusedError: it is no such file, or damaged.
        HeadRefusedError: its head was not signed by the node.
    """
    file = LogFile(text)
    head = signed_head.parsed(file.head, key) if file.head is not None else None
    yield from faults(file.seals(), head)
    for number in file.unsealed:
        yield Fault(0, number, f"记录 {number} 未经封存", f"record {number} is under no seal")
