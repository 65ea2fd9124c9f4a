"""The whole log of uses as a file that is verified without its database (Art. 30, 36).

Newline-delimited JSON, format `fjgov-usage/1`: a line with the node and the signed head, one for
each seal with its records, and one with the records that wait for a seal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ckanext.fjgov.core.usage.events import UseEvent
from ckanext.fjgov.core.usage.sealing import Seal

FORMAT = "fjgov-usage/1"


class LogFileRefusedError(Exception):
    """The file is not such a log, or damaged; `line` says where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


class LogFile:
    """A log that is read from a file line by line.

    Attributes:
        node: code of the node whose log it is.
        head: what the file outside the database held; None when there was none.
        unsealed: numbers of the records that stand beside a seal which does not cover them.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the first line.

        Raises:
            LogFileRefusedError: it is no such file.
        """
        self._lines = enumerate(lines, start=1)
        self.unsealed: list[int] = []
        try:
            _number, line = next(self._lines)
            first = json.loads(line)
            formats = {FORMAT: first["node"]}
            self.node: str = formats[first["log"]]
            self.head: Mapping[str, Any] | None = first["head"]
        except (StopIteration, ValueError, KeyError, TypeError) as error:
            raise LogFileRefusedError(1) from error

    def seals(self) -> Iterator[tuple[Seal, dict[int, str]]]:
        """Give every seal in order with the digests of its records as they are in the file.

        Raises:
            LogFileRefusedError: a line is no such line, or the last one is missing.
        """
        number = 1
        for number, line in self._lines:
            try:
                content = json.loads(line)
                if "waiting" in content:
                    _digests(content["waiting"])
                    break
                seal, found = _seal(content["seal"]), _digests(content["records"])
            except (ValueError, KeyError, TypeError) as error:
                raise LogFileRefusedError(number) from error
            self.unsealed += sorted(found.keys() - set(seal.events))
            yield seal, found
        else:
            raise LogFileRefusedError(number + 1)
        if next(self._lines, None) is not None:
            raise LogFileRefusedError(number + 1)


def written(
    node: str,
    head: Mapping[str, Any] | None,
    seals: Iterable[tuple[Seal, Mapping[int, UseEvent]]],
    waiting: Mapping[int, UseEvent],
) -> Iterator[str]:
    """Give the lines of a log, each with its line feed.

    Args:
        node: code of the node.
        head: what the file outside the database holds.
        seals: each with its records that are there, by number.
        waiting: records without a seal.
    """
    yield _line({"log": FORMAT, "node": node, "head": head})
    for seal, events in seals:
        shown = {**asdict(seal), "at": seal.at.isoformat()}
        yield _line({"seal": shown, "records": _records(events)})
    yield _line({"waiting": _records(waiting)})


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"


def _records(events: Mapping[int, UseEvent]) -> list[dict[str, Any]]:
    return [
        {"id": number, **asdict(event), "at": event.at.isoformat()}
        for number, event in sorted(events.items())
    ]


def _digests(records: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    found = {}
    for record in records:
        values = {name: value for name, value in record.items() if name != "id"}
        event = UseEvent(**values | {"at": datetime.fromisoformat(values["at"])})
        found[int(record["id"])] = event.digest
    return found


def _seal(content: Mapping[str, Any]) -> Seal:
    return Seal(
        number=content["number"],
        at=datetime.fromisoformat(content["at"]),
        events=tuple(content["events"]),
        digests=tuple(content["digests"]),
        previous=content["previous"],
        hash=content["hash"],
    )
