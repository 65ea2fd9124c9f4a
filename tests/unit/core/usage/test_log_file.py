"""The log of uses as a file: read as it was written, and refused or found out when it was not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ckanext.fjgov.core.usage.events import BEGIN, UseEvent
from ckanext.fjgov.core.usage.log_file import LogFile, LogFileRefusedError, written
from ckanext.fjgov.core.usage.sealing import Fault, Head, Seal, faults, sealed

NOW = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)
EVENT = UseEvent(
    use="use-1", phase=BEGIN, at=NOW, user="user-1", unit="UNIT-P", provider="UNIT-Q",
    entry="entry-1", resource="resource-1", grant="GX-1", mode="direct", level="token",
)  # fmt: skip
HEAD = {"number": 3, "hash": "h", "signature": "s"}


@pytest.fixture
def lines() -> list[str]:
    seals: list[tuple[Seal, dict[int, UseEvent]]] = []
    number = 0
    for size in (2, 1, 3):
        batch = {}
        for _one in range(size):
            number += 1
            batch[number] = replace(EVENT, use=f"use-{number}", size=number)
        digests = [(one, event.digest) for one, event in batch.items()]
        seals.append((sealed(seals[-1][0] if seals else None, digests, NOW), batch))
    return list(written("350100", HEAD, seals, {9: replace(EVENT, use="use-9")}))


def found(lines: list[str], head: Head | None = None) -> list[Fault]:
    return list(faults(LogFile(lines).seals(), head))


def test_a_file_as_it_was_written_has_no_faults(lines: list[str]) -> None:
    file = LogFile(lines)
    assert (file.node, file.head) == ("350100", HEAD)
    seals = list(file.seals())
    assert [sorted(digests) for _seal, digests in seals] == [[1, 2], [3], [4, 5, 6]]
    assert file.unsealed == []
    assert found(lines, Head(3, seals[-1][0].hash)) == []


def test_a_changed_a_missing_and_an_added_record_are_named(lines: list[str]) -> None:
    content = json.loads(lines[3])
    first, *others = content["records"]
    changed = [{**first, "user": "somebody else"}, *others]
    for records in (changed, others):
        damaged = [*lines[:3], json.dumps({**content, "records": records}), lines[4]]
        [fault] = found(damaged)
        assert (fault.seal, fault.event) == (3, 4)
    added = [*content["records"], {**first, "id": 77}]
    file = LogFile([*lines[:3], json.dumps({**content, "records": added}), lines[4]])
    assert [*faults(file.seals(), None), *file.unsealed] == [77]


def test_missing_lines_are_told(lines: list[str]) -> None:
    assert found([*lines[:2], *lines[3:]])[0].seal == 2
    assert found([*lines[:3], *lines[4:]], Head(3, "h"))[0].seal == 3


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda lines: [], 1),
        (lambda lines: ["{}"], 1),
        (lambda lines: [lines[0].replace("usage/1", "usage/2"), *lines[1:]], 1),
        (lambda lines: lines[:3], 4),
        (lambda lines: [*lines[:2], lines[2][:40], *lines[3:]], 3),
        (lambda lines: [*lines[:2], "[1]", *lines[3:]], 3),
        (lambda lines: [*lines, lines[1]], 6),
    ],
    ids=["empty", "another", "version", "cut", "half a line", "no object", "goes on"],
)
def test_a_damaged_file_is_refused_with_its_line(
    lines: list[str], damage: object, line: int
) -> None:
    assert callable(damage)
    with pytest.raises(LogFileRefusedError) as caught:
        found(damage(lines))
    assert caught.value.line == line
