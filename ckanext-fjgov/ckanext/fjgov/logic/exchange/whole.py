"""Tables downloaded as one file (直接交换, Art. 22): all that a grant gives, or what is new in it.

A file is written once for what it holds, so that a transfer can be resumed and proved: two who may
have the same columns and rows of the same version get the same bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ckanext.fjgov.core.access.visibility import Aspect
from ckanext.fjgov.core.cases.table import Words
from ckanext.fjgov.core.exchange import asking, cells, statements
from ckanext.fjgov.core.exchange.asking import Asked, Params
from ckanext.fjgov.core.exchange.typed_values import UnfitError
from ckanext.fjgov.logic import settings
from ckanext.fjgov.logic.exchange import pacing, querying
from ckanext.fjgov.logic.exchange.querying import MOVED, TOO_SLOW, Service
from ckanext.fjgov.logic.gateway import Elsewhere, Refused
from ckanext.fjgov.logic.sharing.systems import Caller
from ckanext.fjgov.model import table_rows

NAMES = ("since", "grant", "exact")


@dataclass(frozen=True, slots=True)
class Whole:
    """A file of rows that is ready.

    Attributes:
        path: where it is.
        key: names what it holds.
        sha256: of its bytes, in hex.
        rows: in it, without the header.
        total: rows that the grant gives of this version, whichever are in the file.
        version: of the table; the mark from which the next incremental file begins.
    """

    service: Service
    path: Path
    key: str
    sha256: str
    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is kept beside a file; it is complete when these are there."""

    sha256: str
    rows: int
    total: int


def prepare(
    resource_id: str, user: Any, params: Params, who: str, system: Caller | None = None
) -> Refused | Elsewhere | Whole:
    """Give the file that a caller may download; nothing is on record and no byte has gone out.

    Args:
        params: `since` (a version, of which earlier rows are left out), `grant`, `exact`.

    Cost: as `querying.service_of`; the first time for a version the file is written.
    """
    asked, since = _read(params)
    service = querying.service_of(resource_id, user, asked, Aspect.DOWNLOAD, system)
    if not isinstance(service, Service):
        return service
    refused = pacing.refusal(who, service.grant.number if service.grant else "") or _refusal_of(
        _faults(params, asked, since, service)
    )
    return refused or _file(service, asked, since)


def _file(service: Service, asked: Asked, since: int) -> Refused | Whole:
    key = _key(service, asked, since)
    try:
        facts = _written(service, asked, since, key)
    except UnfitError:
        return querying.unfit(service)
    except table_rows.TooSlowError:
        return TOO_SLOW
    except table_rows.TableMovedError:
        return MOVED
    return Whole(service, _path(key), key, facts.sha256, facts.rows, facts.total)


def remove_old(now: datetime) -> int:
    """Remove files that nobody has fetched for the time of the setting; gives how many."""
    folder, oldest = settings.direct_folder(), now.timestamp() - settings.direct_keep_s()
    gone = 0
    for path in folder.glob("*") if folder.exists() else ():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _read(params: Params) -> tuple[Asked, int]:
    """Read the parameters that a file has in common with a query; `since` is -1 when it is none."""
    asked = asking.read(
        {name: params[name] for name in ("grant", "exact") if name in params}, (), 1
    )
    given = list(params.get("since", ()))
    text = given[0] if len(given) == 1 else ""
    if not given:
        return asked, 0
    return asked, int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1


def _faults(params: Params, asked: Asked, since: int, service: Service) -> list[Words]:
    found = list(asked.faults)
    unknown = "、".join(name[:100] for name in params if name not in NAMES)
    if unknown:
        known = "、".join(NAMES)
        found.append((f"不认识 {unknown}；可用的参数：{known}", f"unknown: {unknown}; {known}"))
    version = service.table.version
    if not 0 <= since <= version:
        found.append(
            (
                f"since 须为先前得到的版本号，至多 {version}",
                f"since must be a version that was given before, at most {version}",
            )
        )
    return found


def _refusal_of(faults: list[Words]) -> Refused | None:
    if not faults:
        return None
    zh, en = zip(*faults, strict=True)
    return Refused(400, "", "；".join(zh), "; ".join(en))


def _key(service: Service, asked: Asked, since: int) -> str:
    table = service.table
    shape = [
        table.resource,
        table.version,
        table.at.isoformat(),
        [[one.name, one.kind] for one in service.columns],
        [dict(one) for one in service.rows],
        since,
        asked.exact,
    ]
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()


def _path(key: str) -> Path:
    return settings.direct_folder() / f"{key}.csv"


def _written(service: Service, asked: Asked, since: int, key: str) -> _Facts:
    """Give what is known of a file, which is written when it is not there."""
    path = _path(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        known = path.with_suffix(".json")
        if known.exists() and path.exists():
            for one in (path, known):
                os.utime(one)
            return _Facts(**json.loads(known.read_text("utf-8")))
        facts = _write(service, asked, since, path)
        known.write_text(json.dumps(asdict(facts)), "utf-8")
    return facts


def _write(service: Service, asked: Asked, since: int, path: Path) -> _Facts:
    table = service.table
    wanted = statements.whole(table, service.columns, service.rows, since)
    everything = statements.count_whole(table, service.rows)
    digest, counted, part = hashlib.sha256(), _Counted(), path.with_suffix(".part")
    opener = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with (
            os.fdopen(opener, "wb") as file,
            table_rows.reading(1000 * settings.direct_timeout_s()) as connection,
        ):
            total = table_rows.number_of(connection, everything) if since else None
            rows = counted.of(table_rows.all_of(connection, wanted))
            for piece in cells.lines(service.columns, rows, exact=asked.exact):
                digest.update(piece)
                file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _Facts(digest.hexdigest(), counted.rows, counted.rows if total is None else total)


class _Counted:
    """Counts what goes through."""

    rows = 0

    def of(self, rows: Iterator[Any]) -> Iterator[Any]:
        for row in rows:
            self.rows += 1
            yield row


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time write a file; the others wait for what it writes."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(path, (time.time(), time.time()))
        yield
